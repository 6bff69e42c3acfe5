"""Requests that are asked at once travel in one message, and one by one where that is refused."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_node import SILENCE, Failure, ScriptedNode, scripted_node

from taokit.chain_client import ChainClient
from taokit.chain_client.errors import RequestTimeout, RpcError, TooManyRequests, TransportClosed
from taokit.chain_client.reads.price_history import price_history
from taokit.chain_client.transport import ReconnectingTransport, WebSocketTransport
from taokit.chain_client.transport.batches import Batches
from taokit.chain_client.transport.exchange import Exchange
from taokit.chain_client.transport.requests import ExchangeTransport
from taokit.local_chain import LocalNode, NodeConfig

EXTRINSIC = "0x280403000b20008c8501"
METHOD = "state_double"


@asynccontextmanager
async def doubling(**more: Any):
    async with scripted_node(**{METHOD: lambda n: 2 * n, **more}) as node:
        transport = await WebSocketTransport.connect(node.url, unbatched=set())
        try:
            yield node, transport
        finally:
            await transport.close()


def ask(transport: Any, count: int, start: int = 0) -> Any:
    return asyncio.gather(*(transport.send(METHOD, [n]) for n in range(start, start + count)))


async def test_what_is_asked_at_once_is_one_message_and_each_gets_its_own_answer():
    async with doubling() as (node, transport):
        assert await ask(transport, 10) == [2 * n for n in range(10)]
        assert await transport.send(METHOD, [4]) == 8
    assert node.messages == [10, 1]
    assert [params for _, params in node.asked] == [[n] for n in range(10)] + [[4]]


async def test_a_message_is_bounded_in_requests_and_in_length():
    async with doubling(state_echo=lambda text: len(text)) as (node, transport):
        assert await ask(transport, 100) == [2 * n for n in range(100)]
        assert node.messages == [40, 40, 20]
        texts = ["x" * 100_000] * 5
        sizes = await asyncio.gather(*(transport.send("state_echo", [text]) for text in texts))
    assert sizes == [100_000] * 5
    assert node.messages[3:] == [2, 2, 1]


async def test_only_what_reads_travels_with_others():
    known = {"author_submitExtrinsic": "0xaa", "dev_newBlock": 1, "state_getMetadata": "0x00"}
    known |= {"state_call": "0x01", "state_unsubscribeStorage": True}
    async with doubling(**known) as (node, transport):
        await asyncio.gather(
            transport.send("author_submitExtrinsic", [EXTRINSIC]),
            transport.send("dev_newBlock"),
            transport.send("state_getMetadata"),
            transport.send("state_call", ["Metadata_metadata_at_version", "0x0f000000"]),
            transport.send("state_unsubscribeStorage", ["a"]),
            transport.send("state_call", ["Core_version", "0x"]),
            transport.send(METHOD, [1]),
        )
    assert sorted(node.messages) == [1, 1, 1, 1, 1, 2]


async def test_errors_in_a_batch_belong_to_their_requests():
    gone = Failure(4003, "Client error: UnknownBlock: Header was not found: 0x00")
    async with doubling(state_call=gone) as (node, transport):
        first, failed, last = await asyncio.gather(
            transport.send(METHOD, [1]),
            transport.send("state_call", ["Core_version", "0x"]),
            transport.send(METHOD, [2]),
            return_exceptions=True,
        )
    assert (first, last) == (2, 4)
    assert (failed.code, failed.method) == ("state_unavailable", "state_call")
    assert node.messages == [3]


def whole(code: int, message: str, number: Any = None) -> Callable[..., Any]:
    async def refuse(node: ScriptedNode, connection: Any, requests: list[Any]) -> None:
        named = requests[0]["id"] if number == "first" else number
        error = {"code": code, "message": message}
        await connection.send(json.dumps({"jsonrpc": "2.0", "error": error, "id": named}))

    return refuse


async def each_refused(node: ScriptedNode, connection: Any, requests: list[Any]) -> None:
    error = {"code": -32600, "message": "Invalid request"}
    bodies = [{"jsonrpc": "2.0", "error": error, "id": one["id"]} for one in requests]
    await connection.send(json.dumps(bodies))


async def only_the_first(node: ScriptedNode, connection: Any, requests: list[Any]) -> None:
    await connection.send(json.dumps([node.body(requests[0])]))


async def a_list_of_one_refusal(node: ScriptedNode, connection: Any, requests: list[Any]) -> None:
    error = {"code": -32600, "message": "Invalid request"}
    await connection.send(json.dumps([{"jsonrpc": "2.0", "error": error, "id": None}]))


REFUSALS = {
    "jsonrpsee without batches": whole(-32005, "Batched requests are not supported by this server"),
    "too many in one": whole(-32010, "The batch request was too large"),
    "answers too large": whole(-32011, "The batch response was too large"),
    "no request": whole(-32600, "Invalid Request"),
    "no request, by the first's id": whole(-32600, "Invalid Request", "first"),
    "not read": whole(-32700, "Parse error"),
    "each": each_refused,
    "only the first": only_the_first,
    "in a list": a_list_of_one_refusal,
}


@pytest.mark.parametrize("how", REFUSALS, ids=str)
async def test_where_batches_are_refused_everything_is_asked_one_by_one_from_then_on(how: str):
    async with doubling() as (node, transport):
        node.batch = REFUSALS[how]
        assert await ask(transport, 5) == [0, 2, 4, 6, 8]
        assert await ask(transport, 3, 10) == [20, 22, 24]
    assert node.messages[0] == 5
    assert set(node.messages[1:]) == {1}
    assert len(node.asked) <= 2 * 5 + 3


async def test_an_endpoint_that_hangs_up_on_a_batch_is_asked_one_by_one_after_that():
    async def hang_up(node: ScriptedNode, connection: Any, requests: list[Any]) -> None:
        connection.transport.abort()

    async def no_pause(seconds: float) -> None:
        await asyncio.sleep(0)

    unbatched: set[str] = set()

    async def opened(url: str) -> WebSocketTransport:
        return await WebSocketTransport.connect(url, unbatched=unbatched)

    async with scripted_node(**{METHOD: lambda n: 2 * n}) as node:
        node.batch = hang_up
        transport = ReconnectingTransport([node.url], opened, sleep=no_pause)
        await transport.open()
        assert await ask(transport, 4) == [0, 2, 4, 6]
        await transport.close()
    assert node.messages == [4, 1, 1, 1, 1]
    assert len(node.connections) == 2
    assert unbatched == {node.url}


async def test_a_gateway_that_is_busy_is_asked_again_later_and_not_at_once():
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        node.batch = None
        await asyncio.sleep(0)

    async def opened(url: str) -> WebSocketTransport:
        return await WebSocketTransport.connect(url, unbatched=set())

    async with scripted_node(**{METHOD: lambda n: 2 * n}) as node:
        node.batch = whole(-32029, "Too Many Requests")
        transport = ReconnectingTransport([node.url], opened, sleep=sleep)
        await transport.open()
        assert await ask(transport, 4) == [0, 2, 4, 6]
        await transport.close()
    assert len(waits) == 4
    assert node.messages == [4, 4]


async def test_without_anybody_to_ask_again_a_busy_gateway_is_an_error_of_each_request():
    async with doubling() as (node, transport):
        node.batch = whole(-32029, "Too Many Requests")
        found = await asyncio.gather(
            *(transport.send(METHOD, [n]) for n in range(3)), return_exceptions=True
        )
    assert [type(error) for error in found] == [TooManyRequests] * 3


async def test_who_gives_up_before_the_message_is_written_is_not_in_it():
    async with doubling() as (node, transport):
        tasks = [asyncio.ensure_future(transport.send(METHOD, [n])) for n in range(3)]
        await asyncio.sleep(0)  # each has asked, and nothing is written
        tasks[1].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[0], found[2]] == [0, 4]
    assert isinstance(found[1], asyncio.CancelledError)
    assert node.messages == [2]


async def test_who_gives_up_later_takes_nothing_from_the_others():
    asked, go = asyncio.Event(), asyncio.Event()

    async def wait_for_it(node: ScriptedNode, connection: Any, requests: list[Any]) -> None:
        asked.set()
        await go.wait()
        await node.reply(connection, requests)

    async with doubling() as (node, transport):
        node.batch = wait_for_it
        tasks = [asyncio.ensure_future(transport.send(METHOD, [n])) for n in range(3)]
        await asked.wait()
        tasks[0].cancel()
        await asyncio.wait([tasks[0]])
        go.set()
        assert await asyncio.gather(*tasks[1:]) == [2, 4]
        assert await transport.send(METHOD, [9]) == 18


async def test_each_request_of_a_batch_without_an_answer_times_out_by_itself():
    async with scripted_node(**{METHOD: SILENCE}) as node:
        transport = await WebSocketTransport.connect(
            node.url, request_timeout=0.05, unbatched=set()
        )
        found = await asyncio.gather(
            *(transport.send(METHOD, [n]) for n in range(3)), return_exceptions=True
        )
        await transport.close()
    assert [type(error) for error in found] == [RequestTimeout] * 3


async def test_closing_ends_what_waits_to_be_written_too():
    async with doubling() as (_, transport):
        tasks = [asyncio.ensure_future(transport.send(METHOD, [n])) for n in range(3)]
        await asyncio.sleep(0)
        await transport.close()
        found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in found] == [TransportClosed] * 3


async def test_an_endpoint_that_says_nothing_to_its_first_batch_is_asked_one_by_one():
    written: list[Any] = []
    exchange = Exchange("a test")
    batches = Batches(lambda text: written.append(json.loads(text)), patience=0.0)
    exchange.batches = batches
    requests = [exchange.request(METHOD, [n], None) for n in range(3)]
    for request in requests:
        batches.put(request)
    while len(written) < 4:
        await asyncio.sleep(0)
    assert [len(written[0]), *(one["params"] for one in written[1:])] == [3, [0], [1], [2]]
    assert not batches.on


class Fake(ExchangeTransport):
    """A transport to a node that does with a batch what it likes."""

    def __init__(self, ways: list[str]) -> None:
        super().__init__("a test", request_timeout=60.0)
        self._exchange.batches = Batches(self._write_later, patience=3600.0)
        self._ways = list(ways)
        self.asked: list[int] = []

    async def _write(self, text: str) -> None:
        message = json.loads(text)
        if isinstance(message, dict):
            self.asked.append(message["params"][0])
            self._say(self._body(message))
            return
        self.asked += [one["params"][0] for one in message]
        bodies = [self._body(one) for one in message]
        how = self._ways.pop() if self._ways else "whole"
        if how == "whole":
            self._say(bodies)
        elif how == "shuffled":
            random.Random(len(bodies)).shuffle(bodies)
            self._say(bodies)
        elif how == "partly":
            self._say(bodies[::2])
        elif how == "split":
            self._say(bodies[1:])
            self._say(bodies[0])
        elif how == "refused":
            error = {"code": -32600, "message": "Invalid request"}
            self._say({"jsonrpc": "2.0", "error": error, "id": None})
        else:
            for body in bodies:
                self._say(body)

    @staticmethod
    def _body(request: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": request["id"]}
        number = request["params"][0]
        if number % 5 == 3:
            return {**body, "error": {"code": number, "message": "no"}}
        return {**body, "result": 2 * number}

    def _say(self, message: Any) -> None:
        self._exchange.feed(json.dumps(message))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=6),
    st.lists(st.sampled_from(["whole", "shuffled", "partly", "singly", "refused", "split"])),
)
def test_whatever_a_node_does_with_batches_each_request_has_its_own_answer(
    sizes: list[int], ways: list[str]
):
    asyncio.run(asyncio.wait_for(_each_has_its_own_answer(sizes, ways), 100))


async def _each_has_its_own_answer(sizes: list[int], ways: list[str]) -> None:
    node = Fake(ways)
    for size in sizes:
        found = await asyncio.gather(
            *(node.send(METHOD, [n]) for n in range(size)), return_exceptions=True
        )
        for number, answer in enumerate(found):
            if number % 5 == 3:
                assert isinstance(answer, RpcError)
                assert answer.rpc_code == number
            else:
                assert answer == 2 * number
    assert len(node.asked) <= 2 * sum(sizes)
    await node.close()


class Counted(WebSocketTransport):
    """A websocket that keeps how many requests were in each message."""

    messages: ClassVar[list[int]] = []

    async def _write(self, text: str) -> None:
        parsed = json.loads(text)
        self.messages.append(len(parsed) if isinstance(parsed, list) else 1)
        await super()._write(text)


async def test_prices_of_thirty_blocks_are_a_few_messages_to_a_local_chain():
    """A gateway that counts messages counts these: one by one there are over a hundred."""
    async with LocalNode(NodeConfig(ports=(0,), block_time="manual")) as node:
        transport = await Counted.connect(f"ws://127.0.0.1:{node.ports[0]}", unbatched=set())
        async with await ChainClient.over(transport) as chain:
            await transport.send("dev_newBlock", [{"count": 30}])
            transport.messages.clear()
            (found,) = await price_history(chain, (1,), 1, 24)
    assert len(found.points) >= 20
    assert sum(transport.messages) > 80
    assert len(transport.messages) <= 15
