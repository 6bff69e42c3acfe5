"""SQLite files for their owner's eyes only, which survive the loss of power.

Owns opening them: mode 0600, write-ahead log, full sync at each commit, tables made once. Does not
own what is in them.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from taokit.chain_client.errors import JournalError

__all__ = ["open_private"]


def open_private(path: Path, tables: str, version: int, *, what: str) -> sqlite3.Connection:
    """A durable SQLite file for its owner's eyes only. Raises :class:`JournalError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        base = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("BEGIN IMMEDIATE")
        found = base.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            for statement in tables.split(";"):
                base.execute(statement)
            base.execute(f"PRAGMA user_version = {version}")
        base.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        hint = f"if the file is damaged, move it aside; then {what} is forgotten"
        said = f"{what} cannot be kept in {path}: {error}"
        raise JournalError(said, path=str(path), hint=hint) from error
    if found not in (0, version):
        base.close()
        raise JournalError(f"{path} is of another version of taokit ({found})", path=str(path))
    return base
