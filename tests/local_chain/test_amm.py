"""The weighted market against the runtime's own expectations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import load

from taokit.local_chain.amm import (
    DEFAULT_QUOTE_WEIGHT,
    MAX_PRICE,
    MIN_PRICE,
    Pool,
    Refusal,
    SwapRefused,
    balancer,
    buy_alpha,
    fee_amount,
    initial_quote_weight,
    limit_price,
    price,
    quote_weight_after_adding,
    sell_alpha,
    weight_is_valid,
)
from taokit.local_chain.amm.swap import alpha_for_tao, alpha_out, tao_out
from taokit.local_chain.arithmetic import PERQUINTILL_ONE, U64F64, perquintill_from_rational

VECTORS = load("amm")
HIGHEST, LOWEST = limit_price(MAX_PRICE), limit_price(MIN_PRICE)


def shown(raw: int) -> float:
    return U64F64.to_float(raw)


@pytest.mark.parametrize("weight", VECTORS["power"]["quote_weights"])
def test_payouts_match_floating_point_within_a_thousandth_of_a_rao(weight: int) -> None:
    base, quote = (PERQUINTILL_ONE - weight) / 10**18, weight / 10**18
    for case in VECTORS["power"]["cases"]:
        other, reserve, amount = case["other_reserve"], case["reserve"], case["amount"]
        for power, exponent in (
            (balancer.power_for_sell(weight, reserve, amount), base / quote),
            (balancer.power_for_buy(weight, reserve, amount), quote / base),
        ):
            assert 0 <= power <= U64F64.one
            if amount > reserve * 1_000:
                continue
            paid = other * (1 - shown(power))
            expected = other * (1 - (reserve / (reserve + amount)) ** exponent)
            assert paid == pytest.approx(expected, abs=1.0 if expected > 1e14 else 0.001)


@pytest.mark.parametrize("case", VECTORS["exp_scaled"]["cases"])
def test_powers(case: dict) -> None:
    weight = perquintill_from_rational(*case["quote_weight"])
    power = balancer.power_for_sell if case["sell"] else balancer.power_for_buy
    result = power(weight, case["reserve"], case["amount"])
    assert shown(result) == pytest.approx(case["power"], abs=1e-9)


@pytest.mark.parametrize("case", VECTORS["weighted_round"]["cases"])
def test_weighting_rounds_halves_up(case: dict) -> None:
    parts = perquintill_from_rational(*case["parts"])
    assert balancer.weighted_round(parts, case["value"]) == case["result"]


@pytest.mark.parametrize("case", VECTORS["price"]["cases"])
def test_prices(case: dict) -> None:
    raw = price(perquintill_from_rational(*case["quote_weight"]), case["alpha"], case["tao"])
    assert shown(raw) == pytest.approx(case["price"], abs=case["tolerance"])


def test_a_pool_without_alpha_has_no_price() -> None:
    assert price(DEFAULT_QUOTE_WEIGHT, 0, 10**12) == 0


@pytest.mark.parametrize("case", VECTORS["limits"]["cases"])
def test_amounts_to_a_price(case: dict) -> None:
    function = {"tao_to_price": balancer.tao_to_price, "alpha_to_price": balancer.alpha_to_price}
    amount = function[case["kind"]](
        perquintill_from_rational(*case["quote_weight"]),
        U64F64.from_float(case["current"]),
        U64F64.from_float(case["target"]),
        case["reserve"],
    )
    assert amount == case["amount"]


def test_alpha_needed_for_an_amount_of_tao() -> None:
    case = VECTORS["limits"]["alpha_needed"]
    weight = perquintill_from_rational(*case["quote_weight"])
    needed = balancer.alpha_needed_for_tao(
        weight, case["tao_reserve"], case["alpha_reserve"], case["tao"]
    )
    assert needed == case["alpha"]


@pytest.mark.parametrize(
    "case",
    VECTORS["convert_deltas"]["cases"],
    ids=lambda case: f"{case['tao']}-{case['alpha']}-{case['weight']}-{case['amount']}",
)
def test_amounts_out(case: dict) -> None:
    tao, alpha, amount, weight = case["tao"], case["alpha"], case["amount"], case["weight"]
    pool = Pool(tao, alpha, case["quote_weight"])
    sold = tao * (1 - (alpha / (alpha + amount)) ** ((1 - weight) / weight))
    bought = alpha * (1 - (tao / (tao + amount)) ** (weight / (1 - weight)))
    assert abs(tao_out(pool, amount) - int(sold)) <= 2
    assert abs(alpha_out(pool, amount) - int(bought)) <= 2


@pytest.mark.parametrize("case", VECTORS["adjust"]["cases"])
def test_adding_liquidity_keeps_the_price_and_moves_the_weight(case: dict) -> None:
    tao, alpha = VECTORS["adjust"]["tao_reserve"], VECTORS["adjust"]["alpha_reserve"]
    before = shown(price(DEFAULT_QUOTE_WEIGHT, alpha, tao))
    weight = quote_weight_after_adding(DEFAULT_QUOTE_WEIGHT, tao, alpha, case["tao"], case["alpha"])
    assert weight is not None
    new_tao, new_alpha = tao + case["tao"], alpha + case["alpha"]
    assert shown(price(weight, new_alpha, new_tao)) == pytest.approx(before, rel=1e-12)
    expected = new_tao / (new_alpha * before + new_tao)
    assert weight / 10**18 - 0.5 == pytest.approx(expected - 0.5, abs=expected * 1e-12)


@pytest.mark.parametrize("case", VECTORS["adjust"]["cases"])
def test_adding_to_a_pool_without_alpha_starts_at_equal_weights(case: dict) -> None:
    weight = quote_weight_after_adding(DEFAULT_QUOTE_WEIGHT, 10**12, 0, case["tao"], case["alpha"])
    if case["alpha"] == 0:
        assert weight == DEFAULT_QUOTE_WEIGHT
        assert price(DEFAULT_QUOTE_WEIGHT, 0, 10**12 + case["tao"]) == 0
    else:
        # All of the value would be TAO: the weights leave their bounds and stay as they were.
        assert weight is None


def test_weights_stay_between_one_and_ninety_nine_percent() -> None:
    assert weight_is_valid(10**16)
    assert weight_is_valid(99 * 10**16)
    for outside in (0, 1, 10**16 - 1, 99 * 10**16 + 1, 10**18):
        assert not weight_is_valid(outside)
    assert quote_weight_after_adding(DEFAULT_QUOTE_WEIGHT, 10**9, 10**9, 10**12, 0) is None


@pytest.mark.parametrize("case", VECTORS["initial_price"]["cases"])
def test_a_pool_can_start_at_a_price(case: dict) -> None:
    weight = initial_quote_weight(case["tao"], case["alpha"], U64F64.ratio(1, 5))
    assert weight is not None
    assert shown(price(weight, case["alpha"], case["tao"])) == pytest.approx(
        case["price"], abs=case["tolerance"]
    )


def test_a_pool_cannot_start_at_an_impossible_price() -> None:
    assert initial_quote_weight(0, 0, U64F64.one) is None
    assert initial_quote_weight(1, 10**12, U64F64.one) is None
    assert initial_quote_weight(0, 0) == DEFAULT_QUOTE_WEIGHT


def largest(kind: str, case: dict, limit: int) -> int:
    minimum = VECTORS[kind]["minimum_reserve"]
    pool = Pool(case["tao"], case["alpha"], minimum_reserve=minimum)
    if kind == "max_buy":
        result = buy_alpha(pool, min(case["tao"] * 1_000, 2**64 - 1), limit)
    else:
        result = sell_alpha(pool, min(case["alpha"] * 1_000, 2**64 - 1), limit)
    return min(result.paid_in + result.fee, 2**64 - 1)


@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for kind in ("max_buy", "max_sell") for case in VECTORS[kind]["cases"]],
    ids=lambda part: part if isinstance(part, str) else f"{part['tao']}-{part['limit']}",
)
def test_the_most_that_a_limit_lets_through(kind: str, case: dict) -> None:
    limit = limit_price(case["limit"])
    if "refusal" in case:
        with pytest.raises(SwapRefused) as refused:
            largest(kind, case, limit)
        assert refused.value.refusal == Refusal(case["refusal"])
        return
    tolerance = int(case["amount"] * VECTORS[kind]["tolerance"])
    assert abs(largest(kind, case, limit) - case["amount"]) <= tolerance


@pytest.mark.parametrize("case", VECTORS["swap_basic"]["cases"])
def test_swaps_at_equal_weights(case: dict) -> None:
    tao, alpha = VECTORS["swap_basic"]["tao_reserve"], VECTORS["swap_basic"]["alpha_reserve"]
    pool, amount = Pool(tao, alpha), case["amount"]
    fee = int(amount * (33 / 65_535))
    net = amount - fee
    if case["side"] == "buy":
        result = buy_alpha(pool, amount, U64F64.from_int(1000))
        expected = int(alpha * (1 - tao / (tao + net)))
    else:
        result = sell_alpha(pool, amount, U64F64.from_float(0.0001))
        expected = int(tao * (1 - alpha / (alpha + net)))
    assert abs(result.paid_out - expected) <= 1
    assert abs(result.paid_in - net) <= 1
    assert result.fee == result.fee_to_author == amount - result.paid_in


def test_a_swap_pays_in_at_most_a_thousand_reserves() -> None:
    case = VECTORS["input_limit"]
    pool = Pool(case["reserve"], case["reserve"], minimum_reserve=1)
    for swap, limit in ((buy_alpha, HIGHEST), (sell_alpha, LOWEST)):
        with pytest.raises(SwapRefused) as refused:
            swap(pool, case["refused"], limit, drop_fees=True)
        assert refused.value.refusal is Refusal.SWAP_INPUT_TOO_LARGE
        assert swap(pool, case["allowed"], limit, drop_fees=True).paid_out > 0


def test_a_swap_that_would_pay_nothing_is_refused() -> None:
    pool = Pool(10**12, 10**7)
    with pytest.raises(SwapRefused) as refused:
        buy_alpha(pool, 10, HIGHEST)
    assert refused.value.refusal is Refusal.RESERVES_TOO_LOW
    assert buy_alpha(pool, 0, HIGHEST).paid_out == 0


def test_without_fees_everything_enters_the_pool() -> None:
    pool = Pool(10**12, 10**12)
    result = buy_alpha(pool, 10**9, HIGHEST, drop_fees=True)
    assert (result.paid_in, result.fee, result.fee_to_author) == (10**9, 0, 0)


def test_default_fee_of_one_tao() -> None:
    assert fee_amount(10**9, 33) == 503_547


def test_alpha_for_tao_ignores_slippage() -> None:
    assert alpha_for_tao(Pool(10**12, 4 * 10**12), 1_000) == 4_000
    assert alpha_for_tao(Pool(10**12, 0), 1_000) == 0


RESERVES = st.integers(10**6, 21 * 10**15)
WEIGHTS = st.integers(balancer.MIN_WEIGHT, PERQUINTILL_ONE - balancer.MIN_WEIGHT)


# Far from equal weights a power can round to zero, and the pool then pays its whole reserve, as the
# runtime's does; that is not the market this property is about.
MIDDLE_WEIGHTS = st.integers(PERQUINTILL_ONE // 5, PERQUINTILL_ONE // 5 * 4)


@settings(deadline=None)
@given(RESERVES, RESERVES, MIDDLE_WEIGHTS, st.floats(1e-6, 1.0))
def test_a_round_trip_never_gains(tao: int, alpha: int, weight: int, part: float) -> None:
    pool = Pool(tao, alpha, weight)
    paid = max(int(tao * part), 1)
    bought = alpha_out(pool, paid)
    after = Pool(tao + paid, alpha - bought, weight)
    assert 0 <= bought <= alpha
    assert tao_out(after, bought) <= paid + 1 + (tao + paid) // 10**15


@settings(deadline=None)
@given(RESERVES, RESERVES, WEIGHTS, st.floats(1.001, 4.0))
def test_a_limited_buy_ends_near_its_limit(
    tao: int, alpha: int, weight: int, growth: float
) -> None:
    pool = Pool(tao, alpha, weight, fee_rate=0)
    current = pool.price
    limit = int(current * growth)
    if current < U64F64.one >> 20 or current > U64F64.one << 20:
        return
    needed = balancer.tao_to_price(weight, current, limit, tao)
    out = alpha_out(pool, needed)
    reached = price(weight, alpha - out, tao + needed)
    assert shown(reached) == pytest.approx(shown(limit), rel=1e-4 + 10 / min(tao, alpha))


def test_at_extreme_weights_a_large_buy_can_empty_the_pool() -> None:
    pool = Pool(10**6, 10**6, quote_weight=983_551_199_263_904_627)
    assert alpha_out(pool, 10**6) == pool.alpha_reserve
    # Further out the series stops before it converges, and a little alpha stays behind again.
    assert alpha_out(pool, 10**7) == pool.alpha_reserve - 1
