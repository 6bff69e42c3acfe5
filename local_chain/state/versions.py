"""What one raw key held in earlier blocks, in few bytes.

Most keys that change often hold numbers: values of one short length. Those are kept end to end in
one buffer, which `Packed` reads; values of several lengths, or long ones, as a list (`Listed`), in
which a long value that is nearly the one before it is what it differs in. A key's present value is
not here, the history's head has it; since which block it has it is. Nothing is kept for a key that
was written once.

A chain of many full subnets keeps a hundred thousand buffers. They are plain ones, so that the
garbage collector does not walk through them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

__all__ = ["Kept", "Listed", "Packed", "Past", "begun", "past_of", "replaced", "stamp"]

_PACKED = 128
"""The longest values, in bytes, that are packed."""

_LONG = 512
"""The shortest values, in bytes, that may be kept as differences."""

_WHOLE_EVERY = 32
"""Every so many of a list's versions is whole, so that few differences lie between."""

_STAMP = 4


def stamp(block: int) -> bytes:
    """A block's number as `Packed` has it."""
    return block.to_bytes(_STAMP, "little")


class Packed:
    """Reads and lengthens a buffer of versions of one length.

    It holds that length, then in turn since which block, and the value; last, since which block
    there is the present value. A value of that length is added by appending it and the `stamp` of
    the block that replaced it.
    """

    __slots__ = ("row",)

    def __init__(self, row: bytearray) -> None:
        self.row = row

    @property
    def since(self) -> int:
        """Since which block there is the present value."""
        return int.from_bytes(self.row[-_STAMP:], "little")

    def added(self, value: bytes | None, since: int) -> Kept:
        """What to keep once block `since` has replaced `value`."""
        if value is not None and len(value) == self.row[0]:
            self.row.extend(value + stamp(since))
            return self.row
        listed = Listed(self._block(0))
        for held, until in replaced(self):
            listed.added(held, until)
        return listed.added(value, since)

    def at(self, block: int) -> bytes | None:
        """The value after `block`, which is before the present one; None before the first."""
        position = bisect_right(range(self._count), block, key=self._block)
        return self._value(position - 1) if position else None

    def items(self) -> Iterator[tuple[int, bytes | None]]:
        """Each earlier version, oldest first: since which block, and the value."""
        return ((self._block(at), self._value(at)) for at in range(self._count))

    def has(self, block: int) -> bool:
        """Whether a version, or the present one, begins with exactly this block."""
        position = bisect_left(range(self._count), block, key=self._block)
        return self._block(position) == block

    def cut(self, block: int) -> bytes | None:
        """Drop what begins above `block`; the value that is the present one then."""
        position = bisect_right(range(self._count), block, key=self._block) - 1
        value = self._value(position)
        del self.row[self._start(position) + _STAMP :]
        return value

    @property
    def is_over(self) -> bool:
        """Whether no earlier version is left."""
        return self._count == 0

    @property
    def _count(self) -> int:
        return (len(self.row) - 1 - _STAMP) // (self.row[0] + _STAMP)

    def _start(self, position: int) -> int:
        return 1 + position * (self.row[0] + _STAMP)

    def _block(self, position: int) -> int:
        start = self._start(position)
        return int.from_bytes(self.row[start : start + _STAMP], "little")

    def _value(self, position: int) -> bytes:
        start = self._start(position) + _STAMP
        return bytes(self.row[start : start + self.row[0]])


class _Difference(NamedTuple):
    """A value as one before it with something else between its first and its last bytes."""

    first: int
    last: int
    between: bytes

    def applied(self, before: bytes) -> bytes:
        return before[: self.first] + self.between + before[len(before) - self.last :]


class Listed:
    """Versions of any length. Says what `Packed` says."""

    __slots__ = ("_blocks", "_newest", "_values")

    def __init__(self, first: int) -> None:
        self._blocks = [first]
        self._values: list[bytes | _Difference | None] = []
        self._newest: bytes | None = None

    @property
    def since(self) -> int:
        """Since which block there is the present value."""
        return self._blocks[-1]

    def added(self, value: bytes | None, since: int) -> Listed:
        """This, once block `since` has replaced `value`."""
        self._values.append(self._kept(value))
        self._newest = value
        self._blocks.append(since)
        return self

    def at(self, block: int) -> bytes | None:
        """The value after `block`, which is before the present one; None before the first."""
        position = bisect_right(self._blocks, block)
        return self._value(position - 1) if position else None

    def items(self) -> Iterator[tuple[int, bytes | None]]:
        """Each earlier version, oldest first: since which block, and the value."""
        return ((self._blocks[at], self._value(at)) for at in range(len(self._values)))

    def has(self, block: int) -> bool:
        """Whether a version, or the present one, begins with exactly this block."""
        position = bisect_left(self._blocks, block)
        return position < len(self._blocks) and self._blocks[position] == block

    def cut(self, block: int) -> bytes | None:
        """Drop what begins above `block`; the value that is the present one then."""
        position = bisect_right(self._blocks, block) - 1
        value = self._value(position)
        del self._blocks[position + 1 :]
        del self._values[position:]
        self._newest = self._value(position - 1) if position else None
        return value

    @property
    def is_over(self) -> bool:
        """Whether no earlier version is left."""
        return not self._values

    def _value(self, position: int) -> bytes | None:
        values = self._values
        first = position
        while isinstance(values[first], _Difference):
            first -= 1
        value = values[first]
        for later in range(first + 1, position + 1):
            value = values[later].applied(value)  # type: ignore[union-attr, arg-type]
        return value  # type: ignore[return-value]

    def _kept(self, value: bytes | None) -> bytes | _Difference | None:
        before = self._newest
        if value is None or before is None or len(value) < _LONG:
            return value
        if len(self._values) % _WHOLE_EVERY == 0 or value is before:
            return value
        first = _alike(value, before)
        last = min(_alike(value[::-1], before[::-1]), min(len(value), len(before)) - first)
        between = value[first : len(value) - last]
        return _Difference(first, last, between) if 4 * len(between) < len(value) else value


Past: TypeAlias = "Packed | Listed"
Kept: TypeAlias = "bytearray | Listed"


def begun(first: int, value: bytes | None, since: int) -> Kept:
    """What to keep of a key that held `value` since block `first`, until block `since`."""
    if value is not None and 0 < len(value) <= _PACKED:
        return bytearray((len(value),)) + stamp(first) + value + stamp(since)
    return Listed(first).added(value, since)


def past_of(kept: Kept) -> Past:
    """The past that is kept so."""
    return Packed(kept) if isinstance(kept, bytearray) else kept


def replaced(past: Past) -> Iterator[tuple[bytes | None, int]]:
    """Each earlier value, oldest first, and the block that replaced it."""
    earlier = list(past.items())
    blocks = (*(block for block, _ in earlier[1:]), past.since)
    return zip((value for _, value in earlier), blocks)


def _alike(left: bytes, right: bytes) -> int:
    """How many first bytes are the same in both."""
    least, most = 0, min(len(left), len(right))
    while least < most:
        middle = (least + most + 1) // 2
        if left[least:middle] == right[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
