"""Operations that move stake: to another hotkey, to another subnet, to another coldkey.

Between subnets the alpha is sold in the one and the TAO buys in the other, in one call.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidAmount, InvalidArgument, UnitError
from taokit.chain_client.money import RAO_PER_TAO, Alpha, Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.locked_transfers import locked_transfer_problem
from taokit.chain_client.operations.pool_trades import LEAST_STAKE
from taokit.chain_client.operations.refusals import NOBODY, refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.stake_passage import Passage, passage
from taokit.chain_client.parameters import Account, Arg, Hotkey, NetUid
from taokit.chain_client.reads.subnets import price_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = [
    "MoveAllStake",
    "MoveStake",
    "SwapAllStake",
    "SwapStake",
    "TransferAllStake",
    "TransferStake",
]

_ALL = (1 << 64) - 1
"""The chain moves what is there where more is asked for."""


class _Passing(Operation):
    """What all of these share: stake of the signer goes from one place to another."""

    hotkey: str
    origin_netuid: int
    dest_netuid: int

    @property
    def _asked(self) -> Alpha | None:
        """How much; None for everything."""
        amount: Alpha | None = getattr(self, "amount", None)
        return amount

    @property
    def _sent(self) -> Alpha | int:
        return _ALL if self._asked is None else self._asked

    @property
    def _shown(self) -> str:
        if self._asked is None:
            return f"all stake of subnet {self.origin_netuid}"
        return str(self._asked)

    def __post_init__(self) -> None:
        if self._asked is not None:
            require_positive("amount", self._asked)
            if self._asked.netuid != self.origin_netuid:
                expected = f"alpha of subnet {self.origin_netuid}"
                raise UnitError("move", expected, self._asked.unit)

    def _receiver(self, signer: str) -> tuple[str, str]:
        """Coldkey and hotkey that have the stake afterwards."""
        return signer, self.hotkey

    @property
    def _limit(self) -> Fraction | None:
        return None

    @property
    def _partial(self) -> bool:
        return False

    async def _passage(self, chain: ChainClient, signer: str) -> Passage:
        return await passage(
            chain,
            signer,
            self.hotkey,
            self.origin_netuid,
            self.dest_netuid,
            self._asked,
            *self._receiver(signer),
            limit=self._limit,
            partial=self._partial,
        )

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return (await self._passage(chain, signer)).effects()

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return (await self._passage(chain, signer)).warnings()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        found, (owners, toggles) = await asyncio.gather(
            self._passage(chain, signer), self._keys(chain, signer)
        )
        refused = found.problem(
            known=[owner != NOBODY for owner in owners],
            transferable=toggles if self._gives_away else [True, True],
        )
        if refused is not None or self.origin_netuid != self.dest_netuid:
            return refused
        return await self._within(chain, signer, found)

    async def _within(
        self, chain: ChainClient, signer: str, passing: Passage
    ) -> TaokitError | None:
        """What is looked at only within a subnet (``transfer_stake_within_subnet``)."""
        worth = (await price_of(chain, self.origin_netuid)).worth(passing.amount)
        if worth >= LEAST_STAKE:
            return None
        reason = f"it is worth {worth}, and {LEAST_STAKE} or more goes"
        return refusal("AmountTooLow", reason)

    async def _keys(self, chain: ChainClient, signer: str) -> tuple[list[bytes], list[bool]]:
        """The owners of both hotkeys, and whether both subnets let stake be given away."""
        owners, toggles = await asyncio.gather(
            chain.query_many(
                [
                    ("SubtensorModule", "Owner", self.hotkey),
                    ("SubtensorModule", "Owner", self._receiver(signer)[1]),
                ]
            ),
            chain.query_many(
                [
                    ("SubtensorModule", "TransferToggle", netuid)
                    for netuid in (self.origin_netuid, self.dest_netuid)
                ]
            ),
        )
        return owners, toggles

    @property
    def _gives_away(self) -> bool:
        return False


class _Moving(_Passing):
    to: str

    def call(self) -> Call:
        args = {
            "origin_hotkey": self.hotkey,
            "destination_hotkey": self.to,
            "origin_netuid": self.origin_netuid,
            "destination_netuid": self.dest_netuid,
            "alpha_amount": self._sent,
        }
        return Call("SubtensorModule", "move_stake", args)

    def summary(self) -> str:
        where = "" if self.dest_netuid == self.origin_netuid else f" in subnet {self.dest_netuid}"
        return f"move {self._shown} from {self.hotkey} to {self.to}{where}"

    def _receiver(self, signer: str) -> tuple[str, str]:
        return signer, self.to


@operation("stake.move", signer="coldkey")
@dataclass(frozen=True)
class MoveStake(_Moving):
    """Move stake to another hotkey, in the same or another subnet.

    Between subnets it is sold and bought at whatever the prices are: only `taokit stake swap`
    takes a limit.
    """

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    to: Annotated[Hotkey, Arg("The hotkey that it goes to.")]
    origin_netuid: Annotated[NetUid, Arg("The subnet that it is staked in.")]
    dest_netuid: Annotated[NetUid, Arg("The subnet that it goes to.")]
    amount: Annotated[Alpha, Arg("How much alpha; `all` for everything there.")]


@operation("stake.move-all", signer="coldkey")
@dataclass(frozen=True)
class MoveAllStake(_Moving):
    """Move everything that is staked there."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    to: Annotated[Hotkey, Arg("The hotkey that it goes to.")]
    origin_netuid: Annotated[NetUid, Arg("The subnet that it is staked in.")]
    dest_netuid: Annotated[NetUid, Arg("The subnet that it goes to.")]


