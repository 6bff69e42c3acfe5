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
    """The earlier versions of a key, oldest first: since which block, and the value or None."""

    __slots__ = ("_blocks", "_listed", "_packed", "_width")

    def __init__(self) -> None:
        self._blocks = array("I")
        self._width = -1
        self._packed = bytearray()
        self._listed: list[bytes | None] | None = None

    def __len__(self) -> int:
        return len(self._blocks)

    def append(self, block: int, value: bytes | None) -> None:
        """Add the newest of the earlier versions: `value` since `block`."""
        self._blocks.append(block)
        if self._listed is not None:
            self._listed.append(value)
        elif value is not None and len(value) == self._width:
            self._packed += value
        elif self._width < 0 and value is not None and 0 < len(value) <= _PACKED:
            self._width = len(value)
            self._packed += value
        else:
            self._unpack()
            self._listed.append(value)  # type: ignore[attr-defined]

    def at(self, block: int) -> bytes | None:
        """The value after `block`, None before the first version."""
        position = bisect_right(self._blocks, block)
        return self._value(position - 1) if position else None

    def has(self, block: int) -> bool:
        """Whether a version begins with exactly this block."""
        position = bisect_left(self._blocks, block)
        return position < len(self._blocks) and self._blocks[position] == block

    def cut(self, block: int) -> tuple[int, bytes | None] | None:
        """Drop what begins above `block`, and take off and return the newest of the rest."""
        position = bisect_right(self._blocks, block)
        if not position:
            self._keep(0)
            return None
        kept = self._blocks[position - 1], self._value(position - 1)
        self._keep(position - 1)
        return kept

    def _value(self, position: int) -> bytes | None:
        if self._listed is not None:
            return self._listed[position]
        start = position * self._width
        return bytes(self._packed[start : start + self._width])

    def _keep(self, count: int) -> None:
        del self._blocks[count:]
        if self._listed is not None:
            del self._listed[count:]
        else:
            del self._packed[count * self._width :]

    def _unpack(self) -> None:
        held = range(len(self._packed) // self._width) if self._width > 0 else range(0)
        self._listed = [self._value(position) for position in held]
        self._packed = bytearray()
