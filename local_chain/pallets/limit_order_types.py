"""Limit orders: what users sign off the chain, what relayers bring, and how far an order got.

Owns the types of the LimitOrders pallet and the arithmetic of a single order. Source: Subtensor
`pallets/limit-orders`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal

from taokit.chain_client.scale import (
    AccountId,
    Bool,
    BoundedVec,
    Enum,
    NewType,
    Option,
    Struct,
    UnitEnum,
    Variant,
    codec,
    u32,
    u64,
)
from taokit.local_chain.arithmetic.per_thing import PERBILL_ONE, mul_floor
from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.pallets.subtensor.types import NetUid

U64_MAX = 2**64 - 1
_ACCOUNT = {"AccountId": AccountId}
Perbill = Annotated[int, NewType("Perbill", u32, path="sp_arithmetic::per_things::Perbill")]
if TYPE_CHECKING:
    Relayers = list[bytes]
else:
    Relayers = BoundedVec[AccountId, Literal[10]]


class OrderSide(UnitEnum, path="pallet_limit_orders::OrderSide"):
    """The direction of a batch's trade with the pool."""

    Buy = 0
    Sell = 1


class OrderType(UnitEnum, path="pallet_limit_orders::OrderType"):
    """Buy or sell, and on which side of the limit the price must be."""

    LimitBuy = 0
    TakeProfit = 1
    StopLoss = 2


class Order(Struct, path="pallet_limit_orders::Order", params=_ACCOUNT):
    """What a user signs.

    `amount` is TAO to buy with or alpha to sell (rao), prices are rao of TAO per alpha, `expiry` is
    in milliseconds since 1970.
    """

    signer: AccountId
    hotkey: AccountId
    netuid: NetUid
    order_type: OrderType
    amount: u64
    limit_price: u64
    expiry: u64
    fee_rate: Perbill
    fee_recipient: AccountId
    relayer: Option[Relayers]
    max_slippage: Option[Perbill]
    chain_id: u64
    partial_fills_enabled: Bool

    @property
    def buys(self) -> bool:
        """Whether TAO goes in and alpha comes out."""
        return self.order_type == OrderType.LimitBuy

    def fee(self, tao: int) -> int:
        """The fee on an amount of TAO (rao)."""
        return mul_floor(self.fee_rate, PERBILL_ONE, tao)

    @property
    def swap_limit(self) -> int:
        """The worst price that the swap may reach; none where the order names no slippage."""
        if self.max_slippage is None:
            return U64_MAX if self.buys else 0
        width = mul_floor(self.max_slippage, PERBILL_ONE, self.limit_price)
        if self.buys:
            return min(self.limit_price + width, U64_MAX)
        return max(self.limit_price - width, 0)


class VersionedOrder(Enum, path="pallet_limit_orders::VersionedOrder", params=_ACCOUNT):
    """An order in the layout that it was signed in."""

    class V1(Variant, index=0, unnamed=True):
        order: Order


class SignedOrder(Struct, path="pallet_limit_orders::SignedOrder", params=_ACCOUNT):
    """An order, its signature, and how much of it to fill now where that is not all."""

    order: VersionedOrder
    signature: MultiSignature
    partial_fill: Option[u64]


class OrderStatus(Enum, path="pallet_limit_orders::OrderStatus"):
    """How far an order got."""

    class Fulfilled(Variant, index=0):
        """All of it was executed."""

    class PartiallyFilled(Variant, index=1, unnamed=True):
        """So much of it was executed."""

        amount: u64

    class Cancelled(Variant, index=2):
        """Its signer took it back."""


def encoded(order: VersionedOrder) -> bytes:
    """The bytes that are signed."""
    return codec(VersionedOrder).encode(order)


def order_id(order: VersionedOrder) -> bytes:
    """The hash that names an order."""
    return hashlib.blake2b(encoded(order), digest_size=32).digest()
