"""Places to work in: so many requests at once, and when they are taken, the most stake goes first.

Owns the queue. It is bounded: when it is full, the waiter of least priority is turned away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from taokit.neuron.errors import Overloaded

__all__ = ["Places"]


@dataclass(eq=False)
class _Waiter:
    priority: float
    turn: asyncio.Future[None]


class Places:
    """``limit`` places, and room for ``waiting`` more to wait for one."""

    def __init__(self, limit: int, waiting: int) -> None:
        if limit < 1 or waiting < 0:
            raise ValueError("there is at least one place, and none or more to wait in")
        self._free = limit
        self._limit = limit
        self._room = waiting
        self._waiters: list[_Waiter] = []  # in the order they came

    @property
    def taken(self) -> int:
        """How many are at work."""
        return self._limit - self._free

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiters)

    @asynccontextmanager
    async def place(self, priority: float) -> AsyncIterator[None]:
        """Hold a place, waiting for it if need be. Raises Overloaded when turned away."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(priority)
        try:
            yield
        finally:
            self._leave()

    async def _wait(self, priority: float) -> None:
        if len(self._waiters) >= self._room:
            last = min(reversed(self._waiters), key=lambda w: w.priority, default=None)
            if last is None or last.priority >= priority:
                raise _turned_away()
            self._waiters.remove(last)
            last.turn.set_exception(_turned_away())
        waiter = _Waiter(priority, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif waiter.turn.done() and not waiter.turn.cancelled() and not waiter.turn.exception():
                self._leave()  # the place came in the same moment
            raise

    def _leave(self) -> None:
        if self._waiters:
            first = max(self._waiters, key=lambda w: w.priority)  # of equals, who came first
            self._waiters.remove(first)
            first.turn.set_result(None)
        else:
            self._free += 1


def _turned_away() -> Overloaded:
    return Overloaded("every place is taken by senders of more stake", hint="try again shortly")
