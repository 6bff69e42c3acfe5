"""What the websocket and the in-process transport share: asking, waiting, subscribing.

Owns :class:`ExchangeTransport`, which turns an :class:`Exchange` and one way to write a message
into the transport protocol. Does not own connections.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from taokit.chain_client.errors import (
    RequestTimeout,
    SubmissionUnknown,
    TransportClosed,
    TransportError,
)
from taokit.chain_client.transport.base import SUBMITTING_METHODS, Subscription, extrinsic_hash
from taokit.chain_client.transport.exchange import Exchange, Request, Stream

__all__ = ["ExchangeTransport"]

_log: Final = logging.getLogger(__name__)


class ExchangeTransport:
    """Sends what an exchange prepares. Subclasses write messages and own the connection."""

    def __init__(self, url: str, *, request_timeout: float) -> None:
        self.url = url
        self.request_timeout = request_timeout
        self._ended: TransportError | None = None
        self._exchange = Exchange(url)
        self._exchange.send_later = self._write_later
        self._exchange.close_stream = self._close_stream
        self._background: set[asyncio.Task[None]] = set()

    @property
    def ended(self) -> bool:
        """See :class:`Transport`."""
        return self._ended is not None

    async def send(self, method: str, params: Sequence[Any] = ()) -> Any:
        """See :class:`Transport`."""
        return await self._ask(self._open_request(method, params, None))

    async def subscribe(
        self, method: str, params: Sequence[Any], unsubscribe_method: str
    ) -> Subscription:
        """See :class:`Transport`."""
        stream: Stream = await self._ask(self._open_request(method, params, unsubscribe_method))
        return stream

    async def unsubscribe(self, subscription: Subscription) -> None:
        """See :class:`Transport`."""
        await subscription.aclose()

    async def close(self) -> None:
        """See :class:`Transport`."""
        self._end(TransportClosed(url=self.url))
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def _write(self, text: str) -> None:
        raise NotImplementedError

    def _end(self, error: TransportError) -> None:
        if self._ended is None:
            self._ended = error
            self._exchange.fail(error)

    def _open_request(self, method: str, params: Sequence[Any], unsubscribe: str | None) -> Request:
        if self._ended is not None:
            raise self._ended
        return self._exchange.request(method, params, unsubscribe)

    async def _ask(self, request: Request) -> Any:
        # A timer on the future costs a tenth of what wait_for does (a task for each request).
        loop = asyncio.get_running_loop()
        began = loop.time()
        timer = loop.call_later(self.request_timeout, self._expire, request)
        try:
            batches = self._exchange.batches
            if batches is not None and batches.takes(request):
                batches.put(request)
            else:
                await self._write(request.text)
            return await request.answer
        finally:
            timer.cancel()
            _log.debug("%s took %.1f ms", request.method, (loop.time() - began) * 1000)
            self._exchange.abandon(request)

    def _expire(self, request: Request) -> None:
        if not request.answer.done():
            request.answer.set_exception(self._timeout(request))

    def _timeout(self, request: Request) -> TransportError:
        seconds = self.request_timeout
        if request.method in SUBMITTING_METHODS:
            hashed = extrinsic_hash(request.params[0])
            reason = f"no answer within {seconds:g} s"
            return SubmissionUnknown(url=self.url, extrinsic_hash=hashed, reason=reason)
        return RequestTimeout(url=self.url, method=request.method, seconds=seconds)

    def _write_later(self, text: str) -> None:
        task = asyncio.get_running_loop().create_task(self._write_quietly(text))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _write_quietly(self, text: str) -> None:
        try:
            await self._write(text)
        except TransportError:
            return  # it only tidied up at a node that is gone

    async def _close_stream(self, stream: Stream) -> None:
        unsubscribe = self._exchange.forget(stream)
        if unsubscribe is None or self._ended is not None:
            return
        try:
            await self.send(unsubscribe, [stream.id])
        except TransportError:
            return  # the connection is gone, and the subscription with it
