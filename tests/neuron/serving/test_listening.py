"""Listening: connections that never ask are given up, and an address that is taken is an error."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from taokit.neuron.serving.listening import Listener


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "])
def test_a_connection_whose_headers_never_end_is_closed(said: bytes) -> None:
    async def test() -> None:
        listener = Listener(app, connections=10, drain_s=1, header_s=0.1)
        address = await listener.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*address)
        writer.write(said)
        assert await reader.read() == b""  # returns once the server has hung up
        writer.close()
        await listener.stop()

    asyncio.run(asyncio.wait_for(test(), 60))


def test_small_answers_are_sent_without_delay() -> None:
    async def test() -> None:
        listener = Listener(app, connections=10, drain_s=1)
        await listener.start("127.0.0.1", 0)
        assert listener._server is not None
        (server,) = listener._server.servers
        assert {listening.proto for listening in server.sockets} == {socket.IPPROTO_TCP}
        await listener.stop()

    asyncio.run(test())


def test_an_address_that_is_taken_is_an_error() -> None:
    async def test() -> None:
        one, other = (Listener(app, connections=10, drain_s=1) for _ in range(2))
        _, port = await one.start("127.0.0.1", 0)
        with pytest.raises(OSError):
            await other.start("127.0.0.1", port)
        with pytest.raises(RuntimeError):
            await one.start("127.0.0.1", 0)
        await one.stop()
        await one.stop()

    asyncio.run(test())
