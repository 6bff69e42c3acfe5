"""Commits to weights on disk: what has to survive a restart so that they can be revealed.

Owns the table and its states. Does not own what is done about a commit (``weights``).
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from taokit.neuron.chain import WeightsReceipt
from taokit.neuron.messages import Hotkey
from taokit.neuron.store.database import Store

__all__ = ["CommitLog", "CommitState", "StoredCommit"]

CommitState = Literal["prepared", "sent", "landed", "lost"]
"""``prepared``: written down, perhaps sent. ``sent``: in a block. ``landed``: the chain holds the
weights. ``lost``: it never will."""

OPEN: tuple[CommitState, ...] = ("prepared", "sent")


@dataclass(frozen=True)
class StoredCommit:
    """Weights that were sent (or were about to be), and what is known of them."""

    id: int
    state: CommitState
    receipt: WeightsReceipt


class CommitLog:
    """The weights that one hotkey has sent to one subnet."""

    def __init__(self, store: Store, hotkey: Hotkey, netuid: int) -> None:
        self._store = store
        self._of = (hotkey, netuid)

    def prepare(self, receipt: WeightsReceipt) -> StoredCommit:
        """Write down what is about to be sent."""
        with self._store.transaction():
            self._store.execute(
                "INSERT INTO commits (hotkey, netuid, mechanism, scheme, state, block, epoch, "
                "receipt) VALUES (?, ?, ?, ?, 'prepared', ?, ?, ?)",
                (*self._of, receipt.mechanism, receipt.scheme, *_when(receipt), _text(receipt)),
            )
            found = self._store.row("SELECT last_insert_rowid() AS id")
        return StoredCommit(found["id"] if found is not None else 0, "prepared", receipt)

    def mark(
        self, commit: StoredCommit, state: CommitState, receipt: WeightsReceipt | None = None
    ) -> StoredCommit:
        """Note a new state, and what has become known of the receipt."""
        known = receipt or commit.receipt
        self._store.execute(
            "UPDATE commits SET state = ?, block = ?, epoch = ?, receipt = ? WHERE id = ?",
            (state, *_when(known), _text(known), commit.id),
        )
        return replace(commit, state=state, receipt=known)

    def open(self) -> list[StoredCommit]:
        """What is not settled, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM commits WHERE hotkey = ? AND netuid = ? AND state IN (?, ?) ORDER BY id",
            (*self._of, *OPEN),
        )
        return [_stored(row) for row in rows]

    def last(self, *, mechanism: int = 0) -> StoredCommit | None:
        """The newest that was sent, whatever has become of it, but for what was lost."""
        row = self._store.row(
            "SELECT * FROM commits WHERE hotkey = ? AND netuid = ? AND mechanism = ? "
            "AND state != 'lost' ORDER BY id DESC LIMIT 1",
            (*self._of, mechanism),
        )
        return None if row is None else _stored(row)

    def forget(self, *, before_block: int) -> None:
        """Drop what is settled and older."""
        self._store.execute(
            "DELETE FROM commits WHERE hotkey = ? AND netuid = ? AND block < ? "
            "AND state NOT IN (?, ?)",
            (*self._of, before_block, *OPEN),
        )


def _when(receipt: WeightsReceipt) -> tuple[int, int]:
    return receipt.block, receipt.epoch


def _text(receipt: WeightsReceipt) -> str:
    return json.dumps(asdict(receipt))


def _stored(row: sqlite3.Row) -> StoredCommit:
    fields: dict[str, Any] = json.loads(row["receipt"])
    for name in ("uids", "values", "salt"):
        fields[name] = tuple(fields[name])
    return StoredCommit(row["id"], row["state"], WeightsReceipt(**fields))
