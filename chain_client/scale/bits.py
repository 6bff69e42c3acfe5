"""Bit sequences: ``BitVec`` of the crate bitvec, a list of bool in Python."""

from __future__ import annotations

from .base import Codec
from .numbers import read_compact, write_compact
from .source import Malformed


class BitSequence(Codec[list[bool]]):
    """``BitVec``: a length in bits, then whole words of ``bits`` bits, most or least bit first."""

    min_size = 1
    _hashable = False

    def __init__(self, bits: int = 8, *, most_first: bool = False) -> None:
        self.word = bits // 8
        self.most_first = most_first
        self.name = f"BitVec<u{bits}, {'Msb0' if most_first else 'Lsb0'}>"

    def default(self) -> list[bool]:
        return []

    def _reader(self, data: bytes, offset: int, n: int) -> tuple[list[bool], int]:
        count, start = read_compact(data, offset)
        bits = self.word * 8
        words = -(-count // bits)
        end = start + words * self.word
        if end > len(data):
            raise Malformed(f"claims {count} bits, {len(data) - start} bytes left")
        found: list[bool] = []
        for at in range(start, end, self.word):
            word = int.from_bytes(data[at : at + self.word], "little")
            order = range(bits - 1, -1, -1) if self.most_first else range(bits)
            found.extend(bool(word >> bit & 1) for bit in order)
        return found[:count], end

    def _writer(self, value: list[bool], out: bytearray) -> None:
        if not isinstance(value, list | tuple):
            raise self._misfit(value, ())
        write_compact(len(value), out)
        bits = self.word * 8
        for at in range(0, len(value), bits):
            word = 0
            for i, bit in enumerate(value[at : at + bits]):
                if bit not in (True, False):
                    raise self._misfit(value, ())
                word |= bit << (bits - 1 - i if self.most_first else i)
            out += word.to_bytes(self.word, "little")
