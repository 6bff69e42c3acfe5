"""What an epoch did, step by step, for whoever asks.

Owns the record that `distribution` and `epoch` fill in when one is asked for: `SubtensorBase` holds
nobody's by default, and then nothing is noted. Does not own any rule. Amounts are rao of alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from taokit.local_chain.yuma import EpochInput, EpochOutput

__all__ = ["EpochRecord", "Fate", "RecordedDividends", "RecordedMiner", "Recorder"]

Fate = Literal["staked", "burned", "recycled"]
"""What became of a miner's incentive: burned and recycled is what the subnet's owner earned."""


@dataclass(frozen=True)
class RecordedMiner:
    """One hotkey's incentive. `destination` is the hotkey that it was staked to."""

    hotkey: bytes
    amount: int
    fate: Fate
    destination: bytes | None = None


@dataclass(frozen=True)
class RecordedDividends:
    """One hotkey's part of the dividends: `take` is its owner's, `rest` its stakers'."""

    hotkey: bytes
    take: int
    rest: int


@dataclass
class EpochRecord:
    """One epoch of a subnet. `given` and `found` have one item per mechanism."""

    netuid: int
    pending_server: int = 0
    pending_validator: int = 0
    pending_root: int = 0
    owner_cut: int = 0
    hotkeys: list[bytes] = field(default_factory=list)
    given: list[EpochInput] = field(default_factory=list)
    found: list[EpochOutput] = field(default_factory=list)
    result: EpochOutput | None = None
    """That of all mechanisms together."""
    owner_paid: bool = False
    """Whether the subnet has an owner who got the cut."""
    miners: list[RecordedMiner] = field(default_factory=list)
    validators: list[RecordedDividends] = field(default_factory=list)
    root: list[RecordedDividends] = field(default_factory=list)
    childkey_burn: int = 0
    """What was recycled of dividends that went to parents."""


Recorder = Callable[[int], "EpochRecord | None"]
"""Asked at the beginning of each epoch, with the subnet: its record, or None to note nothing."""
