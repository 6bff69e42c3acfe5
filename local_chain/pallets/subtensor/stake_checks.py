"""What must hold before stake is added, removed or moved: the runtime's order of refusals.

Owns checks and price-limited amounts only; nothing here writes. Amounts are rao, limits rao of TAO
per alpha. Source: the runtime's staking/stake_utils.rs (`validate_*`), add_stake.rs,
remove_stake.rs and move_stake.rs (`get_max_amount_*`).
"""

from __future__ import annotations

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import ModuleError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import custody, locks, ownership, shares
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.staking import DEFAULT_MIN_STAKE
from taokit.local_chain.pallets.swap.pallet import DYNAMIC

MAX_INPUT_MULTIPLE = 1_000
_RAO_PER_TAO = 1_000_000_000


def ensure_subtoken_enabled(sub: SubtensorBase, netuid: int) -> None:
    """SubtokenDisabled until the subnet has been started."""
    ensure(sub.subtoken_enabled.get(netuid), sub.Error.SubtokenDisabled)


def ensure_buy_within_pool(sub: SubtensorBase, netuid: int, tao: int) -> None:
    """InsufficientLiquidity for more than 1000 times the pool's TAO."""
    if netuid != ROOT and sub.subnet_mechanism.get(netuid) == DYNAMIC:
        most = min(sub.subnet_tao.get(netuid) * MAX_INPUT_MULTIPLE, U64_MAX)
        ensure(tao <= most, sub.Error.InsufficientLiquidity)


def ensure_sale_within_pool(sub: SubtensorBase, netuid: int, alpha: int) -> None:
    """InsufficientLiquidity for more than 1000 times the pool's alpha."""
    if netuid != ROOT and sub.subnet_mechanism.get(netuid) == DYNAMIC:
        most = min(sub.subnet_alpha_in.get(netuid) * MAX_INPUT_MULTIPLE, U64_MAX)
        ensure(alpha <= most, sub.Error.InsufficientLiquidity)


# -- how much a price limit allows ---------------------------------------------------------------


def _has_fixed_price(sub: SubtensorBase, netuid: int) -> bool:
    return netuid == ROOT or sub.subnet_mechanism.get(netuid) == 0


def max_amount_to_add(sub: SubtensorBase, netuid: int, limit: int) -> int:
    """TAO that can be staked before the price passes `limit`, fee included.

    Raises the Swap pallet's errors, PriceLimitExceeded among them.
    """
    if _has_fixed_price(sub, netuid):
        return U64_MAX if limit >= _RAO_PER_TAO else 0
    most = min(sub.subnet_tao.get(netuid) * MAX_INPUT_MULTIPLE, U64_MAX)
    result = sub.runtime.swap.try_buy(netuid, most, limit)
    return min(result.paid_in + result.fee, U64_MAX)


def max_amount_to_remove(sub: SubtensorBase, netuid: int, limit: int) -> int:
    """Alpha that can be unstaked before the price falls below `limit`, fee included."""
    if _has_fixed_price(sub, netuid):
        return U64_MAX if limit <= _RAO_PER_TAO else 0
    most = min(sub.subnet_alpha_in.get(netuid) * MAX_INPUT_MULTIPLE, U64_MAX)
    result = sub.runtime.swap.try_sell(netuid, most, limit)
    return min(result.paid_in + result.fee, U64_MAX)


def max_amount_to_move(sub: SubtensorBase, origin: int, destination: int, limit: int) -> int:
    """Alpha that can be moved before origin's price over destination's falls below `limit`.

    `limit` is the ratio of prices times 10**9.
    """
    fixed_origin = _has_fixed_price(sub, origin)
    fixed_destination = _has_fixed_price(sub, destination)
    if fixed_origin and fixed_destination:
        return 0 if limit > _RAO_PER_TAO else U64_MAX
    if fixed_origin and sub.subnet_mechanism.get(destination) == DYNAMIC:
        if limit == 0:
            return U64_MAX
        tao = U64F64.from_int(_RAO_PER_TAO)
        inverse = U64F64.saturating_mul(U64F64.safe_div(tao, U64F64.from_int(limit)), tao)
        return max_amount_to_add(sub, destination, U64F64.to_u64(inverse))
    if fixed_destination and sub.subnet_mechanism.get(origin) == DYNAMIC:
        return max_amount_to_remove(sub, origin, limit)
    return _max_between_markets(sub, origin, destination, limit)


def _max_between_markets(sub: SubtensorBase, origin: int, destination: int, limit: int) -> int:
    reserves = [
        sub.subnet_tao.get(origin),
        sub.subnet_tao.get(destination),
        sub.subnet_alpha_in.get(origin),
        sub.subnet_alpha_in.get(destination),
    ]
    if not all(reserves):
        return 0
    tao_1, tao_2, alpha_1, alpha_2 = (U64F64.from_int(reserve) for reserve in reserves)
    ratio = U64F64.ratio(limit, _RAO_PER_TAO)
    price = sub.runtime.swap.price
    if ratio > U64F64.safe_div(price(origin), price(destination)):
        return 0
    if limit == 0:
        return U64_MAX
    total = U64F64.saturating_add(tao_2, tao_1)
    bought = U64F64.saturating_mul(alpha_2, U64F64.safe_div(tao_1, total))
    kept = U64F64.saturating_mul(alpha_1, U64F64.safe_div(tao_2, total))
    return U64F64.to_u64(U64F64.saturating_sub(U64F64.safe_div(bought, ratio), kept))


