"""Reads about where a coldkey's incentives are staked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.parameters import Arg, Coldkey
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import subnets

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["AutoStake", "auto_stake"]


@dataclass(frozen=True, slots=True)
class AutoStake:
    """Where a coldkey's incentives of one subnet are staked; no hotkey means: on the one that
    earned them."""

    netuid: int
    name: str
    hotkey: str | None


@read("auto-stake", group="stake")
async def auto_stake(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose incentives.")]
) -> tuple[AutoStake, ...]:
    """The hotkeys on which the incentives of a coldkey's miners are staked, by subnet."""
    async with chain.snapshot():
        chosen, all_subnets = await asyncio.gather(
            chain.query_map("SubtensorModule", "AutoStakeDestination", coldkey), subnets(chain)
        )
    hotkeys = {netuid: ss58_of(hotkey) for netuid, hotkey in chosen}
    return tuple(
        AutoStake(subnet.netuid, subnet.name, hotkeys.get(subnet.netuid))
        for subnet in all_subnets
        if subnet.netuid
    )
