"""Operations that make subnets, start them, and end them.

Does not own registering neurons (``subnet_registration``), identities (``identities``) nor
hyperparameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.identities import (
    SUBNET_TEXTS,
    as_bytes,
    check_texts,
    subnet_identity,
)
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.subnet_registration import RegisterNeuron, foreign_hotkey
from taokit.chain_client.operations.symbols import KNOWN_SPEC, SYMBOLS
from taokit.chain_client.parameters import Arg, Hotkey, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["CreateSubnet", "DissolveSubnet", "RegisterNeuron", "SetSymbol", "StartSubnet"]


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
        check_texts(self, SUBNET_TEXTS)

    def call(self) -> Call:
        said = {name: getattr(self, name) for name in SUBNET_TEXTS}
        if not any(said.values()):
            return Call("SubtensorModule", "register_network", {"hotkey": self.hotkey})
        return Call(
            "SubtensorModule",
            "register_network_with_identity",
            {"hotkey": self.hotkey, "identity": subnet_identity(said)},
        )

    def summary(self) -> str:
        named = f" {self.subnet_name!r}" if self.subnet_name else ""
        return f"register a new subnet{named} with owner hotkey {self.hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.subnets import burn_cost

        held, cost = await balance(chain, signer), await burn_cost(chain)
        return (Effect(f"balance of {signer}", held.free, held.free - cost),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        replaced = await _replaced(chain) if await _full(chain) else None
        if replaced is None:
            return ()
        return (f"there is no room for another subnet: subnet {replaced} would be dissolved",)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        found = await foreign_hotkey(chain, self.hotkey, signer)
        if found is not None:
            return found
        head, limit, last, start = await chain.query_many(
            [
                ("System", "Number"),
                ("SubtensorModule", "NetworkRateLimit"),
                ("SubtensorModule", "LastRateLimitedBlock", "NetworkLastRegistered"),
                ("SubtensorModule", "NetworkRegistrationStartBlock"),
            ]
        )
        now = head + 1
        if now < start:
            reason = f"subnets can be registered from block {start}"
            return refusal("SubNetRegistrationDisabled", reason, wait=start - now)
        if last and now - last < limit:
            reason = (
                f"a subnet was registered {now - last} blocks ago, and {limit} must lie between"
            )
            return refusal("NetworkTxRateLimitExceeded", reason, wait=limit - (now - last))
        if await _full(chain) and await _replaced(chain) is None:
            reason = "there is no room for another subnet, and none that may be dissolved for it"
            return refusal("SubnetLimitReached", reason)
        return None


async def _full(chain: ChainClient) -> bool:
    """Whether there are as many subnets as may be."""
    added = await chain.query_map("SubtensorModule", "NetworksAdded")
    count = sum(1 for netuid, there in added if there and netuid)
    return bool(count >= await chain.query("SubtensorModule", "SubnetLimit"))


async def _replaced(chain: ChainClient) -> int | None:
    """The subnet that a new one would take the place of, where there is no room."""
    found = await chain.runtime_call("SubnetInfoRuntimeApi", "get_subnet_to_prune")
    return None if found is None else int(found)


@operation("subnets.start", signer="coldkey")
@dataclass(frozen=True)
class StartSubnet(Operation):
    """Start a subnet's emission; only its owner can, and only once."""

    netuid: Annotated[NetUid, Arg("The subnet to start.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "start_call", {"netuid": self.netuid})

    def summary(self) -> str:
        return f"start subnet {self.netuid}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        head, owner, first, registered, delay = await chain.query_many(
            [
                ("System", "Number"),
                ("SubtensorModule", "SubnetOwner", self.netuid),
                ("SubtensorModule", "FirstEmissionBlockNumber", self.netuid),
                ("SubtensorModule", "NetworkRegisteredAt", self.netuid),
                ("SubtensorModule", "StartCallDelay"),
            ]
        )
        if str(owner) != signer:
            return not_subnet_owner(signer, self.netuid, str(owner))
        if first is not None:
            reason = f"subnet {self.netuid} was started at block {first}"
            return refusal("FirstEmissionBlockNumberAlreadySet", reason, hint="nothing to do")
        wait = registered + delay - (head + 1)
        if wait > 0:
            reason = f"subnet {self.netuid} can be started from block {registered + delay}"
            return refusal("NeedWaitingMoreBlocksToStarCall", reason, wait=wait)
        return None


@operation("subnets.set-symbol", signer="coldkey")
@dataclass(frozen=True)
class SetSymbol(Operation):
    """Give a subnet's token another symbol, one of the chain's table that no subnet has."""

    netuid: Annotated[NetUid, Arg("Which subnet.")]
    symbol: Annotated[str, Arg("The new symbol.")]

    def call(self) -> Call:
        args = {"netuid": self.netuid, "symbol": as_bytes(self.symbol)}
        return Call("SubtensorModule", "update_symbol", args)

    def summary(self) -> str:
        return f"give the token of subnet {self.netuid} the symbol {self.symbol}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.values import text

        before = await chain.query("SubtensorModule", "TokenSymbol", self.netuid)
        return (Effect(f"symbol of subnet {self.netuid}", text(before), self.symbol),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner = str(await chain.query("SubtensorModule", "SubnetOwner", self.netuid))
        if owner != signer:
            return not_subnet_owner(signer, self.netuid, owner)
        if self.symbol not in SYMBOLS and chain.runtime.spec_version <= KNOWN_SPEC:
            reason = f"{self.symbol} is not in the chain's table of symbols"
            return refusal("SymbolDoesNotExist", reason)
        for netuid, symbol in await chain.query_map("SubtensorModule", "TokenSymbol"):
            if bytes(symbol) == self.symbol.encode():
                reason = f"subnet {netuid} has the symbol {self.symbol}"
                return refusal("SymbolAlreadyInUse", reason)
        return None


@operation("subnets.dissolve", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class DissolveSubnet(Operation):
    """End a subnet and pay its stakers out; only root can, through the sudo key."""

    netuid: Annotated[NetUid, Arg("The subnet to end.")]

    def call(self) -> Call:
        inner = Call("SubtensorModule", "root_dissolve_network", {"netuid": self.netuid})
        return Call("Sudo", "sudo", {"call": inner})

    def summary(self) -> str:
        return f"dissolve subnet {self.netuid}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.hyperparameters.checks import not_sudo_key

        return await not_sudo_key(chain, signer)


def not_subnet_owner(signer: str, netuid: int, owner: str) -> TaokitError:
    """Somebody else owns the subnet, and the call is its owner's."""
    reason = f"{signer} does not own subnet {netuid}"
    return refusal("BadOrigin", reason, pallet=None, hint=f"sign with the coldkey {owner}")
