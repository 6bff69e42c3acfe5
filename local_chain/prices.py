"""Prices that the chain itself moves, as pure functions.

Owns: the registration burn, the cost of a new subnet, the moving and the median price of alpha
(Subtensor subnets/registration.rs, coinbase/root.rs, staking/stake_utils.rs). Does not own the
market price (`taokit.local_chain.amm`) nor storage.
"""

from __future__ import annotations

from collections.abc import Iterable

from taokit.local_chain.arithmetic.fixed import I64F64, I96F32, U64F64
from taokit.local_chain.arithmetic.q32 import decay_factor_q32, mul_by_q32

__all__ = [
    "burn_after_block",
    "burn_after_registration",
    "lock_cost",
    "lock_reduction_interval",
    "median_price",
    "moving_price_after_block",
]

_U64_MAX = (1 << 64) - 1
_RAO_PER_TAO = 1_000_000_000


def burn_after_block(burn: int, half_life: int, minimum: int, maximum: int, block: int) -> int:
    """The registration burn (rao) at the start of `block`: decayed one block, then clamped.

    `half_life` is in blocks; 0 turns the decay off, as do blocks 0 and 1. The minimum is applied
    first (`update_registration_prices_for_networks`).
    """
    if half_life > 0 and block > 1:
        burn = mul_by_q32(burn, decay_factor_q32(half_life))
    return min(max(burn, minimum), maximum)


def burn_after_registration(burn: int, multiplier: int, minimum: int, maximum: int) -> int:
    """The burn (rao) after a registration: times the raw U64F64 multiplier (at least 1), clamped.

    Not for root (`bump_registration_price_after_registration`).
    """
    factor = max(multiplier, U64F64.one)
    bumped = U64F64.to_u64(U64F64.saturating_mul(U64F64.from_int(burn), factor))
    return min(max(bumped, minimum), maximum)


def lock_reduction_interval(interval: int, block_emission: int) -> int:
    """Blocks over which the lock cost falls by one last lock: interval * emission / 10**9."""
    halving = I64F64.ratio(block_emission, _RAO_PER_TAO)
    return I64F64.to_u64(I64F64.saturating_mul(I64F64.from_int(interval), halving))


def lock_cost(last_lock: int, last_block: int, minimum: int, reduction: int, block: int) -> int:
    """Rao to register a subnet: twice the last lock (once, if none yet), falling with each block.

    `reduction` is `lock_reduction_interval`, `last_block` the block of the last registration or 0
    (`get_network_lock_cost`).
    """
    start = last_lock if last_block == 0 else min(last_lock * 2, _U64_MAX)
    per_block = last_lock // reduction if reduction else 0
    fallen = min(per_block * max(block - last_block, 0), _U64_MAX)
    return max(start - fallen, 0, minimum)


def moving_price_after_block(
    moving_price: int, price: int, moving_alpha: int, blocks_since_start: int, halving_blocks: int
) -> int:
    """The subnet's moving price (raw I96F32) after a block (`update_moving_price`).

    `moving_price` is the old one as raw U64F64, `price` the market price as raw U64F64 (counted as
    at most 1), `moving_alpha` raw I96F32; the smoothing grows with the blocks since `start_call`.
    """
    blocks = U64F64.from_int(blocks_since_start)
    age = U64F64.safe_div(blocks, U64F64.saturating_add(blocks, U64F64.from_int(halving_blocks)))
    alpha = U64F64.saturating_mul(U64F64.convert(moving_alpha, I96F32), age)
    current = U64F64.saturating_mul(alpha, min(price, U64F64.one))
    kept = U64F64.saturating_mul(U64F64.saturating_sub(U64F64.one, alpha), moving_price)
    return I96F32.convert(U64F64.saturating_add(current, kept), U64F64)


def median_price(prices: Iterable[int]) -> int:
    """The median of the positive raw U64F64 prices; one where there is none.

    An even count gives the mean of the middle two (`get_median_subnet_alpha_price`).
    """
    ordered = sorted(price for price in prices if price > 0)
    if not ordered:
        return U64F64.one
    lower, upper = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    if len(ordered) % 2:
        return upper
    return U64F64.saturating_add(lower, upper) // 2
