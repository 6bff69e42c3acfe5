"""What changed between two blocks, in terms of pallets and items.

Owns finding the keys: from what each block changed where the blocks are few, from every key that
was ever changed since where they are many. Does not own the state (`local_chain.state`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import twox_128
from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.insight.replay import block_numbered
from taokit.local_chain.insight.typed import Change, reader_of
from taokit.local_chain.state.history import RECENT, History

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["diff"]


def diff(chain: NodeChain, first: int, last: int, pallet: str | None = None) -> list[Change]:
    """Every entry that was not the same after block `last` as after `first`, by raw key.

    With `pallet` only that one's. Raises `UnknownBlock`, and `LocalChainError` for an unknown
    pallet.
    """
    for number in (first, last):
        block_numbered(chain, number)
    reader, history = reader_of(chain), chain.whole[0]
    prefix = b""
    if pallet is not None:
        known = {name.lower(): name for name in reader.metadata.pallets}
        if pallet.lower() not in known:
            raise LocalChainError(f"there is no pallet {pallet!r}", hint=", ".join(known.values()))
        name = known[pallet.lower()]
        storage = reader.metadata.pallets[name].storage
        prefix = next((item.prefix[:16] for item in storage.values()), twox_128(name.encode()))
    low, high = sorted((first, last))
    found = []
    for key in sorted(key for key in _touched(chain, low, high) if key.startswith(prefix)):
        before, after = history.get(key, first), history.get(key, last)
        if before != after:
            found.append(reader.change(key, before, after))
    return found


def _touched(chain: NodeChain, low: int, high: int) -> set[bytes]:
    """Every key that a block above `low` and up to `high` may have changed."""
    history = chain.whole[0]
    if high - low <= RECENT:
        numbers = (number for number in range(low + 1, high + 1) if chain.block_hash(number))
        return {key for number in numbers for key in history.changes(number)}
    found: set[bytes] = set()
    while True:
        found.update(history.own_keys)
        base = history.base
        if base is None or base.height <= low:
            return found
        if not isinstance(base, History):
            known = (n for n in range(low + 1, base.height + 1) if chain.block_hash(n))
            found.update(*(base.changes(number) for number in known))
            return found
        history = base
