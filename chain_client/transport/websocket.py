"""The websocket transport: one connection, one receive task, any number of requests.

Owns opening the socket, its limits and time-outs, and turning its end into typed errors. Does not
own reconnecting (``reconnecting``) nor the meaning of messages.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from taokit.chain_client.errors import (
    BadAnswer,
    ConnectionFailed,
    ConnectionLost,
    EndpointBusy,
    FrameTooLarge,
    TransportError,
)
from taokit.chain_client.transport.batches import Batches
from taokit.chain_client.transport.logs import FRAMES, Cut
from taokit.chain_client.transport.requests import ExchangeTransport

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

__all__ = ["WebSocketTransport"]

_log: Final = logging.getLogger(__name__)
_MAX_SIZE: Final = 256 * 1024 * 1024
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_TOO_BIG: Final = 1009
_BUSY: Final = frozenset({429, 503})
_unbatched: Final[set[str]] = set()
"""Endpoints that this process found to take no batches."""


class WebSocketTransport(ExchangeTransport):
    """Carries requests over one websocket. Make it with :meth:`connect`."""

    def __init__(
        self,
        socket: ClientConnection,
        url: str,
        *,
        request_timeout: float,
        max_size: int,
        unbatched: set[str],
    ) -> None:
        super().__init__(url, request_timeout=request_timeout)
        self._socket = socket
        self._max_size = max_size
        self._unbatched = unbatched
        if url not in unbatched:
            batches = Batches(self._write_later, patience=request_timeout / 2)
            self._exchange.batches = batches
        self._receiving = asyncio.get_running_loop().create_task(self._receive())

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        connect_timeout: float = 10.0,
        request_timeout: float = 30.0,
        max_size: int = _MAX_SIZE,
        unbatched: set[str] | None = None,
    ) -> WebSocketTransport:
        """Open ``ws://`` or ``wss://`` ``url``; times in seconds, ``max_size`` in bytes.

        Proxies of the environment are honoured, except for this machine itself. ``unbatched`` has
        the endpoints that are sent no batches (by default those that this process knows); one that
        turns out to take none is added to it. Raises :class:`ConnectionFailed`.
        """
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

        options: dict[str, Any] = {"open_timeout": connect_timeout, "max_size": max_size}
        if urlsplit(url).hostname in _LOOPBACK:
            # Compressing for the same machine costs more than it saves.
            options["compression"] = None
            if "proxy" in inspect.signature(connect.__init__).parameters:  # websockets 15
                options["proxy"] = None
        try:
            socket = await connect(url, **options)
        except (TimeoutError, asyncio.TimeoutError) as error:
            reason = f"no answer within {connect_timeout:g} s"
            raise ConnectionFailed(url=url, reason=reason) from error
        except (InvalidURI, ValueError) as error:
            raise ConnectionFailed(url=url, reason="not a ws:// or wss:// address") from error
        except InvalidStatus as error:
            status, headers = error.response.status_code, error.response.headers
            if status not in _BUSY:
                raise ConnectionFailed(url=url, reason=f"HTTP {status}") from error
            wait = retry_after(headers.get("Retry-After"))
            raise EndpointBusy(url=url, status=status, retry_after=wait) from error
        except (OSError, WebSocketException, EOFError) as error:
            raise ConnectionFailed(url=url, reason=_reason(error)) from error
        return cls(
            socket,
            url,
            request_timeout=request_timeout,
            max_size=max_size,
            unbatched=_unbatched if unbatched is None else unbatched,
        )

    async def close(self) -> None:
        """See :class:`Transport`."""
        await super().close()
        await self._socket.close()
        await asyncio.gather(self._receiving, return_exceptions=True)

    async def _write(self, text: str) -> None:
        from websockets.exceptions import ConnectionClosed

        if self._ended is not None:
            raise self._ended
        _log.log(FRAMES, "> %s", Cut(text))
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            # The receive task learns the reason and fails every request, this one included.
            await asyncio.wait([self._receiving])

    async def _receive(self) -> None:
        from websockets.exceptions import ConnectionClosed

        error: TransportError
        try:
            while True:
                message = await self._socket.recv()
                _log.log(FRAMES, "< %s", Cut(message))
                self._exchange.feed(message)
        except ConnectionClosed as closed:
            error = self._lost(closed)
        except BadAnswer as bad:
            error = bad
        batches = self._exchange.batches
        if batches is not None and (not batches.on or (batches.unanswered and not batches.proved)):
            self._unbatched.add(self.url)
        self._end(error)
        await self._socket.close()

    def _lost(self, closed: Any) -> TransportError:
        frames = [frame for frame in (closed.rcvd, closed.sent) if frame is not None]
        if closed.rcvd is not None and closed.rcvd.code == _TOO_BIG and closed.rcvd_then_sent:
            return FrameTooLarge(url=self.url, limit=None)
        if closed.sent is not None and closed.sent.code == _TOO_BIG:
            return FrameTooLarge(url=self.url, limit=self._max_size)
        said = next((frame.reason for frame in frames if frame.reason), "")
        code = f"code {frames[0].code}" if frames else "no closing handshake"
        return ConnectionLost(url=self.url, reason=f"{said} ({code})" if said else code)


def _reason(error: BaseException) -> str:
    """The system's words without the address that the message names already."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def retry_after(value: str | None) -> float | None:
    """Seconds of a ``Retry-After`` header: a number of them, or a date; ``None`` for neither."""
    if value is None:
        return None
    from datetime import datetime, timezone
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
