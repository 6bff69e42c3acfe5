"""Sequences: vectors, arrays, bytes, text, maps, sets and bit sequences.

Owns everything with a length. A claimed length is checked against the bytes that are left before
anything is allocated.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import starmap
from typing import TYPE_CHECKING, Any

from .base import Codec, Path
from .numbers import (
    Integer,
    emit_compact_read,
    emit_compact_write,
    locate_compact,
    read_compact,
    write_compact,
)
from .products import count_atoms
from .source import Malformed, Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

_LONGEST = (1 << 32) - 1
# Elements that take no bytes at all cannot be checked against the input.
_MOST_EMPTY = 1 << 16


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
        size, start = locate_compact(self, d, o, path, _LONGEST)
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
        size, start = locate_compact(self, d, o, path, _LONGEST)
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


class Sequence(Codec[Any]):
    """Elements of one type, in a Python list: common ground of vectors and arrays."""

    _inline = True
    _hashable = False

    def __init__(self, element: Codec[Any]) -> None:
        self.element = element

    def _emit_elements_read(self, s: Source, target: str, count: str) -> None:
        """Lines that read ``count`` elements into a list."""
        element = self.element
        letters = element._atoms
        if element.fixed_size == 0:
            s.fail_if(f"{count} > {_MOST_EMPTY}")
            s.line(f"{target} = [{s.read(element)}] * {count}")
        elif letters is not None:
            end = s.temp()
            s.line(f"{end} = o + {count} * {element.fixed_size}")
            s.fail_if(f"{end} > len(d)")
            self._emit_bulk_read(s, target, letters, count, end)
            s.line(f"o = {end}")
        else:
            least = element.min_size
            s.fail_if(f"{count} * {least} > len(d) - o" if least else f"{count} > {_MOST_EMPTY}")
            s.line(f"{target} = []")
            with s.deeper(), s.block(f"for _ in range({count}):"):
                s.line(f"{target}.append({s.read(element)})")

    def _emit_bulk_read(self, s: Source, target: str, letters: str, count: str, end: str) -> None:
        names = s.temps(count_atoms(letters))
        value = self.element._from_atoms(s, iter(names))
        joined = "".join(f"{name}, " for name in names)
        if value == names[0] and len(letters) == 1:
            # One plain number each: one call for all.
            unpack = s.bind(struct.unpack_from)
            s.line(f"{target} = list({unpack}(f'<{{{count}}}{letters}', d, o))")
            return
        each = f"{s.bind_struct(letters, 'iter_unpack')}(d[o:{end}])"
        if value == f"({joined})":
            s.line(f"{target} = list({each})")
        else:
            s.line(f"{target} = [{value} for {joined} in {each}]")

    def _emit_elements_write(self, s: Source, value: str, count: str) -> None:
        element = self.element
        letters = element._atoms
        if letters is not None and len(letters) == 1 and isinstance(element, Integer):
            s.line(f"out += {s.bind(struct.pack)}(f'<{{{count}}}{letters}', *{value})")
            return
        if letters and _is_flat(element):
            pack = s.bind_struct(letters, "pack")
            s.line(f"out += b''.join({s.bind(starmap)}({pack}, {value}))")
            return
        item = s.temp()
        with s.block(f"for {item} in {value}:"):
            if letters is None:
                s.write(element, item)
            else:
                atoms = element._to_atoms(s, item)
                pack = s.bind_struct(letters, "pack")
                s.line(f"out += {pack}({', '.join(atoms)})")

    def _locate_elements(self, d: bytes, o: int, n: int, path: Path, count: int) -> int:
        element = self.element
        least = element.min_size
        if count * least > len(d) - o:
            what = f"claims {count} elements of at least {least} bytes, {len(d) - o} left"
            raise self._bad(d, o, path, what)
        if not least and count > _MOST_EMPTY:
            raise self._bad(d, o, path, f"claims {count} elements without content")
        if n < 1 and element._atoms is None:
            raise self._bad(d, o, path, "nested too deeply")
        for i in range(count):
            o = element._locate(d, o, n - 1, (*path, f"[{i}]"))
        return o

    def _write_elements(self, items: list[Any], out: bytearray, path: Path) -> None:
        for i, item in enumerate(items):
            self.element._write_any(item, out, (*path, f"[{i}]"))

    def _items(self, value: Any, path: Path) -> list[Any]:
        """The elements from any accepted form of the whole."""
        if isinstance(value, list | tuple | set | frozenset | range):
            return list(value)
        raise self._misfit(value, path)


def _is_flat(element: Codec[Any]) -> bool:
    """Whether the element is a tuple whose items are packed as they are."""
    from .products import TupleCodec

    return type(element) is TupleCodec and all(
        isinstance(field.codec, Integer) and len(field.codec._atoms or "") == 1
        for field in element.fields
    )


class VecCodec(Sequence):
    """``Vec<T>`` as a list; ``limit`` is the bound of a ``BoundedVec``, checked both ways."""

    min_size = 1

    def __init__(self, element: Codec[Any], limit: int | None = None) -> None:
        super().__init__(element)
        self.limit = limit

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"Vec<{self.element.name}>"

    def default(self) -> Any:
        return []

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.sequence(builder.register(self.element))

    @property
    def _stands_for(self) -> Codec[Any]:  # type: ignore[override]
        from .names import vec_of

        return self if self.limit is None else vec_of(self.element)

    def _emit_read(self, s: Source, target: str) -> None:
        count = s.temp()
        emit_compact_read(s, count)
        if self.limit is not None:
            s.fail_if(f"{count} > {self.limit}")
        self._emit_elements_read(s, target, count)

    def _emit_write(self, s: Source, value: str) -> None:
        count = s.temp()
        s.fail_if(f"{value}.__class__ is not list and {value}.__class__ is not tuple")
        s.line(f"{count} = len({value})")
        if self.limit is not None:
            s.fail_if(f"{count} > {self.limit}")
        emit_compact_write(s, count)
        self._emit_elements_write(s, value, count)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        highest = _LONGEST if self.limit is None else self.limit
        count, start = locate_compact(self, d, o, path, highest)
        return self._locate_elements(d, start, n, path, count)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        items = self._items(value, path)
        if self.limit is not None and len(items) > self.limit:
            raise self._misfit(value, path)
        write_compact(len(items), out)
        self._write_elements(items, out, path)

    def _expected(self) -> str:
        return self.name if self.limit is None else f"{self.name} of at most {self.limit}"


class ArrayCodec(Sequence):
    """``[T; N]`` as a list. For bytes see :class:`FixedBytes`."""

    def __init__(self, element: Codec[Any], size: int) -> None:
        super().__init__(element)
        self.size = size

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"[{self.element.name}; {self.size}]"

    @property
    def fixed_size(self) -> int | None:  # type: ignore[override]
        size = self.element.fixed_size
        return None if size is None else size * self.size

    @property
    def min_size(self) -> int:  # type: ignore[override]
        return self.element.min_size * self.size

    def default(self) -> Any:
        return [self.element.default() for _ in range(self.size)]

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.array(builder.register(self.element), self.size)

    def _emit_read(self, s: Source, target: str) -> None:
        self._emit_elements_read(s, target, str(self.size))

    def _emit_write(self, s: Source, value: str) -> None:
        s.fail_if(f"{value}.__class__ is not list and {value}.__class__ is not tuple")
        s.fail_if(f"len({value}) != {self.size}")
        self._emit_elements_write(s, value, str(self.size))

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        return self._locate_elements(d, o, n, path, self.size)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        items = self._items(value, path)
        if len(items) != self.size:
            raise self._misfit(value, path)
        self._write_elements(items, out, path)

    def _expected(self) -> str:
        return f"{self.name} ({self.size} elements)"


class MapCodec(Codec[Any]):
    """``BTreeMap<K, V>`` as a dict, written in the order of its keys.

    Where decoded keys cannot be dictionary keys (a dict for a struct read from metadata), the
    value is a list of (key, value) pairs instead; both forms are accepted when encoding.
    """

    min_size = 1
    _hashable = False

    def __init__(self, key: Codec[Any], value: Codec[Any]) -> None:
        from .products import Field, TupleCodec

        self.key = key
        self.value = value
        pair = TupleCodec(f"({key.name}, {value.name})", [Field(None, key), Field(None, value)])
        self.pairs = VecCodec(pair)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"BTreeMap<{self.key.name}, {self.value.name}>"

    def default(self) -> Any:
        return self._from_pairs([])

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .products import Field

        return builder.composite(
            path="BTreeMap",
            params={"K": self.key, "V": self.value},
            fields=[Field(None, self.pairs)],
        )

    def _from_pairs(self, pairs: list[tuple[Any, Any]]) -> Any:
        return dict(pairs) if self.key._hashable else pairs

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        pairs, end = self.pairs._reader(d, o, n)
        return self._from_pairs(pairs), end

    def _writer(self, value: Any, out: bytearray) -> None:
        self.pairs._writer(self._sorted(value), out)

    def _sorted(self, value: Any) -> list[tuple[Any, Any]]:
        pairs = list(value.items() if isinstance(value, dict) else value)
        return in_order(pairs, lambda pair: pair[0])

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        return self.pairs._locate(d, o, n, path)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if not isinstance(value, dict | list | tuple):
            raise self._misfit(value, path)
        pairs = []
        for pair in value.items() if isinstance(value, dict) else value:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise self._misfit(value, path)
            pairs.append((canonical(self.key, pair[0], path), pair[1]))
        pairs = self._sorted(pairs)
        write_compact(len(pairs), out)
        for key, item in pairs:
            inner = (*path, f"[{key!r}]")
            self.key._write_any(key, out, inner)
            self.value._write_any(item, out, inner)


class SetCodec(Codec[Any]):
    """``BTreeSet<T>`` as a list in order; sets and other collections are accepted."""

    min_size = 1
    _hashable = False

    def __init__(self, element: Codec[Any]) -> None:
        self.element = element
        self.items = VecCodec(element)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"BTreeSet<{self.element.name}>"

    def default(self) -> Any:
        return []

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .products import Field

        return builder.composite(
            path="BTreeSet", params={"T": self.element}, fields=[Field(None, self.items)]
        )

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        return self.items._reader(d, o, n)

    def _writer(self, value: Any, out: bytearray) -> None:
        self.items._writer(self._sorted(value), out)

    def _sorted(self, value: Any) -> list[Any]:
        items = list(dict.fromkeys(value)) if self.element._hashable else list(value)
        return in_order(items, lambda item: item)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        return self.items._locate(d, o, n, path)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if not isinstance(value, set | frozenset | list | tuple):
            raise self._misfit(value, path)
        items = [canonical(self.element, item, path) for item in value]
        self.items._write_any(self._sorted(items), out, path)


def canonical(codec: Codec[Any], value: Any, path: Path) -> Any:
    """A key in the form it decodes to, so that convenient forms sort like proper ones."""
    raw = bytearray()
    codec._write_any(value, raw, (*path, f"[{value!r}]"))
    return codec.decode(raw)


def in_order(items: list[Any], key: Any) -> list[Any]:
    """Sorted as Rust orders them, where Python orders alike (numbers, bytes, text, tuples).

    Values without an order of their own (dicts) are left as they came, which a node accepts.
    """
    try:
        return sorted(items, key=key)
    except TypeError:
        return items


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

    def read(self, data: bytes, offset: int) -> tuple[list[bool], int]:
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

    def write(self, value: list[bool], out: bytearray) -> None:
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
