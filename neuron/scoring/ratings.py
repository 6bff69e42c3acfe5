"""Ratings from rankings, for scores of different rounds that cannot be compared.

Owns the Bayesian update of the Plackett-Luce model (Weng and Lin, 2011, algorithm 4), with ties.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taokit.neuron.messages import Hotkey

__all__ = ["Rating", "rank_by", "rate"]

BETA = 25.0 / 6.0
"""How much luck is in one performance."""
_LEAST = 1e-4
_FAINT = 1e-300


@dataclass(frozen=True)
class Rating:
    """A belief about somebody's strength: a normal distribution."""

    mu: float = 25.0
    sigma: float = 25.0 / 3.0

    def ordinal(self, z: float = 3.0) -> float:
        """What the strength is at least, nearly surely; newcomers stand at 0."""
        return self.mu - z * self.sigma


def rate(
    ranking: Sequence[Sequence[Hotkey]], ratings: Mapping[Hotkey, Rating], *, beta: float = BETA
) -> dict[Hotkey, Rating]:
    """Ratings after a round. ``ranking`` has the best first; those in one place are tied.

    Who took no part keeps the rating, who has none begins as a newcomer. Raises ValueError for
    somebody who is in two places.
    """
    players = [hotkey for place in ranking for hotkey in place]
    if len(set(players)) != len(players):
        raise ValueError("somebody is in the ranking twice")
    updated = dict(ratings)
    if len(players) < 2:
        return updated
    known = {hotkey: ratings.get(hotkey, Rating()) for hotkey in players}
    whole = math.sqrt(math.fsum(one.sigma**2 + beta**2 for one in known.values()))
    # Strengths are taken from the best one, which changes no ratio and cannot overflow.
    highest = max(one.mu for one in known.values())
    strength = {
        hotkey: max(math.exp((one.mu - highest) / whole), _FAINT) for hotkey, one in known.items()
    }
    below = [
        math.fsum(strength[hotkey] for later in ranking[place:] for hotkey in later)
        for place in range(len(ranking))
    ]
    for place, tied in enumerate(ranking):
        for hotkey in tied:
            # The chance to be picked at each place down to one's own.
            chances = [
                strength[hotkey] / below[above] for above in range(place + 1) if ranking[above]
            ]
            # At one's own place, each of those tied is the one that was picked once.
            moved = 1.0 / len(tied) - math.fsum(chances)
            certain = math.fsum(chance * (1.0 - chance) for chance in chances)
            one = known[hotkey]
            part = one.sigma**2 / whole
            gamma = one.sigma / whole
            shrink = max(1.0 - part / whole * gamma * certain, _LEAST)
            updated[hotkey] = Rating(one.mu + part * moved, one.sigma * math.sqrt(shrink))
    return updated


def rank_by(scores: Mapping[Hotkey, float]) -> list[list[Hotkey]]:
    """The places by scores, highest first; equal scores are tied, in the order of hotkeys."""
    places: dict[float, list[Hotkey]] = {}
    for hotkey in sorted(scores):
        places.setdefault(scores[hotkey], []).append(hotkey)
    return [places[score] for score in sorted(places, reverse=True)]
