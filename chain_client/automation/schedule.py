"""When a step is due: which occurrence of it a block belongs to.

Owns the counting. An occurrence is a slot of the schedule, counted from the block where the script
first saw the step; each is done at most once, and slots that passed while nothing ran are not made
up for. A changed schedule starts anew with a number that was never used. The clock is the chain's.
"""

from __future__ import annotations

from dataclasses import dataclass

from taokit.chain_client.automation.conditions import Moment
from taokit.chain_client.automation.durations import moment_text
from taokit.chain_client.automation.script import Repeat

__all__ = ["Anchor", "Slot", "slot_at"]


@dataclass(frozen=True)
class Anchor:
    """Where the slots of a step begin: number ``base`` at this block and time."""

    base: int
    period: str
    block: int
    ms: int


@dataclass(frozen=True)
class Slot:
    """The occurrence that a moment belongs to, when the next begins, and whether it is over."""

    number: int
    following: str | None
    over: bool = False


def slot_at(repeat: Repeat | None, anchor: Anchor, moment: Moment) -> Slot:
    """The slot of a moment. A step without repetition has one, number 0."""
    if repeat is None:
        return Slot(0, None)
    over = (repeat.until_block is not None and moment.number >= repeat.until_block) or (
        repeat.until_ms is not None and moment.ms >= repeat.until_ms
    )
    if repeat.blocks is not None:
        passed = max(0, moment.number - anchor.block) // repeat.blocks
        following = f"block {anchor.block + (passed + 1) * repeat.blocks}"
    else:
        assert repeat.milliseconds is not None
        passed = max(0, moment.ms - anchor.ms) // repeat.milliseconds
        following = moment_text(anchor.ms + (passed + 1) * repeat.milliseconds)
    return Slot(anchor.base + passed, following, over)
