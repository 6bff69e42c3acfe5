"""What the other node said, on disk.

Owns the file: one for each forked block, named after the chain and the block, so that it is never
stale. It holds that block's state, as far as it was asked for, those of blocks below it, and those
blocks. Losing it costs asking again. Does not own what is asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from taokit.local_chain.fork.errors import ForkError

__all__ = ["KeptAnswers", "KeptState"]

TABLES = """
CREATE TABLE IF NOT EXISTS states (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS entries (
    state INTEGER, key BLOB, value BLOB, PRIMARY KEY (state, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS complete (
    state INTEGER, prefix BLOB, PRIMARY KEY (state, prefix)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (hash BLOB PRIMARY KEY, number INTEGER, content TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS block_numbers ON blocks (number);
CREATE TABLE IF NOT EXISTS hashes (number INTEGER PRIMARY KEY, hash BLOB);
CREATE TABLE IF NOT EXISTS texts (name TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID;
"""


class KeptAnswers:
    """States and blocks; texts (JSON) by name are all else.

    ``path`` None keeps them in memory. Several chains may use one file at once.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.connection = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=10,
                isolation_level=None,
                check_same_thread=False,
            )
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = OFF")
            self.connection.executescript(TABLES)
        except sqlite3.Error as error:
            raise ForkError(f"cannot use {path}: {error}", hint="remove that file") from error

    def close(self) -> None:
        """Give the file back."""
        self.connection.close()

    def state(self, hash: bytes) -> KeptState:
        """What is known of the state after a block."""
        return KeptState(self.connection, hash)

    def block(self, hash: bytes) -> tuple[int, str] | None:
        """Number and JSON of a block."""
        found = self.connection.execute(
            "SELECT number, content FROM blocks WHERE hash = ?", (hash,)
        ).fetchone()
        return None if found is None else (int(found[0]), str(found[1]))

    def put_block(self, hash: bytes, number: int, content: str) -> None:
        """Keep a block."""
        self.connection.execute(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?)", (hash, number, content)
        )

    def hash_of(self, number: int) -> bytes | None:
        """The hash of a block, if it is known."""
        found = self.connection.execute(
            "SELECT hash FROM blocks WHERE number = ? UNION ALL"
            " SELECT hash FROM hashes WHERE number = ?",
            (number, number),
        ).fetchone()
        return None if found is None else bytes(found[0])

    def put_hash(self, number: int, hash: bytes) -> None:
        """Keep the hash of a block."""
        self.connection.execute("INSERT OR REPLACE INTO hashes VALUES (?, ?)", (number, hash))

    def text(self, name: str) -> str | None:
        """A text that was kept."""
        found = self.connection.execute(
            "SELECT content FROM texts WHERE name = ?", (name,)
        ).fetchone()
        return None if found is None else str(found[0])

    def put_text(self, name: str, content: str) -> None:
        """Keep a text."""
        self.connection.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (name, content))


class KeptState:
    """Values by raw key (None: nothing there), and prefixes whose keys are all known."""

    def __init__(self, connection: sqlite3.Connection, hash: bytes) -> None:
        self._connection = connection
        connection.execute("INSERT OR IGNORE INTO states (hash) VALUES (?)", (hash,))
        (self._id,) = connection.execute("SELECT id FROM states WHERE hash = ?", (hash,)).fetchone()
        self._values: dict[bytes, bytes | None] = {}
        rows = connection.execute("SELECT prefix FROM complete WHERE state = ?", (self._id,))
        self.whole: set[bytes] = {prefix for (prefix,) in rows}
        """Prefixes under which every key is known."""

    def find(self, key: bytes) -> tuple[bytes | None] | None:
        """The value in a tuple; None if it was never asked for."""
        if key in self._values:
            return (self._values[key],)
        row = self._connection.execute(
            "SELECT value FROM entries WHERE state = ? AND key = ?", (self._id, key)
        ).fetchone()
        if row is not None:
            self._values[key] = row[0]
            return (row[0],)
        return None

    def put(
        self, values: Iterable[tuple[bytes, bytes | None]], whole: Iterable[bytes] = ()
    ) -> None:
        """Keep values, and perhaps that they are all there are under some prefixes."""
        rows, whole = list(values), list(whole)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", [(self._id, *row) for row in rows]
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO complete VALUES (?, ?)", [(self._id, one) for one in whole]
        )
        self._connection.execute("COMMIT")
        self.whole.update(whole)
        self._values.update(rows)

    def keys(self, prefix: bytes, after: bytes | None) -> list[bytes]:
        """Known keys under a prefix that hold something, in byte order, past `after`."""
        rows = self._connection.execute(
            "SELECT key FROM entries WHERE state = ? AND key >= ? AND key > ?"
            " AND substr(key, 1, ?) = ? AND value IS NOT NULL ORDER BY key",
            (self._id, prefix, after if after is not None else b"", len(prefix), prefix),
        )
        return [key for (key,) in rows]
