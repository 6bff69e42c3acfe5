"""What a client does where an endpoint says that it is asked too much: wait, and never resend."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from scripted_node import Failure, scripted_node
from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.http11 import Response

from taokit.chain_client.errors import ConnectionFailed, EndpointBusy, TooManyRequests
from taokit.chain_client.transport import ReconnectingTransport, WebSocketTransport
from taokit.chain_client.transport.websocket import retry_after

EXTRINSIC = "0x280403000b20008c8501"


def transport_to(*urls: str) -> tuple[ReconnectingTransport, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    made = ReconnectingTransport(urls, WebSocketTransport.connect, sleep=sleep, chance=lambda: 0.0)
    return made, waits


class Gateway:
    """Refuses so many handshakes, then lets everybody in."""

    def __init__(self, refusals: int, status: int = 429, header: str | None = "7") -> None:
        self.refusals = refusals
        self.status = status
        self.header = header
        self.tried = 0

    def __call__(self, connection: object, request: object) -> Response | None:
        self.tried += 1
        if self.tried > self.refusals:
            return None
        headers = Headers({} if self.header is None else {"Retry-After": self.header})
        return Response(self.status, "no", headers, b"")

    def serving(self):
        async def answer(connection) -> None:
            async for _ in connection:
                await connection.send('{"jsonrpc":"2.0","id":1,"result":"hello"}')

        return serve(answer, "127.0.0.1", 0, process_request=self)


def _url(server) -> str:
    return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_endpoint_is_tried_again_when_it_wants_to_be(status: int):
    gateway = Gateway(2, status)
    async with gateway.serving() as server:
        transport, waits = transport_to(_url(server))
        await transport.open()
        assert await transport.send("system_chain") == "hello"
        await transport.close()
    assert waits == [7.0, 7.0]
    assert gateway.tried == 3


async def test_one_that_says_no_time_is_tried_ever_less_often():
    gateway = Gateway(3, header=None)
    async with gateway.serving() as server:
        transport, waits = transport_to(_url(server))
        await transport.open()
        await transport.close()
    assert waits == [0.25, 0.5, 1.0]


async def test_one_that_wants_to_be_left_alone_for_long_is_an_error_at_once():
    gateway = Gateway(9, header="3600")
    async with gateway.serving() as server:
        transport, waits = transport_to(_url(server))
        with pytest.raises(EndpointBusy) as caught:
            await transport.open()
    assert (caught.value.retry_after, caught.value.status) == (3600.0, 429)
    assert caught.value.retryable
    assert waits == []


async def test_one_that_asks_again_and_again_is_not_waited_for_for_ever():
    gateway = Gateway(9, header="50")
    async with gateway.serving() as server:
        transport, waits = transport_to(_url(server))
        with pytest.raises(EndpointBusy):
            await transport.open()
    assert waits == [50.0, 50.0]


async def test_where_another_endpoint_answers_a_busy_one_is_not_waited_for():
    gateway = Gateway(9)
    async with gateway.serving() as server, scripted_node(system_chain="Bittensor") as node:
        transport, waits = transport_to(_url(server), node.url)
        await transport.open()
        assert await transport.send("system_chain") == "Bittensor"
        await transport.close()
    assert waits == []


async def test_other_refusals_of_a_handshake_are_not_waited_for():
    gateway = Gateway(9, status=403)
    async with gateway.serving() as server:
        transport, waits = transport_to(_url(server))
        with pytest.raises(ConnectionFailed, match="HTTP 403"):
            await transport.open()
    assert waits == []


@pytest.mark.parametrize("code", [429, -32005, -32029, -32999])
async def test_a_read_that_is_refused_for_being_too_much_is_asked_again_later(code: int):
    busy = Failure(code, "Too many requests", {"retry_after": 3})
    answers = iter([busy, busy, "0x2a"])
    async with scripted_node(state_getStorage=lambda key: next(answers)) as node:
        transport, waits = transport_to(node.url)
        assert await transport.send("state_getStorage", ["0x00"]) == "0x2a"
        await transport.close()
    assert waits == [3.0, 3.0]
    assert len(node.connections) == 1


async def test_it_is_given_up_at_last():
    async with scripted_node(state_getStorage=Failure(-32999, "RPC rate limit exceeded")) as node:
        transport, waits = transport_to(node.url)
        with pytest.raises(TooManyRequests) as caught:
            await transport.send("state_getStorage", ["0x00"])
        await transport.close()
    assert caught.value.retryable
    assert node.count("state_getStorage") == len(waits) + 1 == 8


@pytest.mark.parametrize("watched", [True, False])
async def test_a_signed_extrinsic_that_is_refused_so_is_not_sent_again(watched: bool):
    method = "author_submitAndWatchExtrinsic" if watched else "author_submitExtrinsic"
    async with scripted_node(**{method: Failure(-32005, "limit exceeded")}) as node:
        transport, waits = transport_to(node.url)
        with pytest.raises(TooManyRequests):
            if watched:
                await transport.subscribe(method, [EXTRINSIC], "author_unwatchExtrinsic")
            else:
                await transport.send(method, [EXTRINSIC])
        await transport.close()
    assert node.count(method) == 1
    assert waits == []


def test_the_time_to_wait_is_read_as_seconds_or_as_a_date():
    assert retry_after(None) is None
    assert retry_after("soon") is None
    assert retry_after("12") == 12.0
    assert retry_after("-3") == 0.0
    later = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    assert 3000 < (retry_after(later) or 0) <= 3600
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
