"""Raw state at every sealed block.

Owns the canonical state, raw key to raw value as a Substrate node keeps it, for
each block since genesis. The head is a dict, so it is read in O(1) and sealing
costs what a block changed; what a key held before is kept packed (`versions`),
so block N is read in O(log versions of the key). Knows nothing of types;
`state.overlay` does.

A history may lie on a base (`state.base`), which answers for the keys and the
blocks that are not its own. The base of a snapshot is the history until then:
going back to it is dropping what lies on it.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain

from sortedcontainers import SortedSet

from taokit.local_chain.state.base import Base
from taokit.local_chain.state.versions import Kept, Past, begun, past_of, replaced, stamp

RECENT = 64
"""Blocks whose changes are kept as they were sealed; those of older ones are found by looking."""

_LONG = 256
_SHARED = 64


class History:
    """Every version of every raw key, by block number; what came before them is `base`'s."""

    def __init__(self, base: Base | None = None) -> None:
        self.base = base
        self.first = -1 if base is None else base.height
        """The height of the base: blocks above it are this history's own."""
        self._height = self.first
        self._head: dict[bytes, bytes] = {}
        self._begun: dict[bytes, int] = {}
        """In which block each own key was first written."""
        self._kept: dict[bytes, Kept] = {}
        """What those keys held before that were written again."""
        self._recent: dict[int, Mapping[bytes, bytes | None]] = {}
        self._keys: SortedSet[bytes] = SortedSet()
        self._unsorted: list[bytes] = []
        self._shared: dict[bytes, bytes] = {}
        self._prefixes: set[bytes] = set()
        self.prefixes: Container[bytes] = (
            self._prefixes if base is None else _Either(self._prefixes, base.prefixes)
        )
        """The first 32 bytes of every key that ever was: what is not here holds nothing."""

    @property
    def height(self) -> int:
        """Number of the newest sealed block; -1 before genesis."""
        return self._height

    @property
    def own_keys(self) -> Iterable[bytes]:
        """Every key that was changed since the base."""
        return self._begun.keys()

    def versions(self) -> Iterator[tuple[bytes, Iterator[tuple[int, bytes | None]]]]:
        """Every key that was changed since the base: since which block it held what."""
        for key, block in self._begun.items():
            past = self._past(key)
            earlier, since = (iter(()), block) if past is None else (past.items(), past.since)
            yield key, chain(earlier, ((since, self._head.get(key)),))

    def commit(
        self, values: Mapping[bytes, bytes | None], skipped: int = 0
    ) -> dict[bytes, bytes | None]:
        """Seal the next block; returns those of `values` that the head did not hold already.

        None deletes a key. After ``skipped`` numbers that no block has: what passed in them is part
        of the changes.
        """
        self._height = number = self._height + 1 + skipped
        head, begun_at, past, now = self._head, self._begun, self._kept, stamp(number)
        held = head.get if self.base is None else self.get
        changes: dict[bytes, bytes | None] = {}
        for key, value in values.items():
            old = held(key)
            if old == value:
                continue
            changes[key] = value
            kept = past.get(key)
            if kept is not None:
                if type(kept) is bytearray and old is not None and len(old) == kept[0]:
                    kept += old + now  # as `Packed.added`, which is what most keys need
                else:
                    past[key] = past_of(kept).added(old, number)
            elif key in begun_at:
                past[key] = begun(begun_at[key], old, number)
            else:
                begun_at[key] = number
                self._unsorted.append(key)
                self._prefixes.add(key[:32])
            if value is None:
                head.pop(key, None)
            else:
                head[key] = value if len(value) < _LONG else self._share(value)
        recent = self._recent
        recent[number] = changes
        if number - RECENT in recent or skipped:
            for block in [block for block in recent if block <= number - RECENT]:
                del recent[block]
        return changes

    def _past(self, key: bytes) -> Past | None:
        kept = self._kept.get(key)
        return None if kept is None else past_of(kept)

    def _share(self, value: bytes) -> bytes:
        """The same bytes as one object with equal ones lately sealed: keys wander among items."""
        shared = self._shared
        found = shared.setdefault(value, value)
        if len(shared) > _SHARED:
            del shared[next(iter(shared))]
        return found

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """What block `number` changed, raw key to new raw value."""
        found = self._recent.get(number)
        if found is not None:
            return found
        if not 0 <= number <= self._height:
            raise IndexError(f"no block {number}: the head is {self._height}")
        if self.base is not None and number <= self.first:
            return self.base.changes(number)
        return {key: self.get(key, number) for key in self._changed_at(number)}

    def _changed_at(self, number: int) -> Iterator[bytes]:
        for key, block in self._begun.items():
            past = self._past(key) if block < number else None
            if block == number or (past is not None and past.has(number)):
                yield key

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """The value of `key` after block `at` (None: the head)."""
        base = self.base
        if at is None or at >= self._height:
            value = self._head.get(key)
            if value is not None or base is None or key in self._begun:
                return value
            return base.get(key)
        if base is not None and at <= self.first:
            return base.get(key, at)
        block = self._begun.get(key)
        if block is None or block > at:
            # Not what the base holds now: a store grows with the blocks that lie on it.
            return None if base is None else base.get(key, self.first)
        past = self._past(key)
        if past is None or past.since <= at:
            return self._head.get(key)
        return past.at(at)

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """Keys under `prefix` present after block `at`, in byte order, past `after` if given."""
        base = self.base
        if base is None:
            return self._present(self._own(prefix, after), at)
        if at is not None and at <= self.first:
            return base.keys(prefix, at, after)
        below = base.keys(prefix, self.first, after)
        return self._merged(heapq.merge(below, self._own(prefix, after)), at)

    def _own(self, prefix: bytes, after: bytes | None) -> Iterator[bytes]:
        """Keys changed since the base, whether present or not."""
        start = prefix if after is None or after < prefix else after
        for key in self._sorted_keys().irange(
            minimum=start, inclusive=(after is None or after < prefix, True)
        ):
            if not key.startswith(prefix):
                return
            yield key

    def _present(self, keys: Iterator[bytes], at: int | None) -> Iterator[bytes]:
        return (key for key in keys if self.get(key, at) is not None)

    def _merged(self, keys: Iterable[bytes], at: int | None) -> Iterator[bytes]:
        last, own = None, self._begun
        for key in keys:
            if key != last and (key not in own or self.get(key, at) is not None):
                yield key
            last = key

    def _sorted_keys(self) -> SortedSet[bytes]:
        if self._unsorted:
            self._keys.update(self._unsorted)
            self._unsorted = []
        return self._keys

    def absorb(self, above: History) -> None:
        """Take over every block of a history that lies on this one. Costs what they changed."""
        if above.base is not self:
            raise ValueError("that history does not lie on this one")
        for key, block in above._begun.items():
            first, theirs = self._begun.get(key), above._kept.get(key)
            if first is not None:
                self._kept[key] = self._lengthened(key, first, block, above._past(key))
            else:
                self._begun[key] = block
                self._unsorted.append(key)
                if theirs is not None:
                    self._kept[key] = theirs
            value = above._head.get(key)
            if value is None:
                self._head.pop(key, None)
            else:
                self._head[key] = value
        self._prefixes |= above._prefixes
        self._recent.update(above._recent)
        for number in [n for n in self._recent if n <= above._height - RECENT]:
            del self._recent[number]
        self._height = above._height

    def _lengthened(self, key: bytes, first: int, since: int, above: Past | None) -> Kept:
        """The past of a key with what it holds now, until block `since`, and what is above."""
        past, value = self._past(key), self._head.get(key)
        kept = begun(first, value, since) if past is None else past.added(value, since)
        if above is not None:
            for value, until in replaced(above):
                kept = past_of(kept).added(value, until)
        return kept

    def revert_to(self, number: int) -> None:
        """Forget every block above `number`.

        Costs what those blocks changed; beyond the last `RECENT` blocks, one look at every key.
        """
        if not self.first <= number <= self._height:
            least = f", the base ends at {self.first}" if self.base is not None else ""
            raise ValueError(f"cannot revert to block {number}: the head is {self._height}{least}")
        changed: Iterable[bytes]
        if all(above in self._recent for above in range(number + 1, self._height + 1)):
            above_number = range(number + 1, self._height + 1)
            changed = {key for above in above_number for key in self._recent[above]}
        else:
            changed = [key for key in self._begun if self._last_written(key) > number]
        keys = self._sorted_keys()
        for key in changed:
            self._head.pop(key, None)
            if self._begun[key] > number:
                del self._begun[key]
                self._kept.pop(key, None)
                keys.discard(key)
                continue
            past = past_of(self._kept[key])
            value = past.cut(number)
            if past.is_over:
                del self._kept[key]
            if value is not None:
                self._head[key] = value
        for above in range(number + 1, self._height + 1):
            self._recent.pop(above, None)
        self._height = number

    def _last_written(self, key: bytes) -> int:
        past = self._past(key)
        return self._begun[key] if past is None else past.since


class _Either:
    """What is in one of two containers."""

    def __init__(self, own: Container[bytes], below: Container[bytes]) -> None:
        self._own, self._below = own, below

    def __contains__(self, key: object) -> bool:
        return key in self._own or key in self._below
