"""The same question at blocks of the past, evenly spaced, as far as the node still knows them.

Owns which blocks are looked at and how many are asked about at once. Does not own the questions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from taokit.chain_client.errors import NotFound, StateUnavailable, UnknownName

if TYPE_CHECKING:
    from taokit.chain_client.blocks import BlockSelector
    from taokit.chain_client.client import ChainClient

__all__ = ["BLOCKS_AN_HOUR", "MOST_POINTS", "Sample", "sampled"]

T = TypeVar("T")

BLOCKS_AN_HOUR: Final = 300
MOST_POINTS: Final = 240
_AT_ONCE: Final = 8
"""Blocks asked about at a time: public nodes refuse who asks about hundreds."""


@dataclass(frozen=True)
class Sample(Generic[T]):
    """The answer at a block; ``time`` is the block's, in milliseconds since 1970."""

    block: int
    time: int
    value: T


async def sampled(
    chain: ChainClient,
    question: Callable[[ChainClient], Awaitable[T]],
    *,
    blocks: int,
    points: int,
    until: BlockSelector = "head",
) -> tuple[Sample[T], ...]:
    """The answers over the last ``blocks`` blocks up to ``until``, the oldest first.

    ``points`` of them, 2 to 240, spread evenly. Blocks whose states the node has discarded are left
    out, and those whose runtime cannot be asked. Raises what the question raises of other blocks.
    """
    count = max(2, min(points, MOST_POINTS))
    end = (await chain.block_ref(until)).number
    start = max(end - blocks, 0)
    step = max((end - start) / (count - 1), 1)
    numbers = sorted({end, *(round(end - place * step) for place in range(count))})
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> Sample[T] | None:
        async with turns:
            try:
                async with chain.at(number):
                    time, value = await asyncio.gather(
                        chain.query("Timestamp", "Now"), question(chain)
                    )
            except (StateUnavailable, UnknownName):  # the latter: a runtime before this one
                return None
            except NotFound as error:
                if error.kind != "block":
                    raise
                return None
        return Sample(number, time, value)

    found = await asyncio.gather(*(one(number) for number in numbers if number >= start))
    return tuple(sample for sample in found if sample is not None)
