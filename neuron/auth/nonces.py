"""Nonces: making fresh ones, and remembering those that were accepted.

Owns the two stores. ``MemoryNonces`` is for one process; ``SqliteNonces`` is a file that several
processes share and that survives a restart. Both forget what has expired, and both answer at once.
"""

from __future__ import annotations

import heapq
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from taokit.neuron.errors import StoreDamaged, StoreError
from taokit.neuron.messages import Hotkey

__all__ = ["MemoryNonces", "SqliteNonces", "fresh_nonce"]

_SWEEP_EVERY = 256  # additions between two deletions of what has expired

_lock = threading.Lock()
_last = 0


def fresh_nonce() -> int:
    """The time in nanoseconds, but never the same twice in this process, nor an earlier one."""
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns())
        return _last


class MemoryNonces:
    """Accepted nonces in memory: at most ``limit``, the oldest leaving first.

    When a nonce has to leave before it expires, the store refuses from then on everything that
    would expire no later: under a flood the window becomes shorter, and a replay is never let in.
    """

    def __init__(self, limit: int = 200_000, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._limit = limit
        self._clock = clock
        self._seen: set[tuple[Hotkey, str]] = set()
        self._expiring: list[tuple[int, Hotkey, str]] = []
        self._floor = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, hotkey: Hotkey, nonce: str, expires_ns: int) -> bool:
        """Remember a nonce until it expires; False when it was there before."""
        with self._lock:
            now = self._clock()
            while self._expiring and self._expiring[0][0] < now:
                self._drop()
            if expires_ns <= self._floor or (hotkey, nonce) in self._seen:
                return False
            self._seen.add((hotkey, nonce))
            heapq.heappush(self._expiring, (expires_ns, hotkey, nonce))
            while len(self._seen) > self._limit:
                self._floor = self._expiring[0][0]
                self._drop()
            return True

    def _drop(self) -> None:
        _, hotkey, nonce = heapq.heappop(self._expiring)
        self._seen.discard((hotkey, nonce))


class SqliteNonces:
    """Accepted nonces in a file, for several processes and across restarts.

    An addition is one short transaction; after a power cut the last ones may be lost, which the
    window bounds. Raises StoreDamaged when the file is not a database.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock = clock
        self._added = 0
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            path, timeout=5.0, isolation_level=None, check_same_thread=False
        )
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS nonces (hotkey TEXT NOT NULL, nonce TEXT NOT NULL,"
                " expires_ns INTEGER NOT NULL, PRIMARY KEY (hotkey, nonce)) WITHOUT ROWID"
            )
            self._database.execute("CREATE INDEX IF NOT EXISTS expiry ON nonces (expires_ns)")
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise StoreDamaged(
                f"{path} cannot be used as a store of nonces: {error}",
                hint="move the file away; nonces older than the window are not missed",
            ) from None

    def __len__(self) -> int:
        with self._lock:
            return int(self._database.execute("SELECT count(*) FROM nonces").fetchone()[0])

    def add(self, hotkey: Hotkey, nonce: str, expires_ns: int) -> bool:
        """Remember a nonce until it expires; False when it was there before.

        Raises StoreError when it cannot be remembered: the request is then not to be accepted.
        """
        with self._lock:
            try:
                if self._added % _SWEEP_EVERY == 0:
                    expired = "DELETE FROM nonces WHERE expires_ns < ?"
                    self._database.execute(expired, [self._clock()])
                self._added += 1
                done = self._database.execute(
                    "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", [hotkey, nonce, expires_ns]
                )
            except sqlite3.Error as error:
                raise StoreError(f"a nonce could not be remembered in {self._path}") from error
            return done.rowcount == 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
