"""Who is asked in a round, when there are more miners than a round has room for.

Owns the choice, a pure function. Half of the places go to whoever has waited longest, so that
nobody is forgotten; half are drawn, so that nobody knows when it is asked. A miner that failed
again and again is asked more rarely: after n failures in a row, every 2^(n-1) rounds, at most 16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taokit.neuron.messages import Hotkey

if TYPE_CHECKING:
    from taokit.neuron.randomness import Seeded

__all__ = ["MAX_PAUSE", "Asked", "choose"]

MAX_PAUSE = 16


@dataclass(frozen=True)
class Asked:
    """When a miner was last asked, by number of the round, and how often it failed since it did
    not."""

    round: int = -MAX_PAUSE
    failures: int = 0

    def after(self, round_: int, answered: bool) -> Asked:
        """The same after another round."""
        return Asked(round_, 0 if answered else self.failures + 1)

    def rests(self, round_: int) -> bool:
        """Whether it is left in peace in a round."""
        pause = min(MAX_PAUSE, 1 << max(0, self.failures - 1))
        return round_ - self.round < pause


def choose(
    miners: Sequence[Hotkey], asked: Mapping[Hotkey, Asked], round_: int, count: int, rng: Seeded
) -> list[Hotkey]:
    """At most ``count`` miners for this round, in the order of ``miners``."""
    never = Asked()
    awake = [hotkey for hotkey in miners if not asked.get(hotkey, never).rests(round_)]
    if len(awake) <= count:
        return awake
    waiting = sorted(awake, key=lambda hotkey: (asked.get(hotkey, never).round, hotkey))
    first = waiting[: count - count // 2]
    drawn = list(waiting[len(first) :])
    rng.shuffle(drawn)
    chosen = {*first, *drawn[: count // 2]}
    return [hotkey for hotkey in miners if hotkey in chosen]
