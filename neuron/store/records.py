"""What else a neuron writes down: receipts, rounds, keys and values, a journal.

Owns these tables. Values are JSON. Everything joins the transaction that is open.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from taokit.neuron.messages import Hotkey, Receipt
from taokit.neuron.store.database import Store

__all__ = ["Entry", "Journal", "KeyValues", "Receipts", "Round", "Rounds"]


@dataclass(frozen=True)
class Round:
    """One round of a kind (a tick, a window): how far it got, and what belongs to it."""

    kind: str
    number: int
    state: str
    block: int
    data: Any = None


class Rounds:
    """Rounds by kind and number. Written with the verdicts of the round, in one transaction."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self.kind = kind

    def put(self, number: int, state: str, block: int, data: Any = None) -> Round:
        """Write a round, in place of what was there."""
        self._store.execute(
            "INSERT INTO rounds (kind, number, state, block, data) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, number) DO UPDATE SET state = excluded.state, "
            "block = excluded.block, data = excluded.data",
            (self.kind, number, state, block, _text(data)),
        )
        return Round(self.kind, number, state, block, data)

    def get(self, number: int) -> Round | None:
        """A round, if there is one of that number."""
        found = self._store.row(
            "SELECT * FROM rounds WHERE kind = ? AND number = ?", (self.kind, number)
        )
        return None if found is None else _round(found)

    def last(self, *, state: str | None = None) -> Round | None:
        """The round of the highest number (in a state): where to go on after a restart."""
        found = self._store.row(
            "SELECT * FROM rounds WHERE kind = ? AND (? IS NULL OR state = ?) "
            "ORDER BY number DESC LIMIT 1",
            (self.kind, state, state),
        )
        return None if found is None else _round(found)

    def in_state(self, state: str) -> list[Round]:
        """All rounds in a state, by number."""
        rows = self._store.rows(
            "SELECT * FROM rounds WHERE kind = ? AND state = ? ORDER BY number", (self.kind, state)
        )
        return [_round(row) for row in rows]

    def forget(self, *, below: int) -> None:
        """Drop rounds of lower numbers."""
        self._store.execute("DELETE FROM rounds WHERE kind = ? AND number < ?", (self.kind, below))


class Receipts:
    """What miners have signed for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, receipt: Receipt, block: int) -> bool:
        """Keep a receipt; False when one of its id is there already."""
        added = self._store.execute(
            "INSERT INTO receipts (id, miner, caller, block, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO NOTHING",
            (str(receipt.id), receipt.miner, receipt.caller, block, receipt.model_dump_json()),
        )
        return added == 1

    def get(self, id_: str) -> Receipt | None:
        """A receipt by its id."""
        found = self._store.row("SELECT body FROM receipts WHERE id = ?", (id_,))
        return None if found is None else Receipt.model_validate_json(found["body"])

    def of(self, miner: Hotkey, *, since_block: int = 0, limit: int = 1_000) -> list[Receipt]:
        """The receipts of a miner, newest block first."""
        rows = self._store.rows(
            "SELECT body FROM receipts WHERE miner = ? AND block >= ? "
            "ORDER BY block DESC, id LIMIT ?",
            (miner, since_block, limit),
        )
        return [Receipt.model_validate_json(row["body"]) for row in rows]


class KeyValues:
    """Small values by key, in a space of its own: what a mechanism has to remember."""

    def __init__(self, store: Store, space: str) -> None:
        self._store = store
        self.space = space

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key."""
        found = self._store.row(
            "SELECT value FROM kv WHERE space = ? AND key = ?", (self.space, key)
        )
        return default if found is None else json.loads(found["value"])

    def set(self, key: str, value: Any) -> None:
        """Set the value of a key; anything that is JSON."""
        self._store.execute(
            "INSERT INTO kv (space, key, value) VALUES (?, ?, ?) "
            "ON CONFLICT (space, key) DO UPDATE SET value = excluded.value",
            (self.space, key, _text(value)),
        )

    def delete(self, key: str) -> None:
        """Forget a key; one that is not there is fine."""
        self._store.execute("DELETE FROM kv WHERE space = ? AND key = ?", (self.space, key))

    def items(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Keys that begin with ``prefix``, and their values, in order."""
        rows = self._store.rows(
            "SELECT key, value FROM kv WHERE space = ? AND substr(key, 1, ?) = ? ORDER BY key",
            (self.space, len(prefix), prefix),
        )
        return iter([(row["key"], json.loads(row["value"])) for row in rows])


@dataclass(frozen=True)
class Entry:
    """One line of the journal."""

    id: int
    block: int
    kind: str
    data: Any


class Journal:
    """What happened, in order; only ever added to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, kind: str, block: int, data: Any = None) -> None:
        """Write a line."""
        self._store.execute(
            "INSERT INTO journal (block, kind, data) VALUES (?, ?, ?)", (block, kind, _text(data))
        )

    def read(self, kind: str | None = None, *, after: int = 0, limit: int = 1_000) -> list[Entry]:
        """Lines (of a kind) after an id, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM journal WHERE id > ? AND (? IS NULL OR kind = ?) ORDER BY id LIMIT ?",
            (after, kind, kind, limit),
        )
        return [
            Entry(row["id"], row["block"], row["kind"], json.loads(row["data"])) for row in rows
        ]


def _round(row: sqlite3.Row) -> Round:
    data = json.loads(row["data"])
    return Round(row["kind"], row["number"], row["state"], row["block"], data)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)
