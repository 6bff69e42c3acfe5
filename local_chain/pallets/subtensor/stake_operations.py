"""The stake operations that calls make: add, remove, move, swap, transfer, recycle and burn.

Each checks (`stake_checks`), then acts (`staking`). Amounts are rao, limits rao of TAO per alpha.
Source: the runtime's staking/{add_stake,remove_stake,move_stake,recycle_alpha,helpers}.rs.
"""

from __future__ import annotations

from taokit.local_chain.amm.swap import MIN_PRICE
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import (
    children,
    custody,
    locks,
    ownership,
    shares,
    stake_checks,
    stake_weight,
    staking,
    takes,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.staking import DEFAULT_MIN_STAKE

# -- add -----------------------------------------------------------------------------------------


def add_stake(sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, tao: int) -> int:
    """Stake TAO at whatever price; returns the alpha."""
    stake_checks.ensure_buy_within_pool(sub, netuid, tao)
    stake_checks.check_add_stake(sub, coldkey, hotkey, netuid, tao, tao, allow_partial=False)
    return staking.stake_into_subnet(sub, hotkey, coldkey, netuid, tao)


def add_stake_limit(
    sub: SubtensorBase,
    coldkey: bytes,
    hotkey: bytes,
    netuid: int,
    tao: int,
    limit: int,
    allow_partial: bool,
) -> int:
    """Stake TAO while the price is within `limit`: all of it, or what fits; returns the alpha."""
    stake_checks.ensure_buy_within_pool(sub, netuid, tao)
    most = stake_checks.max_amount_to_add(sub, netuid, limit)
    stake_checks.check_add_stake(
        sub, coldkey, hotkey, netuid, tao, most, allow_partial=allow_partial
    )
    if sub.owner.get(hotkey) != coldkey:
        takes.become_delegate(sub, hotkey)
    return staking.stake_into_subnet(sub, hotkey, coldkey, netuid, min(tao, most), limit)


# -- remove --------------------------------------------------------------------------------------


def remove_stake(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, alpha: int
) -> None:
    """Unstake alpha, or all there is, at whatever price."""
    stake_checks.ensure_subtoken_enabled(sub, netuid)
    alpha = min(alpha, shares.stake_of_pair(sub, hotkey, coldkey, netuid))
    stake_checks.ensure_sale_within_pool(sub, netuid, alpha)
    stake_checks.check_remove_stake(sub, coldkey, hotkey, netuid, alpha, alpha, allow_partial=False)
    staking.unstake_from_subnet(sub, hotkey, coldkey, coldkey, netuid, alpha)
    _after_removal(sub, hotkey, coldkey, netuid)


def remove_stake_limit(
    sub: SubtensorBase,
    coldkey: bytes,
    hotkey: bytes,
    netuid: int,
    alpha: int,
    limit: int,
    allow_partial: bool,
) -> None:
    """Unstake alpha while the price stays within `limit`: all of it, or what fits."""
    stake_checks.ensure_sale_within_pool(sub, netuid, alpha)
    most = stake_checks.max_amount_to_remove(sub, netuid, limit)
    stake_checks.check_remove_stake(
        sub, coldkey, hotkey, netuid, alpha, most, allow_partial=allow_partial
    )
    staking.unstake_from_subnet(sub, hotkey, coldkey, coldkey, netuid, min(alpha, most), limit)
    _after_removal(sub, hotkey, coldkey, netuid)


def remove_stake_full(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, limit: int | None
) -> None:
    """Unstake everything from one hotkey on a subnet, or nothing if `limit` forbids a part."""
    alpha = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
    if limit is None:
        remove_stake(sub, coldkey, hotkey, netuid, alpha)
    else:
        remove_stake_limit(sub, coldkey, hotkey, netuid, alpha, limit, False)


def unstake_all(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> None:
    """Unstake everything from one hotkey on every subnet that allows it."""
    ensure(ownership.exists(sub, hotkey), sub.Error.HotKeyAccountNotExists)
    for netuid in sub.networks_added.keys():
        _unstake_where_possible(sub, coldkey, hotkey, netuid)


def unstake_all_alpha(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> None:
    """Unstake everything from one hotkey but root's, and stake the TAO on root with it."""
    ensure(ownership.exists(sub, hotkey), sub.Error.HotKeyAccountNotExists)
    tao = sum(
        _unstake_where_possible(sub, coldkey, hotkey, netuid)
        for netuid in sub.networks_added.keys()
        if netuid != ROOT
    )
    staking.stake_into_subnet(sub, hotkey, coldkey, ROOT, tao)


def _unstake_where_possible(sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int) -> int:
    if not sub.subtoken_enabled.get(netuid):
        return 0
    alpha = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
    if not stake_checks.can_remove_stake(sub, coldkey, hotkey, netuid, alpha):
        return 0
    tao = staking.unstake_from_subnet(sub, hotkey, coldkey, coldkey, netuid, alpha)
    clear_small_nomination(sub, hotkey, coldkey, netuid)
    return tao


def _after_removal(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> None:
    clear_small_nomination(sub, hotkey, coldkey, netuid)
    if stake_weight.total_stake_of_hotkey(sub, hotkey) < sub.stake_threshold.get():
        children.forget_pending(sub, hotkey)


def least_nomination(sub: SubtensorBase) -> int:
    """TAO (rao) that a nomination must be worth; stored in millionths of the least stake.

    Source: `get_nominator_min_required_stake`.
    """
    return min(DEFAULT_MIN_STAKE * sub.nominator_min_required_stake.get(), U64_MAX) // 1_000_000


def clear_small_nomination(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int) -> None:
    """Unstake a nominator's rest that is worth less than the least nomination.

    Source: `clear_small_nomination_if_required`.
    """
    if ownership.owns(sub, coldkey, hotkey):
        return
    least = U64F64.to_u64(
        U64F64.safe_div(U64F64.from_int(least_nomination(sub)), sub.runtime.swap.price(netuid))
    )
    alpha = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
    if not 0 < alpha < least:
        return
    try:
        staking.unstake_from_subnet(sub, hotkey, coldkey, coldkey, netuid, alpha, MIN_PRICE)
    except DispatchError:
        # As in the runtime, what the failed sale has written stays, and the rest is dropped.
        rest = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
        shares.decrease_stake(sub, hotkey, coldkey, netuid, rest)
    locks.force_reduce(sub, coldkey, netuid, alpha)


# -- move ----------------------------------------------------------------------------------------


def transition(
    sub: SubtensorBase,
    origin_coldkey: bytes,
    destination_coldkey: bytes,
    origin_hotkey: bytes,
    destination_hotkey: bytes,
    origin: int,
    destination: int,
    alpha: int,
    *,
    limit: int | None = None,
    allow_partial: bool | None = None,
    check_transfer_toggle: bool = False,
) -> int:
    """Move stake between keys, subnets or both; returns the TAO that it came to on the way.

    Between subnets one of the two swaps pays a fee: that of the subnet with a market. What is left
    below the least stake stays with the destination's coldkey as TAO (`transition_stake_internal`).
    """
    alpha = min(alpha, shares.stake_of_pair(sub, origin_hotkey, origin_coldkey, origin))
    most = alpha
    if origin != destination and limit is not None:
        most = stake_checks.max_amount_to_move(sub, origin, destination, limit)
    stake_checks.check_transition(
        sub,
        origin_coldkey,
        destination_coldkey,
        origin_hotkey,
        destination_hotkey,
        origin,
        destination,
        alpha,
        most,
        allow_partial=allow_partial,
        check_transfer_toggle=check_transfer_toggle,
    )
    moved = min(alpha, most)
    if origin == destination:
        return staking.transfer_stake_within_subnet(
            sub,
            origin_coldkey,
            origin_hotkey,
            destination_coldkey,
            destination_hotkey,
            origin,
            moved,
        )
    from_root = origin == ROOT
    tao = staking.unstake_from_subnet(
        sub, origin_hotkey, origin_coldkey, origin_coldkey, origin, moved, drop_fees=from_root
    )
    if origin_coldkey != destination_coldkey:
        custody.transfer_tao(sub, origin_coldkey, destination_coldkey, tao)
    if tao >= DEFAULT_MIN_STAKE:
        if sub.owner.get(destination_hotkey) != destination_coldkey:
            takes.become_delegate(sub, destination_hotkey)
        staking.stake_into_subnet(
            sub, destination_hotkey, destination_coldkey, destination, tao, drop_fees=not from_root
        )
    return tao


# -- recycle and burn ----------------------------------------------------------------------------


def recycle_alpha(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, alpha: int, netuid: int
) -> int:
    """Take one's own stake out of the alpha issuance; returns what was recycled."""
    alpha = _take_stake(sub, coldkey, hotkey, alpha, netuid)
    custody.recycle_alpha(sub, netuid, alpha)
    sub.deposit(sub.Event.AlphaRecycled(coldkey, hotkey, alpha, netuid))
    return alpha


def burn_alpha(sub: SubtensorBase, coldkey: bytes, hotkey: bytes, alpha: int, netuid: int) -> int:
    """Give one's own stake up for nobody, leaving the issuance; returns what was burned."""
    alpha = _take_stake(sub, coldkey, hotkey, alpha, netuid)
    custody.burn_alpha(sub, netuid, alpha)
    sub.deposit(sub.Event.AlphaBurned(coldkey, hotkey, alpha, netuid))
    return alpha


def _take_stake(sub: SubtensorBase, coldkey: bytes, hotkey: bytes, alpha: int, netuid: int) -> int:
    error = sub.Error
    ensure(sub.networks_added.get(netuid), error.SubnetNotExists)
    ensure(netuid != ROOT, error.CannotBurnOrRecycleOnRootSubnet)
    stake_checks.ensure_subtoken_enabled(sub, netuid)
    ensure(ownership.exists(sub, hotkey), error.HotKeyAccountNotExists)
    alpha = min(alpha, shares.stake_of_pair(sub, hotkey, coldkey, netuid))
    ensure(sub.subnet_alpha_out.get(netuid) >= alpha, error.InsufficientLiquidity)
    locks.ensure_available(sub, coldkey, netuid, alpha)
    shares.decrease_stake(sub, hotkey, coldkey, netuid, alpha)
    return alpha


def add_stake_burn(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, tao: int, limit: int | None
) -> None:
    """Buy alpha and burn it at once, with an optional price limit."""
    with sub.runtime.transaction():
        if limit is None:
            alpha = add_stake(sub, coldkey, hotkey, netuid, tao)
        else:
            alpha = add_stake_limit(sub, coldkey, hotkey, netuid, tao, limit, False)
        burn_alpha(sub, coldkey, hotkey, alpha, netuid)
        event = sub.Event.AddStakeBurn
        sub.deposit(event(netuid=netuid, hotkey=hotkey, amount=tao, alpha=alpha))
