"""Root dividends: alpha that validators' root stakers are owed on every subnet, and its payment.

Owns the rates (`RootClaimable`, alpha per rao of root stake), what of them was claimed or was
earned before one's stake (`RootClaimed`), and the index of coldkeys that claims walk through.
Rates are raw I96F32; amounts are rao. Source: the runtime's staking/claim_root.rs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from taokit.local_chain.amm.swap import MIN_PRICE
from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import READ, WRITE, Weight
from taokit.local_chain.pallets.subtensor import custody, flows, shares, staking
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.types import RootClaimTypeEnum

Holder = tuple[bytes, bytes, int]
"""Hotkey, coldkey and netuid of a share."""

_U128_MAX = 2**128 - 1
_INDEX_BATCH = 30
_READ_WEIGHT = Weight(READ, 0)
_CLAIM_WEIGHT = Weight(60_000_000 + 7 * READ + 5 * WRITE, 6_987)


# -- what is owed --------------------------------------------------------------------------------


def increase_claimable(sub: SubtensorBase, hotkey: bytes, netuid: int, amount: int) -> None:
    """Owe `amount` alpha to a hotkey's root stakers, by their stake.

    More alpha than there is root stake goes to the hotkey's owner instead
    (`increase_root_claimable_for_hotkey_and_subnet`).
    """
    stake = shares.stake_of_hotkey(sub, hotkey, ROOT)
    if amount > stake:
        shares.increase_stake(sub, hotkey, sub.owner.get(hotkey), netuid, amount)
        return
    increment = I96F32.safe_div(I96F32.from_int(amount), I96F32.from_int(stake))
    rates = dict(sub.root_claimable.get(hotkey))
    if netuid in rates:
        if not increment:
            return
        rates[netuid] = I96F32.saturating_add(rates[netuid], increment)
    else:
        rates = dict(sorted([*rates.items(), (netuid, increment)]))
    sub.root_claimable.insert(hotkey, rates)


def claimable(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """Raw I96F32 alpha that a stake at today's size would ever have earned.

    Source: `get_root_claimable_for_hotkey_coldkey`.
    """
    stake = shares.stake_of_pair(sub, hotkey, coldkey, ROOT)
    return _earned(sub.root_claimable.get(hotkey).get(netuid, 0), stake)


def owed(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """Raw I96F32 alpha owed; may be negative (`get_root_owed_for_hotkey_coldkey_float`)."""
    claimed = sub.root_claimed.get((netuid, hotkey, coldkey))
    return _unclaimed(claimable(sub, hotkey, coldkey, netuid), claimed)


def _earned(rate: int, stake: int) -> int:
    return I96F32.saturating_mul(rate, I96F32.from_int(stake))


def _unclaimed(earned: int, claimed: int) -> int:
    return I96F32.saturating_sub(earned, I96F32.from_int(claimed))


def owed_alpha(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """Alpha owed in rao, never negative (`get_root_owed_for_hotkey_coldkey`)."""
    return I96F32.to_u64(owed(sub, hotkey, coldkey, netuid))


def adjust_for_added_stake(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, amount: int) -> None:
    """New root stake earns from now on: count what it would have earned before as claimed.

    Source: `add_stake_adjust_root_claimed_for_hotkey_and_coldkey`.
    """
    raw = I96F32.from_int(amount)
    claimed = sub.root_claimed
    for netuid, rate in sub.root_claimable.get(hotkey).items():
        key = (netuid, hotkey, coldkey)
        earned = I96F32.to_u128(I96F32.saturating_mul(rate, raw))
        if earned or not claimed.contains(key):
            claimed.insert(key, min(claimed.get(key) + earned, _U128_MAX))


def adjust_for_removed_stake(
    sub: SubtensorBase, hotkey: bytes, coldkey: bytes, amount: int
) -> None:
    """Forget the claims that belong to removed root stake.

    Source: `remove_stake_adjust_root_claimed_for_hotkey_and_coldkey`.
    """
    raw = I96F32.from_int(amount)
    for netuid, rate in sub.root_claimable.get(hotkey).items():
        if netuid == ROOT:
            continue
        key = (netuid, hotkey, coldkey)
        earned = I96F32.to_u128(I96F32.saturating_mul(rate, raw))
        sub.root_claimed.insert(key, max(sub.root_claimed.get(key) - earned, 0))


# -- claims --------------------------------------------------------------------------------------


def claim(sub: SubtensorBase, coldkey: bytes, netuids: Collection[int] | None = None) -> Weight:
    """Pay a coldkey what it is owed with every hotkey it stakes with, all or nothing.

    `netuids` limits the claim. Returns the weight spent (`do_root_claim`).
    """
    with sub.runtime.transaction():
        weight = _READ_WEIGHT
        for hotkey in sub.staking_hotkeys.get(coldkey):
            weight = weight.plus(_READ_WEIGHT)
            weight = weight.plus(_claim_of_hotkey(sub, hotkey, coldkey, netuids))
        sub.deposit(sub.Event.RootClaimed(coldkey))
    return weight


def _claim_of_hotkey(
    sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuids: Collection[int] | None
) -> Weight:
    """Pay what is owed on each subnet, unless it is below the subnet's threshold."""
    claim_type = sub.root_claim_type.get(coldkey)
    threshold, claimed = sub.root_claimable_threshold.get, sub.root_claimed.get
    stake = shares.stake_of_pair(sub, hotkey, coldkey, ROOT)
    asked = 0
    for netuid, rate in sub.root_claimable.get(hotkey).items():
        if netuids is not None and netuid not in netuids:
            continue
        asked += 1
        raw = _unclaimed(_earned(rate, stake), claimed((netuid, hotkey, coldkey)))
        alpha = I96F32.to_u64(raw)
        if alpha and raw >= threshold(netuid):
            _pay(sub, hotkey, coldkey, netuid, claim_type, alpha)
            stake = shares.stake_of_pair(sub, hotkey, coldkey, ROOT)
    return Weight(2 * READ, 0).plus(_CLAIM_WEIGHT.times(asked))


