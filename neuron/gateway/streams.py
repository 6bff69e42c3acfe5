"""Answers in pieces: passed on as they come, paid for when the miner has signed for all of them.

Owns the passage from a miner's stream to a buyer's. Does not own what comes before the first piece
(``answering``).

The first piece decides on the miner; until then another one is asked if it is slow or fails. A
stream is read to its end as fast as it comes, whatever the buyer does: a slow buyer does not make
the miner look slow, and one that hangs up before the end has not got the rest for nothing. A stream
that breaks off or does not prove itself costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from taokit.neuron.answer_stream import AnswerStream
from taokit.neuron.errors import NoMiner
from taokit.neuron.gateway.charges import Reply
from taokit.neuron.gateway.dispatch import Served, is_grave
from taokit.neuron.gateway.errors import error_event
from taokit.neuron.gateway.replies import MINER, RECEIPT, encoded, malformed
from taokit.neuron.gateway.route import Streaming
from taokit.neuron.metagraph import Neuron
from taokit.neuron.results import Failed, Ok
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.neuron.gateway.answering import Desk, Order

__all__ = ["Streams"]

KIND = "text/event-stream"


@dataclass(frozen=True)
class _Begun:
    """A stream whose first piece has come; ``pieces`` is the rest."""

    stream: AnswerStream[Any]
    pieces: AsyncIterator[Any]
    first: Any
    latency_s: float

    @property
    def ttft_s(self) -> float:
        return self.latency_s

    async def hang_up(self) -> None:
        await self.stream.aclose()


class Streams:
    """The streams under way of one gateway."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, order: Order) -> Response:
        """Find a miner; its pieces follow in the response. Raises what ``Dispatcher.race`` does."""
        route, streaming = order.route, order.route.streaming
        if streaming is None:
            raise TypeError(f"{route.path} does not stream")
        path = streaming.miner_path or route.miner_path

        async def ask(miner: Neuron, left: float) -> _Begun | Failed:
            return await _first(
                self._desk.client.stream(miner, path, order.task, streaming.item, deadline=left)
            )

        served = await self._desk.dispatcher.race(
            route, order.snapshot, ask, discard=_Begun.hang_up
        )
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        task = asyncio.create_task(self._pass_on(order, streaming, served, queue))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        headers = {
            **route.headers,
            MINER: served.miner,
            RECEIPT: order.charge.id,
            "cache-control": "no-store",
            "x-accel-buffering": "no",
        }
        return StreamingResponse(_events(queue), media_type=KIND, headers=headers)

    async def close(self) -> None:
        """Read what is under way to its end."""
        if self._running:
            await asyncio.wait(set(self._running))

    async def _pass_on(
        self,
        order: Order,
        streaming: Streaming[Any, Any, Any, Any],
        served: Served[_Begun],
        queue: asyncio.Queue[bytes | None],
    ) -> None:
        desk, begun = self._desk, served.outcome
        sent: list[bytes] = []

        def send(event: bytes) -> None:
            sent.append(event)
            queue.put_nowait(event)

        def piece(item: Any) -> None:
            said = streaming.piece(order.body, order.task, item)
            if said is not None:
                send(b"data: " + encoded(said) + b"\n\n")

        outcome = "internal"
        wrong: TaokitError | None = None
        try:
            if begun.first is not None:
                piece(begun.first)
            async for item in begun.pieces:
                piece(item)
            result = desk.countable(order, _whole(order, streaming, begun))
            if isinstance(result, Failed):
                raise self._broke_off(order, result)
            end = f": taokit receipt {order.charge.id}\n\ndata: {streaming.done}\n\n".encode()
            reply = Reply(b"".join([*sent, end]), KIND)
            await desk.settle(order, served.miner, result.value, result.receipt, reply)
            desk.router.breakers.succeeded(served.miner)
            desk.audit(order, result, served.blamed)
            outcome = "ok"
            send(end)
        except TaokitError as error:
            outcome, wrong = error.code, error
        except Exception as error:
            desk.log.exception("stream_failed", route=order.route.path)
            wrong = TaokitError(type(error).__name__)
        finally:
            try:
                if outcome != "ok":
                    desk.router.breakers.abandoned(served.miner)
                    await desk.release(order.charge)
            finally:
                if wrong is not None:
                    queue.put_nowait(error_event(wrong))
                queue.put_nowait(None)
                desk.done(order, outcome)
                with suppress(RuntimeError):  # the loop is closing
                    await begun.hang_up()

    def _broke_off(self, order: Order, failure: Failed) -> NoMiner:
        self._desk.router.breakers.failed(failure.hotkey, grave=is_grave(failure))
        self._desk.metrics.attempt(order.route.path, failure.reason)
        if order.route.audit:
            self._desk.audits.failed(order.task, failure)
        return NoMiner(
            f"the miner's answer cannot be proven ({failure.reason})",
            hint="do not use what came; try again, nothing was charged",
        )


async def _first(stream: AnswerStream[Any]) -> _Begun | Failed:
    """Ask, and wait for the first piece."""
    loop = asyncio.get_running_loop()
    began, pieces = loop.time(), aiter(stream)
    try:
        first = await anext(pieces)
    except StopAsyncIteration:
        result = stream.result
        if isinstance(result, Failed):
            return result
        first = None
    except BaseException:
        await stream.aclose()
        raise
    return _Begun(stream, pieces, first, loop.time() - began)


def _whole(
    order: Order, streaming: Streaming[Any, Any, Any, Any], begun: _Begun
) -> Ok[Any] | Failed:
    """The answer that the pieces amount to, or why they do not."""
    result = begun.stream.result
    if isinstance(result, Failed):
        return result
    try:
        answer = streaming.whole(order.task, result.value)
    except ValueError as error:
        return malformed(result, str(error))
    return Ok(result.hotkey, answer, result.receipt, result.latency_s, result.ttft_s)


async def _events(queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while True:
        event = await queue.get()
        if event is None:
            return
        yield event
