"""A question that is asked of each block: over reconnections, outages and chains that go back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from taokit.chain_client import ChainClient, InProcessTransport
from taokit.chain_client.errors import ConnectionFailed, ConnectionLost, NotFound
from taokit.chain_client.transport import ReconnectingTransport
from taokit.chain_client.watching import each_block
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig


async def number(chain: ChainClient) -> int:
    return int(await chain.query("System", "Number"))


@asynccontextmanager
async def connected() -> AsyncIterator[ChainClient]:
    async with LocalNode(NodeConfig(ports=(), block_time="instant")) as node:
        client = await ChainClient.over(InProcessTransport(node.handler))
        async with client:
            yield client


async def mine(chain: ChainClient) -> None:
    await chain.transport.send("dev_newBlock", [{"count": 1}])


async def test_each_block_is_told_and_whether_it_changed_anything():
    async with connected() as chain:
        source = each_block(chain, number)
        parity = each_block(chain, lambda chain: _half(chain))
        told = []
        halves = []
        for _ in range(4):
            told.append(await anext(source))
            halves.append(await anext(parity))
            await mine(chain)
        await source.aclose()
        await parity.aclose()
    assert [seen.value for seen in told] == [seen.block.number for seen in told]
    first = told[0].block.number
    assert [seen.value - first for seen in told] == [0, 1, 2, 3]
    assert all(seen.changed for seen in told)
    assert halves[0].changed
    assert sum(seen.changed for seen in halves[1:]) in (1, 2)


async def _half(chain: ChainClient) -> int:
    return await number(chain) // 2


async def test_blocks_that_come_while_one_is_read_are_passed_over():
    async with connected() as chain:
        source = each_block(chain, number)
        first = await anext(source)
        for _ in range(5):
            await mine(chain)
        async with await chain.heads() as heads:
            assert (await anext(heads)).number == first.value + 5
        while (seen := await anext(source)).value < first.value + 5:
            pass
        assert seen.value == first.value + 5
        await source.aclose()


class Unsteady:
    """A way to a node that is cut, and closed for a while."""

    def __init__(self, node: LocalNode) -> None:
        self.node = node
        self.closed_for = 0
        self.opened: list[InProcessTransport] = []

    async def __call__(self, url: str) -> InProcessTransport:
        if self.closed_for:
            self.closed_for -= 1
            raise ConnectionFailed(url=url, reason="connection refused")
        self.opened.append(InProcessTransport(self.node.handler))
        return self.opened[-1]

    def cut(self, closed_for: int = 0) -> None:
        self.closed_for = closed_for
        self.opened[-1]._end(ConnectionLost(url="x", reason="cut"))


async def test_it_goes_on_after_the_connection_was_lost_and_after_an_outage():
    outages: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async with LocalNode(NodeConfig(ports=(), block_time="instant")) as node:
        way = Unsteady(node)
        transport = ReconnectingTransport(["ws://node"], way, sleep=sleep)
        async with await ChainClient.over(transport) as chain:
            source = each_block(
                chain, number, on_outage=lambda error, wait: outages.append(wait), sleep=sleep
            )
            first = await anext(source)
            for closed_for in (0, 3, 20):
                way.cut(closed_for)
                waiting = asyncio.ensure_future(anext(source))
                if closed_for < 8:  # what one request tries by itself
                    await mine(chain)
                else:
                    while way.closed_for:
                        await asyncio.sleep(0)
                    await mine(chain)
                seen = await asyncio.wait_for(waiting, 60)
                assert seen.value > first.value
                first = seen
            await source.aclose()
    assert len(way.opened) >= 4
    assert outages


async def test_it_goes_on_when_the_chain_goes_back():
    async with connected() as chain:
        await mine(chain)
        source = each_block(chain, number)
        first = await anext(source)
        await chain.transport.send("dev_setHead", [first.value - 1])
        await mine(chain)
        await mine(chain)
        seen = first
        while seen.value <= first.value:
            seen = await asyncio.wait_for(anext(source), 60)
        assert seen.value == first.value + 1
        await source.aclose()


async def test_what_the_question_raises_is_raised():
    async def nothing(chain: ChainClient) -> int:
        raise NotFound(kind="subnet", name=77)

    async with connected() as chain:
        with pytest.raises(NotFound, match="77"):
            await anext(each_block(chain, nothing))
