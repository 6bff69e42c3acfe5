"""What can be said of a share from few samples: the lower bound, not the average.

Owns Wilson's bounds and credibility by them. A miner with one good answer of one is not the equal
of one with a thousand of a thousand.
"""

from __future__ import annotations

import math

__all__ = ["credibility", "lcb", "ucb"]

Z = 1.96


def lcb(passed: float, samples: float, z: float = Z) -> float:
    """Wilson's lower bound of the share that passes, 0..1; 0 without samples.

    ``z`` is in standard deviations: 1.96 leaves 2.5 % below the bound.
    """
    return _bounds(passed, samples, z)[0]


def ucb(passed: float, samples: float, z: float = Z) -> float:
    """Wilson's upper bound; 1 without samples."""
    return _bounds(passed, samples, z)[1]


def credibility(passed: float, samples: float, power: float = 1.0, z: float = Z) -> float:
    """The lower bound to a power: how much of what a miner scores is believed, 0..1."""
    return float(lcb(passed, samples, z) ** power)


def _bounds(passed: float, samples: float, z: float) -> tuple[float, float]:
    if not 0 <= passed <= samples or z < 0:
        raise ValueError(f"{passed} of {samples} cannot have passed")
    if samples == 0:
        return 0.0, 1.0
    share, spread = passed / samples, z * z / samples
    middle = share + spread / 2
    reach = z * math.sqrt(share * (1 - share) / samples + spread / (4 * samples))
    low, high = (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
    # The exact ends, which rounding misses: nothing passed, everything passed.
    return max(0.0, low if passed else 0.0), min(1.0, high if passed < samples else 1.0)
