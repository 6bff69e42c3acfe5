"""The head being written: typed cells over the raw history, with a journal.

A `Cell` is what one storage item contributes: its decoded values, and which of
them are not sealed yet. The `Overlay` gathers the cells of a runtime, undoes
writes back to a mark when a transaction fails, and encodes what a block made
dirty once, when it is sealed. What a storage item looks like to a pallet is
`frame.storage`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

from taokit.local_chain.state.history import History


class Cell(Protocol):
    """A storage item as the overlay sees it."""

    prefix: bytes

    def drain(self, changes: dict[bytes, bytes | None]) -> None:
        """Put each unsealed value, encoded, into `changes` and call it sealed."""

    def write_raw(self, key: bytes, value: bytes | None) -> bool:
        """Take a raw write under `prefix`; False if the bytes are not of this item's type."""

    def read_raw(self, key: bytes) -> bytes | None:
        """The raw value under a raw key, unsealed writes included."""

    def unsealed(self) -> list[tuple[Any, Any, Any]]:
        """Every key that was written since the last sealed block, with its values then and now."""

    def raw_key(self, key: Any) -> bytes:
        """The raw key of a key."""

    def discard(self) -> None:
        """Drop the unsealed values."""

    def forget(self) -> None:
        """Drop every cached value: the history below has changed."""

    def forget_raw(self, keys: Iterable[bytes]) -> None:
        """Drop the values cached for these raw keys: the history below has changed there."""

    def restore(self, key: Any, value: Any, absent: bool, dirty: bool) -> None:
        """Take back one write: as the journal has it, so was the key before."""


