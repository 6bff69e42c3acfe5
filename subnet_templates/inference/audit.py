"""The audit of tokens: margins counted in tiers, pooled over responses, judged by exact tails.

Owns counts, calibration and the decision whether tokens came from the promised model. Does not own
where margins come from (a reference's prefill) nor what else can be wrong with a response
(``checks``). Why tiers: an honest engine that computes in another order misses seldom and by
little; a quantised model misses a little more often and by more. Each tier counts the tokens that
miss by more than its bound, and each count is judged against the rate that honest engines were
measured to stay under (``calibrate``), so no threshold is a magic number: they follow from n, the
rate, and the chance of a false accusation that one accepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taokit.subnet_templates.inference.binomial import critical_count, power, rate_bound, tail

__all__ = ["BOUNDS", "Calibration", "Counts", "Pool", "calibrate", "count"]

BOUNDS = (0.0, 0.1, 1.0)


@dataclass(frozen=True)
class Counts:
    """Margins of ``tokens`` tokens: how many exceed each bound, and the sum of clipped margins."""

    tokens: int = 0
    over: tuple[int, ...] = (0,) * len(BOUNDS)
    margin: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tokens + other.tokens,
            tuple(a + b for a, b in zip(self.over, other.over, strict=True)),
            self.margin + other.margin,
        )

    @property
    def mismatch_rate(self) -> float:
        """Share of tokens that are not the argmax, 0..1."""
        return self.over[0] / self.tokens if self.tokens else 0.0

    @property
    def mean_margin(self) -> float:
        """Mean clipped margin, in units of logit / temperature."""
        return self.margin / self.tokens if self.tokens else 0.0


def count(margins: NDArray[np.float32]) -> Counts:
    """Count margins (clipped, as ``sampling.retrace`` gives them) by tier."""
    return Counts(
        int(margins.size),
        tuple(int((margins > bound).sum()) for bound in BOUNDS),
        float(margins.sum(dtype=np.float64)),
    )


@dataclass(frozen=True)
class Calibration:
    """What honest servers of one model may do: the rate of each tier, never to be exceeded.

    ``alpha`` is the accepted probability that one judgement accuses an honest miner, over all tiers
    together. ``model`` names what was measured, engine and precision included.
    """

    model: str
    rates: tuple[float, ...]
    alpha: float = 1e-9

    def p_value(self, seen: Counts) -> float:
        """How likely an honest miner's counts are at least so bad, at most 1 (Bonferroni)."""
        tails = [tail(k, seen.tokens, rate) for k, rate in zip(seen.over, self.rates, strict=True)]
        return min(1.0, len(tails) * min(tails, default=1.0))

    def rejects(self, seen: Counts) -> bool:
        """Whether these tokens did not come from the model."""
        return seen.tokens > 0 and self.p_value(seen) < self.alpha

    def thresholds(self, tokens: int) -> tuple[int, ...]:
        """The least count of each tier that n tokens are rejected for."""
        each = self.alpha / len(self.rates)
        return tuple(critical_count(tokens, rate, each) for rate in self.rates)

    def power(self, tokens: int, cheat_rates: Sequence[float]) -> float:
        """Chance that a model with these rates is rejected after n tokens: its best tier's."""
        each = self.alpha / len(self.rates)
        return max(
            power(tokens, honest, cheat, each)
            for honest, cheat in zip(self.rates, cheat_rates, strict=True)
        )

    def tokens_for(self, cheat_rates: Sequence[float], wanted: float = 0.99) -> int:
        """How many tokens reject such a model with the wanted chance; raises if 2^20 do not."""
        tokens = 16
        while self.power(tokens, cheat_rates) < wanted:
            tokens *= 2
            if tokens > 1 << 20:
                raise ValueError("these rates cannot be told from honest ones")
        low, high = tokens // 2, tokens
        while high - low > max(1, high // 64):
            middle = (low + high) // 2
            low, high = (
                (low, middle) if self.power(middle, cheat_rates) >= wanted else (middle, high)
            )
        return high


def calibrate(
    model: str, honest: Iterable[Counts], *, alpha: float = 1e-9, confidence: float = 0.99
) -> Calibration:
    """Learn an honest server's rates: the upper bound of each tier's, from measured counts.

    With no miss in n tokens the bound is about 4.6 / n, so more honest tokens buy more power.
    """
    seen = sum(honest, Counts())
    if seen.tokens == 0:
        raise ValueError("nothing was measured")
    rates = tuple(rate_bound(k, seen.tokens, confidence) for k in seen.over)
    return Calibration(model, rates, alpha)


@dataclass(frozen=True)
class Pool:
    """The last responses of one miner, judged together: at most ``size`` of them."""

    responses: tuple[Counts, ...] = ()
    size: int = 64

    @property
    def total(self) -> Counts:
        """All counts together."""
        return sum(self.responses, Counts())

    def add(self, seen: Counts) -> Pool:
        """The pool with one more response, and without the oldest when it is full."""
        return Pool((*self.responses, seen)[-self.size :], self.size)

    def to_json(self) -> dict[str, object]:
        """As plain values, to be stored."""
        return {
            "size": self.size,
            "responses": [[c.tokens, list(c.over), c.margin] for c in self.responses],
        }

    @classmethod
    def from_json(cls, stored: dict[str, object]) -> Pool:
        """What ``to_json`` gave. Raises ValueError for anything else."""
        rows, size = stored.get("responses"), stored.get("size")
        if not isinstance(rows, list) or not isinstance(size, int):
            raise ValueError("not a stored pool")
        try:
            counts = tuple(Counts(int(n), tuple(map(int, o)), float(m)) for n, o, m in rows)
        except TypeError as wrong:
            raise ValueError("not a stored pool") from wrong
        return cls(counts, size)
