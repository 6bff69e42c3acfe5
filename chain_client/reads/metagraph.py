"""The metagraph: every neuron of a subnet with its stake and its last results."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import account_bytes
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.parameters import Arg, Hotkey, NetUid, Uid
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import no_subnet
from taokit.chain_client.reads.values import Axon, text
from taokit.chain_client.weight_commits import storage_index

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Metagraph", "Neuron", "metagraph", "share", "uid", "weights"]

_FULL = (1 << 16) - 1


@dataclass(frozen=True, slots=True)
class Neuron:
    """One neuron. ``incentive``, ``dividends`` and ``consensus`` are parts of 65535."""

    uid: int
    hotkey: str
    coldkey: str
    active: bool
    validator_permit: bool
    incentive: int
    dividends: int
    consensus: int
    emission: Alpha
    """What it earned in the last epoch."""
    alpha_stake: Alpha
    tao_stake: Tao
    stake_weight: Alpha
    """The stake that counts in consensus: alpha plus weighted root TAO."""
    last_update: int
    registered_at: int
    axon: Axon | None
    name: str | None
    """What its coldkey calls itself, if it has an identity."""


@dataclass(frozen=True, slots=True)
class Metagraph:
    """A subnet's neurons, by uid, as they are at ``block``."""

    netuid: int
    name: str
    symbol: str
    block: int
    tempo: int
    last_step: int
    blocks_since_last_step: int
    max_neurons: int
    registration_cost: Tao
    neurons: tuple[Neuron, ...]


@read("metagraph", group="subnets")
async def metagraph(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("Which subnet.")],
    mechanism: Annotated[int, Arg("Which of its mechanisms.")] = 0,
) -> Metagraph:
    """Every neuron of a subnet: keys, stake, incentive, dividends, emission, axon."""
    method, args = (
        ("get_mechagraph", (netuid, mechanism)) if mechanism else ("get_metagraph", (netuid,))
    )
    found = await chain.runtime_call("SubnetInfoRuntimeApi", method, *args)
    if found is None:
        raise no_subnet(netuid)
    return Metagraph(
        netuid=netuid,
        name=text(found["name"]),
        symbol=text(found["symbol"]),
        block=found["block"],
        tempo=found["tempo"],
        last_step=found["last_step"],
        blocks_since_last_step=found["blocks_since_last_step"],
        max_neurons=found["max_uids"],
        registration_cost=Tao(found["burn"]),
        neurons=tuple(_neuron(found, netuid, uid) for uid in range(found["num_uids"])),
    )


@read("uid", group="subnets")
async def uid(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("Which subnet.")],
    hotkey: Annotated[Hotkey, Arg("Whose uid.")],
) -> int | None:
    """The uid of a hotkey in a subnet; nothing if it is not registered there."""
    found: int | None = await chain.query("SubtensorModule", "Uids", netuid, account_bytes(hotkey))
    return found


@read("weights", group="subnets")
async def weights(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("Which subnet.")],
    uid: Annotated[Uid | None, Arg("Only of this validator.")] = None,
    mechanism: Annotated[int, Arg("The mechanism of the subnet.")] = 0,
) -> dict[int, dict[int, int]]:
    """The weights that validators have set: validator uid to neuron uid to weight (0 to 65535)."""
    index = storage_index(netuid, mechanism)
    if uid is not None:
        return {uid: dict(await chain.query("SubtensorModule", "Weights", index, uid))}
    entries = await chain.query_map("SubtensorModule", "Weights", index)
    if not entries and not await chain.query("SubtensorModule", "NetworksAdded", netuid):
        raise no_subnet(netuid)
    return dict(sorted((validator, dict(row)) for validator, row in entries))


def share(parts: int) -> Fraction:
    """A u16 share (0 to 65535) as an exact ratio of 1."""
    return Fraction(parts, _FULL)


def _neuron(found: Any, netuid: int, uid: int) -> Neuron:
    def of(column: str, missing: Any = 0) -> Any:
        # A neuron registered since the last epoch has no entry in the epoch's columns yet.
        values = found[column]
        return values[uid] if uid < len(values) else missing

    identity = of("identities", missing=None)
    return Neuron(
        uid=uid,
        hotkey=str(found["hotkeys"][uid]),
        coldkey=str(found["coldkeys"][uid]),
        active=of("active", missing=False),
        validator_permit=of("validator_permit", missing=False),
        incentive=of("incentives"),
        dividends=of("dividends"),
        consensus=of("consensus"),
        emission=Alpha(of("emission"), netuid),
        alpha_stake=Alpha(of("alpha_stake"), netuid),
        tao_stake=Tao(of("tao_stake")),
        stake_weight=Alpha(of("total_stake"), netuid),
        last_update=of("last_update"),
        registered_at=of("block_at_registration"),
        axon=Axon.from_value(of("axons", missing=None)),
        name=None if identity is None else text(identity["name"]),
    )
