"""Sparse matrices of raw I32F32 as NumPy arrays, with the rounding of the integer rules.

Owns: `Entries` (a sparse matrix as three parallel arrays, row by row in stored order, duplicates
allowed) and exact elementwise products, quotients and sums. Ranges, which the callers keep: an
entry is 0..2**32 (zero to one) and a row or column has at most 2**20 of them, so sums stay within
2**52 and are exact in the float64 that `bincount` adds in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from taokit.local_chain.yuma.rows import PackedRow

__all__ = [
    "ONE",
    "Entries",
    "column_maxima",
    "column_sums",
    "divide",
    "divide_columns",
    "from_rows",
    "last_of_duplicates",
    "multiply",
    "multiply_wide",
    "reciprocal",
    "row_sums",
    "to_packed_rows",
    "to_rows",
]

IntArray = npt.NDArray[np.int64]

ONE = 1 << 32
_LOW = np.int64(ONE - 1)
_FRACTION = np.int64(32)


class Entries(NamedTuple):
    """`row`, `column` and `value` of each entry; rows ascend, order within a row is kept."""

    row: IntArray
    column: IntArray
    value: IntArray

    def where(self, mask: npt.NDArray[np.bool_]) -> Entries:
        """The entries for which the mask holds."""
        return Entries(self.row[mask], self.column[mask], self.value[mask])

    def with_value(self, value: IntArray) -> Entries:
        """The same places with other values."""
        return Entries(self.row, self.column, value)


def from_rows(rows: Sequence[Sequence[tuple[int, int]]]) -> Entries:
    """Entries of rows of (uid, integer); values are taken as they are."""
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    row = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    held = [each for each in rows if each]
    if all(type(each) is PackedRow for each in held):
        packed = b"".join([each.data for each in held])  # type: ignore[attr-defined]
        flat = np.frombuffer(packed, dtype="<u2").astype(np.int64)
    else:
        pairs = chain.from_iterable(chain.from_iterable(held))
        flat = np.fromiter(pairs, dtype=np.int64, count=2 * row.size)
    return Entries(row, flat[0::2], flat[1::2])


def to_rows(entries: Entries, rows: int) -> list[list[tuple[int, int]]]:
    """Rows of (uid, value) in stored order."""
    pairs = list(zip(entries.column.tolist(), entries.value.tolist(), strict=True))
    return [pairs[start:end] for start, end in _bounds(entries, rows)]


def to_packed_rows(entries: Entries, rows: int) -> list[PackedRow]:
    """Rows of (uid, value), both below 2**16, in stored order."""
    flat = np.empty((entries.row.size, 2), dtype="<u2")
    flat[:, 0] = entries.column
    flat[:, 1] = entries.value
    packed = flat.tobytes()
    return [PackedRow(packed[4 * start : 4 * end]) for start, end in _bounds(entries, rows)]


def _bounds(entries: Entries, rows: int) -> Iterator[tuple[int, int]]:
    ends = np.cumsum(np.bincount(entries.row, minlength=rows)).tolist()
    return zip([0, *ends], ends, strict=False)


def multiply(left: IntArray, right: IntArray | np.int64) -> IntArray:
    """floor(left * right / 2**32) for 0 <= right <= 2**32 and any left that keeps the result."""
    low = (left & _LOW).view(np.uint64) * np.asarray(right).view(np.uint64)
    product: IntArray = (left >> _FRACTION) * right + (low >> np.uint64(32)).view(np.int64)
    return product


def multiply_wide(left: IntArray, right: IntArray | np.int64) -> IntArray:
    """floor(left * right / 2**32) of signed numbers whose product fits the format."""
    right = np.asarray(right, dtype=np.int64)
    left_low, right_low = left & _LOW, right & _LOW
    low = left_low.view(np.uint64) * right_low.view(np.uint64)
    carried = left_low * (right >> _FRACTION) + (low >> np.uint64(32)).view(np.int64)
    product: IntArray = (left >> _FRACTION) * right + carried
    return product


def divide(left: IntArray, right: IntArray) -> IntArray:
    """floor(left * 2**32 / right) where it fits, 0 for a zero divisor; 0 <= right < 2**56.

    Long division in steps of 16 (or 8) bits, so that nothing passes 64 bits.
    """
    divisor = right.view(np.uint64)
    safe = np.maximum(divisor, np.uint64(1))
    narrow = right.size == 0 or int(right.max()) < 1 << 48
    step = np.uint64(16 if narrow else 8)
    quotient, rest = np.divmod(left.view(np.uint64), safe)
    for _ in range(2 if narrow else 4):
        digit, rest = np.divmod(rest << step, safe)
        quotient = (quotient << step) + digit
    result: IntArray = np.where(divisor == 0, np.uint64(0), quotient).view(np.int64)
    return result


def reciprocal(values: IntArray) -> IntArray:
    """floor(2**64 / value), which is one over the value, for values of at least 2**32."""
    divisor = values.view(np.uint64)
    quotient = np.uint64((1 << 64) - 1) // divisor
    is_power_of_two = (divisor & (divisor - np.uint64(1))) == 0
    result: IntArray = (quotient + is_power_of_two.astype(np.uint64)).view(np.int64)
    return result


def _sums(index: IntArray, value: IntArray, length: int) -> IntArray:
    return np.bincount(index, weights=value, minlength=length).astype(np.int64)


def row_sums(entries: Entries, rows: int) -> IntArray:
    """The sum of each row."""
    return _sums(entries.row, entries.value, rows)


def column_sums(entries: Entries, columns: int) -> IntArray:
    """The sum of each column."""
    return _sums(entries.column, entries.value, columns)


def column_maxima(entries: Entries, columns: int) -> IntArray:
    """The largest value of each column, at least 0."""
    largest = np.zeros(columns, dtype=np.int64)
    np.maximum.at(largest, entries.column, entries.value)
    return largest


def divide_columns(entries: Entries, divisors: IntArray) -> Entries:
    """Each entry over its column's divisor; entries of a column with divisor 0 stay."""
    divisor = divisors[entries.column]
    quotient = divide(entries.value, divisor)
    return entries.with_value(np.where(divisor == 0, entries.value, quotient))


def last_of_duplicates(entries: Entries, columns: int) -> Entries:
    """Only the last of entries at the same place; order is otherwise kept."""
    place = entries.row * columns + entries.column
    if place.size == 0 or int(np.bincount(place).max()) == 1:
        return entries
    _, from_end = np.unique(place[::-1], return_index=True)
    return Entries(*(array[np.sort(place.size - 1 - from_end)] for array in entries))
