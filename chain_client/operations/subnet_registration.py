"""Operations that put neurons into a subnet, and what the chain would refuse of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.replacing import seats
from taokit.chain_client.parameters import Arg, Hotkey, NetUid

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["RegisterNeuron", "foreign_hotkey"]

_NOBODY = bytes(32)


@operation("subnets.register", signer="coldkey")
@dataclass(frozen=True)
class RegisterNeuron(Operation):
    """Register a hotkey as a neuron of a subnet, paying the registration cost.

    The cost moves with every block and every registration; a limit keeps it from costing more.
    """

    netuid: Annotated[NetUid, Arg("The subnet to register in.")]
    hotkey: Annotated[Hotkey, Arg("The hotkey to register.")]
    tolerance: Annotated[
        Fraction | None, Arg("Refuse a cost more than this above the present one (5%).")
    ] = None
    limit_price: Annotated[Tao | None, Arg("Refuse a cost above this.")] = None

    def __post_init__(self) -> None:
        if self.tolerance is not None and self.limit_price is not None:
            why = "give a tolerance or a limit price, not both"
            raise InvalidArgument("tolerance", self.tolerance, why)

    async def prepared(self, chain: ChainClient) -> Self:
        if self.tolerance is None:
            return self
        from taokit.chain_client.reads.subnets import registration_cost

        cost = await registration_cost(chain, self.netuid)
        limit = Tao(int(cost.rao * (1 + self.tolerance)))
        return replace(self, tolerance=None, limit_price=limit)

    def call(self) -> Call:
        if self.tolerance is not None:
            raise InvalidArgument("tolerance", self.tolerance, "prepare the operation first")
        args = {"netuid": self.netuid, "hotkey": self.hotkey}
        if self.limit_price is None:
            return Call("SubtensorModule", "burned_register", args)
        limit = {"limit_price": self.limit_price}
        return Call("SubtensorModule", "register_limit", {**args, **limit})

    def summary(self) -> str:
        limit = f" for {self.limit_price} or less" if self.limit_price else ""
        return f"register {self.hotkey} in subnet {self.netuid}{limit}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.subnets import registration_cost

        held, cost = await balance(chain, signer), await registration_cost(chain, self.netuid)
        return (Effect(f"balance of {signer}", held.free, held.free - cost),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        if self.netuid == 0:
            reason = "subnet 0 takes no burned registrations"
            name = "RegistrationNotPermittedOnRootSubnet"
            return refusal(name, reason)
        allowed, uid, cost, used, most = await chain.query_many(
            [
                ("SubtensorModule", "NetworkRegistrationAllowed", self.netuid),
                ("SubtensorModule", "Uids", self.netuid, self.hotkey),
                ("SubtensorModule", "Burn", self.netuid),
                ("SubtensorModule", "SubnetworkN", self.netuid),
                ("SubtensorModule", "MaxAllowedUids", self.netuid),
            ]
        )
        if self.limit_price is not None and cost > self.limit_price.rao:
            reason = f"registering costs {Tao(cost)}, more than {self.limit_price}"
            return refusal("RegistrationPriceLimitExceeded", reason)
        if not allowed:
            reason = f"subnet {self.netuid} takes no registrations"
            return refusal("SubNetRegistrationDisabled", reason)
        if uid is not None:
            reason = f"{self.hotkey} is neuron {uid} of subnet {self.netuid} already"
            return refusal("HotKeyAlreadyRegisteredInSubNet", reason)
        if (foreign := await foreign_hotkey(chain, self.hotkey, signer)) is not None:
            return foreign
        if used < most or (found := await seats(chain, self.netuid)).one_more:
            return None
        reason = (
            f"subnet {self.netuid} is full: {len(found.kept)} neurons are its owner's, none is "
            f"immune, and {found.least_free} others have to stay"
        )
        return refusal("NoNeuronIdAvailable", reason)


async def foreign_hotkey(chain: ChainClient, hotkey: str, signer: str) -> TaokitError | None:
    """Whether the hotkey belongs to another coldkey; one that nobody has will do."""
    owner = await chain.query("SubtensorModule", "Owner", hotkey)
    if bytes(owner) == _NOBODY or str(owner) == signer:
        return None
    reason = f"the hotkey {hotkey} belongs to {owner}"
    return refusal("NonAssociatedColdKey", reason)
