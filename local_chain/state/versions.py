"""What one raw key held in earlier blocks, in few bytes.

Most keys that change often hold numbers: values of one short length. Those are kept end to end in
one buffer; values of several lengths, or long ones, as a list, in which a long value that is nearly
the one before it is what it differs in. A key's present value is not here, the history's head has
it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Past"]

_PACKED = 128
"""The longest values, in bytes, that are packed."""

_LONG = 512
"""The shortest values, in bytes, that may be kept as differences."""

_WHOLE_EVERY = 32
"""Every so many of a list's versions is whole, so that few differences lie between."""


class _Difference(NamedTuple):
    """A value as one before it with something else between its first and its last bytes."""

    first: int
    last: int
    between: bytes

    def applied(self, before: bytes) -> bytes:
        return before[: self.first] + self.between + before[len(before) - self.last :]


class Past:
    """The earlier versions of a key, oldest first: since which block, and the value or None.

    A value of `width` bytes may be added by appending to `blocks` and `packed`.
    """

    __slots__ = ("_listed", "_newest", "blocks", "packed", "width")

    def __init__(self) -> None:
        self.blocks = array("I")
        self.width = -1
        self.packed = bytearray()
        self._listed: list[bytes | _Difference | None] | None = None
        self._newest: bytes | None = None

    def __len__(self) -> int:
        return len(self.blocks)

    def append(self, block: int, value: bytes | None) -> None:
        """Add the newest of the earlier versions: `value` since `block`."""
        self.blocks.append(block)
        if self._listed is not None:
            self._listed.append(self._kept(value))
            self._newest = value
        elif value is not None and len(value) == self.width:
            self.packed += value
        elif self.width < 0 and value is not None and 0 < len(value) <= _PACKED:
            self.width = len(value)
            self.packed += value
        else:
            self._to_list().append(value)
            self._newest = value

    def at(self, block: int) -> bytes | None:
        """The value after `block`, None before the first version."""
        position = bisect_right(self.blocks, block)
        return self._value(position - 1) if position else None

    def items(self) -> Iterator[tuple[int, bytes | None]]:
        """Each version, oldest first: since which block, and the value."""
        return ((block, self._value(position)) for position, block in enumerate(self.blocks))

    def has(self, block: int) -> bool:
        """Whether a version begins with exactly this block."""
        position = bisect_left(self.blocks, block)
        return position < len(self.blocks) and self.blocks[position] == block

    def cut(self, block: int) -> tuple[int, bytes | None] | None:
        """Drop what begins above `block`, and take off and return the newest of the rest."""
        position = bisect_right(self.blocks, block)
        if not position:
            self._keep(0)
            return None
        kept = self.blocks[position - 1], self._value(position - 1)
        self._keep(position - 1)
        return kept

    def _value(self, position: int) -> bytes | None:
        listed = self._listed
        if listed is not None:
            first = position
            while isinstance(listed[first], _Difference):
                first -= 1
            value = listed[first]
            for later in range(first + 1, position + 1):
                value = listed[later].applied(value)  # type: ignore[union-attr, arg-type]
            return value  # type: ignore[return-value]
        start = position * self.width
        return bytes(self.packed[start : start + self.width])

    def _keep(self, count: int) -> None:
        del self.blocks[count:]
        if self._listed is not None:
            del self._listed[count:]
            self._newest = self._value(count - 1) if count else None
        else:
            del self.packed[count * self.width :]

    def _kept(self, value: bytes | None) -> bytes | _Difference | None:
        before, listed = self._newest, self._listed
        if listed is None or value is None or before is None or len(value) < _LONG:
            return value
        if len(listed) % _WHOLE_EVERY == 0 or value is before:
            return value
        first = _alike(value, before)
        last = min(_alike(value[::-1], before[::-1]), min(len(value), len(before)) - first)
        between = value[first : len(value) - last]
        return _Difference(first, last, between) if 4 * len(between) < len(value) else value

    def _to_list(self) -> list[bytes | _Difference | None]:
        held = range(len(self.packed) // self.width) if self.width > 0 else range(0)
        listed: list[bytes | _Difference | None] = [self._value(position) for position in held]
        self._listed, self.packed, self.width = listed, bytearray(), -1
        return listed


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
