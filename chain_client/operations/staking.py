"""Operations that put TAO on hotkeys and take it back.

Outside subnet 0 staking is a swap against the subnet's pool. The safe form has a limit: given as
``limit_price``, or as a ``tolerance`` from which the limit is computed when the operation is
prepared.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, UnitError, WouldFail
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.pool_trades import PoolTrade, pool_trade
from taokit.chain_client.operations.refusals import NOBODY, nothing_staked, refusal, unknown_hotkey
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["AddStake", "RemoveAllStake", "RemoveStake"]


@operation("stake.add", signer="coldkey")
@dataclass(frozen=True)
class AddStake(Operation):
    """Stake TAO on a hotkey in a subnet."""

    hotkey: Annotated[Hotkey, Arg("The hotkey to stake on.")]
    netuid: Annotated[NetUid, Arg("The subnet to stake in.")]
    amount: Annotated[Tao, Arg("How much TAO to stake.")]
    tolerance: Annotated[
        Fraction | None, Arg("Refuse a price more than this above the present one (5%).")
    ] = None
    limit_price: Annotated[Price | None, Arg("Refuse a price above this, in TAO per alpha.")] = None
    allow_partial: Annotated[bool, Arg("Stake what the limit allows rather than nothing.")] = False

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)
        _check_limit(self.netuid, self.tolerance, self.limit_price)

    async def prepared(self, chain: ChainClient) -> Self:
        if self.tolerance is None:
            return self
        limit = (await _price(chain, self.netuid)).limit_for_buying(self.tolerance)
        return replace(self, tolerance=None, limit_price=limit)

    def call(self) -> Call:
        if self.tolerance is not None:
            raise InvalidArgument("tolerance", self.tolerance, "prepare the operation first")
        args = {"hotkey": self.hotkey, "netuid": self.netuid, "amount_staked": self.amount}
        if self.limit_price is None:
            return Call("SubtensorModule", "add_stake", args)
        limits = {"limit_price": self.limit_price, "allow_partial": self.allow_partial}
        return Call("SubtensorModule", "add_stake_limit", {**args, **limits})

    def summary(self) -> str:
        limit = f" at {self.limit_price} or less" if self.limit_price else ""
        return f"stake {self.amount} on {self.hotkey} in subnet {self.netuid}{limit}"

    @property
    def all_or_nothing(self) -> bool:
        return not self.allow_partial

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.stake import stake_at

        held, staked, trade = await asyncio.gather(
            balance(chain, signer),
            stake_at(chain, signer, self.hotkey, self.netuid),
            self._trade(chain),
        )
        bought = trade.quote.receives
        assert isinstance(bought, Alpha)
        return (
            Effect(f"balance of {signer}", held.free, held.free - self.amount),
            Effect(f"stake on {self.hotkey}", staked, staked + bought),
            *trade.effects(),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return (await self._trade(chain)).warnings()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        trade, owner, held = await asyncio.gather(
            self._trade(chain),
            chain.query("SubtensorModule", "Owner", self.hotkey),
            chain.query("System", "Account", signer),
        )
        found = trade.off_limits() or trade.not_tradable() or trade.too_little()
        found = found or trade.beyond_limit()
        free = Tao(held["data"]["free"])
        if found or (self.all_or_nothing and free < self.amount):
            return found  # what is missing is told with the fee
        if free < self.amount and await self._takes_more_than(chain, free):
            reason = f"{signer} holds {free}, and the limit allows to stake more than that"
            return refusal("NotEnoughBalanceToStake", reason)
        if owner == NOBODY:
            return unknown_hotkey(self.hotkey)
        if not trade.dynamic or trade.quote.receives:
            return None
        return refusal("InsufficientLiquidity", "the pool would give nothing for it")

    async def _takes_more_than(self, chain: ChainClient, free: Tao) -> bool:
        """Whether all of ``free`` could be staked within the limit: then more is taken."""
        if not free.rao:
            return True
        trade = await pool_trade(chain, self.netuid, free, limit=self.limit_price)
        return trade.beyond_limit() is None

    async def _trade(self, chain: ChainClient) -> PoolTrade:
        partial = self.allow_partial
        return await pool_trade(
            chain, self.netuid, self.amount, limit=self.limit_price, partial=partial
        )


@operation("stake.remove", signer="coldkey")
@dataclass(frozen=True)
class RemoveStake(Operation):
    """Unstake alpha from a hotkey in a subnet; TAO comes back."""

    hotkey: Annotated[Hotkey, Arg("The hotkey to unstake from.")]
    netuid: Annotated[NetUid, Arg("The subnet to unstake in.")]
    amount: Annotated[Alpha, Arg("How much alpha to unstake.")]
    tolerance: Annotated[
        Fraction | None, Arg("Refuse a price more than this below the present one (5%).")
    ] = None
    limit_price: Annotated[Price | None, Arg("Refuse a price below this, in TAO per alpha.")] = None
    allow_partial: Annotated[bool, Arg("Unstake what the limit allows rather than nothing.")] = (
        False
    )

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)
        if self.amount.netuid != self.netuid:
            raise UnitError("unstake", f"alpha of subnet {self.netuid}", self.amount.unit)
        _check_limit(self.netuid, self.tolerance, self.limit_price)

    async def prepared(self, chain: ChainClient) -> Self:
        if self.tolerance is None:
            return self
        limit = (await _price(chain, self.netuid)).limit_for_selling(self.tolerance)
        return replace(self, tolerance=None, limit_price=limit)

    def call(self) -> Call:
        if self.tolerance is not None:
            raise InvalidArgument("tolerance", self.tolerance, "prepare the operation first")
        args = {"hotkey": self.hotkey, "netuid": self.netuid, "amount_unstaked": self.amount}
        if self.limit_price is None:
            return Call("SubtensorModule", "remove_stake", args)
        limits = {"limit_price": self.limit_price, "allow_partial": self.allow_partial}
        return Call("SubtensorModule", "remove_stake_limit", {**args, **limits})

    def summary(self) -> str:
        limit = f" at {self.limit_price} or more" if self.limit_price else ""
        return f"unstake {self.amount} from {self.hotkey}{limit}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held, staked = await asyncio.gather(
            balance(chain, signer), _staked(chain, signer, self.hotkey, self.netuid)
        )
        taken = self._taken(staked)
        trade = await self._trade(chain, taken)
        fetched = trade.quote.receives
        assert isinstance(fetched, Tao)
        return (
            Effect(f"stake on {self.hotkey}", staked, staked - taken),
            Effect(f"balance of {signer}", held.free, held.free + fetched),
            *trade.effects(),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        staked = await _staked(chain, signer, self.hotkey, self.netuid)
        return (await self._trade(chain, self._taken(staked))).warnings()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        staked = await _staked(chain, signer, self.hotkey, self.netuid)
        limited = self.limit_price is not None
        return await _cannot_sell(
            chain,
            signer,
            await self._trade(chain, self.amount if limited else self._taken(staked)),
            staked,
            limited=limited,
        )

    def _taken(self, staked: Alpha) -> Alpha:
        # do_remove_stake in pallets/subtensor/src/staking/remove_stake.rs takes what is there when
        # more is asked for; where nothing is, it refuses.
        return min(self.amount, staked) if staked.rao else self.amount

    async def _trade(self, chain: ChainClient, taken: Alpha) -> PoolTrade:
        return await pool_trade(
            chain, self.netuid, taken, limit=self.limit_price, partial=self.allow_partial
        )


@operation("stake.remove-all", signer="coldkey")
@dataclass(frozen=True)
class RemoveAllStake(Operation):
    """Unstake everything from a hotkey in a subnet."""

    hotkey: Annotated[Hotkey, Arg("The hotkey to unstake from.")]
    netuid: Annotated[NetUid, Arg("The subnet to unstake in.")]
    tolerance: Annotated[
        Fraction | None, Arg("Refuse a price more than this below the present one (5%).")
    ] = None
    limit_price: Annotated[Price | None, Arg("Refuse a price below this, in TAO per alpha.")] = None

    def __post_init__(self) -> None:
        _check_limit(self.netuid, self.tolerance, self.limit_price)

    async def prepared(self, chain: ChainClient) -> Self:
        if self.tolerance is None:
            return self
        limit = (await _price(chain, self.netuid)).limit_for_selling(self.tolerance)
        return replace(self, tolerance=None, limit_price=limit)

    def call(self) -> Call:
        if self.tolerance is not None:
            raise InvalidArgument("tolerance", self.tolerance, "prepare the operation first")
        return Call(
            "SubtensorModule",
            "remove_stake_full_limit",
            {"hotkey": self.hotkey, "netuid": self.netuid, "limit_price": self.limit_price},
        )

    def summary(self) -> str:
        limit = f" at {self.limit_price} or more" if self.limit_price else ""
        return f"unstake everything from {self.hotkey} in subnet {self.netuid}{limit}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held, staked = await asyncio.gather(
            balance(chain, signer), _staked(chain, signer, self.hotkey, self.netuid)
        )
        trade = await pool_trade(chain, self.netuid, staked, limit=self.limit_price)
        fetched = trade.quote.receives
        assert isinstance(fetched, Tao)
        return (
            Effect(f"stake on {self.hotkey}", staked, Alpha(0, self.netuid)),
            Effect(f"balance of {signer}", held.free, held.free + fetched),
            *trade.effects(),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        staked = await _staked(chain, signer, self.hotkey, self.netuid)
        trade = await pool_trade(chain, self.netuid, staked, limit=self.limit_price)
        limited = self.limit_price is not None
        return await _cannot_sell(chain, signer, trade, staked, limited=limited)


def _check_limit(netuid: int, tolerance: Fraction | None, limit: Price | None) -> None:
    if tolerance is not None and limit is not None:
        raise InvalidArgument("tolerance", tolerance, "give a tolerance or a limit price, not both")
    if limit is not None and limit.netuid != netuid:
        raise InvalidArgument("limit_price", limit, f"it is a price of subnet {limit.netuid}")


async def _price(chain: ChainClient, netuid: int) -> Price:
    from taokit.chain_client.reads.subnets import price_of

    return await price_of(chain, netuid)


async def _staked(chain: ChainClient, coldkey: str, hotkey: str, netuid: int) -> Alpha:
    from taokit.chain_client.reads.stake import stake_at

    return await stake_at(chain, coldkey, hotkey, netuid)


async def _cannot_sell(
    chain: ChainClient, signer: str, trade: PoolTrade, staked: Alpha, *, limited: bool
) -> WouldFail | None:
    """What ``validate_remove_stake`` would refuse of this sale."""
    from taokit.chain_client.reads.availability import available

    amount = trade.quote.pays
    assert isinstance(amount, Alpha)
    if not limited:
        if not trade.started:
            return trade.not_tradable()
        if not staked.rao:
            return nothing_staked(f"{signer} has nothing staked there")
    if found := trade.off_limits():
        return found
    if amount > staked or not amount.rao:
        return refusal(
            "NotEnoughStakeToWithdraw" if amount.rao else "AmountTooLow",
            f"{signer} has {staked} staked there, which is less than {amount}",
        )
    if amount != staked and (found := trade.too_little()):
        return found
    if found := trade.beyond_limit():
        return found
    free = await available(chain, signer, trade.netuid)
    if amount > free:
        hint = (
            f"`taokit stake remove --netuid NETUID --hotkey HOTKEY --amount {free.decimal()} "
            "-w WALLET` takes what is free; `taokit lock list -w WALLET` shows the locks"
        )
        reason = f"locks leave {free} of the stake free"
        return refusal("StakeUnavailable", reason, hint=hint if free else None)
    return None