class Overlay:
    """Unsealed state over `history`; reads block `at` (None: the head)."""

    def __init__(self, history: History, at: int | None = None) -> None:
        self.history = history
        self.at = at
        self.dirty: set[Cell] = set()
        self._cells: dict[bytes, Cell] = {}
        self._loose: dict[bytes, bytes | None] = {}
        self._skipped = 0
        self.journaling = False
        """Whether somebody may take writes back: from the first `mark` of a block on."""
        self.journal: list[tuple[Cell | Overlay, Any, Any, bool, bool]] = []
        """Each write since that mark, oldest first: whose key, its value before (if one was known),
        whether it was absent, and whether it was unsealed."""

    def attach(self, cell: Cell) -> None:
        """Register a storage item by its 32-byte prefix."""
        self._cells[cell.prefix] = cell

    # -- reading and writing raw bytes ---------------------------------------------------

    def load(self, key: bytes) -> bytes | None:
        """The sealed value of a raw key."""
        return self.history.get(key, self.at)

    def get_raw(self, key: bytes) -> bytes | None:
        """The value of a raw key, unsealed writes included."""
        if key in self._loose:
            return self._loose[key]
        cell = self._cells.get(key[:32])
        return cell.read_raw(key) if cell else self.load(key)

    def raw_put(self, key: bytes, value: bytes | None) -> None:
        """Write raw bytes (None deletes). Typed items see the write at once."""
        cell = self._cells.get(key[:32])
        taken = cell is not None and cell.write_raw(key, value)
        if taken:
            if key in self._loose:
                self.record(self, key, self._loose.pop(key), False, True)
            return
        self.record(self, key, self._loose.get(key), False, key in self._loose)
        self._loose[key] = value

    def unsealed(self) -> dict[bytes, bytes | None]:
        """Everything that was written since the last sealed block."""
        keys = [cell.raw_key(key) for cell in self.dirty for key, *_ in cell.unsealed()]
        return {key: self.get_raw(key) for key in (*keys, *self._loose)}

    def keys(self, prefix: bytes) -> Iterator[bytes]:
        """Sealed keys under `prefix`, in byte order."""
        return self.history.keys(prefix, self.at)

    def restore(self, key: bytes, value: bytes | None, absent: bool, dirty: bool) -> None:
        """Take back a raw write that no item took."""
        if dirty:
            self._loose[key] = value
        else:
            self._loose.pop(key, None)

    # -- transactions --------------------------------------------------------------------

    def record(self, of: Cell | Overlay, key: Any, value: Any, absent: bool, dirty: bool) -> None:
        """Note what a write replaces, if somebody may ask to take it back."""
        if self.journaling:
            self.journal.append((of, key, value, absent, dirty))

    def mark(self) -> int:
        """A point that `rollback` can return to, until the block is sealed or discarded."""
        self.journaling = True
        return len(self.journal)

    def open_block(self) -> None:
        """A block begins: nobody returns to a mark made so far."""
        self.journaling = False
        self.journal.clear()

    def rollback(self, mark: int) -> None:
        """Take back every write since `mark`, newest first."""
        journal = self.journal
        while len(journal) > mark:
            of, *before = journal.pop()
            of.restore(*before)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep the writes made inside, or none of them if it raises.

        How to take them back is forgotten with the end of the outermost one.
        """
        outermost = not self.journaling
        mark = self.mark()
        try:
            yield
        except BaseException:
            self.rollback(mark)
            raise
        finally:
            if outermost:
                self.journaling = False
                self.journal.clear()

    # -- sealing -------------------------------------------------------------------------

    def commit_block(self) -> dict[bytes, bytes | None]:
        """Commit every unsealed write as the next block; returns what really changed."""
        drained: dict[bytes, bytes | None] = {}
        for cell in self.dirty:
            cell.drain(drained)
        drained.update(self._loose)
        self.dirty.clear()
        self._loose.clear()
        self.open_block()
        changes = self.history.commit(drained, self._skipped)
        self._skipped = 0
        return changes

    def skip(self, count: int) -> None:
        """The next block that is committed has a number so much higher."""
        self._skipped = count

    def take_changes(self) -> dict[bytes, bytes | None]:
        """What the unsealed writes change, of a state that is thrown away after that."""
        drained: dict[bytes, bytes | None] = {}
        for cell in self.dirty:
            cell.drain(drained)
        drained.update(self._loose)
        return {key: value for key, value in drained.items() if self.load(key) != value}

    def discard_block(self) -> None:
        """Drop everything unsealed."""
        for cell in self.dirty:
            cell.discard()
        self.dirty.clear()
        self._loose.clear()
        self._skipped = 0
        self.open_block()

    def raw_get(self, key: bytes, at: int) -> bytes | None:
        """The value of `key` after block `at`."""
        return self.history.get(key, at)

    def raw_keys(
        self, prefix: bytes, start: bytes | None, count: int | None, at: int
    ) -> list[bytes]:
        """Up to `count` sealed keys under `prefix` after `start` (exclusive), in byte order."""
        return list(islice(self.history.keys(prefix, at, start), count))

    def layer(self) -> History:
        """Lay a new history on the present one, which is returned and does not change any more.

        O(1). What is not sealed yet will belong to the new one.
        """
        kept = self.history
        self.history = History(kept)
        return kept

    def fall_back(self, kept: History) -> set[bytes]:
        """Drop everything unsealed, and what was laid on `kept`; the keys that it had changed.

        Costs what was changed since. Afterwards `kept` is the history, and may change again.
        """
        self.discard_block()
        changed: set[bytes] = set()
        layer = self.history
        while layer is not kept:
            if not isinstance(layer.base, History):
                raise ValueError("that history is not one that this one lies on")
            changed.update(layer.own_keys)
            layer = layer.base
        self.history = kept
        self._forget(changed)
        return changed

    def join(self, kept: History) -> None:
        """Make one of `kept` and of what was laid on it first. Costs what that had changed."""
        above, layer = None, self.history
        while layer.base is not kept:
            if not isinstance(layer.base, History):
                raise ValueError("that history is not one that this one lies on")
            above, layer = layer, layer.base
        kept.absorb(layer)
        if above is None:
            self.history = kept
        else:
            above.base = kept

    def _forget(self, changed: set[bytes]) -> None:
        by_cell: dict[bytes, list[bytes]] = {}
        for key in changed:
            by_cell.setdefault(key[:32], []).append(key)
        for prefix, keys in by_cell.items():
            cell = self._cells.get(prefix)
            if cell is not None:
                cell.forget_raw(keys)

    def revert_to(self, number: int) -> None:
        """Drop unsealed writes and every block above `number`, with the layers above it.

        Below the lowest history it is the base that has to forget: raises `ValueError` for one that
        cannot.
        """
        self.open_block()
        self._loose.clear()
        self.dirty.clear()
        history = self.history
        while number < history.first and isinstance(history.base, History):
            history = history.base
        if number < history.first:
            truncate = getattr(history.base, "truncate", None)
            if truncate is None or number < 0:
                raise ValueError(f"block {number} is below what this chain can go back to")
            truncate(number)
            history = History(history.base)
        else:
            history.revert_to(number)
        self.history = history
        for cell in self._cells.values():
            cell.forget()
