"""Reading a request's body: at most so many bytes, within a time.

Owns the size cap, on what is declared and on what comes. Nothing is decompressed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Message, Receive

from taokit.neuron.errors import BodyTooLarge, InvalidRequest, StaleRequest

__all__ = ["Incoming", "SenderGone", "check_declared", "read_body"]

_LINGER_IDLE_S = 0.2
_LINGER_S = 2.0


class SenderGone(Exception):
    """The sender hung up; there is nobody to answer."""


class Incoming:
    """A request's messages, which knows whether its body has been read to the end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.whole = False

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        self.whole = not message.get("more_body", False)
        return message

    async def linger(self) -> None:
        """Throw away what still comes, for a moment.

        A sender that was refused writes its body before it reads the answer; hanging up on it
        would take the answer away.
        """

        async def drain() -> None:
            while not self.whole:
                await asyncio.wait_for(self(), _LINGER_IDLE_S)

        try:
            await asyncio.wait_for(drain(), _LINGER_S)
        except asyncio.TimeoutError:
            pass


def check_declared(headers: Mapping[str, str], limit: int) -> None:
    """Refuse a body by its headers. Raises BodyTooLarge or InvalidRequest (compressed)."""
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise _too_large(limit)
    if headers.get("content-encoding", "identity") != "identity":
        raise InvalidRequest("a compressed body is not taken", hint="send it as it is")


async def read_body(receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body. Raises BodyTooLarge, StaleRequest (too slow) or SenderGone."""
    try:
        return await asyncio.wait_for(_whole(receive, limit), seconds)
    except asyncio.TimeoutError:
        raise StaleRequest(f"the body took longer than {seconds:g} s") from None


async def _whole(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise SenderGone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {limit} bytes")
