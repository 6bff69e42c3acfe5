"""Numbers: integers of every width, bool, char, and compact integers.

Sources: parity-scale-codec's format (little-endian integers; compact integers in four modes, of
which only the shortest is valid).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import InvalidType

from .base import Codec, Path
from .source import Malformed, Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

_LETTERS = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Integer(Codec[int]):
    """An integer of 8 to 256 bits, little-endian, signed in two's complement."""

    _inline = True

    def __init__(self, bits: int, signed: bool) -> None:
        self.bits = bits
        self.signed = signed
        self.name = f"{'i' if signed else 'u'}{bits}"
        self.fixed_size = self.min_size = bits // 8
        self.lowest = -(1 << bits - 1) if signed else 0
        self.highest = (1 << bits - signed) - 1
        # struct knows integers up to 64 bits; wider ones go through bytes.
        self._wide = bits > 64
        letter = "" if self._wide else _LETTERS[self.fixed_size]
        self._atoms = f"{self.fixed_size}s" if self._wide else letter.lower() if signed else letter

    def default(self) -> int:
        return 0

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.primitive(self.name.upper())

    def _from_atoms(self, s: Source, names: Iterator[str]) -> str:
        name = next(names)
        if not self._wide:
            return name
        return f"{s.bind(int.from_bytes)}({name}, 'little'{', signed=True' if self.signed else ''})"

    def _to_atoms(self, s: Source, value: str) -> list[str]:
        if not self._wide:
            return [value]
        sign = ", signed=True" if self.signed else ""
        return [f"{value}.to_bytes({self.fixed_size}, 'little'{sign})"]

    def _emit_read(self, s: Source, target: str) -> None:
        if self._atoms == "B":
            s.line(f"{target} = d[o]")
            s.line("o += 1")
            return
        raw = s.temp()
        s.line(f"{raw}, = {s.bind_struct(self._atoms or '', 'unpack_from')}(d, o)")
        s.line(f"{target} = {self._from_atoms(s, iter([raw]))}")
        s.line(f"o += {self.fixed_size}")

    def _emit_write(self, s: Source, value: str) -> None:
        if self._atoms == "B":
            s.line(f"out.append({value})")
            return
        (atom,) = self._to_atoms(s, value)
        if self._wide:
            s.line(f"out += {atom}")
        else:
            s.line(f"out += {s.bind_struct(self._atoms or '', 'pack')}({atom})")

    def _coerce(self, value: Any) -> Any:
        return integer_from(value)

    def _expected(self) -> str:
        return f"{self.name} ({self.lowest} to {self.highest})"


def integer_from(value: Any) -> Any:
    """Numeric text ("12", "0x0c", "1_000") or NumPy's integers as int; anything else unchanged."""
    if isinstance(value, str):
        return int(value, 0) if value.startswith(("0x", "-0x")) else int(value)
    return value.__index__() if hasattr(value, "__index__") else value


class Boolean(Codec[bool]):
    """One byte, 0 or 1."""

    name = "bool"
    fixed_size = min_size = 1
    _inline = True
    _atoms = "B"
    _values = {0: False, 1: True}  # noqa: RUF012 - shared, never changed
    _bytes = {False: 0, True: 1}  # noqa: RUF012

    def default(self) -> bool:
        return False

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.primitive("Bool")

    def _from_atoms(self, s: Source, names: Iterator[str]) -> str:
        return f"{s.bind(self._values)}[{next(names)}]"

    def _to_atoms(self, s: Source, value: str) -> list[str]:
        return [f"{s.bind(self._bytes)}[{value}]"]

    def _emit_read(self, s: Source, target: str) -> None:
        s.line(f"{target} = {s.bind(self._values)}[d[o]]")
        s.line("o += 1")

    def _emit_write(self, s: Source, value: str) -> None:
        s.line(f"out.append({s.bind(self._bytes)}[{value}])")

    def _coerce(self, value: Any) -> Any:
        return {"true": True, "false": False}.get(value, value) if type(value) is str else value

    def _why(self, d: bytes, o: int, failure: Exception) -> str:
        return f"{d[o]} is neither 0 nor 1" if o < len(d) else super()._why(d, o, failure)


class Char(Codec[str]):
    """One Unicode scalar value in four bytes."""

    name = "char"
    fixed_size = min_size = 4

    def default(self) -> str:
        return "\0"

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.primitive("Char")

    def _reader(self, data: bytes, offset: int, n: int) -> tuple[str, int]:
        end = offset + 4
        if end > len(data):
            raise IndexError
        point = int.from_bytes(data[offset:end], "little")
        if 0xD800 <= point < 0xE000 or point > 0x10FFFF:
            raise ValueError(f"{point:#x} is not a Unicode scalar value")
        return chr(point), end

    def _writer(self, value: str, out: bytearray) -> None:
        point = ord(value)
        if 0xD800 <= point < 0xE000:
            raise self._misfit(value, ())
        out += point.to_bytes(4, "little")


