"""Bad answers on purpose, as clients on real sockets see them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from rpc_client import fake_chain
from test_rpc_server import Http, request, run, serving, url
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

CHAIN = "system_chain"
AS_JSON = {"content_type": "application/json"}


async def fault(http: Http, **given: Any) -> None:
    assert (await post(http, "dev_setRpcFault", given))[0] == 200


async def post(http: Http, method: str, *params: Any) -> tuple[int, Any]:
    body = request(method, *params).encode()
    http.writer.write(
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n" % len(body) + body
    )
    status, _, text = await http.read()
    return status, json.loads(text)


def test_too_many_requests_by_http_by_websocket_and_at_its_opening() -> None:
    async def scenario() -> None:
        async with serving() as server, Http(server) as http, connect(url(server)) as open_before:
            await fault(http, kind="429", count=4)
            assert (await post(http, CHAIN))[0] == 429
            await open_before.send(request(CHAIN, id=7))
            told = json.loads(await open_before.recv())
            assert (told["id"], told["error"]["code"]) == (7, -32029)
            await open_before.send(f"[{request(CHAIN, id=8)}]")
            assert json.loads(await open_before.recv())[0]["id"] == 8
            with pytest.raises(InvalidStatus, match="429"):
                await connect(url(server)).__aenter__()
            assert (await post(http, CHAIN))[0] == 200  # that were four

    run(scenario)


def test_only_the_methods_named_are_answered_badly() -> None:
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            await fault(http, kind="429", methods=[CHAIN])
            async with connect(url(server)) as client:
                await client.send(request("system_name"))
                assert "result" in json.loads(await client.recv())
                await client.send(request(CHAIN))
                assert "error" in json.loads(await client.recv())
            on = (await post(http, "dev_switches"))[1]["result"]["faults"]
            assert on == [{"kind": "429", "methods": [CHAIN], "count": None, "seconds": 1.0}]
            assert (await post(http, "dev_clearRpcFaults"))[1]["result"] == []
            assert (await post(http, CHAIN))[0] == 200

    run(scenario)


def test_a_dropped_connection_is_cut() -> None:
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            async with connect(url(server)) as client:
                await fault(http, kind="drop", count=3)
                await client.send(request(CHAIN))
                with pytest.raises(ConnectionClosed):
                    await client.recv()
            with pytest.raises((InvalidMessage, ConnectionError, EOFError)):
                await connect(url(server)).__aenter__()
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await post(http, CHAIN)

    run(scenario)


def test_a_hanging_request_is_never_answered_while_others_are() -> None:
    async def scenario() -> None:
        async with (
            serving() as server,
            Http(server) as http,
            Http(server) as hung,
            connect(url(server)) as client,
        ):
            await fault(http, kind="hang", methods=[CHAIN])
            await client.send(request(CHAIN, id=1))
            await client.send(request("system_name", id=2))
            assert json.loads(await client.recv())["id"] == 2
            waiting = asyncio.ensure_future(post(hung, CHAIN))
            assert (await post(http, "system_name"))[0] == 200
            assert not waiting.done()
            waiting.cancel()

    run(scenario)


def test_a_slow_answer_comes_after_those_of_later_questions() -> None:
    async def scenario() -> None:
        async with (
            serving() as server,
            Http(server) as http,
            Http(server) as slow,
            connect(url(server)) as client,
        ):
            await fault(http, kind="slow", methods=[CHAIN], seconds=0.05)
            await client.send(request(CHAIN, id=1))
            await client.send(request("system_name", id=2))
            assert [json.loads(await client.recv())["id"] for _ in range(2)] == [2, 1]
            assert (await post(slow, CHAIN))[1]["result"]
            assert (await post(slow, "system_name"))[1]["result"]

    run(scenario)


def test_a_slow_opening_opens() -> None:
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            await fault(http, kind="slow", seconds=0.05, count=1)
            async with connect(url(server)) as client:
                await client.send(request(CHAIN))
                assert "result" in json.loads(await client.recv())

    run(scenario)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"kind": "rude"},
        {"kind": "hang", "count": 0},
        {"kind": "slow", "seconds": -1},
        {"kind": "hang", "methods": ["system_chian"]},
        5,
    ],
)
def test_a_fault_that_means_nothing_is_refused(wrong: Any) -> None:
    async def scenario() -> None:
        async with serving(chain=fake_chain()) as server, Http(server) as http:
            assert (await post(http, "dev_setRpcFault", wrong))[1]["error"]["code"] == -32602
            assert (await post(http, CHAIN))[0] == 200

    run(scenario)
