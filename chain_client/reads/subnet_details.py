"""Reads about one subnet that its owner and those about to join ask: start, mechanisms, ranking."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.money import Alpha
from taokit.chain_client.parameters import Arg, NetUid
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import no_subnet
from taokit.chain_client.reads.values import Identity

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = [
    "Convinced",
    "Mechanism",
    "StartSchedule",
    "SubnetConviction",
    "mechanisms",
    "start_schedule",
    "subnet_conviction",
    "subnet_identity",
]

_FULL = 65_535
_FRACTION = 1 << 64
_SUB = "SubtensorModule"


@dataclass(frozen=True, slots=True)
class StartSchedule:
    """Whether a subnet is started, and from which block its owner may start it."""

    netuid: int
    started: bool
    started_at: int | None
    """The first block with emission, where it is started."""
    can_start_at: int
    blocks_left: int
    owner_coldkey: str


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One incentive mechanism of a subnet; ``share`` of the emission, from 0 to 1."""

    mechanism: int
    share: Fraction
    parts: int
    """The same in parts of 65535."""


@dataclass(frozen=True, slots=True)
class Convinced:
    """A hotkey that locks stand behind. ``share`` is of all conviction in the subnet."""

    hotkey: str
    coldkey: str
    conviction: Alpha
    share: Fraction
    is_owner: bool


@dataclass(frozen=True, slots=True)
class SubnetConviction:
    """Whose locks stand behind a subnet.

    When all conviction reaches ``needed`` (a tenth of the alpha held), a subnet a year old goes
    to the coldkey of ``leader``.
    """

    netuid: int
    total: Alpha
    needed: Alpha
    leader: str | None
    hotkeys: tuple[Convinced, ...]


@read("start-schedule", group="subnets")
async def start_schedule(
    chain: ChainClient, netuid: Annotated[NetUid, Arg("Which subnet.")]
) -> StartSchedule:
    """Whether a subnet is started, and if not, from when its owner may start it."""
    async with chain.snapshot() as block:
        there, first, registered, delay, owner = await chain.query_many(
            [
                (_SUB, "NetworksAdded", netuid),
                (_SUB, "FirstEmissionBlockNumber", netuid),
                (_SUB, "NetworkRegisteredAt", netuid),
                (_SUB, "StartCallDelay"),
                (_SUB, "SubnetOwner", netuid),
            ]
        )
    if not there:
        raise no_subnet(netuid)
    ready = registered + delay
    left = 0 if first is not None else max(ready - (block.number + 1), 0)
    return StartSchedule(netuid, first is not None, first, ready, left, str(owner))


@read("mechanisms", group="subnets")
async def mechanisms(
    chain: ChainClient, netuid: Annotated[NetUid, Arg("Which subnet.")]
) -> tuple[Mechanism, ...]:
    """The incentive mechanisms of a subnet, and what part of its emission each gets."""
    there, count, split = await chain.query_many(
        [
            (_SUB, "NetworksAdded", netuid),
            (_SUB, "MechanismCountCurrent", netuid),
            (_SUB, "MechanismEmissionSplit", netuid),
        ]
    )
    if not there:
        raise no_subnet(netuid)
    parts = list(split) if split else _even(count)
    parts += [0] * (count - len(parts))
    return tuple(
        Mechanism(place, Fraction(part, _FULL), part) for place, part in enumerate(parts[:count])
    )


def _even(count: int) -> list[int]:
    """An even split, with what is left over going to the first."""
    share, left = divmod(_FULL, max(count, 1))
    return [share + (left if not place else 0) for place in range(count)]


@read("subnet-identity", group="subnets")
async def subnet_identity(
    chain: ChainClient, netuid: Annotated[NetUid, Arg("Which subnet.")]
) -> Identity | None:
    """What a subnet's owner says about it; nothing if that was never set."""
    there, found = await chain.query_many(
        [(_SUB, "NetworksAdded", netuid), (_SUB, "SubnetIdentitiesV3", netuid)]
    )
    if not there:
        raise no_subnet(netuid)
    return Identity.from_value(found)


@read("subnet-conviction", group="subnets")
async def subnet_conviction(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("Which subnet.")],
    limit: Annotated[int, Arg("How many hotkeys at most.")] = 20,
) -> SubnetConviction:
    """Whose locked stake stands behind a subnet, the strongest hotkey first."""
    async with chain.snapshot():
        there, owner, held = await chain.query_many(
            [
                (_SUB, "NetworksAdded", netuid),
                (_SUB, "SubnetOwnerHotkey", netuid),
                (_SUB, "SubnetAlphaOut", netuid),
            ]
        )
        if not there:
            raise no_subnet(netuid)
        locked = {str(owner)} if owner is not None else set()
        for item in ("HotkeyLock", "DecayingHotkeyLock"):
            locked |= {str(key) for key, _ in await chain.query_map(_SUB, item, netuid)}
        hotkeys = sorted(locked)
        found, leader, owners = await asyncio.gather(
            asyncio.gather(*(_conviction(chain, hotkey, netuid) for hotkey in hotkeys)),
            chain.runtime_call(
                "StakeInfoRuntimeApi", "get_most_convicted_hotkey_on_subnet", netuid
            ),
            chain.query_many([(_SUB, "Owner", hotkey) for hotkey in hotkeys]),
        )
    total = sum(found)
    ranked = sorted(
        (
            Convinced(
                hotkey, str(cold), Alpha(rao, netuid), Fraction(rao, total), hotkey == str(owner)
            )
            for hotkey, cold, rao in zip(hotkeys, owners, found, strict=True)
            if rao
        ),
        key=lambda one: (-one.conviction.rao, one.hotkey),
    )
    king = None if leader is None or not total else str(leader)
    return SubnetConviction(
        netuid, Alpha(total, netuid), Alpha(held // 10, netuid), king, tuple(ranked[:limit])
    )


async def _conviction(chain: ChainClient, hotkey: str, netuid: int) -> int:
    found: Any = await chain.runtime_call(
        "StakeInfoRuntimeApi", "get_hotkey_conviction", hotkey, netuid
    )
    bits = found["bits"] if isinstance(found, dict) else found
    return int(bits) // _FRACTION
