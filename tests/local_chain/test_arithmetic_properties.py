"""Fixed point and the decimal float against exact rational arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import floor, gcd, isqrt, log2, trunc

from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.local_chain.amm import balancer
from taokit.local_chain.arithmetic import (
    I32F32,
    I64F64,
    I96F32,
    U64F64,
    U96F32,
    FixedFormat,
    SafeFloat,
    pow_ratio_scaled,
    transcendental,
)
from taokit.local_chain.arithmetic.fixed import I9F23
from taokit.local_chain.arithmetic.near_power import near_one_scaled
from taokit.local_chain.arithmetic.per_thing import PERQUINTILL_ONE, perquintill_from_rational
from taokit.local_chain.arithmetic.q32 import decay_factor_q32, mul_by_q32
from taokit.local_chain.arithmetic.rational_power import _power_by_series
from taokit.local_chain.arithmetic.transcendental import E_I9F23, LOG2_E_I9F23
from taokit.local_chain.emission import root_proportion

FORMATS = st.sampled_from([I32F32, I64F64, I96F32, U64F64, U96F32])


@st.composite
def numbers(draw: st.DrawFn, count: int) -> tuple[FixedFormat, list[int]]:
    fmt = draw(FORMATS)
    small = st.integers(-(1 << 40), 1 << 40).map(fmt.saturate)
    whole = st.integers(fmt.min, fmt.max)
    return fmt, [draw(small | whole) for _ in range(count)]


def clip(fmt: FixedFormat, value: Fraction, rounding: object) -> int:
    return fmt.saturate(rounding(value * fmt.one))  # type: ignore[operator]


@settings(deadline=None)
@given(numbers(2))
def test_products_are_the_floor_of_the_exact_product(drawn: tuple[FixedFormat, list[int]]) -> None:
    fmt, (left, right) = drawn
    exact = fmt.to_fraction(left) * fmt.to_fraction(right)
    assert fmt.saturating_mul(left, right) == clip(fmt, exact, floor)
    checked = fmt.checked_mul(left, right)
    assert checked == (floor(exact * fmt.one) if fmt.fits(floor(exact * fmt.one)) else None)


@settings(deadline=None)
@given(numbers(2))
def test_quotients_are_the_exact_quotient_cut_toward_zero(
    drawn: tuple[FixedFormat, list[int]],
) -> None:
    fmt, (left, right) = drawn
    if right == 0:
        assert fmt.checked_div(left, right) is None
        assert fmt.safe_div(left, right) == 0
        return
    raw = trunc(fmt.to_fraction(left) / fmt.to_fraction(right) * fmt.one)
    assert fmt.saturating_div(left, right) == fmt.saturate(raw)
    assert fmt.checked_div(left, right) == (raw if fmt.fits(raw) else None)
    assert fmt.safe_div(left, right, 5) == (raw if fmt.fits(raw) else 5)


@settings(deadline=None)
@given(numbers(2))
def test_sums_are_exact_or_clipped(drawn: tuple[FixedFormat, list[int]]) -> None:
    fmt, (left, right) = drawn
    for exact, saturating, checked in (
        (left + right, fmt.saturating_add, fmt.checked_add),
        (left - right, fmt.saturating_sub, fmt.checked_sub),
    ):
        assert saturating(left, right) == min(max(exact, fmt.min), fmt.max)
        assert checked(left, right) == (exact if fmt.min <= exact <= fmt.max else None)


@settings(deadline=None)
@given(numbers(1), FORMATS)
def test_conversions_between_formats_floor_and_clip(
    drawn: tuple[FixedFormat, list[int]], target: FixedFormat
) -> None:
    fmt, (raw,) = drawn
    assert target.convert(raw, fmt) == clip(target, fmt.to_fraction(raw), floor)


@settings(deadline=None)
@given(numbers(1))
def test_conversion_to_integers_floors_and_clips(drawn: tuple[FixedFormat, list[int]]) -> None:
    fmt, (raw,) = drawn
    exact = floor(fmt.to_fraction(raw))
    assert fmt.to_int(raw) == exact
    assert fmt.to_u64(raw) == min(max(exact, 0), 2**64 - 1)
    assert fmt.to_u16(raw) == min(max(exact, 0), 65_535)
    assert fmt.to_u128(raw) == min(max(exact, 0), 2**128 - 1)
    assert fmt.floor(raw) == exact * fmt.one
    assert fmt.fraction_bits(raw) == raw - exact * fmt.one


@settings(deadline=None)
@given(numbers(1))
def test_rounding_takes_halves_away_from_zero(drawn: tuple[FixedFormat, list[int]]) -> None:
    fmt, (raw,) = drawn
    exact = fmt.to_fraction(raw)
    away = floor(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    assert fmt.round(raw) == fmt.saturate(away * fmt.one)


@settings(deadline=None)
@given(FORMATS, st.floats(-1e12, 1e12))
def test_floats_become_the_nearest_bits(fmt: FixedFormat, value: float) -> None:
    raw = fmt.from_float(value)
    if fmt.min < raw < fmt.max and raw != 0:
        assert abs(fmt.to_fraction(raw) - Fraction(value)) <= Fraction(1, 2 * fmt.one)


DECIMALS = st.builds(
    lambda mantissa, exponent: SafeFloat.new(mantissa, exponent) or SafeFloat(0, 0),
    st.integers(0, 10**21),
    st.integers(-60, 60),
)


def exact(value: SafeFloat) -> Fraction:
    return value.mantissa * Fraction(10) ** value.exponent


@settings(deadline=None)
@given(DECIMALS)
def test_decimal_floats_are_normal(value: SafeFloat) -> None:
    assert value == SafeFloat(0, 0) or 10**20 < value.mantissa <= 10**21


@settings(deadline=None)
@given(DECIMALS, DECIMALS)
def test_decimal_sums_lose_less_than_a_unit_of_the_last_digit(
    left: SafeFloat, right: SafeFloat
) -> None:
    total = left.add(right)
    assert total is not None
    true = exact(left) + exact(right)
    assert 0 <= true - exact(total) <= true * Fraction(2, 10**20)


@settings(deadline=None)
@given(DECIMALS, DECIMALS, DECIMALS)
def test_decimal_products_and_quotients_keep_twenty_digits(
    left: SafeFloat, factor: SafeFloat, divisor: SafeFloat
) -> None:
    quotient = left.div(divisor)
    scaled = left.mul_div(factor, divisor)
    if divisor.is_zero:
        assert quotient is None
        assert scaled is None
        return
    assert quotient is not None
    assert scaled is not None
    true = exact(left) / exact(divisor)
    assert 0 <= true - exact(quotient) <= true * Fraction(1, 10**19)
    true = exact(left) * exact(factor) / exact(divisor)
    assert 0 <= true - exact(scaled) <= true * Fraction(1, 10**19)


@settings(deadline=None)
@given(DECIMALS, DECIMALS)
def test_decimal_order_is_that_of_the_values(left: SafeFloat, right: SafeFloat) -> None:
    if not left.is_zero and not right.is_zero:
        assert left.greater_than(right) == (exact(left) > exact(right))


@settings(deadline=None)
@given(
    st.integers(1, 10**18),
    st.integers(1, 10**18),
    st.integers(1, 24),
    st.integers(1, 24),
    st.integers(1, 10**18),
)
def test_exact_rational_powers_are_the_floor(n: int, d: int, p: int, q: int, scale: int) -> None:
    result = pow_ratio_scaled(n, d, p, q, 64, scale)
    assert result is not None
    target = Fraction(n, d) ** p * Fraction(scale) ** q
    assert result**q <= target < (result + 1) ** q


RESERVES = st.integers(1, 10**19) | st.integers(10**9, 10**16)
WEIGHTS = st.integers(10**16, 99 * 10**16) | st.just(5 * 10**17 + 1)
STEPS = st.fractions(0, 1) | st.fractions(0, Fraction(1, 1000)) | st.just(Fraction(1, 8))


@settings(deadline=None, max_examples=400)
@given(RESERVES, STEPS, WEIGHTS, st.sampled_from([256, 1024]), st.booleans())
def test_powers_settled_early_are_those_of_the_whole_series(
    reserve: int, step: Fraction, weight: int, precision: int, falling: bool
) -> None:
    other = reserve + floor(reserve * step)
    base = (reserve, other) if falling else (other, reserve)
    common = gcd(weight, 10**18 - weight)
    p, q = weight // common, (10**18 - weight) // common
    settled = near_one_scaled(*base, p, q, 10**18)
    assert settled in (None, _power_by_series(*base, p, q, precision, 10**18))


def test_most_swaps_are_settled_early_and_a_power_of_exactly_one_is_not() -> None:
    assert near_one_scaled(10**15, 10**15 + 10**9, 3, 7, 10**18) is not None
    assert near_one_scaled(10**15, 10**15, 3, 7, 10**18) is None
    assert near_one_scaled(1, 3, 3, 7, 10**18) is None


SERIES = st.sampled_from([I32F32, I64F64])


@settings(deadline=None, max_examples=60)
@given(SERIES, st.floats(0.001, 12))
def test_exp_is_the_series_that_ends_with_the_formats_bits(fmt: FixedFormat, value: float) -> None:
    raw = fmt.from_float(value)
    if raw == fmt.one:
        assert transcendental.exp(raw, fmt) == fmt.convert(E_I9F23, I9F23)
        return
    x, ulp = fmt.to_fraction(raw), Fraction(1, fmt.one)
    term = total = x
    lost = sum_lost = Fraction(0)
    for step in range(2, fmt.frac):
        term, lost = term * x / step, (lost * x + ulp) / step + ulp
        total, sum_lost = total + term, sum_lost + lost
    found = transcendental.exp(raw, fmt)
    assert found is not None
    assert 0 <= total + 1 - fmt.to_fraction(found) <= sum_lost
    assert transcendental.exp(-raw, fmt) == trunc(Fraction(fmt.one**2, found))


@settings(deadline=None)
@given(SERIES, st.integers(1, 2**62))
def test_logarithms_are_near_and_powers_of_two_are_exact(fmt: FixedFormat, raw: int) -> None:
    binary, natural = transcendental.log2(raw, fmt), transcendental.ln(raw, fmt)
    inverse = fmt.checked_div(fmt.one, raw)
    if inverse is None:
        assert binary is None
        return
    assert binary is not None
    # Below one the inverse is cut to the format's bits first.
    operand = inverse if raw < fmt.one else raw
    sign = -1 if raw < fmt.one else 1
    assert abs(binary / fmt.one - sign * log2(operand / fmt.one)) < 2**-23
    unit = Fraction(fmt.convert(LOG2_E_I9F23, I9F23), fmt.one)
    assert natural == trunc(Fraction(binary) / unit)
    power = raw % (fmt.bits - fmt.frac - 2)
    assert transcendental.log2(fmt.one << power, fmt) == power * fmt.one


@settings(deadline=None)
@given(SERIES, st.integers(0, 2**62))
def test_square_roots_are_within_a_bit(fmt: FixedFormat, raw: int) -> None:
    found = transcendental.sqrt(raw, fmt)
    if raw in (0, fmt.one):
        assert found == raw
    elif raw > fmt.one:
        assert found is not None
        assert 0 <= found - isqrt(raw << fmt.frac) <= 1
    elif found is not None:
        inverse = fmt.checked_div(fmt.one, raw)
        assert inverse is not None
        root = isqrt(inverse << fmt.frac)
        assert trunc(Fraction(fmt.one**2, root + 1)) <= found <= trunc(Fraction(fmt.one**2, root))


@settings(deadline=None)
@given(st.integers(1, 2**64), st.integers(1, 2**40))
def test_bisected_roots_stop_where_they_are_good_enough(raw: int, epsilon: int) -> None:
    found = transcendental.checked_sqrt(raw, epsilon, U64F64)
    assert found is not None
    assert U64F64.abs_diff(U64F64.safe_div(raw, found), found) <= max(epsilon, 2)


@settings(deadline=None)
@given(SERIES, st.integers(-(2**40), 2**40), st.integers(-6, 6))
def test_whole_powers_floor_each_product(fmt: FixedFormat, raw: int, exponent: int) -> None:
    found = transcendental.powi(raw, exponent, fmt)
    if raw == 0 or exponent == 0:
        assert found == (0 if raw == 0 else fmt.one)
        return
    product = raw
    for _ in range(abs(exponent) - 1):
        product = floor(Fraction(product * raw, fmt.one))
        if not fmt.fits(product):
            assert found is None
            return
    if exponent > 0:
        assert found == product
    elif product == 0:
        assert found is None
    else:
        inverse = trunc(Fraction(fmt.one**2, product))
        assert found == (inverse if fmt.fits(inverse) else None)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(-5, 8))
def test_powers_by_squaring_of_whole_numbers_are_exact(number: int, exponent: int) -> None:
    found = transcendental.checked_pow(U64F64.from_int(number), exponent, U64F64)
    if exponent >= 0:
        assert found == min(number**exponent * U64F64.one, U64F64.max)
    elif number == 0:
        assert found is None
    else:
        assert found == floor(Fraction(U64F64.one, number**-exponent))


@settings(deadline=None, max_examples=60)
@given(st.integers(5, 99), st.integers(10**17, 10**19), st.integers(1, 10**6))
def test_rational_powers_lie_between_the_exact_ones_around_them(
    percent: int, exponent: int, reserve: int
) -> None:
    scale = 10**18
    base = (percent * reserve, 100 * reserve)
    low, high = exponent * 100 // scale, -(-exponent * 100 // scale)
    found = pow_ratio_scaled(*base, exponent, scale, 256, scale)
    most = pow_ratio_scaled(*base, low, 100, 256, scale)
    least = pow_ratio_scaled(*base, high, 100, 256, scale)
    assert found is not None
    assert most is not None
    assert least is not None
    assert least - 1 <= found <= most + 1


@settings(deadline=None)
@given(st.integers(0, 2**128 - 1), st.integers(1, 2**128 - 1))
def test_perquintills_are_floors(part: int, whole: int) -> None:
    part = min(part, whole)
    assert perquintill_from_rational(part, whole) == floor(Fraction(part * PERQUINTILL_ONE, whole))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**64 - 1), st.integers(1, 65_535))
def test_decay_floors_and_halves_in_a_half_life(value: int, half_life: int) -> None:
    factor = decay_factor_q32(half_life)
    assert mul_by_q32(value, factor) == min(value * factor >> 32, 2**64 - 1)
    # The largest factor whose power is not above one half, by repeated floors: close to the true.
    assert abs(half_life * log2(factor / 2**32) + 1) < half_life * 2**-29 + 2**-20


AMOUNTS = st.integers(0, 2**64 - 1) | st.integers(0, 10**16) | st.just(0)


@settings(deadline=None)
@given(st.integers(1, 10**18 - 1) | WEIGHTS, AMOUNTS, AMOUNTS)
def test_a_price_is_the_product_of_two_floored_ratios(weight: int, alpha: int, tao: int) -> None:
    weights = U64F64.ratio(10**18 - weight, weight)
    expected = U64F64.saturating_mul(weights, U64F64.ratio(tao, alpha))
    assert balancer.price(weight, alpha, tao) == expected


@settings(deadline=None)
@given(AMOUNTS, AMOUNTS, st.integers(0, 2**32) | st.integers(0, U96F32.max))
def test_a_root_proportion_is_a_floored_quotient_in_the_format(
    root_tao: int, issuance: int, weight: int
) -> None:
    weighted = U96F32.saturating_mul(U96F32.from_int(root_tao), weight)
    total = U96F32.saturating_add(weighted, U96F32.from_int(issuance))
    assert root_proportion(root_tao, issuance, weight) == U96F32.safe_div(weighted, total)
