"""Fixed parts-per-thing ratios of the runtime (`sp_arithmetic`).

Owns: Perquintill (parts of 10**18, the AMM weights), Perbill and Percent multiplication. A ratio is
the plain integer number of parts.
"""

from __future__ import annotations

__all__ = [
    "PERBILL_ONE",
    "PERCENT_ONE",
    "PERQUINTILL_ONE",
    "mul_ceil",
    "mul_floor",
    "mul_nearest",
    "perquintill_from_rational",
]

PERCENT_ONE = 100
PERBILL_ONE = 10**9
PERQUINTILL_ONE = 10**18


def perquintill_from_rational(numerator: int, denominator: int) -> int:
    """floor(10**18 * p / q); one (10**18) where q is zero or p exceeds q (`from_rational`)."""
    if denominator == 0 or numerator > denominator:
        return PERQUINTILL_ONE
    return PERQUINTILL_ONE * numerator // denominator


def mul_floor(parts: int, one: int, value: int) -> int:
    """floor(value * parts / one) (`PerThing::mul_floor`)."""
    return value * parts // one


def mul_ceil(parts: int, one: int, value: int) -> int:
    """ceil(value * parts / one) (`PerThing::mul_ceil`)."""
    return -(-value * parts // one)


def mul_nearest(parts: int, one: int, value: int) -> int:
    """value * parts / one to the nearest, halves down (`PerThing * value`)."""
    quotient, remainder = divmod(value * parts, one)
    return quotient + (remainder > one // 2)
