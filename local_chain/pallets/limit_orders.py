"""LimitOrders: orders signed off the chain, which relayers bring once the price allows them.

Owns who may execute what and when, and what became of each order. `limit_order_batch` does the
trading of batches. Source: Subtensor `pallets/limit-orders`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from taokit.chain_client.scale import (
    H256,
    AccountId,
    Bool,
    BoundedBytesVec,
    BoundedVec,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.dispatch_error import DispatchErrorType
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.limit_order_batch import Batch, Entry
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
from taokit.local_chain.pallets.subtensor import order_swaps, ownership
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.types import NetUid
from taokit.local_chain.pallets.swap.types import PalletId
from taokit.wallet.schemes import CryptoType, verify

MAX_ORDERS = 100
_PALLET_ID = b"bt/limit"
_ACCOUNT = (b"modl" + _PALLET_ID).ljust(32, b"\0")
_HOTKEY = b"modlbt/lmhky".ljust(32, b"\0")
_PRICE_SCALE = U64F64.from_int(10**9)
if TYPE_CHECKING:
    Orders = list[SignedOrder]
else:
    Orders = BoundedVec[SignedOrder, Literal[MAX_ORDERS]]


def _weight_each(orders: list[SignedOrder], should_fail: bool) -> Weight:
    n = len(orders)
    return weight(
        61_768_457 + 520_180_782 * n, 6_148 + 5_158 * n, reads=17 + 11 * n, writes=10 + 7 * n
    )


def _weight_batch(netuid: int, orders: list[SignedOrder]) -> Weight:
    n = len(orders)
    return weight(
        499_718_496 + 259_134_004 * n, 8_727 + 5_158 * n, reads=25 + 10 * n, writes=15 + 7 * n
    )


class LimitOrders(Pallet, index=32):
    """Limit buys, take profits and stop losses on alpha."""

    max_orders_per_batch = Constant[u32]("MaxOrdersPerBatch", MAX_ORDERS)
    pallet_id = Constant[PalletId]("PalletId", _PALLET_ID)
    pallet_hotkey = Constant[AccountId]("PalletHotkey", AccountId(_HOTKEY))

    orders = StorageMap[H256, OrderStatus]("Orders", Blake2_128Concat, optional=True)
    enabled = StorageValue[Bool]("LimitOrdersEnabled")
    has_migration_run = StorageMap[BoundedBytesVec[Literal[128]], Bool]("HasMigrationRun", Identity)

    account = _ACCOUNT
    pair = (_ACCOUNT, _HOTKEY)

    class Event(Events):
        """What LimitOrders reports."""

        OrderExecuted = event(
            0,
            order_id=H256,
            signer=AccountId,
            netuid=NetUid,
            order_type=OrderType,
            amount_in=u64,
            amount_out=u64,
        )
        OrderSkipped = event(1, order_id=H256, reason=DispatchErrorType)
        OrderCancelled = event(2, order_id=H256, signer=AccountId)
        GroupExecutionSummary = event(
            3, netuid=NetUid, net_side=OrderSide, net_amount=u64, actual_out=u64, executed_count=u32
        )
        LimitOrdersPalletStatusChanged = event(4, enabled=Bool)

    class Error(Errors):
        """Why LimitOrders refuses."""

        InvalidSignature = error(0, "The order is not signed by its signer with sr25519.")
        OrderAlreadyProcessed = error(1, "The order was executed or cancelled before.")
        OrderCancelled = error(2, "The order was cancelled.")
        OrderExpired = error(3, "The order has expired.")
        PriceConditionNotMet = error(4, "The price is not yet on the order's side of its limit.")
        Unauthorized = error(5, "Only the signer of an order may cancel it.")
        SwapReturnedZero = error(6, "The pool gave nothing for the batch.")
        RootNetUidNotAllowed = error(7, "Root has no market for orders.")
        OrderNetUidMismatch = error(8, "An order of the batch is for another subnet.")
        LimitOrdersDisabled = error(9, "Limit orders are switched off.")
        RelayerMissMatch = error(10, "The order names other relayers.")
        PartialFillsNotEnabled = error(11, "The order may only be filled as a whole.")
        IncorrectPartialFillAmount = error(12, "The part is nothing, or more than is left.")
        RelayerRequiredForPartialFill = error(
            13, "An order filled in parts must name its relayers."
        )
        ChainIdMismatch = error(14, "The order was signed for another chain.")
        PalletHotkeyNotRegistered = error(15, "The pallet's hotkey is not the pallet's.")
        ArithmeticOverflow = error(16, "TAO in alpha does not fit the fixed point at this price.")
        DuplicateOrderInBatch = error(17, "An order appears twice in the batch.")
        ZeroShareInBatch = error(18, "An order's share of the batch rounds to nothing.")

    def build_genesis(self) -> None:
        """The pallet owns its hotkey, and orders are on."""
        ownership.create_if_new(self.runtime.subtensor, _ACCOUNT, _HOTKEY)
        self.enabled.put(True)

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=_weight_each)
    def execute_orders(self, origin: Origin, orders: Orders, should_fail: Bool) -> None:
        """Execute orders one by one; those that fail are skipped, or undo all of them."""
        relayer = ensure_signed(origin)
        ensure(self.enabled.get(), self.Error.LimitOrdersDisabled)
        for signed in orders:
            name = order_id(signed.order)
            try:
                with self.runtime.transaction():
                    self._execute(name, signed, relayer)
            except DispatchError as reason:
                if should_fail:
                    raise
                self.deposit(self.Event.OrderSkipped(name, reason))

    @call(1, weight=_weight_batch)
    def execute_batched_orders(self, origin: Origin, netuid: NetUid, orders: Orders) -> None:
        """Execute orders of one subnet against each other and the rest in one swap, or none."""
        relayer = ensure_signed(origin)
        ensure(self.enabled.get(), self.Error.LimitOrdersDisabled)
        ensure(netuid != ROOT, self.Error.RootNetUidNotAllowed)
        price = self.runtime.swap.price(netuid)
        entries = self._entries(netuid, orders, price, relayer)
        if not entries:
            return
        buys = [entry for entry in entries if entry.order.buys]
        sells = [entry for entry in entries if not entry.order.buys]
        trade = Batch(self, netuid, price, buys, sells).run()
        self.deposit(
            self.Event.GroupExecutionSummary(
                netuid, trade.side, trade.amount, trade.out, len(entries)
            )
        )

    @call(2, weight=weight(14_822_000, 3_522, reads=1, writes=1))
    def cancel_order(self, origin: Origin, order: VersionedOrder) -> None:
        """Make sure that an own order is never executed again."""
        who = ensure_signed(origin)
        ensure(_inner(order).signer == who, self.Error.Unauthorized)
        name = order_id(order)
        ensure(not self.orders.contains(name), self.Error.OrderAlreadyProcessed)
        self.orders.insert(name, OrderStatus.Cancelled())
        self.deposit(self.Event.OrderCancelled(name, who))

    @call(3, weight=weight(4_266_000, writes=1))
    def set_pallet_status(self, origin: Origin, enabled: Bool) -> None:
        """Switch limit orders on or off. Root only."""
        ensure_root(origin)
        if enabled:
            owned = ownership.owns(self.runtime.subtensor, _ACCOUNT, _HOTKEY)
            ensure(owned, self.Error.PalletHotkeyNotRegistered)
        self.enabled.put(enabled)
        self.deposit(self.Event.LimitOrdersPalletStatusChanged(enabled))

    # -- one order -----------------------------------------------------------------------

    def check(self, name: bytes, signed: SignedOrder, price: int, relayer: bytes) -> None:
        """Raise unless the order may be executed at this price (raw U64F64) by this relayer."""
        order, error = _inner(signed.order), self.Error
        ensure(order.netuid != ROOT, error.RootNetUidNotAllowed)
        ensure(order.chain_id == self.runtime.evm_chain_id.get(), error.ChainIdMismatch)
        ensure(_is_signed(signed), error.InvalidSignature)
        status = self.orders.get(name)
        ensure(not isinstance(status, OrderStatus.Fulfilled), error.OrderAlreadyProcessed)
        ensure(not isinstance(status, OrderStatus.Cancelled), error.OrderCancelled)
        ensure(self.runtime.timestamp.now.get() <= order.expiry, error.OrderExpired)
        rao = U64F64.to_u64(U64F64.saturating_mul(price, _PRICE_SCALE))
        above = order.order_type == OrderType.TakeProfit
        met = rao >= order.limit_price if above else rao <= order.limit_price
        ensure(met, error.PriceConditionNotMet)
        if order.relayer is not None:
            ensure(relayer in order.relayer, error.RelayerMissMatch)
        part, filled = signed.partial_fill, _filled(status)
        if part is None:
            ensure(filled is None, error.IncorrectPartialFillAmount)
            return
        ensure(order.relayer is not None, error.RelayerRequiredForPartialFill)
        ensure(order.partial_fills_enabled, error.PartialFillsNotEnabled)
        left = max(order.amount - (filled or 0), 0)
        ensure(0 < part <= left, error.IncorrectPartialFillAmount)

    def _execute(self, name: bytes, signed: SignedOrder, relayer: bytes) -> None:
        sub, order = self.runtime.subtensor, _inner(signed.order)
        self.check(name, signed, self.runtime.swap.price(order.netuid), relayer)
        given = order.amount if signed.partial_fill is None else signed.partial_fill
        who = order.signer, order.hotkey, order.netuid
        if order.buys:
            fee = order.fee(given)
            given = max(given - fee, 0)
            got = order_swaps.buy(sub, *who, given, order.swap_limit, check=True)
            self.pay(order.signer, order.fee_recipient, fee)
        else:
            tao = order_swaps.sell(sub, *who, given, order.swap_limit, check=True)
            fee = order.fee(tao)
            self.pay(order.signer, order.fee_recipient, fee)
            got = max(tao - fee, 0)
        self.note_executed(Entry(name, order, given, given, signed.partial_fill), got)

    # -- batches -------------------------------------------------------------------------

    def _entries(
        self, netuid: int, orders: list[SignedOrder], price: int, relayer: bytes
    ) -> list[Entry]:
        entries: list[Entry] = []
        seen: set[bytes] = set()
        for signed in orders:
            name, order = order_id(signed.order), _inner(signed.order)
            ensure(name not in seen, self.Error.DuplicateOrderInBatch)
            seen.add(name)
            ensure(order.netuid == netuid, self.Error.OrderNetUidMismatch)
            self.check(name, signed, price, relayer)
            gross = order.amount if signed.partial_fill is None else signed.partial_fill
            net = max(gross - order.fee(gross), 0) if order.buys else gross
            entries.append(Entry(name, order, gross, net, signed.partial_fill))
        return entries

    def note_executed(self, entry: Entry, got: int) -> None:
        """Keep how far an order got, and tell what went in and out (rao)."""
        self.orders.insert(entry.order_id, self.status_after(entry))
        order = entry.order
        self.deposit(
            self.Event.OrderExecuted(
                entry.order_id, order.signer, order.netuid, order.order_type, entry.gross, got
            )
        )

    def status_after(self, entry: Entry) -> OrderStatus:
        """How far an order is once what the entry puts in is executed."""
        if entry.partial_fill is None:
            return OrderStatus.Fulfilled()
        filled = (_filled(self.orders.get(entry.order_id)) or 0) + entry.partial_fill
        if filled >= entry.order.amount:
            return OrderStatus.Fulfilled()
        return OrderStatus.PartiallyFilled(filled)

    def transfer(self, source: bytes, dest: bytes, tao: int) -> None:
        """Move TAO (rao); the source may end."""
        self.runtime.balances.transfer(source, dest, tao, keep_alive=False)

    def pay(self, payer: bytes, recipient: bytes, fee: int) -> None:
        """Pay a fee in TAO (rao), if there is one."""
        if fee:
            self.transfer(payer, recipient, fee)


def _inner(order: VersionedOrder) -> Order:
    assert isinstance(order, VersionedOrder.V1)
    return order.order


def _is_signed(signed: SignedOrder) -> bool:
    if not isinstance(signed.signature, MultiSignature.Sr25519):
        return False
    signer = _inner(signed.order).signer
    return verify(CryptoType.SR25519, signer, encoded(signed.order), signed.signature.value)


def _filled(status: OrderStatus | None) -> int | None:
    return status.amount if isinstance(status, OrderStatus.PartiallyFilled) else None
