"""The markets as other pallets, root and clients meet them."""

from __future__ import annotations

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, add_subnet

from taokit.chain_client.scale import codec, u16, u64
from taokit.local_chain.amm.swap import MAX_PRICE
from taokit.local_chain.frame.errors import ModuleError
from taokit.local_chain.pallets.swap.types import SimSwapResult

NETUID = 2
HALF = 5 * 10**17


@pytest.fixture
def market(chain: Chain) -> Chain:
    """A market of 1000 TAO and 2000 alpha: price one half."""
    add_subnet(chain, NETUID, tao=1_000 * TAO, alpha=2_000 * TAO)
    chain.begin_block()
    return chain


def test_the_price_is_that_of_reserves_and_weights(market: Chain) -> None:
    swap, sub = market.runtime.swap, market.runtime.subtensor
    assert swap.price(NETUID) == 2**63
    swap.swap_balancer.insert(NETUID, 25 * 10**16)
    assert swap.price(NETUID) == 3 * 2**63
    sub.subnet_alpha_in.insert(NETUID, 0)
    assert swap.price(NETUID) == 0
    assert swap.price(ROOT) == 2**64


def test_a_simulation_writes_nothing(market: Chain) -> None:
    overlay = market.runtime.overlay
    before = overlay.mark()
    market.runtime.swap.simulate_buy(NETUID, TAO)
    market.runtime.swap.simulate_sell(NETUID, TAO)
    assert overlay.mark() == before


def test_the_first_swap_starts_from_even_weights(market: Chain) -> None:
    swap = market.runtime.swap
    swap.swap_balancer.insert(NETUID, 3 * 10**17)
    even = swap.simulate_buy(NETUID, TAO).paid_out
    assert swap.buy(NETUID, TAO, MAX_PRICE).paid_out == even
    assert swap.swap_balancer.get(NETUID) == HALF
    assert swap.pal_swap_initialized.get(NETUID)
    swap.swap_balancer.insert(NETUID, 3 * 10**17)
    assert swap.simulate_buy(NETUID, TAO).paid_out < even


def test_liquidity_added_at_another_ratio_keeps_the_price(market: Chain) -> None:
    swap, sub = market.runtime.swap, market.runtime.subtensor
    price = swap.price(NETUID)
    assert swap.adjust_protocol_liquidity(NETUID, 100 * TAO, 0) == (100 * TAO, 0)
    sub.subnet_tao.insert(NETUID, 1_100 * TAO)
    assert abs(swap.price(NETUID) - price) <= price >> 40
    assert swap.swap_balancer.get(NETUID) > HALF


def test_liquidity_that_would_tip_the_weights_over_is_not_added(market: Chain) -> None:
    swap = market.runtime.swap
    assert swap.adjust_protocol_liquidity(NETUID, 10**9 * TAO, 0) == (0, 0)
    assert swap.swap_balancer.get(NETUID) == HALF


def test_a_pool_begins_at_a_given_price(market: Chain) -> None:
    swap = market.runtime.swap
    swap.initialize(NETUID, 2**64)
    assert abs(swap.price(NETUID) - 2**64) <= 2**64 // 10**9
    swap.initialize(NETUID, 2**60)
    assert abs(swap.price(NETUID) - 2**64) <= 2**64 // 10**9


@pytest.mark.parametrize(
    ("tao_reserve", "alpha_reserve", "tao", "error"),
    [
        (1_000 * TAO, 999_999, TAO, "ReservesTooLow"),
        (TAO, 1_000 * TAO, 1_001 * TAO, "SwapInputTooLarge"),
        (100 * TAO, 1_000_000, 1, "ReservesTooLow"),
        (1_000 * TAO, 1_000_000, 1, "PriceLimitExceeded"),
    ],
)
def test_a_market_refuses(
    market: Chain, tao_reserve: int, alpha_reserve: int, tao: int, error: str
) -> None:
    sub = market.runtime.subtensor
    sub.subnet_tao.insert(NETUID, tao_reserve)
    sub.subnet_alpha_in.insert(NETUID, alpha_reserve)
    with pytest.raises(ModuleError) as refused:
        market.runtime.swap.buy(NETUID, tao, MAX_PRICE)
    assert refused.value.name == error
    assert refused.value.pallet_name == "Swap"


def test_only_root_sets_fees_and_only_up_to_the_maximum(market: Chain) -> None:
    args = {"netuid": NETUID, "rate": 10_000}
    assert market.refusal(market.alice, "Swap", "set_fee_rate", **args) == "BadOrigin"
    market.call(None, "Swap", "set_fee_rate", **args)
    assert market.events("Swap.FeeRateSet") == [(NETUID, 10_000)]
    assert market.runtime.swap.simulate_buy(NETUID, TAO).fee == TAO * 10_000 // 65_535
    refused = market.refusal(None, "Swap", "set_fee_rate", netuid=NETUID, rate=10_001)
    assert refused == "FeeRateTooHigh"
    refused = market.refusal(None, "Swap", "set_fee_rate", netuid=77, rate=1)
    assert refused == "MechanismDoesNotExist"


def test_liquidity_positions_are_gone(market: Chain) -> None:
    args = {"hotkey": bytes(32), "netuid": NETUID, "position_id": 1}
    assert market.refusal(market.alice, "Swap", "remove_liquidity", **args) == "Deprecated"
    assert market.refusal(market.alice, "Swap", "disable_lp") == "Deprecated"


def test_clients_read_prices_and_simulations(market: Chain) -> None:
    def ask(method: str, *args: bytes) -> bytes:
        answer: bytes = market.runtime.call(f"SwapRuntimeApi_{method}", b"".join(args))
        return answer

    netuid, tao = codec(u16).encode(NETUID), codec(u64).encode(10 * TAO)
    assert codec(u64).decode(ask("current_alpha_price", netuid)) == TAO // 2
    bought = codec(SimSwapResult).decode(ask("sim_swap_tao_for_alpha", netuid, tao))
    assert bought.tao_fee == 10 * TAO * 33 // 65_535
    assert bought.tao_amount == 10 * TAO - bought.tao_fee
    assert bought.alpha_amount + bought.alpha_slippage == 20 * TAO
    assert (bought.alpha_fee, bought.tao_slippage) == (0, 0)
    sold = codec(SimSwapResult).decode(ask("sim_swap_alpha_for_tao", netuid, tao))
    assert sold.tao_amount + sold.tao_slippage == 5 * TAO
    assert sold.alpha_amount + sold.alpha_fee == 10 * TAO
    assert not any(codec(SimSwapResult).decode(ask("sim_swap_tao_for_alpha", netuid, b"\xff" * 8)))
    prices = ask("current_alpha_price_all")
    assert prices[0] >> 2 == len(market.runtime.subtensor.networks_added.keys())


def test_fees_paid_in_alpha_take_no_slippage(market: Chain) -> None:
    assert market.runtime.swap.alpha_for_tao(NETUID, TAO) == 2 * TAO
    assert market.runtime.swap.alpha_for_tao(ROOT, TAO) == TAO


def test_a_cleared_pool_is_empty_and_forgotten(market: Chain) -> None:
    swap, sub = market.runtime.swap, market.runtime.subtensor
    swap.buy(NETUID, TAO, MAX_PRICE)
    swap.fee_rate.insert(NETUID, 5)
    swap.clear_protocol_liquidity(NETUID)
    assert (sub.subnet_tao.get(NETUID), sub.subnet_alpha_in.get(NETUID)) == (0, 0)
    assert not swap.pal_swap_initialized.contains(NETUID)
    assert swap.fee_rate.get(NETUID) == 33
