"""Powers of ratios near one, in a few terms, wherever those settle the digits that are asked for.

Owns `near_one_scaled`. The runtime's series (`rational_power`) carry 256 bits and more, of which
sixty are used: nearly always the floor is decided long before. This computes the same power to 143
bits with a proven bound, and answers only if every number within the bound has the same floor.
"""

from __future__ import annotations

__all__ = ["near_one_scaled"]

_BITS = 160
_ONE = 1 << _BITS
_BOUND = 1 << 17
_LARGEST_EXPONENT = 128


def near_one_scaled(numerator: int, denominator: int, p: int, q: int, scale: int) -> int | None:
    """floor((numerator / denominator) ** (p / q) * scale), or None where that is not settled here.

    All positive. Not settled are ratios out of 7/9..9/7, exponents above 128, powers out of
    1/e..e, and, very rarely, a power too near a whole number.

    The bound, in units of 2**-160: the series of atanh has at most 27 terms, each with an error
    below 2, and an error of 1 in its argument, so that the logarithm's is below 128. The exponent
    makes it 2**14. The series of exp multiplies it by at most e, and adds 40 terms with errors
    below 2. 2**17 holds all of it, and the runtime's own error (below 2**-240) besides.
    """
    total = numerator + denominator
    difference = numerator - denominator
    if 8 * abs(difference) > total or p > _LARGEST_EXPONENT * q:
        return None
    tangent = (difference << _BITS) // total
    square = tangent * tangent >> _BITS
    term = log = tangent
    n = 1
    # A negative term is floored to -1 at the least, never to 0: its end is one below zero.
    while term > 0 or term < -1:
        term = term * square >> _BITS
        n += 2
        log += term // n
    power = 2 * log * p // q
    if abs(power) > _ONE:
        return None
    term = result = _ONE
    n = 0
    while term > 0 or term < -1:
        n += 1
        term = (term * power >> _BITS) // n
        result += term
    least = (result - _BOUND) * scale >> _BITS
    return least if (result + _BOUND) * scale >> _BITS == least else None
