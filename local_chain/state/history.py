"""Raw state at every sealed block.

Owns the canonical state, raw key to raw value as a Substrate node keeps it, for
each block since genesis. A key holds the list of its versions, so the head is
read in O(1), block N in O(log versions of that key), and sealing costs one
append a changed key. Knows nothing of types; `state.overlay` does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from sortedcontainers import SortedSet


class History:
    """Every version of every raw key, by block number."""

    def __init__(self) -> None:
        self._blocks: dict[bytes, list[int]] = {}
        self._values: dict[bytes, list[bytes | None]] = {}
        self._head: dict[bytes, bytes] = {}
        self._keys: SortedSet[bytes] = SortedSet()
        self._changes: list[Mapping[bytes, bytes | None]] = []

    @property
    def height(self) -> int:
        """Number of the newest sealed block; -1 before genesis."""
        return len(self._changes) - 1

    def commit(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Seal the next block with these changes; None deletes a key."""
        number = len(self._changes)
        for key, value in changes.items():
            versions = self._blocks.get(key)
            if versions is None:
                self._blocks[key] = [number]
                self._values[key] = [value]
                self._keys.add(key)
            else:
                versions.append(number)
                self._values[key].append(value)
            if value is None:
                self._head.pop(key, None)
            else:
                self._head[key] = value
        self._changes.append(changes)

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """What block `number` changed, raw key to new raw value."""
        return self._changes[number]

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """The value of `key` after block `at` (None: the head)."""
        if at is None or at >= len(self._changes) - 1:
            return self._head.get(key)
        versions = self._blocks.get(key)
        if versions is None:
            return None
        position = bisect_right(versions, at)
        return self._values[key][position - 1] if position else None

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """Keys under `prefix` present after block `at`, in byte order, past `after` if given."""
        start = prefix if after is None or after < prefix else after
        for key in self._keys.irange(
            minimum=start, inclusive=(after is None or after < prefix, True)
        ):
            if not key.startswith(prefix):
                return
            if self.get(key, at) is not None:
                yield key

    def revert_to(self, number: int) -> None:
        """Forget every block above `number`. Costs what those blocks changed."""
        if not -1 <= number <= self.height:
            raise ValueError(f"cannot revert to block {number}: the head is {self.height}")
        while self.height > number:
            for key in self._changes.pop():
                versions, values = self._blocks[key], self._values[key]
                versions.pop()
                values.pop()
                if not versions:
                    del self._blocks[key], self._values[key]
                    self._keys.discard(key)
                    self._head.pop(key, None)
                elif (value := values[-1]) is None:
                    self._head.pop(key, None)
                else:
                    self._head[key] = value
