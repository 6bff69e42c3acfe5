"""A stored chain: opened, read as what later blocks lie on, and appended to.

Owns the database. A block and what it changed become one transaction, so that whatever ends the
process, the file holds every block that was sealed, and half of none. One process at a time has it
open. Does not own what is stored in which form (`schema`), nor checking all of it (`check`).

Reading costs a few lookups by index, however long the chain; opening does not depend on that.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from taokit.local_chain.errors import ChainStoreError, DamagedChain
from taokit.local_chain.node.header import ZERO_HASH, Block
from taokit.local_chain.node.outside import NOTHING, Outside
from taokit.local_chain.persistence.connecting import connect, named
from taokit.local_chain.persistence.schema import (
    APPLICATION_ID,
    FORMAT,
    READABLE,
    TABLES,
    applied,
    difference,
    pack_block,
    pack_ids,
    unpack_block,
    unpack_ids,
    unpack_outside,
)

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ChainStore"]

Changes = Mapping[bytes, "bytes | None"]
PAGE = 512
"""Keys read at once where many are asked for."""

LONG_VALUE = 512
"""The shortest values, in bytes, of which perhaps only what is new is kept."""

DEEPEST = 32
"""How many versions may lie between a difference and a whole value."""

RECENT_PARTS = 256

_INSERT_VERSION = "INSERT INTO versions VALUES (?, ?, ?, ?)"
_Row = tuple[int, int, "bytes | None", "int | None"]


class _Long(NamedTuple):
    """The newest version of a long value, and on how many others it lies."""

    block: int
    value: bytes
    depth: int


class ChainStore:
    """An open store; a context manager. ``height`` is the newest block's number, -1 for none.

    It is both a base of state (`state.base.Base`) and of blocks (`node.block_history.BlockBase`).
    Raises `ChainStoreError`, and `DamagedChain` where the file is not what was written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._ids: dict[bytes, int] = {}
        self._long: dict[int, _Long] = {}
        self._parts: dict[bytes, int] = {}
        with self._reading():
            self.meta = {
                name: json.loads(value)
                for name, value in connection.execute("SELECT name, value FROM meta")
            }
            self.height = self._newest()
            self._prefixes = set(self._first_prefixes())

    # -- opening ---------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, meta: Mapping[str, Any]) -> Self:
        """A new store, of which ``meta`` (JSON) tells what kind of chain it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise ChainStoreError(f"{path} exists already") from None
        except OSError as error:
            raise ChainStoreError(f"cannot make {path}: {error.strerror}") from error
        connection = connect(path)
        with named(path), connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            for statement in TABLES.split(";"):
                connection.execute(statement)
            rows = [(name, json.dumps(value)) for name, value in meta.items()]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        return cls(path, connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The store in a file."""
        if not path.is_file():
            raise ChainStoreError(f"there is no chain at {path}")
        connection = connect(path)
        with named(path):
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (format_,) = connection.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION_ID:
                raise DamagedChain(f"{path} does not hold a local chain")
            if format_ not in READABLE:
                raise ChainStoreError(
                    f"{path} has format {format_}, this taokit knows {FORMAT}",
                    hint="use the taokit that made it, or start a new chain",
                )
            return cls(path, connection)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing ---------------------------------------------------------------------------

    def append(self, block: Block, changes: Changes, outside: Outside = NOTHING) -> None:
        """Keep the next block, what it changed and what came from outside, all or nothing."""
        number = block.header.number
        if number <= self.height:
            raise ValueError(f"block {number} does not follow {self.height}")
        with self._writing() as connection:
            ids = self._numbered(connection, changes)
            rows = [self._row(ids[key], number, value) for key, value in changes.items()]
            connection.executemany(_INSERT_VERSION, rows)
            self._insert_block(connection, block, ids.values(), outside)
        self.height = number
        self._ids.update(ids)
        self._prefixes.update(key[:32] for key in ids)

    def append_all(
        self,
        blocks: Iterable[tuple[Block, Outside]],
        versions: Iterable[tuple[bytes, Iterable[tuple[int, bytes | None]]]],
    ) -> None:
        """Keep many blocks at once: they, and per key what it held since which of them."""
        changed: dict[int, list[int]] = {}
        with self._writing() as connection:
            for key, held in versions:
                (id,) = self._numbered(connection, (key,)).values()
                rows = [self._row(id, number, value) for number, value in held]
                connection.executemany(_INSERT_VERSION, rows)
                for row in rows:
                    changed.setdefault(row[1], []).append(id)
                self._prefixes.add(key[:32])
            for block, outside in blocks:
                number = block.header.number
                self._insert_block(connection, block, changed.get(number, ()), outside)
        self.height = self._newest()

    def truncate(self, number: int) -> None:
        """Forget every block above `number`."""
        with self._writing() as connection:
            rows = connection.execute("SELECT changed FROM blocks WHERE number > ?", (number,))
            ids = {id for (packed,) in rows for id in unpack_ids(packed)}
            connection.executemany(
                "DELETE FROM versions WHERE key = ? AND block > ?", [(id, number) for id in ids]
            )
            connection.execute("DELETE FROM blocks WHERE number > ?", (number,))
        self.height = number
        self._long.clear()

    def copy_to(self, path: Path) -> None:
        """A copy of the whole store in a new file."""
        with self._reading():
            self._connection.execute("VACUUM INTO ?", (str(path),))

    def _numbered(self, connection: sqlite3.Connection, keys: Iterable[bytes]) -> dict[bytes, int]:
        ids: dict[bytes, int] = {}
        for key in keys:
            id = self._ids.get(key)
            if id is None:
                found = connection.execute("SELECT id FROM keys WHERE key = ?", (key,)).fetchone()
                made = (
                    found
                    or connection.execute(
                        "INSERT INTO keys (key) VALUES (?) RETURNING id", (key,)
                    ).fetchone()
                )
                id = int(made[0])
            ids[key] = id
        return ids

    def _insert_block(
        self, connection: sqlite3.Connection, block: Block, ids: Iterable[int], outside: Outside
    ) -> None:
        header = block.header
        content = pack_block(block, lambda part: self._part(connection, part), outside)
        if outside:  # a store of format 1 becomes one of ours
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        row = (header.number, header.hash, content, pack_ids(ids))
        connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", row)

    def _part(self, connection: sqlite3.Connection, part: bytes) -> int:
        """The number of a long extrinsic, which is kept once."""
        digest = blake2b(part, digest_size=20).digest()
        id = self._parts.get(digest)
        if id is None:
            found = connection.execute("SELECT id FROM parts WHERE digest = ?", (digest,))
            made = (
                found.fetchone()
                or connection.execute(
                    "INSERT INTO parts (digest, bytes) VALUES (?, ?) RETURNING id", (digest, part)
                ).fetchone()
            )
            id = self._parts[digest] = int(made[0])
            if len(self._parts) > RECENT_PARTS:
                del self._parts[next(iter(self._parts))]
        return id

    def _row(self, id: int, number: int, value: bytes | None) -> _Row:
        """A row of ``versions``; of a long value only what is new in it, where that is little."""
        if value is None or len(value) < LONG_VALUE:
            return id, number, value, None
        before = self._long.get(id)
        if before is not None and before.depth < DEEPEST and before.block < number:
            told = difference(value, before.value)
            if 4 * len(told) < len(value):
                self._long[id] = _Long(number, value, before.depth + 1)
                return id, number, told, before.block
        self._long[id] = _Long(number, value, 0)
        return id, number, value, None

    # -- state, as `state.base.Base` has it ------------------------------------------------

    @property
    def prefixes(self) -> set[bytes]:
        """See `Base`."""
        return self._prefixes

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """See `Base`."""
        return (self.lookup(key, at) or (None,))[0]

    def lookup(self, key: bytes, at: int | None = None) -> tuple[bytes | None] | None:
        """The value of `key` after block `at`; None if it was never changed until then."""
        with self._reading():
            row = self._connection.execute(
                "SELECT key, value, of FROM versions"
                " WHERE key = (SELECT id FROM keys WHERE key = ?)"
                " AND block <= ? ORDER BY block DESC LIMIT 1",
                (key, self.height if at is None else at),
            ).fetchone()
            return None if row is None else (self._whole(*row),)

    def known_keys(self, prefix: bytes, after: bytes | None) -> Iterator[bytes]:
        """Every key under `prefix` that was ever changed, in byte order, past `after`."""
        return (key for key, _ in self._keys(prefix, self.height, after))

    def _whole(self, id: int, value: bytes | None, of: int | None) -> bytes | None:
        """The value of a row of ``versions``."""
        told = []
        while of is not None:
            told.append(value)
            row = self._connection.execute(
                "SELECT value, of FROM versions WHERE key = ? AND block = ?", (id, of)
            ).fetchone()
            if row is None:
                raise self._damaged(f"a version of key {id} at block {of} is missing")
            value, of = row
        for one in reversed(told):
            if value is None or one is None:
                raise self._damaged(f"a version of key {id} lies on nothing")
            value = applied(one, value)
        return value

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """See `Base`."""
        block = self.height if at is None else at
        return (key for key, present in self._keys(prefix, block, after) if present)

    def _keys(self, prefix: bytes, block: int, after: bytes | None) -> Iterator[tuple[bytes, bool]]:
        """Each key, and whether it held something after `block`."""
        first, inclusive = prefix, True
        if after is not None and after >= prefix:
            first, inclusive = after, False
        while True:
            with self._reading():
                rows = self._connection.execute(
                    "SELECT key, (SELECT value IS NOT NULL FROM versions WHERE versions.key = id"
                    " AND block <= ? ORDER BY block DESC LIMIT 1) FROM keys"
                    f" WHERE key {'>=' if inclusive else '>'} ? ORDER BY key LIMIT {PAGE}",
                    (block, first),
                ).fetchall()
            for key, present in rows:
                if not key.startswith(prefix):
                    return
                yield key, bool(present)
            if len(rows) < PAGE:
                return
            first, inclusive = rows[-1][0], False

    def changes(self, number: int) -> Changes:
        """See `Base`."""
        with self._reading():
            packed = self._one("SELECT changed FROM blocks WHERE number = ?", number)
            if packed is None:
                raise IndexError(f"no block {number}: the head is {self.height}")
            changes = {}
            for id in unpack_ids(packed):
                row = self._connection.execute(
                    "SELECT keys.key, value, of FROM versions JOIN keys ON keys.id = versions.key"
                    " WHERE versions.key = ? AND block = ?",
                    (id, number),
                ).fetchone()
                if row is None:
                    raise self._damaged(f"what block {number} changed is missing")
                changes[row[0]] = self._whole(id, *row[1:])
            return changes

    def _first_prefixes(self) -> Iterator[bytes]:
        """The first 32 bytes of all keys: one seek for each of them, not for each key."""
        found = self._one("SELECT min(key) FROM keys")
        while found is not None:
            yield found[:32]
            after = found[:32] + b"\xff" * 512
            found = self._one("SELECT min(key) FROM keys WHERE key > ?", after)

    # -- blocks, as `node.block_history.BlockBase` has it ----------------------------------

    def at(self, number: int) -> Block | None:
        """See `BlockBase`."""
        if not 0 <= number <= self.height:
            return None
        parent = self.hash_below(number) if number else ZERO_HASH
        if parent is None:
            raise self._damaged(f"block {number - 1} is missing")
        return self.block(number, parent) if self.hash_of(number) else None

    def numbers(self) -> Iterator[int]:
        """The numbers of all blocks, lowest first."""
        number = -1
        while True:
            with self._reading():
                found = self._one("SELECT min(number) FROM blocks WHERE number > ?", number)
            if found is None:
                return
            number = int(found)
            yield number

    def hash_below(self, number: int) -> bytes | None:
        """The hash of the newest block below `number`: numbers are left out where time leapt."""
        with self._reading():
            hash: bytes | None = self._one(
                "SELECT hash FROM blocks WHERE number < ? ORDER BY number DESC LIMIT 1", number
            )
            return hash

    def block(self, number: int, parent: bytes) -> Block:
        """The block of this number, which is there, on the `parent` of this hash."""
        with self._reading():
            content = self._one("SELECT content FROM blocks WHERE number = ?", number)
        if content is None:
            raise self._damaged(f"block {number} is missing")
        try:
            return unpack_block(content, number, parent, self._get_part)
        except (struct.error, ValueError) as error:
            raise self._damaged(f"block {number} cannot be read") from error

    def outside(self, number: int) -> Outside:
        """See `BlockBase`."""
        with self._reading():
            content = self._one("SELECT content FROM blocks WHERE number = ?", number)
        if content is None:
            return NOTHING
        try:
            return unpack_outside(content, number, self._get_part)
        except (struct.error, ValueError) as error:
            raise self._damaged(str(error)) from error

    def _get_part(self, id: int) -> bytes:
        with self._reading():
            part: bytes | None = self._one("SELECT bytes FROM parts WHERE id = ?", id)
        if part is None:
            raise self._damaged(f"extrinsic {id} is missing")
        return part

    def hash_of(self, number: int) -> bytes | None:
        """See `BlockBase`."""
        with self._reading():
            hash: bytes | None = self._one("SELECT hash FROM blocks WHERE number = ?", number)
            return hash

    def find(self, hash: bytes) -> int | None:
        """See `BlockBase`."""
        with self._reading():
            number: int | None = self._one("SELECT number FROM blocks WHERE hash = ?", hash)
            return number

    # -- inside ----------------------------------------------------------------------------

    def _newest(self) -> int:
        """The newest block's number; of an empty store the one that it begins after."""
        newest = self._one("SELECT max(number) FROM blocks")
        return int(self.meta.get("after", -1) if newest is None else newest)

    def _one(self, statement: str, *values: Any) -> Any:
        row = self._connection.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def _reading(self) -> contextlib.AbstractContextManager[None]:
        return named(self.path)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with named(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                self._long.clear()
                self._parts.clear()
                raise
            self._connection.commit()

    def _damaged(self, why: str) -> DamagedChain:
        return DamagedChain(f"{self.path}: {why}")
