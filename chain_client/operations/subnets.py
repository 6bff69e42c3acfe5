"""Operations that make subnets and put neurons into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["CreateSubnet", "RegisterNeuron", "StartSubnet"]


# Most bytes of each text: is_valid_subnet_identity in pallets/subtensor/src/utils/identity.rs.
_LIMITS = {
    "subnet_name": 256,
    "github_repo": 1024,
    "subnet_contact": 1024,
    "subnet_url": 1024,
    "discord_handle": 256,
    "description": 1024,
    "logo_url": 1024,
    "additional_info": 1024,
}

# The chain's names in SubnetIdentityV3, where they differ.
_CHAIN_NAMES = {"discord_handle": "discord", "additional_info": "additional"}


@operation("subnets.create", signer="coldkey")
@dataclass(frozen=True)
class CreateSubnet(Operation):
    """Register a new subnet, owned by the coldkey, with a hotkey of its owner.

    What is said about the subnet can be said at once.
    """

    hotkey: Annotated[Hotkey, Arg("The owner's hotkey; it becomes neuron 0.")]
    subnet_name: Annotated[str, Arg("The subnet's name.")] = ""
    github_repo: Annotated[str, Arg("Where its code is.")] = ""
    subnet_contact: Annotated[str, Arg("How to reach its owner.")] = ""
    subnet_url: Annotated[str, Arg("Its web page.")] = ""
    discord_handle: Annotated[str, Arg("Its owner's Discord name.")] = ""
    description: Annotated[str, Arg("What it is for.")] = ""
    logo_url: Annotated[str, Arg("Its logo, by URL.")] = ""
    additional_info: Annotated[str, Arg("Anything else.")] = ""

    def __post_init__(self) -> None:
        for name, limit in _LIMITS.items():
            given = getattr(self, name)
            if len(given.encode()) > limit:
                raise InvalidArgument(name, given, f"at most {limit} bytes of UTF-8")

    def call(self) -> Call:
        said = {name: getattr(self, name) for name in _LIMITS}
        if not any(said.values()):
            return Call("SubtensorModule", "register_network", {"hotkey": self.hotkey})
        identity = {_CHAIN_NAMES.get(name, name): _as_bytes(text) for name, text in said.items()}
        return Call(
            "SubtensorModule",
            "register_network_with_identity",
            {"hotkey": self.hotkey, "identity": identity},
        )

    def summary(self) -> str:
        named = f" {self.subnet_name!r}" if self.subnet_name else ""
        return f"register a new subnet{named} with owner hotkey {self.hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.subnets import burn_cost

        held, cost = await balance(chain, signer), await burn_cost(chain)
        return (Effect(f"balance of {signer}", held.free, held.free - cost),)


def _as_bytes(text: str) -> str | bytes:
    """Text as the codec takes it for bytes; what begins like hex is text here all the same."""
    return text.encode() if text.startswith("0x") else text


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
