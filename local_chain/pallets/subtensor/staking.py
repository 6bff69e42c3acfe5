"""Staking and unstaking one position: swap, custody, shares, records and events.

Owns `stake_into_subnet`, `unstake_from_subnet` and `transfer_stake_within_subnet`, on which every
stake operation is built, and the swaps that move a subnet's reserves. Does not own what may be done
(`stake_checks`), the calls (`staking_calls`) nor stake moves between subnets (`stake_moves`).
Amounts are rao; price limits are rao of TAO per alpha.
Source: the runtime's staking/stake_utils.rs.
"""

from __future__ import annotations

from taokit.local_chain.amm.swap import MAX_PRICE, MIN_PRICE, SwapResult
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.pallets.subtensor import custody, flows, locks, root_claims, shares
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.swap.pallet import DYNAMIC

DEFAULT_MIN_STAKE = 2_000_000
"""Rao of TAO below which no position is opened or partly closed (`DefaultMinStake`)."""

_U128_MAX = 2**128 - 1
_I64_MAX = 2**63 - 1


# -- swaps that move the reserves ----------------------------------------------------------------


def swap_tao_for_alpha(
    sub: SubtensorBase, netuid: int, tao: int, limit: int = MAX_PRICE, *, drop_fees: bool = False
) -> SwapResult:
    """Buy alpha with TAO that is already in the subnet's account, and move the reserves.

    1:1 and without limit on a subnet that has no market. Raises the Swap pallet's errors.
    """
    if sub.subnet_mechanism.get(netuid) == DYNAMIC:
        result = sub.runtime.swap.buy(netuid, tao, limit, drop_fees=drop_fees)
    else:
        result = SwapResult(tao, tao, 0, 0)
    if result.paid_out:
        reserve = sub.subnet_alpha_in
        reserve.insert(netuid, max(reserve.get(netuid) - min(result.paid_out, _I64_MAX), 0))
    out = sub.subnet_alpha_out
    out.insert(netuid, min(out.get(netuid) + result.paid_out, U64_MAX))
    pool = sub.subnet_tao
    pool.insert(netuid, min(pool.get(netuid) + min(result.paid_in, _I64_MAX), U64_MAX))
    # The total counts what was offered, fee and unused part included.
    sub.total_stake.put(min(sub.total_stake.get() + tao, U64_MAX))
    _add_volume(sub, netuid, tao)
    return result


def swap_alpha_for_tao(
    sub: SubtensorBase, netuid: int, alpha: int, limit: int = MIN_PRICE, *, drop_fees: bool = False
) -> SwapResult:
    """Sell alpha, and move the reserves; the TAO stays in the subnet's account for the caller.

    1:1 and without limit on a subnet that has no market. Raises the Swap pallet's errors.
    """
    if sub.subnet_mechanism.get(netuid) == DYNAMIC:
        result = sub.runtime.swap.sell(netuid, alpha, limit, drop_fees=drop_fees)
    else:
        result = SwapResult(alpha, alpha, 0, 0)
    moved = min(result.paid_in, _I64_MAX)
    reserve, out = sub.subnet_alpha_in, sub.subnet_alpha_out
    reserve.insert(netuid, min(reserve.get(netuid) + moved, U64_MAX))
    out.insert(netuid, max(out.get(netuid) - moved, 0))
    if result.paid_out:
        pool = sub.subnet_tao
        pool.insert(netuid, max(pool.get(netuid) - min(result.paid_out, _I64_MAX), 0))
    sub.total_stake.put(max(sub.total_stake.get() - result.paid_out, 0))
    _add_volume(sub, netuid, result.paid_out)
    return result


def _add_volume(sub: SubtensorBase, netuid: int, tao: int) -> None:
    volume = sub.subnet_volume
    volume.insert(netuid, min(volume.get(netuid) + tao, _U128_MAX))


# -- one position --------------------------------------------------------------------------------


def stake_into_subnet(
    sub: SubtensorBase,
    hotkey: bytes,
    coldkey: bytes,
    netuid: int,
    tao: int,
    limit: int = MAX_PRICE,
    *,
    drop_fees: bool = False,
) -> int:
    """Buy alpha with a coldkey's TAO and stake it to a hotkey; returns the alpha.

    A request for the whole balance stakes it less the existential deposit. The swap's fee goes to
    the block's author. Raises AmountTooLow where nothing comes out, InsufficientLiquidity where the
    hotkey's pool cannot hold it, and the errors of swap and transfer.
    """
    staked = custody.transfer_tao_to_subnet(sub, netuid, coldkey, tao)
    result = swap_tao_for_alpha(sub, netuid, staked, limit, drop_fees=drop_fees)
    if not result.paid_out:
        raise sub.Error.AmountTooLow
    if not shares.stake_can_grow(sub, hotkey, netuid, result.paid_out):
        raise sub.Error.InsufficientLiquidity
    shares.increase_stake(sub, hotkey, coldkey, netuid, result.paid_out)
    shares.note_staking_hotkey(sub, coldkey, hotkey)
    _pay_tao_fee(sub, netuid, result.fee_to_author)
    flows.record_tao_inflow(sub, netuid, result.paid_in)
    locks.cleanup_if_zero(sub, coldkey, netuid)
    _note_stake_block(sub, coldkey, hotkey)
    if netuid == ROOT:
        root_claims.adjust_for_added_stake(sub, hotkey, coldkey, result.paid_out)
        root_claims.add_coldkey_to_index(sub, coldkey)
    sub.deposit(sub.Event.StakeAdded(coldkey, hotkey, staked, result.paid_out, netuid, result.fee))
    return result.paid_out


