"""The codec: one object that encodes and decodes values of one type.

Owns the contract that every type fulfils (:class:`Codec`) and its error handling. The concrete
types live beside it: numbers, sequences, products (structs, tuples), enums, wrappers.

Each codec has two ways to do its work. The fast one is a Python function generated on first use
(see :mod:`.source`), specialised for the type, which neither converts nor explains: whatever does
not fit makes it raise. Only then the slow one runs: a plain walk over value or bytes that accepts
the convenient forms (hex for bytes, an address for an account, ...) and otherwise raises an
:class:`~taokit.chain_client.errors.EncodeError` or ``DecodeError`` that says where and why.

To add a type by hand, subclass :class:`Codec` and define ``name``, ``read``, ``write`` and
``default`` (and ``describe`` if it is to appear in metadata). ``read`` may raise ``IndexError``,
``ValueError`` or ``DecodeError`` on bad input, ``write`` ``TypeError``, ``ValueError`` or
``EncodeError``; context is added around them. Set ``min_size`` where an encoding is never empty:
lengths of vectors are checked with it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from taokit.chain_client.errors import DecodeError, EncodeError, InvalidType

from .source import Malformed, Source, count_atoms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

T = TypeVar("T")

#: How many heap levels (Vec, Box, map) decoding descends into; parity-scale-codec's own limit for
#: extrinsics (`MAX_EXTRINSIC_DEPTH`).
MAX_DEPTH = 256

Path = tuple[str, ...]

_READ_FAILURES = (
    Malformed,
    DecodeError,
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    OverflowError,
    struct.error,
    RecursionError,
)
_WRITE_FAILURES = (
    Malformed,
    EncodeError,
    AttributeError,
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    OverflowError,
    struct.error,
    RecursionError,
)


class Codec(Generic[T]):
    """Encodes and decodes the values of one SCALE type."""

    #: What the type is called in messages, as Rust writes it.
    name: str = "value"
    #: Bytes of every encoding, or None where the length depends on the value.
    fixed_size: int | None = None
    #: A lower bound for the bytes of an encoding; guards against absurd vector lengths.
    min_size: int = 0
    # Whether a containing type may write this codec's lines into its own function.
    _inline: ClassVar[bool] = False
    # Whether decoded values can be dictionary keys.
    _hashable: bool = True

    def encode(self, value: T) -> bytes:
        """The SCALE encoding of ``value``. Raises EncodeError."""
        function = self.__dict__.get("encode")  # there already, for whoever kept this method
        if function is None:
            function = self.__dict__["encode"] = self._compile_encode()
        return function(value)  # type: ignore[no-any-return]

    def decode(self, data: bytes | bytearray | memoryview, *, depth: int = MAX_DEPTH) -> T:
        """The value that ``data`` encodes, all of it. Raises DecodeError.

        ``depth`` bounds how many vectors and boxes may lie inside each other.
        """
        function = self.__dict__.get("decode")
        if function is None:
            function = self.__dict__["decode"] = self._compile_decode()
        return function(data, depth=depth)  # type: ignore[no-any-return]

    def _encode_slowly(self, value: T) -> bytes:
        out = bytearray()
        self.write(value, out)
        return bytes(out)

    def _decode_slowly(self, data: bytes | bytearray | memoryview, depth: int) -> T:
        raw = data if type(data) is bytes else bytes(memoryview(data))
        try:
            value, end = self._reader(raw, 0, depth)
        except _READ_FAILURES as failure:
            raise self._explain(raw, 0, depth, failure) from None
        if end != len(raw):
            raise DecodeError(
                type=self.name, offset=end, what=f"{len(raw) - end} bytes left after the value"
            )
        return value  # type: ignore[no-any-return]

    def read(self, data: bytes, offset: int) -> tuple[T, int]:
        """The value at ``offset`` and the offset after it. Raises DecodeError."""
        try:
            return self._reader(data, offset, MAX_DEPTH)  # type: ignore[no-any-return]
        except _READ_FAILURES as failure:
            raise self._explain(data, offset, MAX_DEPTH, failure) from None

    def write(self, value: T, out: bytearray) -> None:
        """Append the encoding of ``value`` to ``out``. Raises EncodeError, ``out`` unchanged."""
        start = len(out)
        try:
            self._writer(value, out)
        except _WRITE_FAILURES:
            del out[start:]
            try:
                self._write_any(value, out, ())
            except RecursionError:
                del out[start:]
                raise EncodeError(
                    path="", expected=self.name, got="a value nested too deeply"
                ) from None
            except EncodeError:
                del out[start:]
                raise

    # The codec that metadata lists in this one's place (a bound on a length is not part of it).
    @property
    def _stands_for(self) -> Codec[Any]:
        return self

    def default(self) -> T:
        """The type's default as Rust's ``Default`` derives it: zero, empty, None, ..."""
        raise InvalidType(f"{self.name} has no default")

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        """This type for a portable registry; contained types go through ``builder.register``."""
        raise InvalidType(f"{self.name} does not describe itself for metadata")

    def to_json(self, value: Any) -> Any:
        """``value`` in JSON's terms; see :func:`~taokit.chain_client.scale.to_json`."""
        from .jsonable import to_json

        return to_json(value)

    def __or__(self, other: None) -> Codec[Any]:
        # ``u64 | None`` in an annotation, beside ``Option[u64]``.
        if other is not None:
            return NotImplemented
        from .names import option_of

        return option_of(self)

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<codec {self.name}>"

    # --- the fast way: generated functions, compiled on first use ---------------------------

    def _compile_decode(self) -> Any:
        s = Source(f"decode(d, *, depth={MAX_DEPTH})")
        slowly = f"return {s.bind(self._decode_slowly)}(d, depth)"
        if not self._atoms:
            s.line(f"if d.__class__ is not bytes: {slowly}")
        with s.block("try:"):
            if self._atoms:
                unpacked = f"{s.bind_struct(self._atoms, 'unpack')}(d)"
                direct = self._from_unpacked(s, unpacked)
                if direct is None:
                    names = s.temps(count_atoms(self._atoms))
                    s.line(f"{', '.join(names)}, = {unpacked}")
                value = direct or self._from_atoms(s, iter(names))
            else:
                s.allowance = "depth"
                s.line("o = 0")
                value = s.read(self)
                s.fail_if("o != len(d)")
            s.line(f"return {value}")
        with s.block(f"except {s.bind(_READ_FAILURES)}:"):
            s.line(slowly)
        return s.build(self.name)

    def _compile_encode(self) -> Any:
        s = Source("encode(v)")
        with s.block("try:"):
            if self._atoms:
                atoms = self._to_atoms(s, "v")
                s.line(f"return {s.bind_struct(self._atoms, 'pack')}({', '.join(atoms)})")
            else:
                s.line("out = bytearray()")
                s.write(self, "v")
                s.line("return bytes(out)")
        with s.block(f"except {s.bind(_WRITE_FAILURES)}:"):
            s.line(f"return {s.bind(self._encode_slowly)}(v)")
        return s.build(self.name)

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        source = Source("r(d, o, n)")
        target = source.temp()
        source._stack.append(self)
        self._emit_read(source, target)
        source.line(f"return {target}, o")
        function = source.build(self.name)
        self.__dict__["_reader"] = function
        return function(d, o, n)

    def _writer(self, value: Any, out: bytearray) -> None:
        source = Source("w(v, out)")
        source._stack.append(self)
        self._emit_write(source, "v")
        function = source.build(self.name)
        self.__dict__["_writer"] = function
        function(value, out)

    def _emit_read(self, s: Source, target: str) -> None:
        raise InvalidType(f"{type(self).__name__} defines no read")

    def _emit_write(self, s: Source, value: str) -> None:
        raise InvalidType(f"{type(self).__name__} defines no write")

    # A type of fixed layout may be fused with its neighbours into one struct.unpack: it gives the
    # format letters, the expression that makes its value from the unpacked names, and the
    # expressions to pack. None: cannot be fused.
    _atoms: str | None = None

    def _from_atoms(self, s: Source, names: Iterator[str]) -> str:
        return next(names)

    def _to_atoms(self, s: Source, value: str) -> list[str]:
        return [value]

    def _from_unpacked(self, s: Source, unpacked: str) -> str | None:
        """The value from the whole unpacked tuple, where it is made of just that; else None."""
        return None

    # --- the slow way: explains and converts ------------------------------------------------

    def _explain(self, d: bytes, o: int, n: int, failure: Exception) -> DecodeError:
        try:
            self._locate(d, o, n, ())
        except DecodeError as found:
            return found
        except RecursionError as too_deep:
            failure = too_deep
        what = "nested too deeply" if isinstance(failure, RecursionError) else repr(failure)
        return DecodeError(type=self.name, offset=o, what=what)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        """Walk over one value without building it; the offset after it, or DecodeError."""
        try:
            return self._reader(d, o, n)[1]  # type: ignore[no-any-return]
        except DecodeError as failure:
            raise DecodeError(
                type=failure.type,
                offset=failure.offset,
                what=failure.what,
                path=render_path((*path, failure.path) if failure.path else path),
            ) from None
        except _READ_FAILURES as failure:
            raise self._bad(d, o, path, self._why(d, o, failure)) from None

    def _why(self, d: bytes, o: int, failure: Exception) -> str:
        left = len(d) - o
        if self.fixed_size is not None and left < self.fixed_size:
            return f"needs {self.fixed_size} bytes, {left} left"
        if isinstance(failure, IndexError):
            return "the input ends too early"
        return str(failure) or "invalid encoding"

    def _bad(self, d: bytes, o: int, path: Path, what: str) -> DecodeError:
        return DecodeError(type=self.name, offset=o, what=what, path=render_path(path))

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        """Write ``value`` in any accepted form, or raise EncodeError with its path."""
        start = len(out)
        try:
            self._writer(self._coerce(value), out)
        except EncodeError as failure:
            del out[start:]
            inner = (*path, failure.path) if failure.path else path
            raise EncodeError(
                path=render_path(inner),
                expected=failure.expected,
                got=failure.got,
                hint=failure.hint,
            ) from None
        except _WRITE_FAILURES:
            del out[start:]
            raise self._misfit(value, path) from None

    def _coerce(self, value: Any) -> Any:
        """A convenient form as the canonical one; anything else unchanged."""
        return value

    def _misfit(self, value: Any, path: Path, hint: str | None = None) -> EncodeError:
        return EncodeError(
            path=render_path(path), expected=self._expected(), got=show(value), hint=hint
        )

    def _expected(self) -> str:
        return self.name

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A hand-written codec defines read and write; the generated functions call those.
        if "read" in cls.__dict__:
            cls._reader = _read_by_hand  # type: ignore[method-assign]
        if "write" in cls.__dict__:
            cls._writer = _write_by_hand  # type: ignore[method-assign]


def _read_by_hand(self: Codec[Any], d: bytes, o: int, n: int) -> Any:
    return self.read(d, o)


def _write_by_hand(self: Codec[Any], value: Any, out: bytearray) -> None:
    self.write(value, out)


def render_path(path: Path) -> str:
    """``("calls", "[2]", "value")`` as ``calls[2].value``."""
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


def show(value: object) -> str:
    """A value for a message: its type and a short form of it."""
    text = repr(value)
    if len(text) > 60:
        text = text[:57] + "..."
    kind = type(value).__name__
    return text if value is None or text.startswith(f"{kind}(") else f"{kind} {text}"
