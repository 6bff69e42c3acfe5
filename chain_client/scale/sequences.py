"""Vectors and arrays, lists in Python.

A claimed length is checked against the bytes that are left before anything is allocated. Elements
of fixed layout are unpacked and packed together, not one by one.
"""

from __future__ import annotations

import struct
from itertools import chain, starmap
from typing import TYPE_CHECKING, Any

from .base import Codec, Path
from .bytestrings import LONGEST, FixedBytes
from .numbers import (
    Integer,
    emit_compact_read,
    emit_compact_write,
    locate_compact,
    write_compact,
)
from .products import Newtype, TupleCodec
from .source import Source, count_atoms

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

# Elements that take no bytes at all cannot be checked against the input.
_MOST_EMPTY = 1 << 16


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
        if letters == "B":
            s.line(f"{target} = [{value} for {names[0]} in d[o:{end}]]")
            return
        each = f"{s.bind_struct(letters, 'iter_unpack')}(d[o:{end}])"
        item = s.temp()
        direct = self.element._from_unpacked(s, item)
        if direct == item:
            s.line(f"{target} = list({each})")
        elif direct is not None:
            s.line(f"{target} = [{direct} for {item} in {each}]")
        else:
            s.line(f"{target} = [{value} for {joined} in {each}]")

    def _emit_elements_write(self, s: Source, value: str, count: str) -> None:
        element = self.element
        letters = element._atoms
        if letters is not None and len(letters) == 1 and isinstance(element, Integer):
            s.line(f"out += {s.bind(struct.pack)}(f'<{{{count}}}{letters}', *{value})")
            return
        inner = element
        while isinstance(inner, Newtype):
            inner = inner.inner
        if letters and isinstance(inner, FixedBytes):
            s.fail_if(f"{value} and {{{inner.size}}} != {{*map(len, {value})}}")
            s.line(f"out += b''.join({value})")
            return
        if letters and _is_flat(element):
            width = len(letters)
            s.fail_if(f"{value} and {{{width}}} != {{*map(len, {value})}}")
            if letters == letters[0] * width:
                flat = f"{s.bind(chain.from_iterable)}({value})"
                size = f"{{{count} * {width}}}"
                s.line(f"out += {s.bind(struct.pack)}(f'<{size}{letters[0]}', *{flat})")
            else:
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

    def to_json(self, value: Any) -> Any:
        return [self.element.to_json(item) for item in value]

    def _items(self, value: Any, path: Path) -> list[Any]:
        """The elements from any accepted form of the whole."""
        if isinstance(value, list | tuple | set | frozenset | range):
            return list(value)
        raise self._misfit(value, path)


def _is_flat(element: Codec[Any]) -> bool:
    """Whether the element is a tuple whose items are packed as they are."""
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
    def _stands_for(self) -> Codec[Any]:
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
        highest = LONGEST if self.limit is None else self.limit
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
