"""Emission and stake over time, from the states of past blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.history import BLOCKS_AN_HOUR, sampled
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.parameters import Arg, Coldkey
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.stake import StakePosition, stake
from taokit.chain_client.reads.subnets import Subnet, no_subnet

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = [
    "EmissionHistory",
    "EmissionPoint",
    "StakeHistory",
    "StakePoint",
    "emission_history",
    "stake_history",
]


@dataclass(frozen=True, slots=True)
class EmissionPoint:
    """What a subnet got in a block: TAO into its pool, and alpha to its neurons."""

    block: int
    time: int
    """The block's, in milliseconds since 1970."""
    tao: Tao
    alpha: Alpha


@dataclass(frozen=True, slots=True)
class EmissionHistory:
    """A subnet's emission over some blocks, the oldest first."""

    netuid: int
    points: tuple[EmissionPoint, ...]


@dataclass(frozen=True, slots=True)
class StakePoint:
    """What a coldkey had staked at a block: its worth then, and the alpha by subnet."""

    block: int
    time: int
    """The block's, in milliseconds since 1970."""
    value: Tao
    by_subnet: Mapping[int, Alpha]


@dataclass(frozen=True, slots=True)
class StakeHistory:
    """A coldkey's stake over some blocks, the oldest first. ``change`` is of the worth."""

    coldkey: str
    change: Tao
    points: tuple[StakePoint, ...]


@read("emission-history", group="subnets")
async def emission_history(
    chain: ChainClient,
    netuids: Annotated[tuple[int, ...], Arg("Which subnets.", kind="uids")],
    hours: Annotated[int, Arg("How far back, in hours of 300 blocks.")] = 4,
    points: Annotated[int, Arg("How many moments to look at.")] = 24,
) -> tuple[EmissionHistory, ...]:
    """What subnets got in each block. Needs a node that keeps the states of those blocks."""

    async def question(chain: ChainClient) -> list[Any]:
        return await asyncio.gather(
            *(
                chain.runtime_call("SubnetInfoRuntimeApi", "get_dynamic_info", netuid)
                for netuid in netuids
            )
        )

    known = await sampled(chain, question, blocks=hours * BLOCKS_AN_HOUR, points=points)
    for netuid, last in zip(netuids, known[-1].value if known else (), strict=False):
        if last is None:
            raise no_subnet(netuid)
    histories = []
    for place, netuid in enumerate(netuids):
        told = []
        for sample in known:
            if sample.value[place] is not None:
                subnet = Subnet.from_value(sample.value[place])
                given = subnet.tao_in_emission, subnet.alpha_out_emission
                told.append(EmissionPoint(sample.block, sample.time, *given))
        histories.append(EmissionHistory(netuid, tuple(told)))
    return tuple(histories)


@read("stake-history", group="stake")
async def stake_history(
    chain: ChainClient,
    coldkey: Annotated[Coldkey, Arg("Whose stake.")],
    hours: Annotated[int, Arg("How far back, in hours of 300 blocks.")] = 4,
    points: Annotated[int, Arg("How many moments to look at.")] = 24,
) -> StakeHistory:
    """What a coldkey had staked, and its worth. Needs a node that keeps those blocks' states."""

    async def question(chain: ChainClient) -> tuple[StakePosition, ...]:
        return await stake(chain, coldkey)

    known = await sampled(chain, question, blocks=hours * BLOCKS_AN_HOUR, points=points)
    told = tuple(_stake_point(sample.block, sample.time, sample.value) for sample in known)
    change = told[-1].value - told[0].value if told else Tao(0)
    return StakeHistory(coldkey, change, told)


def _stake_point(block: int, time: int, positions: tuple[StakePosition, ...]) -> StakePoint:
    held: dict[int, Alpha] = {}
    for position in positions:
        before = held.get(position.netuid, Alpha(0, position.netuid))
        held[position.netuid] = before + position.stake
    worth = sum((position.value for position in positions), Tao(0))
    return StakePoint(block, time, worth, held)