class _Transferring(_Passing):
    to: str

    def call(self) -> Call:
        args = {
            "destination_coldkey": self.to,
            "hotkey": self.hotkey,
            "origin_netuid": self.origin_netuid,
            "destination_netuid": self.dest_netuid,
            "alpha_amount": self._sent,
        }
        return Call("SubtensorModule", "transfer_stake", args)

    def summary(self) -> str:
        where = "" if self.dest_netuid == self.origin_netuid else f" into subnet {self.dest_netuid}"
        return f"give {self._shown} on {self.hotkey} to {self.to}{where}"

    def _receiver(self, signer: str) -> tuple[str, str]:
        return self.to, self.hotkey

    @property
    def _gives_away(self) -> bool:
        return True

    async def _within(
        self, chain: ChainClient, signer: str, passing: Passage
    ) -> TaokitError | None:
        if passing.amount > passing.free and self.to != signer:
            found = await locked_transfer_problem(chain, self.origin_netuid, signer, self.to)
            if found is not None:
                return found
        return await super()._within(chain, signer, passing)


@operation("stake.transfer", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class TransferStake(_Transferring):
    """Give stake to another coldkey; it stays on its hotkey."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    to: Annotated[Account, Arg("The coldkey that receives it.")]
    origin_netuid: Annotated[NetUid, Arg("The subnet that it is staked in.")]
    dest_netuid: Annotated[NetUid, Arg("The subnet that it goes to.")]
    amount: Annotated[Alpha, Arg("How much alpha; `all` for everything there.")]


@operation("stake.transfer-all", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class TransferAllStake(_Transferring):
    """Give everything that is staked there."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    to: Annotated[Account, Arg("The coldkey that receives it.")]
    origin_netuid: Annotated[NetUid, Arg("The subnet that it is staked in.")]
    dest_netuid: Annotated[NetUid, Arg("The subnet that it goes to.")]


_TOLERANCE = Arg("Refuse a rate more than this below the present one (5%).")
_LIMIT = Arg("Refuse a rate below this: alpha there for one alpha here, as 1.25.")


class _Swapping(_Passing):
    tolerance: Fraction | None
    limit_price: str | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tolerance is not None and self.limit_price is not None:
            why = "give a tolerance or a limit price, not both"
            raise InvalidArgument("tolerance", self.tolerance, why)
        if self.limit_price is not None and not 0 <= self._limit_rao < 1 << 64:
            raise InvalidArgument("limit_price", self.limit_price, "a rate, such as 1.25")

    async def prepared(self, chain: ChainClient) -> Self:
        if self.tolerance is None:
            return self
        here, there = await asyncio.gather(
            price_of(chain, self.origin_netuid), price_of(chain, self.dest_netuid)
        )
        rate = Fraction(here.rao, there.rao or 1) * (1 - self.tolerance)
        limit = Tao(int(rate * RAO_PER_TAO)).decimal()
        return replace(self, tolerance=None, limit_price=limit)  # type: ignore[type-var]

    @property
    def _limit_rao(self) -> int:
        try:
            return Tao.parse(self.limit_price or "0").rao
        except InvalidAmount:
            return -1

    @property
    def _limit(self) -> Fraction | None:
        return None if self.limit_price is None else Fraction(self._limit_rao, RAO_PER_TAO)

    def call(self) -> Call:
        if self.tolerance is not None:
            raise InvalidArgument("tolerance", self.tolerance, "prepare the operation first")
        args = {
            "hotkey": self.hotkey,
            "origin_netuid": self.origin_netuid,
            "destination_netuid": self.dest_netuid,
            "alpha_amount": self._sent,
        }
        if self.limit_price is None:
            return Call("SubtensorModule", "swap_stake", args)
        limits = {"limit_price": self._limit_rao, "allow_partial": self._partial}
        return Call("SubtensorModule", "swap_stake_limit", {**args, **limits})

    def summary(self) -> str:
        limit = f" at {self.limit_price} or more for one" if self.limit_price else ""
        what = f"swap {self._shown} on {self.hotkey}"
        return f"{what} for alpha of subnet {self.dest_netuid}{limit}"


@operation("stake.swap", signer="coldkey")
@dataclass(frozen=True)
class SwapStake(_Swapping):
    """Swap stake into another subnet; it stays on its hotkey."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    origin_netuid: Annotated[NetUid, Arg("The subnet that it is staked in.")]
    dest_netuid: Annotated[NetUid, Arg("The subnet that it goes to.")]
    amount: Annotated[Alpha, Arg("How much alpha; `all` for everything there.")]
    tolerance: Annotated[Fraction | None, _TOLERANCE] = None
    limit_price: Annotated[str | None, _LIMIT] = None
    allow_partial: Annotated[bool, Arg("Swap what the limit allows rather than nothing.")] = False

    @property
    def _partial(self) -> bool:
        return self.allow_partial


@operation("stake.swap-all", signer="coldkey")
@dataclass(frozen=True)
class SwapAllStake(_Swapping):
    """Swap everything that is staked there."""

    hotkey: Annotated[Hotkey, Arg("The hotkey that it is staked on.")]
    origin_netuid: Annotated[NetUid, Arg("The subnet that it is staked in.")]
    dest_netuid: Annotated[NetUid, Arg("The subnet that it goes to.")]
    tolerance: Annotated[Fraction | None, _TOLERANCE] = None
    limit_price: Annotated[str | None, _LIMIT] = None
