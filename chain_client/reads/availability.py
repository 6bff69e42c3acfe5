"""Reads about locked stake: what a coldkey has locked where, and what may still leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import account_bytes, ss58_of
from taokit.chain_client.money import Alpha
from taokit.chain_client.parameters import Arg, Coldkey, Hotkey, NetUid
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Availability", "Lock", "available", "conviction", "locks", "stake_availability"]

_FRACTION = 1 << 64
"""Conviction is a fixed point number with 64 bits after the point."""


@dataclass(frozen=True, slots=True)
class Availability:
    """A coldkey's stake in one subnet over all hotkeys: all, what locks hold, what may leave."""

    netuid: int
    total: Alpha
    locked: Alpha
    available: Alpha


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of a coldkey in one subnet, as of the block read.

    ``conviction`` is in rao of alpha: it grows towards ``locked`` while the lock stands.
    """

    netuid: int
    coldkey: str
    hotkey: str
    locked: Alpha
    conviction: Alpha
    mode: str
    """``perpetual``, or ``decaying``: the locked amount then shrinks by itself."""
    updated_at: int


@read("stake-availability", group="stake")
async def stake_availability(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose stake.")]
) -> tuple[Availability, ...]:
    """What of a coldkey's stake may leave each subnet, and what locks hold."""
    key = account_bytes(coldkey)
    found = await chain.runtime_call(
        "StakeInfoRuntimeApi", "get_stake_availability_for_coldkeys", [key], None
    )
    return tuple(
        _availability(netuid, value)
        for _, by_subnet in _pairs(found)
        for netuid, value in sorted(_pairs(by_subnet))
    )


async def available(chain: ChainClient, coldkey: str, netuid: int) -> Alpha:
    """What of a coldkey's stake may leave one subnet."""
    return (await availability_in(chain, coldkey, netuid)).available


async def availability_in(chain: ChainClient, coldkey: str, netuid: int) -> Availability:
    """What of a coldkey's stake may leave one subnet, and what locks hold there."""
    found = await chain.runtime_call(
        "StakeInfoRuntimeApi",
        "get_stake_availability_for_coldkeys",
        [account_bytes(coldkey)],
        [netuid],
    )
    for _, by_subnet in _pairs(found):
        for at, value in _pairs(by_subnet):
            if at == netuid:
                return _availability(netuid, value)
    nothing = Alpha(0, netuid)
    return Availability(netuid, nothing, nothing, nothing)


@read("locks", group="stake")
async def locks(
    chain: ChainClient,
    coldkey: Annotated[Coldkey, Arg("Whose locks.")],
    netuid: Annotated[NetUid | None, Arg("Only in this subnet.")] = None,
) -> tuple[Lock, ...]:
    """The stake that a coldkey has locked: to which hotkey, how much, with what conviction."""
    async with chain.snapshot():
        prefix = (coldkey,) if netuid is None else (coldkey, netuid)
        entries = await chain.query_map("SubtensorModule", "Lock", *prefix)
        places = [(netuid, key) if netuid is not None else tuple(key) for key, _ in entries]
        found = []
        for at, hotkey in sorted((at, ss58_of(hotkey)) for at, hotkey in places):
            rolled = await chain.runtime_call(
                "StakeInfoRuntimeApi", "get_coldkey_lock", coldkey, at
            )
            kept = await chain.query("SubtensorModule", "DecayingLock", coldkey, at)
            if rolled is not None:
                found.append(_lock(at, ss58_of(coldkey), hotkey, rolled, kept is False))
    return tuple(found)


@read("conviction", group="stake")
async def conviction(
    chain: ChainClient,
    hotkey: Annotated[Hotkey, Arg("Whose conviction.")],
    netuid: Annotated[NetUid, Arg("In which subnet.")],
) -> Alpha:
    """The conviction that locks of all coldkeys give a hotkey in a subnet."""
    found = await chain.runtime_call("StakeInfoRuntimeApi", "get_hotkey_conviction", hotkey, netuid)
    return Alpha(_bits(found) // _FRACTION, netuid)


def _bits(value: Any) -> int:
    return int(value["bits"] if isinstance(value, dict) else value)


def _lock(netuid: int, coldkey: str, hotkey: str, value: Any, perpetual: bool) -> Lock:
    return Lock(
        netuid=netuid,
        coldkey=coldkey,
        hotkey=hotkey,
        locked=Alpha(value["locked_mass"], netuid),
        conviction=Alpha(_bits(value["conviction"]) // _FRACTION, netuid),
        mode="perpetual" if perpetual else "decaying",
        updated_at=value["last_update"],
    )


def _availability(netuid: int, value: Any) -> Availability:
    return Availability(
        netuid,
        Alpha(value["total"], netuid),
        Alpha(value["locked"], netuid),
        Alpha(value["available"], netuid),
    )


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    """A map of the chain as pairs, whichever way it was decoded."""
    return list(value.items()) if isinstance(value, dict) else [tuple(pair) for pair in value]
