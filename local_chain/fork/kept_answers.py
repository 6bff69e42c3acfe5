"""What the other node said of one block's state, on disk.

Owns the file: one for each forked block, named after the chain and the block, so that it is never
stale. Losing it costs asking again. Does not own what is asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from taokit.local_chain.fork.errors import ForkError

__all__ = ["KeptAnswers"]

TABLES = """
CREATE TABLE IF NOT EXISTS held (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS whole (prefix BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (hash BLOB PRIMARY KEY, number INTEGER, content TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS block_numbers ON blocks (number);
"""


class KeptAnswers:
    """Values by raw key (None: nothing there), prefixes whose keys are all known, and blocks.

    ``path`` None keeps them in memory. Several chains may use one file at once.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=10,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(TABLES)
        except sqlite3.Error as error:
            raise ForkError(f"cannot use {path}: {error}", hint="remove that file") from error
        self._values: dict[bytes, bytes | None] = {}
        self.whole: set[bytes] = {
            prefix for (prefix,) in self._connection.execute("SELECT prefix FROM whole")
        }
        """Prefixes under which every key is known."""

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def find(self, key: bytes) -> tuple[bytes | None] | None:
        """The value in a tuple; None if it was never asked for."""
        if key in self._values:
            return (self._values[key],)
        row = self._connection.execute("SELECT value FROM held WHERE key = ?", (key,)).fetchone()
        if row is not None:
            self._values[key] = row[0]
            return (row[0],)
        return None

    def put(self, values: Iterable[tuple[bytes, bytes | None]], whole: bytes | None = None) -> None:
        """Keep values, and perhaps that they are all there are under a prefix."""
        rows = list(values)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR REPLACE INTO held VALUES (?, ?)", rows)
        if whole is not None:
            self._connection.execute("INSERT OR REPLACE INTO whole VALUES (?)", (whole,))
            self.whole.add(whole)
        self._connection.execute("COMMIT")
        self._values.update(rows)

    def keys(self, prefix: bytes, after: bytes | None) -> list[bytes]:
        """Known keys under a prefix that hold something, in byte order, past `after`."""
        rows = self._connection.execute(
            "SELECT key FROM held WHERE key >= ? AND key > ? AND substr(key, 1, ?) = ?"
            " AND value IS NOT NULL ORDER BY key",
            (prefix, after if after is not None else b"", len(prefix), prefix),
        )
        return [key for (key,) in rows]

    def block(self, hash: bytes) -> tuple[int, str] | None:
        """Number and JSON of a block."""
        found = self._connection.execute(
            "SELECT number, content FROM blocks WHERE hash = ?", (hash,)
        ).fetchone()
        return None if found is None else (int(found[0]), str(found[1]))

    def hash_of(self, number: int) -> bytes | None:
        """The hash of a block that is kept."""
        found = self._connection.execute(
            "SELECT hash FROM blocks WHERE number = ?", (number,)
        ).fetchone()
        return None if found is None else bytes(found[0])

    def put_block(self, hash: bytes, number: int, content: str) -> None:
        """Keep a block."""
        self._connection.execute(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?)", (hash, number, content)
        )
