"""Powers of rationals on big integers, as the AMM raises reserve ratios to weight ratios.

Owns: `pow_ratio_scaled`, digit for digit as the safe-bigmath crate (0.4.1) computes it, on its
exact path (small exponents) and on its fixed-point logarithm path. Does not own what is raised to
what (`taokit.local_chain.amm`).
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from taokit.local_chain.arithmetic.near_power import near_one_scaled

__all__ = ["pow_ratio_scaled"]

MAX_EXACT_EXPONENT = 1024
MAX_ITERATIONS = 4096

# Precisions (bits) for which the bound of `near_power` holds the runtime's own error too.
_SETTLED_FROM, _SETTLED_TO = 256, 2048

_GUARD_BITS = 24
_GUARD = 1 << _GUARD_BITS


@lru_cache(maxsize=1024)
def pow_ratio_scaled(
    base_numerator: int,
    base_denominator: int,
    exponent_numerator: int,
    exponent_denominator: int,
    precision: int,
    scale: int,
) -> int | None:
    """floor((N/D) ** (p/q) * scale), all arguments non-negative, scale positive.

    Exact where p/q in lowest terms has both parts up to 1024. Otherwise ln and exp in fixed point
    with `precision` bits (at least 32 and the bits of `scale` + 8) and 24 guard bits, whose series
    stop after a bounded number of terms: far from 1 the result is what the runtime gets, not the
    true power. None where D or q is zero.
    """
    if base_denominator == 0 or exponent_denominator == 0:
        return None
    if base_numerator == 0:
        return 0
    if exponent_numerator == 0:
        return scale
    common = gcd(exponent_numerator, exponent_denominator)
    p, q = exponent_numerator // common, exponent_denominator // common
    if p <= MAX_EXACT_EXPONENT and q <= MAX_EXACT_EXPONENT:
        return _root_floor(base_numerator**p * scale**q, base_denominator**p, q)

    bits = max(precision, 32, scale.bit_length() + 8)
    if _SETTLED_FROM <= bits <= _SETTLED_TO:
        settled = near_one_scaled(base_numerator, base_denominator, p, q, scale)
        if settled is not None:
            return settled
    return _power_by_series(base_numerator, base_denominator, p, q, bits, scale)


def _power_by_series(
    base_numerator: int, base_denominator: int, p: int, q: int, bits: int, scale: int
) -> int:
    internal_bits = bits + _GUARD_BITS
    iterations = max(min(MAX_ITERATIONS, internal_bits + 128), 1)
    log_base = _ln(base_numerator, internal_bits, iterations) - _ln(
        base_denominator, internal_bits, iterations
    )
    power = _exp(log_base * p // q, internal_bits, iterations)
    return _round_guard(power) * scale >> bits


def _root_floor(numerator: int, denominator: int, degree: int) -> int:
    """Largest r with r**degree * denominator <= numerator."""
    if degree == 1:
        return numerator // denominator
    limit = numerator // denominator
    if limit == 0:
        return 0
    # Newton from above on integers reaches the same floor as the source's bisection.
    guess = 1 << -(-limit.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + limit // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


# The runtime ends both series when a term is below the guard or no longer moves the rounded sum. A
# term of at least the guard always moves it, so that the first condition is the whole of it.


def _ln1p(x: int, bits: int, iterations: int) -> int:
    """Taylor series of ln(1 + x) for a fixed-point x of `bits` fraction bits, floored termwise."""
    term = result = x
    for n in range(2, iterations + 1):
        term = term * x >> bits
        step = term // n
        if n & 1:
            result += step
        else:
            result -= step
        if -_GUARD < step < _GUARD:
            break
    return result


def _exp(x: int, bits: int, iterations: int) -> int:
    """Taylor series of exp(x) for a fixed-point x with `bits` fraction bits, floored termwise."""
    term = result = 1 << bits
    for n in range(1, iterations + 1):
        term = term * x // (n << bits)
        result += term
        if -_GUARD < term < _GUARD:
            break
    return result


@lru_cache(maxsize=8)
def _ln_two(bits: int, iterations: int) -> int:
    return -_ln1p(-(1 << bits >> 1), bits, iterations)


def _ln(value: int, bits: int, iterations: int) -> int:
    """ln of a positive integer: the mantissa in [0.5, 1.5) by series, plus shifts times ln 2."""
    shift = value.bit_length() - 1
    mantissa = value << bits >> shift
    one = 1 << bits
    if mantissa >= one + (one >> 1):
        mantissa >>= 1
        shift += 1
    return _ln1p(mantissa - one, bits, iterations) + _ln_two(bits, iterations) * shift


def _round_guard(value: int) -> int:
    """Drop the guard bits, halves away from zero."""
    half = _GUARD >> 1
    return (value + half) >> _GUARD_BITS if value >= 0 else -((-value + half) >> _GUARD_BITS)
