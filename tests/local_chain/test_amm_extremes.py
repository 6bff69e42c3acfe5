"""The weighted market at the ends of its range, where the runtime's own tests look for panics."""

from __future__ import annotations

from itertools import product

import pytest
from vector_files import load

from taokit.local_chain.amm import (
    DEFAULT_QUOTE_WEIGHT,
    balancer,
    price,
    quote_weight_after_adding,
    weight_is_valid,
)
from taokit.local_chain.arithmetic import U64F64, perquintill_from_rational

VECTORS = load("swap")
U64_MAX = 2**64 - 1
ONE = U64F64.one


@pytest.mark.parametrize("weight", VECTORS["invalid_weights"]["quote_weights"])
def test_weights_out_of_bounds_are_refused(weight: int) -> None:
    assert not weight_is_valid(weight)


@pytest.mark.parametrize("weight", VECTORS["extreme_powers"]["quote_weights"])
@pytest.mark.parametrize(("reserve", "amount"), VECTORS["extreme_powers"]["rows"])
def test_what_is_left_is_a_part_of_one(weight: int, reserve: int, amount: int) -> None:
    for power in (balancer.power_for_sell, balancer.power_for_buy):
        left = power(weight, reserve, amount)
        assert 0 <= left <= ONE
        if reserve and not amount:
            assert left == ONE
        if not reserve:
            assert left == 0
        assert 0 <= power(weight, reserve, -amount) <= U64F64.max


def test_prices_and_amounts_to_a_price_stay_in_range() -> None:
    case = VECTORS["extreme_prices"]
    weight, reserves = case["quote_weight"], case["reserves"]
    for alpha, tao in product(reserves, reserves):
        found = price(weight, alpha, tao)
        assert 0 <= found <= U64F64.max
        assert (found == 0) == (not alpha or not tao)
    prices = [U64F64.from_int(whole) for whole in case["prices"]]
    for current, target, reserve in product(prices, prices, reserves):
        buys = balancer.tao_to_price(weight, current, target, reserve)
        sells = balancer.alpha_to_price(weight, current, target, reserve)
        assert 0 <= buys <= U64_MAX
        assert 0 <= sells <= U64_MAX
        if target <= current:
            assert buys == 0
        if target >= current:
            assert sells == 0


@pytest.mark.parametrize(
    ("tao", "alpha", "tao_added", "alpha_added"), VECTORS["extreme_liquidity"]["rows"]
)
def test_added_liquidity_leaves_a_valid_weight_or_none(
    tao: int, alpha: int, tao_added: int, alpha_added: int
) -> None:
    weight = quote_weight_after_adding(DEFAULT_QUOTE_WEIGHT, tao, alpha, tao_added, alpha_added)
    assert weight is None or weight_is_valid(weight)


@pytest.mark.parametrize(("tao", "alpha", "wanted"), VECTORS["extreme_needs"]["rows"])
def test_alpha_needed_stays_in_range(tao: int, alpha: int, wanted: int) -> None:
    weight = VECTORS["extreme_needs"]["quote_weight"]
    needed = balancer.alpha_needed_for_tao(weight, tao, alpha, wanted)
    assert 0 <= needed <= U64_MAX
    if not wanted or not alpha:
        assert needed == 0


@pytest.mark.parametrize("weight", VECTORS["near_equal_weights"]["quote_weights"])
@pytest.mark.parametrize("amount", VECTORS["near_equal_weights"]["amounts"])
def test_tiny_swaps_at_nearly_equal_weights_leave_nearly_all(weight: int, amount: int) -> None:
    reserve = VECTORS["near_equal_weights"]["reserve"]
    for power in (balancer.power_for_sell, balancer.power_for_buy):
        left = power(weight, reserve, amount)
        assert 0 < left <= ONE
        assert U64F64.to_float(left) == pytest.approx(reserve / (reserve + amount), abs=1e-15)


@pytest.mark.parametrize("reserve", VECTORS["odd_reserves"]["reserves"])
def test_reserves_around_powers_of_two_are_like_any(reserve: int) -> None:
    weight = VECTORS["odd_reserves"]["quote_weight"]
    for amount in (1, reserve // 1_000, reserve // 2):
        for power in (balancer.power_for_sell, balancer.power_for_buy):
            left = U64F64.to_float(power(weight, reserve, amount))
            assert left <= 1
            assert left == pytest.approx(reserve / (reserve + amount), abs=1e-8)


@pytest.mark.parametrize("row", VECTORS["finest_steps"]["rows"])
def test_the_finest_steps_are_still_told_apart(row: list) -> None:
    tao, *sides = row
    paid = []
    for alpha, amount, parts in (sides[:3], sides[3:]):
        left = balancer.power_for_sell(perquintill_from_rational(*parts), alpha, amount)
        paid.append(U64F64.saturating_mul(U64F64.from_int(tao), ONE - left))
    assert paid[0] > paid[1] > 0
