"""A store whose first block lies on what another base has: the blocks of a fork, on disk.

Owns looking into the store first, and below it for what was not changed. Does not own either.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING

from taokit.local_chain.node.block_history import BlockBase
from taokit.local_chain.node.header import Block
from taokit.local_chain.node.outside import NOTHING, Outside
from taokit.local_chain.persistence.store import ChainStore
from taokit.local_chain.state.base import EVERYTHING, Base

if TYPE_CHECKING:
    from taokit.local_chain.node.runtime_protocol import Changes

__all__ = ["StoredOn"]


class StoredOn:
    """State, blocks and journal of ``store`` over ``state`` and ``blocks``."""

    prefixes: Container[bytes] = EVERYTHING

    def __init__(self, store: ChainStore, state: Base, blocks: BlockBase) -> None:
        self.store = store
        self.below = state
        """What the store lies on."""
        self._blocks = blocks
        self._below = state.height

    @property
    def height(self) -> int:
        """The newest block's number."""
        return self.store.height

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """See `Base`."""
        if at is not None and at <= self._below:
            return self.below.get(key, at)
        found = self.store.lookup(key, at)
        return self.below.get(key) if found is None else found[0]

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """See `Base`."""
        if at is not None and at <= self._below:
            yield from self.below.keys(prefix, at, after)
            return
        below = self.below.keys(prefix, None, after)
        last = None
        for key in heapq.merge(below, self.store.known_keys(prefix, after)):
            if key != last and self.get(key, at) is not None:
                yield key
            last = key

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """See `Base`."""
        below = number <= self._below
        return self.below.changes(number) if below else self.store.changes(number)

    def at(self, number: int) -> Block | None:
        """See `BlockBase`."""
        if number <= self._below:
            return self._blocks.at(number)
        if number > self.height:
            return None
        parent = self.store.hash_below(number) or self._blocks.hash_of(self._below)
        here = parent is not None and self.store.hash_of(number) is not None
        return self.store.block(number, parent) if here and parent else None

    def hash_of(self, number: int) -> bytes | None:
        """See `BlockBase`."""
        return (self._blocks if number <= self._below else self.store).hash_of(number)

    def find(self, hash: bytes) -> int | None:
        """See `BlockBase`."""
        found = self.store.find(hash)
        return self._blocks.find(hash) if found is None else found

    def outside(self, number: int) -> Outside:
        """See `BlockBase`."""
        return (self._blocks if number <= self._below else self.store).outside(number)

    def append(self, block: Block, changes: Changes, outside: Outside = NOTHING) -> None:
        """See `Journal`."""
        self.store.append(block, changes, outside)

    def truncate(self, number: int) -> None:
        """See `Journal`. Raises `ValueError` below the store."""
        if number < self._below:
            raise ValueError(f"block {number} is the other chain's")
        self.store.truncate(number)
