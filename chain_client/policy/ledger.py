"""What was spent, counted on disk, so that a limit holds across programs and restarts.

Owns the SQLite file. A spend is counted before the signature is made, in one transaction with the
question whether it still fits, so two programs cannot both take the last of it. What was signed
counts even if nobody knows whether it was sent; only what certainly was not is taken back. Signing
again with the same nonce replaces the earlier one, since only one of them can happen.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from taokit.chain_client.private_database import open_private
from taokit.wallet.errors import TaokitError

__all__ = ["Ledger"]

_DAY_S: Final = 86_400
_TABLES: Final = """
CREATE TABLE spend (
  genesis TEXT NOT NULL, signer TEXT NOT NULL, nonce INTEGER NOT NULL, rao INTEGER NOT NULL,
  at REAL NOT NULL, PRIMARY KEY (genesis, signer, nonce)
);
"""


class Ledger:
    """The spends of every account, by chain. ``clock`` is seconds since 1970."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock

    def spent(self, genesis_hash: str) -> int:
        """Rao spent on a chain in the last 24 hours. Raises :class:`JournalError`."""
        base = self._open()
        try:
            return self._sum(base, genesis_hash)
        finally:
            base.close()

    def count(
        self,
        genesis_hash: str,
        signer: str,
        nonce: int,
        rao: int,
        refusal: Callable[[int], TaokitError | None],
    ) -> None:
        """Count a spend, unless ``refusal`` of what was spent so far is an error to raise."""
        base = self._open()
        key = (genesis_hash, signer, nonce)
        try:
            base.execute("BEGIN IMMEDIATE")
            row = base.execute(
                "SELECT rao FROM spend WHERE (genesis, signer, nonce) = (?, ?, ?)", key
            ).fetchone()
            before = row[0] if row else 0
            refused = refusal(self._sum(base, genesis_hash) - before)
            if refused is not None:
                raise refused
            base.execute(
                "INSERT OR REPLACE INTO spend VALUES (?, ?, ?, ?, ?)",
                (*key, max(rao, before), self._clock()),
            )
            base.execute("COMMIT")
        finally:
            base.close()

    def take_back(self, genesis_hash: str, signer: str, nonce: int) -> None:
        """What was counted for this nonce was certainly not sent."""
        base = self._open()
        try:
            base.execute(
                "DELETE FROM spend WHERE (genesis, signer, nonce) = (?, ?, ?)",
                (genesis_hash, signer, nonce),
            )
        finally:
            base.close()

    def _sum(self, base: sqlite3.Connection, genesis_hash: str) -> int:
        row = base.execute(
            "SELECT COALESCE(SUM(rao), 0) FROM spend WHERE genesis = ? AND at > ?",
            (genesis_hash, self._clock() - _DAY_S),
        ).fetchone()
        return int(row[0])

    def _open(self) -> sqlite3.Connection:
        return open_private(self.path, _TABLES, 1, what="what was spent")
