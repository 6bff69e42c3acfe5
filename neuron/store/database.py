"""The database file: opening, checking, upgrading, and transactions.

Owns the one connection, and that what goes wrong with it has a name. Does not own any table's
meaning (``scores``, ``records``, ``commits``).

Calls are short and synchronous: a few of them between two awaits cost an event loop less than
handing them to a thread. A transaction belongs to one task (or thread) from its beginning to its
end and must not be held across an ``await``, where another task would write into it; one that tries
gets a StoreError.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.neuron.errors import StoreDamaged, StoreError, StoreTooNew
from taokit.neuron.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Store"]

APPLICATION_ID = 0x746B6E73
"""Written into the file's header: "tkns"."""

_BUSY_SECONDS = 10.0
_DAMAGE = ("malformed", "not a database", "corrupt")
_KEEP = "move it away, and put back a copy or start with an empty store"


class Store:
    """An open store. ``path`` may be ``":memory:"``; a file is made if there is none (mode 0600).

    With ``durable`` a finished transaction survives a loss of power; without, it survives the end
    of the process by whatever means, and costs less. Raises StoreDamaged, StoreTooNew, StoreError.
    """

    def __init__(self, path: str | Path, *, durable: bool = True) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self._depth = 0
        self._holder: object = None
        if self.path != ":memory:":
            _make_private(Path(self.path))
        self._connection = self._open(durable)

    # -- transactions -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or nothing of it; one inside another belongs to it."""
        with self._lock:
            self._check_holder()
            outermost = self._depth == 0
            if outermost:
                self._run("BEGIN IMMEDIATE")
                self._holder = _running()
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._end("ROLLBACK")
                raise
            else:
                if outermost:
                    self._end("COMMIT")
            finally:
                self._depth -= 1
                if outermost:
                    self._holder = None

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change something; how many rows. A transaction of its own where none is open."""
        with self._lock:
            self._check_holder()
            return self._run(sql, values).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """The same change for many rows, in one transaction."""
        with self.transaction(), self._named_errors():
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Read rows."""
        with self._lock, self._named_errors():
            found: list[sqlite3.Row] = self._connection.execute(sql, values).fetchall()
            return found

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Read one row, if there is one."""
        found = self.rows(sql, values)
        return found[0] if found else None

    # -- life -------------------------------------------------------------------------------------

    def backup(self, path: str | Path) -> None:
        """Write a copy of the whole store as it is now (mode 0600). Raises StoreError."""
        target = Path(path)
        if target.exists():
            raise StoreError(f"{target} exists already")
        _make_private(target)
        with self._lock, self._named_errors(), contextlib.closing(sqlite3.connect(target)) as copy:
            self._connection.backup(copy)

    def prune(self, *, before_block: int) -> int:
        """Forget verdicts, receipts and journal entries of older blocks; how many. Scores stay."""
        with self.transaction():
            return sum(
                self.execute(f"DELETE FROM {table} WHERE block < ?", (before_block,))
                for table in ("verdicts", "receipts", "journal")
            )

    @property
    def version(self) -> int:
        """The schema's version."""
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.path!r})"

    # -- inside -----------------------------------------------------------------------------------

    def _open(self, durable: bool) -> sqlite3.Connection:
        with self._named_errors():
            connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            with self._named_errors():
                self._prepare(connection, durable)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection, durable: bool) -> None:
        connection.row_factory = sqlite3.Row
        # Nothing is written until the file is known to be ours and whole.
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if owner != APPLICATION_ID and (owner or tables):
            raise StoreError(f"{self.path} is a database of another program", hint="use a new path")
        if version > len(MIGRATIONS):
            raise StoreTooNew(
                f"{self.path} was written by a later release (schema {version}, this one knows "
                f"{len(MIGRATIONS)})",
                hint="install that release again, or start with an empty store",
            )
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise StoreDamaged(f"{self.path} is damaged: {verdict}", hint=_KEEP)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        self._migrate(connection)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Read again under the lock: another process may have been first.
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {max(version, len(MIGRATIONS))}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with self._named_errors():
            return self._connection.execute(sql, values)

    def _end(self, word: str) -> None:
        try:
            if self._connection.in_transaction:
                self._run(word)
        except StoreError:
            # A full disk can refuse the COMMIT and leave the transaction open.
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
            if word == "COMMIT":
                raise

    def _check_holder(self) -> None:
        if self._depth and self._holder is not _running():
            raise StoreError(
                "another task holds a transaction of this store across an await",
                hint="gather first, then open the transaction and write",
            )

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            text = str(error)
            if any(word in text for word in _DAMAGE):
                raise StoreDamaged(f"{self.path} is damaged: {text}", hint=_KEEP) from error
            raise StoreError(f"{self.path} cannot be used: {text}") from error


def _make_private(path: Path) -> None:
    """Create the file for its owner only, or take away what others may do to it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened: {error.strerror}",
            hint="its folder has to exist, and be yours to write to",
        ) from error
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.chmod(path, 0o600)
    finally:
        os.close(descriptor)


def _running() -> object:
    """What a transaction belongs to: the running task, or else the thread."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    return task or threading.current_thread()
