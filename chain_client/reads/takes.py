"""Reads about takes, and children and parents of hotkeys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = [
    "Children",
    "Link",
    "PendingChildren",
    "child_take",
    "children",
    "percent",
    "take",
    "u16_share",
    "u64_share",
]

_U16, _U64 = (1 << 16) - 1, (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Link:
    """Another hotkey, and the share of stake that goes to it or comes from it."""

    hotkey: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class PendingChildren:
    """Children that were set, and count from about ``block`` on."""

    children: tuple[Link, ...]
    block: int


@dataclass(frozen=True, slots=True)
class Children:
    """The children and parents of one hotkey in one subnet."""

    netuid: int
    hotkey: str
    children: tuple[Link, ...]
    parents: tuple[Link, ...]
    pending: PendingChildren | None
    take: Fraction
    """What the hotkey keeps of its parents' dividends."""


@read("take", group="stake")
async def take(chain: ChainClient, hotkey: Annotated[Hotkey, Arg("Which delegate.")]) -> Fraction:
    """What a delegate's hotkey keeps of the dividends of those who stake on it."""
    return Fraction(await chain.query("SubtensorModule", "Delegates", hotkey), _U16)


@read("child-take", group="stake")
async def child_take(
    chain: ChainClient,
    hotkey: Annotated[Hotkey, Arg("Which child.")],
    netuid: Annotated[NetUid, Arg("In which subnet.")],
) -> Fraction:
    """What a hotkey keeps of the dividends of its parents in a subnet."""
    own, least, least_here = await chain.query_many(
        [
            ("SubtensorModule", "ChildkeyTake", hotkey, netuid),
            ("SubtensorModule", "MinChildkeyTake"),
            ("SubtensorModule", "MinChildkeyTakePerSubnet", netuid),
        ]
    )
    return Fraction(max(own, least, least_here), _U16)


@read("children", group="stake")
async def children(
    chain: ChainClient,
    hotkey: Annotated[Hotkey, Arg("Whose children.")],
    netuid: Annotated[NetUid | None, Arg("Only in this subnet.")] = None,
) -> tuple[Children, ...]:
    """The children and parents of a hotkey, and children to come; of all subnets, or of one."""
    async with chain.snapshot():
        if netuid is None:
            found = await chain.query_map("SubtensorModule", "NetworksAdded")
            netuids = sorted(key for key, there in found if there and key)
        else:
            netuids = [netuid]
        items = [
            [
                ("SubtensorModule", "ChildKeys", hotkey, at),
                ("SubtensorModule", "ParentKeys", hotkey, at),
                ("SubtensorModule", "PendingChildKeys", at, hotkey),
            ]
            for at in netuids
        ]
        values = await chain.query_many([key for keys in items for key in keys])
        rows = [(at, *values[3 * place : 3 * place + 3]) for place, at in enumerate(netuids)]
        rows = [row for row in rows if netuid is not None or any(_any(part) for part in row[1:])]
        takes = await asyncio.gather(*(child_take(chain, hotkey, row[0]) for row in rows))
    return tuple(
        Children(at, ss58_of(hotkey), _links(own), _links(parents), _pending(waiting), kept)
        for (at, own, parents, waiting), kept in zip(rows, takes)
    )


def u16_share(share: Fraction) -> int:
    """A share of 1 as the chain's parts of 65535, rounded to the nearest."""
    return round(share * _U16)


def u64_share(share: Fraction) -> int:
    """A share of 1 as the chain's parts of 2**64 - 1, rounded down."""
    return int(share * _U64)


def percent(parts: int) -> str:
    """Parts of 65535 in per cent, as ``18.00%``."""
    return f"{parts / _U16:.2%}"


def _any(part: Any) -> bool:
    return bool(part[0] or part[1]) if isinstance(part, tuple) else bool(part)


def _links(links: Iterable[Any]) -> tuple[Link, ...]:
    return tuple(Link(ss58_of(key), Fraction(parts, _U64)) for parts, key in links)


def _pending(value: Any) -> PendingChildren | None:
    links, block = value
    return PendingChildren(_links(links), block) if links or block else None
