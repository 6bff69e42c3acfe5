"""Operations that take alpha away for good: recycling, burning, buying to burn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, UnitError
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.refusals import (
    NOBODY,
    not_started,
    nothing_staked,
    refusal,
    unknown_hotkey,
)
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["BurnAlpha", "BuyAndBurn", "RecycleAlpha"]


class _Giving(Operation):
    """What recycling and burning share."""

    hotkey: str
    netuid: int
    amount: Alpha

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)
        if self.amount.netuid != self.netuid:
            raise UnitError("give up", f"alpha of subnet {self.netuid}", self.amount.unit)

    def _call(self, name: str) -> Call:
        args = {"hotkey": self.hotkey, "amount": self.amount, "netuid": self.netuid}
        return Call("SubtensorModule", name, args)

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.stake import stake_at

        staked = await stake_at(chain, signer, self.hotkey, self.netuid)
        taken = min(self.amount, staked)
        return (Effect(f"stake on {self.hotkey}", staked, staked - taken),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return ("nothing comes back for it",)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.availability import available
        from taokit.chain_client.reads.stake import stake_at

        if self.netuid == 0:
            return refusal("CannotBurnOrRecycleOnRootSubnet", "subnet 0 has no alpha to give up")
        (started, owner), staked, free = await asyncio.gather(
            chain.query_many(
                [
                    ("SubtensorModule", "SubtokenEnabled", self.netuid),
                    ("SubtensorModule", "Owner", self.hotkey),
                ]
            ),
            stake_at(chain, signer, self.hotkey, self.netuid),
            available(chain, signer, self.netuid),
        )
        if not started:
            return not_started(self.netuid)
        if owner == NOBODY:
            return unknown_hotkey(self.hotkey)
        if not staked:
            # The chain gives up nothing then, for a fee.
            return nothing_staked(f"{signer} has nothing staked there", "NotEnoughStakeToWithdraw")
        if min(self.amount, staked) > free:
            return refusal("StakeUnavailable", f"locks leave {free} of the stake free")
        return None


@operation("stake.recycle", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class RecycleAlpha(_Giving):
    """Give staked alpha back to the subnet's issuance, for others to earn. Nothing comes back."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    netuid: Annotated[NetUid, Arg("The subnet.")]
    amount: Annotated[Alpha, Arg("How much alpha; all there is where there is less.")]

    def call(self) -> Call:
        return self._call("recycle_alpha")

    def summary(self) -> str:
        return f"recycle {self.amount} staked on {self.hotkey}"


@operation("stake.burn", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class BurnAlpha(_Giving):
    """Burn staked alpha: it stays counted as issued, and nobody has it. Nothing comes back."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    netuid: Annotated[NetUid, Arg("The subnet.")]
    amount: Annotated[Alpha, Arg("How much alpha; all there is where there is less.")]

    def call(self) -> Call:
        return self._call("burn_alpha")

    def summary(self) -> str:
        return f"burn {self.amount} staked on {self.hotkey}"


@operation("sudo.stake-burn", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class BuyAndBurn(Operation):
    """Buy a subnet's alpha with TAO and burn it at once: a buyback. Anybody may."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on for a moment.")]
    netuid: Annotated[NetUid, Arg("The subnet.")]
    amount: Annotated[Tao, Arg("How much TAO to spend.")]
    tolerance: Annotated[
        Fraction | None, Arg("Refuse a price more than this above the present one (5%).")
    ] = None
    limit_price: Annotated[Price | None, Arg("Refuse a price above this, in TAO per alpha.")] = None

    def __post_init__(self) -> None:
        self._purchase()

    def _purchase(self) -> AddStake:
        return AddStake(self.hotkey, self.netuid, self.amount, self.tolerance, self.limit_price)

    async def prepared(self, chain: ChainClient) -> Self:
        prepared = await self._purchase().prepared(chain)
        return replace(self, tolerance=None, limit_price=prepared.limit_price)

    def call(self) -> Call:
        if self.tolerance is not None:
            raise InvalidArgument("tolerance", self.tolerance, "prepare the operation first")
        args = {
            "hotkey": self.hotkey,
            "netuid": self.netuid,
            "amount": self.amount,
            "limit": self.limit_price,
        }
        return Call("SubtensorModule", "add_stake_burn", args)

    def summary(self) -> str:
        limit = f" at {self.limit_price} or less" if self.limit_price else ""
        return f"buy alpha of subnet {self.netuid} for {self.amount}{limit}, and burn it"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        effects = await self._purchase().effects(chain, signer)
        return tuple(effect for effect in effects if not effect.what.startswith("stake on"))

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return ("nothing comes back for it", *await self._purchase().warnings(chain, signer))

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        found = await self._purchase().problem(chain, signer)
        if found is not None or self.netuid:
            return found
        return refusal("CannotBurnOrRecycleOnRootSubnet", "subnet 0 has no alpha to burn")
