"""Whom a subnet's locks speak for: conviction by hotkey, and the owner that it makes.

Source: the runtime's staking/lock.rs (`subnet_king`, `change_subnet_owner_if_needed`).
"""

from __future__ import annotations

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.pallets.subtensor import conviction, locks, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.conviction import Kind

ONE_YEAR = 7_200 * 365 + 1_800
"""Blocks for which a subnet's first owner is safe."""

_NOBODY = bytes(32)


def hotkey_conviction(sub: SubtensorBase, hotkey: bytes, netuid: int) -> int:
    """Raw U64F64 conviction for a hotkey, over everyone who locks to it (`hotkey_conviction`)."""
    owner = locks.is_owner_hotkey(sub, netuid, hotkey)
    kinds = [Kind(is_owner, mode) for is_owner in (False, owner) for mode in (True, False)]
    total = 0
    for kind in dict.fromkeys(kinds):
        total = U64F64.saturating_add(total, _conviction(sub, netuid, hotkey, kind))
    return total


def convictions(sub: SubtensorBase, netuid: int) -> dict[bytes, int]:
    """Raw U64F64 conviction of every hotkey that a subnet keeps a sum of locks for."""
    hotkeys = [hotkey for _, hotkey in sub.hotkey_lock.keys((netuid,))]
    hotkeys += [hotkey for _, hotkey in sub.decaying_hotkey_lock.keys((netuid,))]
    if sub.owner_lock.contains(netuid) or sub.decaying_owner_lock.contains(netuid):
        hotkeys.append(sub.subnet_owner_hotkey.get(netuid))
    return {hotkey: hotkey_conviction(sub, hotkey, netuid) for hotkey in dict.fromkeys(hotkeys)}


def total_conviction(sub: SubtensorBase, netuid: int) -> int:
    """Raw U64F64 conviction of all locks of a subnet (`get_total_conviction`)."""
    return U64F64.saturate(sum(convictions(sub, netuid).values()))


def king(sub: SubtensorBase, netuid: int) -> bytes | None:
    """The hotkey of most conviction; of equals the greatest key; None without locks."""
    found = convictions(sub, netuid)
    return max(found, key=lambda hotkey: (found[hotkey], hotkey), default=None)


def _conviction(sub: SubtensorBase, netuid: int, hotkey: bytes, kind: Kind) -> int:
    total = locks.total_of(sub, netuid, hotkey, kind)
    if total is None:
        return 0
    return conviction.rolled(total, locks.now_of(sub), locks.rates_of(sub), kind).conviction


def change_owner_if_due(sub: SubtensorBase, netuid: int) -> None:
    """Give a subnet over a year old to the hotkey of most conviction and its coldkey.

    Only where all conviction comes to a tenth of the alpha outstanding, and the hotkey is another
    owner's. A hotkey that is not registered gets a uid, or nothing changes.
    """
    outstanding = sub.subnet_alpha_out.get(netuid)
    age_reached = locks.now_of(sub) >= sub.network_registered_at.get(netuid) + ONE_YEAR
    if not outstanding or not age_reached:
        return
    gathered = U64F64.saturating_mul(total_conviction(sub, netuid), U64F64.from_int(10))
    if gathered < U64F64.from_int(outstanding):
        return
    hotkey = king(sub, netuid)
    if hotkey is None:
        return
    old, new = sub.subnet_owner.get(netuid), sub.owner.get(hotkey)
    if new in (old, _NOBODY):
        return
    if not uids.is_registered(sub, netuid, hotkey):
        try:
            uids.register_neuron(sub, netuid, hotkey)
        except DispatchError:
            # As in the runtime: where there is no uid to be had the owner stays.
            return
    _move_totals(sub, netuid, hotkey)
    sub.subnet_owner.insert(netuid, new)
    sub.subnet_owner_hotkey.insert(netuid, hotkey)
    sub.deposit(sub.Event.SubnetOwnerChanged(netuid, old, new))


def _move_totals(sub: SubtensorBase, netuid: int, king_hotkey: bytes) -> None:
    """Make the owner's sums those of a common hotkey, and the new owner's the owner's."""
    now, rates = locks.now_of(sub), locks.rates_of(sub)
    old_hotkey = sub.subnet_owner_hotkey.get(netuid)
    for hotkey, was_owner in ((old_hotkey, True), (king_hotkey, False)):
        for perpetual in (True, False):
            before, after = Kind(was_owner, perpetual), Kind(not was_owner, perpetual)
            moved = locks.total_of(sub, netuid, hotkey, before)
            if moved is None:
                continue
            locks.put_total(sub, netuid, hotkey, before, None)
            moved = conviction.rolled(moved, now, rates, before)
            found = locks.total_of(sub, netuid, hotkey, after) or conviction.empty(now)
            found = conviction.rolled(found, now, rates, after)
            total = conviction.merged(found, moved).replace(last_update=now)
            if after.owner:
                total = conviction.rolled(total, now, rates, after)
            locks.put_total(sub, netuid, hotkey, after, total)
