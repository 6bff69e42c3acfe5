"""Whether a stored chain is what was written.

Owns the checks: the database itself, each header against its hash and its parent, each body and
each block's changes against the roots in the header. The state root is a running commitment to
every change, so that no value can have been altered unnoticed; what came into a block from outside
has a digest of its own. Costs one pass over everything.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from taokit.local_chain.errors import ChainStoreError, DamagedChain
from taokit.local_chain.node.header import ZERO_HASH, next_state_root
from taokit.local_chain.node.trie_root import ordered_trie_root
from taokit.local_chain.persistence.dump import read_dump
from taokit.local_chain.persistence.schema import FILE_NAME
from taokit.local_chain.persistence.store import ChainStore

__all__ = ["Findings", "check", "check_place"]

MOST = 20
"""Findings that are listed; one damaged page may cause thousands."""


@dataclass(frozen=True)
class Findings:
    """What was looked at, and what is wrong; nothing is, if ``wrong`` is empty.

    ``sound_until`` is the last block up to which everything holds; -1 for none.
    """

    blocks: int
    sound_until: int
    wrong: tuple[str, ...]


def check(path: Path, told: Callable[[int, int], None] | None = None) -> Findings:
    """Check the store in a file; ``told`` hears how many blocks of how many are done.

    Raises `ChainStoreError` where it cannot even be opened.
    """
    with ChainStore.open(path) as store:
        wrong = _of_the_database(store)
        sound_until, root, parent = -1, ZERO_HASH, ZERO_HASH
        before = -1
        for number in store.numbers():
            try:
                problems = list(_of_a_block(store, number, parent, root))
                header = store.at(number)
            except (ChainStoreError, IndexError, TypeError) as error:
                problems, header = [f"block {number} cannot be read: {error}"], None
            if problems and number > before + 1:  # else time leapt over it
                problems.insert(0, f"block {before + 1} is missing")
            if problems:
                wrong += problems
            elif sound_until == before:
                sound_until = number
            before = number
            if header is None or len(wrong) >= MOST:
                break
            root, parent = header.header.state_root, header.header.hash
            if told is not None:
                told(number + 1, store.height + 1)
        return Findings(store.height + 1, sound_until, tuple(wrong[:MOST]))


def _of_the_database(store: ChainStore) -> list[str]:
    try:
        rows = store._connection.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as error:
        return [f"the database: {error}"]
    return [f"the database: {said}" for (said,) in rows if said != "ok"]


def _of_a_block(store: ChainStore, number: int, parent: bytes, root: bytes) -> list[str]:
    block = store.at(number)
    if block is None:
        return [f"block {number} is missing"]
    header, wrong = block.header, []
    if header.hash != store.hash_of(number) or header.parent_hash != parent:
        wrong.append(f"block {number}: its hash is not that of its header")
    version = int(store.meta.get("root_version", 0))
    if ordered_trie_root(list(block.extrinsics), version) != header.extrinsics_root:
        wrong.append(f"block {number}: its extrinsics are not those of its header")
    if next_state_root(root, store.changes(number)) != header.state_root:
        wrong.append(f"block {number}: what it changed is not what its header commits to")
    try:
        store.outside(number)
    except DamagedChain as damaged:
        wrong.append(f"block {number}: {damaged.message}")
    return wrong


def check_place(place: Path, told: Callable[[int, int], None] | None = None) -> Findings:
    """Check the store in a data directory, or the one in a dump. Raises `ChainStoreError`."""
    if place.is_dir():
        return check(place / FILE_NAME, told)
    if not place.is_file():
        raise ChainStoreError(f"there is nothing at {place}")
    with place.open("rb") as file:
        is_store = file.read(16).startswith(b"SQLite format 3")
    if is_store:
        return check(place, told)
    with tempfile.TemporaryDirectory(prefix="taokit-check-") as folder:
        path = Path(folder) / FILE_NAME
        read_dump(place, path)
        return check(path, told)
