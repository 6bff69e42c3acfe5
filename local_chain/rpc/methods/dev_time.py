"""`dev_*` for time: travel, the clock, and when blocks are made.

`dev_setBlockBuildMode` is chopsticks' name. `dev_timeTravel`, which only sets the clock, is in
`methods.dev`.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import Any

from taokit.local_chain.errors import InvalidNodeConfig
from taokit.local_chain.node.dev.part import Steps
from taokit.local_chain.node.sealing import SealingMode
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.params import U16, U32, MomentMs, to_hex
from taokit.local_chain.rpc.registry import Json, Node, method

TURN_SECONDS = 0.02
"""How long making blocks may hold the event loop before others get their turn."""

BUILD_MODES = {"batch": "instant", "instant": "instant", "manual": "manual"}
"""Chopsticks' names: it makes a block for a batch of transactions, for each, or on demand."""

MAX_SECONDS = 1e10


async def by_turns(steps: Steps) -> None:
    """Do all steps, and let others have their turn between them."""
    turn_ends = time.monotonic() + TURN_SECONDS
    for _ in steps:
        if time.monotonic() > turn_ends:
            await asyncio.sleep(0)
            turn_ends = time.monotonic() + TURN_SECONDS


@dataclass(frozen=True)
class Number:
    """A number that need not be whole."""

    value: float

    @classmethod
    def from_json(cls, value: Any) -> Number:
        """Read a finite number."""
        if type(value) not in (int, float) or not math.isfinite(value):
            raise invalid_params(f"expected a number, got {value!r:.60}")
        return cls(float(value))


@dataclass(frozen=True)
class Journey:
    """How far to go: exactly one of these, ``netuid`` being whose epochs.

    By blocks or epochs it may be a ``leap``: what nothing happens in is not sealed.
    """

    seconds: float | None = None
    blocks: int | None = None
    epochs: int | None = None
    netuid: int | None = None
    halving: bool = False
    leap: bool = False

    @classmethod
    def from_json(cls, value: Any) -> Journey:
        """Read an object of one of these, or of `epochs` and `netuid`."""
        if not isinstance(value, dict) or set(value) - set(cls.__dataclass_fields__):
            raise invalid_params("expected seconds, blocks, epochs and netuid, or halving")
        journey = cls(**value)
        ways = (journey.seconds, journey.blocks, journey.epochs, journey.halving or None)
        if sum(way is not None for way in ways) != 1:
            raise invalid_params("travel by seconds, blocks, epochs or to a halving: one of them")
        if (journey.epochs is None) != (journey.netuid is None):
            raise invalid_params("epochs are those of a subnet: give its netuid")
        if type(journey.leap) is not bool or (
            journey.leap and journey.blocks is None and journey.epochs is None
        ):
            raise invalid_params("leap is true or false, and goes with blocks or epochs")
        for name in ("blocks", "epochs", "netuid"):
            number = getattr(journey, name)
            if number is not None and (type(number) is not int or not 0 <= number < 1 << 32):
                raise invalid_params(f"{name} is a whole number, 0 or more")
        if journey.seconds is not None and not (
            0 <= Number.from_json(journey.seconds).value <= MAX_SECONDS
        ):
            raise invalid_params(f"seconds are from 0 to {MAX_SECONDS:.0f}")
        return journey


@method("dev_travel", cheat="time")
async def travel(node: Node, journey: Journey) -> Json:
    """Go forward in time: the head's number and hash then, and the next timestamp.

    By seconds with one block at their end, by blocks, by epochs of a subnet, or to a halving, for
    which it is told what was set: see `TimeControl.to_halving`.
    """
    chain, dev = node.chain, node.chain.dev
    halved: dict[str, Json] = {}
    if journey.seconds is not None:
        dev.travel(round(journey.seconds * 1000))
    elif journey.blocks is not None:
        target = chain.head.number + journey.blocks
        await by_turns(dev.leaping(target) if journey.leap else dev.mining(target))
    elif journey.epochs is not None and journey.netuid is not None:
        for _ in range(journey.epochs):
            await by_turns(dev.running_epoch(journey.netuid, leap=journey.leap))
    else:
        halving = dev.to_halving()
        halved["halving"] = {
            "issuanceBefore": halving.issuance_before,
            "issuance": halving.issuance,
            "emissionBefore": halving.emission_before,
            "emission": halving.emission,
        }
    return {**_here(node), **halved}


@method("dev_runEpoch", cheat="time")
async def run_epoch(node: Node, netuid: U16, leap: bool = False) -> Json:
    """Make blocks until a subnet's next epoch has run; the head's number and hash then.

    With `leap` only those that something happens in.
    """
    await by_turns(node.chain.dev.running_epoch(netuid, leap=leap))
    return _here(node)


@method("dev_setNextTimestamp", cheat="time")
def set_next_timestamp(node: Node, moment: MomentMs) -> Json:
    """Let the next block carry exactly this timestamp, in ms; time goes on from there."""
    node.chain.dev.set_next_timestamp(moment)
    return node.chain.next_timestamp_ms()


@method("dev_setTimeRate", cheat="time")
def set_time_rate(node: Node, rate: Number) -> Json:
    """Let so many seconds of chain time pass in a second; intervals of blocks are chain time."""
    node.chain.dev.set_rate(rate.value)
    return rate.value


@method("dev_setBlockBuildMode", cheat="blocks")
def set_block_build_mode(node: Node, mode: str) -> Json:
    """When blocks are made from now on: `Batch`, `Instant`, `Manual`, or `250ms`, `instant+12s`."""
    try:
        node.chain.dev.set_block_time(SealingMode.parse(BUILD_MODES.get(mode.lower(), mode)))
    except InvalidNodeConfig as wrong:
        raise invalid_params(f"{wrong.message}: {wrong.hint}") from wrong
    return str(node.chain.dev.block_time)


@method("dev_pause", cheat="blocks")
def pause(node: Node) -> Json:
    """Make no more blocks but those asked for; the head's number and hash."""
    node.chain.dev.pause()
    return _here(node)


@method("dev_resume", cheat="blocks")
def resume(node: Node) -> Json:
    """Make blocks again, as before `dev_pause`; the head's number and hash."""
    node.chain.dev.resume()
    return _here(node)


@method("dev_dropBlock", cheat="blocks")
def drop_block(node: Node, count: U32 = U32(1)) -> Json:
    """Leave out the next blocks that would make themselves; how many."""
    node.chain.dev.drop_blocks(count)
    return count


@method("dev_delayBlock", cheat="blocks")
def delay_block(node: Node, seconds: Number) -> Json:
    """Let the next block that would make itself come so many seconds later; the seconds."""
    if not 0 <= seconds.value <= MAX_SECONDS:
        raise invalid_params(f"seconds are from 0 to {MAX_SECONDS:.0f}")
    node.chain.dev.delay_block(round(seconds.value * 1000))
    return seconds.value


def _here(node: Node) -> dict[str, Json]:
    head = node.chain.head
    timestamp = node.chain.next_timestamp_ms()
    return {"number": head.number, "hash": to_hex(head.hash), "timestamp": timestamp}
