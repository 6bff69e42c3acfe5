"""Roots, logarithms and exponentials of fixed-point numbers, with the runtime's truncation kept.

Owns: the series and bit loops of `substrate_fixed::transcendental` (exp, log2, ln, pow, powi,
sqrt), the loops of the runtime's `safe-math` (`checked_sqrt`, `checked_pow`), and the epoch's
`exp_safe` and `safe_ln`. The series stop early on purpose: for |x| near 20 the result is 0.8 % off
the true exponential, and clients see it, so nothing here may be replaced by `math`.
None stands for the source's `Err` or `None`.
"""

from __future__ import annotations

from taokit.local_chain.arithmetic.fixed import I9F23, I32F32, FixedFormat

__all__ = [
    "checked_pow",
    "checked_sqrt",
    "exp",
    "exp_safe",
    "ln",
    "log2",
    "pow_fixed",
    "powi",
    "safe_ln",
    "sqrt",
]

# Euler's number and log2(e) as the crate stores them: floored to 23 fraction bits (I9F23).
E_I9F23 = 22_802_600
LOG2_E_I9F23 = 12_102_203

_EXP_LIMIT = 20


def exp(raw: int, fmt: FixedFormat) -> int | None:
    """e**x by the truncated Taylor series: terms 2..frac-1 of |x|, inverted for negative x.

    x == 1 gives the stored constant. None where a term or the sum overflows.
    """
    if raw == 0:
        return fmt.one
    if raw == fmt.one:
        return fmt.convert(E_I9F23, I9F23)
    operand = abs(raw)
    if operand > fmt.max:
        return None
    result = operand + fmt.one
    term = operand
    frac, largest = fmt.frac, fmt.max
    if result > largest:
        return None
    for step in range(2, frac):
        term = (term * operand) >> frac
        if term > largest:
            return None
        term //= step
        result += term
        if result > largest:
            return None
    if raw < 0:
        return fmt.checked_div(fmt.one, result)
    return result


def _log2_at_least_one(raw: int, fmt: FixedFormat) -> int:
    frac, one, two = fmt.frac, fmt.one, fmt.one << 1
    result = 0
    while raw >= two:
        result += 1
        raw = (raw >> 1) + (raw & 1)
    if raw == one:
        return result << frac
    for _ in range(frac):
        raw = (raw * raw) >> frac
        result <<= 1
        if raw >= two:
            result |= 1
            raw = (raw >> 1) + (raw & 1)
    return result


def log2(raw: int, fmt: FixedFormat) -> int | None:
    """Binary logarithm: halve (rounding half up) to [1, 2), then square once per fraction bit.

    Below one it is minus the logarithm of the truncated inverse. None for x <= 0.
    """
    if raw <= 0:
        return None
    if raw < fmt.one:
        inverse = fmt.checked_div(fmt.one, raw)
        return None if inverse is None else -_log2_at_least_one(inverse, fmt)
    return _log2_at_least_one(raw, fmt)


def ln(raw: int, fmt: FixedFormat) -> int | None:
    """Natural logarithm: `log2(x)` over the 23-bit log2(e). None for x <= 0."""
    binary = log2(raw, fmt)
    if binary is None:
        return None
    return fmt.saturating_div(binary, fmt.convert(LOG2_E_I9F23, I9F23))


def pow_fixed(raw: int, exponent: int, fmt: FixedFormat) -> int | None:
    """x**y as exp(y * ln x); x = 0, y = 0 and y = 1 exact. None on overflow or x < 0."""
    if raw == 0:
        return 0
    if exponent == 0:
        return fmt.one
    if exponent == fmt.one:
        return raw
    logarithm = ln(raw, fmt)
    if logarithm is None:
        return None
    product = fmt.checked_mul(logarithm, exponent)
    return None if product is None else exp(product, fmt)


def powi(raw: int, exponent: int, fmt: FixedFormat) -> int | None:
    """x**n for an integer n, by n-1 plain multiplications (floored each). None on overflow."""
    if raw == 0:
        return 0
    if exponent == 0:
        return fmt.one
    result = raw
    for _ in range(1, abs(exponent)):
        product = fmt.checked_mul(result, raw)
        if product is None:
            return None
        result = product
    return fmt.checked_div(fmt.one, result) if exponent < 0 else result


def sqrt(raw: int, fmt: FixedFormat) -> int | None:
    """Square root by one Newton step per fraction bit, on the inverse below one.

    None for negative x or where the inverse overflows.
    """
    if raw < 0:
        return None
    if raw in (0, fmt.one):
        return raw
    operand = raw
    if raw < fmt.one:
        inverse = fmt.checked_div(fmt.one, raw)
        if inverse is None:
            return None
        operand = inverse
    guess = operand // 2 + fmt.one
    for _ in range(fmt.frac):
        guess = (guess + (operand << fmt.frac) // guess) // 2
    return fmt.checked_div(fmt.one, guess) if raw < fmt.one else guess


def checked_sqrt(raw: int, epsilon: int, fmt: FixedFormat) -> int | None:
    """Square root by bisection until |x/m - m| <= epsilon, at most 129 halvings (safe-math)."""
    if raw < 0:
        return None
    two = fmt.from_int(2)
    high, low = (raw, 0) if raw > fmt.one else (fmt.one, raw)
    middle = fmt.safe_div(fmt.saturating_add(high, low), two)
    check = fmt.safe_div(raw, middle)
    for _ in range(129):
        if fmt.abs_diff(check, middle) <= epsilon:
            break
        if check < middle:
            high = middle
        else:
            low = middle
        middle = fmt.safe_div(fmt.saturating_add(high, low), two)
        check = fmt.safe_div(raw, middle)
    return middle


def checked_pow(raw: int, exponent: int, fmt: FixedFormat) -> int | None:
    """x**n by squaring with saturating products (safe-math). None for 0 to a negative power."""
    if exponent == 0:
        return fmt.one
    if raw == 0:
        return None if exponent < 0 else 0
    result, base, power = fmt.one, raw, abs(exponent)
    while power:
        if power & 1:
            result = fmt.saturating_mul(result, base)
        base = fmt.saturating_mul(base, base)
        power >>= 1
    return fmt.safe_div(fmt.one, result) if exponent < 0 else result


def exp_safe(raw: int) -> int:
    """I32F32 exponential of x clamped to -20..20 (Subtensor epoch/math.rs `exp_safe`)."""
    limit = I32F32.from_int(_EXP_LIMIT)
    clamped = max(-limit, min(limit, raw))
    result = exp(clamped, I32F32)
    if result is None:
        return 0 if clamped <= 0 else I32F32.max
    return result


def safe_ln(raw: int) -> int:
    """I32F32 natural logarithm, 0 where there is none (Subtensor epoch/math.rs `safe_ln`)."""
    result = ln(raw, I32F32)
    return 0 if result is None else result
