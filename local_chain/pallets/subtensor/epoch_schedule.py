"""When a subnet's epochs run.

Owns the schedule: an epoch is due `Tempo` blocks after the last one, earlier where its owner has
triggered one, and waits a block where too many are due at once. Does not own the epoch itself
(`epoch`) nor what is drained into it (`coinbase`).
Source: the runtime's coinbase/run_coinbase.rs and coinbase/tempo_control.rs.
"""

from __future__ import annotations

from collections.abc import Iterable

from taokit.local_chain.pallets.subtensor.base import SubtensorBase

U64_MAX = 2**64 - 1


def should_run_epoch(sub: SubtensorBase, netuid: int, block: int) -> bool:
    """Whether an epoch of the subnet is due at `block`. Never with a tempo of zero."""
    tempo = sub.tempo.get(netuid)
    if tempo == 0:
        return False
    if 0 < sub.pending_epoch_at.get(netuid) <= block:
        return True
    if sub.blocks_since_last_step.get(netuid) > sub.max_tempo:
        return True
    return max(block - sub.last_epoch_block.get(netuid), 0) >= tempo


def current_epoch(sub: SubtensorBase, netuid: int) -> int:
    """The epoch that a commit or a reveal made now belongs to: the next one where one is due.

    Source: `current_epoch_with_lookahead`.
    """
    index = sub.subnet_epoch_index.get(netuid)
    if should_run_epoch(sub, netuid, sub.runtime.system.block_number()):
        return min(index + 1, U64_MAX)
    return index


def blocks_until_next_auto_epoch(sub: SubtensorBase, netuid: int, tempo: int, block: int) -> int:
    """Blocks from `block` to the next automatic epoch; 0 when overdue, 2**64-1 with no tempo."""
    if tempo == 0:
        return U64_MAX
    return max(sub.last_epoch_block.get(netuid) + tempo - block, 0)


def next_epoch_start_block(sub: SubtensorBase, netuid: int) -> int | None:
    """The block at which the next epoch is expected, or None for a subnet that runs none.

    Source: `get_next_epoch_start_block`.
    """
    tempo = sub.tempo.get(netuid)
    if tempo == 0:
        return None
    automatic = sub.last_epoch_block.get(netuid) + tempo
    pending = sub.pending_epoch_at.get(netuid)
    return min(automatic, pending) if pending > 0 else automatic


def has_distinct_hotkeys(sub: SubtensorBase, netuid: int) -> bool:
    """Whether no hotkey holds two uids: an epoch is skipped otherwise.

    Source: `is_epoch_input_state_consistent`.
    """
    hotkeys = sub.keys.values((netuid,))
    return len(set(hotkeys)) == len(hotkeys)


def deferred(sub: SubtensorBase, netuids: Iterable[int], block: int) -> set[int]:
    """The subnets whose epoch is due at `block` and has to wait (`epochs_deferred_this_block`)."""
    allowed = sub.max_epochs_per_block.get()
    waiting: set[int] = set()
    running = 0
    for netuid in netuids:
        if not should_run_epoch(sub, netuid, block):
            continue
        if running >= allowed:
            waiting.add(netuid)
        elif has_distinct_hotkeys(sub, netuid):
            running += 1
    return waiting


def set_tempo(sub: SubtensorBase, netuid: int, tempo: int) -> None:
    """Set the tempo and start its cycle at this block (`apply_tempo_with_cycle_reset`)."""
    sub.tempo.insert(netuid, tempo)
    sub.deposit(sub.Event.TempoSet(netuid, tempo))
    sub.last_epoch_block.insert(netuid, sub.runtime.system.block_number())
