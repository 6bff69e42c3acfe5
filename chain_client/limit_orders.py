"""Limit orders: signed off the chain by a coldkey, brought to the chain by whoever relays them.

Owns what an order says, its bytes, its id and its JSON form. Does not own trading (the chain does
that when a relayer brings the order at a price that its limit allows), nor finding a relayer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import account_bytes
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.storage_keys import blake2_256, storage_prefix
from taokit.wallet.signer import signature_from

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.signer import Signer

__all__ = [
    "KINDS",
    "PARTS",
    "LimitOrder",
    "SignedOrder",
    "evm_chain_id",
    "order_status",
    "sign_order",
]

KINDS = {"buy": "LimitBuy", "take-profit": "TakeProfit", "stop-loss": "StopLoss"}
"""What an order does: buy below its limit, sell above it, sell below it."""

_FIRST_NUMBER = 1 << 56
"""Above every nonce: what orders are counted under where spending is limited."""

PARTS = 10**9
"""A share is counted in parts of this (the chain's ``Perbill``)."""


@dataclass(frozen=True)
class LimitOrder:
    """What the coldkey signs. Amounts and prices are rao, times ms since 1970, shares of ``PARTS``.

    ``amount`` is TAO to buy with, or alpha to sell. ``relayers`` may alone bring it; None is
    anybody. ``slippage`` is how far beyond the limit the trade itself may move the price.
    """

    signer: str
    hotkey: str
    netuid: int
    kind: str
    amount: int
    limit_price: int
    expiry: int
    chain_id: int
    fee_rate: int = 0
    fee_recipient: str = ""
    relayers: tuple[str, ...] | None = None
    slippage: int | None = None
    partial: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidArgument("kind", self.kind, ", ".join(KINDS))
        if self.amount <= 0:
            raise InvalidArgument("amount", self.amount, "more than zero")
        if self.netuid == 0:
            raise InvalidArgument("netuid", 0, "subnet 0 has no market for orders")
        if self.partial and not self.relayers:
            raise InvalidArgument("partial", True, "an order filled in parts names its relayers")

    def to_value(self) -> dict[str, Any]:
        """As the chain has it (``VersionedOrder``)."""
        order = {
            "signer": self.signer,
            "hotkey": self.hotkey,
            "netuid": self.netuid,
            "order_type": KINDS[self.kind],
            "amount": self.amount,
            "limit_price": self.limit_price,
            "expiry": self.expiry,
            "fee_rate": self.fee_rate,
            "fee_recipient": self.fee_recipient or self.signer,
            "relayer": None if self.relayers is None else list(self.relayers),
            "max_slippage": self.slippage,
            "chain_id": self.chain_id,
            "partial_fills_enabled": self.partial,
        }
        return {"V1": order}

    def trade(self) -> Call:
        """The call that does what filling the whole order does."""
        args = {"hotkey": self.hotkey, "netuid": self.netuid}
        limits = {"limit_price": self.limit_price, "allow_partial": self.partial}
        if KINDS[self.kind] == "LimitBuy":
            args |= {"amount_staked": self.amount}
            return Call("SubtensorModule", "add_stake_limit", {**args, **limits})
        args |= {"amount_unstaked": self.amount}
        return Call("SubtensorModule", "remove_stake_limit", {**args, **limits})

    def encoded(self, chain: ChainClient) -> bytes:
        """The bytes that are signed."""
        call = chain.encode_call(Call("LimitOrders", "cancel_order", {"order": self.to_value()}))
        return call[2:]  # after the numbers of pallet and call

    def id(self, chain: ChainClient) -> str:
        """The hash that names the order, ``0x`` hex."""
        return "0x" + blake2_256(self.encoded(chain)).hex()


@dataclass(frozen=True)
class SignedOrder:
    """An order with the signature of its coldkey, ``0x`` hex."""

    order: LimitOrder
    signature: str

    def to_value(self, fill: int | None = None) -> dict[str, Any]:
        """As the chain has it; ``fill`` is how much of it to fill now, None for all."""
        signature = {"Sr25519": bytes.fromhex(self.signature.removeprefix("0x"))}
        return {"order": self.order.to_value(), "signature": signature, "partial_fill": fill}

    def genuine(self, chain: ChainClient) -> bool:
        """Whether the order's own coldkey has signed just this order."""
        from taokit.wallet import CryptoType
        from taokit.wallet.schemes import verify

        try:
            signature = bytes.fromhex(self.signature.removeprefix("0x"))
        except ValueError:
            return False
        signer = account_bytes(self.order.signer)
        return verify(CryptoType.SR25519, signer, self.order.encoded(chain), signature)

    def to_text(self) -> str:
        """One line of JSON, to hand to a relayer."""
        fields = dict(vars(self.order))
        fields["relayers"] = None if self.order.relayers is None else list(self.order.relayers)
        return json.dumps({"order": fields, "signature": self.signature})

    @classmethod
    def from_text(cls, text: str) -> SignedOrder:
        """Read :meth:`to_text`. Raises :class:`InvalidArgument`."""
        try:
            found = json.loads(text)
            fields = dict(found["order"])
            if fields.get("relayers") is not None:
                fields["relayers"] = tuple(fields["relayers"])
            return cls(LimitOrder(**fields), str(found["signature"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidArgument("order", text[:60], f"not a signed order: {error}") from error


async def sign_order(chain: ChainClient, order: LimitOrder, signer: Signer) -> SignedOrder:
    """Sign an order. Raises :class:`InvalidArgument` for a key that the chain does not take."""
    if signer.crypto_type != 1:
        raise InvalidArgument("signer", signer.ss58_address, "orders take sr25519 keys only")
    if chain.guard is not None:
        # An order counts as what filling it does; its number, as the nonce that it does not have.
        number = _FIRST_NUMBER + int(order.id(chain)[2:14], 16)
        trade = chain.encode_call(order.trade())
        await chain.guard.admit(chain, trade, signer.ss58_address, nonce=number, tip=0)
    signature = await signature_from(signer, order.encoded(chain))
    return SignedOrder(order, "0x" + signature.hex())


async def evm_chain_id(chain: ChainClient) -> int:
    """The number that orders name their chain by.

    Read by its bare key: a chain without Ethereum's pallets has the number all the same.
    """
    key = "0x" + storage_prefix("EVMChainId", "ChainId").hex()
    found = await chain.transport.send("state_getStorage", [key])
    return int.from_bytes(bytes.fromhex(str(found or "0x")[2:]), "little")


async def order_status(chain: ChainClient, order_id: str) -> str:
    """``open``, ``fulfilled``, ``cancelled``, or ``filled N`` (rao) of an order in parts."""
    found = await chain.query("LimitOrders", "Orders", bytes.fromhex(order_id.removeprefix("0x")))
    if found is None:
        return "open"
    if isinstance(found, dict):
        ((_, filled),) = found.items()
        return f"filled {filled}"
    return str(found).lower()
