"""The tables of the store, as the list of steps that made them what they are.

Owns the schema. A step that was released is never changed; a change is a new step at the end. What
belongs to a neuron is keyed by its hotkey, never by its uid, which changes hands.
"""

from __future__ import annotations

__all__ = ["MIGRATIONS"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE scores (
            hotkey TEXT PRIMARY KEY,
            value REAL NOT NULL,
            samples INTEGER NOT NULL,
            passed INTEGER NOT NULL,
            units REAL NOT NULL,
            updated_block INTEGER NOT NULL,
            first_block INTEGER NOT NULL,
            cooldown_block INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID""",
        """CREATE TABLE verdicts (
            id INTEGER PRIMARY KEY,
            hotkey TEXT NOT NULL,
            block INTEGER NOT NULL,
            task TEXT NOT NULL,
            quality REAL NOT NULL,
            units REAL NOT NULL,
            ok INTEGER NOT NULL,
            reason TEXT NOT NULL,
            evidence TEXT NOT NULL
        )""",
        "CREATE INDEX verdicts_of ON verdicts (hotkey, block)",
        "CREATE INDEX verdicts_at ON verdicts (block)",
        """CREATE TABLE receipts (
            id TEXT PRIMARY KEY,
            miner TEXT NOT NULL,
            caller TEXT NOT NULL,
            block INTEGER NOT NULL,
            body TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX receipts_of ON receipts (miner, block)",
        "CREATE INDEX receipts_at ON receipts (block)",
        """CREATE TABLE rounds (
            kind TEXT NOT NULL,
            number INTEGER NOT NULL,
            state TEXT NOT NULL,
            block INTEGER NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (kind, number)
        ) WITHOUT ROWID""",
        """CREATE TABLE commits (
            id INTEGER PRIMARY KEY,
            hotkey TEXT NOT NULL,
            netuid INTEGER NOT NULL,
            mechanism INTEGER NOT NULL,
            scheme TEXT NOT NULL,
            state TEXT NOT NULL,
            block INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            receipt TEXT NOT NULL
        )""",
        "CREATE INDEX commits_in ON commits (hotkey, netuid, state)",
        """CREATE TABLE kv (
            space TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (space, key)
        ) WITHOUT ROWID""",
        """CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            block INTEGER NOT NULL,
            kind TEXT NOT NULL,
            data TEXT NOT NULL
        )""",
        "CREATE INDEX journal_of ON journal (kind, block)",
    ),
)
