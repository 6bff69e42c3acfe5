"""How fast miners are: a moving average for each, and what nearly all answers stay below.

Owns measured latencies, by route. Does not own the choice that follows (``routing``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from statistics import median
from typing import Any

from taokit.neuron.messages import Hotkey

__all__ = ["Latencies"]

WINDOW = 200
ENOUGH = 20
_NEWEST = 0.2


class Latencies:
    """Latencies of one route, in seconds."""

    def __init__(self) -> None:
        self._of: dict[Hotkey, float] = {}
        self._seen: deque[float] = deque(maxlen=WINDOW)
        self._under_way: dict[Hotkey, int] = {}

    def began(self, hotkey: Hotkey) -> None:
        """A request to it is under way."""
        self._under_way[hotkey] = self._under_way.get(hotkey, 0) + 1

    def ended(self, hotkey: Hotkey) -> None:
        """It is not any more."""
        left = self._under_way.get(hotkey, 1) - 1
        if left:
            self._under_way[hotkey] = left
        else:
            self._under_way.pop(hotkey, None)

    def answered(self, hotkey: Hotkey, seconds: float) -> None:
        """It answered after this long."""
        self._average(hotkey, seconds)
        self._seen.append(seconds)

    def outlasted(self, hotkey: Hotkey, seconds: float) -> None:
        """It took longer than this; it was not waited for."""
        if seconds > self._of.get(hotkey, 0.0):
            self._average(hotkey, seconds)

    def expected(self, hotkey: Hotkey) -> float:
        """How long it would take now: its average, longer for what it has to do already.

        One that was never measured counts as the middle of the others.
        """
        usual = self._of.get(hotkey)
        if usual is None:
            usual = median(self._of.values()) if self._of else 1.0
        return usual * (1 + self._under_way.get(hotkey, 0))

    def nearly_all(self) -> float | None:
        """What 95 % of the last answers stayed below; None while too few are known."""
        if len(self._seen) < ENOUGH:
            return None
        ordered = sorted(self._seen)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    def state(self) -> dict[str, Any]:
        """Averages and the last answers as plain values."""
        return {"of": dict(self._of), "seen": list(self._seen)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Know again what ``state`` gave."""
        self._of.update(state["of"])
        self._seen.extend(state["seen"])

    def keep(self, hotkeys: set[Hotkey]) -> None:
        """Forget all but these."""
        for hotkey in self._of.keys() - hotkeys:
            del self._of[hotkey]

    def _average(self, hotkey: Hotkey, seconds: float) -> None:
        before = self._of.get(hotkey)
        self._of[hotkey] = seconds if before is None else before + _NEWEST * (seconds - before)
