"""The node's clock: what time it is, and what is to happen later.

Owns the difference between wall time and chain time. Does not own blocks: a block's timestamp is
decided by `node.chain` from what the clock says. Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

from taokit.local_chain.errors import ClockError

__all__ = ["Clock", "ManualClock", "RealClock", "Timer"]

MAX_RATE = 10_000
"""Seconds of chain time in a second, at most: at that rate an hour is a third of a second."""


class Timer(Protocol):
    """Something scheduled."""

    def cancel(self) -> None:
        """Forget it; does nothing once it has run."""


class Clock(Protocol):
    """What the node needs of a clock."""

    def now_ms(self) -> int:
        """The present."""

    def travel_to(self, time_ms: int) -> None:
        """Make `time_ms` the present. Raises `ClockError` if that is in the past."""

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        """Run `callback` once, `delay_ms` from now."""

    def mark(self) -> int:
        """How far it was travelled, for `back_to`."""

    def back_to(self, mark: int) -> None:
        """Take back the travels since `mark`."""

    def set_rate(self, rate: float) -> None:
        """Let `rate` seconds pass in a second of wall time; timers keep chain time."""


class RealClock:
    """Wall time at a rate, plus what was travelled. Timers need a running asyncio loop."""

    def __init__(self) -> None:
        self._offset_ms = 0
        self._rate = 1.0
        self._since_ms = self._then_ms = 0
        """When the rate was set: by the wall, and by this clock but for its travels."""

    def now_ms(self) -> int:
        return self._passing_ms() + self._offset_ms

    def _passing_ms(self) -> int:
        wall_ms = time.time_ns() // 1_000_000
        if self._rate == 1.0:
            return wall_ms - self._since_ms + self._then_ms
        return self._then_ms + int((wall_ms - self._since_ms) * self._rate)

    def travel_to(self, time_ms: int) -> None:
        _forward(self.now_ms(), time_ms)
        self._offset_ms += time_ms - self.now_ms()

    def mark(self) -> int:
        return self._offset_ms

    def back_to(self, mark: int) -> None:
        self._offset_ms = mark

    def set_rate(self, rate: float) -> None:
        if not 0 < rate <= MAX_RATE:
            raise ClockError(f"a rate is above 0 and at most {MAX_RATE}, not {rate}")
        self._then_ms = self._passing_ms()
        self._since_ms = time.time_ns() // 1_000_000
        self._rate = rate

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(delay_ms / 1000 / self._rate, callback)


class ManualClock:
    """Time that stands still until it is moved; timers run, in order, as it passes them."""

    def __init__(self, start_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = start_ms
        self._order = itertools.count()
        self._timers: list[tuple[int, int, _ManualTimer]] = []

    def now_ms(self) -> int:
        return self._now_ms

    def travel_to(self, time_ms: int) -> None:
        _forward(self._now_ms, time_ms)
        while self._timers and self._timers[0][0] <= time_ms:
            due_ms, _, timer = heapq.heappop(self._timers)
            self._now_ms = max(self._now_ms, due_ms)
            if not timer.cancelled:
                timer.callback()
        self._now_ms = max(self._now_ms, time_ms)

    def advance(self, duration_ms: int) -> None:
        """Let `duration_ms` pass."""
        self.travel_to(self._now_ms + duration_ms)

    def mark(self) -> int:
        return self._now_ms

    def back_to(self, mark: int) -> None:
        self._now_ms = mark

    def set_rate(self, rate: float) -> None:
        raise ClockError("this clock stands still until it is moved: it has no rate")

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        timer = _ManualTimer(callback)
        heapq.heappush(self._timers, (self._now_ms + delay_ms, next(self._order), timer))
        return timer


class _ManualTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


def _forward(now_ms: int, time_ms: int) -> None:
    if time_ms < now_ms:
        raise ClockError(f"cannot go back in time: it is {now_ms} ms, asked for {time_ms} ms")
