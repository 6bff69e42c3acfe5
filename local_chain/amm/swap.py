"""One swap against the weighted pool: fee, limit, amounts.

Owns: the rules of Subtensor pallets/swap `swap_step.rs` and `impls.rs` for a dynamic subnet
(mechanism 1). Does not own storage, transactions, or subnets without a market (1:1, no fee).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from taokit.local_chain.amm import balancer
from taokit.local_chain.arithmetic.fixed import U64F64

__all__ = [
    "DEFAULT_FEE_RATE",
    "MAX_INPUT_MULTIPLIER",
    "MAX_PRICE",
    "MINIMUM_RESERVE",
    "MIN_PRICE",
    "Pool",
    "Refusal",
    "SwapRefused",
    "SwapResult",
    "alpha_for_tao",
    "alpha_out",
    "buy_alpha",
    "fee_amount",
    "limit_price",
    "sell_alpha",
    "tao_out",
]

DEFAULT_FEE_RATE = 33
"""Default swap fee, in parts of 65535 (0.05 %)."""

MINIMUM_RESERVE = 1_000_000
"""Rao the paid-out reserve must hold before a swap."""

MAX_INPUT_MULTIPLIER = 1_000
"""A swap may pay in at most this many times the paid-in reserve, after the fee."""

MAX_PRICE = 1_000_000_000_000_000
"""Default limit of a buy, in rao per alpha."""

MIN_PRICE = 1_000
"""Default limit of a sell, in rao per alpha."""

_ONE = U64F64.one
_U16_MAX = (1 << 16) - 1
_U64_MAX = (1 << 64) - 1
_RAO_PER_TAO = 1_000_000_000


class Refusal(Enum):
    """Why a swap is refused; the values are the Swap pallet's error names."""

    PRICE_LIMIT_EXCEEDED = "PriceLimitExceeded"
    RESERVES_TOO_LOW = "ReservesTooLow"
    SWAP_INPUT_TOO_LARGE = "SwapInputTooLarge"


