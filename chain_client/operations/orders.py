"""Operations on limit orders: bringing signed ones to the chain, and taking one's own back.

Placing an order sends nothing: it is signed and handed to relayers (``limit_orders``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.limit_orders import LimitOrder, SignedOrder, evm_chain_id, order_status
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["CancelOrder", "ExecuteOrder"]

_PALLET = "LimitOrders"


@operation("order.cancel", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class CancelOrder(Operation):
    """Make sure that an order of one's own is never executed again."""

    order: Annotated[str, Arg("The signed order, as JSON.")]

    @property
    def _order(self) -> LimitOrder:
        return SignedOrder.from_text(self.order).order

    def call(self) -> Call:
        return Call(_PALLET, "cancel_order", {"order": self._order.to_value()})

    def summary(self) -> str:
        return f"cancel the {_shown(self._order)}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        if self._order.signer != signer:
            reason = f"the order is {self._order.signer}'s"
            return refusal("Unauthorized", reason, pallet=_PALLET)
        status = await order_status(chain, self._order.id(chain))
        if status != "open":
            return refusal("OrderAlreadyProcessed", f"the order is {status}", pallet=_PALLET)
        return None


@operation("order.execute", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class ExecuteOrder(Operation):
    """Bring a signed order to the chain, as a relayer. The trade is its signer's."""

    order: Annotated[str, Arg("The signed order, as JSON.")]
    fill: Annotated[int | None, Arg("Fill only so many rao of it now.")] = None

    @property
    def _signed(self) -> SignedOrder:
        return SignedOrder.from_text(self.order)

    def call(self) -> Call:
        args = {"orders": [self._signed.to_value(self.fill)], "should_fail": True}
        return Call(_PALLET, "execute_orders", args)

    def summary(self) -> str:
        return f"execute the {_shown(self._signed.order)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        order, spot = self._signed.order, await self._price(chain)
        return (
            Effect(f"price in subnet {order.netuid}", None, spot),
            Effect("limit", None, Price(order.limit_price, order.netuid)),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        order = self._signed.order
        (enabled, now), chain_id = await asyncio.gather(
            chain.query_many([(_PALLET, "LimitOrdersEnabled"), ("Timestamp", "Now")]),
            evm_chain_id(chain),
        )
        found = None
        if not enabled:
            found = ("LimitOrdersDisabled", "limit orders are switched off")
        elif order.chain_id != chain_id:
            found = ("ChainIdMismatch", f"it is for chain {order.chain_id}, not {chain_id}")
        elif not self._signed.genuine(chain):
            found = ("InvalidSignature", f"it is not signed by {order.signer}, as it is now")
        elif (status := await order_status(chain, order.id(chain))) == "fulfilled":
            found = ("OrderAlreadyProcessed", "the order is fulfilled")
        elif status == "cancelled":
            found = ("OrderCancelled", "the order is cancelled")
        elif now > order.expiry:
            found = ("OrderExpired", "the order has expired")
        elif not _met(order, (await self._price(chain)).rao):
            found = ("PriceConditionNotMet", "the price is not on the order's side of its limit")
        elif order.relayers is not None and signer not in order.relayers:
            found = ("RelayerMissMatch", "the order names other relayers")
        else:
            found = self._misfilled(order, status)
        return None if found is None else refusal(*found, pallet=_PALLET)

    def _misfilled(self, order: LimitOrder, status: str) -> tuple[str, str] | None:
        """What is wrong with filling so much of it."""
        filled = int(status.removeprefix("filled ")) if status.startswith("filled ") else 0
        name, left = "IncorrectPartialFillAmount", order.amount - filled
        if self.fill is None:
            reason = f"{filled} rao of it are filled already: fill the {left} that are left"
            return (name, reason) if filled else None
        if order.relayers is None:
            return "RelayerRequiredForPartialFill", "the order names no relayers"
        if not order.partial:
            return "PartialFillsNotEnabled", "the order may be filled as a whole only"
        return None if 0 < self.fill <= left else (name, f"{left} rao of it are left to be filled")

    async def _price(self, chain: ChainClient) -> Price:
        from taokit.chain_client.reads.subnets import price_of

        return await price_of(chain, self._signed.order.netuid)


def _met(order: LimitOrder, price: int) -> bool:
    if order.kind == "take-profit":
        return price >= order.limit_price
    return price <= order.limit_price


def _shown(order: LimitOrder) -> str:
    price = Price(order.limit_price, order.netuid)
    return f"{order.kind} order of {order.signer} in subnet {order.netuid} at {price}"
