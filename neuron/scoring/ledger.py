"""A ledger of improvements: who moved the best by how much, and what of that is still to be paid.

Owns units and their fading. Where the winner takes all, the last small step takes the reward of all
steps before it; here each step is paid for a while.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from taokit.neuron.messages import Hotkey
from taokit.neuron.scoring.averages import half_life
from taokit.neuron.scoring.payouts import normalise

__all__ = ["Improvement", "Ledger", "improvement_units"]


@dataclass(frozen=True)
class Improvement:
    """One step: whose, at which block, worth how much when it was made."""

    hotkey: Hotkey
    block: int
    units: float


def improvement_units(
    gain: float,
    *,
    unit_gain: float,
    cheaper: float = 0.0,
    unit_cheaper: float | None = None,
    waited: float = 0.0,
    wait_scale: float = 7_200.0,
) -> float:
    """What a step is worth. ``gain`` is relative: 0.02 where the best became 2 % better.

    A gain of ``unit_gain`` is one unit. Gains compound, and so do units add: a step cut into
    smaller ones is worth the same. ``cheaper`` is the relative fall of cost (0.1: a tenth less),
    counted by ``unit_cheaper``. A step that nobody found for ``waited`` blocks is worth more, by
    the root of that over ``wait_scale``.
    """
    if gain < 0 or unit_gain <= 0 or not 0 <= cheaper < 1 or waited < 0 or wait_scale <= 0:
        raise ValueError("gains and waits are from 0, what they are counted in is above 0")
    units = math.log1p(gain) / math.log1p(unit_gain)
    if cheaper:
        if unit_cheaper is None or not 0 < unit_cheaper < 1:
            raise ValueError("say what fall of cost is one unit")
        units += math.log1p(-cheaper) / math.log1p(-unit_cheaper)
    return units * (1.0 + math.sqrt(waited / wait_scale))


@dataclass(frozen=True)
class Ledger:
    """Improvements in the order they were made. Every ``half`` blocks half of a step is paid."""

    half: float
    entries: tuple[Improvement, ...] = ()

    def add(self, entry: Improvement) -> Ledger:
        """With one more step."""
        return Ledger(self.half, (*self.entries, entry))

    def remaining(self, block: int) -> dict[Hotkey, float]:
        """Units still to be paid, by hotkey; steps of later blocks do not count yet."""
        found: dict[Hotkey, list[float]] = {}
        for entry in self.entries:
            if entry.block <= block:
                left = half_life(entry.units, block - entry.block, self.half)
                found.setdefault(entry.hotkey, []).append(left)
        return {hotkey: math.fsum(parts) for hotkey, parts in found.items()}

    def weights(self, block: int) -> dict[Hotkey, float]:
        """Shares in the proportion of what remains."""
        return normalise(self.remaining(block))

    def last_block(self) -> int | None:
        """When the last step was made."""
        return max((entry.block for entry in self.entries), default=None)

    def without(self, hotkeys: Iterable[Hotkey]) -> Ledger:
        """Without the steps of some hotkeys, for instance of those that have left."""
        gone = set(hotkeys)
        return Ledger(self.half, tuple(e for e in self.entries if e.hotkey not in gone))

    def pruned(self, block: int, *, least: float = 1e-6) -> Ledger:
        """Without steps of which less than ``least`` units remain."""
        kept = tuple(
            entry
            for entry in self.entries
            if entry.block > block
            or half_life(entry.units, block - entry.block, self.half) >= least
        )
        return Ledger(self.half, kept)
