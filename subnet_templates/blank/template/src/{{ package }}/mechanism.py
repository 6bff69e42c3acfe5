"""What this subnet measures: how much of a list's order a miner restores, and how promptly.

This file is the subnet. Change ``Task`` and ``Answer`` in ``protocol``, then what is asked, how an
answer is judged and what a score earns. The personas say what must come of it; the tests hold it.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence

from taokit.neuron.mechanism import Context, ServiceMechanism
from taokit.neuron.messages import Hotkey, Reason, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import Seeded
from taokit.neuron.results import Result
from taokit.neuron.scoring.payouts import power
from taokit.neuron.store import ScoreBook

from .protocol import Answer, Task

NUMBERS = 48
TASKS = 3
STEEPNESS = 8.0
"""An answer counts by this power of its order: nearly right is worth much less than right."""

SPLITTING = 2.0
"""Weights go with this power of the score: one hotkey earns more than two that share its work."""


class Mechanism(ServiceMechanism[Task, Answer]):
    """Ordering a list."""

    measures = "The share of a shuffled list's order that a miner restores in time."
    path = "/v1/order"
    request = Task
    response = Answer
    deadline = 4.0
    alpha = 0.05

    def tasks(self, rng: Seeded, ctx: Context) -> Sequence[Task]:
        """Lists of distinct numbers, fresh for each miner and round."""
        return [self._task(rng.child(number)) for number in range(TASKS)]

    def verify(self, task: Task, result: Result[Answer], ctx: Context) -> Verdict:
        """An order is checked, not trusted: what counts is how many pairs are the right way."""
        if not result.ok:
            return self.failed(task, result)
        answer = result.value
        if answer.id != task.id:
            return self.verdict(task, result, 0.0, Reason.REPLAY, answered=answer.id)
        if sorted(answer.order) != list(range(len(task.xs))):
            return self.verdict(task, result, 0.0, Reason.MALFORMED, order="not a permutation")
        ordered = orderedness([task.xs[position] for position in answer.order])
        prompt = promptness(result.latency_s, self.deadline)
        quality = ordered**STEEPNESS * prompt
        return self.verdict(task, result, quality, ordered=ordered, prompt=prompt)

    def weights(self, book: ScoreBook, snap: Snapshot) -> Mapping[Hotkey, float]:
        """By score, a moving average of qualities; all is burned while nobody has any."""
        scores = {hotkey: score for hotkey, score in book.items() if hotkey in snap.by_hotkey}
        return power(scores, SPLITTING)

    def _task(self, rng: Seeded) -> Task:
        xs = dict.fromkeys(rng.randrange(1 << 31) for _ in range(NUMBERS))
        return Task(id=rng.randbytes(32).hex(), xs=tuple(xs))


def orderedness(xs: Sequence[int]) -> float:
    """The share of pairs that are in ascending order: 1 when sorted, 0 when reversed."""
    seen: list[int] = []
    inversions = 0
    for x in xs:
        inversions += len(seen) - bisect_right(seen, x)
        insort(seen, x)
    pairs = len(xs) * (len(xs) - 1) // 2
    return 1.0 - inversions / pairs if pairs else 1.0


def promptness(latency_s: float, deadline_s: float) -> float:
    """1 within a quarter of the deadline, 0.25 within half, 0.1 beyond.

    Steps, since validators measure from different places: they need not agree to the millisecond.
    """
    if latency_s <= deadline_s / 4:
        return 1.0
    return 0.25 if latency_s <= deadline_s / 2 else 0.1
