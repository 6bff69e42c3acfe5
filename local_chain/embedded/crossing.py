"""Sessions with a node whose event loop runs on another thread.

Owns carrying each message to the node's loop and each answer back to the loop that asked. Does not
own the messages: they are the same JSON text that would go over a websocket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.rpc.session import RpcHandler

__all__ = ["Crossing", "Socket"]


class Crossing:
    """An RPC handler as other event loops may use it; see ``InProcessTransport``."""

    def __init__(self, handler: RpcHandler, loop: asyncio.AbstractEventLoop) -> None:
        self._handler = handler
        self._loop = loop

    def open(self, send: Callable[[str], None]) -> CrossingSession:
        """A session for the running event loop; `send` is called in that."""
        return CrossingSession(self._handler, self._loop, send)


class CrossingSession:
    """One client's session; see :class:`Crossing`."""

    def __init__(
        self,
        handler: RpcHandler,
        loop: asyncio.AbstractEventLoop,
        send: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._home = asyncio.get_running_loop()
        self._same = loop is self._home
        self._send = send
        self._session = handler.open(send if self._same else self._carry)

    async def handle(self, message: str) -> None:
        """Take one message; answers go to `send`."""
        handling = self._session.handle(message)
        if self._same:
            await handling
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(handling, self._loop))

    def close(self) -> None:
        """End the session and its subscriptions."""
        if self._same:
            self._session.close()
        else:
            self._loop.call_soon_threadsafe(self._session.close)

    def _carry(self, message: str) -> None:
        if not self._home.is_closed():  # else nobody is there to read it
            self._home.call_soon_threadsafe(self._send, message)


class Socket:
    """A session that looks like an open websocket: ``send``, ``recv`` and ``close``.

    For clients that can be given their connection.
    """

    def __init__(self, crossing: Crossing) -> None:
        self._received: asyncio.Queue[str] = asyncio.Queue()
        self._session = crossing.open(self._received.put_nowait)

    async def send(self, message: str) -> None:
        """Send one message to the node."""
        await self._session.handle(message)

    async def recv(self) -> str:
        """The next message from the node."""
        return await self._received.get()

    async def close(self) -> None:
        """End the session."""
        self._session.close()
