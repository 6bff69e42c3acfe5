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
    (  # what a gateway sells (taokit.neuron.gateway): amounts are whole micro-credits
        """CREATE TABLE gateway_accounts (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            made_ms INTEGER NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE gateway_keys (
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL REFERENCES gateway_accounts (id),
            hash TEXT NOT NULL UNIQUE,
            scopes TEXT NOT NULL,
            label TEXT NOT NULL,
            rate REAL,
            burst REAL,
            made_ms INTEGER NOT NULL,
            revoked_ms INTEGER
        ) WITHOUT ROWID""",
        "CREATE INDEX gateway_keys_of ON gateway_keys (account)",
        """CREATE TABLE gateway_balances (
            account TEXT PRIMARY KEY,
            amount INTEGER NOT NULL CHECK (amount >= 0 OR account = 'outside')
        ) WITHOUT ROWID""",
        """CREATE TABLE gateway_transfers (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            source TEXT NOT NULL,
            target TEXT NOT NULL CHECK (target <> source),
            amount INTEGER NOT NULL CHECK (amount > 0),
            kind TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        )""",
        "CREATE INDEX gateway_transfers_from ON gateway_transfers (source)",
        "CREATE INDEX gateway_transfers_to ON gateway_transfers (target)",
        """CREATE TABLE gateway_charges (
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            key TEXT NOT NULL,
            route TEXT NOT NULL,
            state TEXT NOT NULL,
            reserved INTEGER NOT NULL,
            cost INTEGER NOT NULL DEFAULT 0,
            units TEXT NOT NULL DEFAULT '{}',
            miner TEXT,
            idempotency TEXT,
            digest TEXT NOT NULL,
            began_ms INTEGER NOT NULL,
            ended_ms INTEGER,
            reply BLOB,
            reply_kind TEXT
        ) WITHOUT ROWID""",
        "CREATE UNIQUE INDEX gateway_charges_once ON gateway_charges (account, idempotency)",
        "CREATE INDEX gateway_charges_in ON gateway_charges (state)",
        "CREATE INDEX gateway_charges_of ON gateway_charges (account, began_ms)",
        """CREATE TABLE gateway_addresses (
            address TEXT PRIMARY KEY,
            account TEXT NOT NULL UNIQUE REFERENCES gateway_accounts (id),
            number INTEGER NOT NULL UNIQUE
        ) WITHOUT ROWID""",
        """CREATE TABLE gateway_deposits (
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            sender TEXT NOT NULL,
            rao INTEGER NOT NULL,
            credited INTEGER NOT NULL,
            block INTEGER NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE gateway_audits (
            id INTEGER PRIMARY KEY,
            task TEXT NOT NULL,
            result TEXT NOT NULL
        )""",
    ),
    (  # artifacts on disk (taokit.neuron.artifacts): ``used`` counts up with every use
        """CREATE TABLE artifacts (
            digest TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            source TEXT NOT NULL,
            block INTEGER NOT NULL,
            used INTEGER NOT NULL,
            pinned INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID""",
        "CREATE INDEX artifacts_used ON artifacts (used)",
    ),
    (  # what is left of requests that a gateway has forgotten: totals, by unit
        """CREATE TABLE gateway_used (
            account TEXT NOT NULL,
            route TEXT NOT NULL,
            unit TEXT NOT NULL,
            total REAL NOT NULL,
            cost INTEGER NOT NULL,
            PRIMARY KEY (account, route, unit)
        ) WITHOUT ROWID""",
        "CREATE INDEX gateway_charges_ended ON gateway_charges (ended_ms)",
    ),
)
