"""What a script says, as values: steps, conditions, repetition, targets, limits.

Owns the shape of a script after it was read and checked (``reading``). Does not own doing it
(``engine``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from taokit.chain_client.money import Tao

__all__ = [
    "Comparison",
    "Condition",
    "Derived",
    "Do",
    "Limits",
    "OnFailure",
    "Rebalance",
    "Repeat",
    "Script",
    "Step",
    "Target",
]

OnFailure = Literal["stop", "skip", "retry"]


@dataclass(frozen=True)
class Comparison:
    """``op`` is below, above, at_most, at_least, equals or not_equals; ``to`` is as written."""

    op: str
    to: str


@dataclass(frozen=True)
class Condition:
    """Something of the chain that must hold.

    ``kind`` is price, balance, stake, block, time, read, any or not. ``arguments`` are what is
    asked (``with`` of a read), ``parts`` the conditions inside any and not.
    """

    kind: str
    arguments: dict[str, Any]
    comparisons: tuple[Comparison, ...] = ()
    parts: tuple[Condition, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Derived:
    """A value that is read from the chain when the step is due.

    The result of ``read`` (or its ``field``), less ``minus``, times ``share``, at most ``at_most``;
    what is below ``at_least`` is too little to do anything.
    """

    read: str
    arguments: dict[str, Any]
    field: str | None = None
    minus: str | None = None
    share: Fraction | None = None
    at_most: str | None = None
    at_least: str | None = None


@dataclass(frozen=True)
class Do:
    """An operation by its name; a value may be :class:`Derived`, all others are as written."""

    operation: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Target:
    """How much of the whole is to lie on one hotkey in one subnet."""

    netuid: int
    hotkey: str
    share: Fraction


@dataclass(frozen=True)
class Rebalance:
    """Shares of stake, by value in TAO, and when to restore them.

    ``off_by`` is how far a share may be off, as a part of the whole; ``min_trade`` what is too
    little to move, ``max_trade`` the most that one move takes at a time.
    """

    targets: tuple[Target, ...]
    off_by: Fraction
    min_trade: Tao
    tolerance: Fraction | None = None
    max_trade: Tao | None = None


Action: TypeAlias = Do | Rebalance


@dataclass(frozen=True)
class Repeat:
    """Again every ``blocks`` blocks or ``milliseconds``; ``count`` times; until a block or time."""

    blocks: int | None = None
    milliseconds: int | None = None
    count: int | None = None
    until_block: int | None = None
    until_ms: int | None = None

    @property
    def period(self) -> str:
        """What tells one schedule from another."""
        return f"{self.blocks} blocks" if self.blocks else f"{self.milliseconds} ms"


@dataclass(frozen=True)
class Step:
    """One thing to do, once or repeatedly."""

    id: str
    action: Action
    when: tuple[Condition, ...] = ()
    after: tuple[str, ...] = ()
    repeat: Repeat | None = None
    on_failure: OnFailure = "stop"
    attempts: int = 3
    line: int = 0

    @property
    def digest(self) -> str:
        """Changes when what the step does changes."""
        return hashlib.blake2b(json.dumps(repr(self.action)).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Limits:
    """What may be spent at most, in TAO leaving the account, and what has to stay."""

    per_run: Tao | None = None
    per_day: Tao | None = None
    total: Tao | None = None
    min_balance: Tao | None = None
    max_slippage: Fraction | None = None


@dataclass(frozen=True)
class Script:
    """A whole script. ``name`` identifies it in the journal, whatever its file is called."""

    name: str
    steps: tuple[Step, ...]
    limits: Limits
    period: int
    """Blocks that each of its transactions lives."""
    source: str
