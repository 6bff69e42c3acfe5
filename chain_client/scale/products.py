"""Products: several values one after another, such as structs, tuples and an enum's fields.

Owns :class:`Product`, which reads and writes a run of fields, and the shapes that a product's
value takes in Python: an instance of a declared class, a dict, a tuple, or the bare inner value.
Neighbouring fields of fixed layout, nested ones included, are fused into one ``struct`` call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from .base import Codec, Path
from .source import Source, count_atoms

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

# The longest run of values that one struct call unpacks.
_LONGEST_RUN = 64

# Codecs are shared between threads; the one that measures first lets the others wait.
_measuring = RLock()


class Field(NamedTuple):
    """One field of a product: its name on the chain (None: unnamed) and its codec.

    ``type_name`` is how the runtime's source spells the type (None: not said), ``boxed`` that the
    value lies behind a pointer there, which counts as one level of nesting.
    """

    name: str | None
    codec: Codec[Any]
    type_name: str | None = None
    docs: tuple[str, ...] = ()
    boxed: bool = False


class Product(Codec[Any]):
    """Fields in order. Subclasses say what the value looks like in Python.

    ``fields`` may be a function, called on first use: types may refer to each other in a circle.
    """

    _inline = True

    def __init__(
        self,
        name: str,
        fields: Sequence[Field] | Callable[[], Sequence[Field]],
        *,
        count: int | None = None,
    ) -> None:
        self.name = name
        self._given = fields
        self._count = count
        self._measured = self._measuring = False
        self._fixed: int | None = None
        self._least = 0
        self._fused: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there are no fields; known without resolving them where ``count`` was given."""
        return not (self.fields if self._count is None else self._count)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields in wire order."""
        found: tuple[Field, ...] | None = self.__dict__.get("_fields")
        if found is None:
            given = self._given
            found = self.__dict__["_fields"] = tuple(given() if callable(given) else given)
        return found

    def _measure(self) -> None:
        """Sizes and fusing, from the fields. A type inside itself is never of fixed size."""
        if self._measured:
            return
        with _measuring:
            if not self._measuring:
                self._measuring = True
                self._measure_fields([field.codec for field in self.fields])
                self._measured = True

    def _measure_fields(self, codecs: list[Codec[Any]]) -> None:
        self._least = sum(codec.min_size for codec in codecs)
        sizes = [codec.fixed_size for codec in codecs]
        if None not in sizes:
            self._fixed = sum(size for size in sizes if size is not None)
        atoms = [codec._atoms for codec in codecs]
        letters = "".join(letters for letters in atoms if letters is not None)
        if None not in atoms and count_atoms(letters) <= _LONGEST_RUN:
            self._fused = letters

    @property
    def fixed_size(self) -> int | None:  # type: ignore[override]
        self._measure()
        return self._fixed

    @property
    def min_size(self) -> int:  # type: ignore[override]
        self._measure()
        return self._least

    @property
    def _atoms(self) -> str | None:  # type: ignore[override]
        self._measure()
        return self._fused

    @property
    def _hashable(self) -> bool:  # type: ignore[override]
        return all(field.codec._hashable for field in self.fields)

    # --- what the value looks like: for subclasses ------------------------------------------

    def _construct(self, s: Source, parts: list[str]) -> str:
        """The expression that makes the value from those of its fields."""
        raise NotImplementedError

    def _construct_all(self, s: Source, values: str) -> str | None:
        """The same from one tuple of all of them, where that is shorter."""
        return None

    def _destructure(self, s: Source, value: str) -> list[str]:
        """Lines that take ``value`` apart; the local names of the fields' values."""
        raise NotImplementedError

    def _build(self, parts: list[Any]) -> Any:
        """The value, from the values of the fields."""
        raise NotImplementedError

    def _parts(self, value: Any, path: Path) -> list[Any]:
        """The values of the fields, from any accepted form of the whole."""
        raise NotImplementedError

    # ----------------------------------------------------------------------------------------

    def default(self) -> Any:
        return self._build([field.codec.default() for field in self.fields])

    def _from_atoms(self, s: Source, names: Iterator[str]) -> str:
        return self._construct(s, [f.codec._from_atoms(s, names) for f in self.fields])

    def _from_unpacked(self, s: Source, unpacked: str) -> str | None:
        letters = self._atoms or ""
        names = [f"v{i}" for i in range(count_atoms(letters))]
        left = iter(names)
        if [f.codec._from_atoms(s, left) for f in self.fields] != names:
            return None
        return self._construct_all(s, unpacked)

    def _to_atoms(self, s: Source, value: str) -> list[str]:
        parts = self._destructure(s, value)
        pairs = zip(self.fields, parts, strict=True)
        return [atom for field, part in pairs for atom in field.codec._to_atoms(s, part)]

    def _emit_read(self, s: Source, target: str) -> None:
        parts: list[str] = []
        for run, fields in _runs(self.fields):
            if run is None:
                parts.extend(s.read(f.codec, nested=f.boxed) for f in fields)
            else:
                parts += emit_run_read(s, run, [f.codec for f in fields])
        s.line(f"{target} = {self._construct(s, parts)}")

    def _emit_write(self, s: Source, value: str) -> None:
        parts = iter(self._destructure(s, value))
        for run, fields in _runs(self.fields):
            if run is None:
                for field in fields:
                    s.write(field.codec, next(parts))
            else:
                emit_run_write(s, run, [(f.codec, next(parts)) for f in fields])

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        for i, field in enumerate(self.fields):
            depth = n - field.boxed
            if depth < 0:
                raise self._bad(d, o, path, "nested too deeply")
            o = field.codec._locate(d, o, depth, self._step(path, i))
        return o

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        parts = self._parts(value, path)
        for i, (field, part) in enumerate(zip(self.fields, parts, strict=True)):
            field.codec._write_any(part, out, self._step(path, i))

    def _step(self, path: Path, index: int) -> Path:
        name = self.fields[index].name
        if name is None:
            return (*path, f"[{index}]") if len(self.fields) > 1 else path
        return (*path, name)


