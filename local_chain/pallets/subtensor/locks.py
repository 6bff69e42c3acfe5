"""Locked stake: locks in storage, what they keep from leaving, and what they move along with.

A coldkey locks alpha of a subnet to one hotkey, for which conviction gathers. Each subnet keeps
sums of locks: by hotkey, and for the hotkey of the subnet's owner, each for locks that decay and
for those that do not. Owns making, moving and reducing locks and the questions that staking asks.
The arithmetic is `conviction`; swaps of keys are `lock_swaps`, the owner by conviction is
`conviction_owner`. Amounts are rao of alpha. Source: the runtime's staking/lock.rs.
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import conviction, ownership, shares
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.conviction import (
    U64_MAX,
    Kind,
    Rates,
    Standing,
)
from taokit.local_chain.pallets.subtensor.types import LockState

ACCEPTS_LOCKED_ALPHA = 1
"""The bit of `AccountFlags` by which a coldkey takes locked alpha; by default it does not."""


class StakeAvailability(NamedTuple):
    """A coldkey's stake on a subnet: all of it, what is locked, and what may leave (rao)."""

    total: int
    locked: int
    available: int


# -- what is locked ------------------------------------------------------------------------------


def total_stake(sub: SubtensorBase, coldkey: bytes, netuid: int) -> int:
    """A coldkey's stake on a subnet over all its hotkeys (`total_coldkey_alpha_on_subnet`)."""
    staked = sum(
        shares.stake_of_pair(sub, hotkey, coldkey, netuid)
        for hotkey in sub.staking_hotkeys.get(coldkey)
    )
    return min(staked, U64_MAX)


def coldkey_lock(sub: SubtensorBase, coldkey: bytes, netuid: int) -> LockState | None:
    """A coldkey's lock on a subnet as of now; None without one (`get_coldkey_lock`)."""
    found = find(sub, coldkey, netuid)
    if found is None:
        return None
    _, standing = found
    return conviction.rolled(standing.lock, now_of(sub), rates_of(sub), standing.kind)


def stake_availability(sub: SubtensorBase, coldkey: bytes, netuid: int) -> StakeAvailability:
    """What of a coldkey's stake on a subnet, over all its hotkeys, may leave the subnet."""
    total = total_stake(sub, coldkey, netuid)
    lock = coldkey_lock(sub, coldkey, netuid)
    locked = 0 if lock is None else lock.locked_mass
    return StakeAvailability(total, locked, max(total - locked, 0))


def ensure_available(sub: SubtensorBase, coldkey: bytes, netuid: int, amount: int) -> None:
    """StakeUnavailable if locks keep `amount` from leaving (`ensure_available_to_unstake`)."""
    available = stake_availability(sub, coldkey, netuid).available
    ensure(available >= amount, sub.Error.StakeUnavailable)


# -- making and changing -------------------------------------------------------------------------


def lock_stake(sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes, amount: int) -> None:
    """Lock alpha to a hotkey, or more of it to the same hotkey (`do_lock_stake`)."""
    error, now, rates = sub.Error, now_of(sub), rates_of(sub)
    ensure(amount > 0, error.AmountTooLow)
    ensure(ownership.exists(sub, hotkey), error.HotKeyAccountNotExists)
    total = total_stake(sub, coldkey, netuid)
    found = find(sub, coldkey, netuid)
    if found is None:
        standing = standing_of(sub, coldkey, netuid, hotkey)
    else:
        existing, standing = found
        ensure(existing == hotkey, error.LockHotkeyMismatch)
    standing.roll(now, rates)
    lock = standing.lock
    if lock.locked_mass or lock.conviction:
        lock = lock.replace(locked_mass=min(lock.locked_mass + amount, U64_MAX))
    else:
        lock = LockState(locked_mass=amount, conviction=0, last_update=now)
    ensure(total >= lock.locked_mass, error.InsufficientStakeForLock)
    standing.lock = conviction.rolled(lock, now, rates, standing.kind)
    added = LockState(locked_mass=amount, conviction=0, last_update=now)
    standing.add_to_total(added, now, rates)
    save(sub, coldkey, netuid, hotkey, standing)
    sub.deposit(sub.Event.StakeLocked(coldkey, hotkey, netuid, amount))


