"""Option and Result, and the wrapper that tells ``Some(None)`` from ``None``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .base import Codec, Path
from .source import Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

T = TypeVar("T")


class _Box(Generic[T]):
    """One value with a label; equal to another of the same label and value."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: T) -> None:
        object.__setattr__(self, "value", value)

    value: T

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.value,)


class Some(_Box[T]):
    """A present value, where None is itself a value: ``Option<Option<T>>``, ``Option<()>``."""

    __slots__ = ()


class Ok(_Box[T]):
    """The good outcome of a declared ``Result``."""

    __slots__ = ()


class Err(_Box[T]):
    """The bad outcome of a declared ``Result``."""

    __slots__ = ()


class OptionCodec(Codec[Any]):
    """``Option<T>``: None or the value; :class:`Some` around it where None would be ambiguous."""

    min_size = 1
    _inline = True

    def __init__(self, inner: Codec[Any]) -> None:
        self.inner = inner

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"Option<{self.inner.name}>"

    @property
    def wraps(self) -> bool:
        """Whether a present value comes inside :class:`Some`."""
        from .products import TupleCodec, innermost

        inner = innermost(self.inner)
        return isinstance(inner, OptionCodec) or (
            isinstance(inner, TupleCodec) and not inner.fields
        )

    @property
    def _hashable(self) -> bool:  # type: ignore[override]
        return self.inner._hashable

    def default(self) -> Any:
        return None

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .products import Field

        return builder.variant(
            path="Option",
            params={"T": self.inner},
            variants=[("None", 0, [], ()), ("Some", 1, [Field(None, self.inner)], ())],
        )

    def to_json(self, value: Any) -> Any:
        if value is None:
            return None
        return (
            {"Some": self.inner.to_json(value.value)} if self.wraps else self.inner.to_json(value)
        )

    def _emit_read(self, s: Source, target: str) -> None:
        tag = s.temp()
        s.line(f"{tag} = d[o]")
        s.line("o += 1")
        with s.block(f"if {tag} == 1:"):
            value = s.read(self.inner)
            s.line(f"{target} = {f'{s.bind(Some)}({value})' if self.wraps else value}")
        with s.block(f"elif {tag} == 0:"):
            s.line(f"{target} = None")
        with s.block("else:"):
            s.line("raise Malformed")

    def _emit_write(self, s: Source, value: str) -> None:
        with s.block(f"if {value} is None:"):
            s.line("out.append(0)")
        with s.block("else:"):
            inner = value
            if self.wraps:
                inner = s.temp()
                s.fail_if(f"{value}.__class__ is not {s.bind(Some)}")
                s.line(f"{inner} = {value}.value")
            s.line("out.append(1)")
            s.write(self.inner, inner)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        if o >= len(d):
            raise self._bad(d, o, path, "the input ends too early")
        if d[o] > 1:
            raise self._bad(d, o, path, f"{d[o]} is neither 0 (None) nor 1 (Some)")
        return self.inner._locate(d, o + 1, n, path) if d[o] else o + 1

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if value is None:
            out.append(0)
            return
        out.append(1)
        inner = value.value if isinstance(value, Some) else value
        if self.wraps and isinstance(value, dict) and value.keys() == {"Some"}:
            inner = value["Some"]
        self.inner._write_any(inner, out, path)


class ResultCodec(Codec[Any]):
    """``Result<T, E>`` of a declared type: ``Ok(value)`` or ``Err(error)``."""

    min_size = 1

    def __init__(self, good: Codec[Any], bad: Codec[Any]) -> None:
        self.good = good
        self.bad = bad

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"Result<{self.good.name}, {self.bad.name}>"

    def default(self) -> Any:
        return Ok(self.good.default())

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .products import Field

        return builder.variant(
            path="Result",
            params={"T": self.good, "E": self.bad},
            variants=[
                ("Ok", 0, [Field(None, self.good)], ()),
                ("Err", 1, [Field(None, self.bad)], ()),
            ],
        )

    def to_json(self, value: Any) -> Any:
        if isinstance(value, Ok):
            return {"Ok": self.good.to_json(value.value)}
        return {"Err": self.bad.to_json(value.value)}

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        if d[o] > 1:
            raise IndexError
        inner, wrap = (self.bad, Err) if d[o] else (self.good, Ok)
        value, end = inner._reader(d, o + 1, n)
        return wrap(value), end

    def _writer(self, value: Any, out: bytearray) -> None:
        if isinstance(value, Ok):
            out.append(0)
            self.good._writer(value.value, out)
        elif isinstance(value, Err):
            out.append(1)
            self.bad._writer(value.value, out)
        else:
            raise TypeError

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        if o >= len(d):
            raise self._bad(d, o, path, "the input ends too early")
        if d[o] > 1:
            raise self._bad(d, o, path, f"{d[o]} is neither 0 (Ok) nor 1 (Err)")
        return (self.bad if d[o] else self.good)._locate(d, o + 1, n, path)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if isinstance(value, dict) and len(value) == 1:
            ((tag, inner),) = value.items()
            value = {"Ok": Ok, "Err": Err}.get(tag, lambda _: value)(inner)
        if not isinstance(value, Ok | Err):
            raise self._misfit(value, path)
        good = isinstance(value, Ok)
        out.append(not good)
        codec = self.good if good else self.bad
        codec._write_any(value.value, out, (*path, "Ok" if good else "Err"))

    def _expected(self) -> str:
        return f"Ok(...) or Err(...) for {self.name}"
