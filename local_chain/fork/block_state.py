"""The other node's state after one block.

Owns how few questions it takes: the first time that something under a storage item is asked for,
all of it is fetched if it fits a page, which most items do; of a large one the key that is wanted
comes with its neighbours. What was fetched is kept (`kept_answers`). Does not own the connection.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from taokit.local_chain.fork.errors import AnswerTooBig, ForkError, MethodMissing
from taokit.local_chain.fork.kept_answers import KeptState
from taokit.local_chain.fork.remote_node import Question, RemoteNode
from taokit.local_chain.state.base import EVERYTHING

__all__ = ["PAGE", "BlockState", "Sizes"]

PAGE = 1000
"""Keys in one page: what a Substrate node gives at most."""

NEIGHBOURS = 64
"""Keys that come along with one of a large item."""

VALUES = 500
"""Values asked for in one question."""

ITEM = 32
"""The length of a storage item's prefix."""

KEYS_PAGED = "state_getKeysPaged"

FEW = 8
"""Reads of an earlier block's state that fetch nothing but what is wanted: there may be no more."""


@dataclass
class Sizes:
    """What the node gives at once, as far as it showed, and how large its storage items are."""

    page: int = PAGE
    values: int = VALUES
    seen: bool = False
    """Whether it was looked how many keys a page really holds."""
    by_one: bool = False
    """Whether values have to be asked for one by one."""
    large: set[bytes] = field(default_factory=set)
    """Items that are larger than a page."""
    wanted: set[bytes] = field(default_factory=set)
    """Items that are not, and were wanted of some state: what runs again wants them again."""


