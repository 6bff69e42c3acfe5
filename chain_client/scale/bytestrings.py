"""Bytes and text: ``Vec<u8>``, ``[u8; N]`` and ``String``.

Owns everything whose Python value is bytes or text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .base import Codec, Path
from .numbers import emit_compact_read, emit_compact_write, locate_compact
from .source import Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

#: The longest length that a vector can claim: it is a compact u32.
LONGEST = (1 << 32) - 1


class BytesCodec(Codec[bytes]):
    """``Vec<u8>`` as bytes; also given as "0x" hex or as text."""

    name = "Vec<u8>"
    min_size = 1
    _inline = True

    def default(self) -> bytes:
        return b""

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .names import u8_codec

        return builder.sequence(builder.register(u8_codec))

    def _emit_read(self, s: Source, target: str) -> None:
        size, end = s.temps(2)
        emit_compact_read(s, size)
        s.line(f"{end} = o + {size}")
        s.line(f"{target} = d[o:{end}]")
        s.fail_if(f"len({target}) != {size}")
        s.line(f"o = {end}")

    def _emit_write(self, s: Source, value: str) -> None:
        size = s.temp()
        s.fail_if(f"{value}.__class__ is not bytes")
        s.line(f"{size} = len({value})")
        emit_compact_write(s, size)
        s.line(f"out += {value}")

    def _coerce(self, value: Any) -> Any:
        return bytes_from(value)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        size, start = locate_compact(self, d, o, path, LONGEST)
        if size > len(d) - start:
            raise self._bad(d, o, path, f"claims {size} bytes, {len(d) - start} left")
        return start + size


def bytes_from(value: Any) -> Any:
    """Bytes from hex ("0x..."), text, a list of bytes or a buffer; anything else unchanged."""
    if isinstance(value, str):
        if value.startswith("0x"):
            return bytes.fromhex(value[2:])
        return value.encode()
    if isinstance(value, bytearray | memoryview | list | tuple | bytes):
        return bytes(value)
    return value


class Text(Codec[str]):
    """``String``: UTF-8 with its length in bytes."""

    name = "str"
    min_size = 1
    _inline = True

    def default(self) -> str:
        return ""

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.primitive("Str")

    def _emit_read(self, s: Source, target: str) -> None:
        size, end = s.temps(2)
        emit_compact_read(s, size)
        s.line(f"{end} = o + {size}")
        s.fail_if(f"{end} > len(d)")
        s.line(f"{target} = d[o:{end}].decode()")
        s.line(f"o = {end}")

    def _emit_write(self, s: Source, value: str) -> None:
        raw, size = s.temps(2)
        s.fail_if(f"{value}.__class__ is not str")
        s.line(f"{raw} = {value}.encode()")
        s.line(f"{size} = len({raw})")
        emit_compact_write(s, size)
        s.line(f"out += {raw}")

    def _coerce(self, value: Any) -> Any:
        return value.decode() if isinstance(value, bytes) else value

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        size, start = locate_compact(self, d, o, path, LONGEST)
        if size > len(d) - start:
            raise self._bad(d, o, path, f"claims {size} bytes, {len(d) - start} left")
        try:
            d[start : start + size].decode()
        except UnicodeDecodeError as failure:
            raise self._bad(d, start + failure.start, path, "not valid UTF-8") from None
        return start + size


class FixedBytes(Codec[bytes]):
    """``[u8; N]`` as bytes; also given as "0x" hex, or as text of exactly that length."""

    _inline = True

    def __init__(self, size: int) -> None:
        self.name = f"[u8; {size}]"
        self.fixed_size = self.min_size = size
        self.size = size
        self._atoms = f"{size}s"

    def default(self) -> bytes:
        return bytes(self.size)

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .names import u8_codec

        return builder.array(builder.register(u8_codec), self.size)

    def _to_atoms(self, s: Source, value: str) -> list[str]:
        # struct would pad or cut in silence.
        s.fail_if(f"len({value}) != {self.size}")
        return [value]

    def _emit_read(self, s: Source, target: str) -> None:
        s.line(f"{target} = {self._wrap(s, f'd[o:o + {self.size}]')}")
        s.fail_if(f"len({target}) != {self.size}")
        s.line(f"o += {self.size}")

    def _wrap(self, s: Source, raw: str) -> str:
        """The value's expression from that of its bytes."""
        return raw

    def _from_atoms(self, s: Source, names: Iterator[str]) -> str:
        return self._wrap(s, next(names))

    def _emit_write(self, s: Source, value: str) -> None:
        s.fail_if(f"len({value}) != {self.size} or not {s.bind(isinstance)}({value}, bytes)")
        s.line(f"out += {value}")

    def _coerce(self, value: Any) -> Any:
        return bytes_from(value)

    def _expected(self) -> str:
        return f"{self.name} ({self.size} bytes)"


class LimitedBytes(BytesCodec):
    """``Vec<u8>`` of at most ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def _emit_read(self, s: Source, target: str) -> None:
        super()._emit_read(s, target)
        s.fail_if(f"len({target}) > {self.limit}")

    def _emit_write(self, s: Source, value: str) -> None:
        s.fail_if(f"len({value}) > {self.limit}")
        super()._emit_write(s, value)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        size, _ = locate_compact(self, d, o, path, self.limit)
        return super()._locate(d, o, n, path) if size <= self.limit else o

    def _expected(self) -> str:
        return f"at most {self.limit} bytes"

    @property
    def _stands_for(self) -> Codec[Any]:
        from .names import bytes_codec

        return bytes_codec
