"""The book of scores: what every hotkey is worth by what was seen of it, and why.

Owns scores and verdicts on disk. Does not own what a score pays (a mechanism's ``weights``).

A score is a moving average over the verdicts of that hotkey alone: who is not asked neither gains
nor loses. It begins at zero, so that a new registration is worth no more than the one it replaces.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from taokit.neuron.messages import Hotkey, Reason, Verdict
from taokit.neuron.scoring.averages import ema_sampled
from taokit.neuron.scoring.bounds import credibility
from taokit.neuron.store.database import Store

__all__ = ["Score", "ScoreBook", "SeenVerdict"]

_PUT = """INSERT INTO scores
    (hotkey, value, samples, passed, units, updated_block, first_block, cooldown_block)
    VALUES (?, ?, 1, ?, ?, ?, ?, 0)
    ON CONFLICT (hotkey) DO UPDATE SET value = excluded.value, samples = samples + 1,
    passed = passed + excluded.passed, units = units + excluded.units,
    updated_block = excluded.updated_block"""
_ADD = """INSERT INTO verdicts (hotkey, block, task, quality, units, ok, reason, evidence)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True)
class Score:
    """What is known of a hotkey: ``passed`` of ``samples`` verdicts were ok, of ``units`` in sum.

    It is not to be asked before ``cooldown_block``.
    """

    hotkey: Hotkey
    value: float
    samples: int
    passed: int
    units: float
    updated_block: int
    first_block: int
    cooldown_block: int = 0

    def credibility(self, power: float = 1.0) -> float:
        """A lower bound of its share of good answers, to a power: little evidence counts little."""
        return credibility(self.passed, self.samples, power)


@dataclass(frozen=True)
class SeenVerdict:
    """A verdict and the block it was given at."""

    block: int
    verdict: Verdict


class ScoreBook:
    """Scores in a store. ``alpha`` is the part of a new verdict in the average (0..1)."""

    def __init__(self, store: Store, *, alpha: float = 0.2) -> None:
        if not 0.0 < alpha <= 1.0:
            raise ValueError(f"alpha is above 0 and at most 1, not {alpha}")
        self.store = store
        self.alpha = alpha

    def checkpoint(self) -> AbstractContextManager[None]:
        """All of a round, or nothing of it. Not to be held across an ``await``."""
        return self.store.transaction()

    def add(self, verdict: Verdict, block: int) -> Score:
        """Count a verdict. A quality that is not ok counts as zero."""
        earned = verdict.quality if verdict.ok else 0.0
        with self.store.transaction():
            value = ema_sampled(self.score(verdict.hotkey), earned, self.alpha)
            values = (verdict.hotkey, value, int(verdict.ok), verdict.units, block, block)
            self.store.execute(_PUT, values)
            self.store.execute(
                _ADD,
                (
                    verdict.hotkey,
                    block,
                    verdict.task,
                    verdict.quality,
                    verdict.units,
                    int(verdict.ok),
                    verdict.reason.value,
                    json.dumps(verdict.evidence, sort_keys=True, default=str),
                ),
            )
            return self.entry(verdict.hotkey) or _unseen(verdict.hotkey)

    def score(self, hotkey: Hotkey) -> float:
        """The score of a hotkey, 0..1; zero for one never seen."""
        found = self.store.row("SELECT value FROM scores WHERE hotkey = ?", (hotkey,))
        return float(found["value"]) if found is not None else 0.0

    def entry(self, hotkey: Hotkey) -> Score | None:
        """All that is known of a hotkey."""
        found = self.store.row("SELECT * FROM scores WHERE hotkey = ?", (hotkey,))
        return None if found is None else Score(**dict(found))

    def items(self) -> list[tuple[Hotkey, float]]:
        """Every hotkey with its score, in the order of hotkeys."""
        return [(entry.hotkey, entry.value) for entry in self.entries()]

    def entries(self) -> list[Score]:
        """All that is known of everyone, in the order of hotkeys."""
        return [
            Score(**dict(row)) for row in self.store.rows("SELECT * FROM scores ORDER BY hotkey")
        ]

    def __iter__(self) -> Iterator[Hotkey]:
        return iter([entry.hotkey for entry in self.entries()])

    def reasons(self, hotkey: Hotkey, *, since_block: int = 0) -> Counter[Reason]:
        """How often each reason was given to a hotkey."""
        rows = self.store.rows(
            "SELECT reason, count(*) AS n FROM verdicts WHERE hotkey = ? AND block >= ? "
            "GROUP BY reason",
            (hotkey, since_block),
        )
        return Counter({Reason(row["reason"]): row["n"] for row in rows})

    def verdicts(self, hotkey: Hotkey, *, limit: int = 100) -> list[SeenVerdict]:
        """The newest verdicts on a hotkey, newest first."""
        rows = self.store.rows(
            "SELECT * FROM verdicts WHERE hotkey = ? ORDER BY id DESC LIMIT ?", (hotkey, limit)
        )
        return [SeenVerdict(row["block"], _verdict(row)) for row in rows]

    def cool(self, hotkey: Hotkey, until_block: int) -> None:
        """Do not ask a hotkey before a block; for one never seen there is nothing to remember."""
        self.store.execute(
            "UPDATE scores SET cooldown_block = max(cooldown_block, ?) WHERE hotkey = ?",
            (until_block, hotkey),
        )

    def cooling(self, block: int) -> set[Hotkey]:
        """Who is not to be asked at a block."""
        rows = self.store.rows("SELECT hotkey FROM scores WHERE cooldown_block > ?", (block,))
        return {row["hotkey"] for row in rows}

    def forget(self, hotkeys: Iterable[Hotkey]) -> None:
        """Drop scores and verdicts of hotkeys, for instance of those that have left."""
        gone = [(hotkey,) for hotkey in hotkeys]
        with self.store.transaction():
            self.store.execute_many("DELETE FROM scores WHERE hotkey = ?", gone)
            self.store.execute_many("DELETE FROM verdicts WHERE hotkey = ?", gone)


def _unseen(hotkey: Hotkey) -> Score:
    return Score(hotkey, 0.0, 0, 0, 0.0, 0, 0)


def _verdict(row: sqlite3.Row) -> Verdict:
    return Verdict(
        hotkey=row["hotkey"],
        task=row["task"],
        quality=row["quality"],
        units=row["units"],
        ok=bool(row["ok"]),
        reason=Reason(row["reason"]),
        evidence=json.loads(row["evidence"]),
    )
