"""The storage type of weights and bonds: `Vec<(u16, u16)>` in the metadata, packed in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Codec, Vec, codec, u16
from taokit.chain_client.scale.bytestrings import LONGEST
from taokit.chain_client.scale.numbers import locate_compact, write_compact
from taokit.local_chain.yuma.rows import PackedRow

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

__all__ = ["UidRow", "UidRowCodec"]


class UidRowCodec(Codec[Sequence[tuple[int, int]]]):
    """Reads `PackedRow`; writes it, and any other sequence of pairs."""

    name = "Vec<(u16, u16)>"
    min_size = 1

    def __init__(self) -> None:
        self._pairs: Codec[Any] = codec(Vec[tuple[u16, u16]])

    def read(self, data: bytes, offset: int) -> tuple[PackedRow, int]:
        """The row at `offset`, and the offset after it. Raises DecodeError."""
        count, start = locate_compact(self, data, offset, (), LONGEST)
        end = start + 4 * count
        if end > len(data):
            what = f"claims {count} elements of at least 4 bytes, {len(data) - start} left"
            raise DecodeError(type=self.name, offset=offset, what=what)
        return PackedRow(bytes(data[start:end])), end

    def write(self, value: Sequence[tuple[int, int]], out: bytearray) -> None:
        """Append the encoding of a row."""
        if isinstance(value, PackedRow):
            write_compact(len(value), out)
            out += value.data
        else:
            self._pairs.write(value, out)

    def default(self) -> PackedRow:
        return PackedRow()

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return self._pairs.describe(builder)

    @property
    def _stands_for(self) -> Codec[Any]:
        return self._pairs


if TYPE_CHECKING:
    UidRow = Sequence[tuple[int, int]]
else:
    UidRow = UidRowCodec()
