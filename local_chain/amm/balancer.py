"""Weights, prices and powers of the weighted pool.

Owns: the rules of Subtensor pallets/swap `balancer.rs`, on plain integers. Names: x is the base
(alpha) reserve and y the quote (TAO) reserve, both u64 rao; the pool stores the quote weight as a
Perquintill (parts of 10**18), the base weight is the rest; prices and powers are raw U64F64, TAO
per alpha. Does not own the course of a swap (`swap`).
"""

from __future__ import annotations

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.arithmetic.per_thing import PERQUINTILL_ONE, perquintill_from_rational
from taokit.local_chain.arithmetic.rational_power import pow_ratio_scaled

__all__ = [
    "DEFAULT_QUOTE_WEIGHT",
    "MIN_WEIGHT",
    "alpha_needed_for_tao",
    "alpha_to_price",
    "initial_quote_weight",
    "power_for_buy",
    "power_for_sell",
    "price",
    "quote_weight_after_adding",
    "tao_to_price",
    "weight_is_valid",
    "weighted_round",
]

DEFAULT_QUOTE_WEIGHT = PERQUINTILL_ONE // 2
"""Weight of TAO in a new pool: one half."""

MIN_WEIGHT = PERQUINTILL_ONE // 100
"""Neither weight may be below 1 %."""

_ONE = U64F64.one
_EXACT = 1 << 64
_SCALE = U64F64.from_int(PERQUINTILL_ONE)
_SWAP_PRECISION = 256
_LIMIT_PRECISION = 1024
_U64_MAX = (1 << 64) - 1
_U128_MAX = (1 << 128) - 1


def weight_is_valid(quote_weight: int) -> bool:
    """Whether both weights are at least `MIN_WEIGHT` (`check_constraints`)."""
    return min(quote_weight, PERQUINTILL_ONE - quote_weight) >= MIN_WEIGHT


