"""The journal: what a script has done, on disk before and after everything that it sends.

Owns the SQLite file and its tables. A transaction is recorded, signed, before it leaves; so
whatever happens afterwards, its outcome can be found on the chain by its hash, and nothing is
signed in its place until that is known. Does not own finding out (``outcome``).

The file is private (0600), in write-ahead mode with a full sync at each commit: what was recorded
survives the loss of power.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from taokit.chain_client.automation.schedule import Anchor
from taokit.chain_client.errors import AlreadyRunning, JournalError
from taokit.chain_client.extrinsics.signing import SignedExtrinsic
from taokit.chain_client.private_database import open_private

__all__ = ["Journal", "Occurrence", "Sending", "SendingState"]

SendingState = Literal["signed", "included", "failed", "gone"]
OccurrenceState = Literal["open", "done", "failed", "skipped"]

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE script (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, genesis TEXT NOT NULL, account TEXT NOT NULL,
  UNIQUE (name, genesis, account)
);
CREATE TABLE anchor (
  script INTEGER NOT NULL, step TEXT NOT NULL, base INTEGER NOT NULL, period TEXT NOT NULL,
  block INTEGER NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (script, step)
);
CREATE TABLE occurrence (
  script INTEGER NOT NULL, step TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL,
  program TEXT NOT NULL, digest TEXT NOT NULL, why TEXT, PRIMARY KEY (script, step, number)
);
CREATE TABLE sending (
  id INTEGER PRIMARY KEY, script INTEGER NOT NULL, run TEXT NOT NULL, step TEXT NOT NULL,
  number INTEGER NOT NULL, part INTEGER NOT NULL, state TEXT NOT NULL, summary TEXT NOT NULL,
  signer TEXT NOT NULL, raw BLOB NOT NULL, hash TEXT NOT NULL, nonce INTEGER NOT NULL,
  birth INTEGER NOT NULL, last INTEGER, spend INTEGER NOT NULL, ms INTEGER NOT NULL,
  block INTEGER, block_hash TEXT, position INTEGER, fee INTEGER, error TEXT, final INTEGER NOT NULL
);
CREATE INDEX sending_by_step ON sending (script, step, number, part);
"""


@dataclass(frozen=True)
class Occurrence:
    """One time that a step was due. ``program`` are the operations decided on, by name."""

    step: str
    number: int
    state: OccurrenceState
    program: list[dict[str, Any]]
    digest: str
    why: str | None


@dataclass(frozen=True)
class Sending:
    """One signed transaction of a step. ``spend`` and ``fee`` are in rao, ``ms`` chain time."""

    id: int
    step: str
    number: int
    part: int
    state: SendingState
    summary: str
    extrinsic: SignedExtrinsic
    spend: int
    block: int | None
    block_hash: str | None
    fee: int | None
    error: dict[str, Any] | None
    final: bool