class BlockState:
    """State of the block ``height`` with the hash ``hash`` (hex text).

    A `state.base.Base` of that block alone. Raises `ForkError`. Of one that is not read ``whole``
    single keys are fetched first, and items only once more is asked for.
    """

    prefixes: Container[bytes] = EVERYTHING

    def __init__(
        self,
        node: RemoteNode,
        height: int,
        hash: str,
        kept: KeptState,
        *,
        sizes: Sizes,
        whole: bool = True,
    ) -> None:
        self.height = height
        self.hash = hash
        self._node = node
        self._kept = kept
        self._sizes = sizes
        self._few = 0 if whole else FEW

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """See `Base`."""
        found = self._kept.find(key)
        if found is not None:
            return found[0]
        item = key[:ITEM]
        if self._known(item):
            return None
        if self._few > 0 or len(key) < ITEM:
            self._few -= 1
            if self._few == 0:
                self._sizes.large |= self.read_under(self._sizes.wanted, PAGE)
            return self.values([key])[key]
        if item not in self._sizes.large and self._fetch_whole(item):
            return (self._kept.find(key) or (None,))[0]
        near = self._page(item, key, NEIGHBOURS)
        self._fetch_values([key, *(k for k in near if self._kept.find(k) is None)])
        return (self._kept.find(key) or (None,))[0]

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """See `Base`."""
        item = prefix[:ITEM]
        if len(prefix) >= ITEM and not self._known(item) and item not in self._sizes.large:
            self._fetch_whole(item)
        if self._known(prefix):
            yield from self._kept.keys(prefix, after)
            return
        first, fetched = after, 0
        while True:
            page = self._page(prefix, first)
            self._fetch_values(page)
            yield from page
            fetched += len(page)
            if len(page) < self._sizes.page:
                break
            first = page[-1]
        if after is None and len(prefix) >= ITEM:
            self._kept.put((), whole=[prefix])

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """See `Base`: no node tells what its blocks changed."""
        raise IndexError(number)

    def values(self, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        """The values of many keys, of which those that are not known are asked for at once."""
        wanted = list(dict.fromkeys(keys))
        known = {key: self._kept.find(key) for key in wanted}
        missing = [key for key, found in known.items() if found is None and not self._known(key)]
        fetched = self._fetch_values(missing) if missing else {}
        return {key: fetched.get(key, found and found[0]) for key, found in known.items()}

    def read_under(self, prefixes: Iterable[bytes], most: int) -> set[bytes]:
        """Fetch all that is under prefixes, many at once; those that hold more than `most` keys.

        Of these nothing more is known afterwards.
        """
        large: set[bytes] = set()
        found: dict[bytes, list[bytes]] = {one: [] for one in prefixes if not self._known(one)}
        if not found:
            return large
        if not self._sizes.seen:
            self._see_how_much()
        next_pages: dict[bytes, bytes | None] = dict.fromkeys(found)
        while next_pages:
            size = self._sizes.page
            try:
                pages = self._pages(next_pages, size)
            except AnswerTooBig:
                self._less(size)
                continue
            asked, next_pages = list(next_pages), {}
            for prefix, page in zip(asked, pages, strict=True):
                found[prefix] += page
                if len(page) < size:
                    continue
                if len(found[prefix]) < most:
                    next_pages[prefix] = page[-1]
                else:
                    large.add(prefix)
        whole = [prefix for prefix in found if prefix not in large]
        keys = [key for prefix in whole for key in found[prefix]]
        self._fetch_values([key for key in keys if self._kept.find(key) is None], whole)
        return large

    def under(self, prefix: bytes) -> dict[bytes, bytes | None]:
        """What is known under a prefix that was fetched."""
        found = ((key, self._kept.find(key)) for key in self._kept.keys(prefix, None))
        return {key: held[0] for key, held in found if held is not None}

    # -- asking ----------------------------------------------------------------------------

    def _known(self, start: bytes) -> bool:
        """Whether all that begins so is known."""
        whole = self._kept.whole
        return any(start[:length] in whole for length in (ITEM, ITEM // 2, len(start)))

    def _fetch_whole(self, item: bytes) -> bool:
        """Fetch everything under an item, if that is one page; whether it was."""
        keys: list[bytes] = []
        while len(keys) < PAGE:
            page = self._page(item, keys[-1] if keys else None)
            keys += page
            if len(page) < self._sizes.page:
                self._fetch_values(keys, whole=[item])
                self._sizes.wanted.add(item)
                return True
        self._sizes.large.add(item)
        self._sizes.wanted.discard(item)
        self._fetch_values(keys)
        return False

    def _fetch_values(
        self, keys: Sequence[bytes], whole: Sequence[bytes] = ()
    ) -> dict[bytes, bytes | None]:
        """Ask for values, and keep them."""
        found: dict[bytes, bytes | None] = dict.fromkeys(keys)
        left = list(keys)
        while left:
            size = self._sizes.values
            parts = [left[at : at + size] for at in range(0, len(left), size)]
            try:
                found.update(self._one_by_one(left) if self._sizes.by_one else self._queried(parts))
                break
            except AnswerTooBig:
                if size == 1 or self._sizes.by_one:
                    raise
                self._sizes.values = max(1, min(size, len(left)) // 2)
            except MethodMissing:
                if self._sizes.by_one:
                    raise
                self._sizes.by_one = True
        self._kept.put(found.items(), whole)
        return found

    def _queried(self, parts: Sequence[Sequence[bytes]]) -> dict[bytes, bytes | None]:
        questions: list[Question] = [
            ("state_queryStorageAt", ([_hex(key) for key in part], self.hash)) for part in parts
        ]
        return {
            _raw(key): _bytes(value)
            for groups in self._node.ask_all(questions)
            for group in groups
            for key, value in group["changes"]
        }

    def _one_by_one(self, keys: Sequence[bytes]) -> dict[bytes, bytes | None]:
        told = self._node.ask_all([("state_getStorage", (_hex(key), self.hash)) for key in keys])
        return {key: _bytes(value) for key, value in zip(keys, told, strict=True)}

    def _page(self, prefix: bytes, after: bytes | None, count: int = PAGE) -> list[bytes]:
        """The next keys under a prefix, as many as a page holds, or `count` if that is less.

        Fewer than `Sizes.page` come only where there are no more.
        """
        if not self._sizes.seen:
            self._see_how_much()
        while True:
            size = min(count, self._sizes.page)
            try:
                (page,) = self._pages({prefix: after}, size)
            except AnswerTooBig:
                self._less(size)
                continue
            except ForkError as refused:
                most = re.search(r"max\D{0,12}(\d+)", refused.message)
                if most is None or not 0 < int(most[1]) < size:
                    raise
                self._sizes.page = int(most[1])
                continue
            return page

    def _see_how_much(self) -> None:
        """How many keys a page holds: there are gateways that give less than asked, and say not."""
        self._sizes.seen = True
        page = self._page(b"", None)
        if 0 < len(page) < self._sizes.page and self._page(b"", page[-1], 1):
            self._sizes.page = len(page)

    def _less(self, size: int) -> None:
        if size == 1:
            raise AnswerTooBig(f"{self._node.url} does not even give one key")
        self._sizes.page = size // 2

    def _pages(self, prefixes: Mapping[bytes, bytes | None], size: int) -> list[list[bytes]]:
        questions: list[Question] = [
            (KEYS_PAGED, (_hex(prefix), size, None if after is None else _hex(after), self.hash))
            for prefix, after in prefixes.items()
        ]
        return [[_raw(key) for key in page] for page in self._node.ask_all(questions)]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else _raw(text)
