"""What a run came to, and whether each persona got what was declared for it.

Owns the table and the rules. Does not own the run (``harness``). Shares are of the incentive that
is not burned, as the chain has it; reasons are those of all validators together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from taokit.neuron.messages import Hotkey, Reason
from taokit.neuron.testing.personas import TIERS, Persona
from taokit.neuron.testing.purchases import Purchases

__all__ = ["Report", "Standing"]

CHEATERS_SHARE = 0.01
GOOD_OVER_MID = 2.0
LEAST_AGREEMENT = 0.98
ANY_OVER_GOOD = 1.25
"""Pay may grow steeply with a speed, and one that is measured by the clock is never exact."""

_NOT_THERE = {Reason.REFUSED, Reason.TIMEOUT}
"""What says that somebody did not answer, which is no cheating."""


@dataclass(frozen=True)
class Standing:
    """One persona after a run: what its hotkeys earned, and what they were found guilty of."""

    persona: Persona
    hotkeys: tuple[Hotkey, ...]
    shares: tuple[float, ...]
    reasons: Counter[Reason] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Of all its hotkeys together."""
        return sum(self.shares)

    def problems(self, *, lossy: bool = False) -> list[str]:
        """What is wrong with this persona alone. With ``lossy``, REFUSED is nobody's fault.

        Not to have answered a tenth of what was asked is no accusation.
        """
        expect, name = self.persona.expect, self.persona.name
        found = []
        right = (self.persona.reason or Reason.OK, *self.persona.also)
        if expect == "zero" and not any(self.reasons[reason] for reason in right):
            seen = ", ".join(f"{r} {n}" for r, n in sorted(self.reasons.items())) or "nothing"
            found.append(f"{name}: was never found {self.persona.reason}, but {seen}")
        innocent = {Reason.OK, Reason.REFUSED} if lossy else {Reason.OK}
        if sum(self.reasons[r] for r in _NOT_THERE) * 10 <= sum(self.reasons.values()):
            innocent |= _NOT_THERE  # the machine may have been too busy for a moment
        wrongly = {str(r): n for r, n in self.reasons.items() if r not in innocent}
        if self.persona.honest and wrongly:
            found.append(f"{name}: is honest and was accused: {wrongly}")
        if expect in TIERS and min(self.shares) <= 0.0:
            found.append(f"{name}: earned nothing")
        return found


@dataclass(frozen=True)
class Report:
    """A run: who stood where, how much was burned, how far validators agreed.

    ``agreement`` is the least cosine between the weights of two validators, 1 for a single one;
    ``incidents`` are what went wrong on the way, such as state lost with a restart; ``lossy`` says
    that requests got lost on purpose; ``bought`` is what a buyer got at the end, if there was one.
    """

    world: str
    epochs: int
    standings: tuple[Standing, ...]
    burned: float
    agreement: float
    seconds: float
    calls: int = 0
    incidents: tuple[str, ...] = ()
    lossy: bool = False
    bought: Purchases | None = None

    def problems(self) -> list[str]:
        """Every expectation that did not hold, in words."""
        found = list(self.incidents)
        for standing in self.standings:
            found += standing.problems(lossy=self.lossy)
        found += self._order()
        cheating = [s for s in self.standings if s.persona.expect == "zero"]
        share = sum(standing.share for standing in cheating)
        if share > CHEATERS_SHARE:
            best = max(cheating, key=lambda standing: standing.share)
            found.append(f"cheaters earned {share:.2%} together, {best.persona.name} the most")
        if self.bought is not None:
            found += self.bought.problems({s.persona.name for s in cheating})
        if self.agreement < LEAST_AGREEMENT:
            found.append(f"validators agree by {self.agreement:.3f} only")
        return found

    def check(self) -> Report:
        """Raise AssertionError with the table if anything did not hold; returns itself."""
        problems = self.problems()
        if problems:
            raise AssertionError("\n".join(["", *problems, "", self.table()]))
        return self

    def standing(self, name: str) -> Standing:
        """One persona's."""
        return next(one for one in self.standings if one.persona.name == name)

    def table(self) -> str:
        """The run as text, best earners first."""
        rows = [("persona", "expected", "share", "each", "verdicts")]
        for one in sorted(self.standings, key=lambda s: (-s.share, s.persona.name)):
            expected: str = one.persona.expect
            if one.persona.reason is not None:
                expected = f"{expected} ({one.persona.reason})"
            verdicts = " ".join(f"{r}:{n}" for r, n in sorted(one.reasons.items()))
            each = f"{min(one.shares):.2%}" if len(one.shares) > 1 else ""
            rows.append((one.persona.name, expected, f"{one.share:.2%}", each, verdicts))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows]
        return "\n".join(
            [
                *lines,
                f"{self.world}, {self.epochs} epochs, {self.calls} calls, {self.seconds:.1f} s; "
                f"burned {self.burned:.1%}, agreement {self.agreement:.4f}",
                *([] if self.bought is None else [self.bought.told()]),
            ]
        )

    def _order(self) -> list[str]:
        found: list[str] = []
        tiers: list[Sequence[Standing]] = [
            [s for s in self.standings if s.persona.expect == tier] for tier in TIERS
        ]
        present = [tier for tier in tiers if tier]
        for better, worse in pairwise(present):
            least = min(better, key=lambda s: min(s.shares))
            most = max(worse, key=lambda s: max(s.shares))
            if min(least.shares) <= max(most.shares):
                found.append(
                    f"{least.persona.name} ({min(least.shares):.2%}) should earn more than "
                    f"{most.persona.name} ({max(most.shares):.2%})"
                )
        good, mid = tiers[0], tiers[1]
        if good:
            least_good = min(min(s.shares) for s in good)
            if mid and least_good < GOOD_OVER_MID * max(max(s.shares) for s in mid):
                found.append("the good do not earn twice what the middle earns")
            cap = ANY_OVER_GOOD * max(max(s.shares) for s in good)
            found += [
                f"{s.persona.name} ({max(s.shares):.2%}) earns more than who is good"
                for s in self.standings
                if s.persona.expect == "any" and max(s.shares) > cap
            ]
            one = max(max(s.shares) for s in good)
            found += [
                f"{s.persona.name} ({s.share:.2%} with {len(s.shares)} hotkeys) earns more than "
                f"{s.persona.at_most:g} times one good hotkey ({one:.2%})"
                for s in self.standings
                if s.persona.at_most is not None and s.share > s.persona.at_most * one
            ]
        return found


def cosine(one: Mapping[Hotkey, float], other: Mapping[Hotkey, float]) -> float:
    """How alike two rows of weights are; 1 where both are empty."""
    keys = {*one, *other}
    dot = sum(one.get(key, 0.0) * other.get(key, 0.0) for key in keys)
    norms = [sum(value * value for value in row.values()) ** 0.5 for row in (one, other)]
    if not any(norms):
        return 1.0
    return dot / (norms[0] * norms[1]) if all(norms) else 0.0