def auto_lock_owner_cut(sub: SubtensorBase, netuid: int, amount: int) -> None:
    """Lock what the owner was just paid, where the subnet asks for it (`auto_lock_owner_cut`)."""
    if not sub.owner_cut_auto_lock_enabled.get(netuid):
        return
    owner = sub.subnet_owner.get(netuid)
    found = find(sub, owner, netuid)
    hotkey = sub.subnet_owner_hotkey.get(netuid) if found is None else found[0]
    try:
        lock_stake(sub, owner, netuid, hotkey, amount)
    except DispatchError:
        # As in the runtime: what cannot be locked is paid unlocked.
        return


def move(sub: SubtensorBase, coldkey: bytes, destination: bytes, netuid: int) -> None:
    """Lock to another hotkey; conviction stays only with the same owner (`do_move_lock`)."""
    ensure(ownership.exists(sub, destination), sub.Error.HotKeyAccountNotExists)
    found = find(sub, coldkey, netuid)
    if found is None:
        raise sub.Error.NoExistingLock
    origin, standing = found
    now, rates = now_of(sub), rates_of(sub)
    standing.roll(now, rates)
    removed = lock = standing.lock
    if sub.owner.get(origin) != sub.owner.get(destination):
        lock = lock.replace(conviction=0)
    lock = conviction.rolled(lock, now, rates, kind_of(sub, coldkey, netuid, destination))
    remove_lock(sub, coldkey, netuid, origin)
    put_lock(sub, coldkey, netuid, destination, lock)
    reduce_total(sub, coldkey, netuid, origin, removed)
    add_to_total(sub, coldkey, netuid, destination, lock)
    sub.deposit(sub.Event.LockMoved(coldkey, origin, destination, netuid))


def set_perpetual(sub: SubtensorBase, coldkey: bytes, netuid: int, enabled: bool) -> None:
    """Stop or resume the decay of a coldkey's locks on a subnet (`do_set_perpetual_lock`)."""
    changes = is_perpetual(sub, coldkey, netuid) != enabled
    found = find(sub, coldkey, netuid)
    if found is not None:
        hotkey, standing = found
        standing.roll(now_of(sub), rates_of(sub))
        save(sub, coldkey, netuid, hotkey, standing)
        if changes:
            reduce_total(sub, coldkey, netuid, hotkey, standing.lock)
    if enabled:
        sub.decaying_lock.insert((coldkey, netuid), False)
    else:
        sub.decaying_lock.remove((coldkey, netuid))
    found = find(sub, coldkey, netuid)
    if changes and found is not None:
        hotkey, standing = found
        add_to_total(sub, coldkey, netuid, hotkey, standing.lock)
    sub.deposit(sub.Event.PerpetualLockUpdated(coldkey, netuid, enabled))


def rejects_locked_alpha(sub: SubtensorBase, coldkey: bytes) -> bool:
    """True unless the coldkey takes locked alpha (`account_rejects_locked_alpha`)."""
    return not sub.account_flags.get(coldkey) & ACCEPTS_LOCKED_ALPHA


def accept_locked_alpha(sub: SubtensorBase, coldkey: bytes, accepts: bool) -> None:
    """Let a coldkey take locked alpha or not (`set_accept_locked_alpha`)."""
    flags = sub.account_flags.get(coldkey)
    flags = flags | ACCEPTS_LOCKED_ALPHA if accepts else flags & ~ACCEPTS_LOCKED_ALPHA
    if flags:
        sub.account_flags.insert(coldkey, flags)
    else:
        sub.account_flags.remove(coldkey)


# -- what staking moves along --------------------------------------------------------------------


