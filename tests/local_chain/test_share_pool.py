"""Share pools and their decimal float against the runtime's own expectations."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import load

from taokit.local_chain.arithmetic import SafeFloat
from taokit.local_chain.share_pool import (
    shares_per_update,
    update_has_effect,
    update_value_for_all,
    update_value_for_one,
    value_of_share,
)

VECTORS = load("share_pool")
ZERO = SafeFloat(0, 0)


def number(pair: list[int]) -> SafeFloat:
    value = SafeFloat.new(*pair)
    assert value is not None
    return value


def exact(value: SafeFloat) -> Fraction:
    return value.mantissa * Fraction(10) ** value.exponent


class Pool:
    """A pool in memory: what the pallet keeps in storage."""

    def __init__(self) -> None:
        self.value = 0
        self.denominator = ZERO
        self.shares: dict[int, SafeFloat] = {}

    def run(self, steps: list[list]) -> None:
        for kind, *arguments in steps:
            if kind == "repeat":
                times, inner = arguments
                for _ in range(times):
                    self.run(inner)
            elif kind == "all":
                self.value = update_value_for_all(self.value, arguments[0])
            else:
                holder, update = arguments
                changed = update_value_for_one(
                    self.value, self.shares.get(holder, ZERO), self.denominator, update
                )
                self.denominator, self.shares[holder], self.value = changed

    def value_of(self, holder: int) -> int:
        return value_of_share(self.value, self.shares[holder], self.denominator)


@pytest.mark.parametrize("case", VECTORS["normalize"]["cases"])
def test_normal_form(case: dict) -> None:
    assert SafeFloat.new(*case["input"]) == tuple(case["result"])


@pytest.mark.parametrize("case", VECTORS["add"]["cases"])
def test_sums_to_the_last_digit(case: dict) -> None:
    left, right = number(case["left"]), number(case["right"])
    assert left.add(right) == tuple(case["result"])
    assert right.add(left) == tuple(case["result"])


@pytest.mark.parametrize("case", VECTORS["div"]["cases"])
def test_quotients(case: dict) -> None:
    left, right = number(case["left"]), number(case["right"])
    quotient = left.div(right)
    assert quotient is not None
    true = exact(left) / exact(right)
    assert abs(exact(quotient) - true) <= true / 10**14


@pytest.mark.parametrize("case", VECTORS["mul_div"]["cases"])
def test_scaled_quotients(case: dict) -> None:
    left, factor, divisor = (number(case[name]) for name in ("left", "factor", "divisor"))
    result = left.mul_div(factor, divisor)
    assert result is not None
    true = exact(left) * exact(factor) / exact(divisor)
    assert abs(exact(result) - true) <= true / 10**14


@pytest.mark.parametrize("case", VECTORS["shares_per_update"]["cases"])
def test_shares_of_an_update(case: dict) -> None:
    denominator = number(case["denominator"])
    shares = shares_per_update(case["update"], case["shared_value"], denominator)
    # Exponents reach a thousand million: compare with the denominator's taken off both sides.
    true = Fraction(case["update"] * denominator.mantissa, case["shared_value"])
    relative = SafeFloat(shares.mantissa, shares.exponent - denominator.exponent)
    assert abs(exact(relative) - true) <= true / 1000


@pytest.mark.parametrize("case", VECTORS["values"]["cases"])
def test_value_of_a_share(case: dict) -> None:
    value = value_of_share(
        case["shared_value"],
        SafeFloat.from_int(case["share"]),
        SafeFloat.from_int(case["denominator"]),
    )
    assert abs(value - case["value"]) <= case["tolerance"]


@pytest.mark.parametrize("case", VECTORS["pools"]["cases"], ids=lambda case: case["test"])
def test_pool_histories(case: dict) -> None:
    pool = Pool()
    pool.run(case["steps"])
    for holder, expected in case["values"].items():
        assert abs(pool.value_of(int(holder)) - expected) <= case["tolerance"]


def test_a_small_removal_from_a_pool_with_a_tiny_denominator_takes_what_it_says() -> None:
    share, denominator = SafeFloat.new(1, -15), SafeFloat.new(1, -14)
    assert share is not None
    assert denominator is not None
    before = value_of_share(10**12, share, denominator)
    after = update_value_for_one(10**12, share, denominator, -1000)
    assert before == 10**11
    assert value_of_share(after.shared_value, after.share, after.denominator) == before - 1000


def test_a_pool_with_shares_but_no_value_would_swallow_a_stake() -> None:
    shares = SafeFloat.from_int(5)
    assert not update_has_effect(1000, 0, shares)
    assert update_has_effect(1000, 0, ZERO)
    assert update_value_for_one(0, shares, shares, 1000).share == shares


def test_removing_from_nothing_keeps_the_zero_share() -> None:
    shares = SafeFloat.from_int(5)
    assert update_value_for_one(10, ZERO, shares, -4).share == ZERO


def test_values_stop_at_zero_and_at_u64() -> None:
    assert update_value_for_all(5, -9) == 0
    assert update_value_for_all(2**64 - 2, 9) == 2**64 - 1


def test_the_legacy_share_format_converts_with_its_fraction() -> None:
    tenth = 2**64 // 10
    assert float(exact(SafeFloat.from_u64f64(tenth))) == pytest.approx(0.1, rel=1e-14)
    assert SafeFloat.from_u64f64(3 << 64) == SafeFloat.from_int(3)
    assert SafeFloat.from_u64f64(0) == ZERO


def test_conversion_to_rao_floors_and_saturates() -> None:
    assert number([15, -1]).to_u64() == 1
    assert number([1, 40]).to_u64() == 2**64 - 1
    assert number([10**21, 0]).to_u64() == 2**64 - 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 10**15)), min_size=1, max_size=20))
def test_holders_own_what_they_put_in(deposits: list[tuple[int, int]]) -> None:
    pool = Pool()
    paid: dict[int, int] = {}
    for holder, amount in deposits:
        pool.run([["one", holder, amount]])
        paid[holder] = paid.get(holder, 0) + amount
    for holder, amount in paid.items():
        assert amount - 1 <= pool.value_of(holder) <= amount
    assert sum(map(pool.value_of, paid)) <= pool.value
