"""A batch of limit orders on one subnet: netted against each other, the rest swapped at once.

Owns the arithmetic and the moves of a batch; which orders may be in it is the pallet's. Everything
passes through the pallet's own account. Source: Subtensor `pallets/limit-orders`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.limit_order_types import U64_MAX, Order, OrderSide
from taokit.local_chain.pallets.subtensor import order_swaps

if TYPE_CHECKING:
    from taokit.local_chain.pallets.limit_orders import LimitOrders

_U64 = 2**64 - 1


class Entry(NamedTuple):
    """An order of a batch: what goes in now (`gross`), and of that what is traded (`net`)."""

    order_id: bytes
    order: Order
    gross: int
    net: int
    partial_fill: int | None

    @property
    def pair(self) -> tuple[bytes, bytes]:
        """Coldkey and hotkey of the order."""
        return self.order.signer, self.order.hotkey


class Trade(NamedTuple):
    """What a batch came to: its totals (rao), and the trade with the pool that they left."""

    tao_in: int
    alpha_in: int
    alpha_worth: int
    side: OrderSide
    amount: int
    out: int


class Batch:
    """The orders of a batch at the price of its beginning (raw U64F64 TAO per alpha)."""

    def __init__(
        self, pallet: LimitOrders, netuid: int, price: int, buys: list[Entry], sells: list[Entry]
    ) -> None:
        self._pallet = pallet
        self._sub = pallet.runtime.subtensor
        self._netuid = netuid
        self._price = price
        self.buys = buys
        self.sells = sells

    def run(self) -> Trade:
        """Collect, trade, distribute, and pay the fees; raises if any part of it cannot be done."""
        self._collect()
        trade = self._trade()
        self._give_alpha(trade)
        fees = self._give_tao(trade)
        for entry in self.buys:
            _add(fees, entry.order.fee_recipient, entry.gross - entry.net)
        for recipient, fee in fees.items():
            self._pallet.pay(self._pallet.account, recipient, fee)
        return trade

    def worth(self, alpha: int) -> int:
        """Alpha in TAO at the batch's price."""
        return U64F64.to_u128(U64F64.saturating_mul(self._price, U64F64.from_int(alpha)))

    def alpha_for(self, tao: int) -> int:
        """TAO in alpha at the batch's price; nothing at a price of zero."""
        if not self._price:
            return 0
        alpha = U64F64.checked_div(U64F64.from_int(tao), self._price)
        if alpha is None:
            raise self._pallet.Error.ArithmeticOverflow
        return U64F64.to_u128(alpha)

    def _collect(self) -> None:
        pallet = self._pallet
        for entry in self.buys:
            pallet.transfer(entry.order.signer, pallet.account, entry.gross)
        for entry in self.sells:
            order_swaps.transfer_stake(
                self._sub, entry.pair, pallet.pair, self._netuid, entry.gross, check_source=True
            )

    def _trade(self) -> Trade:
        tao_in = sum(entry.net for entry in self.buys)
        alpha_in = sum(entry.net for entry in self.sells)
        worth = self.worth(alpha_in)
        if tao_in >= worth:
            limit = min((entry.order.swap_limit for entry in self.buys), default=U64_MAX)
            side, amount = OrderSide.Buy, (tao_in - worth) & _U64
        else:
            limit = max((entry.order.swap_limit for entry in self.sells), default=0)
            amount = max(alpha_in - self.alpha_for(tao_in), 0) & _U64
            side = OrderSide.Sell
        out = 0
        if amount:
            account, hotkey = self._pallet.pair
            swap = order_swaps.buy if side == OrderSide.Buy else order_swaps.sell
            out = swap(self._sub, account, hotkey, self._netuid, amount, limit, check=False)
            ensure(out > 0, self._pallet.Error.SwapReturnedZero)
        return Trade(tao_in, alpha_in, worth, side, amount, out)

    def _give_alpha(self, trade: Trade) -> None:
        """Share what the pool gave and the sellers brought among the buyers."""
        if not self.buys:
            return
        if trade.side == OrderSide.Buy:
            alpha = trade.out + trade.alpha_in
        else:
            alpha = self.alpha_for(trade.tao_in)
        for entry in self.buys:
            share = (alpha * entry.net // trade.tao_in) & _U64 if trade.tao_in else 0
            ensure(share > 0, self._pallet.Error.ZeroShareInBatch)
            order_swaps.transfer_stake(
                self._sub, self._pallet.pair, entry.pair, self._netuid, share, check_dest=True
            )
            self._pallet.note_executed(entry, share)

    def _give_tao(self, trade: Trade) -> dict[bytes, int]:
        """Share what the pool gave and the buyers brought among the sellers; their fees."""
        fees: dict[bytes, int] = {}
        sold = trade.side == OrderSide.Sell
        tao = trade.out + trade.tao_in if sold else trade.alpha_worth
        for entry in self.sells:
            worth, total = self.worth(entry.net), trade.alpha_worth
            gross = (tao * worth // total) & _U64 if total else 0
            fee = entry.order.fee(gross)
            net = max(gross - fee, 0)
            ensure(net > 0, self._pallet.Error.ZeroShareInBatch)
            _add(fees, entry.order.fee_recipient, fee)
            self._pallet.transfer(self._pallet.account, entry.order.signer, net)
            self._pallet.note_executed(entry, net)
        return fees


def _add(fees: dict[bytes, int], recipient: bytes, fee: int) -> None:
    if fee > 0:
        fees[recipient] = min(fees.get(recipient, 0) + fee, _U64)
