"""Averages over time: of those who were asked, and of what fades.

Owns these two. A score that fell because its miner was not asked would measure the sampling.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

__all__ = ["ema_all", "ema_sampled", "half_life", "log_bucket"]

Key = TypeVar("Key")


def ema_sampled(score: float, result: float, alpha: float) -> float:
    """A score after one more result; ``alpha`` (0..1) is the result's part in it."""
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha is from 0 to 1, not {alpha}")
    low, high = min(score, result), max(score, result)
    # Rounding must not carry an average out of what it is an average of.
    return min(max(score + alpha * (result - score), low), high)


def ema_all(
    scores: Mapping[Key, float], results: Mapping[Key, float], alpha: float
) -> dict[Key, float]:
    """:func:`ema_sampled` of everyone who has a result; the others keep their score.

    Who has none yet begins at zero.
    """
    updated = dict(scores)
    for key, result in results.items():
        updated[key] = ema_sampled(scores.get(key, 0.0), result, alpha)
    return updated


def half_life(value: float, blocks: float, half: float) -> float:
    """What is left of a value after some blocks, of which every ``half`` leave one half."""
    if half <= 0 or blocks < 0:
        raise ValueError("a half-life is above zero, and time does not run backwards")
    return float(value * 2.0 ** (-blocks / half))


def log_bucket(value: float, ratio: float = 1.25) -> float:
    """A measurement rounded to a power of ``ratio``, so that validators who measured nearly the
    same (a latency) mostly go on with the same number. Zero stays zero."""
    if value < 0 or ratio <= 1:
        raise ValueError("a measurement is not negative, and the ratio of buckets is above 1")
    return 0.0 if value == 0 else float(ratio ** round(math.log(value, ratio)))
