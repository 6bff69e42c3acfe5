"""The database file of a stored chain: opened for one process, and what SQLite says of it.

Owns the settings of a connection and the errors. Does not own what is stored (`store`, `schema`).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from taokit.local_chain.errors import ChainStoreError, DamagedChain

__all__ = ["connect", "named"]


def connect(path: Path) -> sqlite3.Connection:
    """The database of a store, for this process alone; a commit is whole or not there."""
    with named(path):
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """What SQLite says, as an error of ours: `DamagedChain` where the file holds something else."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        if "locked" in said or "busy" in said:
            raise ChainStoreError(
                f"{path} is in use", hint="another chain has it open: stop that one first"
            ) from error
        if isinstance(error, sqlite3.DatabaseError) and _is_damage(said):
            raise DamagedChain(f"{path}: {said}") from error
        raise ChainStoreError(f"{path}: {said}") from error


def _is_damage(said: str) -> bool:
    return any(word in said for word in ("malformed", "not a database", "corrupt", "no such table"))
