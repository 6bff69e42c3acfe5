"""The metagraph that a server keeps: renewed in time, shared, and kept when a node fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from taokit.neuron.errors import Overloaded
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.serving.snapshots import SnapshotCache


class Chain:
    """A chain whose block is how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = 0.0
        self.down = False

    async def snapshot(self) -> Snapshot:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise ConnectionError("away")
        return Snapshot(1, self.asked, "0x00", "")

    def clock(self) -> float:
        return self.now


def run(test: Callable[[Chain, SnapshotCache], Awaitable[None]], refresh_s: float = 10.0) -> None:
    async def bounded() -> None:
        chain = Chain()
        cache = SnapshotCache(chain, refresh_s, clock=chain.clock)
        await asyncio.wait_for(test(chain, cache), 60)  # type: ignore[arg-type]
        await cache.close()

    asyncio.run(bounded())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_asks_together_shares_one_look() -> None:
    async def test(chain: Chain, cache: SnapshotCache) -> None:
        found = await asyncio.gather(*(cache.get() for _ in range(5)))
        assert {one.block for one in found} == {1}
        assert chain.asked == 1
        chain.now = 10.0
        assert (await cache.get()).block == 1
        assert chain.asked == 1

    run(test)


def test_an_old_picture_is_used_while_a_newer_one_is_fetched() -> None:
    async def test(chain: Chain, cache: SnapshotCache) -> None:
        await cache.get()
        chain.now = 11.0
        assert (await cache.get()).block == 1
        await settle()
        assert (await cache.get()).block == 2
        chain.now = 500.0  # too old to be used
        assert (await cache.get()).block == 3

    run(test)


def test_whoever_needs_a_fresh_one_waits_for_it() -> None:
    async def test(chain: Chain, cache: SnapshotCache) -> None:
        await cache.get()
        chain.now = 2.0
        assert (await cache.get(at_most_s=3.0)).block == 1
        assert (await cache.get(at_most_s=1.0)).block == 2

    run(test)


def test_a_node_that_fails_leaves_the_last_picture() -> None:
    async def test(chain: Chain, cache: SnapshotCache) -> None:
        chain.down = True
        with pytest.raises(Overloaded):
            await cache.get()
        assert cache.age_s is None
        chain.down = False
        await cache.get()
        chain.down, chain.now = True, 5000.0
        assert (await cache.get()).block == 2
        assert cache.age_s == 5000.0

    run(test)
