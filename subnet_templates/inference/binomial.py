"""Tails of the binomial distribution, exact to float64: how unlikely a count of misses is.

Owns the tail, its inverses and the bound of a rate from counts. Pure; no SciPy.
"""

from __future__ import annotations

import math

__all__ = ["critical_count", "power", "rate_bound", "tail"]


def tail(k: int, n: int, p: float) -> float:
    """Probability of k or more successes in n tries of probability p."""
    if k <= 0:
        return 1.0
    if k > n or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    if k <= n * p:  # the shorter sum is the other side, and there it is no small number
        return max(0.0, 1.0 - _sum(0, k - 1, n, p))
    return min(1.0, _sum(k, n, n, p))


def critical_count(n: int, p: float, alpha: float) -> int:
    """The least count whose tail is at most alpha; n + 1 when no count of n is that unlikely."""
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        if tail(middle, n, p) <= alpha:
            high = middle
        else:
            low = middle + 1
    return low


def power(n: int, honest: float, cheat: float, alpha: float) -> float:
    """How likely n tries at rate ``cheat`` reach the count that ``honest`` exceeds by alpha."""
    return tail(critical_count(n, honest, alpha), n, cheat)


def rate_bound(k: int, n: int, confidence: float = 0.99) -> float:
    """Upper bound of a rate after k successes in n tries (Clopper and Pearson)."""
    if k >= n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if 1.0 - tail(k + 1, n, middle) > 1.0 - confidence:
            low = middle
        else:
            high = middle
    return high


def _sum(first: int, last: int, n: int, p: float) -> float:
    """Probability of first .. last successes, from the term nearest the mean outward."""
    mode = min(max(int(n * p), first), last)
    peak = math.exp(
        math.lgamma(n + 1)
        - math.lgamma(mode + 1)
        - math.lgamma(n - mode + 1)
        + mode * math.log(p)
        + (n - mode) * math.log1p(-p)
    )
    odds = p / (1.0 - p)
    total, term = peak, peak
    for k in range(mode, last):
        term *= (n - k) / (k + 1) * odds
        total += term
        if term <= total * 1e-17:
            break
    term = peak
    for k in range(mode, first, -1):
        term *= k / (n - k + 1) / odds
        total += term
        if term <= total * 1e-17:
            break
    return total
