"""New heads as a signal: who is busy with one block neither misses later ones nor piles them up.

Owns a task that reads the subscription. Does not own what is done at a block (``engine``).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from taokit.chain_client.blocks import Header
from taokit.chain_client.errors import ConnectionLost
from taokit.chain_client.streams import Stream

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient

__all__ = ["Heads"]


class Heads:
    """An async context manager; ``next`` waits for a head that came since the last time."""

    def __init__(self, chain: ChainClient, stop: asyncio.Event) -> None:
        self._chain = chain
        self._stop = stop
        self._came = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._stream: Stream[Header] = await self._chain.heads()
        self._reading = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reading.cancel()
        with suppress(asyncio.CancelledError, Exception):  # an error of the connection is told once
            await self._reading
        with suppress(Exception):
            await self._stream.aclose()

    async def _read(self) -> None:
        async for _ in self._stream:
            self._came.set()
        raise ConnectionLost(url=self._chain.transport.url, reason="the subscription ended")

    async def next(self, timeout: float | None) -> bool:
        """Wait; ``False`` when the time is over first, or it was stopped. Raises
        :class:`TransportError`."""
        coming = asyncio.ensure_future(self._came.wait())
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait(
                {coming, stopping, self._reading},
                timeout=timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopping.cancel()
            coming.cancel()
        if self._reading.done() and not self._stop.is_set():
            self._reading.result()
        came = self._came.is_set()
        self._came.clear()
        return came
