"""Swap: storage, calls and runtime API of the markets, and what other pallets ask of them.

Owns each pool's weights and fee rate. The reserves are SubtensorModule's (`SubnetTAO` and
`SubnetAlphaIn`), which also moves them after a swap; the mathematics is `taokit.local_chain.amm`.
Source: pallets/swap of the runtime (`impls.rs`, `swap_step.rs`, `balancer.rs`).
"""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import AccountId, Bool, BoundedBytesVec, Vec, i64, u16, u64
from taokit.chain_client.storage_keys import Identity, Twox64Concat
from taokit.local_chain.amm import balancer, swap
from taokit.local_chain.amm.swap import MAX_PRICE, MIN_PRICE, Pool, SwapRefused, SwapResult
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.errors import Errors, ModuleError, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor.types import NetUid
from taokit.local_chain.pallets.swap.types import (
    Balancer,
    NonZeroU64,
    PalletId,
    PositionId,
    SimSwapResult,
    SubnetPrice,
    TickIndex,
)

DYNAMIC = 1
"""`SubnetMechanism` of a subnet with a market; any other trades alpha 1:1 without a fee."""

_RAO_PER_TAO = 1_000_000_000
_NO_FEE_RATE_WEIGHT = weight(15_000_000)


class Swap(Pallet, index=28, crate="pallet_subtensor_swap::pallet"):
    """The weighted pools."""

    protocol_id = Constant[PalletId]("ProtocolId", b"ten/swap")
    max_fee_rate = Constant[u16]("MaxFeeRate", 10_000)
    minimum_liquidity = Constant[u64]("MinimumLiquidity", 1_000)
    minimum_reserve = Constant[NonZeroU64]("MinimumReserve", swap.MINIMUM_RESERVE)

    fee_rate = StorageMap[NetUid, u16]("FeeRate", Twox64Concat, default=swap.DEFAULT_FEE_RATE)
    swap_balancer = StorageMap[NetUid, Balancer](
        "SwapBalancer", Twox64Concat, default=balancer.DEFAULT_QUOTE_WEIGHT
    )
    pal_swap_initialized = StorageMap[NetUid, Bool]("PalSwapInitialized", Twox64Concat)
    has_migration_run = StorageMap[BoundedBytesVec[Literal[128]], Bool]("HasMigrationRun", Identity)
    scrap_reservoir_alpha = StorageMap[NetUid, u64]("ScrapReservoirAlpha", Twox64Concat)

    class Event(Events):
        """What Swap reports."""

        FeeRateSet = event(0, netuid=NetUid, rate=u16)

    class Error(Errors):
        """Why Swap refuses."""

        FeeRateTooHigh = error(0, "The fee rate is above the maximum (MaxFeeRate of 65535 parts).")
        InsufficientInputAmount = error(1, "The amount is too small to be swapped.")
        InsufficientLiquidity = error(2, "The pool does not hold what the swap would pay out.")
        PriceLimitExceeded = error(3, "The price is already at or beyond the limit.")
        InsufficientBalance = error(4, "The balance is too low for the position.")
        InvalidTickRange = error(5, "The tick range is empty or out of bounds.")
        InvalidLiquidityValue = error(6, "The liquidity is not a valid amount.")
        ReservesTooLow = error(7, "The pool's reserves are too low to swap against.")
        MechanismDoesNotExist = error(8, "The subnet does not exist.")
        SubtokenDisabled = error(9, "The subnet's alpha cannot be traded yet.")
        ReservesOutOfBalance = error(10, "The reserves and the price allow no valid pool weights.")
        SwapInputTooLarge = error(
            11, "The amount is more than 1000 times the pool's reserve of it."
        )
        Deprecated = error(12, "Liquidity positions do not exist any more.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=weight(15_063_000, 3_994, reads=1, writes=1))
    def set_fee_rate(self, origin: Origin, netuid: NetUid, rate: u16) -> None:
        """Set a subnet's swap fee in parts of 65535. Root only."""
        ensure_root(origin)
        if not self.runtime.subtensor.networks_added.get(netuid):
            raise self.Error.MechanismDoesNotExist
        if rate > self.max_fee_rate:
            raise self.Error.FeeRateTooHigh
        self.fee_rate.insert(netuid, rate)
        self.deposit(self.Event.FeeRateSet(netuid, rate))

    @call(4, weight=_NO_FEE_RATE_WEIGHT)
    def toggle_user_liquidity(self, origin: Origin, netuid: NetUid, enable: Bool) -> None:
        """Always refused: liquidity positions do not exist any more."""
        raise self.Error.Deprecated

    @call(1, weight=_NO_FEE_RATE_WEIGHT)
    def add_liquidity(
        self,
        origin: Origin,
        hotkey: AccountId,
        netuid: NetUid,
        tick_low: TickIndex,
        tick_high: TickIndex,
        liquidity: u64,
    ) -> None:
        """Always refused: liquidity positions do not exist any more."""
        raise self.Error.Deprecated

    @call(2, weight=_NO_FEE_RATE_WEIGHT)
    def remove_liquidity(
        self, origin: Origin, hotkey: AccountId, netuid: NetUid, position_id: PositionId
    ) -> None:
        """Always refused: liquidity positions do not exist any more."""
        raise self.Error.Deprecated

    @call(3, weight=_NO_FEE_RATE_WEIGHT)
    def modify_position(
        self,
        origin: Origin,
        hotkey: AccountId,
        netuid: NetUid,
        position_id: PositionId,
        liquidity_delta: i64,
    ) -> None:
        """Always refused: liquidity positions do not exist any more."""
        raise self.Error.Deprecated

    @call(5, weight=_NO_FEE_RATE_WEIGHT)
    def disable_lp(self, origin: Origin) -> None:
        """Always refused: liquidity positions do not exist any more."""
        raise self.Error.Deprecated

    # -- what other pallets use ----------------------------------------------------------

    def price(self, netuid: int) -> int:
        """TAO per alpha as raw U64F64: 1 without a market, 0 without alpha (`current_price`)."""
        sub = self.runtime.subtensor
        if sub.subnet_mechanism.get(netuid) != DYNAMIC:
            return U64F64.one
        alpha = sub.subnet_alpha_in.get(netuid)
        if not alpha:
            return 0
        return balancer.price(self.swap_balancer.get(netuid), alpha, sub.subnet_tao.get(netuid))

    def buy(self, netuid: int, tao: int, limit: int, *, drop_fees: bool = False) -> SwapResult:
        """Swap TAO for alpha on a market, no higher than `limit` (rao per alpha).

        The caller moves the reserves. Raises ReservesTooLow, PriceLimitExceeded,
        SwapInputTooLarge or InsufficientLiquidity.
        """
        result = self.try_buy(netuid, tao, limit, drop_fees=drop_fees)
        return self._keep(netuid, result, self.runtime.subtensor.subnet_alpha_in.get(netuid))

    def sell(self, netuid: int, alpha: int, limit: int, *, drop_fees: bool = False) -> SwapResult:
        """Swap alpha for TAO on a market, no lower than `limit` (rao per alpha); as `buy`."""
        result = self.try_sell(netuid, alpha, limit, drop_fees=drop_fees)
        return self._keep(netuid, result, self.runtime.subtensor.subnet_tao.get(netuid))

    def try_buy(self, netuid: int, tao: int, limit: int, *, drop_fees: bool = False) -> SwapResult:
        """What `buy` would move; writes nothing (`swap` with `should_rollback`)."""
        pool = self._pool(netuid)
        try:
            return swap.buy_alpha(pool, tao, swap.limit_price(limit), drop_fees=drop_fees)
        except SwapRefused as refused:
            raise self._error(refused) from None

    def try_sell(
        self, netuid: int, alpha: int, limit: int, *, drop_fees: bool = False
    ) -> SwapResult:
        """What `sell` would move; writes nothing (`swap` with `should_rollback`)."""
        pool = self._pool(netuid)
        try:
            return swap.sell_alpha(pool, alpha, swap.limit_price(limit), drop_fees=drop_fees)
        except SwapRefused as refused:
            raise self._error(refused) from None

    def simulate_buy(self, netuid: int, tao: int) -> SwapResult:
        """A buy with fees and without limit; 1:1 without a market (`sim_swap`)."""
        if self.runtime.subtensor.subnet_mechanism.get(netuid) == DYNAMIC:
            return self.try_buy(netuid, tao, MAX_PRICE)
        return self._one_to_one(netuid, tao)

    def simulate_sell(self, netuid: int, alpha: int) -> SwapResult:
        """A sale with fees and without limit; 1:1 without a market (`sim_swap`)."""
        if self.runtime.subtensor.subnet_mechanism.get(netuid) == DYNAMIC:
            return self.try_sell(netuid, alpha, MIN_PRICE)
        return self._one_to_one(netuid, alpha)

    def fee(self, netuid: int, amount: int) -> int:
        """The swap fee on `amount`, in its own unit (`approx_fee_amount`)."""
        if self.runtime.subtensor.subnet_mechanism.get(netuid) != DYNAMIC:
            return 0
        return swap.fee_amount(amount, self.fee_rate.get(netuid))

    def alpha_for_tao(self, netuid: int, tao: int) -> int:
        """Alpha worth `tao` rao at the present price (`get_alpha_amount_for_tao`)."""
        if self.runtime.subtensor.subnet_mechanism.get(netuid) != DYNAMIC:
            return tao
        return U64F64.to_u64(U64F64.safe_div(U64F64.from_int(tao), self.price(netuid)))

    def adjust_protocol_liquidity(self, netuid: int, tao: int, alpha: int) -> tuple[int, int]:
        """Reweight the pool so that adding `tao` and `alpha` keeps its price.

        Returns what may be added: both, or (0, 0) where the weights would leave their bounds.
        """
        sub = self.runtime.subtensor
        old = self.swap_balancer.get(netuid)
        weight = balancer.quote_weight_after_adding(
            old, sub.subnet_tao.get(netuid), sub.subnet_alpha_in.get(netuid), tao, alpha
        )
        if weight is None:
            return 0, 0
        if weight != old or not self.swap_balancer.contains(netuid):
            self.swap_balancer.insert(netuid, weight)
        return tao, alpha

    def initialize(self, netuid: int, price: int | None = None) -> None:
        """Give a pool its first weights: one half, or those of `price` (raw U64F64).

        Does nothing once done. Raises ReservesOutOfBalance (`maybe_initialize_palswap`).
        """
        if self.pal_swap_initialized.get(netuid):
            return
        sub = self.runtime.subtensor
        weight = balancer.initial_quote_weight(
            sub.subnet_tao.get(netuid), sub.subnet_alpha_in.get(netuid), price
        )
        if weight is None:
            raise self.Error.ReservesOutOfBalance
        self.swap_balancer.insert(netuid, weight)
        self.pal_swap_initialized.insert(netuid, True)

    def clear_protocol_liquidity(self, netuid: int) -> None:
        """Empty a pool for good: both reserves are lost (`do_clear_protocol_liquidity`)."""
        sub = self.runtime.subtensor
        for reserve in (sub.subnet_tao, sub.subnet_alpha_in):
            if reserve.get(netuid):
                reserve.insert(netuid, 0)
        self.pal_swap_initialized.remove(netuid)
        self.fee_rate.remove(netuid)
        self.swap_balancer.remove(netuid)

    # -- runtime API ---------------------------------------------------------------------

    @runtime_api("SwapRuntimeApi")
    def current_alpha_price(self, netuid: NetUid) -> u64:
        """Rao of TAO for one whole alpha."""
        return U64F64.to_u64(
            U64F64.saturating_mul(self.price(netuid), U64F64.from_int(_RAO_PER_TAO))
        )

    @runtime_api("SwapRuntimeApi")
    def current_alpha_price_all(self) -> Vec[SubnetPrice]:
        """The price of every subnet, root's included."""
        netuids = self.runtime.subtensor.networks_added.keys()
        return [SubnetPrice(netuid, self.current_alpha_price(netuid)) for netuid in netuids]

    @runtime_api("SwapRuntimeApi")
    def sim_swap_tao_for_alpha(self, netuid: NetUid, tao: u64) -> SimSwapResult:
        """What `tao` rao would buy now; all zero where the market refuses."""
        fair = U64F64.to_u64(U64F64.safe_div(U64F64.from_int(tao), self.price(netuid)))
        try:
            result = self.simulate_buy(netuid, tao)
        except ModuleError:
            return SimSwapResult(0, 0, 0, 0, 0, 0)
        slippage = max(fair - result.paid_out, 0)
        return SimSwapResult(result.paid_in, result.paid_out, result.fee, 0, 0, slippage)

    @runtime_api("SwapRuntimeApi")
    def sim_swap_alpha_for_tao(self, netuid: NetUid, alpha: u64) -> SimSwapResult:
        """What `alpha` would sell for now; all zero where the market refuses."""
        fair = U64F64.to_u64(U64F64.saturating_mul(U64F64.from_int(alpha), self.price(netuid)))
        try:
            result = self.simulate_sell(netuid, alpha)
        except ModuleError:
            return SimSwapResult(0, 0, 0, 0, 0, 0)
        slippage = max(fair - result.paid_out, 0)
        return SimSwapResult(result.paid_out, result.paid_in, 0, result.fee, slippage, 0)

    # -- inside --------------------------------------------------------------------------

    def _pool(self, netuid: int) -> Pool:
        sub = self.runtime.subtensor
        # The first swap starts from even weights, whatever injections made of them before.
        initialized = self.pal_swap_initialized.get(netuid)
        return Pool(
            tao_reserve=sub.subnet_tao.get(netuid),
            alpha_reserve=sub.subnet_alpha_in.get(netuid),
            quote_weight=self.swap_balancer.get(netuid)
            if initialized
            else balancer.DEFAULT_QUOTE_WEIGHT,
            fee_rate=self.fee_rate.get(netuid),
            minimum_reserve=self.minimum_reserve,
        )

    def _keep(self, netuid: int, result: SwapResult, reserve_out: int) -> SwapResult:
        self.initialize(netuid)
        if reserve_out < result.paid_out:
            raise self.Error.InsufficientLiquidity
        return result

    def _one_to_one(self, netuid: int, amount: int) -> SwapResult:
        moved = amount if self.runtime.subtensor.networks_added.get(netuid) else 0
        return SwapResult(moved, moved, 0, 0)

    def _error(self, refused: SwapRefused) -> ModuleError:
        return self.Error.declared[refused.refusal.value]()
