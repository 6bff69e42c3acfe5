"""Operations that make subnets and put neurons into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["CreateSubnet", "RegisterNeuron", "StartSubnet"]


@operation("subnets.create", signer="coldkey")
@dataclass(frozen=True)
class CreateSubnet(Operation):
    """Register a new subnet, owned by the coldkey, with a hotkey of its owner."""

    hotkey: Annotated[Hotkey, Arg("The owner's hotkey; it becomes neuron 0.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "register_network", {"hotkey": self.hotkey})

    def summary(self) -> str:
        return f"register a new subnet with owner hotkey {self.hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.subnets import burn_cost

        held, cost = await balance(chain, signer), await burn_cost(chain)
        return (Effect(f"balance of {signer}", held.free, held.free - cost),)


@operation("subnets.start", signer="coldkey")
@dataclass(frozen=True)
class StartSubnet(Operation):
    """Start a subnet's emission; only its owner can, and only once."""

    netuid: Annotated[NetUid, Arg("The subnet to start.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "start_call", {"netuid": self.netuid})

    def summary(self) -> str:
        return f"start subnet {self.netuid}"


@operation("subnets.register", signer="coldkey")
@dataclass(frozen=True)
class RegisterNeuron(Operation):
    """Register a hotkey as a neuron of a subnet, paying the registration cost."""

    netuid: Annotated[NetUid, Arg("The subnet to register in.")]
    hotkey: Annotated[Hotkey, Arg("The hotkey to register.")]

    def call(self) -> Call:
        return Call(
            "SubtensorModule", "burned_register", {"netuid": self.netuid, "hotkey": self.hotkey}
        )

    def summary(self) -> str:
        return f"register {self.hotkey} in subnet {self.netuid}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.subnets import registration_cost

        held, cost = await balance(chain, signer), await registration_cost(chain, self.netuid)
        return (Effect(f"balance of {signer}", held.free, held.free - cost),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        from taokit.chain_client.reads.metagraph import uid

        if await uid(chain, self.netuid, self.hotkey) is not None:
            return (f"{self.hotkey} is registered in subnet {self.netuid} already",)
        return ()
