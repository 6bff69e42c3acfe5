"""What a busy validator adds to the time that an answer takes is not the miner's."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import httpx
import pytest

from taokit.neuron.arrival import waited
from taokit.neuron.asking import Timing, read_capped

BUSY_S = 0.5
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def answering(listener: socket.socket, answered: threading.Event) -> None:
    """Answer one request."""
    connection, _ = listener.accept()
    with connection:
        while not connection.recv(65536).endswith(b"{}"):
            pass
        connection.sendall(ANSWER)
        answered.set()
        connection.recv(1)


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="only Linux tells when bytes came")
def test_an_answer_came_when_it_came_however_busy_its_reader_is() -> None:
    answered = threading.Event()

    async def test(url: str) -> tuple[Timing, float, float]:
        async with httpx.AsyncHTTPTransport() as transport:
            timing = Timing.start()
            request = httpx.Request("POST", url, content=b"{}")
            request.extensions["trace"] = timing.trace
            before = timing.sent
            sending = asyncio.ensure_future(transport.handle_async_request(request))
            while timing.sent == before:
                await asyncio.sleep(0)
            answered.wait()
            time.sleep(BUSY_S)  # nothing is read meanwhile
            answer = await sending
            assert await read_capped(answer, 100, timing) == b"ok"
            await answer.aclose()
            return timing, before, asyncio.get_running_loop().time()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answering, args=(listener, answered))
        thread.start()
        timing, before, after = asyncio.run(test(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        thread.join()
    assert timing.sent > before
    assert 0.0 <= timing.latency_s < after - timing.sent - BUSY_S / 2
    assert timing.ttft_s == timing.latency_s


def test_where_there_is_no_connection_to_ask_an_answer_comes_when_it_is_read() -> None:
    assert waited(httpx.Response(200, content=b"ok")) == 0.0
