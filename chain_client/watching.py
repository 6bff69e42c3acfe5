"""Asking the same question of each new block, for as long as anybody wants to know.

Owns going on: blocks that came while an answer was read are passed over, a lost connection is
opened again for as long as it takes. Does not own what is asked, nor how it is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from taokit.chain_client.errors import (
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    RequestTimeout,
    StateUnavailable,
    TransportError,
)

if TYPE_CHECKING:
    from taokit.chain_client.blocks import BlockRef, Header
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.streams import Stream

__all__ = ["Seen", "each_block"]

T = TypeVar("T")

_PASSING: Final = (ConnectionFailed, ConnectionLost, RequestTimeout)
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0


@dataclass(frozen=True)
class Seen(Generic[T]):
    """The answer of one block; ``changed`` is whether it is another one than before."""

    block: BlockRef
    changed: bool
    value: T


async def each_block(
    chain: ChainClient,
    question: Callable[[ChainClient], Awaitable[T]],
    *,
    on_outage: Callable[[TransportError, float], object] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Seen[T], None]:
    """The answer to ``question`` now, then of each new best block; every read inside is of it.

    When the node cannot be reached, ``on_outage`` is told why and how many seconds it is waited,
    and it is tried again. Raises whatever else the question raises.
    """
    before: list[T] = []
    last = ""
    wait = _FIRST_WAIT_S
    while True:
        try:
            async with await chain.heads() as heads, _Newest(heads) as newest:
                while True:
                    head = await newest.wait()
                    if head.hash == last:
                        continue
                    try:
                        async with chain.at(head.ref):
                            value = await question(chain)
                    except (NotFound, StateUnavailable) as error:
                        if getattr(error, "kind", "block") != "block":
                            raise
                        continue  # the chain went back: it is no block of it any more
                    last, wait = head.hash, _FIRST_WAIT_S
                    seen = Seen(head.ref, before != [value], value)
                    before = [value]
                    yield seen
        except _PASSING as error:
            if on_outage is not None:
                on_outage(error, wait)
            await sleep(wait)
            wait = min(_LONGEST_WAIT_S, wait * 2)


class _Newest:
    """The newest of a stream of heads: those that came in between are passed over."""

    def __init__(self, heads: Stream[Header]) -> None:
        self._heads = heads
        self._head: Header | None = None
        self._news = asyncio.Event()
        self._error: BaseException | None = None

    async def __aenter__(self) -> _Newest:
        self._task = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _read(self) -> None:
        try:
            async for head in self._heads:
                self._head = head
                self._news.set()
        except TransportError as error:
            self._error = error
        self._news.set()

    async def wait(self) -> Header:
        """The next head, or the newest that came since the last one was taken."""
        await self._news.wait()
        self._news.clear()
        if self._head is not None:
            head, self._head = self._head, None
            if self._error is not None or self._task.done():
                self._news.set()
            return head
        if self._error is not None:
            raise self._error
        raise ConnectionLost(url="", reason="the stream of blocks ended")
