"""What this subnet measures: how much of a shared model's loss an update removes.

This file is the subnet. What the measurements of an update are worth, who makes up the next model
and what it earns are here; the codec, the step that everyone repeats, measuring and leading are the
library's. The personas say what must come of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from taokit.neuron.mechanism import Context
from taokit.neuron.messages import Hotkey, Reason, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.scoring.payouts import power
from taokit.neuron.store import ScoreBook
from taokit.subnet_templates.training.copies import copies, shared
from taokit.subnet_templates.training.faults import Fault
from taokit.subnet_templates.training.judging import History
from taokit.subnet_templates.training.leading import Training, worthless

from . import run
from .protocol import Update

STEEPNESS = 2.0
"""Weights go with this power of the score: a share of the window's best gain, on average."""


class Mechanism(Training):
    """Training one model together."""

    run = run
    measures = "The share of a model's loss on unseen data that an update removes."
    deadline = 20.0
    alpha = 0.2

    def worth(self, history: History) -> float:
        """The mean gain, once it is proven that the work was done. Raises Fault where it was not."""
        if shirked := history.fault(run.BAR):
            raise shirked
        return history.earned(run.BAR)

    async def compare(
        self, updates: Mapping[Hotkey, Update], verdicts: Mapping[Hotkey, Verdict], ctx: Context
    ) -> Mapping[Hotkey, Verdict]:
        """Find copies, and divide what one update under several names is worth among these; then
        each gain counts as a share of the best of those that are proven.
        """
        judged = dict(verdicts)
        for hotkey, original in copies(self.sent, self.histories, run.BAR).items():
            fault = Fault(Reason.DUPLICATE, f"is the update of {original}")
            judged[hotkey] = worthless(updates[hotkey], fault, judged[hotkey].evidence)
        for hotkey, group in self._clones(judged).items():
            one = judged[hotkey]
            told = {**one.evidence, "one_update_of": list(group)}
            part = {"quality": one.quality / len(group), "evidence": told}
            judged[hotkey] = one.model_copy(update=part)
        best = max((one.quality for one in judged.values() if one.ok), default=0.0)
        if best > 0.0:
            for hotkey, one in judged.items():
                judged[hotkey] = one.model_copy(update={"quality": one.quality / best})
        return judged

    def members(
        self, verdicts: Mapping[Hotkey, Verdict], rating: Mapping[Hotkey, float]
    ) -> Sequence[Hotkey]:
        """The best rated of those who did no wrong; once somebody is proven, of the proven."""
        useful = [h for h, one in verdicts.items() if one.ok and one.evidence["gain"] > 0.0]
        clones = self._clones(verdicts)
        proven = [
            hotkey
            for hotkey in useful
            if verdicts[hotkey].quality > 0.0 and clones.get(hotkey, (hotkey,))[0] == hotkey
        ]
        return sorted(proven or useful, key=lambda hotkey: (-rating.get(hotkey, 0.0), hotkey))

    def weights(self, book: ScoreBook, snap: Snapshot) -> Mapping[Hotkey, float]:
        """By score, which is 0 until the work is proven. All is burned while nobody's is."""
        scores = {hotkey: score for hotkey, score in book.items() if hotkey in snap.by_hotkey}
        return power({hotkey: score for hotkey, score in scores.items() if score > 0.01}, STEEPNESS)

    def _clones(self, judged: Mapping[Hotkey, Verdict]) -> dict[Hotkey, tuple[Hotkey, ...]]:
        proven = [hotkey for hotkey, one in judged.items() if one.ok and one.quality > 0.0]
        return shared(self.sent, proven, run.BAR)
