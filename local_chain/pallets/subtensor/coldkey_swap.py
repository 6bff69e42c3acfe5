"""Coldkey swaps: announced by the hash of the new coldkey, waited for, disputed or carried out.

A swap moves everything a coldkey has: identity, subnets, stakes, hotkeys, locks, TAO.
While it is announced the guards let the coldkey do nothing else.
"""

from __future__ import annotations

from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import (
    custody,
    lock_swaps,
    locks,
    ownership,
    root_claims,
    shares,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.types import RateLimitKey

U32_MAX = 2**32 - 1


def announce(sub: SubtensorBase, coldkey: bytes, new_coldkey_hash: bytes) -> None:
    """Announce a swap to the coldkey of a hash (Blake2-256). Only the first time costs TAO.

    ColdkeySwapReannouncedTooEarly until the reannouncement delay after the
    announced block has passed.
    """
    now = sub.runtime.system.block_number()
    announced: tuple[int, bytes] | None = sub.coldkey_swap_announcements.get(coldkey)
    if announced is not None:
        ensure(now >= _free_from(sub, announced[0]), sub.Error.ColdkeySwapReannouncedTooEarly)
    else:
        charge(sub, coldkey, sub.key_swap_cost)
    when = min(now + sub.coldkey_swap_announcement_delay.get(), U32_MAX)
    sub.coldkey_swap_announcements.insert(coldkey, (when, new_coldkey_hash))
    sub.deposit(sub.Event.ColdkeySwapAnnounced(who=coldkey, new_coldkey_hash=new_coldkey_hash))


def execute(sub: SubtensorBase, coldkey: bytes, new_coldkey: bytes) -> None:
    """Carry out the announced swap once its block has come."""
    error = sub.Error
    announced: tuple[int, bytes] | None = sub.coldkey_swap_announcements.take(coldkey)
    if announced is None:
        raise error.ColdkeySwapAnnouncementNotFound
    when, hash_ = announced
    ensure(hash_ == blake2_256(new_coldkey), error.AnnouncedColdkeyHashDoesNotMatch)
    ensure(sub.runtime.system.block_number() >= when, error.ColdkeySwapTooEarly)
    swap(sub, coldkey, new_coldkey)


def dispute(sub: SubtensorBase, coldkey: bytes) -> None:
    """Stop an announced swap; from then on only root can help."""
    announced = sub.coldkey_swap_announcements.contains(coldkey)
    ensure(announced, sub.Error.ColdkeySwapAnnouncementNotFound)
    disputed = sub.coldkey_swap_disputes.contains(coldkey)
    ensure(not disputed, sub.Error.ColdkeySwapAlreadyDisputed)
    sub.coldkey_swap_disputes.insert(coldkey, sub.runtime.system.block_number())
    sub.deposit(sub.Event.ColdkeySwapDisputed(coldkey=coldkey))


def clear(sub: SubtensorBase, coldkey: bytes) -> None:
    """Take an announcement back, the reannouncement delay after its block."""
    announced: tuple[int, bytes] | None = sub.coldkey_swap_announcements.get(coldkey)
    if announced is None:
        raise sub.Error.ColdkeySwapAnnouncementNotFound
    now = sub.runtime.system.block_number()
    ensure(now >= _free_from(sub, announced[0]), sub.Error.ColdkeySwapClearTooEarly)
    sub.coldkey_swap_announcements.remove(coldkey)
    sub.deposit(sub.Event.ColdkeySwapCleared(who=coldkey))


def forget(sub: SubtensorBase, coldkey: bytes) -> None:
    """Drop announcement and dispute."""
    sub.coldkey_swap_announcements.remove(coldkey)
    sub.coldkey_swap_disputes.remove(coldkey)


def _free_from(sub: SubtensorBase, announced: int) -> int:
    """The block from which an announcement may be made anew or taken back."""
    return min(announced + sub.coldkey_swap_reannouncement_delay.get(), U32_MAX)


def charge(sub: SubtensorBase, coldkey: bytes, cost: int) -> None:
    """Recycle the cost of a swap (rao). NotEnoughBalanceToPaySwapColdKey if that cannot be paid."""
    try:
        custody.recycle_tao(sub, coldkey, cost)
    except DispatchError:
        raise sub.Error.NotEnoughBalanceToPaySwapColdKey from None


def swap(sub: SubtensorBase, old: bytes, new: bytes) -> None:
    """Move everything from one coldkey to another that has no stake and is no hotkey."""
    ensure(not sub.staking_hotkeys.get(new), sub.Error.ColdKeyAlreadyAssociated)
    ensure(not ownership.exists(sub, new), sub.Error.NewColdKeyIsHotkey)
    if not sub.identities_v2.contains(new) and sub.identities_v2.contains(old):
        sub.identities_v2.insert(new, sub.identities_v2.take(old))
    # Whatever the new coldkey said before; the old one's flags come with the locks.
    locks.accept_locked_alpha(sub, new, True)
    for netuid in sub.networks_added.keys():
        if sub.subnet_owner.get(netuid) == old:
            sub.subnet_owner.insert(netuid, new)
        _move_auto_stake(sub, netuid, old, new)
        _move_stakes(sub, netuid, old, new)
    sub.staking_hotkeys.insert(
        new, _joined(sub.staking_hotkeys.get(new), sub.staking_hotkeys.take(old))
    )
    _move_hotkeys(sub, old, new)
    lock_swaps.swap_coldkey(sub, old, new)
    custody.transfer_all_tao_and_kill(sub, old, new)
    now = sub.runtime.system.block_number()
    sub.last_rate_limited_block.insert(RateLimitKey.LastTxBlock(new), now)
    sub.deposit(sub.Event.ColdkeySwapped(old_coldkey=old, new_coldkey=new))


def _move_auto_stake(sub: SubtensorBase, netuid: int, old: bytes, new: bytes) -> None:
    hotkey = sub.auto_stake_destination.take((old, netuid))
    if hotkey is None:
        return
    sub.auto_stake_destination.insert((new, netuid), hotkey)
    others = sub.auto_stake_destination_coldkeys.get((hotkey, netuid))
    kept = [coldkey for coldkey in others if coldkey not in (old, new)]
    sub.auto_stake_destination_coldkeys.insert((hotkey, netuid), [*kept, new])


def _move_stakes(sub: SubtensorBase, netuid: int, old: bytes, new: bytes) -> None:
    for hotkey in sub.staking_hotkeys.get(old):
        alpha = shares.stake_of_pair(sub, hotkey, old, netuid)
        shares.decrease_stake(sub, hotkey, old, netuid, alpha)
        shares.increase_stake(sub, hotkey, new, netuid, alpha)
        if shares.stake_of_pair(sub, hotkey, new, netuid):
            root_claims.move_claimed(sub, netuid, (hotkey, old), (hotkey, new))
            if netuid == ROOT:
                root_claims.add_coldkey_to_index(sub, new)
    if netuid == ROOT:
        root_claims.remove_coldkey_from_index(sub, old)


def _move_hotkeys(sub: SubtensorBase, old: bytes, new: bytes) -> None:
    moved = sub.owned_hotkeys.take(old)
    for hotkey in moved:
        system = custody.netuid_of_account(hotkey) is not None
        ensure(not system, sub.Error.CannotUseSystemAccount)
        sub.owner.insert(hotkey, new)
    sub.owned_hotkeys.insert(new, _joined(sub.owned_hotkeys.get(new), moved))


def _joined(first: list[bytes], second: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys([*first, *second]))
