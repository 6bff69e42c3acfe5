"""What one raw key held in earlier blocks, in few bytes.

Most keys that change often hold numbers: values of one short length. Those are kept end to end in
one buffer; values of several lengths, or long ones, as a list. A key's present value is not here,
the history's head has it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

__all__ = ["Past"]

_PACKED = 128
"""The longest values, in bytes, that are packed."""


class Past:
    """The earlier versions of a key, oldest first: since which block, and the value or None.

    A value of `width` bytes may be added by appending to `blocks` and `packed`.
    """

    __slots__ = ("_listed", "blocks", "packed", "width")

    def __init__(self) -> None:
        self.blocks = array("I")
        self.width = -1
        self.packed = bytearray()
        self._listed: list[bytes | None] | None = None

    def __len__(self) -> int:
        return len(self.blocks)

    def append(self, block: int, value: bytes | None) -> None:
        """Add the newest of the earlier versions: `value` since `block`."""
        self.blocks.append(block)
        if self._listed is not None:
            self._listed.append(value)
        elif value is not None and len(value) == self.width:
            self.packed += value
        elif self.width < 0 and value is not None and 0 < len(value) <= _PACKED:
            self.width = len(value)
            self.packed += value
        else:
            self._to_list()
            self._listed.append(value)  # type: ignore[attr-defined]

    def at(self, block: int) -> bytes | None:
        """The value after `block`, None before the first version."""
        position = bisect_right(self.blocks, block)
        return self._value(position - 1) if position else None

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
        if self._listed is not None:
            return self._listed[position]
        start = position * self.width
        return bytes(self.packed[start : start + self.width])

    def _keep(self, count: int) -> None:
        del self.blocks[count:]
        if self._listed is not None:
            del self._listed[count:]
        else:
            del self.packed[count * self.width :]

    def _to_list(self) -> None:
        held = range(len(self.packed) // self.width) if self.width > 0 else range(0)
        self._listed = [self._value(position) for position in held]
        self.packed, self.width = bytearray(), -1
