"""Money is exact, carries its unit, and refuses to be mixed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.chain_client.errors import InvalidAmount, UnitError
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.prices import Price, parse_fraction, slippage

rao = st.integers(min_value=0, max_value=2**64 - 1)
tolerances = st.fractions(min_value=0, max_value=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", 1_500_000_000),
        ("1.5tao", 1_500_000_000),
        ("1.5 TAO", 1_500_000_000),
        ("τ1.5", 1_500_000_000),
        ("1500000000rao", 1_500_000_000),
        ("1_000", 1_000_000_000_000),
        (".000000001", 1),
        ("5.", 5_000_000_000),
        ("0", 0),
        ("0.1000000000", 100_000_000),
        ("18446744073.709551615", 2**64 - 1),
    ],
)
def test_text_is_read_exactly(text, expected):
    assert Tao.parse(text) == Tao(expected)


@pytest.mark.parametrize(
    "text",
    [
        "", "-1", "+1", "1e3", "1,5", "0.0000000001", "1.5rao", "1.5alpha", "α1", "1 2x", "NaN",
        "inf", "1.5.5", "18446744073.709551616", "٣", "0x10", "tao", ".", "τ",
    ],
)  # fmt: skip
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(InvalidAmount):
        Tao.parse(text)


@given(rao)
def test_formatting_and_reading_are_inverse(amount):
    assert Tao.parse(str(Tao(amount))) == Tao(amount)
    assert Tao.parse(Tao(amount).decimal()) == Tao(amount)
    assert Tao.parse(f"{amount}rao") == Tao(amount)
    assert Alpha.parse(Alpha(amount, 3).format(), netuid=3) == Alpha(amount, 3)


@given(rao, rao, st.integers(min_value=-5, max_value=10**6), st.integers(1, 10**6))
def test_arithmetic_is_that_of_integers(a, b, factor, divisor):
    assert (Tao(a) + Tao(b)).rao == a + b
    assert (Tao(a) - Tao(b)).rao == a - b
    assert (Tao(a) * factor).rao == (factor * Tao(a)).rao == a * factor
    assert (Tao(a) // divisor).rao == a // divisor
    assert (Tao(a) < Tao(b)) == (a < b)
    assert (Alpha(a, 1) >= Alpha(b, 1)) == (a >= b)


@pytest.mark.parametrize(
    "mix",
    [
        lambda: Tao(1) + Alpha(1, 1),
        lambda: Alpha(1, 1) - Tao(1),
        lambda: Alpha(1, 1) + Alpha(1, 2),
        lambda: Tao(1) < Alpha(1, 1),
        lambda: Alpha(1, 1) >= Alpha(1, 2),
        lambda: Tao(1) / Alpha(1, 1),
        lambda: Tao(1) + 1,
        lambda: Tao(1) * 0.5,
        lambda: Tao(1) // 0.5,
        lambda: sum([Tao(1), Tao(2)]),
        lambda: slippage(Tao(1), Alpha(1, 1)),
        lambda: Price(1, 1).worth(Alpha(1, 2)),
    ],
)
def test_units_do_not_mix(mix):
    with pytest.raises((UnitError, TypeError)):
        mix()


def test_amounts_of_different_units_are_different_and_hash_apart():
    assert Tao(1) != Alpha(1, 1)
    assert Alpha(1, 1) != Alpha(1, 2)
    assert len({Tao(1), Tao(1), Alpha(1, 1), Alpha(1, 2)}) == 3


@pytest.mark.parametrize("value", [1.0, "1", True, None, Fraction(1)])
def test_only_whole_numbers_of_rao_make_an_amount(value):
    with pytest.raises(InvalidAmount):
        Tao(value)


def test_display_cuts_and_never_rounds_up():
    assert Tao(1_999_999_999).decimal(places=2) == "1.99"
    assert Tao(1_999_999_999).decimal(places=0) == "1"
    assert Tao(1_234_567_000_000_000).format(places=3, group=True) == "τ1,234,567.000"
    assert str(Tao(-5)) == "-τ0.000000005"


@given(rao, st.integers(1, 2**40))
def test_what_an_amount_is_worth_never_exceeds_the_price(amount, price):
    alpha, at = Alpha(amount, 3), Price(price, 3)
    assert at.worth(alpha).rao * 10**9 <= amount * price < (at.worth(alpha).rao + 1) * 10**9
    assert at.worth(at.buys(Tao(amount))) <= Tao(amount)


@given(st.integers(0, 2**50), tolerances)
def test_limits_stay_within_the_tolerance(price, tolerance):
    at = Price(price, 1)
    assert price <= at.limit_for_buying(tolerance).rao <= price * (1 + tolerance)
    assert price * (1 - tolerance) <= at.limit_for_selling(tolerance).rao <= price


@pytest.mark.parametrize(
    ("text", "expected"), [("0.05", Fraction(1, 20)), ("5%", Fraction(1, 20)), ("100 %", 1)]
)
def test_tolerances_are_read_exactly(text, expected):
    assert parse_fraction(text) == expected


@pytest.mark.parametrize("text", ["", "5", "-0.1", "101%", "five", "nan", "1/0", "1e-999999999"])
def test_tolerances_outside_zero_to_one_are_refused(text):
    with pytest.raises(InvalidAmount):
        parse_fraction(text)


def test_slippage_is_the_part_that_did_not_come():
    assert slippage(Alpha(100, 1), Alpha(97, 1)) == Fraction(3, 100)
    assert slippage(Tao(0), Tao(0)) == 0