def price(quote_weight: int, alpha_reserve: int, tao_reserve: int) -> int:
    """Raw U64F64 (w_base / w_quote) * (y / x), floored at each step; 0 for an empty reserve."""
    base_weight = PERQUINTILL_ONE - quote_weight
    if (
        base_weight >= 0
        and quote_weight >= MIN_WEIGHT
        and alpha_reserve > 0
        and tao_reserve < _EXACT
    ):
        # Reserves are u64 and weights at most 99 to 1: only the product may pass the format.
        raw = ((base_weight << 64) // quote_weight) * ((tao_reserve << 64) // alpha_reserve) >> 64
        return min(raw, U64F64.max)
    weights = U64F64.ratio(base_weight, quote_weight)
    return U64F64.saturating_mul(weights, U64F64.ratio(tao_reserve, alpha_reserve))


def _power(reserve: int, delta: int, numerator: int, denominator: int) -> int:
    """Raw U64F64 (reserve / (reserve + delta)) ** (numerator / denominator) (`exp_scaled`)."""
    total = min(max(reserve + delta, 0), _U64_MAX)
    if total == 0:
        return 0
    power = pow_ratio_scaled(
        reserve, total, numerator, denominator, _SWAP_PRECISION, PERQUINTILL_ONE
    )
    if power is None or not 0 <= power <= _U64_MAX:
        return 0
    result = U64F64.safe_div(U64F64.from_int(power), _SCALE)
    return min(result, _ONE) if delta >= 0 else result


def power_for_sell(quote_weight: int, alpha_reserve: int, alpha_in: int) -> int:
    """Raw U64F64 (x / (x + dx)) ** (w_base / w_quote): the TAO left in the pool (`exp_base_quote`).

    `alpha_in` may be negative (alpha taken out), the power then exceeds one.
    """
    return _power(alpha_reserve, alpha_in, PERQUINTILL_ONE - quote_weight, quote_weight)


def power_for_buy(quote_weight: int, tao_reserve: int, tao_in: int) -> int:
    """Raw U64F64 (y / (y + dy)) ** (w_quote / w_base): the alpha left in the pool.

    `tao_in` may be negative (TAO taken out), the power then exceeds one (`exp_quote_base`).
    """
    return _power(tao_reserve, tao_in, quote_weight, PERQUINTILL_ONE - quote_weight)


def weighted_round(parts: int, value: int) -> int:
    """value * parts / 10**18, to the nearest, halves up, clipped to u128."""
    return min((value * parts + PERQUINTILL_ONE // 2) // PERQUINTILL_ONE, _U128_MAX)


def quote_weight_after_adding(
    quote_weight: int, tao_reserve: int, alpha_reserve: int, tao_added: int, alpha_added: int
) -> int | None:
    """The quote weight that keeps the price when liquidity is added, or None if out of bounds.

    One half where a reserve is zero before and after. None (weights below 1 %) means that nothing
    may be added (`update_weights_for_added_liquidity`, `adjust_protocol_liquidity`).
    """
    base_value = weighted_round(
        PERQUINTILL_ONE - quote_weight, min(tao_reserve * (alpha_reserve + alpha_added), _U128_MAX)
    )
    quote_value = weighted_round(
        quote_weight, min(alpha_reserve * (tao_reserve + tao_added), _U128_MAX)
    )
    total = min(base_value + quote_value, _U128_MAX)
    weight = perquintill_from_rational(quote_value, total) if total else DEFAULT_QUOTE_WEIGHT
    return weight if weight_is_valid(weight) else None


def initial_quote_weight(
    tao_reserve: int, alpha_reserve: int, initial_price: int | None = None
) -> int | None:
    """The quote weight a pool starts with: one half, or the one that gives `initial_price`.

    `initial_price` is raw U64F64. None where no valid weight gives that price, or where price and
    reserves are zero (ReservesOutOfBalance in `maybe_initialize_palswap`).
    """
    if initial_price is None:
        return DEFAULT_QUOTE_WEIGHT
    whole = U64F64.to_u64(initial_price) * alpha_reserve
    part = U64F64.saturating_mul(
        U64F64.from_int(alpha_reserve), U64F64.fraction_bits(initial_price)
    )
    total = min(whole + U64F64.to_u128(part) + tao_reserve, _U128_MAX)
    if total == 0:
        return None
    weight = perquintill_from_rational(tao_reserve, total)
    return weight if weight_is_valid(weight) else None


def _to_price(numerator: int, denominator: int, weight: int, reserve: int) -> int:
    power = pow_ratio_scaled(
        numerator, denominator, weight, PERQUINTILL_ONE, _LIMIT_PRECISION, PERQUINTILL_ONE
    )
    if power is None:
        return 0
    growth = U64F64.safe_div(U64F64.from_int(min(max(power, 0), _U64_MAX)), _SCALE)
    return U64F64.to_u64(
        U64F64.saturating_mul(U64F64.from_int(reserve), U64F64.saturating_sub(growth, _ONE))
    )


def alpha_needed_for_tao(
    quote_weight: int, tao_reserve: int, alpha_reserve: int, tao_out: int
) -> int:
    """Alpha that must go in to get `tao_out` rao, floored, no fee (`get_base_needed_for_quote`)."""
    growth = power_for_buy(quote_weight, tao_reserve, -tao_out)
    return U64F64.to_u64(
        U64F64.saturating_mul(U64F64.from_int(alpha_reserve), U64F64.saturating_sub(growth, _ONE))
    )


def tao_to_price(quote_weight: int, current: int, target: int, tao_reserve: int) -> int:
    """TAO in that lifts the price to `target`: floor(y * ((p'/p) ** w_base - 1)).

    Prices are raw U64F64; 0 where the target is not above the price (`calculate_quote_delta_in`).
    """
    return _to_price(target, current, PERQUINTILL_ONE - quote_weight, tao_reserve)


def alpha_to_price(quote_weight: int, current: int, target: int, alpha_reserve: int) -> int:
    """Alpha in that lowers the price to `target`: floor(x * ((p/p') ** w_quote - 1)).

    Prices are raw U64F64; 0 where the target is not below the price (`calculate_base_delta_in`).
    """
    return _to_price(current, target, quote_weight, alpha_reserve)
