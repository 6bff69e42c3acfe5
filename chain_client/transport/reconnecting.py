"""A transport that opens its connection again, over one or several endpoints.

Owns when to reconnect, how long to wait in between, which requests may be asked again, and
subscribing anew. A signed extrinsic is never sent twice: a submission cut off by the connection
raises ``SubmissionUnknown`` and its fate is for the caller to look up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from taokit.chain_client.errors import (
    ConnectionFailed,
    ConnectionLost,
    EndpointBusy,
    TooManyRequests,
    TransportClosed,
)
from taokit.chain_client.redaction import redacted
from taokit.chain_client.transport.base import (
    READING,
    SUBMITTING_METHODS,
    Subscription,
    Transport,
)

__all__ = ["Backoff", "ReconnectingTransport", "ResumingSubscription"]

_LONGEST_PAUSE_S: Final = 60.0
"""Who asks to be left alone for longer is not waited for, nor who asks again and again for more
than twice that."""

_log: Final = logging.getLogger(__name__)

Connect = Callable[[str], Awaitable[Transport]]


@dataclass(frozen=True)
class Backoff:
    """How long to wait before another round over the endpoints, in seconds.

    The wait doubles from ``first`` to at most ``longest``, each cut by up to ``jitter`` of itself
    so that many clients do not come back at one instant. ``rounds`` bounds the tries.
    """

    first: float = 0.25
    longest: float = 10.0
    jitter: float = 0.3
    rounds: int = 8

    def wait(self, round_number: int, chance: float) -> float:
        """The wait after round ``round_number`` (from 0); ``chance`` is in [0, 1)."""
        return min(self.longest, self.first * 2.0**round_number) * (1.0 - self.jitter * chance)


class ReconnectingTransport:
    """Keeps a connection to one of ``urls``, the first that answers.

    ``connect`` opens one endpoint. ``on_reconnect`` is awaited with each new connection before it
    is used, and may refuse it by raising. ``sleep`` and ``chance`` are parameters for tests.
    """

    def __init__(
        self,
        urls: Sequence[str],
        connect: Connect,
        *,
        backoff: Backoff | None = None,
        on_reconnect: Callable[[Transport], Awaitable[None]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if not urls:
            raise ValueError("at least one url")
        self.on_reconnect = on_reconnect
        self._urls = list(urls)
        self._next = 0
        self._connect = connect
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._chance = chance
        self._inner: Transport | None = None
        self._connected_before = False
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def ended(self) -> bool:
        """Whether :meth:`close` was called; a lost connection alone does not end it."""
        return self._closed

    @property
    def url(self) -> str:
        """The endpoint in use, or the one to be tried next."""
        return self._inner.url if self._inner is not None else self._urls[self._next]

    async def open(self) -> None:
        """Connect now: one round over the endpoints, without waiting in between.

        Raises :class:`ConnectionFailed` of the last one.
        """
        await self._live(rounds=1)

    async def send(self, method: str, params: Sequence[Any] = ()) -> Any:
        """See :class:`Transport`.

        Requests that only read are asked again after a reconnection, and later where the node
        says that it is asked too much.
        """
        refused, waited = 0, 0.0
        while True:
            inner = await self._live()
            try:
                return await inner.send(method, params)
            except ConnectionLost:
                self.drop(inner)
                if not method.startswith(READING):
                    raise
            except TooManyRequests as busy:
                wait = self._pause(refused, busy.retry_after, waited)
                refused += 1
                if not method.startswith(READING) or wait is None:
                    raise
                waited += wait
                _log.info("%s: %s is asked again in %.1f s", redacted(inner.url), method, wait)
                await self._sleep(wait)

    async def subscribe(
        self, method: str, params: Sequence[Any], unsubscribe_method: str
    ) -> Subscription:
        """See :class:`Transport`. The subscription survives a reconnection.

        Except where opening it submits an extrinsic: then iteration raises ``ConnectionLost``.
        Notifications of the time between are missing; streams of heads and storage begin anew
        with the present state.
        """
        refused, waited = 0, 0.0
        while True:
            inner = await self._live()
            try:
                stream = await inner.subscribe(method, params, unsubscribe_method)
            except ConnectionLost:
                self.drop(inner)
                continue
            except TooManyRequests as busy:
                wait = self._pause(refused, busy.retry_after, waited)
                refused += 1
                if method in SUBMITTING_METHODS or wait is None:
                    raise
                waited += wait
                await self._sleep(wait)
                continue
            if method in SUBMITTING_METHODS:
                return stream
            return ResumingSubscription(self, inner, stream, (method, params, unsubscribe_method))

    async def unsubscribe(self, subscription: Subscription) -> None:
        """See :class:`Transport`."""
        await subscription.aclose()

    async def close(self) -> None:
        """See :class:`Transport`."""
        self._closed = True
        inner, self._inner = self._inner, None
        if inner is not None:
            await inner.close()

    async def _live(self, rounds: int | None = None) -> Transport:
        async with self._opening:
            if self._closed:
                raise TransportClosed(url=self.url)
            if self._inner is None or self._inner.ended:
                self._inner = await self._reopen(rounds or self._backoff.rounds)
                self._connected_before = True
            return self._inner

    async def _reopen(self, rounds: int) -> Transport:
        round_number, waited = 0, 0.0
        while True:
            failed: list[ConnectionFailed] = []
            for _ in self._urls:
                url = self._urls[self._next]
                try:
                    return await self._welcome(await self._connect(url))
                except ConnectionFailed as error:
                    failed.append(error)
                except ConnectionLost as error:
                    failed.append(ConnectionFailed(url=url, reason=error.reason))
                _log.info("%s", failed[-1].message)
                self._next = (self._next + 1) % len(self._urls)
            # Endpoints that are only busy are waited for also where nothing else would be.
            busy = [error for error in failed if isinstance(error, EndpointBusy)]
            asked = [error.retry_after or 0.0 for error in busy] if len(busy) == len(failed) else []
            wait = self._pause(round_number, min(asked, default=None), waited)
            round_number += 1
            if wait is None or (round_number >= rounds and not asked):
                raise failed[-1]
            waited += wait if asked else 0.0
            _log.info("connecting again in %.1f s", wait)
            await self._sleep(wait)

    def _pause(self, number: int, asked: float | None, waited: float) -> float | None:
        """Seconds to wait before another try; ``None`` once there were enough."""
        if number + 1 >= self._backoff.rounds or (asked or 0.0) > _LONGEST_PAUSE_S:
            return None
        wait = max(self._backoff.wait(number, self._chance()), asked or 0.0)
        return None if waited + wait > 2 * _LONGEST_PAUSE_S else wait

    async def _welcome(self, inner: Transport) -> Transport:
        if self._connected_before and self.on_reconnect is not None:
            try:
                await self.on_reconnect(inner)
            except BaseException:
                await inner.close()
                raise
        return inner

    def drop(self, inner: Transport) -> None:
        """Forget ``inner``, which has ended; the next request opens another connection."""
        if self._inner is inner:
            self._inner = None


class ResumingSubscription:
    """A subscription that is opened anew when its connection ends."""

    def __init__(
        self,
        transport: ReconnectingTransport,
        inner: Transport,
        stream: Subscription,
        opened_with: tuple[str, Sequence[Any], str],
    ) -> None:
        self._transport = transport
        self._inner = inner
        self._stream = stream
        self._opened_with = opened_with
        self._closed = False

    @property
    def id(self) -> str:
        """The node's name for the subscription; another one after a reconnection."""
        return self._stream.id

    def __aiter__(self) -> ResumingSubscription:
        return self

    async def __anext__(self) -> Any:
        if self._closed:
            raise StopAsyncIteration
        try:
            return await self._stream.__anext__()
        except ConnectionLost:
            await self._resume()
        return await self.__anext__()

    async def _resume(self) -> None:
        self._transport.drop(self._inner)
        resumed = await self._transport.subscribe(*self._opened_with)
        assert isinstance(resumed, ResumingSubscription)
        self._inner, self._stream = resumed._inner, resumed._stream
        if self._closed:
            await self._stream.aclose()

    async def aclose(self) -> None:
        """Tell the node to stop, and end the iteration."""
        self._closed = True
        await self._stream.aclose()
