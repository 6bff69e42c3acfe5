"""The other node's state after one block, as our history lies on it.

Owns how few questions it takes: the first time that something under a storage item is asked for,
all of it is fetched if it fits a page, which most items do; of a large one the key that is wanted
comes with its neighbours. What was fetched is kept (`kept_answers`). Does not own the connection.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from taokit.local_chain.fork.errors import ForkError
from taokit.local_chain.fork.kept_answers import KeptAnswers
from taokit.local_chain.fork.remote_node import RemoteNode
from taokit.local_chain.state.base import EVERYTHING, Base

__all__ = ["RemoteState", "remote_of"]

PAGE = 1000
"""Keys in one page: what a Substrate node gives at most."""

NEIGHBOURS = 64
"""Keys that come along with one of a large item."""

VALUES = 500
"""Values asked for in one question."""

ITEM = 32
"""The length of a storage item's prefix."""


class RemoteState:
    """State of the block ``number`` with that ``hash``; earlier blocks' is asked for, not kept.

    A `state.base.Base`. Raises `ForkError`.
    """

    def __init__(self, node: RemoteNode, number: int, hash: bytes, kept: KeptAnswers) -> None:
        self.height = number
        self.prefixes: Container[bytes] = EVERYTHING
        self._node = node
        self._hash = "0x" + hash.hex()
        self._kept = kept
        self._large: set[bytes] = set()

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """See `Base`."""
        if at is not None and at < self.height:
            return _bytes(self._node.ask("state_getStorage", _hex(key), self._hash_at(at)))
        found = self._kept.find(key)
        if found is not None:
            return found[0]
        item = key[:ITEM]
        if item in self._kept.whole:
            return None
        if item not in self._large and len(key) >= ITEM and self._fetch_whole(item):
            return (self._kept.find(key) or (None,))[0]
        return self._fetch_some(key)

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """See `Base`."""
        if at is not None and at < self.height:
            yield from self._paged(prefix, after, self._hash_at(at))
            return
        if len(prefix) >= ITEM:
            item = prefix[:ITEM]
            if item not in self._kept.whole and item not in self._large:
                self._fetch_whole(item)
        if any(prefix.startswith(whole) for whole in self._kept.whole):
            yield from self._kept.keys(prefix, after)
            return
        fetched: list[bytes] = []
        for key in self._paged(prefix, after, self._hash):
            fetched.append(key)
            if len(fetched) == PAGE:
                self._fetch_values(fetched)
                yield from fetched
                fetched = []
        self._fetch_values(fetched)
        if after is None and len(prefix) >= ITEM:
            self._kept.put((), whole=prefix)
        yield from fetched

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """See `Base`: what the other chain's blocks changed is not known."""
        raise ForkError(f"what block {number} changed was on the chain that this one is a fork of")

    def fetch(self, keys: Sequence[bytes]) -> None:
        """Have these keys at hand, in as few questions as there can be."""
        unknown = [
            key
            for key in keys
            if key[:ITEM] not in self._kept.whole and self._kept.find(key) is None
        ]
        self._fetch_values(unknown)

    # -- asking ----------------------------------------------------------------------------

    def _fetch_whole(self, item: bytes) -> bool:
        """Fetch everything under an item, if that is one page; whether it was."""
        keys = self._page(item, None, self._hash)
        if len(keys) == PAGE:
            self._large.add(item)
            self._fetch_values(keys)
            return False
        self._fetch_values(keys, whole=item)
        return True

    def _fetch_some(self, key: bytes) -> bytes | None:
        """Fetch a key of a large item with those that come after it."""
        near = self._page(key[:ITEM], key, self._hash, NEIGHBOURS)
        self._fetch_values([key, *(k for k in near if self._kept.find(k) is None)])
        return (self._kept.find(key) or (None,))[0]

    def _fetch_values(self, keys: Sequence[bytes], whole: bytes | None = None) -> None:
        questions = [
            ("state_queryStorageAt", ([_hex(key) for key in keys[at : at + VALUES]], self._hash))
            for at in range(0, len(keys), VALUES)
        ]
        found: dict[bytes, bytes | None] = dict.fromkeys(keys)
        for groups in self._node.ask_all(questions):
            for group in groups:
                found.update((_raw(key), _bytes(value)) for key, value in group["changes"])
        self._kept.put(found.items(), whole)

    def _paged(self, prefix: bytes, after: bytes | None, at: str) -> Iterator[bytes]:
        while True:
            page = self._page(prefix, after, at)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]

    def _page(self, prefix: bytes, after: bytes | None, at: str, count: int = PAGE) -> list[bytes]:
        start = None if after is None else _hex(after)
        found = self._node.ask("state_getKeysPaged", _hex(prefix), count, start, at)
        return [_raw(key) for key in found]

    def _hash_at(self, number: int) -> str:
        hash = self._kept.hash_of(number)
        if hash is not None:
            return _hex(hash)
        told = self._node.ask("chain_getBlockHash", number)
        if told is None:
            raise ForkError(f"the other node has no block {number}")
        return str(told)


def remote_of(state: Base) -> RemoteState | None:
    """The other node's state that a history or a store lies on; None for a chain of our own."""
    layer: Any = state
    while layer is not None and not isinstance(layer, RemoteState):
        layer = getattr(layer, "base", None) or getattr(layer, "below", None)
    return layer


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else _raw(text)