class Journal:
    """The journal of one script, on one chain, for one account. Open it with :meth:`open`."""

    def __init__(self, path: Path, base: sqlite3.Connection, script: int, run: str) -> None:
        self.path = path
        self._base = base
        self._script = script
        self._run = run
        self._lock: sqlite3.Connection | None = None

    @classmethod
    def open(cls, path: Path, name: str, genesis: str, account: str) -> Journal:
        """Open or make the journal. Raises :class:`JournalError`."""
        base = open_private(path, _TABLES, _VERSION, what="what the script has done")
        who = (name, genesis, account)
        try:
            base.execute(
                "INSERT OR IGNORE INTO script (name, genesis, account) VALUES (?, ?, ?)", who
            )
            (script,) = base.execute(
                "SELECT id FROM script WHERE (name, genesis, account) = (?, ?, ?)", who
            ).fetchone()
        except sqlite3.Error as error:
            raise JournalError(f"{path}: {error}", path=str(path)) from error
        return cls(path, base, script, os.urandom(8).hex())

    @classmethod
    def empty(cls, name: str, genesis: str, account: str) -> Journal:
        """A journal that is not kept, for looking ahead where there is none yet."""
        base = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        base.executescript(_TABLES)
        return cls(Path(":memory:"), base, 1, "")

    def lock(self, name: str) -> None:
        """Be the only one that applies the script, until :meth:`close` or the process ends.

        Raises :class:`AlreadyRunning`.
        """
        path = self.path.with_name(f"{self.path.name}.{self._script}.lock")
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"{path} cannot be locked: {error}", path=str(path)) from error
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            lock.close()
            raise AlreadyRunning(name, path=str(path)) from None
        self._lock = lock

    def close(self) -> None:
        """Let go of the file and the lock."""
        self._base.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # -- schedules and occurrences ----------------------------------------------------------------

    def anchor(self, step: str) -> Anchor | None:
        """Where the slots of a step begin."""
        row = self._one(
            "SELECT base, period, block, ms FROM anchor WHERE (script, step) = (?, ?)", step
        )
        return Anchor(*row) if row else None

    def set_anchor(self, step: str, anchor: Anchor) -> None:
        """Let the slots of a step begin there."""
        with self._write() as base:
            base.execute(
                "INSERT OR REPLACE INTO anchor VALUES (?, ?, ?, ?, ?, ?)",
                (self._script, step, anchor.base, anchor.period, anchor.block, anchor.ms),
            )

    def highest(self, step: str) -> int:
        """The highest number of an occurrence of the step; -1 if there was none."""
        row = self._one("SELECT MAX(number) FROM occurrence WHERE (script, step) = (?, ?)", step)
        return -1 if row is None or row[0] is None else int(row[0])

    def occurrence(self, step: str, number: int) -> Occurrence | None:
        """What is known of an occurrence."""
        found = self._occurrences("AND step = ? AND number = ?", step, number)
        return found[0] if found else None

    def occurrences(self, step: str, state: OccurrenceState) -> list[Occurrence]:
        """The occurrences of a step in a state, in order."""
        return self._occurrences("AND step = ? AND state = ? ORDER BY number", step, state)

    def _occurrences(self, where: str, *values: Any) -> list[Occurrence]:
        rows = self._all(
            "SELECT step, number, state, program, digest, why FROM occurrence"
            f" WHERE script = ? {where}",
            *values,
        )
        return [Occurrence(r[0], r[1], r[2], json.loads(r[3]), r[4], r[5]) for r in rows]

    def settle_occurrence(
        self, step: str, number: int, state: OccurrenceState, digest: str, why: str | None = None
    ) -> None:
        """Record how an occurrence ended, or with "open" that it has not."""
        with self._write() as base:
            base.execute(
                "INSERT INTO occurrence VALUES (?, ?, ?, ?, '[]', ?, ?)"
                " ON CONFLICT DO UPDATE SET state = excluded.state, why = excluded.why",
                (self._script, step, number, state, digest, why),
            )

    def forget_failed(self) -> int:
        """Let every occurrence that failed be tried again; how many there were.

        Their failed transactions stay on record under negative numbers, which no occurrence has.
        """
        with self._write() as base:
            done = base.execute(
                "DELETE FROM occurrence WHERE script = ? AND state = 'failed'", (self._script,)
            )
            base.execute(
                "UPDATE sending SET number = -1 - id WHERE script = ? AND state = 'failed'",
                (self._script,),
            )
            return done.rowcount

    # -- transactions -----------------------------------------------------------------------------

    def record_signed(
        self,
        step: str,
        number: int,
        part: int,
        *,
        program: list[dict[str, Any]],
        digest: str,
        summary: str,
        signed: SignedExtrinsic,
        spend: int,
        ms: int,
    ) -> Sending:
        """Record a signed transaction and the program it is part of, before it is sent."""
        with self._write() as base:
            base.execute(
                "INSERT INTO occurrence VALUES (?, ?, ?, 'open', ?, ?, NULL) ON CONFLICT DO UPDATE"
                " SET state = 'open', program = excluded.program, digest = excluded.digest",
                (self._script, step, number, json.dumps(program), digest),
            )
            cursor = base.execute(
                "INSERT INTO sending (script, run, step, number, part, state, summary, signer, raw,"
                " hash, nonce, birth, last, spend, ms, final)"
                " VALUES (?, ?, ?, ?, ?, 'signed', ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    *(self._script, self._run, step, number, part, summary, signed.signer),
                    *(signed.raw, signed.hash, signed.nonce, signed.birth_block),
                    *(signed.last_block, spend, ms),
                ),
            )
            id_ = cursor.lastrowid
        return self._sendings("AND id = ?", id_)[0]

    def record_outcome(
        self,
        sending: Sending,
        state: SendingState,
        *,
        block: int | None = None,
        block_hash: str | None = None,
        position: int | None = None,
        fee: int | None = None,
        error: dict[str, Any] | None = None,
        final: bool = False,
    ) -> Sending:
        """Record what became of a transaction."""
        with self._write() as base:
            base.execute(
                "UPDATE sending SET state = ?, block = ?, block_hash = ?, position = ?, fee = ?,"
                " error = ?, final = ? WHERE id = ?",
                (
                    *(state, block, block_hash, position, fee),
                    *(json.dumps(error) if error else None, int(final), sending.id),
                ),
            )
        return self._sendings("AND id = ?", sending.id)[0]

    def reopen(self, step: str, number: int) -> None:
        """An occurrence that was done is not: its transaction left the chain."""
        with self._write() as base:
            base.execute(
                "UPDATE occurrence SET state = 'open' WHERE (script, step, number) = (?, ?, ?)",
                (self._script, step, number),
            )

    def mark_final(self, sending: Sending) -> None:
        """The block that holds a transaction is final."""
        with self._write() as base:
            base.execute("UPDATE sending SET final = 1 WHERE id = ?", (sending.id,))

    def unresolved(self) -> list[Sending]:
        """Transactions whose outcome is not known, oldest first."""
        return self._sendings("AND state = 'signed' ORDER BY id")

    def unfinal(self) -> list[Sending]:
        """Transactions in a block that was not final when last looked at."""
        return self._sendings("AND state IN ('included', 'failed') AND final = 0 ORDER BY id")

    def sendings(self, step: str, number: int) -> list[Sending]:
        """The transactions of one occurrence that were not lost, oldest first."""
        return self._sendings(
            "AND step = ? AND number = ? AND state != 'gone' ORDER BY id", step, number
        )

    def spent(self, *, since_ms: int | None = None, this_run: bool = False) -> int:
        """Rao that transactions spent or may have spent: all, since a time, or in this run."""
        where = "AND state IN ('signed', 'included')"
        values: list[int | str] = []
        if since_ms is not None:
            where, values = f"{where} AND ms > ?", [since_ms]
        if this_run:
            where, values = f"{where} AND run = ?", [*values, self._run]
        row = self._all(
            f"SELECT COALESCE(SUM(spend), 0) FROM sending WHERE script = ? {where}", *values
        )
        return int(row[0][0])

    def _sendings(self, where: str, *values: Any) -> list[Sending]:
        rows = self._all(
            "SELECT id, step, number, part, state, summary, raw, signer, nonce, last, birth, spend,"
            f" block, block_hash, fee, error, final FROM sending WHERE script = ? {where}",
            *values,
        )
        return [_sending(row) for row in rows]

    # -- SQLite -----------------------------------------------------------------------------------

    def _all(self, query: str, *values: Any) -> list[Any]:
        try:
            return self._base.execute(query, (self._script, *values)).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}", path=str(self.path)) from error

    def _one(self, query: str, *values: Any) -> Any:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        try:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}", path=str(self.path)) from error


def _sending(row: Any) -> Sending:
    id_, step, number, part, state, summary, raw, signer, nonce, last, birth, *rest = row
    spend, block, block_hash, fee, error, final = rest
    return Sending(
        id=id_,
        step=step,
        number=number,
        part=part,
        state=state,
        summary=summary,
        extrinsic=SignedExtrinsic(bytes(raw), signer, nonce, last, birth),
        spend=spend,
        block=block,
        block_hash=block_hash,
        fee=fee,
        error=json.loads(error) if error else None,
        final=bool(final),
    )
