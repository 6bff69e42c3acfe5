"""Leaving a miner alone that fails: a circuit breaker for each hotkey.

Owns who may be asked now. Does not own what counts as a failure (``dispatch``).

After ``failures`` in a row, or one that no honest miner commits (``grave``), a hotkey is not asked
for ``pause`` seconds; then it gets one request, and by how that goes it is back or left alone for
twice as long, at most ``longest``. One that says it is busy is asked again after ``BUSY_S``;
that is no failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from taokit.neuron.messages import Hotkey

__all__ = ["Breakers"]


BUSY_S = 1.0


@dataclass
class _State:
    failed: int = 0
    pause: float = 0.0
    until: float = 0.0
    probing: bool = False


class Breakers:
    """The breakers of one gateway. ``clock`` is in seconds."""

    def __init__(
        self,
        *,
        failures: int = 3,
        pause: float = 30.0,
        longest: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._pause = pause
        self._longest = longest
        self._clock = clock
        self._states: dict[Hotkey, _State] = {}
        self._busy: dict[Hotkey, float] = {}
        self.trips = 0
        """How often it was decided anew to leave somebody alone, or not to any more."""

    def allows(self, hotkey: Hotkey) -> bool:
        """Whether it may be asked now."""
        if self._busy and self._busy.get(hotkey, 0.0) > self._clock():
            return False
        state = self._states.get(hotkey)
        if state is None or not state.pause:
            return True
        return not state.probing and self._clock() >= state.until

    def asked(self, hotkey: Hotkey) -> None:
        """It is being asked; one that was left alone gets no second request meanwhile."""
        state = self._states.get(hotkey)
        if state is not None and state.pause:
            state.probing = True

    def succeeded(self, hotkey: Hotkey) -> None:
        """It answered."""
        known = self._states.pop(hotkey, None)
        if known is not None and known.pause:
            self.trips += 1

    def failed(self, hotkey: Hotkey, *, grave: bool = False) -> None:
        """It did not, or not as it should."""
        state = self._states.setdefault(hotkey, _State())
        state.failed += 1
        if state.probing or grave or (state.failed >= self._failures and not state.pause):
            state.pause = min(self._longest, state.pause * 2 or self._pause)
            state.until = self._clock() + state.pause
            self.trips += 1
        state.probing = False

    def busy(self, hotkey: Hotkey) -> None:
        """It had no place for the request."""
        self._busy[hotkey] = self._clock() + BUSY_S
        self.abandoned(hotkey)

    def abandoned(self, hotkey: Hotkey) -> None:
        """It was not waited for; nothing is known of it."""
        state = self._states.get(hotkey)
        if state is not None:
            state.probing = False

    def left_alone(self) -> set[Hotkey]:
        """Who is not to be asked now."""
        return {h for h in (*self._states, *self._busy) if not self.allows(h)}

    def state(self) -> dict[str, Any]:
        """Failures and pauses as plain values, with the seconds that are left of a pause."""
        now = self._clock()
        return {h: [s.failed, s.pause, s.until - now] for h, s in self._states.items()}

    def restore(self, state: Mapping[str, Any], age: float) -> None:
        """Know again what ``state`` gave ``age`` seconds ago."""
        now = self._clock()
        for hotkey, (failed, pause, left) in state.items():
            self._states[hotkey] = _State(int(failed), float(pause), now + float(left) - age)

    def keep(self, hotkeys: set[Hotkey]) -> None:
        """Forget all but these: whoever left the subnet starts anew."""
        for hotkey in self._states.keys() - hotkeys:
            del self._states[hotkey]
        for hotkey in self._busy.keys() - hotkeys:
            del self._busy[hotkey]