def transfer(sub: SubtensorBase, source: bytes, dest: bytes, netuid: int, amount: int) -> None:
    """Move the lock that goes with transferred stake: of what is not free, in proportion.

    LockHotkeyMismatch if the destination has a lock to another hotkey; AccountRejectsLockedAlpha
    if it takes none (`transfer_lock`).
    """
    if source == dest or not amount:
        return
    found = find(sub, source, netuid)
    if found is None:
        return
    now, rates = now_of(sub), rates_of(sub)
    hotkey, standing = found
    total = total_stake(sub, source, netuid)
    lock = conviction.rolled(standing.lock, now, rates, standing.kind)
    existing = find(sub, dest, netuid)
    dest_hotkey, dest_lock = hotkey, conviction.empty(now)
    if existing is not None:
        dest_hotkey, other = existing
        dest_lock = conviction.rolled(other.lock, now, rates, other.kind)
    wanted = amount - min(amount, max(total - lock.locked_mass, 0))
    moved = conviction.empty(now)
    if wanted:
        ensure(dest_hotkey == hotkey, sub.Error.LockHotkeyMismatch)
        moved = _part(lock, min(wanted, lock.locked_mass), now)
        lock = conviction.reduced(lock, moved.locked_mass, moved.conviction)
        dest_lock = conviction.merged(dest_lock, moved)
    accepted = not moved.locked_mass or not rejects_locked_alpha(sub, dest)
    ensure(accepted, sub.Error.AccountRejectsLockedAlpha)
    dest_kind = kind_of(sub, dest, netuid, dest_hotkey)
    put_lock(sub, source, netuid, hotkey, conviction.rolled(lock, now, rates, standing.kind))
    put_lock(sub, dest, netuid, dest_hotkey, conviction.rolled(dest_lock, now, rates, dest_kind))
    if moved.locked_mass:
        reduce_total(sub, source, netuid, hotkey, moved)
        add_to_total(sub, dest, netuid, dest_hotkey, moved)


def _part(lock: LockState, mass: int, now: int) -> LockState:
    """`mass` of a lock with its part of the conviction."""
    gathered = 0
    if mass and lock.locked_mass:
        gathered = U64F64.saturating_mul(lock.conviction, U64F64.ratio(mass, lock.locked_mass))
    return LockState(locked_mass=mass, conviction=gathered, last_update=now)


def cleanup_if_zero(sub: SubtensorBase, coldkey: bytes, netuid: int) -> None:
    """Roll a lock forward, and forget it once it is dust (`cleanup_lock_if_zero`)."""
    found = find(sub, coldkey, netuid)
    if found is not None:
        hotkey, standing = found
        standing.roll(now_of(sub), rates_of(sub))
        save(sub, coldkey, netuid, hotkey, standing)


def force_reduce(sub: SubtensorBase, coldkey: bytes, netuid: int, amount: int) -> None:
    """Reduce a lock by stake that was taken, conviction in proportion (`force_reduce_lock`)."""
    found = find(sub, coldkey, netuid)
    if found is not None:
        hotkey, standing = found
        now, rates = now_of(sub), rates_of(sub)
        standing.roll(now, rates)
        standing.roll_total(now, rates)
        standing.force_reduce(amount, now)
        save(sub, coldkey, netuid, hotkey, standing)


# -- locks and their sums in storage -------------------------------------------------------------


def now_of(sub: SubtensorBase) -> int:
    """The block that locks are rolled to."""
    return sub.runtime.system.block_number()


def rates_of(sub: SubtensorBase) -> Rates:
    """The chain's rates of decay."""
    return Rates(sub.unlock_rate.get(), sub.maturity_rate.get())


def is_owner_hotkey(sub: SubtensorBase, netuid: int, hotkey: bytes) -> bool:
    """Whether a hotkey is the one of the subnet's owner (`is_subnet_owner_hotkey`)."""
    return sub.subnet_owner_hotkey.get(netuid) == hotkey


def is_perpetual(sub: SubtensorBase, coldkey: bytes, netuid: int) -> bool:
    """Whether the coldkey's locks on the subnet keep their mass (`is_perpetual_lock`)."""
    return sub.decaying_lock.get((coldkey, netuid)) is False


