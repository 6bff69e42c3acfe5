"""Waiting until a client has read a block before it is told that the block is final.

Owns that wait, and nothing of finality itself: the chain's finalized head does not wait.

polkadot.js answers each status of a transaction by fetching the block and its events, and drops
that work when the next status arrives. Where a block is final at once, as on this chain, it would
never get to say `InBlock`, which most scripts wait for. So the last word is held back while the
client still asks about the block; one that asks nothing waits `QUIET_SECONDS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["ReadingPauses"]

QUIET_SECONDS = 0.05
LONGEST_SECONDS = 2.0


class _Pause:
    def __init__(self, now: float) -> None:
        self.begun = now
        self.asked = now
        self.then: list[Callable[[], None]] = []
        self.timer: asyncio.TimerHandle | None = None


class ReadingPauses:
    """What one client is still reading, by block hash in hex."""

    def __init__(self) -> None:
        self._pauses: dict[str, _Pause] = {}

    def __bool__(self) -> bool:
        return bool(self._pauses)

    def hold(self, block: str, then: Callable[[], None]) -> None:
        """Call `then` once the client has stopped asking about `block`, in order."""
        loop = asyncio.get_running_loop()
        pause = self._pauses.get(block)
        if pause is None:
            pause = self._pauses[block] = _Pause(loop.time())
            pause.timer = loop.call_later(QUIET_SECONDS, self._end, block)
        pause.then.append(then)

    def note(self, message: str | bytes) -> None:
        """The client sent a message; it may be about a block that it is reading."""
        now = asyncio.get_running_loop().time()
        text = message if isinstance(message, str) else message.decode("latin-1")
        for block, pause in self._pauses.items():
            if block in text:
                pause.asked = now

    def close(self) -> None:
        """Forget everything held."""
        for pause in self._pauses.values():
            if pause.timer is not None:
                pause.timer.cancel()
        self._pauses.clear()

    def _end(self, block: str) -> None:
        pause = self._pauses[block]
        loop = asyncio.get_running_loop()
        until = min(pause.asked + QUIET_SECONDS, pause.begun + LONGEST_SECONDS)
        if loop.time() < until:
            pause.timer = loop.call_at(until, self._end, block)
            return
        del self._pauses[block]
        for then in pause.then:
            then()
