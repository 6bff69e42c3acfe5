"""Operations that put TAO on hotkeys and take it back.

Outside subnet 0 staking is a swap against the subnet's pool. The safe form has a limit: given as
``limit_price``, or as a ``tolerance`` from which the limit is computed when the operation is
prepared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, UnitError
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient

__all__ = ["AddStake", "RemoveAllStake", "RemoveStake"]

_MUCH_SLIPPAGE = Fraction(5, 100)


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

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.stake import quote, stake_at

        held = await balance(chain, signer)
        staked = await stake_at(chain, signer, self.hotkey, self.netuid)
        bought = (await quote(chain, self.netuid, self.amount)).receives
        assert isinstance(bought, Alpha)
        return (
            Effect(f"balance of {signer}", held.free, held.free - self.amount),
            Effect(f"stake on {self.hotkey}", staked, staked + bought),
        )

    @property
    def all_or_nothing(self) -> bool:
        return not self.allow_partial

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return await _swap_warnings(chain, self.netuid, self.amount, self.limit_price)


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
        from taokit.chain_client.reads.stake import quote, stake_at

        held = await balance(chain, signer)
        staked = await stake_at(chain, signer, self.hotkey, self.netuid)
        # do_remove_stake in pallets/subtensor/src/staking/remove_stake.rs takes what is there when
        # more is asked for; where nothing is, it refuses.
        taken = min(self.amount, staked) if staked.rao else self.amount
        fetched = (await quote(chain, self.netuid, taken)).receives
        assert isinstance(fetched, Tao)
        return (
            Effect(f"stake on {self.hotkey}", staked, staked - taken),
            Effect(f"balance of {signer}", held.free, held.free + fetched),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return await _swap_warnings(chain, self.netuid, self.amount, self.limit_price)


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
        from taokit.chain_client.reads.stake import stake_at

        staked = await stake_at(chain, signer, self.hotkey, self.netuid)
        return (Effect(f"stake on {self.hotkey}", staked, Alpha(0, self.netuid)),)


def _check_limit(netuid: int, tolerance: Fraction | None, limit: Price | None) -> None:
    if tolerance is not None and limit is not None:
        raise InvalidArgument("tolerance", tolerance, "give a tolerance or a limit price, not both")
    if limit is not None and limit.netuid != netuid:
        raise InvalidArgument("limit_price", limit, f"it is a price of subnet {limit.netuid}")


async def _price(chain: ChainClient, netuid: int) -> Price:
    from taokit.chain_client.reads.subnets import price_of

    return await price_of(chain, netuid)


async def _swap_warnings(
    chain: ChainClient, netuid: int, amount: Tao | Alpha, limit: Price | None
) -> tuple[str, ...]:
    from taokit.chain_client.reads.stake import quote

    found = await quote(chain, netuid, amount)
    if limit is None and found.slippage > _MUCH_SLIPPAGE:
        return (f"the price moves by {float(found.slippage):.1%} for this amount",)
    return ()
