"""Limit orders as the runtime's own tests have them (`pallets/limit-orders/src/tests`).

Their mock of the pool gives what a test says; here too, where a vector has a `pool`, and otherwise
the market is real. A unit of their amounts is 0.01 TAO, which the real least stake allows.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import TAO, add_hotkey, add_subnet, fund, give_stake, key, stake
from vector_files import load

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.evm_chain_id import LOCALNET
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.pallets.limit_order_batch import Batch, Entry, Trade
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
from taokit.local_chain.pallets.subtensor import order_swaps
from taokit.wallet.keypair import Keypair

VECTORS = load("limit_orders")
NETUID = 2
SIGNERS = ("Alice", "Bob", "Charlie", "Dave", "Eve")
PAIRS = {name: Keypair.from_uri(f"//{name} of orders") for name in SIGNERS}
OTHERS = {"Fees": key(401), "Others": key(402), "Nobody": key(403)}
HOT, STRANGER = key(404), key(405)
PALLET = "LimitOrders"


def who(name: str | None) -> bytes | None:
    if name is None:
        return None
    return OTHERS[name] if name in OTHERS else bytes(PAIRS[name].public_key)


def signed(said: dict[str, Any]) -> SignedOrder:
    """An order as the file has it."""
    order = VersionedOrder.V1(
        Order(
            signer=who(said["who"]),
            hotkey=HOT,
            netuid=said.get("netuid", NETUID),
            order_type=getattr(OrderType, said["kind"]),
            amount=said["amount"],
            limit_price=said["limit"],
            expiry=said.get("expiry", 2**64 - 1),
            fee_rate=said.get("fee", 0),
            fee_recipient=who(said.get("to", "Fees")),
            relayer=[who(name) for name in said["relayers"]] if "relayers" in said else None,
            max_slippage=said.get("slippage"),
            chain_id=said.get("chain", LOCALNET),
            partial_fills_enabled=said.get("partial", False),
        )
    )
    signer = said.get("sign", said["who"])
    value = PAIRS[signer if signer in PAIRS else said["who"]].sign(encoded(order))
    scheme = MultiSignature.Ed25519 if signer == "ed25519" else MultiSignature.Sr25519
    return SignedOrder(order, scheme(value), said.get("part"))


def status_of(said: Any) -> OrderStatus | None:
    if said is None:
        return None
    if isinstance(said, int):
        return OrderStatus.PartiallyFilled(said)
    return getattr(OrderStatus, str(said))()  # type: ignore[no-any-return]


class Market:
    """A subnet at a price, and a pool that gives what it is told to."""

    def __init__(self, chain: Chain, vector: dict[str, Any]) -> None:
        self.chain = chain
        self.pool = list(vector.get("pool", []))
        self.limits: list[int] = []
        self.swapped: list[int] = []
        price = vector.get("price", 1)
        for netuid in (NETUID, 3):
            alpha = 100_000 * TAO
            add_subnet(chain, netuid, tao=round(alpha * price), alpha=alpha)
            chain.runtime.subtensor.subnet_alpha_out.insert(netuid, alpha)
        add_hotkey(chain, HOT, key(999))
        chain.begin_block()
        chain.runtime.timestamp.now.put(vector.get("now", 1_000_000))
        for name, (tao, alpha) in vector.get("have", {}).items():
            if tao:
                fund(chain, who(name) or b"", tao)
            if alpha:
                give_stake(chain, HOT, who(name) or b"", NETUID, alpha)

    def buy(self, sub: Any, coldkey: bytes, hotkey: bytes, netuid: int, tao: int, limit: int,
            *, check: bool) -> int:  # fmt: skip
        return self._swap(tao, limit, lambda out: self._bought(coldkey, hotkey, tao, out))

    def sell(self, sub: Any, coldkey: bytes, hotkey: bytes, netuid: int, alpha: int, limit: int,
             *, check: bool) -> int:  # fmt: skip
        return self._swap(alpha, limit, lambda out: self._sold(coldkey, hotkey, alpha, out))

    def _swap(self, amount: int, limit: int, settle: Any) -> int:
        self.limits.append(limit)
        self.swapped.append(amount)
        out = self.pool.pop(0)
        settle(out)
        return int(out)

    def _bought(self, coldkey: bytes, hotkey: bytes, tao: int, out: int) -> None:
        self.chain.runtime.balances.withdraw(coldkey, tao, keep_alive=False)
        if out:
            give_stake(self.chain, hotkey, coldkey, NETUID, out)

    def _sold(self, coldkey: bytes, hotkey: bytes, alpha: int, out: int) -> None:
        from taokit.local_chain.pallets.subtensor import shares

        shares.decrease_stake(self.chain.runtime.subtensor, hotkey, coldkey, NETUID, alpha)
        if out:
            fund(self.chain, coldkey, out)


def make_call(chain: Chain, vector: dict[str, Any], orders: list[SignedOrder]) -> None:
    mode = vector["mode"]
    if mode == "cancel":
        chain.call(who(vector["by"]), PALLET, "cancel_order", order=orders[0].order)
        return
    relayer = who(vector["relayer"]) if "relayer" in vector else STRANGER
    if mode == "batch":
        chain.call(relayer, PALLET, "execute_batched_orders", netuid=NETUID, orders=orders)
        return
    chain.call(relayer, PALLET, "execute_orders", orders=orders, should_fail=mode == "all")


def is_error(name: str, expected: Any) -> bool:
    return isinstance(expected, dict) or name in expected.split("|")


ORDERS = VECTORS["orders"]


@pytest.mark.parametrize("vector", ORDERS, ids=[v["source"] for v in ORDERS])
def test_orders_do_what_the_runtimes_tests_expect(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, vector: dict[str, Any]
) -> None:
    market = Market(chain, vector)
    if "pool" in vector:
        monkeypatch.setattr(order_swaps, "buy", market.buy)
        monkeypatch.setattr(order_swaps, "sell", market.sell)
    pallet = chain.runtime.limit_orders
    pallet.enabled.put(vector.get("enabled", True))
    orders = [signed(said) for said in vector["orders"]]
    names = [order_id(one.order) for one in orders]
    for name, before in zip(names, vector.get("before", [])):
        pallet.orders.insert(name, status_of(before))
    chain.runtime.events.clear()
    if "error" in vector:
        with pytest.raises(DispatchError) as caught:
            make_call(chain, vector, orders)
        assert is_error(caught.value.name, vector["error"]), caught.value.name
    else:
        make_call(chain, vector, orders)
    assert [pallet.orders.get(name) for name in names] == list(map(status_of, vector["status"]))
    skipped = [reason.name for _, reason in chain.events("LimitOrders.OrderSkipped")]
    expected = vector.get("skipped", [])
    assert len(skipped) == len(expected)
    assert all(map(is_error, skipped, expected)), skipped
    for name, rao in vector.get("tao", {}).items():
        assert chain.runtime.balances.free(who(name)) == rao, name
    for name, rao in vector.get("alpha", {}).items():
        assert stake(chain, HOT, who(name) or b"", NETUID) == rao, name
    assert market.limits == vector.get("limits", market.limits)
    assert market.swapped == vector.get("swapped", market.swapped)
    executed = [list(event[-2:]) for event in chain.events("LimitOrders.OrderExecuted")]
    assert executed == vector.get("executed", executed)
    if "summary" in vector:
        ((netuid, side, *rest),) = chain.events("LimitOrders.GroupExecutionSummary")
        assert (netuid, side) == (NETUID, getattr(OrderSide, vector["summary"][0]))
        assert rest == vector["summary"][1:]
    if "fee_transfers" in vector:
        paid = [to for _, to, _ in chain.events("Balances.Transfer") if to in OTHERS.values()]
        assert len(paid) == vector["fee_transfers"]


# -- arithmetic --------------------------------------------------------------------------------


def of(name: str) -> Any:
    rows = VECTORS[name]
    return pytest.mark.parametrize("row", rows, ids=[row["source"] for row in rows])


def an_order(kind: str, amount: int, **changes: Any) -> SignedOrder:
    said = {"who": "Alice", "kind": kind, "amount": amount, "limit": 0, **changes}
    return signed(said)


@of("swap_limits")
def test_the_limit_of_the_swap(row: dict[str, Any]) -> None:
    kind = "LimitBuy" if row["buys"] else "TakeProfit"
    order = an_order(kind, 1, limit=row["limit"], slippage=row["slippage"]).order
    assert isinstance(order, VersionedOrder.V1)
    assert order.order.swap_limit == row["expected"]


@of("status")
def test_how_far_an_order_got(chain: Chain, row: dict[str, Any]) -> None:
    pallet = chain.runtime.limit_orders
    one = an_order("LimitBuy", row["amount"])
    name = order_id(one.order)
    if row["before"] is not None:
        pallet.orders.insert(name, status_of(row["before"]))
    entry = Entry(name, one.order.order, row["amount"], row["amount"], row["part"])
    assert pallet.status_after(entry) == status_of(row["expected"])


class Shares:
    """A batch whose totals are given, and whose transfers go to a list."""

    def __init__(self, chain: Chain, monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]) -> None:
        self.got: list[int] = []
        kind = "LimitBuy" if "alpha_in" in row else "TakeProfit"
        entries = []
        for number, net in enumerate(row["nets"]):
            order = an_order(kind, net, expiry=number, fee=row.get("fee", 0)).order
            entries.append(Entry(bytes([number]) * 32, order.order, net, net, None))
        buys, sells = (entries, []) if "alpha_in" in row else ([], entries)
        price = U64F64.from_int(row["price"])
        self.batch = Batch(chain.runtime.limit_orders, NETUID, price, buys, sells)
        monkeypatch.setattr(
            order_swaps, "transfer_stake", lambda *args, **kwargs: self.got.append(args[-1])
        )
        monkeypatch.setattr(
            chain.runtime.limit_orders, "transfer", lambda *args: self.got.append(args[-1])
        )


@of("alpha_shares")
def test_shares_of_buyers(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]
) -> None:
    shares = Shares(chain, monkeypatch, row)
    side = getattr(OrderSide, row["side"])
    shares.batch._give_alpha(Trade(sum(row["nets"]), row["alpha_in"], 0, side, 0, row["out"]))
    assert shares.got == row["shares"]
    if row["dust"] is not None:
        assert row["out"] + row["alpha_in"] - sum(shares.got) == row["dust"]


@of("tao_shares")
def test_shares_of_sellers(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]
) -> None:
    shares = Shares(chain, monkeypatch, row)
    side, alpha = getattr(OrderSide, row["side"]), sum(row["nets"])
    worth = shares.batch.worth(alpha)
    fees = shares.batch._give_tao(Trade(row["tao_in"], alpha, worth, side, 0, row["out"]))
    assert shares.got == row["shares"]
    assert sum(fees.values()) == row["fees"]
