"""An answer that comes in pieces: read as it comes, proven at its end.

Owns reading a stream and its outcome. The pieces of a stream that breaks off or was tampered with
have been seen by then; ``result`` tells, and only an ok result proves them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Generic, TypeVar

import httpx
from pydantic import ValidationError

from taokit.neuron.arrival import waited
from taokit.neuron.asking import (
    Asked,
    Asker,
    Oversized,
    Timing,
    arriving,
    failed_connection,
    now,
    read_capped,
    refusal,
)
from taokit.neuron.auth.streaming import Event, StreamVerifier
from taokit.neuron.errors import AuthError, BadSignature
from taokit.neuron.messages import Reason
from taokit.neuron.peers import Peer
from taokit.neuron.results import Failed, Ok, Result

__all__ = ["AnswerStream"]

Item = TypeVar("Item")
_EVENT_STREAM = "text/event-stream"


class AnswerStream(Generic[Item]):
    """The pieces of one answer, as an async iterator; then its ``result``.

    Iterate once. Leave early through ``async with`` (or ``aclose``), so that the miner stops too.
    """

    def __init__(
        self,
        asker: Asker,
        turn: Callable[[], AbstractAsyncContextManager[None]],
        peer: Peer,
        path: str,
        body: bytes,
        parse: Callable[[str], Item],
        seconds: float,
    ) -> None:
        self._asker = asker
        self._turn = turn
        self._peer = peer
        self._path = path
        self._body = body
        self._parse = parse
        self._seconds = seconds
        self._items: list[Item] = []
        self._result: Result[tuple[Item, ...]] | None = None
        self._timing = Timing.start()
        self._status: int | None = None
        self._running = self._run()

    @property
    def result(self) -> Result[tuple[Item, ...]]:
        """What became of it: every piece with a receipt, or why not. Raises before the end."""
        if self._result is None:
            raise RuntimeError("the stream has not been read to its end")
        return self._result

    def __aiter__(self) -> AsyncIterator[Item]:
        return self._running

    async def collect(self) -> Result[tuple[Item, ...]]:
        """Read to the end."""
        async for _ in self:
            pass
        return self.result

    async def aclose(self) -> None:
        """Hang up."""
        await self._running.aclose()
        if self._result is None:
            self._result = self._failed(Reason.TRUNCATED, "it was not read to its end")

    async def __aenter__(self) -> AnswerStream[Item]:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    # Reading

    async def _run(self) -> AsyncGenerator[Item, None]:
        if not self._peer.url:
            self._result = self._failed(Reason.MISSING, "it serves nowhere")
            return
        async with self._turn():
            try:
                asked = self._asker.prepare(self._peer, self._path, self._body)
            except (httpx.InvalidURL, ValueError):
                self._result = self._failed(Reason.MALFORMED, "its address cannot be used")
                return
            self._timing = Timing.start()
            try:
                async with aclosing(self._exchange(asked)) as items:
                    async for item in items:
                        self._items.append(item)
                        yield item
            except asyncio.TimeoutError:
                self._result = self._failed(Reason.TIMEOUT, f"not whole in {self._seconds:g} s")
            except httpx.TransportError as error:
                self._result = failed_connection(self._peer, error, self._timing)
            except Oversized:
                limit = self._asker.max_response
                self._result = self._failed(Reason.MALFORMED, f"it is larger than {limit} bytes")
            except BadSignature as error:
                self._result = self._failed(Reason.BAD_SIGNATURE, error.message)
            except (AuthError, ValidationError) as error:
                what = (
                    error.message if isinstance(error, AuthError) else "a piece has another shape"
                )
                self._result = self._failed(Reason.MALFORMED, what)

    async def _exchange(self, asked: Asked) -> AsyncGenerator[Item, None]:
        answer = await asyncio.wait_for(self._asker.send(asked, self._timing), self._left())
        try:
            self._status = answer.status_code
            kind = answer.headers.get("content-type", "")
            if self._status != httpx.codes.OK or not kind.startswith(_EVENT_STREAM):
                limit = self._asker.max_response
                content = await asyncio.wait_for(
                    read_capped(answer, limit, self._timing), self._left()
                )
                self._result = refusal(
                    asked.exchange, answer.status_code, content, self._timing, None
                )
                return
            verifier, said = StreamVerifier(asked.exchange), b""
            async with aclosing(self._events(answer, verifier)) as events:
                async for event in events:
                    if event.name == "message":
                        yield self._parse(event.data)
                    elif event.name == "error":
                        said = event.data.encode()
            self._conclude(asked, verifier, said)
        finally:
            await answer.aclose()

    async def _events(
        self, answer: httpx.Response, verifier: StreamVerifier
    ) -> AsyncGenerator[Event, None]:
        size = 0
        parts = arriving(answer)
        while True:
            try:
                part = await asyncio.wait_for(parts.__anext__(), self._left())
            except StopAsyncIteration:
                return
            size += len(part)
            if size > self._asker.max_response:
                raise Oversized
            events = verifier.feed(part)
            if events or self._timing.first is not None:
                self._timing.byte(waited(answer))
            for event in events:
                yield event

    def _conclude(self, asked: Asked, verifier: StreamVerifier, said: bytes) -> None:
        seal = verifier.seal
        if seal is None:
            self._result = self._failed(Reason.TRUNCATED, "it ended without a receipt")
            return
        receipt = self._timing.receipt(seal, asked.exchange)
        if seal.status != httpx.codes.OK:
            self._result = refusal(asked.exchange, seal.status, said, self._timing, receipt)
            return
        timing = self._timing
        self._result = Ok(
            self._peer.hotkey, tuple(self._items), receipt, timing.latency_s, timing.ttft_s
        )

    def _left(self) -> float:
        return max(0.0, self._timing.sent + self._seconds - now())

    def _failed(self, reason: Reason, detail: str) -> Failed:
        return Failed(
            self._peer.hotkey,
            reason,
            detail,
            status=self._status,
            latency_s=self._timing.latency_s,
            ttft_s=None if self._timing.first is None else self._timing.ttft_s,
        )
