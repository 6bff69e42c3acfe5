"""Staking all the TAO that a coldkey can spare."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["AddAllStake"]


@operation("stake.add-all", signer="coldkey")
@dataclass(frozen=True)
class AddAllStake(Operation):
    """Stake all TAO of the coldkey but the fee, and the least that its account must hold."""

    hotkey: Annotated[Hotkey, Arg("The hotkey to stake on.")]
    netuid: Annotated[NetUid, Arg("The subnet to stake in.")]
    tolerance: Annotated[
        Fraction | None, Arg("Refuse a price more than this above the present one (5%).")
    ] = None
    limit_price: Annotated[Price | None, Arg("Refuse a price above this, in TAO per alpha.")] = None
    allow_partial: Annotated[bool, Arg("Stake what the limit allows rather than nothing.")] = False

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        from taokit.chain_client.reads.balances import balance

        held = (await balance(chain, signer)).transferable
        wanted = await self._of(held if held else Tao(1)).prepared(chain)
        fee = (await chain.estimate_fee(wanted.call(), signer)).fee
        # Twice the fee: one for a tip or an envelope, which is estimated elsewhere.
        spare = held - fee * 2
        return await self._of(spare if spare > Tao(0) else Tao(1)).prepared(chain)

    def _of(self, amount: Tao) -> AddStake:
        return AddStake(
            self.hotkey,
            self.netuid,
            amount,
            self.tolerance,
            self.limit_price,
            self.allow_partial,
        )

    def call(self) -> Call:
        raise InvalidArgument("amount", "all", "prepare the operation for its signer first")

    def summary(self) -> str:
        return f"stake all on {self.hotkey} in subnet {self.netuid}"
