"""Hotkey swaps: another hotkey takes the place of one, on a subnet or on all of them.

Owns what may be swapped, its price and how often, and moving what a hotkey has: its uid, what it
serves, commits, takes, children, stake, claims. Locks are `lock_swaps`, links `children`. As in the
runtime, timelocked commits stay with the old hotkey. The weight is that of the database reads and
writes which the runtime counts. Source: the runtime's swap/swap_hotkey.rs.
"""

from __future__ import annotations

from typing import Any

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import (
    children,
    custody,
    lock_swaps,
    mechanisms,
    networks,
    ownership,
    rate_limits,
    root_claims,
    shares,
    uids,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.database_use import DatabaseUse
from taokit.local_chain.pallets.subtensor.types import RateLimitKey

_BY_HOTKEY = (
    RateLimitKey.LastTxBlock,
    RateLimitKey.LastTxBlockDelegateTake,
    RateLimitKey.LastTxBlockChildKeyTake,
)
"""The rate limits that a new hotkey takes over."""


def swap(
    sub: SubtensorBase,
    coldkey: bytes,
    old: bytes,
    new: bytes,
    netuid: int | None,
    *,
    keep_stake: bool,
) -> DatabaseUse:
    """Put `new` in the place of `old`, on one subnet or (None) all; what it cost the database.

    With `keep_stake` the stake stays with the old hotkey (`do_swap_hotkey`).
    """
    use = DatabaseUse()
    _check(sub, coldkey, old, new, netuid)
    use.add(4, 0)
    for key in _BY_HOTKEY:
        last = sub.last_rate_limited_block.get(key(old))
        sub.last_rate_limited_block.insert(key(new), last)
        use.add(1, 1)
    if netuid is None:
        _swap_everywhere(sub, coldkey, old, new, use, keep_stake=keep_stake)
    else:
        _swap_on_subnet(sub, coldkey, old, new, netuid, use, keep_stake=keep_stake)
    return use


def _check(sub: SubtensorBase, coldkey: bytes, old: bytes, new: bytes, netuid: int | None) -> None:
    error, block = sub.Error, sub.runtime.system.block_number()
    ensure(ownership.owns(sub, coldkey, old), error.NonAssociatedColdKey)
    free = not ownership.exists(sub, new) or ownership.owns(sub, coldkey, new)
    ensure(free, error.NonAssociatedColdKey)
    ensure(old != new, error.NewHotKeyIsSameWithOld)
    last = sub.last_rate_limited_block.get(RateLimitKey.LastTxBlock(coldkey))
    too_soon = rate_limits.exceeds_tx_rate_limit(sub, last, block)
    ensure(not too_soon, error.HotKeySetTxRateLimitExceeded)
    if netuid is None:
        registered = uids.is_registered_anywhere(sub, new)
    else:
        # An entry that says no counts too, as in the runtime.
        registered = sub.is_network_member.contains((new, netuid))
    ensure(not registered, error.HotKeyAlreadyRegisteredInSubNet)
    if netuid in (None, ROOT):
        clean = (
            not sub.root_claimable.get(new)
            and not shares.stake_of_hotkey(sub, new, ROOT)
            and not sub.root_claimed.keys((ROOT, new))
        )
        ensure(clean, error.NewHotKeyNotCleanForRootSwap)


def _charge(sub: SubtensorBase, coldkey: bytes, cost: int) -> None:
    affordable = cost <= custody.coldkey_balance(sub, coldkey)
    ensure(affordable, sub.Error.NotEnoughBalanceToPaySwapHotKey)
    custody.recycle_tao(sub, coldkey, cost)


# -- everywhere ----------------------------------------------------------------------------------


def _swap_everywhere(
    sub: SubtensorBase,
    coldkey: bytes,
    old: bytes,
    new: bytes,
    use: DatabaseUse,
    *,
    keep_stake: bool,
) -> None:
    block, interval = sub.runtime.system.block_number(), sub.hotkey_swap_on_subnet_interval
    netuids = sub.networks_added.keys()
    use.add(2 * len(netuids) + 1)
    affected = [
        netuid
        for netuid in netuids
        if sub.is_network_member.get((old, netuid)) or sub.child_keys.get((old, netuid))
    ]
    for netuid in affected:
        last = sub.last_hotkey_swap_on_netuid.get((netuid, coldkey))
        passed = last == 0 or last + interval < block or rate_limits.ignored(sub)
        ensure(passed, sub.Error.HotKeySwapOnSubnetIntervalNotPassed)
        use.add(1)
    _charge(sub, coldkey, sub.key_swap_cost)
    use.add(3, 2)
    _move_all(sub, coldkey, old, new, use, keep_stake=keep_stake)
    for netuid in affected:
        sub.last_hotkey_swap_on_netuid.insert((netuid, coldkey), block)
        use.add(0, 1)
    sub.last_rate_limited_block.insert(RateLimitKey.LastTxBlock(coldkey), block)
    use.add(0, 1)
    sub.deposit(sub.Event.HotkeySwapped(coldkey=coldkey, old_hotkey=old, new_hotkey=new))


def _move_all(
    sub: SubtensorBase,
    coldkey: bytes,
    old: bytes,
    new: bytes,
    use: DatabaseUse,
    *,
    keep_stake: bool,
) -> None:
    """Source: `perform_hotkey_swap_on_all_subnets`."""
    stakes = shares.stakes_of_hotkey(sub, old)
    use.add(len(stakes))
    lock_swaps.swap_hotkey(sub, old, new, sub.networks_added.keys(), use)
    sub.owner.remove(old)
    ensure(custody.netuid_of_account(new) is None, sub.Error.CannotUseSystemAccount)
    sub.owner.insert(new, coldkey)
    owned = sub.owned_hotkeys.get(coldkey)
    owned = owned if new in owned else [*owned, new]
    sub.owned_hotkeys.insert(coldkey, [hotkey for hotkey in owned if hotkey != old])
    use.add(2, 2)
    for netuid in sub.networks_added.keys():
        _move_on_subnet(sub, old, new, netuid, use, keep_stake=keep_stake)
    for key in _BY_HOTKEY:
        sub.last_rate_limited_block.remove(key(old))
        use.add(1, 2)
    if sub.delegates.contains(old):
        sub.delegates.insert(new, sub.delegates.take(old))
        use.add(2, 2)
    if not keep_stake:
        _move_staking_hotkeys(sub, old, new, stakes, use)


def _move_staking_hotkeys(
    sub: SubtensorBase, old: bytes, new: bytes, stakes: list[Any], use: DatabaseUse
) -> None:
    for coldkey, _, share in stakes:
        if share.is_zero:
            continue
        hotkeys = sub.staking_hotkeys.get(coldkey)
        use.add(1)
        if old in hotkeys:
            kept = [hotkey for hotkey in hotkeys if hotkey not in (old, new)]
            sub.staking_hotkeys.insert(coldkey, [*kept, new])
            use.add(0, 1)


# -- one subnet ----------------------------------------------------------------------------------


def _swap_on_subnet(
    sub: SubtensorBase,
    coldkey: bytes,
    old: bytes,
    new: bytes,
    netuid: int,
    use: DatabaseUse,
    *,
    keep_stake: bool,
) -> None:
    """The old hotkey keeps its owner (`swap_hotkey_on_subnet`)."""
    error, block = sub.Error, sub.runtime.system.block_number()
    # Unlike a swap everywhere, never having swapped counts as a swap in block 0.
    last = sub.last_hotkey_swap_on_netuid.get((netuid, coldkey))
    passed = last + sub.hotkey_swap_on_subnet_interval < block or rate_limits.ignored(sub)
    ensure(passed, error.HotKeySwapOnSubnetIntervalNotPassed)
    ensure(custody.netuid_of_account(new) is None, error.CannotUseSystemAccount)
    use.add(5)
    _charge(sub, coldkey, sub.key_swap_on_subnet_cost)
    sub.owner.insert(new, coldkey)
    use.add(2, 2)
    owned = sub.owned_hotkeys.get(coldkey)
    if new not in owned:
        sub.owned_hotkeys.insert(coldkey, [*owned, new])
        use.add(1, 1)
    lock_swaps.swap_hotkey(sub, old, new, [netuid], use)
    _move_on_subnet(sub, old, new, netuid, use, keep_stake=keep_stake)
    sub.last_rate_limited_block.insert(RateLimitKey.LastTxBlock(coldkey), block)
    sub.last_hotkey_swap_on_netuid.insert((netuid, coldkey), block)
    use.add(0, 2)
    sub.deposit(
        sub.Event.HotkeySwappedOnSubnet(
            coldkey=coldkey, old_hotkey=old, new_hotkey=new, netuid=netuid
        )
    )


def _move_on_subnet(
    sub: SubtensorBase, old: bytes, new: bytes, netuid: int, use: DatabaseUse, *, keep_stake: bool
) -> None:
    """Source: `perform_hotkey_swap_on_one_subnet`."""
    member = sub.is_network_member.take((old, netuid))
    sub.is_network_member.insert((new, netuid), member)
    use.add(1, 2)
    if member:
        _move_neuron(sub, old, new, netuid, use)
    if sub.childkey_take.contains((old, netuid)):
        sub.childkey_take.insert((new, netuid), sub.childkey_take.take((old, netuid)))
        use.add(1, 2)
    children.swap_hotkey(sub, old, new, netuid, use)
    followers = sub.auto_stake_destination_coldkeys
    if followers.contains((old, netuid)):
        for coldkey in followers.get((old, netuid)):
            sub.auto_stake_destination.insert((coldkey, netuid), new)
        followers.insert((new, netuid), followers.take((old, netuid)))
    if sub.subnet_owner_hotkey.contains(netuid):
        use.add(1)
        if sub.subnet_owner_hotkey.get(netuid) == old:
            networks.set_owner_hotkey(sub, netuid, new)
            use.add(0, 1)
    if not keep_stake:
        _move_earnings(sub, old, new, netuid, use)
        _move_stake(sub, old, new, netuid, use)
        if netuid == ROOT:
            _move_root_claims(sub, old, new, use)


def _move_neuron(sub: SubtensorBase, old: bytes, new: bytes, netuid: int, use: DatabaseUse) -> None:
    uid = sub.uids.get((netuid, old))
    if uid is not None:
        sub.uids.remove((netuid, old))
        sub.uids.insert((netuid, new), uid)
        sub.keys.insert((netuid, uid), new)
        use.add(1, 3)
    served: tuple[Any, ...] = (sub.prometheus, sub.axons, sub.neuron_certificates)
    moved = [(item, netuid) for item in served]
    moved += [(sub.weight_commits, index) for index in mechanisms.storage_indices(sub, netuid)]
    for item, index in moved:
        if item.contains((index, old)):
            item.insert((index, new), item.take((index, old)))
            use.add(1, 2)
    loaded = sub.loaded_emission.get(netuid)
    if loaded is not None:
        renamed = [
            (new if of == old else of, server, validator) for of, server, validator in loaded
        ]
        sub.loaded_emission.insert(netuid, renamed)
        use.add(1, 2)


def _move_earnings(
    sub: SubtensorBase, old: bytes, new: bytes, netuid: int, use: DatabaseUse
) -> None:
    last_epoch = sub.total_hotkey_alpha_last_epoch
    total = last_epoch.take((old, netuid)) + last_epoch.get((new, netuid))
    last_epoch.insert((new, netuid), min(total, U64_MAX))
    paid = sub.alpha_dividends_per_subnet
    total = paid.take((netuid, old)) + paid.get((netuid, new))
    paid.insert((netuid, new), min(total, U64_MAX))
    power = sub.voting_power
    moved = power.take((netuid, old))
    if moved:
        power.insert((netuid, new), min(moved + power.get((netuid, new)), U64_MAX))
    use.add(6, 6)


def _move_stake(sub: SubtensorBase, old: bytes, new: bytes, netuid: int, use: DatabaseUse) -> None:
    """Let everyone's stake with the old hotkey buy as much with the new one."""
    entries = len(sub.alpha.keys((old,))) + len(sub.alpha_v2.keys((old,)))
    use.add(entries, entries)
    for coldkey, on, _ in shares.stakes_of_hotkey(sub, old):
        if on != netuid:
            continue
        alpha = shares.stake_of_pair(sub, old, coldkey, netuid)
        shares.decrease_stake(sub, old, coldkey, netuid, alpha)
        shares.increase_stake(sub, new, coldkey, netuid, alpha)
        use.add(3, 2)
        hotkeys = sub.staking_hotkeys.get(coldkey)
        if old in hotkeys and new not in hotkeys:
            sub.staking_hotkeys.insert(coldkey, [*hotkeys, new])
            use.add(0, 1)


def _move_root_claims(sub: SubtensorBase, old: bytes, new: bytes, use: DatabaseUse) -> None:
    root_claims.move_claimable(sub, old, new)
    use.add(3, 2)
    for netuid in sorted(sub.root_claimable.get(new)):
        claimed = [coldkey for _, _, coldkey in sub.root_claimed.keys((netuid, old))]
        use.add(len(claimed))
        for coldkey in claimed:
            root_claims.move_claimed(sub, netuid, (old, coldkey), (new, coldkey))
            use.add(2, 2)
    enabled = sub.auto_parent_delegation_enabled
    if enabled.contains(old):
        enabled.insert(new, enabled.take(old))
        use.add(1, 2)
