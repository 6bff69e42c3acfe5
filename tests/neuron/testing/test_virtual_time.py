"""Time that moves only when nobody works: deadlines without waiting, the same on every machine."""

from __future__ import annotations

import asyncio
import time

from taokit.neuron.testing import virtual_time


def test_an_hour_passes_at_once_and_timers_keep_their_order() -> None:
    async def main() -> tuple[list[str], float]:
        order: list[str] = []

        async def after(seconds: float, name: str) -> None:
            await asyncio.sleep(seconds)
            order.append(name)

        await asyncio.gather(after(3600, "hour"), after(60, "minute"), after(1, "second"))
        return order, asyncio.get_running_loop().time()

    began = time.perf_counter()
    order, took = virtual_time.run(main())
    assert order == ["second", "minute", "hour"]
    assert 3600 <= took < 3601
    assert time.perf_counter() - began < 60


def test_time_waits_for_threads_and_for_sockets_of_this_process() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await asyncio.to_thread(bytes.upper, await reader.readexactly(1 << 20)))
        await writer.drain()
        writer.close()

    async def main() -> float:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"x" * (1 << 20))
            answer = await asyncio.wait_for(reader.readexactly(1 << 20), 0.5)
            writer.close()
        assert answer == b"X" * (1 << 20)
        return asyncio.get_running_loop().time()

    assert virtual_time.run(main()) == 0.0


def test_a_deadline_ends_what_never_ends() -> None:
    async def main() -> float:
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 10)
        except asyncio.TimeoutError:
            return asyncio.get_running_loop().time()
        raise AssertionError("it ended")

    assert abs(virtual_time.run(main()) - 10) < 0.01
