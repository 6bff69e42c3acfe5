"""A sparse row of weights or bonds as it is stored: pairs of u16, end to end.

Owns `PackedRow`, which reads as a list of (uid, value) and takes four bytes a pair. A chain of many
full subnets has millions of pairs; as tuples they would take a hundred bytes each, and the garbage
collector would walk through them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, overload

__all__ = ["PackedRow"]

_PAIR = struct.Struct("<HH")


class PackedRow(Sequence[tuple[int, int]]):
    """Pairs of u16 in stored order; equal to the list of them. `data` is their SCALE encoding."""

    __slots__ = ("data",)

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> PackedRow:
        """The pairs packed. Raises struct.error if one of the numbers is no u16."""
        if isinstance(pairs, cls):
            return pairs
        flat = list(chain.from_iterable(pairs))
        return cls(struct.pack(f"<{len(flat)}H", *flat))

    def __len__(self) -> int:
        return len(self.data) >> 2

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return _PAIR.iter_unpack(self.data)

    @overload
    def __getitem__(self, place: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[int, int]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return list(self)[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedRow):
            return self.data == other.data
        return list(self) == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))
