"""Fixed point, transcendentals, rational powers and ratios, as the runtime expects them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from vector_files import load

from taokit.local_chain.arithmetic import (
    I32F32,
    I64F64,
    I96F32,
    PERQUINTILL_ONE,
    U64F64,
    U96F32,
    decay_factor_q32,
    mul_by_q32,
    perquintill_from_rational,
    pow_ratio_scaled,
)
from taokit.local_chain.arithmetic.fixed import I9F23
from taokit.local_chain.arithmetic.per_thing import PERCENT_ONE, mul_ceil, mul_floor, mul_nearest
from taokit.local_chain.arithmetic.transcendental import (
    E_I9F23,
    checked_pow,
    checked_sqrt,
    exp,
    exp_safe,
    ln,
    log2,
    pow_fixed,
    powi,
    safe_ln,
    sqrt,
)

VECTORS = load("arithmetic")
FORMATS = {f.name: f for f in (I32F32, I64F64, I96F32, U64F64, U96F32)}


@pytest.mark.parametrize("case", VECTORS["conversions"]["cases"])
def test_conversions_floor_and_saturate(case: dict) -> None:
    source = FORMATS[case["from"]]
    raw = source.from_int(case["value"])
    converted = {
        "u16": source.to_u16,
        "u64": source.to_u64,
        "proportion": lambda value: source.to_u16(
            source.saturating_mul(value, source.from_int(65_535))
        ),
        "I32F32": lambda value: I32F32.convert(value, source),
    }[case["to"]](raw)
    assert converted == case["result"]


@pytest.mark.parametrize("case", VECTORS["stake_normalization"]["cases"])
def test_stake_over_the_total_supply_keeps_the_bits_of_the_narrow_format(case: dict) -> None:
    total = I64F64.from_int(VECTORS["stake_normalization"]["total"])
    part = I64F64.safe_div(I64F64.from_int(case["stake"]), total)
    # The expectations are decimals: equal means equal in the last bit after rounding them.
    assert abs(I64F64.to_float(part) - case["fixed64"]) <= 2**-64 + case["fixed64"] * 1e-10
    assert I32F32.convert(part, I64F64) == I32F32.from_float(case["fixed32"])


def test_products_floor_and_quotients_truncate_on_negative_numbers() -> None:
    tiny = 1
    assert I32F32.saturating_mul(-tiny, I32F32.one >> 1) == -1
    assert I32F32.safe_div(-tiny, I32F32.from_int(2)) == 0
    assert I32F32.round(-(I32F32.one >> 1)) == -I32F32.one
    assert I32F32.floor(-(I32F32.one >> 1)) == -I32F32.one


def test_safe_division_gives_the_default_for_zero_and_for_overflow() -> None:
    assert U64F64.safe_div(U64F64.one, 0) == 0
    assert U64F64.safe_div(U64F64.one, 0, default=7) == 7
    assert U64F64.safe_div(U64F64.max, 1) == 0
    assert U64F64.saturating_div(U64F64.max, 1) == U64F64.max
    with pytest.raises(ZeroDivisionError):
        U64F64.saturating_div(U64F64.one, 0)


def test_unsigned_subtraction_stops_at_zero_and_sums_wrap() -> None:
    assert U96F32.saturating_sub(1, 2) == 0
    assert I32F32.wrap(I32F32.max + 1) == I32F32.min
    assert U64F64.wrap(U64F64.max + 5) == 4


@pytest.mark.parametrize("case", VECTORS["exp"]["near"])
def test_transcendentals_come_near_the_true_value(case: dict) -> None:
    function = {"exp": exp, "log2": log2, "ln": ln, "sqrt": sqrt}[case["function"]]
    raw = function(I32F32.from_float(case["x"]), I32F32)
    assert raw is not None
    assert I32F32.to_float(raw) == pytest.approx(case["y"], abs=case["tolerance"])


def test_exp_is_the_truncated_series_not_the_exponential() -> None:
    vectors = VECTORS["exp"]
    limit = I32F32.from_int(vectors["exp_safe_saturates_at"])
    at_limit = exp(limit, I32F32)
    assert at_limit is not None
    assert I32F32.to_float(at_limit) == vectors["exp_20"]
    for beyond in (limit, limit + I32F32.one, I32F32.max):
        assert exp_safe(beyond) == at_limit
    for below in (-limit, -limit - I32F32.one, I32F32.min):
        assert exp_safe(below) == exp(-limit, I32F32)
    assert exp_safe(0) == I32F32.one
    assert exp_safe(I32F32.one) == E_I9F23 << 9


def test_transcendentals_refuse_what_has_no_value() -> None:
    assert log2(0, I32F32) is None
    assert ln(-1, I32F32) is None
    assert safe_ln(0) == 0
    assert sqrt(-1, I32F32) is None
    assert sqrt(I32F32.from_float(4.0e-10), I32F32) is None
    assert exp(I9F23.from_int(-23) << 9, I32F32) is None
    assert exp(I64F64.from_int(-23), I64F64) is not None
    assert checked_sqrt(-1, 1, I32F32) is None
    assert checked_pow(0, -1, I32F32) is None
    assert pow_fixed(I32F32.from_float(-0.0001), I32F32.from_int(2), I32F32) is None


def test_powers_of_the_safe_math_crate() -> None:
    assert checked_pow(U64F64.from_float(2.5), 3, U64F64) == U64F64.from_float(15.625)
    inverse = checked_pow(I32F32.from_float(1.5), -2, I32F32)
    assert inverse is not None
    assert I32F32.to_float(inverse) == pytest.approx(0.44444444, abs=1e-5)
    root = checked_sqrt(U64F64.from_int(4), U64F64.from_float(0.0001), U64F64)
    assert root is not None
    assert U64F64.to_float(root) == pytest.approx(2.0, abs=1e-4)
    assert powi(I32F32.from_int(3), 4, I32F32) == I32F32.from_int(81)
    assert powi(I32F32.from_int(2), -1, I32F32) == I32F32.one >> 1
    power = pow_fixed(I32F32.from_float(2.9), I32F32.from_float(3.1), I32F32)
    assert power is not None
    assert I32F32.to_float(power) == pytest.approx(27.129, abs=1e-2)


@pytest.mark.parametrize("case", VECTORS["pow_ratio"]["cases"])
def test_rational_powers_to_the_last_digit(case: dict) -> None:
    result = pow_ratio_scaled(*case["base"], *case["exponent"], case["precision"], case["scale"])
    assert result == case["result"]


def test_rational_powers_on_either_side_of_the_exact_limit_agree() -> None:
    base = (999_999_937, 1_000_000_003)
    exact = pow_ratio_scaled(*base, 999, 1024, 64, 10**6)
    near = pow_ratio_scaled(*base, 999 * 10**12 + 1, 1024 * 10**12, 64, 10**6)
    assert exact is not None
    assert near is not None
    assert abs(exact - near) <= 1
    assert pow_ratio_scaled(*base, 2048, 4096, 64, 10**6) == 999_999


def test_rational_powers_of_degenerate_arguments() -> None:
    assert pow_ratio_scaled(1, 0, 1, 2, 64, 10) is None
    assert pow_ratio_scaled(1, 2, 1, 0, 64, 10) is None
    assert pow_ratio_scaled(0, 2, 1, 2, 64, 10) == 0
    assert pow_ratio_scaled(5, 2, 0, 7, 64, 10) == 10
    assert pow_ratio_scaled(1, 10**30, 1, 3, 64, 10) == 0


@pytest.mark.parametrize("case", VECTORS["q32"]["factors"])
def test_decay_factors(case: dict) -> None:
    factor = decay_factor_q32(case["half_life"])
    # Half life 1 bisects to one half exactly: the largest factor not above it.
    assert factor == case["factor"]


@pytest.mark.parametrize("case", VECTORS["q32"]["burns"])
def test_decay_floors_each_block(case: dict) -> None:
    factor = decay_factor_q32(case["half_life"])
    burns = case["burns"]
    assert [mul_by_q32(burn, factor) for burn in burns[:-1]] == burns[1:]


def test_perquintill_is_the_exact_floor_even_of_large_reserves() -> None:
    q = 3 * 10**32 + 7
    assert perquintill_from_rational(10**32, q) == 10**50 // q
    assert perquintill_from_rational(1, 3) == PERQUINTILL_ONE // 3
    assert perquintill_from_rational(2, 1) == PERQUINTILL_ONE
    assert perquintill_from_rational(0, 0) == PERQUINTILL_ONE


def test_parts_per_thing_round_as_named() -> None:
    assert mul_floor(18, PERCENT_ONE, 11) == 1
    assert mul_ceil(18, PERCENT_ONE, 11) == 2
    assert mul_nearest(50, PERCENT_ONE, 3) == 1
    assert mul_nearest(51, PERCENT_ONE, 3) == 2


def test_fractions_show_the_exact_value() -> None:
    assert I32F32.to_fraction(I32F32.one * 3 >> 1) == Fraction(3, 2)
