"""One answer judged whole: its claims, its tokens, its end, and whether it was given before.

Owns the order of the checks and the memory of answers that were seen. Does not own what a judgement
earns (``records``). The order is from cheap to dear, and an accusation of the model comes before
one of the end, since a wrong model also ends where the right one would not.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from taokit.neuron.messages import Reason
from taokit.subnet_templates.inference.audit import Calibration, Counts, count
from taokit.subnet_templates.inference.backends.protocol import Backend
from taokit.subnet_templates.inference.checks import Claim, Order, check_claim, check_end

__all__ = ["Auditor", "Judgement", "SeenAnswers"]


@dataclass(frozen=True)
class Judgement:
    """What was found: OK, or what is wrong; ``counts`` once tokens were traced."""

    reason: Reason
    detail: str = ""
    counts: Counts | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.reason is Reason.OK


@dataclass
class SeenAnswers:
    """Which tokens answered which order: the last ``size`` answers of ``least`` tokens or more.

    In memory only. An answer that was given to another order fails the audit by itself; this but
    names what it is. A validator that was started again calls such an answer one of another model
    until it has seen it, and pays for it as little.
    """

    size: int = 100_000
    least: int = 8
    _orders: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)

    def add(self, order: Order, claim: Claim) -> bool:
        """Remember an answer. True when the same tokens answered another order before."""
        if len(claim.token_ids) < self.least:
            return False
        key, asked = _digest(claim.token_ids), _digest((order.prompt, order.how))
        first = self._orders.setdefault(key, asked)
        self._orders.move_to_end(key)
        while len(self._orders) > self.size:
            self._orders.popitem(last=False)
        return first != asked


class Auditor:
    """Judges answers against a reference that runs the promised model. Blocks; safe from threads
    one at a time."""

    def __init__(self, reference: Backend, calibration: Calibration) -> None:
        self.reference = reference
        self.calibration = calibration
        self.seen = SeenAnswers()

    def judge(self, order: Order, claim: Claim) -> Judgement:
        """Judge one answer on its own. Counts that pass still have to pass pooled."""
        tokenizer = self.reference.tokenizer
        wrong = check_claim(order, claim, tokenizer)
        if wrong is not None:
            return Judgement(wrong.reason, wrong.detail)
        seen_before = self.seen.add(order, claim)
        traced = self.reference.retrace(order.prompt, claim.token_ids, order.how)
        counts = count(traced.margins)
        if self.calibration.rejects(counts):
            if seen_before:
                return Judgement(Reason.REPLAY, "the tokens of an answer given before", counts)
            return Judgement(Reason.WRONG_MODEL, self.explain(counts), counts)
        wrong = check_end(claim, traced, tokenizer)
        if wrong is not None:
            return Judgement(wrong.reason, wrong.detail, counts)
        return Judgement(Reason.OK, "", counts)

    def explain(self, counts: Counts) -> str:
        """Why these counts are not those of the model."""
        allowed = self.calibration.thresholds(counts.tokens)
        return (
            f"of {counts.tokens} tokens {', '.join(map(str, counts.over))} miss by more than "
            f"0, 0.1, 1; rejected from {', '.join(map(str, allowed))} "
            f"(p = {self.calibration.p_value(counts):.1e})"
        )


def _digest(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode(), digest_size=16).digest()
