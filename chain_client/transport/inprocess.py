"""The transport to a node in the same process: text in, text out, no socket.

Owns the pairing with an RPC handler. Client and chain share no objects: each message is the same
JSON text that would go over a websocket, so what works here works there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from taokit.chain_client.errors import BadAnswer, ConnectionLost, TransportError
from taokit.chain_client.transport.requests import ExchangeTransport

__all__ = ["Handler", "HandlerSession", "InProcessTransport"]


class HandlerSession(Protocol):
    """One client's session with an RPC handler."""

    async def handle(self, message: str) -> object:
        """Take one message; answers go to the ``send`` that the session was opened with."""

    def close(self) -> object:
        """End the session and its subscriptions."""


class Handler(Protocol):
    """What answers JSON-RPC, for instance the local chain's ``RpcHandler``."""

    def open(self, send: Callable[[str], None]) -> HandlerSession:
        """A new session whose answers and notifications go to ``send``."""


class InProcessTransport(ExchangeTransport):
    """Carries requests to a handler in this process and event loop."""

    def __init__(self, handler: Handler, *, request_timeout: float = 30.0) -> None:
        super().__init__("in-process", request_timeout=request_timeout)
        self._session = handler.open(self._receive)

    async def close(self) -> None:
        """See :class:`Transport`."""
        await super().close()
        self._session.close()

    async def _write(self, text: str) -> None:
        if self._ended is not None:
            raise self._ended
        try:
            await self._session.handle(text)
        except ConnectionError as cut:  # a local chain does that when it is told to
            self._end_with(ConnectionLost(url=self.url, reason=str(cut)))

    def _receive(self, message: str) -> None:
        if self._ended is not None:
            return
        try:
            self._exchange.feed(message)
        except BadAnswer as error:
            self._end_with(error)

    def _end_with(self, error: TransportError) -> None:
        self._end(error)
