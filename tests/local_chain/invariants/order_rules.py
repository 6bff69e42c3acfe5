"""Random limit orders, signed by development keys and sent by others."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from random_operations import (
    SIGNERS,
    U64_MAX,
    Operations,
    Way,
    amounts,
    booleans,
    picks,
    prices,
    signers,
    ways,
)
from random_world import named

from taokit.local_chain.evm_chain_id import LOCALNET
from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.pallets.limit_order_types import (
    Order,
    OrderType,
    SignedOrder,
    VersionedOrder,
    encoded,
)
from taokit.wallet.keypair import Keypair

TRADERS = [Keypair.from_uri("//Charlie"), Keypair.from_uri("//Dave")]
ORDER_TYPES = [OrderType.LimitBuy, OrderType.TakeProfit, OrderType.StopLoss]
Wish = tuple[int, int, int | str, int, int, int | None]
wishes = st.tuples(
    st.integers(0, 1),
    st.sampled_from([0, 0, 1, 2]),
    amounts,
    st.sampled_from([0, U64_MAX, 10**9]) | prices,
    st.sampled_from([0, 10_000_000, 10**9]),
    st.none() | st.sampled_from([1, 10**6, 10**9]),
)


class OrderRules(Operations):
    """What traders sign, and relayers send."""

    def order(self, wish: Wish, hotkey: bytes, netuid: int, relayer: bytes) -> SignedOrder:
        """A signed order; a part of it, if one is wished for."""
        trader, kind, amount, price, fee_rate, part = wish
        key = TRADERS[trader]
        signer = bytes(key.public_key)
        buys = kind == 0
        there = self.tao(signer, amount) if buys else self.alpha(hotkey, signer, netuid, amount)
        order = VersionedOrder.V1(
            Order(
                signer=signer,
                hotkey=hotkey,
                netuid=netuid,
                order_type=ORDER_TYPES[kind],
                amount=there,
                limit_price=price,
                expiry=U64_MAX,
                fee_rate=fee_rate,
                fee_recipient=named("fees of orders") if trader else SIGNERS[1],
                relayer=None if part is None else [relayer],
                max_slippage=None,
                chain_id=LOCALNET,
                partial_fills_enabled=part is not None,
            )
        )
        signature = MultiSignature.Sr25519(key.sign(encoded(order)))
        return SignedOrder(order, signature, part)

    @rule(way=ways, who=picks, hot=picks, net=picks, amount=amounts)
    def trader_stakes(self, way: Way, who: int, hot: int, net: int, amount: int | str) -> None:
        signer = bytes(TRADERS[who % 2].public_key)
        args = (self.hotkey(hot), self.netuid(net), self.tao(signer, amount))
        self.stake_call(way, signer, "add_stake", *args)

    @rule(
        way=ways,
        who=signers,
        hot=picks,
        net=picks,
        wanted=st.lists(wishes, min_size=1, max_size=4),
        batched=booleans,
        should_fail=booleans,
    )
    def execute_orders(
        self,
        way: Way,
        who: int,
        hot: int,
        net: int,
        wanted: list[Wish],
        batched: bool,
        should_fail: bool,
    ) -> None:
        relayer, hotkey, netuid = SIGNERS[who], self.hotkey(hot), self.netuid(net)
        orders = [self.order(wish, hotkey, netuid, relayer) for wish in wanted]
        if batched:
            self.send(way, relayer, "LimitOrders", "execute_batched_orders", netuid, orders)
        else:
            self.send(way, relayer, "LimitOrders", "execute_orders", orders, should_fail)
