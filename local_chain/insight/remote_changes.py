"""What blocks of the chain that was forked changed, which no node tells.

Owns finding the keys: the blocks are run again on the other node's state, on a layer that is thrown
away, and what they came to is held to what the other node says. Where that is something else, and
of pallets that our runtime does not have, both states are compared, as far as they are not too
large. Does not own how a block is run again (`insight.replay`), nor the values: those are always
the other node's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import twox_128
from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.fork.block_state import PAGE
from taokit.local_chain.fork.remote_state import RemoteState
from taokit.local_chain.insight.replay import (
    EVENTS,
    RawUnlike,
    apply,
    block_numbered,
    committed,
    enter,
    made_by_others,
    runtime_over,
    unlike_theirs,
)
from taokit.local_chain.state.history import History
from taokit.local_chain.state.overlay import Overlay

if TYPE_CHECKING:
    from taokit.local_chain.insight.typed import Reader
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["MOST_BLOCKS", "RemoteChanges", "remote_changes"]

MOST_BLOCKS = 100
"""Blocks that are run again; of more both ends are compared."""

MOST_KEYS = 5 * PAGE
"""Keys of a storage item that are compared."""

ABSENT = {twox_128(name.encode()): name for name in ("Ethereum", "EVM", "BaseFee", "Contracts")}
"""Pallets of the network that our runtime does not have: running again does not change them."""

_log = logging.getLogger("taokit.local_chain.insight")


@dataclass
class RemoteChanges:
    """Raw keys that may hold something else, and how that is known.

    ``faithful`` is None if nothing was run again. Of items in ``missing`` only those keys are told
    that running again wrote: they were too large to be compared.
    """

    keys: set[bytes] = field(default_factory=set)
    faithful: bool | None = True
    unlike: list[RawUnlike] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def remote_changes(
    chain: NodeChain,
    remote: RemoteState,
    low: int,
    high: int,
    reader: Reader,
    pallet: bytes = b"",
) -> RemoteChanges:
    """What the other chain's blocks above `low` and up to `high` changed.

    With the prefix of a `pallet` only in that. Raises `ForkError`.
    """
    found = RemoteChanges(notes=made_by_others(remote, low + 1, high))
    compared = set(ABSENT)
    if high - low > MOST_BLOCKS:
        found.faithful = None
        found.notes.append(f"{high - low} blocks were not run again, their ends were compared")
        compared |= _pallets(reader)
    elif not _run_again(chain, remote, low, high, found):
        found.faithful = False
        compared |= _pallets(reader)
    elif found.unlike:
        found.faithful = False
        compared |= {key[:16] for key in found.keys}
    _compare(remote, low, high, reader, [one for one in compared if one.startswith(pallet)], found)
    found.keys = {key for key in found.keys if key.startswith(pallet)}
    return found


def _run_again(
    chain: NodeChain, remote: RemoteState, low: int, high: int, found: RemoteChanges
) -> bool:
    """Run the blocks again; whether what was changed is nearly known by that.

    Each goes on where the one before it came to; after one that came to something else, the next
    goes on from the other node's state.
    """
    numbers = range(low + 1, high + 1)
    remote.blocks.fetch(range(low, high + 1))
    ours = remote.commits_to_changes()
    events = {} if ours else remote.over(EVENTS, numbers)
    history, sound = History(remote.after(low)), True
    for number in numbers:
        if remote.blocks.hash_of(number) is None:
            continue  # one of our nodes has leapt over it
        block = block_numbered(chain, number)
        overlay = Overlay(history)
        runtime = runtime_over(chain, overlay, trusting=True)
        try:
            enter(runtime, block, chain.before(number))
            found.notes += apply(runtime, block, block.extrinsics)
            runtime.finalize_block()
        except LocalChainError:
            raise
        except Exception as fault:  # noqa: BLE001  # another runtime's block may be nonsense to ours
            _log.warning("block %d, run again", number, exc_info=True)
            found.notes.append(
                f"block {number}, run again, failed: {type(fault).__name__}: {fault}"
            )
            overlay.discard_block()
            sound = False
            history = History(remote.after(number))
            continue
        remote.after(history.first).values(key for key in overlay.unsealed())
        overlay.skip(number - history.height - 1)
        changes = overlay.commit_block()
        found.keys.update(changes)
        if committed(chain, number, changes) if ours else history.get(EVENTS) == events[number]:
            continue
        unlike = _unlike(remote, history, number)
        found.unlike += unlike
        if ours and not unlike:
            found.notes.append(f"something else was written into block {number} from outside")
        sound = sound and not ours
        history = History(remote.after(number))
    if not ours and history.height == high > history.first:
        found.unlike += _unlike(remote, history, high)
    return sound


def _unlike(remote: RemoteState, history: History, number: int) -> list[RawUnlike]:
    return unlike_theirs(remote, number, {key: history.get(key) for key in history.own_keys})


def _pallets(reader: Reader) -> set[bytes]:
    return {entry.prefix[:16] for entry in reader.entries}


def _compare(
    remote: RemoteState,
    low: int,
    high: int,
    reader: Reader,
    pallets: Iterable[bytes],
    found: RemoteChanges,
) -> None:
    """Look for keys under some pallets that hold something else in the later state."""
    states = remote.after(low), remote.after(high)
    pallets = sorted(pallets)
    large = set().union(*(state.read_under(pallets, PAGE) for state in states))
    items = [entry.prefix for entry in reader.entries if entry.prefix[:16] in large]
    found.missing += sorted(ABSENT[one] for one in large if one in ABSENT)
    too_large = set().union(*(state.read_under(items, MOST_KEYS) for state in states))
    for prefix in sorted(too_large):
        entry = reader.entry(prefix)
        found.missing.append(f"{entry.pallet}.{entry.name}" if entry else "0x" + prefix.hex())
    for prefix in (*(one for one in pallets if one not in large), *items):
        if prefix not in too_large:
            before, after = (state.under(prefix) for state in states)
            found.keys.update(k for k in {*before, *after} if before.get(k) != after.get(k))