def _pay_tao_fee(sub: SubtensorBase, netuid: int, fee: int) -> None:
    author = sub.runtime.aura.author()
    if author is not None:
        custody.transfer_tao_from_subnet(sub, netuid, author, fee)
        return
    account = custody.subnet_account(sub, netuid)
    if account is None:
        return
    try:
        custody.burn_tao(sub, account, fee)
    except DispatchError:
        # As in the runtime: a fee that cannot be burned stays in the subnet's account.
        return


def unstake_from_subnet(
    sub: SubtensorBase,
    hotkey: bytes,
    coldkey: bytes,
    beneficiary: bytes,
    netuid: int,
    alpha: int,
    limit: int = MIN_PRICE,
    *,
    drop_fees: bool = False,
) -> int:
    """Sell a coldkey's stake and pay the TAO to `beneficiary`; returns the TAO.

    What the limit leaves unsold is staked again. The fee in alpha is sold without a fee for the
    block's author, or burned where there is none. Raises the errors of swap and transfer.
    """
    shares.decrease_stake(sub, hotkey, coldkey, netuid, alpha)
    result = swap_alpha_for_tao(sub, netuid, alpha, limit, drop_fees=drop_fees)
    refund = max(alpha - min(result.paid_in + result.fee, U64_MAX), 0)
    if refund:
        shares.increase_stake(sub, hotkey, coldkey, netuid, refund)
    custody.transfer_tao_from_subnet(sub, netuid, beneficiary, result.paid_out)
    paid_to_author = _pay_alpha_fee(sub, netuid, result.fee_to_author)
    if netuid == ROOT:
        root_claims.adjust_for_removed_stake(sub, hotkey, coldkey, alpha)
        if not root_claims.has_root_stake(sub, coldkey):
            root_claims.remove_coldkey_from_index(sub, coldkey)
    flows.record_tao_outflow(sub, netuid, min(result.paid_out + paid_to_author, U64_MAX))
    locks.cleanup_if_zero(sub, coldkey, netuid)
    _note_stake_block(sub, coldkey, hotkey)
    sub.deposit(
        sub.Event.StakeRemoved(coldkey, hotkey, result.paid_out, result.paid_in, netuid, result.fee)
    )
    return result.paid_out


def _pay_alpha_fee(sub: SubtensorBase, netuid: int, fee: int) -> int:
    author = sub.runtime.aura.author()
    if author is None:
        custody.burn_alpha(sub, netuid, fee)
        return 0
    sold = swap_alpha_for_tao(sub, netuid, fee, MIN_PRICE, drop_fees=True)
    custody.transfer_tao_from_subnet(sub, netuid, author, sold.paid_out)
    return sold.paid_out


def transfer_stake_within_subnet(
    sub: SubtensorBase,
    origin_coldkey: bytes,
    origin_hotkey: bytes,
    destination_coldkey: bytes,
    destination_hotkey: bytes,
    netuid: int,
    alpha: int,
) -> int:
    """Move stake between keys of one subnet, without swap or fee; returns its worth in TAO.

    Raises AmountTooLow for stake worth less than the minimum, and the errors of locks.
    """
    locks.transfer(sub, origin_coldkey, destination_coldkey, netuid, alpha)
    shares.decrease_stake(sub, origin_hotkey, origin_coldkey, netuid, alpha)
    if netuid == ROOT:
        root_claims.adjust_for_removed_stake(sub, origin_hotkey, origin_coldkey, alpha)
    shares.increase_stake(sub, destination_hotkey, destination_coldkey, netuid, alpha)
    if netuid == ROOT:
        root_claims.adjust_for_added_stake(sub, destination_hotkey, destination_coldkey, alpha)
    worth = U64F64.to_u64(
        U64F64.saturating_mul(sub.runtime.swap.price(netuid), U64F64.from_int(alpha))
    )
    if worth < DEFAULT_MIN_STAKE:
        raise sub.Error.AmountTooLow
    _note_stake_block(sub, destination_coldkey, destination_hotkey)
    event = sub.Event
    sub.deposit(event.StakeRemoved(origin_coldkey, origin_hotkey, worth, alpha, netuid, 0))
    sub.deposit(event.StakeAdded(destination_coldkey, destination_hotkey, worth, alpha, netuid, 0))
    return worth


def _note_stake_block(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> None:
    sub.last_coldkey_hotkey_stake_block.insert((coldkey, hotkey), sub.runtime.system.block_number())