def _pay(
    sub: SubtensorBase,
    hotkey: bytes,
    coldkey: bytes,
    netuid: int,
    claim_type: RootClaimTypeEnum,
    alpha: int,
) -> None:
    """Stake the alpha where it was earned, or sell it and stake the TAO on root.

    Source: `root_claim_on_subnet`.
    """
    if _keeps(claim_type, netuid):
        shares.increase_stake(sub, hotkey, coldkey, netuid, alpha)
    else:
        with sub.runtime.transaction():
            _swap_for_root_stake(sub, hotkey, coldkey, netuid, alpha)
    key = (netuid, hotkey, coldkey)
    sub.root_claimed.insert(key, min(sub.root_claimed.get(key) + alpha, _U128_MAX))


def _keeps(claim_type: RootClaimTypeEnum, netuid: int) -> bool:
    if isinstance(claim_type, RootClaimTypeEnum.KeepSubnets):
        return netuid in claim_type.subnets
    return isinstance(claim_type, RootClaimTypeEnum.Keep)


def _swap_for_root_stake(
    sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int, alpha: int
) -> None:
    tao = staking.swap_alpha_for_tao(sub, netuid, alpha, MIN_PRICE, drop_fees=True).paid_out
    custody.transfer_tao_from_subnet(sub, netuid, custody.account_of_netuid(ROOT), tao)
    sold = sub.subnet_root_sell_tao
    sold.insert(netuid, min(sold.get(netuid) + tao, U64_MAX))
    flows.record_protocol_outflow(sub, netuid, tao)
    shares.increase_stake(sub, hotkey, coldkey, ROOT, tao)
    for total in (sub.subnet_tao, sub.subnet_alpha_out):
        total.insert(ROOT, min(total.get(ROOT) + tao, U64_MAX))
    sub.total_stake.put(min(sub.total_stake.get() + tao, U64_MAX))
    adjust_for_added_stake(sub, hotkey, coldkey, tao)


def claim_for_some(sub: SubtensorBase, parent_hash: bytes) -> None:
    """Claim for the few coldkeys that the parent's hash picks (`run_auto_claim_root_divs`)."""
    count = sub.num_staking_coldkeys.get()
    if not count:
        return
    for index in indices_from_hash(parent_hash, sub.num_root_claim.get(), count):
        coldkey = sub.staking_coldkeys_by_index.get(index)
        if coldkey is None:
            continue
        try:
            claim(sub, coldkey)
        except DispatchError:
            # As in the runtime: a claim that fails is undone and left for another block.
            continue