def kind_of(sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes) -> Kind:
    """How a lock of the coldkey to the hotkey rolls."""
    return Kind(is_owner_hotkey(sub, netuid, hotkey), is_perpetual(sub, coldkey, netuid))


def find(sub: SubtensorBase, coldkey: bytes, netuid: int) -> tuple[bytes, Standing] | None:
    """The hotkey a coldkey has locked to on a subnet, and the lock as stored."""
    for _, _, hotkey in sub.lock.keys((coldkey, netuid)):
        return hotkey, standing_of(sub, coldkey, netuid, hotkey)
    return None


def standing_of(sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes) -> Standing:
    """A coldkey's lock to a hotkey with the sum it counts in, both as stored."""
    kind = kind_of(sub, coldkey, netuid, hotkey)
    nothing = conviction.empty(now_of(sub))
    return Standing(
        kind,
        sub.lock.get((coldkey, netuid, hotkey)) or nothing,
        total_of(sub, netuid, hotkey, kind) or nothing,
    )


def save(
    sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes, standing: Standing
) -> None:
    """Store a lock and its sum."""
    put_lock(sub, coldkey, netuid, hotkey, standing.lock)
    put_total(sub, netuid, hotkey, standing.kind, standing.total)


def put_lock(
    sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes, lock: LockState
) -> None:
    """Store a lock and its place in the index; dust is forgotten (`insert_lock_state`)."""
    if conviction.is_dust(lock):
        remove_lock(sub, coldkey, netuid, hotkey)
        return
    sub.locking_coldkeys.insert((netuid, hotkey, coldkey), ())
    sub.lock.insert((coldkey, netuid, hotkey), lock)


def remove_lock(sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes) -> None:
    """Forget a lock and its place in the index."""
    sub.lock.remove((coldkey, netuid, hotkey))
    sub.locking_coldkeys.remove((netuid, hotkey, coldkey))


def total_of(sub: SubtensorBase, netuid: int, hotkey: bytes, kind: Kind) -> LockState | None:
    """The stored sum of the locks of a kind to a hotkey; None where there is none."""
    if kind.owner:
        return (sub.owner_lock if kind.perpetual else sub.decaying_owner_lock).get(netuid)
    return (sub.hotkey_lock if kind.perpetual else sub.decaying_hotkey_lock).get((netuid, hotkey))


def put_total(
    sub: SubtensorBase, netuid: int, hotkey: bytes, kind: Kind, total: LockState | None
) -> None:
    """Store a sum, or forget one that is empty to the last bit."""
    empty = total is None or not (total.locked_mass or total.conviction)
    if kind.owner:
        of_owner = sub.owner_lock if kind.perpetual else sub.decaying_owner_lock
        if total is None or empty:
            of_owner.remove(netuid)
        else:
            of_owner.insert(netuid, total)
        return
    of_hotkey = sub.hotkey_lock if kind.perpetual else sub.decaying_hotkey_lock
    if total is None or empty:
        of_hotkey.remove((netuid, hotkey))
    else:
        of_hotkey.insert((netuid, hotkey), total)


def add_to_total(
    sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes, added: LockState
) -> None:
    """Count a lock, conviction included, in the sum of its kind (`add_aggregate_lock`)."""
    standing = standing_of(sub, coldkey, netuid, hotkey)
    standing.add_to_total(added, now_of(sub), rates_of(sub))
    put_total(sub, netuid, hotkey, standing.kind, standing.total)


def reduce_total(
    sub: SubtensorBase, coldkey: bytes, netuid: int, hotkey: bytes, removed: LockState
) -> None:
    """Take a lock out of the sum of its kind (`reduce_aggregate_lock`)."""
    standing = standing_of(sub, coldkey, netuid, hotkey)
    standing.roll_total(now_of(sub), rates_of(sub))
    left = conviction.reduced(standing.total, removed.locked_mass, removed.conviction)
    put_total(sub, netuid, hotkey, standing.kind, left)
