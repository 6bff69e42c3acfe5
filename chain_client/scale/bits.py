"""Bit sequences: ``BitVec`` of the crate bitvec, a list of bool in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Codec
from .numbers import read_compact, write_compact
from .records import Struct
from .source import Malformed

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription


class Lsb0(Struct, path="bitvec::order::Lsb0"):
    """The least significant bit first."""


class Msb0(Struct, path="bitvec::order::Msb0"):
    """The most significant bit first."""


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

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from . import names

        store = builder.register(getattr(names, f"u{self.word * 8}"))
        return builder.bit_sequence(store, builder.register(Msb0 if self.most_first else Lsb0))

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
