"""Prompts of audits. They should read like those of buyers, whose own are audited beside them.

Replace the lists by what your buyers ask for. A miner may read this file: serving another model
only to prompts that are not from here is what the audit of bought answers is for.
"""

from __future__ import annotations

from taokit.neuron.randomness import Seeded

OPENINGS = ("Explain", "Summarise", "Compare", "Write a poem about", "Give me three facts about")
SUBJECTS = ("rivers", "compilers", "the moon", "bread", "prime numbers", "bees", "old maps")
ENDINGS = ("for a child", "in one sentence", "with an example", "without adjectives", "politely")
CONTEXT = "Earlier we spoke of {} and {}. "


def prompt(rng: Seeded) -> str:
    """A prompt; one in four is a long one."""
    lead = ""
    if rng.randrange(4) == 0:
        lead = "".join(CONTEXT.format(rng.choice(SUBJECTS), rng.choice(SUBJECTS)) for _ in range(6))
    return (
        f"{lead}{rng.choice(OPENINGS)} {rng.choice(SUBJECTS)} {rng.choice(ENDINGS)} "
        f"({rng.randrange(10_000)})."
    )
