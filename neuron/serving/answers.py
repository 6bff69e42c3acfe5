"""Sending answers: one signed body, or a signed stream.

Owns what goes out over ASGI. Does not own what is said (``endpoint``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.types import Receive, Send

from taokit.neuron.auth.responses import HEADER, Exchange, sign_response
from taokit.neuron.serving.bodies import Incoming
from taokit.neuron.serving.refusals import refusal_body, refusal_headers, status_of
from taokit.wallet.errors import TaokitError
from taokit.wallet.signer import Signer

__all__ = ["refuse", "send_answer", "stream_while_connected", "turn_away"]


async def send_answer(
    send: Send,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    signed_by: tuple[Signer, Exchange] | None = None,
) -> None:
    """Send a JSON body, signed if there is a request to answer."""
    out = {**_about(body), **(headers or {})}
    if signed_by is not None:
        out[HEADER] = sign_response(*signed_by, status, body)
    await send({"type": "http.response.start", "status": status, "headers": _raw(out)})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, error: TaokitError, signed_by: tuple[Signer, Exchange]) -> None:
    """Tell a proven sender why it gets no answer, signed."""
    body, headers = refusal_body(error), refusal_headers(error)
    await send_answer(send, status_of(error), body, headers, signed_by=signed_by)


async def turn_away(send: Send, error: TaokitError, incoming: Incoming) -> None:
    """Tell whoever has proven nothing why, without a signature, and hang up.

    The answer goes out before anything more is read.
    """
    body = refusal_body(error)
    headers = {**_about(body), **refusal_headers(error), "connection": "close"}
    status = status_of(error)
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": not incoming.whole})
    if not incoming.whole:
        await incoming.linger()
        await send({"type": "http.response.body"})


async def stream_while_connected(
    receive: Receive,
    send: Send,
    produce: Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[bytes]],
) -> None:
    """Send what ``produce`` writes, then what it returns, unless the sender hangs up first."""
    headers = {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    await send({"type": "http.response.start", "status": 200, "headers": _raw(headers)})

    async def write(data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    async def run() -> None:
        await send({"type": "http.response.body", "body": await produce(write)})

    tasks = [asyncio.create_task(run()), asyncio.create_task(_hung_up(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(ended[0], Exception):
        raise ended[0]


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _about(body: bytes) -> dict[str, str]:
    return {"content-type": "application/json", "content-length": str(len(body))}


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
