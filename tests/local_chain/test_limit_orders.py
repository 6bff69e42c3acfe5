"""LimitOrders on real markets, by the expectations of the runtime's own tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chain_under_test import Chain
from economy import TAO, add_hotkey, add_subnet, fund, give_stake, key, stake

from taokit.local_chain.evm_chain_id import LOCALNET
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.pallets import limit_order_batch
from taokit.local_chain.pallets.limit_order_types import (
    Order,
    OrderSide,
    OrderStatus,
    OrderType,
    SignedOrder,
    VersionedOrder,
    encoded,
    order_id,
)
from taokit.local_chain.pallets.limit_orders import LimitOrders
from taokit.wallet.keypair import Keypair

NETUID, OTHER = 2, 3
U64_MAX = 2**64 - 1
USERS = {name: Keypair.from_uri(f"//{name}") for name in ("Alice", "Bob", "Charlie")}
ALICE, BOB, CHARLIE = (bytes(pair.public_key) for pair in USERS.values())
RELAYER, STRANGER, HOT, COLLECTOR, OTHER_COLLECTOR = (key(n) for n in (301, 302, 303, 304, 305))
BUY, PROFIT, STOP = OrderType.LimitBuy, OrderType.TakeProfit, OrderType.StopLoss
ONE_PERCENT = 10_000_000
PALLET = "LimitOrders"


@pytest.fixture
def market(chain: Chain) -> Chain:
    """A market at 2 TAO per alpha; three users with 100 TAO and 100 alpha."""
    for netuid in (NETUID, OTHER):
        add_subnet(chain, netuid, tao=200_000 * TAO, alpha=100_000 * TAO)
    for who in (COLLECTOR, OTHER_COLLECTOR):
        fund(chain, who, TAO)
    add_hotkey(chain, HOT, key(999))
    chain.begin_block()
    chain.runtime.subtensor.subnet_alpha_out.insert(NETUID, 1_000 * TAO)
    for who in (ALICE, BOB, CHARLIE):
        balances = chain.runtime.balances
        balances.withdraw(who, balances.free(who) - 500, keep_alive=True)
        fund(chain, who, 100 * TAO)
        give_stake(chain, HOT, who, NETUID, 100 * TAO)
    chain.runtime.events.clear()
    return chain


def sign(who: str, order: Order, part: int | None = None) -> SignedOrder:
    versioned = VersionedOrder.V1(order)
    signature = MultiSignature.Sr25519(USERS[who].sign(encoded(versioned)))
    return SignedOrder(versioned, signature, part)


def order(
    who: str, kind: OrderType, amount: int, *, part: int | None = None, **changes: Any
) -> SignedOrder:
    made = Order(
        signer=bytes(USERS[who].public_key),
        hotkey=HOT,
        netuid=NETUID,
        order_type=kind,
        amount=amount,
        limit_price=0 if kind == PROFIT else U64_MAX,
        expiry=U64_MAX,
        fee_rate=0,
        fee_recipient=COLLECTOR,
        relayer=None,
        max_slippage=None,
        chain_id=LOCALNET,
        partial_fills_enabled=False,
    )
    return sign(who, made.replace(**changes), part)


def parts(who: str, kind: OrderType, amount: int, part: int | None, **changes: Any) -> SignedOrder:
    return order(
        who, kind, amount, part=part, relayer=[RELAYER], partial_fills_enabled=True, **changes
    )


def execute(chain: Chain, *orders: SignedOrder, should_fail: bool = False) -> None:
    chain.call(RELAYER, PALLET, "execute_orders", orders=list(orders), should_fail=should_fail)


def batch(chain: Chain, *orders: SignedOrder, netuid: int = NETUID) -> None:
    chain.call(RELAYER, PALLET, "execute_batched_orders", netuid=netuid, orders=list(orders))


def batch_refusal(chain: Chain, *orders: SignedOrder, netuid: int = NETUID) -> str:
    return chain.refusal(
        RELAYER, PALLET, "execute_batched_orders", netuid=netuid, orders=list(orders)
    )


def status(chain: Chain, signed: SignedOrder) -> OrderStatus | None:
    return chain.runtime.limit_orders.orders.get(order_id(signed.order))


def tao(chain: Chain, who: bytes) -> int:
    return int(chain.runtime.balances.free(who))


def alpha(chain: Chain, who: bytes) -> int:
    return stake(chain, HOT, who, NETUID)


def skipped(chain: Chain) -> list[str]:
    found = []
    for _, reason in chain.events("LimitOrders.OrderSkipped"):
        assert isinstance(reason, DispatchError)
        found.append(reason.name)
    return found


# -- cancelling and switching ----------------------------------------------------------------------


def test_genesis_switches_orders_on_and_owns_the_hotkey(chain: Chain) -> None:
    pallet = chain.runtime.limit_orders
    assert pallet.enabled.get()
    account, hotkey = pallet.pair
    assert account == b"modlbt/limit" + bytes(20)
    assert chain.runtime.subtensor.owner.get(hotkey) == account


def test_only_the_signer_cancels_and_only_once(market: Chain) -> None:
    signed = order("Alice", BUY, TAO)
    assert market.refusal(BOB, PALLET, "cancel_order", order=signed.order) == "Unauthorized"
    market.call(ALICE, PALLET, "cancel_order", order=signed.order)
    assert status(market, signed) == OrderStatus.Cancelled()
    assert market.events("LimitOrders.OrderCancelled") == [(order_id(signed.order), ALICE)]
    again = market.refusal(ALICE, PALLET, "cancel_order", order=signed.order)
    assert again == "OrderAlreadyProcessed"
    execute(market, signed)
    assert skipped(market) == ["OrderCancelled"]
    assert batch_refusal(market, signed) == "OrderCancelled"


def test_an_executed_order_cannot_be_cancelled(market: Chain) -> None:
    signed = order("Alice", BUY, TAO)
    execute(market, signed)
    refusal = market.refusal(ALICE, PALLET, "cancel_order", order=signed.order)
    assert refusal == "OrderAlreadyProcessed"


def test_root_switches_orders_off_and_on(market: Chain) -> None:
    assert market.refusal(ALICE, PALLET, "set_pallet_status", enabled=False) == "BadOrigin"
    market.call(None, PALLET, "set_pallet_status", enabled=False)
    refusal = market.refusal(RELAYER, PALLET, "execute_orders", orders=[], should_fail=False)
    assert refusal == "LimitOrdersDisabled"
    assert batch_refusal(market) == "LimitOrdersDisabled"
    market.call(None, PALLET, "set_pallet_status", enabled=True)
    assert market.events("LimitOrders.LimitOrdersPalletStatusChanged") == [(False,), (True,)]
    _, hotkey = market.runtime.limit_orders.pair
    market.runtime.subtensor.owner.insert(hotkey, STRANGER)
    refusal = market.refusal(None, PALLET, "set_pallet_status", enabled=True)
    assert refusal == "PalletHotkeyNotRegistered"


def test_orders_are_executed_by_signed_calls_only(market: Chain) -> None:
    refusal = market.refusal(None, PALLET, "execute_orders", orders=[], should_fail=False)
    assert refusal == "BadOrigin"
    refusal = market.refusal(None, PALLET, "execute_batched_orders", netuid=NETUID, orders=[])
    assert refusal == "BadOrigin"


# -- which orders may be executed ------------------------------------------------------------------


def _spoiled(signed: SignedOrder) -> SignedOrder:
    return signed.replace(signature=MultiSignature.Sr25519(bytes(64)))


def _ed25519(signed: SignedOrder) -> SignedOrder:
    return signed.replace(signature=MultiSignature.Ed25519(signed.signature.value))


PRICE = 2 * TAO
REFUSED: dict[str, tuple[Callable[[], SignedOrder], str]] = {
    "root": (lambda: order("Alice", BUY, TAO, netuid=0), "RootNetUidNotAllowed"),
    "another chain": (lambda: order("Alice", BUY, TAO, chain_id=945), "ChainIdMismatch"),
    "no signature": (lambda: _spoiled(order("Alice", BUY, TAO)), "InvalidSignature"),
    "another scheme": (lambda: _ed25519(order("Alice", BUY, TAO)), "InvalidSignature"),
    "expired": (lambda: order("Alice", BUY, TAO, expiry=1), "OrderExpired"),
    "too dear to buy": (
        lambda: order("Alice", BUY, TAO, limit_price=PRICE - 1),
        "PriceConditionNotMet",
    ),
    "too cheap to profit": (
        lambda: order("Alice", PROFIT, TAO, limit_price=PRICE + TAO),
        "PriceConditionNotMet",
    ),
    "too dear to stop": (
        lambda: order("Alice", STOP, TAO, limit_price=PRICE - 1),
        "PriceConditionNotMet",
    ),
    "another relayer": (lambda: order("Alice", BUY, TAO, relayer=[STRANGER]), "RelayerMissMatch"),
    "a part without relayer": (
        lambda: order("Alice", BUY, TAO, part=1, partial_fills_enabled=True),
        "RelayerRequiredForPartialFill",
    ),
    "a part of a whole": (
        lambda: order("Alice", BUY, TAO, part=1, relayer=[RELAYER]),
        "PartialFillsNotEnabled",
    ),
    "no part": (lambda: parts("Alice", BUY, TAO, 0), "IncorrectPartialFillAmount"),
    "too large a part": (lambda: parts("Alice", BUY, TAO, TAO + 1), "IncorrectPartialFillAmount"),
}


@pytest.mark.parametrize(("make", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_an_order_that_may_not_be_executed_is_skipped_or_ends_the_batch(
    market: Chain, make: Callable[[], SignedOrder], error: str
) -> None:
    refused, good = make(), order("Bob", BUY, TAO)
    before = tao(market, ALICE)
    execute(market, refused, good)
    assert skipped(market) == [error]
    assert (status(market, refused), tao(market, ALICE)) == (None, before)
    assert status(market, good) == OrderStatus.Fulfilled()
    last = order("Charlie", BUY, TAO)
    refusal = market.refusal(
        RELAYER, PALLET, "execute_orders", orders=[last, refused], should_fail=True
    )
    assert refusal == error
    assert (status(market, last), tao(market, CHARLIE)) == (None, 100 * TAO + 500)
    expected = "OrderNetUidMismatch" if error == "RootNetUidNotAllowed" else error
    assert batch_refusal(market, last, refused) == expected
    assert status(market, last) is None


@pytest.mark.parametrize("kind", [BUY, STOP, PROFIT])
def test_a_price_at_the_limit_is_good_enough(market: Chain, kind: OrderType) -> None:
    execute(market, order("Alice", kind, TAO, limit_price=PRICE))
    assert len(market.events("LimitOrders.OrderExecuted")) == 1


def test_an_order_is_executed_once(market: Chain) -> None:
    signed = order("Alice", BUY, TAO)
    execute(market, signed, signed)
    assert skipped(market) == ["OrderAlreadyProcessed"]
    assert batch_refusal(market, signed) == "OrderAlreadyProcessed"


def test_a_limit_below_one_tao_is_compared_in_rao(chain: Chain) -> None:
    add_subnet(chain, NETUID, tao=50_000 * TAO, alpha=100_000 * TAO)
    chain.begin_block()
    pallet, price = chain.runtime.limit_orders, chain.runtime.swap.price(NETUID)
    met = order("Alice", PROFIT, TAO, limit_price=TAO // 2)
    pallet.check(order_id(met.order), met, price, RELAYER)
    missed = order("Alice", PROFIT, TAO, limit_price=TAO // 2 + 1)
    with pytest.raises(LimitOrders.Error.PriceConditionNotMet):
        pallet.check(order_id(missed.order), missed, price, RELAYER)


# -- one by one ------------------------------------------------------------------------------------


def test_a_buy_pays_its_fee_and_stakes_the_rest(market: Chain) -> None:
    signed = order("Alice", BUY, 10 * TAO, fee_rate=ONE_PERCENT)
    execute(market, signed)
    fee, traded = TAO // 10, 10 * TAO - TAO // 10
    got = alpha(market, ALICE) - 100 * TAO
    assert 0.99 * traded / 2 < got < traded / 2
    assert tao(market, ALICE) == 90 * TAO + 500
    assert tao(market, COLLECTOR) == TAO + fee
    assert market.events("LimitOrders.OrderExecuted") == [
        (order_id(signed.order), ALICE, NETUID, BUY, traded, got)
    ]


@pytest.mark.parametrize("kind", [PROFIT, STOP])
def test_a_sale_pays_its_fee_out_of_what_it_brings(market: Chain, kind: OrderType) -> None:
    signed = order("Alice", kind, 10 * TAO, fee_rate=ONE_PERCENT)
    execute(market, signed)
    ((_, _, brought, *_),) = market.events("SubtensorModule.StakeRemoved")
    fee = brought // 100
    assert alpha(market, ALICE) == 90 * TAO
    assert tao(market, ALICE) == 100 * TAO + 500 + brought - fee
    assert tao(market, COLLECTOR) == TAO + fee
    ((*_, given, got),) = market.events("LimitOrders.OrderExecuted")
    assert (given, got) == (10 * TAO, brought - fee)


def test_an_order_whose_fee_cannot_be_paid_leaves_no_trace(market: Chain) -> None:
    signed = order("Alice", BUY, 100 * TAO, fee_rate=ONE_PERCENT)
    market.runtime.balances.withdraw(ALICE, TAO, keep_alive=True)
    execute(market, signed)
    assert len(skipped(market)) == 1
    assert (alpha(market, ALICE), tao(market, ALICE)) == (100 * TAO, 99 * TAO + 500)
    assert status(market, signed) is None


@pytest.mark.parametrize(
    ("kind", "slippage", "limit"),
    [
        (BUY, None, U64_MAX),
        (PROFIT, None, 0),
        (STOP, None, 0),
        (BUY, ONE_PERCENT, 1_010),
        (PROFIT, ONE_PERCENT, 990),
        (STOP, 1_000_000_000, 0),
    ],
)
def test_slippage_widens_the_limit_of_the_swap(
    kind: OrderType, slippage: int | None, limit: int
) -> None:
    signed = order("Alice", kind, TAO, limit_price=1_000, max_slippage=slippage)
    assert isinstance(signed.order, VersionedOrder.V1)
    assert signed.order.order.swap_limit == limit


def test_the_widest_limit_stays_within_u64() -> None:
    signed = order("Alice", BUY, TAO, limit_price=U64_MAX, max_slippage=ONE_PERCENT)
    assert isinstance(signed.order, VersionedOrder.V1)
    assert signed.order.order.swap_limit == U64_MAX


@pytest.mark.parametrize("kind", [BUY, STOP])
def test_what_would_pass_the_limit_is_not_done_in_part(market: Chain, kind: OrderType) -> None:
    signed = order("Alice", kind, 100 * TAO, limit_price=PRICE, max_slippage=1_000)
    execute(market, signed)
    assert skipped(market) == ["SlippageTooHigh"]
    assert status(market, signed) is None
    assert batch_refusal(market, signed) == "SlippageTooHigh"


def test_a_small_buy_and_one_without_hotkey_or_money_are_skipped(market: Chain) -> None:
    execute(
        market,
        order("Alice", BUY, 1_000),
        order("Alice", BUY, TAO, hotkey=STRANGER),
        order("Alice", BUY, 1_000 * TAO),
        order("Alice", PROFIT, 1_000 * TAO),
    )
    assert skipped(market) == [
        "AmountTooLow",
        "HotKeyAccountNotExists",
        "NotEnoughBalanceToStake",
        "NotEnoughStakeToWithdraw",
    ]


def test_parts_add_up_to_the_whole(market: Chain) -> None:
    def fill(part: int | None) -> SignedOrder:
        return parts("Alice", BUY, 10 * TAO, part)

    execute(market, fill(6 * TAO))
    assert status(market, fill(None)) == OrderStatus.PartiallyFilled(6 * TAO)
    execute(market, fill(5 * TAO), fill(None))
    assert skipped(market) == ["IncorrectPartialFillAmount"] * 2
    batch(market, fill(3 * TAO))
    assert status(market, fill(None)) == OrderStatus.PartiallyFilled(9 * TAO)
    execute(market, fill(TAO))
    assert status(market, fill(None)) == OrderStatus.Fulfilled()
    assert tao(market, ALICE) == 90 * TAO + 500


# -- batches ---------------------------------------------------------------------------------------


def summary(chain: Chain) -> tuple[Any, ...]:
    (found,) = chain.events("LimitOrders.GroupExecutionSummary")
    return found


def test_more_buys_than_sales_buy_the_difference(market: Chain) -> None:
    batch(
        market,
        order("Alice", BUY, 10 * TAO),
        order("Bob", BUY, 6 * TAO),
        order("Charlie", PROFIT, 2 * TAO),
    )
    netuid, side, amount, out, count = summary(market)
    assert (netuid, side, amount, count) == (NETUID, OrderSide.Buy, 12 * TAO, 3)
    assert 5.9 * TAO < out < 6 * TAO
    total = out + 2 * TAO
    assert alpha(market, ALICE) == 100 * TAO + total * 10 // 16
    assert alpha(market, BOB) == 100 * TAO + total * 6 // 16
    assert alpha(market, CHARLIE) == 98 * TAO
    assert tao(market, CHARLIE) == 104 * TAO + 500
    executed = market.events("LimitOrders.OrderExecuted")
    assert [(who, given, got) for _, who, _, _, given, got in executed] == [
        (ALICE, 10 * TAO, total * 10 // 16),
        (BOB, 6 * TAO, total * 6 // 16),
        (CHARLIE, 2 * TAO, 4 * TAO),
    ]


def test_more_sales_than_buys_sell_the_difference(market: Chain) -> None:
    batch(
        market,
        order("Alice", BUY, 4 * TAO),
        order("Bob", PROFIT, 3 * TAO),
        order("Charlie", STOP, 2 * TAO),
    )
    _, side, amount, out, count = summary(market)
    assert (side, amount, count) == (OrderSide.Sell, 3 * TAO, 3)
    assert 5.9 * TAO < out < 6 * TAO
    assert alpha(market, ALICE) == 102 * TAO
    total = out + 4 * TAO
    assert tao(market, BOB) == 100 * TAO + 500 + total * 3 // 5
    assert tao(market, CHARLIE) == 100 * TAO + 500 + total * 2 // 5


def test_orders_that_match_never_touch_the_pool(market: Chain) -> None:
    reserves = market.runtime.subtensor.subnet_tao.get(NETUID)
    batch(market, order("Alice", BUY, 4 * TAO), order("Bob", PROFIT, 2 * TAO))
    assert summary(market) == (NETUID, OrderSide.Buy, 0, 0, 2)
    assert market.runtime.subtensor.subnet_tao.get(NETUID) == reserves
    assert alpha(market, ALICE) == 102 * TAO
    assert tao(market, BOB) == 104 * TAO + 500


def test_both_sides_pay_fees_once_to_each_recipient(market: Chain) -> None:
    batch(
        market,
        order("Alice", BUY, 10 * TAO, fee_rate=ONE_PERCENT),
        order("Bob", PROFIT, TAO, fee_rate=ONE_PERCENT),
        order("Charlie", BUY, 10 * TAO, fee_rate=ONE_PERCENT, fee_recipient=OTHER_COLLECTOR),
    )
    assert tao(market, COLLECTOR) == TAO + TAO // 10 + 2 * TAO // 100
    assert tao(market, OTHER_COLLECTOR) == TAO + TAO // 10
    assert tao(market, BOB) == 102 * TAO + 500 - 2 * TAO // 100
    assert summary(market)[2] == 2 * (10 * TAO - TAO // 10) - 2 * TAO
    account = market.runtime.limit_orders.account
    paid = [
        dest
        for source, dest, _ in market.events("Balances.Transfer")
        if source == account and dest in (COLLECTOR, OTHER_COLLECTOR)
    ]
    assert sorted(paid) == sorted([COLLECTOR, OTHER_COLLECTOR])


def test_the_strictest_limit_of_the_larger_side_binds_the_swap(
    market: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    for name in ("buy", "sell"):
        real = getattr(limit_order_batch.order_swaps, name)

        def watched(*args: Any, name: str = name, real: Any = real, check: bool) -> int:
            asked.append((name, args[5]))
            return int(real(*args, check=check))

        monkeypatch.setattr(limit_order_batch.order_swaps, name, watched)
    wide, narrow = ({"max_slippage": slippage * ONE_PERCENT} for slippage in (5, 1))
    batch(
        market,
        order("Alice", BUY, 4 * TAO, limit_price=PRICE, **wide),
        order("Bob", BUY, 4 * TAO, limit_price=PRICE, **narrow),
    )
    batch(
        market,
        order("Alice", PROFIT, 4 * TAO, limit_price=TAO, **wide),
        order("Bob", PROFIT, 4 * TAO, limit_price=TAO, **narrow),
    )
    batch(market, order("Alice", BUY, TAO), order("Bob", BUY, TAO))
    batch(market, order("Alice", PROFIT, TAO), order("Bob", PROFIT, TAO))
    assert asked == [
        ("buy", PRICE * 101 // 100),
        ("sell", TAO * 99 // 100),
        ("buy", U64_MAX),
        ("sell", 0),
    ]


@pytest.mark.parametrize(("kind", "swap"), [(BUY, "buy"), (PROFIT, "sell")])
def test_a_pool_that_gives_nothing_ends_the_batch(
    market: Chain, monkeypatch: pytest.MonkeyPatch, kind: OrderType, swap: str
) -> None:
    monkeypatch.setattr(limit_order_batch.order_swaps, swap, lambda *args, **named: 0)
    signed = order("Alice", kind, TAO)
    assert batch_refusal(market, signed) == "SwapReturnedZero"
    assert (tao(market, ALICE), alpha(market, ALICE)) == (100 * TAO + 500, 100 * TAO)
    assert status(market, signed) is None


@pytest.mark.parametrize(
    ("small", "large"), [((BUY, 1), (BUY, 10 * TAO)), ((PROFIT, TAO), (PROFIT, TAO))]
)
def test_a_share_of_nothing_ends_the_batch(
    market: Chain,
    monkeypatch: pytest.MonkeyPatch,
    small: tuple[OrderType, int],
    large: tuple[OrderType, int],
) -> None:
    swap = "buy" if small[0] == BUY else "sell"
    monkeypatch.setattr(limit_order_batch.order_swaps, swap, lambda *args, **named: 1)
    orders = order("Bob", *large), order("Alice", *small)
    before = [(tao(market, who), alpha(market, who)) for who in (ALICE, BOB)]
    assert batch_refusal(market, *orders) == "ZeroShareInBatch"
    assert [(tao(market, who), alpha(market, who)) for who in (ALICE, BOB)] == before


def test_a_batch_is_of_one_subnet_without_repeats(market: Chain) -> None:
    signed = order("Alice", BUY, TAO)
    assert batch_refusal(market, signed, netuid=OTHER) == "OrderNetUidMismatch"
    assert batch_refusal(market, netuid=0) == "RootNetUidNotAllowed"
    assert batch_refusal(market, signed, signed) == "DuplicateOrderInBatch"
    first, second = (parts("Alice", BUY, 10 * TAO, part) for part in (TAO, 2 * TAO))
    assert batch_refusal(market, first, second) == "DuplicateOrderInBatch"
    batch(market)
    assert not market.events("LimitOrders.GroupExecutionSummary")


def test_a_batch_respects_locks_and_minimum_of_sellers(market: Chain) -> None:
    assert batch_refusal(market, order("Alice", PROFIT, 100)) == "AmountTooLow"
    refusal = batch_refusal(market, order("Alice", PROFIT, 101 * TAO))
    assert refusal in ("NotEnoughStakeToWithdraw", "StakeUnavailable")
    assert batch_refusal(market, order("Alice", BUY, TAO, hotkey=STRANGER)) == (
        "HotKeyAccountNotExists"
    )


def test_tao_that_does_not_fit_as_alpha_is_an_overflow(market: Chain) -> None:
    batch_of_none = limit_order_batch.Batch(market.runtime.limit_orders, NETUID, 1, [], [])
    with pytest.raises(LimitOrders.Error.ArithmeticOverflow):
        batch_of_none.alpha_for(TAO)
    free = limit_order_batch.Batch(market.runtime.limit_orders, NETUID, 0, [], [])
    assert free.alpha_for(TAO) == 0
