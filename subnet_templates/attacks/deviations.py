"""Whether honesty is a best response: one honest miner turns into each persona, the others stay.

Owns the comparison. Does not own the strategies, which are the project's personas, nor a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from taokit.neuron.testing import Project, run_memory
from taokit.neuron.testing.personas import Persona
from taokit.subnet_templates.attacks.fuzzing import honest_one

__all__ = ["Deviation", "deviations"]

OTHERS = 2
"""Honest miners that stay as they are."""
TOLERANCE = 1.05
"""Two honest miners do not earn quite the same either."""


@dataclass(frozen=True)
class Deviation:
    """What one miner earns as a persona, and what it would have earned honestly: shares."""

    persona: str
    expect: str
    share: float
    honest: float

    @property
    def pays(self) -> bool:
        """Whether it is better off than an honest miner would be in its place."""
        return self.share > TOLERANCE * self.honest


def deviations(
    project: Project, *, epochs: int = 4, seed: int = 0, only: str | None = None
) -> Iterator[Deviation]:
    """Each persona but the good ones, in turn. All runs are alike but for that one miner."""
    good = honest_one(project)
    honest = _share(project, good, good, epochs, seed)
    for persona in project.personas:
        if persona.expect != "good" and only in (None, persona.name):
            single = replace(persona, copies=1)
            share = _share(project, good, single, epochs, seed)
            yield Deviation(persona.name, persona.expect, share, honest)


def _share(project: Project, good: Persona, one: Persona, epochs: int, seed: int) -> float:
    """What a miner that is ``one`` earns among good ones."""
    if one is good:
        population = [replace(good, copies=OTHERS + 1)]
    else:
        population = [replace(good, copies=OTHERS), one]
    report = run_memory(
        replace(project, personas=population), epochs=epochs, validators=1, seed=seed
    )
    earned = report.standing(one.name).shares
    return sum(earned) / len(earned)
