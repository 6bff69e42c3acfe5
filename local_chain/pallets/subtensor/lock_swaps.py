"""What becomes of locks when a coldkey or a hotkey is swapped for another.

Source: the runtime's staking/lock.rs (`swap_coldkey_locks`, `swap_hotkey_locks`).
"""

from __future__ import annotations

from collections.abc import Sequence

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import conviction, locks
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.conviction import Kind
from taokit.local_chain.pallets.subtensor.database_use import DatabaseUse


def swap_coldkey(sub: SubtensorBase, old: bytes, new: bytes) -> None:
    """Move all locks, their modes and the account's flags to a coldkey without a lock of its own.

    ActiveLockExists if it has one; AccountRejectsLockedAlpha if it takes none.
    """
    now, rates = locks.now_of(sub), locks.rates_of(sub)
    for (_, netuid, hotkey), lock in sub.lock.items((new,)):
        kind = locks.kind_of(sub, new, netuid, hotkey)
        active = conviction.rolled(lock, now, rates, kind).locked_mass
        ensure(not active, sub.Error.ActiveLockExists)
    moving = []
    for (_, netuid, hotkey), lock in sub.lock.items((old,)):
        kind = locks.kind_of(sub, old, netuid, hotkey)
        lock = conviction.rolled(lock, now, rates, kind)
        accepted = not lock.locked_mass or not locks.rejects_locked_alpha(sub, new)
        ensure(accepted, sub.Error.AccountRejectsLockedAlpha)
        moving.append((netuid, hotkey, lock, kind))
    for netuid, hotkey, lock, _ in moving:
        locks.remove_lock(sub, old, netuid, hotkey)
        locks.reduce_total(sub, old, netuid, hotkey, lock)
    for (_, netuid), decaying in sub.decaying_lock.items((old,)):
        sub.decaying_lock.remove((old, netuid))
        sub.decaying_lock.insert((new, netuid), decaying)
    _move_flags(sub, old, new)
    for netuid, hotkey, lock, kind in moving:
        lock = conviction.rolled(lock, now, rates, kind)
        locks.put_lock(sub, new, netuid, hotkey, lock)
        locks.add_to_total(sub, new, netuid, hotkey, lock)


def _move_flags(sub: SubtensorBase, old: bytes, new: bytes) -> None:
    flags = sub.account_flags.take(old)
    if flags:
        sub.account_flags.insert(new, flags)
    else:
        sub.account_flags.remove(new)


def swap_hotkey(
    sub: SubtensorBase, old: bytes, new: bytes, netuids: Sequence[int], use: DatabaseUse
) -> None:
    """Move what is locked to a hotkey to the one that takes its place, conviction included.

    To be called before the subnet's owner hotkey is changed: its sums stay the owner's.
    """
    use.add(5 * len(netuids))
    affected = [netuid for netuid in netuids if _concerns(sub, netuid, old, new)]
    for netuid in affected:
        _move_coldkeys(sub, netuid, old, new, use)
    for netuid in affected:
        _move_totals(sub, netuid, old, new)
        use.add(0, 6)


def _concerns(sub: SubtensorBase, netuid: int, old: bytes, new: bytes) -> bool:
    return (
        sub.subnet_owner_hotkey.get(netuid) in (old, new)
        or sub.hotkey_lock.contains((netuid, old))
        or sub.decaying_hotkey_lock.contains((netuid, old))
    )


def _owners(sub: SubtensorBase, netuid: int, old: bytes, new: bytes) -> tuple[bool, bool]:
    """Whether the old hotkey is the owner's, and whether the new one will be."""
    was = locks.is_owner_hotkey(sub, netuid, old)
    return was, was or locks.is_owner_hotkey(sub, netuid, new)


def _move_coldkeys(
    sub: SubtensorBase, netuid: int, old: bytes, new: bytes, use: DatabaseUse
) -> None:
    now, rates = locks.now_of(sub), locks.rates_of(sub)
    was_owner, becomes_owner = _owners(sub, netuid, old, new)
    for _, _, coldkey in sub.locking_coldkeys.keys((netuid, old)):
        lock = sub.lock.get((coldkey, netuid, old))
        locks.remove_lock(sub, coldkey, netuid, old)
        use.add(1, 1)
        if lock is None:
            continue
        use.add(0, 1)
        perpetual = locks.is_perpetual(sub, coldkey, netuid)
        lock = conviction.rolled(lock, now, rates, Kind(was_owner, perpetual))
        lock = conviction.rolled(lock, now, rates, Kind(becomes_owner, perpetual))
        locks.put_lock(sub, coldkey, netuid, new, lock)


def _move_totals(sub: SubtensorBase, netuid: int, old: bytes, new: bytes) -> None:
    now, rates = locks.now_of(sub), locks.rates_of(sub)
    was_owner, becomes_owner = _owners(sub, netuid, old, new)
    for perpetual in (True, False):
        before, after = Kind(was_owner, perpetual), Kind(becomes_owner, perpetual)
        total = locks.total_of(sub, netuid, old, before)
        if total is not None:
            locks.put_total(sub, netuid, old, before, None)
            total = conviction.rolled(total, now, rates, before)
            total = conviction.rolled(total, now, rates, after)
            locks.put_total(sub, netuid, new, after, total)
