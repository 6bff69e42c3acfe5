"""Takes: what a delegate keeps of its nominators' dividends, and a child of its parents'.

Takes are parts of 65535. Source: the runtime's staking/{increase,decrease}_take.rs, helpers.rs and
set_children.rs.
"""

from __future__ import annotations

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import ownership, rate_limits
from taokit.local_chain.pallets.subtensor.base import SubtensorBase


def become_delegate(sub: SubtensorBase, hotkey: bytes) -> None:
    """Write down the default take of a hotkey that has none (`maybe_become_delegate`)."""
    if not sub.delegates.contains(hotkey):
        sub.delegates.insert(hotkey, sub.delegates.get(hotkey))


def childkey_take(sub: SubtensorBase, hotkey: bytes, netuid: int) -> int:
    """What a hotkey keeps of the dividends of parents of other owners (`get_childkey_take`)."""
    return max(sub.childkey_take.get((hotkey, netuid)), minimum_childkey_take(sub, netuid))


def minimum_childkey_take(sub: SubtensorBase, netuid: int) -> int:
    """The least childkey take on a subnet (`get_effective_min_childkey_take`)."""
    return max(sub.min_childkey_take.get(), sub.min_childkey_take_per_subnet.get(netuid))


def increase_take(sub: SubtensorBase, coldkey: bytes, hotkey: bytes, take: int) -> None:
    """Raise a delegate's take, up to the maximum and not too often."""
    _ensure_own_hotkey(sub, coldkey, hotkey)
    if sub.delegates.contains(hotkey):
        ensure(take > sub.delegates.get(hotkey), sub.Error.DelegateTakeTooLow)
    ensure(take <= sub.max_delegate_take.get(), sub.Error.DelegateTakeTooHigh)
    block = sub.runtime.system.block_number()
    last = rate_limits.last_delegate_take_block(sub, hotkey)
    ensure(
        not rate_limits.exceeds_delegate_take_rate_limit(sub, last, block),
        sub.Error.DelegateTxRateLimitExceeded,
    )
    rate_limits.note_delegate_take(sub, hotkey, block)
    sub.delegates.insert(hotkey, take)
    sub.deposit(sub.Event.TakeIncreased(coldkey, hotkey, take))


def decrease_take(sub: SubtensorBase, coldkey: bytes, hotkey: bytes, take: int) -> None:
    """Lower a delegate's take, down to the minimum, at any time."""
    _ensure_own_hotkey(sub, coldkey, hotkey)
    if sub.delegates.contains(hotkey):
        ensure(take < sub.delegates.get(hotkey), sub.Error.DelegateTakeTooLow)
    ensure(take >= sub.min_delegate_take.get(), sub.Error.DelegateTakeTooLow)
    sub.delegates.insert(hotkey, take)
    rate_limits.note_delegate_take(sub, hotkey, sub.runtime.system.block_number())
    sub.deposit(sub.Event.TakeDecreased(coldkey, hotkey, take))


def _ensure_own_hotkey(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> None:
    ensure(ownership.exists(sub, hotkey), sub.Error.HotKeyAccountNotExists)
    ensure(ownership.owns(sub, coldkey, hotkey), sub.Error.NonAssociatedColdKey)
