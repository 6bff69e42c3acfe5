"""How often a sender may ask: a bucket of tokens for each hotkey.

Owns the buckets. A request is looked at when its headers arrive and paid for when its signature
has held, so that nobody empties a bucket by claiming somebody else's hotkey.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from taokit.neuron.errors import RateLimited
from taokit.neuron.messages import Hotkey

__all__ = ["TokenBuckets"]


class TokenBuckets:
    """``rate`` requests a second for each hotkey, ``burst`` at once. Keeps ``limit`` hotkeys."""

    def __init__(
        self,
        rate: float,
        burst: float,
        *,
        limit: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("a rate is above 0 and a burst at least 1")
        self._rate = rate
        self._burst = burst
        self._limit = limit
        self._clock = clock
        self._levels: OrderedDict[Hotkey, tuple[float, float]] = OrderedDict()

    def look(self, hotkey: Hotkey) -> None:
        """Raise RateLimited when the bucket holds no whole token. Takes nothing."""
        self._level(hotkey)

    def take(self, hotkey: Hotkey) -> None:
        """Take a token. Raises RateLimited when there is none."""
        self._levels[hotkey] = self._level(hotkey) - 1, self._clock()
        self._levels.move_to_end(hotkey)
        if len(self._levels) > self._limit:
            self._levels.popitem(last=False)

    def _level(self, hotkey: Hotkey) -> float:
        level, at = self._levels.get(hotkey, (self._burst, self._clock()))
        level = min(self._burst, level + (self._clock() - at) * self._rate)
        if level < 1:
            wait = (1 - level) / self._rate
            raise RateLimited(
                f"more than {self._rate:g} requests a second",
                retry_after=wait,
                hint=f"try again in {wait:.3g} s",
            )
        return level