class SwapRefused(Exception):
    """The pool does not do this swap. `refusal` names the pallet's error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Pool(NamedTuple):
    """What a swap depends on. Reserves in rao; weight in parts of 10**18; fee in parts of 65535."""

    tao_reserve: int
    alpha_reserve: int
    quote_weight: int = balancer.DEFAULT_QUOTE_WEIGHT
    fee_rate: int = DEFAULT_FEE_RATE
    minimum_reserve: int = MINIMUM_RESERVE

    @property
    def price(self) -> int:
        """Raw U64F64 TAO per alpha; 0 without alpha (`current_price`)."""
        return balancer.price(self.quote_weight, self.alpha_reserve, self.tao_reserve)


class SwapResult(NamedTuple):
    """What a swap moves, in rao of each side.

    `paid_in` goes into the pool and excludes the fee; `fee` is in the paid-in unit, `fee_to_author`
    the part of it that the block author gets (all of it, unless nothing is paid in). What was
    offered beyond `paid_in + fee` stays with the caller.
    """

    paid_in: int
    paid_out: int
    fee: int
    fee_to_author: int


def limit_price(rao_per_alpha: int) -> int:
    """The raw U64F64 price of a limit given in rao per alpha (u64)."""
    return U64F64.ratio(rao_per_alpha, _RAO_PER_TAO)


def fee_amount(amount: int, fee_rate: int) -> int:
    """floor(amount * floor(rate / 65535)) in U64F64 (`calculate_fee_amount`)."""
    return U64F64.to_u64(
        U64F64.saturating_mul(U64F64.from_int(amount), U64F64.ratio(fee_rate, _U16_MAX))
    )


def alpha_out(pool: Pool, tao_in: int) -> int:
    """Alpha paid out for TAO that enters the pool, floored; no fee, no limit."""
    left = balancer.power_for_buy(pool.quote_weight, pool.tao_reserve, tao_in)
    return _share_of(pool.alpha_reserve, left)


def tao_out(pool: Pool, alpha_in: int) -> int:
    """TAO paid out for alpha that enters the pool, floored; no fee, no limit."""
    left = balancer.power_for_sell(pool.quote_weight, pool.alpha_reserve, alpha_in)
    return _share_of(pool.tao_reserve, left)


def alpha_for_tao(pool: Pool, tao: int) -> int:
    """Alpha worth `tao` at the present price, floored, without slippage (fees paid in alpha)."""
    return U64F64.to_u64(U64F64.safe_div(U64F64.from_int(tao), pool.price))


def buy_alpha(pool: Pool, tao: int, limit: int, *, drop_fees: bool = False) -> SwapResult:
    """Swap up to `tao` rao for alpha, no further than `limit` (raw U64F64).

    Raises SwapRefused. The pallet must still refuse a payout above the alpha reserve.
    """
    fee, offered = _take_fee(pool, tao, pool.tao_reserve, drop_fees)
    _check_reserve(pool, pool.alpha_reserve)
    current = pool.price
    if current >= limit:
        raise SwapRefused(Refusal.PRICE_LIMIT_EXCEEDED)
    paid_in, paid_out = offered, alpha_out(pool, offered)
    target = balancer.price(
        pool.quote_weight,
        max(pool.alpha_reserve - paid_out, 0),
        min(pool.tao_reserve + offered, _U64_MAX),
    )
    if target > limit:
        paid_in = balancer.tao_to_price(pool.quote_weight, current, limit, pool.tao_reserve)
        paid_out = alpha_out(pool, paid_in)
        fee = _fee_on_top(pool, paid_in, drop_fees)
    return _settle(paid_in, paid_out, fee)


def sell_alpha(pool: Pool, alpha: int, limit: int, *, drop_fees: bool = False) -> SwapResult:
    """Swap up to `alpha` rao of alpha for TAO, no further down than `limit` (raw U64F64).

    Raises SwapRefused. The pallet must still refuse a payout above the TAO reserve.
    """
    fee, offered = _take_fee(pool, alpha, pool.alpha_reserve, drop_fees)
    _check_reserve(pool, pool.tao_reserve)
    current = pool.price
    if current <= limit:
        raise SwapRefused(Refusal.PRICE_LIMIT_EXCEEDED)
    paid_in, paid_out = offered, tao_out(pool, offered)
    target = balancer.price(
        pool.quote_weight,
        min(pool.alpha_reserve + offered, _U64_MAX),
        max(pool.tao_reserve - paid_out, 0),
    )
    if target < limit:
        paid_in = balancer.alpha_to_price(pool.quote_weight, current, limit, pool.alpha_reserve)
        paid_out = tao_out(pool, paid_in)
        fee = _fee_on_top(pool, paid_in, drop_fees)
    return _settle(paid_in, paid_out, fee)


def _share_of(reserve: int, left: int) -> int:
    taken = U64F64.saturating_sub(_ONE, left)
    return U64F64.to_u64(U64F64.saturating_mul(U64F64.from_int(reserve), taken))


def _take_fee(pool: Pool, amount: int, reserve_in: int, drop_fees: bool) -> tuple[int, int]:
    fee = 0 if drop_fees else fee_amount(amount, pool.fee_rate)
    offered = max(amount - fee, 0)
    if offered > min(reserve_in * MAX_INPUT_MULTIPLIER, _U64_MAX):
        raise SwapRefused(Refusal.SWAP_INPUT_TOO_LARGE)
    return fee, offered


def _check_reserve(pool: Pool, reserve_out: int) -> None:
    if reserve_out < pool.minimum_reserve:
        raise SwapRefused(Refusal.RESERVES_TOO_LOW)


def _fee_on_top(pool: Pool, paid_in: int, drop_fees: bool) -> int:
    """The fee of a swap cut short by its limit: rate / (65535 - rate) of what was paid in."""
    if drop_fees:
        return 0
    rate = U64F64.ratio(pool.fee_rate, _U16_MAX - pool.fee_rate)
    return U64F64.to_u64(U64F64.saturating_mul(U64F64.from_int(paid_in), rate))


def _settle(paid_in: int, paid_out: int, fee: int) -> SwapResult:
    if paid_in and not paid_out:
        raise SwapRefused(Refusal.RESERVES_TOO_LOW)
    return SwapResult(paid_in, paid_out, fee, fee if paid_in else 0)
