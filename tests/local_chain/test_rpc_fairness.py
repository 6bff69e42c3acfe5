"""A client that asks much does not hold up the chain or other clients."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from taokit.local_chain import LocalNode, NodeConfig
from taokit.local_chain.rpc import session, websocket

ASKED = 200


def in_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(test(**fixtures))

    return run


def question(id: int) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": "chain_getHeader", "params": []}


@pytest.fixture(autouse=True)
def shortest_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request is a turn of its own."""
    monkeypatch.setattr(session, "TURN_SECONDS", -1)
    monkeypatch.setattr(websocket, "TURN_SECONDS", -1)


@in_a_loop
async def test_a_batch_is_answered_in_turns_and_in_order() -> None:
    async with LocalNode(NodeConfig(ports=(), block_time="manual")) as node:
        sent: list[str] = []
        client = node.handler.open(sent.append)
        task = client.receive(json.dumps([question(id) for id in range(ASKED)]))
        assert task is not None
        before = node.chain.seal()[0].number
        await task
        answers = json.loads(sent[0])
        assert [answer["id"] for answer in answers] == list(range(ASKED))
        # The block that was made meanwhile is seen by those that were answered after it.
        numbers = [int(answer["result"]["number"], 16) for answer in answers]
        assert (numbers[0], numbers[-1]) == (before - 1, before)


@in_a_loop
async def test_a_batch_that_is_too_large_is_refused_in_a_later_turn_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "MAX_RESPONSE_BYTES", 2_000)
    async with LocalNode(NodeConfig(ports=(), block_time="manual")) as node:
        sent: list[str] = []
        task = node.handler.open(sent.append).receive(
            json.dumps([question(id) for id in range(ASKED)])
        )
        assert task is not None
        await task
        (answer,) = map(json.loads, sent)
        assert answer["error"]["code"] == session.TOO_BIG_BATCH_RESPONSE


@in_a_loop
async def test_a_closed_session_stops_answering_its_batch() -> None:
    async with LocalNode(NodeConfig(ports=(), block_time="manual")) as node:
        sent: list[str] = []
        client = node.handler.open(sent.append)
        task = client.receive(json.dumps([question(id) for id in range(ASKED)]))
        assert task is not None
        client.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sent == []


@in_a_loop
async def test_another_client_is_answered_between_many_messages_of_one() -> None:
    async with LocalNode(NodeConfig(ports=(0,), block_time="manual")) as node:
        url = f"ws://127.0.0.1:{node.ports[0]}"
        order: list[str] = []

        async def hear(client: ClientConnection, name: str, count: int) -> list[int]:
            ids = []
            for _ in range(count):
                ids.append(json.loads(await client.recv())["id"])
                order.append(name)
            return ids

        async with connect(url) as greedy, connect(url) as other:
            for id in range(ASKED):
                await greedy.send(json.dumps(question(id)))
            await other.send(json.dumps(question(0)))
            heard = await asyncio.gather(hear(greedy, "greedy", ASKED), hear(other, "other", 1))
        assert heard[0] == list(range(ASKED))
        assert order.index("other") < ASKED
        assert order[-1] == "greedy"