# -- the refusals --------------------------------------------------------------------------------


def check_add_stake(
    sub: SubtensorBase,
    coldkey: bytes,
    hotkey: bytes,
    netuid: int,
    tao: int,
    max_amount: int,
    *,
    allow_partial: bool,
) -> None:
    """Refuse a stake that cannot be made (`validate_add_stake`)."""
    error, swap = sub.Error, sub.runtime.swap
    ensure(sub.networks_added.get(netuid), error.SubnetNotExists)
    ensure_subtoken_enabled(sub, netuid)
    try:
        fee = swap.simulate_buy(netuid, DEFAULT_MIN_STAKE).fee
    except ModuleError:
        fee = swap.fee(netuid, DEFAULT_MIN_STAKE)
    ensure(tao >= DEFAULT_MIN_STAKE + fee, error.AmountTooLow)
    if allow_partial:
        tao = min(max_amount, tao)
    else:
        ensure(tao <= max_amount, error.SlippageTooHigh)
    ensure(tao <= custody.coldkey_balance(sub, coldkey), error.NotEnoughBalanceToStake)
    ensure(ownership.exists(sub, hotkey), error.HotKeyAccountNotExists)
    try:
        result = swap.simulate_buy(netuid, tao)
    except ModuleError:
        raise error.InsufficientLiquidity from None
    ensure(result.paid_in >= DEFAULT_MIN_STAKE, error.AmountTooLow)
    ensure(result.paid_out > 0, error.InsufficientLiquidity)
    ensure(shares.stake_can_grow(sub, hotkey, netuid, result.paid_out), error.InsufficientLiquidity)


def check_remove_stake(
    sub: SubtensorBase,
    coldkey: bytes,
    hotkey: bytes,
    netuid: int,
    alpha: int,
    max_amount: int,
    *,
    allow_partial: bool,
) -> None:
    """Refuse to unstake what cannot be unstaked (`validate_remove_stake`)."""
    error = sub.Error
    ensure(sub.networks_added.get(netuid), error.SubnetNotExists)
    ensure(alpha > 0, error.AmountTooLow)
    staked = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
    ensure(staked >= alpha, error.NotEnoughStakeToWithdraw)
    try:
        result = sub.runtime.swap.simulate_sell(netuid, alpha)
    except ModuleError:
        raise error.InsufficientLiquidity from None
    if staked != alpha:
        ensure(result.paid_out >= DEFAULT_MIN_STAKE, error.AmountTooLow)
    if not allow_partial:
        ensure(alpha <= max_amount, error.SlippageTooHigh)
    ensure(ownership.exists(sub, hotkey), error.HotKeyAccountNotExists)
    locks.ensure_available(sub, coldkey, netuid, alpha)


def can_remove_stake(
    sub: SubtensorBase, coldkey: bytes, hotkey: bytes, netuid: int, alpha: int
) -> bool:
    """Whether `check_remove_stake` would pass for exactly this amount."""
    try:
        check_remove_stake(sub, coldkey, hotkey, netuid, alpha, alpha, allow_partial=False)
    except ModuleError:
        return False
    return True


def check_transition(
    sub: SubtensorBase,
    origin_coldkey: bytes,
    destination_coldkey: bytes,
    origin_hotkey: bytes,
    destination_hotkey: bytes,
    origin: int,
    destination: int,
    alpha: int,
    max_amount: int,
    *,
    allow_partial: bool | None,
    check_transfer_toggle: bool,
) -> None:
    """Refuse a move of stake between keys or subnets (`validate_stake_transition`).

    `allow_partial` is None for a move without a price limit.
    """
    error = sub.Error
    if origin_coldkey == destination_coldkey and origin_hotkey == destination_hotkey:
        ensure(origin != destination, error.SameNetuid)
    ensure(sub.networks_added.get(origin), error.SubnetNotExists)
    ensure(sub.networks_added.get(destination), error.SubnetNotExists)
    ensure_subtoken_enabled(sub, origin)
    ensure_subtoken_enabled(sub, destination)
    ensure(ownership.exists(sub, origin_hotkey), error.HotKeyAccountNotExists)
    ensure(ownership.exists(sub, destination_hotkey), error.HotKeyAccountNotExists)
    staked = shares.stake_of_pair(sub, origin_hotkey, origin_coldkey, origin)
    ensure(alpha <= staked, error.NotEnoughStakeToWithdraw)
    if origin != destination:
        try:
            worth = sub.runtime.swap.simulate_sell(origin, alpha).paid_out
        except ModuleError:
            raise error.InsufficientLiquidity from None
        ensure(worth > DEFAULT_MIN_STAKE, error.AmountTooLow)
        if allow_partial is False:
            ensure(alpha <= max_amount, error.SlippageTooHigh)
    if check_transfer_toggle:
        for netuid in (origin, destination):
            ensure(sub.transfer_toggle.get(netuid), error.TransferDisallowed)
    if origin != destination:
        locks.ensure_available(sub, origin_coldkey, origin, alpha)
