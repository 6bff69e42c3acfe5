"""Raw state at every sealed block.

Owns the canonical state, raw key to raw value as a Substrate node keeps it, for
each block since genesis. The head is a dict, so it is read in O(1) and sealing
costs what a block changed; what a key held before is kept packed (`versions`),
so block N is read in O(log versions of the key). Knows nothing of types;
`state.overlay` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sortedcontainers import SortedSet

from taokit.local_chain.state.versions import Past

RECENT = 64
"""Blocks whose changes are kept as they were sealed; those of older ones are found by looking."""

_LONG = 256
_SHARED = 64


class History:
    """Every version of every raw key, by block number."""

    def __init__(self) -> None:
        self._height = -1
        self._head: dict[bytes, bytes] = {}
        self._since: dict[bytes, int] = {}
        self._past: dict[bytes, Past] = {}
        self._recent: dict[int, Mapping[bytes, bytes | None]] = {}
        self._keys: SortedSet[bytes] = SortedSet()
        self._unsorted: list[bytes] = []
        self._shared: dict[bytes, bytes] = {}
        self.prefixes: set[bytes] = set()
        """The first 32 bytes of every key that ever was: what is not here holds nothing."""

    @property
    def height(self) -> int:
        """Number of the newest sealed block; -1 before genesis."""
        return self._height

    def differing(self, values: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
        """Those of `values` that the head does not hold already."""
        get = self._head.get
        return {key: value for key, value in values.items() if get(key) != value}

    def commit(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Seal the next block with these changes; None deletes a key."""
        self._height = number = self._height + 1
        head, since, past = self._head, self._since, self._past
        for key, value in changes.items():
            changed_at = since.get(key)
            if changed_at is None:
                self._unsorted.append(key)
                self.prefixes.add(key[:32])
            else:
                versions, old = past.get(key), head.get(key)
                if versions is None:
                    versions = past[key] = Past()
                if old is not None and len(old) == versions.width:  # as `append`, without a call
                    versions.blocks.append(changed_at)
                    versions.packed += old
                else:
                    versions.append(changed_at, old)
            since[key] = number
            if value is None:
                head.pop(key, None)
            else:
                head[key] = value if len(value) < _LONG else self._share(value)
        self._recent[number] = changes
        self._recent.pop(number - RECENT, None)

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
        return {key: self.get(key, number) for key in self._changed_at(number)}

    def _changed_at(self, number: int) -> Iterator[bytes]:
        past = self._past
        for key, changed_at in self._since.items():
            if changed_at == number or (
                changed_at > number and key in past and past[key].has(number)
            ):
                yield key

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """The value of `key` after block `at` (None: the head)."""
        if at is None or at >= self._height:
            return self._head.get(key)
        changed_at = self._since.get(key)
        if changed_at is None:
            return None
        if changed_at <= at:
            return self._head.get(key)
        versions = self._past.get(key)
        return versions.at(at) if versions is not None else None

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """Keys under `prefix` present after block `at`, in byte order, past `after` if given."""
        start = prefix if after is None or after < prefix else after
        for key in self._sorted_keys().irange(
            minimum=start, inclusive=(after is None or after < prefix, True)
        ):
            if not key.startswith(prefix):
                return
            if self.get(key, at) is not None:
                yield key

    def _sorted_keys(self) -> SortedSet[bytes]:
        if self._unsorted:
            self._keys.update(self._unsorted)
            self._unsorted = []
        return self._keys

    def revert_to(self, number: int) -> None:
        """Forget every block above `number`.

        Costs what those blocks changed; beyond the last `RECENT` blocks, one look at every key.
        """
        if not -1 <= number <= self._height:
            raise ValueError(f"cannot revert to block {number}: the head is {self._height}")
        changed: Iterable[bytes]
        if all(above in self._recent for above in range(number + 1, self._height + 1)):
            above_number = range(number + 1, self._height + 1)
            changed = {key for above in above_number for key in self._recent[above]}
        else:
            changed = [key for key, at in self._since.items() if at > number]
        keys = self._sorted_keys()
        for key in changed:
            self._head.pop(key, None)
            versions = self._past.get(key)
            kept = versions.cut(number) if versions is not None else None
            if versions is not None and not versions:
                del self._past[key]
            if kept is None:
                del self._since[key]
                keys.discard(key)
                continue
            self._since[key], value = kept
            if value is not None:
                self._head[key] = value
        for above in range(number + 1, self._height + 1):
            self._recent.pop(above, None)
        self._height = number
