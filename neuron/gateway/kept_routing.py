"""What a gateway has learned of miners, kept over a restart: who is left alone, who is how fast.

Owns that memory in the store. Does not own its use (``routing``, ``breaker``, ``latencies``). Times
are kept as time that is left, with the hour of the day, so that a pause goes on while nobody runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from taokit.neuron.gateway.routing import Router
from taokit.neuron.store import KeyValues, Store

__all__ = ["KeptRouting"]

SPACE = "gateway:routing"
_LEARNED = "learned"
OLDEST_S = 7 * 24 * 3600.0
"""What is older says nothing about miners of today."""


class KeptRouting:
    """The memory of a router in a store. ``every_s`` bounds what a kill can lose of latencies."""

    def __init__(
        self, router: Router, *, every_s: float = 10.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._router = router
        self._every_s = every_s
        self._clock = clock
        self._at = clock()
        self._trips = router.breakers.trips

    def load(self, store: Store) -> None:
        """Know again what was learned before."""
        kept: dict[str, Any] = KeyValues(store, SPACE).get(_LEARNED, {})
        age = self._clock() - float(kept.get("at", 0.0))
        if 0.0 <= age <= OLDEST_S:
            self._router.breakers.restore(kept["breakers"], age)
            self._router.restore(kept["latencies"])

    def due(self) -> bool:
        """Whether to save: at once when a breaker has changed, else now and then."""
        return (
            self._router.breakers.trips != self._trips or self._clock() - self._at >= self._every_s
        )

    def taken(self) -> Callable[[Store], None]:
        """What has been learned as of now, to be saved in a store."""
        self._at, self._trips = self._clock(), self._router.breakers.trips
        told = {
            "at": self._at,
            "breakers": self._router.breakers.state(),
            "latencies": self._router.state(),
        }
        return lambda store: KeyValues(store, SPACE).set(_LEARNED, told)