def indices_from_hash(block_hash: bytes, picks: int, count: int) -> list[int]:
    """Up to `picks` different numbers below `count`, ascending (`block_hash_to_indices`)."""
    words = [int.from_bytes(block_hash[start : start + 8], "big") for start in (0, 8, 16, 24)]
    found = set()
    last = words[0]
    for pick in range(picks):
        last = min(last + words[pick % 4], U64_MAX) % count if count else 0
        found.add(last)
    return sorted(found)


def move_claimable(sub: SubtensorBase, old: bytes, new: bytes) -> None:
    """Add a hotkey's rates to another's (`transfer_root_claimable_for_new_hotkey`)."""
    rates = dict(sub.root_claimable.get(new))
    for netuid, rate in sub.root_claimable.take(old).items():
        rates[netuid] = I96F32.saturating_add(rates.get(netuid, 0), rate)
    sub.root_claimable.insert(new, dict(sorted(rates.items())))


def move_claimed(
    sub: SubtensorBase, netuid: int, old: tuple[bytes, bytes], new: tuple[bytes, bytes]
) -> None:
    """Add what a hotkey and coldkey have claimed to what another pair has.

    Source: `transfer_root_claimed_for_new_keys`.
    """
    claimed = sub.root_claimed.take((netuid, *old)) + sub.root_claimed.get((netuid, *new))
    sub.root_claimed.insert((netuid, *new), min(claimed, _U128_MAX))


# -- the index of coldkeys -----------------------------------------------------------------------


def has_root_stake(sub: SubtensorBase, coldkey: bytes) -> bool:
    """True if the coldkey has stake on root with any hotkey (`coldkey_has_root_stake`)."""
    return any(
        shares.stake_of_pair(sub, hotkey, coldkey, ROOT)
        for hotkey in sub.staking_hotkeys.get(coldkey)
    )


def add_coldkey_to_index(sub: SubtensorBase, coldkey: bytes) -> None:
    """Let automatic claims find a coldkey (`maybe_add_coldkey_index`)."""
    if sub.staking_coldkeys.contains(coldkey):
        return
    count = sub.num_staking_coldkeys.get()
    sub.staking_coldkeys_by_index.insert(count, coldkey)
    sub.staking_coldkeys.insert(coldkey, count)
    sub.num_staking_coldkeys.put(min(count + 1, U64_MAX))


def remove_coldkey_from_index(sub: SubtensorBase, coldkey: bytes) -> None:
    """Forget a coldkey; the last one takes its place (`maybe_remove_coldkey_index`)."""
    index = sub.staking_coldkeys.take(coldkey)
    if index is None:
        return
    last = max(sub.num_staking_coldkeys.get() - 1, 0)
    moved = sub.staking_coldkeys_by_index.take(last) if index != last else None
    if moved is not None:
        sub.staking_coldkeys_by_index.insert(index, moved)
        sub.staking_coldkeys.insert(moved, index)
    else:
        sub.staking_coldkeys_by_index.remove(index)
    sub.num_staking_coldkeys.put(last)


def index_next_batch(sub: SubtensorBase) -> None:
    """Index the coldkeys with root stake among the next batch of all shares.

    The walk over the older and the newer map of shares goes on where the last block's ended, and
    begins anew after its end (`populate_root_coldkey_staking_maps` and its `_v2`).
    """
    _index_batch(sub, sub.alpha, sub.alpha_map_last_key)
    _index_batch(sub, sub.alpha_v2, sub.alpha_v2_map_last_key)


def _index_batch(
    sub: SubtensorBase, holders: StorageMap[Holder, Any], position: StorageValue[bytes | None]
) -> None:
    last = position.get()
    if last is None and holders.is_empty:
        return
    batch = holders.batch(last, _INDEX_BATCH)
    for _, coldkey, netuid in batch:
        if netuid == ROOT:
            add_coldkey_to_index(sub, coldkey)
    position.put(holders.raw_key(batch[-1]) if len(batch) == _INDEX_BATCH else None)


def forget_subnet(sub: SubtensorBase, netuid: int) -> None:
    """Drop what is owed and was claimed on a subnet (`finalize_all_subnet_root_dividends`)."""
    for hotkey, rates in sub.root_claimable.items():
        sub.root_claimable.insert(hotkey, {n: rate for n, rate in rates.items() if n != netuid})
    sub.root_claimed.clear((netuid,))