class TupleCodec(Product):
    """A tuple: ``(A, B)``. The empty one is unit."""

    def _construct_all(self, s: Source, values: str) -> str | None:
        return values

    def _construct(self, s: Source, parts: list[str]) -> str:
        return f"({''.join(part + ', ' for part in parts)})"

    def _destructure(self, s: Source, value: str) -> list[str]:
        names = s.temps(len(self.fields))
        s.fail_if(f"{value}.__class__ is not tuple")
        if names:
            s.line(f"{', '.join(names)}, = {value}")
        else:
            s.fail_if(value)
        return names

    def _build(self, parts: list[Any]) -> Any:
        return tuple(parts)

    def _parts(self, value: Any, path: Path) -> list[Any]:
        if not self.fields and (value is None or value == {}):
            return []
        if not isinstance(value, tuple | list) or len(value) != len(self.fields):
            raise self._misfit(value, path)
        return list(value)

    def to_json(self, value: Any) -> Any:
        return [f.codec.to_json(part) for f, part in zip(self.fields, value, strict=True)]

    def _expected(self) -> str:
        return f"a tuple of {len(self.fields)} {self.name}" if self.fields else "unit ()"

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.tuple([builder.register(field.codec) for field in self.fields])


class Newtype(Product):
    """A named wrapper around one value; in Python simply that value.

    ``path`` is the type's path in Rust, ``params`` its generic parameters for metadata,
    ``type_name`` the wrapped type as the source spells it.
    """

    def __init__(
        self,
        name: str,
        inner: Codec[Any] | Callable[[], Sequence[Field]],
        *,
        path: str = "",
        params: dict[str, Codec[Any] | None] | None = None,
        type_name: str | None = None,
        docs: tuple[str, ...] = (),
    ) -> None:
        fields = [Field(None, inner, type_name)] if isinstance(inner, Codec) else inner
        super().__init__(name, fields, count=1)
        self.path = path
        self.params = params or {}
        self.docs = docs

    @property
    def inner(self) -> Codec[Any]:
        """The codec of the wrapped value."""
        return self.fields[0].codec

    def _construct(self, s: Source, parts: list[str]) -> str:
        return parts[0]

    def _destructure(self, s: Source, value: str) -> list[str]:
        return [value]

    def _build(self, parts: list[Any]) -> Any:
        return parts[0]

    def _parts(self, value: Any, path: Path) -> list[Any]:
        return [value]

    def to_json(self, value: Any) -> Any:
        return self.inner.to_json(value)

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.composite(
            path=self.path or self.name,
            params=self.params,
            fields=self.fields,
            docs=self.docs,
        )


def innermost(codec: Codec[Any]) -> Codec[Any]:
    """What a chain of newtypes finally wraps."""
    while isinstance(codec, Product) and len(codec.fields) == 1:
        codec = codec.fields[0].codec
    return codec


def emit_run_read(s: Source, letters: str, codecs: list[Codec[Any]]) -> list[str]:
    """Read fixed-layout neighbours in one step; the expressions of their values."""
    names = s.temps(count_atoms(letters))
    if letters == "B":
        s.line(f"{names[0]} = d[o]")
        s.line("o += 1")
    elif letters:
        size = sum(codec.fixed_size or 0 for codec in codecs)
        s.line(f"{', '.join(names)}, = {s.bind_struct(letters, 'unpack_from')}(d, o)")
        s.line(f"o += {size}")
    left = iter(names)
    return [codec._from_atoms(s, left) for codec in codecs]


def emit_run_write(s: Source, letters: str, parts: list[tuple[Codec[Any], str]]) -> None:
    """Write fixed-layout neighbours in one step."""
    atoms = [atom for codec, part in parts for atom in codec._to_atoms(s, part)]
    if letters == "B":
        s.line(f"out.append({atoms[0]})")
    elif letters:
        s.line(f"out += {s.bind_struct(letters, 'pack')}({', '.join(atoms)})")


def _runs(fields: tuple[Field, ...]) -> Iterator[tuple[str | None, list[Field]]]:
    """Split fields into fusable runs (with their letters) and the others (None)."""
    letters: str | None = None
    run: list[Field] = []
    for field in fields:
        atoms = None if field.boxed else field.codec._atoms
        joined = None if atoms is None or letters is None else letters + atoms
        if joined is not None and count_atoms(joined) <= _LONGEST_RUN:
            letters = joined
            run.append(field)
            continue
        if run:
            yield letters, run
        letters, run = atoms, [field]
    if run:
        yield letters, run
