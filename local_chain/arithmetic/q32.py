"""Unsigned numbers with 32 fraction bits, as the registration price decays.

Owns: `mul_by_q32`, `pow_q32`, `decay_factor_q32` (Subtensor utils/misc.rs). Values are u64.
"""

from __future__ import annotations

from functools import cache

__all__ = ["ONE_Q32", "decay_factor_q32", "mul_by_q32", "pow_q32"]

ONE_Q32 = 1 << 32
HALF_Q32 = 1 << 31
_U64_MAX = (1 << 64) - 1


def mul_by_q32(value: int, factor_q32: int) -> int:
    """floor(value * factor), clipped to u64."""
    return min(value * factor_q32 >> 32, _U64_MAX)


def pow_q32(base_q32: int, exponent: int) -> int:
    """base**exponent by squaring, floored at each product."""
    result, factor = ONE_Q32, base_q32
    while exponent:
        if exponent & 1:
            result = mul_by_q32(result, factor)
        exponent >>= 1
        if exponent:
            factor = mul_by_q32(factor, factor)
    return result


@cache
def decay_factor_q32(half_life: int) -> int:
    """The largest f in [0, 1) whose `half_life`-th power is at most one half; 1 for half_life 0.

    `half_life` is a u16 number of blocks, so the cache is bounded.
    """
    if half_life == 0:
        return ONE_Q32
    low, high = 0, ONE_Q32
    while low + 1 < high:
        middle = low + ((high - low) >> 1)
        if pow_q32(middle, half_life) > HALF_Q32:
            high = middle
        else:
            low = middle
    return low
