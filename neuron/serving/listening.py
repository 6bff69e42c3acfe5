"""Listening on a port inside the caller's event loop: uvicorn without its hold on the process.

Owns starting, stopping without cutting off who is being answered, and hanging up on connections
whose headers never end (uvicorn waits for those for ever). Signals stay the caller's.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn

__all__ = ["Listener"]

_KEEP_ALIVE_S = 30
_TICKS = 5  # uvicorn's loop ticks ten times a second


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, header_s: float) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self._header_s = header_s
        self._waiting: dict[Any, float] = {}  # connections without a request, since when

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the program that runs the server."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def on_tick(self, counter: int) -> bool:
        """Look at the connections now and then."""
        if counter % _TICKS == 0:
            self._hang_up_on_the_slow(time.monotonic())
        return await super().on_tick(counter)

    def _hang_up_on_the_slow(self, now: float) -> None:
        waiting = {
            connection: self._waiting.get(connection, now)
            for connection in self.server_state.connections
            if _has_no_request(connection)
        }
        for connection, since in waiting.items():
            if now - since > self._header_s:
                connection.transport.close()
        self._waiting = waiting


def _has_no_request(connection: Any) -> bool:
    """Whether an HTTP connection is between requests, or before its first."""
    if not hasattr(connection, "cycle"):
        return False
    return connection.cycle is None or bool(connection.cycle.response_complete)


class Listener:
    """An application on an address. ``address`` is where it is once it has started."""

    def __init__(
        self, app: Any, *, connections: int, drain_s: float, header_s: float = _KEEP_ALIVE_S
    ) -> None:
        self._app = app
        self._connections = connections
        self._drain_s = drain_s
        self._header_s = header_s
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.address: tuple[str, int] | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; port 0 takes a free one. Raises OSError when the address is taken."""
        if self._task is not None:
            raise RuntimeError("this server runs already")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # The protocol is named so that asyncio knows TCP, and sends small answers without delay.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
        except OSError:
            listening.close()
            raise
        self._server = _Server(
            uvicorn.Config(
                self._app,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                limit_concurrency=self._connections,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=max(1, round(self._drain_s)),
            ),
            self._header_s,
        )
        self._task = asyncio.create_task(self._server.serve([listening]))
        up = asyncio.create_task(self._server.up.wait())
        await asyncio.wait({up, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            up.cancel()
            await self._task
        bound = listening.getsockname()
        self.address = str(bound[0]), int(bound[1])
        return self.address

    async def stop(self) -> None:
        """Take no more connections, finish what is being answered, and return."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._server = self._task = self.address = None
