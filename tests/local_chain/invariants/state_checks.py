"""What holds of storage: bytes and values agree, and blocks follow from their parents' state."""

from __future__ import annotations

from typing import Any

from random_world import World, unsealed

from taokit.local_chain.frame.storage import ABSENT


def check_cached_values(world: World) -> None:
    """Each value that pallets read is what the sealed bytes say, and encodes to them."""
    history = world.overlay.history
    for cell in world.overlay._cells.values():
        item: Any = cell
        for key, value in item._cache.items():
            raw = item.raw_key(key)
            expected = None if value is ABSENT else item._codec.encode(value)
            assert history.get(raw) == expected, f"{item.name} at {key!r}"
            if expected is not None:
                again = item._codec.encode(item._codec.decode(expected))
                assert again == expected, f"{item.name} at {key!r}"
        if item._index is not None:
            assert list(item._index) == list(history.keys(item.prefix)), item.name


def check_sealed_block(world: World) -> None:
    """The last block, executed again on its parent's state, changes the same bytes the same way."""
    sealed = dict(world.overlay.history.changes(world.overlay.history.height))
    again = world.replayed()
    differing = {k: (sealed.get(k), again.get(k)) for k in sealed.keys() | again.keys()}
    differing = {named(world, k): v for k, v in differing.items() if v[0] != v[1]}
    assert not differing, differing


def named(world: World, key: bytes) -> str:
    """A raw key with the name of its item."""
    item: Any = world.overlay._cells.get(key[:32])
    return f"{item.name if item else ''}:{key[32:].hex()}"


def written_since(world: World, before: dict[bytes, bytes | None]) -> set[bytes]:
    """The raw keys whose values the open block changed since `before` (an `unsealed`)."""
    after, get = unsealed(world.overlay), world.overlay.history.get
    return {
        key
        for key in before.keys() | after.keys()
        if (before[key] if key in before else get(key))
        != (after[key] if key in after else get(key))
    }
