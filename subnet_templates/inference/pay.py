"""What a miner is owed, read off the verdicts on it: no other state, so nothing else can be lost.

Owns the evidence that a verdict carries, the pool it makes, and the pay. Does not own the book of
verdicts. The pay is::

    verified tokens in the window  x  (lower bound of the pass rate)^4  x  speed^4

and nothing at all during probation (until so many tokens passed that a cheaper model would have
been seen) or while barred after serving another model. Speed is that of a round's answers, which a
validator asks of all miners at the same time, up to the top speed. A machine that just reaches it
for one hotkey serves a second one at half of it at best, a third at a third; the fourth power of
that sums to 1.08, so however many hotkeys are in front of it, they earn what one would.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taokit.neuron.messages import Reason
from taokit.neuron.scoring.bounds import credibility
from taokit.neuron.store.scores import SeenVerdict
from taokit.subnet_templates.inference.audit import Counts, Pool

__all__ = ["BARRING", "Terms", "evidence_of", "pay", "pool_of"]

BARRING = frozenset({Reason.WRONG_MODEL, Reason.REPLAY})
"""Reasons that end pay for a while: what was served was not computed by the model."""


@dataclass(frozen=True)
class Terms:
    """What pay depends on. Blocks are the chain's, 12 seconds each on the real one.

    ``window`` is how many blocks of answers are paid; ``probation`` how many tokens have to pass
    before any pay, at first and after being barred; ``barred`` for how many blocks serving another
    model ends it; ``cap`` the most tokens of one miner that are paid in a window; ``top_speed`` the
    tokens per second above which faster is not paid more: what one machine of the kind that is
    wanted does under a round of tasks; ``power`` that of the pass rate and of the speed.
    """

    window: int = 7200
    probation: int = 128
    barred: int = 7200
    cap: int = 10_000_000
    top_speed: float = 200.0
    power: int = 4


def evidence_of(counts: Counts, seconds: float) -> dict[str, Any]:
    """What a verdict on traced tokens says of them, for the pool, the pay and the miner."""
    return {
        "tokens": counts.tokens,
        "over": list(counts.over),
        "margin": round(counts.margin, 4),
        "seconds": round(seconds, 4),
    }


def pool_of(newest_first: Iterable[SeenVerdict], size: int = 64) -> Pool:
    """The last traced responses since the last that barred the miner, at most ``size``."""
    found: list[Counts] = []
    for seen in newest_first:
        if seen.verdict.reason in BARRING or len(found) == size:
            break
        told = seen.verdict.evidence
        if "over" in told:
            found.append(Counts(told["tokens"], tuple(told["over"]), told["margin"]))
    return Pool(tuple(reversed(found)), size)


def pay(newest_first: Sequence[SeenVerdict], block: int, terms: Terms) -> float:
    """What is owed at a block, in tokens of a window; to be compared with other miners only."""
    since_bar = _since_bar(newest_first)
    barred = newest_first[len(since_bar) :][:1]
    if barred and block < barred[0].block + terms.barred:
        return 0.0
    live = [seen for seen in newest_first if seen.block > block - terms.window]
    passed = [seen.verdict.evidence for seen in live if seen.verdict.ok]
    probed = sum(seen.verdict.evidence["tokens"] for seen in since_bar if seen.verdict.ok)
    if not passed or probed < terms.probation:
        return 0.0
    tokens = min(sum(float(told["tokens"]) for told in passed), terms.cap)
    share = speed(passed, terms) ** terms.power
    return tokens * credibility(len(passed), len(live), terms.power) * share


def speed(passed: Iterable[Mapping[str, Any]], terms: Terms) -> float:
    """Median tokens per second as a share of the top speed, in steps of an eighth of an octave.

    Steps, because validators measure from different places and should agree on the weight.
    """
    rates = sorted(told["tokens"] / max(told["seconds"], 1e-6) for told in passed)
    octaves = math.log2(max(rates[len(rates) // 2], 1e-6) / terms.top_speed)
    return float(2.0 ** min(0.0, math.floor(octaves * 8) / 8))


def _since_bar(newest_first: Sequence[SeenVerdict]) -> Sequence[SeenVerdict]:
    for index, seen in enumerate(newest_first):
        if seen.verdict.reason in BARRING:
            return newest_first[:index]
    return newest_first
