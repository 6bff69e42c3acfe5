"""Locked stake, as other areas ask about it: what may leave, and what moves along.

Owns the questions that staking asks of locks. No call of this chain makes a lock yet, so that all
stake is available and nothing has to move or roll; the answers are those of the runtime for keys
without a lock. Source: the runtime's staking/lock.rs.
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import shares
from taokit.local_chain.pallets.subtensor.base import SubtensorBase


class StakeAvailability(NamedTuple):
    """A coldkey's stake on a subnet: all of it, what is locked, and what may leave (rao)."""

    total: int
    locked: int
    available: int


def stake_availability(sub: SubtensorBase, coldkey: bytes, netuid: int) -> StakeAvailability:
    """What of a coldkey's stake on a subnet, over all its hotkeys, may leave the subnet."""
    total = sum(
        shares.stake_of_pair(sub, hotkey, coldkey, netuid)
        for hotkey in sub.staking_hotkeys.get(coldkey)
    )
    locked = 0
    return StakeAvailability(total, locked, max(total - locked, 0))


def ensure_available(sub: SubtensorBase, coldkey: bytes, netuid: int, amount: int) -> None:
    """StakeUnavailable if locks keep `amount` from leaving (`ensure_available_to_unstake`)."""
    available = stake_availability(sub, coldkey, netuid).available
    ensure(available >= amount, sub.Error.StakeUnavailable)


def transfer(sub: SubtensorBase, source: bytes, dest: bytes, netuid: int, amount: int) -> None:
    """Move the lock that goes with transferred stake; nothing without one (`transfer_lock`)."""


def cleanup_if_zero(sub: SubtensorBase, coldkey: bytes, netuid: int) -> None:
    """Roll a lock forward and drop it at zero; nothing without one (`cleanup_lock_if_zero`)."""


def force_reduce(sub: SubtensorBase, coldkey: bytes, netuid: int, amount: int) -> None:
    """Reduce a lock by stake that was taken; nothing without one (`force_reduce_lock`)."""
