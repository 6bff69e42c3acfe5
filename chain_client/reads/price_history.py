"""Prices of subnets over time, from the states of past blocks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.history import BLOCKS_AN_HOUR, Sample, sampled
from taokit.chain_client.parameters import Arg, Block
from taokit.chain_client.prices import Price
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import all_prices, no_subnet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taokit.chain_client.client import ChainClient

__all__ = ["PriceHistory", "PricePoint", "price_history"]


@dataclass(frozen=True, slots=True)
class PricePoint:
    """The price at a block; ``time`` is the block's, in milliseconds since 1970."""

    block: int
    time: int
    price: Price


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """A subnet's price over some blocks, the oldest first. ``change`` is since then."""

    netuid: int
    price: Price
    change: Fraction
    lowest: Price
    highest: Price
    points: tuple[PricePoint, ...]


@read("price-history", group="subnets")
async def price_history(
    chain: ChainClient,
    netuids: Annotated[tuple[int, ...], Arg("Which subnets; none for all.", kind="uids")] = (),
    hours: Annotated[int, Arg("How far back, in hours of 300 blocks.")] = 4,
    points: Annotated[int, Arg("How many moments to look at.")] = 24,
    until: Annotated[Block | None, Arg("The last block; else the newest.")] = None,
) -> tuple[PriceHistory, ...]:
    """How the prices of subnets moved. Needs a node that keeps the states of those blocks.

    Blocks that the node has forgotten are left out.
    """
    known = await sampled(
        chain,
        all_prices,
        blocks=hours * BLOCKS_AN_HOUR,
        points=points,
        until="head" if until is None else until,
    )
    present = known[-1].value if known else {}
    for netuid in netuids:
        if known and netuid not in present:
            raise no_subnet(netuid)
    return tuple(_history(netuid, known) for netuid in (netuids or sorted(present)) if known)


def _history(netuid: int, known: Sequence[Sample[dict[int, Price]]]) -> PriceHistory:
    points = tuple(
        PricePoint(sample.block, sample.time, sample.value[netuid])
        for sample in known
        if netuid in sample.value
    )
    values: list[Any] = [point.price for point in points]
    first, last = values[0], values[-1]
    change = Fraction(last.rao, first.rao) - 1 if first.rao else Fraction(0)
    by_rao = {price.rao: price for price in values}
    return PriceHistory(netuid, last, change, by_rao[min(by_rao)], by_rao[max(by_rao)], points)
