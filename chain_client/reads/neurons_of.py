"""The neurons of given hotkeys, wherever they are registered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import account_bytes, ss58_of
from taokit.chain_client.money import Alpha
from taokit.chain_client.parameters import Arg
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.values import Axon

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["OwnNeuron", "neurons_of"]


@dataclass(frozen=True, slots=True)
class OwnNeuron:
    """One neuron. Rank to dividends are parts of 65535."""

    netuid: int
    uid: int
    hotkey: str
    coldkey: str
    active: bool
    validator_permit: bool
    stake: Alpha
    """What is staked on the hotkey in the subnet, by everybody."""
    rank: int
    trust: int
    consensus: int
    incentive: int
    dividends: int
    validator_trust: int
    emission: Alpha
    """What it earned in the last epoch."""
    last_update: int
    updated: int
    """Blocks since ``last_update``."""
    axon: Axon | None


@read("neurons-of", group="accounts")
async def neurons_of(
    chain: ChainClient,
    hotkeys: Annotated[Sequence[str], Arg("The hotkeys.", kind="accounts")],
    netuids: Annotated[
        Sequence[int] | None, Arg("Only these subnets; all without it.", kind="integers")
    ] = None,
) -> tuple[OwnNeuron, ...]:
    """The neurons of some hotkeys, in every subnet where they are registered."""
    if not hotkeys:
        return ()
    async with chain.snapshot() as block:
        subnets = sorted(netuids) if netuids else await _subnets(chain)
        places = [(netuid, hotkey) for netuid in subnets for hotkey in dict.fromkeys(hotkeys)]
        uids = await chain.query_many(
            [("SubtensorModule", "Uids", netuid, account_bytes(key)) for netuid, key in places]
        )
        found = await asyncio.gather(
            *(
                chain.runtime_call("NeuronInfoRuntimeApi", "get_neuron_lite", netuid, uid)
                for (netuid, _), uid in zip(places, uids, strict=True)
                if uid is not None
            )
        )
    return tuple(_neuron(info, block.number) for info in found if info is not None)


async def _subnets(chain: ChainClient) -> list[int]:
    added = await chain.query_map("SubtensorModule", "NetworksAdded")
    return sorted(netuid for netuid, there in added if there)


def _neuron(info: Any, now: int) -> OwnNeuron:
    netuid = info["netuid"]
    return OwnNeuron(
        netuid=netuid,
        uid=info["uid"],
        hotkey=ss58_of(info["hotkey"]),
        coldkey=ss58_of(info["coldkey"]),
        active=info["active"],
        validator_permit=info["validator_permit"],
        stake=Alpha(sum(held for _, held in info["stake"]), netuid),
        rank=info["rank"],
        trust=info["trust"],
        consensus=info["consensus"],
        incentive=info["incentive"],
        dividends=info["dividends"],
        validator_trust=info["validator_trust"],
        emission=Alpha(info["emission"], netuid),
        last_update=info["last_update"],
        updated=max(0, now - info["last_update"]),
        axon=Axon.from_value(info["axon_info"]),
    )
