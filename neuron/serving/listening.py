"""Listening on a port inside the caller's event loop: uvicorn without its hold on the process.

Owns starting, and stopping without cutting off who is being answered. Signals stay the caller's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn

__all__ = ["Listener"]

_KEEP_ALIVE_S = 30


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the program that runs the server."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


class Listener:
    """An application on an address. ``address`` is where it is once it has started."""

    def __init__(self, app: Any, *, connections: int, drain_s: float) -> None:
        self._app = app
        self._connections = connections
        self._drain_s = drain_s
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
            )
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
