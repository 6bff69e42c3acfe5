"""What changed between two blocks, in terms of pallets and items.

Owns finding the keys in our own blocks: from what each block changed where the blocks are few, from
every key that was ever changed since where they are many. Does not own the state
(`local_chain.state`), nor finding them in the blocks of a chain that was forked (`remote_changes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import twox_128
from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.fork.errors import ForkError
from taokit.local_chain.fork.remote_state import RemoteState, remote_of
from taokit.local_chain.insight.remote_changes import RemoteChanges, remote_changes
from taokit.local_chain.insight.replay import block_numbered, made_by_others
from taokit.local_chain.insight.typed import Change, Reader, Unlike, reader_of
from taokit.local_chain.state.history import RECENT, History

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["Difference", "diff"]


@dataclass(frozen=True)
class Difference:
    """Every storage entry that was not the same after one block as after another, by raw key.

    Our own blocks have kept what they changed. Those of a chain that was forked are run again:
    ``faithful`` says whether that came to what the other node holds, ``unlike`` has the entries
    where it did not, and ``notes`` what may be the reason. Then, and where there are too many
    blocks to run again (``faithful`` is None), both states were compared; ``missing`` names storage
    items that were too large for that. Values are always the chain's own.
    """

    changes: list[Change]
    faithful: bool | None = True
    unlike: list[Unlike] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)


def diff(chain: NodeChain, first: int, last: int, pallet: str | None = None) -> Difference:
    """Every entry that was not the same after block `last` as after `first`, by raw key.

    With `pallet` only that one's. Raises `UnknownBlock`, `ForkError`, and `LocalChainError` for an
    unknown pallet.
    """
    for number in (first, last):
        block_numbered(chain, number)
    reader, history = reader_of(chain), chain.whole[0]
    low, high = sorted((first, last))
    remote = remote_of(history)
    prefix = _prefix(reader, pallet)
    found = RemoteChanges()
    if remote is not None and low < remote.height:
        newest = min(high, remote.height)
        found = remote_changes(chain, remote, low, newest, reader, prefix)
        reader = _their_reader(remote, newest, reader, found)
    found.keys |= {key for key in _touched(chain, low, high) if key.startswith(prefix)}
    held = [_values(history, remote, number, found.keys) for number in (first, last)]
    changed = sorted(key for key in found.keys if held[0][key] != held[1][key])
    return Difference(
        [reader.change(key, held[0][key], held[1][key]) for key in changed],
        found.faithful,
        [reader.unlike(*one) for one in found.unlike if one[0].startswith(prefix)],
        found.notes,
        found.missing,
    )


def _prefix(reader: Reader, pallet: str | None) -> bytes:
    if pallet is None:
        return b""
    known = {name.lower(): name for name in reader.metadata.pallets}
    if pallet.lower() not in known:
        raise LocalChainError(f"there is no pallet {pallet!r}", hint=", ".join(known.values()))
    name = known[pallet.lower()]
    storage = reader.metadata.pallets[name].storage
    return next((item.prefix[:16] for item in storage.values()), twox_128(name.encode()))


def _their_reader(remote: RemoteState, number: int, ours: Reader, found: RemoteChanges) -> Reader:
    """What the other chain's metadata says, if its runtime is another one."""
    if not made_by_others(remote, number):
        return ours
    try:
        return Reader(remote.metadata_at(remote.blocks.before(number)))
    except ForkError as refused:
        found.notes.append(f"{refused.message}; read with our metadata")
        return ours


def _values(
    history: History, remote: RemoteState | None, number: int, keys: set[bytes]
) -> Mapping[bytes, bytes | None]:
    if remote is not None and number < remote.height:
        return remote.after(number).values(keys)
    get: Callable[[bytes, int], bytes | None] = history.get
    if remote is not None:
        remote.after(remote.height).values(keys)  # those that are not ours, at once
    return {key: get(key, number) for key in keys}


def _touched(chain: NodeChain, low: int, high: int) -> set[bytes]:
    """Every key that a block of ours above `low` and up to `high` may have changed."""
    history = chain.whole[0]
    remote = remote_of(history)
    low = low if remote is None else max(low, remote.height)
    if high <= low:
        return set()
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