def read_compact(d: bytes, o: int) -> tuple[int, int]:
    """A compact integer of any size. Longer forms of a short number are refused."""
    first = d[o]
    mode = first & 3
    if mode == 0:
        return first >> 2, o + 1
    if mode == 1:
        value = (first | d[o + 1] << 8) >> 2
        if value < 64:
            raise Malformed
        return value, o + 2
    if mode == 2:
        value = (first | d[o + 1] << 8 | d[o + 2] << 16 | d[o + 3] << 24) >> 2
        if value < 1 << 14:
            raise Malformed
        return value, o + 4
    size = (first >> 2) + 4
    end = o + 1 + size
    if end > len(d):
        raise IndexError
    value = int.from_bytes(d[o + 1 : end], "little")
    if value < 1 << 30 or value >> 8 * (size - 1) == 0:
        raise Malformed
    return value, end


def write_compact(value: int, out: bytearray) -> None:
    """Append a compact integer below 2**536, which the caller has checked to be positive."""
    if value < 64:
        out.append(value << 2)
    elif value < 1 << 14:
        out += (value << 2 | 1).to_bytes(2, "little")
    elif value < 1 << 30:
        out += (value << 2 | 2).to_bytes(4, "little")
    else:
        size = (value.bit_length() + 7) >> 3
        out.append((size - 4 << 2) | 3)
        out += value.to_bytes(size, "little")


def emit_compact_read(s: Source, target: str) -> None:
    """Lines that read a compact integer: one byte in place, longer ones by a call."""
    s.line(f"{target} = d[o]")
    with s.block(f"if {target} & 3:"):
        s.line(f"{target}, o = {s.bind(read_compact)}(d, o)")
    with s.block("else:"):
        s.line(f"{target} >>= 2")
        s.line("o += 1")


def emit_compact_write(s: Source, value: str) -> None:
    """Lines that write a compact integer known not to be negative."""
    with s.block(f"if {value} < 64:"):
        s.line(f"out.append({value} << 2)")
    with s.block("else:"):
        s.line(f"{s.bind(write_compact)}({value}, out)")


class Compact(Codec[Any]):
    """``Compact<T>`` of an unsigned integer, or of a wrapper around one."""

    min_size = 1
    _inline = True

    def __init__(self, inner: Codec[Any]) -> None:
        from .products import innermost

        self.inner = inner
        self.name = f"Compact<{inner.name}>"
        number = innermost(inner)
        self.unit = number.fixed_size == 0
        if not self.unit and not (isinstance(number, Integer) and not number.signed):
            raise InvalidType(f"{inner.name} has no compact form")
        self.highest = number.highest if isinstance(number, Integer) else 0
        if self.unit:
            self.fixed_size = self.min_size = 0

    def default(self) -> Any:
        return self.inner.default()

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.compact(builder.register(self.inner))

    def _emit_read(self, s: Source, target: str) -> None:
        if self.unit:
            s.line(f"{target} = ()")
            return
        emit_compact_read(s, target)
        if self.highest < 1 << 536:
            s.fail_if(f"{target} > {self.highest}")

    def _emit_write(self, s: Source, value: str) -> None:
        if self.unit:
            s.fail_if(f"{value} != ()")
            return
        s.fail_if(f"not 0 <= {value} <= {self.highest}")
        emit_compact_write(s, value)

    def _coerce(self, value: Any) -> Any:
        if self.unit:
            return () if value is None or value == [] else value
        return integer_from(value)

    def _expected(self) -> str:
        return "unit ()" if self.unit else f"{self.name} (0 to {self.highest})"

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        if not self.unit:
            locate_compact(self, d, o, path, self.highest)
        return super()._locate(d, o, n, path)


def locate_compact(
    codec: Codec[Any], d: bytes, o: int, path: Path, highest: int
) -> tuple[int, int]:
    """As :func:`read_compact`, with every failure explained as one of ``codec``."""
    try:
        value, end = read_compact(d, o)
    except IndexError:
        raise codec._bad(d, o, path, "the input ends inside a compact integer") from None
    except Malformed:
        raise codec._bad(d, o, path, "a compact integer not in its shortest form") from None
    if value > highest:
        raise codec._bad(d, o, path, f"{value} is above {highest}")
    return value, end
