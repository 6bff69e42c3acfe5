"""King of the hill: whether a challenger is better than the champion, beyond luck and by a margin.

Owns the paired comparison and the margin over time. Does not own running anybody's code: both have
been measured on the same tasks from the same seeds. Only so is a copy caught without looking for
one: its difference is zero in every task, and zero never wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from taokit.neuron.messages import Hotkey

__all__ = ["Duel", "King", "duel", "margin"]

Z = 1.64
"""One in twenty, one-sided."""


@dataclass(frozen=True)
class Duel:
    """What a comparison found. ``bound`` is the mean difference less what luck may have added."""

    mean: float
    error: float
    bound: float
    margin: float

    @property
    def won(self) -> bool:
        """Whether the challenger takes the place."""
        return self.bound > self.margin


@dataclass(frozen=True)
class King:
    """Who holds the hill, since which block, and how many challengers were turned away."""

    hotkey: Hotkey
    since_block: int
    wins: int = 0

    def after(self, challenger: Hotkey, result: Duel, block: int) -> King:
        """Who holds it after a duel. The king does not dethrone himself, however he improves."""
        if challenger == self.hotkey:
            return self
        if result.won:
            return King(challenger, block)
        return replace(self, wins=self.wins + 1)


def duel(
    champion: Sequence[float], challenger: Sequence[float], *, margin: float, z: float = Z
) -> Duel:
    """Compare results task by task, same tasks in the same order, higher is better.

    Raises ValueError for sequences of different length, results that are not finite, or a negative
    margin. One task alone proves nothing.
    """
    if len(champion) != len(challenger):
        raise ValueError(f"{len(champion)} and {len(challenger)} results are of different tasks")
    if margin < 0:
        raise ValueError("a margin is not negative: a copy would win")
    differences = [theirs - ours for ours, theirs in zip(champion, challenger)]
    if not all(map(math.isfinite, differences)):
        raise ValueError("results are finite numbers")
    count = len(differences)
    mean = math.fsum(differences) / count if count else 0.0
    if count < 2:
        return Duel(mean, math.inf, -math.inf, margin)
    spread = math.fsum((each - mean) ** 2 for each in differences)
    error = math.sqrt(spread / (count - 1) / count)
    return Duel(mean, error, mean - z * error, margin)


def margin(
    blocks: float,
    *,
    wins: int = 0,
    start: float = 0.10,
    decay: float = 0.8,
    half: float = 7_200.0,
    floor: float = 0.01,
) -> float:
    """By how much a challenger has to be better, ``blocks`` after the king has won.

    It begins at ``start``, is ``decay`` of that for each challenger turned away, halves every
    ``half`` blocks, and never falls below ``floor``: hills that were hard to take are not for ever.
    """
    if blocks < 0 or wins < 0 or half <= 0 or floor <= 0 or not 0 < decay <= 1:
        raise ValueError("time and wins are from 0, half and floor above 0, decay from 0 to 1")
    return float(max(floor, start * decay**wins * 2.0 ** (-blocks / half)))
