"""The slow part of judging, handed out: ``evaluate`` of a mechanism, wherever it is to run.

Owns what a validator makes of evaluations that were lost. Does not own where they run
(``taokit.neuron.fanout``) nor what they mean (the mechanism's ``verify``).

An evaluation that no worker could finish says nothing about the miner. There is no verdict then:
the score stays what it was. When not one of several could be finished, it is this validator that
is broken, and it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from taokit.neuron.errors import EvaluationFailed
from taokit.neuron.fanout.contract import Done, Fanout, Lost, Outcome
from taokit.neuron.fanout.threads import Threads
from taokit.neuron.mechanism import Context
from taokit.neuron.messages import Hotkey
from taokit.neuron.observe.metrics import Metrics

__all__ = ["Evaluations"]

_ENOUGH = 3
"""With so many miners' evaluations all lost, it is no miner's doing."""


class Evaluations:
    """Hands out the evaluations of one validator."""

    def __init__(self, fanout: Fanout | None, metrics: Metrics) -> None:
        self._fanout = fanout
        self._metrics = metrics

    async def of(
        self,
        evaluate: Callable[..., Any] | None,
        work: Sequence[tuple[Hotkey, tuple[Any, ...]]],
        ctx: Context,
    ) -> list[Outcome[Any]]:
        """Evaluate work, each with the hotkey it is of; the outcomes in its order.

        Without a function, everything is done, and comes to None. Raises EvaluationFailed.
        """
        if evaluate is None:
            return [Done(None) for _ in work]
        if self._fanout is None:
            self._fanout = Threads()
        place = ctx.place
        found = await self._fanout.map(evaluate, [(*what, place) for _, what in work])
        lost = [(one[0], outcome) for one, outcome in zip(work, found) if isinstance(outcome, Lost)]
        for hotkey, outcome in lost:
            ctx.log.warning("not_evaluated", hotkey=hotkey, detail=outcome.why)
        self._metrics.evaluated(self._fanout.name, len(found) - len(lost), len(lost))
        if len(lost) == len(found) and len({hotkey for hotkey, _ in lost}) >= _ENOUGH:
            raise EvaluationFailed(
                f"none of {len(found)} evaluations could be finished: {lost[0][1].why}",
                hint=f"workers are {self._fanout.name}: can they import the mechanism?",
            )
        return found
