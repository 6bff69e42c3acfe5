"""The names of SCALE types, usable in annotations and as codecs.

To a type checker they are Python types (``u64`` is int, ``Vec[u16]`` is list[int]); at run time
each is a codec, or makes one: ``codec(Vec[u16]).encode([1, 2])``. The same arguments give the
same codec object, so types are compiled once.

Sizes in annotations are written ``Array[u64, Literal[4]]`` and ``FixedBytes[Literal[48]]`` where a
type checker reads along (a bare number works at run time). ``Box[T]`` is T, one nesting level
deeper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from taokit.chain_client.errors import InvalidType

from . import account, bytestrings, maps, numbers, options, products, sequences
from .base import Codec
from .resolve import codec

_cache: dict[Any, Codec[Any]] = {}


def _once(key: tuple[Any, ...], make: Callable[[], Codec[Any]]) -> Codec[Any]:
    found = _cache.get(key)
    if found is None:
        found = _cache[key] = make()
    return found


u8_codec = numbers.Integer(8, signed=False)
bool_codec = numbers.Boolean()
text_codec = bytestrings.Text()
bytes_codec = bytestrings.BytesCodec()
unit_codec = products.TupleCodec("()", [])
_cache[("tuple",)] = unit_codec


def vec_of(element: Codec[Any], limit: int | None = None) -> Codec[Any]:
    """``Vec<T>``; of u8 it is bytes."""
    if element is u8_codec and limit is None:
        return bytes_codec
    return _once(("vec", element, limit), lambda: sequences.VecCodec(element, limit))


def option_of(inner: Codec[Any]) -> Codec[Any]:
    """``Option<T>``."""
    return _once(("option", inner), lambda: options.OptionCodec(inner))


def tuple_of(parts: Sequence[Codec[Any]]) -> Codec[Any]:
    """A tuple of these types."""

    def make() -> Codec[Any]:
        name = f"({', '.join(part.name for part in parts)})"
        return products.TupleCodec(name, [products.Field(None, part) for part in parts])

    return _once(("tuple", *parts), make)


def map_of(key: Codec[Any], value: Codec[Any]) -> Codec[Any]:
    """``BTreeMap<K, V>``."""
    return _once(("map", key, value), lambda: maps.MapCodec(key, value))


def set_of(element: Codec[Any]) -> Codec[Any]:
    """``BTreeSet<T>``."""
    return _once(("set", element), lambda: maps.SetCodec(element))


def array_of(element: Codec[Any], size: int) -> Codec[Any]:
    """``[T; N]``; of u8 it is bytes."""
    if element is u8_codec:
        return account.FixedBytesOf(size)
    return _once(("array", element, size), lambda: sequences.ArrayCodec(element, size))


def compact_of(inner: Codec[Any]) -> Codec[Any]:
    """``Compact<T>``."""
    return _once(("compact", inner), lambda: numbers.Compact(inner))


def result_of(good: Codec[Any], bad: Codec[Any]) -> Codec[Any]:
    """``Result<T, E>``."""
    return _once(("result", good, bad), lambda: options.ResultCodec(good, bad))


def bounded_of(wrapper: str, element: Codec[Any], limit: int | None) -> Codec[Any]:
    """A bounded vector: on the chain a composite around the vector, in Python a list or bytes."""
    module = "bounded_vec" if wrapper == "BoundedVec" else "weak_bounded_vec"

    def make() -> Codec[Any]:
        # The limit of a weak bound only warns.
        inner = vec_of(element, None if wrapper == "WeakBoundedVec" else limit)
        if element is u8_codec and limit is not None and wrapper == "BoundedVec":
            inner = bytestrings.LimitedBytes(limit)
        return products.Newtype(
            wrapper,
            inner,
            path=f"bounded_collections::{module}::{wrapper}",
            params={"T": element, "S": None},
            type_name="Vec<T>",
        )

    return _once((wrapper, element, limit), make)


class Boxed:
    """What ``Box[T]`` gives: a marker that the field lies behind a pointer."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @property
    def __codec__(self) -> Codec[Any]:
        return codec(self.inner)


def _size(given: Any) -> int:
    if get_origin(given) is Literal:
        (given,) = get_args(given)
    if not isinstance(given, int) or given < 0:
        raise InvalidType(f"a size is a number or Literal[number], not {given!r}")
    return given


def _pair(given: Any, count: int, name: str) -> tuple[Any, ...]:
    found = given if isinstance(given, tuple) else (given,)
    if len(found) != count:
        raise InvalidType(f"{name} takes {count} types, got {len(found)}")
    return found


if TYPE_CHECKING:
    from typing import Tuple as Tuple  # noqa: UP035 - this very name is offered
    from typing import TypeAlias, TypeVar

    from typing_extensions import TypeAliasType
    from typing_extensions import TypeVar as TypeVarWithDefault

    _T = TypeVar("_T")
    _K = TypeVar("_K")
    _N = TypeVar("_N")
    _Limit = TypeVarWithDefault("_Limit", default=Any)

    u8: TypeAlias = int
    u16: TypeAlias = int
    u32: TypeAlias = int
    u64: TypeAlias = int
    u128: TypeAlias = int
    u256: TypeAlias = int
    i8: TypeAlias = int
    i16: TypeAlias = int
    i32: TypeAlias = int
    i64: TypeAlias = int
    i128: TypeAlias = int
    i256: TypeAlias = int
    Bool: TypeAlias = bool
    Char: TypeAlias = str
    Text: TypeAlias = str
    Bytes: TypeAlias = bytes
    Unit: TypeAlias = tuple[()]
    AccountId: TypeAlias = bytes
    H160: TypeAlias = bytes
    H256: TypeAlias = bytes
    H512: TypeAlias = bytes
    U256: TypeAlias = int
    Compact: TypeAlias = _T
    Box: TypeAlias = _T
    Option: TypeAlias = _T | None
    Vec: TypeAlias = list[_T]
    VecDeque: TypeAlias = list[_T]
    BTreeMap: TypeAlias = dict[_K, _T]
    BTreeSet: TypeAlias = list[_T]
    Result: TypeAlias = options.Ok[_T] | options.Err[_K]
    Array = TypeAliasType("Array", list[_T], type_params=(_T, _N))
    FixedBytes = TypeAliasType("FixedBytes", bytes, type_params=(_N,))
    BoundedVec = TypeAliasType("BoundedVec", list[_T], type_params=(_T, _Limit))
    WeakBoundedVec = TypeAliasType("WeakBoundedVec", list[_T], type_params=(_T, _Limit))
    BoundedBytesVec = TypeAliasType("BoundedBytesVec", bytes, type_params=(_Limit,))
else:
    u8 = u8_codec
    u16 = numbers.Integer(16, signed=False)
    u32 = numbers.Integer(32, signed=False)
    u64 = numbers.Integer(64, signed=False)
    u128 = numbers.Integer(128, signed=False)
    u256 = numbers.Integer(256, signed=False)
    i8 = numbers.Integer(8, signed=True)
    i16 = numbers.Integer(16, signed=True)
    i32 = numbers.Integer(32, signed=True)
    i64 = numbers.Integer(64, signed=True)
    i128 = numbers.Integer(128, signed=True)
    i256 = numbers.Integer(256, signed=True)
    Bool = bool_codec
    Char = numbers.Char()
    Text = text_codec
    Bytes = bytes_codec
    Unit = unit_codec
    AccountId = account.AccountId
    H160 = account.hash_type("H160", 20, "primitive_types::H160")
    H256 = account.hash_type("H256", 32, "primitive_types::H256")
    H512 = account.hash_type("H512", 64, "primitive_types::H512")

    class _Maker:
        """A name that takes types in brackets and gives a codec."""

        def __init__(self, name, make):
            self._name = name
            self._make = make

        def __getitem__(self, given):
            return self._make(given)

        __call__ = __getitem__

        def __repr__(self):
            return self._name

    def _bounded(wrapper):
        def make(given):
            element, *limit = given if isinstance(given, tuple) else (given,)
            return bounded_of(wrapper, codec(element), _size(limit[0]) if limit else None)

        return _Maker(wrapper, make)

    def _two(name, make):
        return _Maker(name, lambda given: make(*map(codec, _pair(given, 2, name))))

    def _array(given):
        element, size = _pair(given, 2, "Array")
        return array_of(codec(element), _size(size))

    def _tuple(given):
        parts = given if isinstance(given, tuple) else (given,)
        return tuple_of([codec(part) for part in parts])

    Compact = _Maker("Compact", lambda t: compact_of(codec(t)))
    Box = _Maker("Box", Boxed)
    Option = _Maker("Option", lambda t: option_of(codec(t)))
    Vec = _Maker("Vec", lambda t: vec_of(codec(t)))
    VecDeque = _Maker("VecDeque", lambda t: vec_of(codec(t)))
    BTreeMap = _two("BTreeMap", map_of)
    BTreeSet = _Maker("BTreeSet", lambda t: set_of(codec(t)))
    Tuple = _Maker("Tuple", _tuple)
    Result = _two("Result", result_of)
    Array = _Maker("Array", _array)
    FixedBytes = _Maker("FixedBytes", lambda size: account.FixedBytesOf(_size(size)))
    BoundedVec = _bounded("BoundedVec")
    WeakBoundedVec = _bounded("WeakBoundedVec")
    BoundedBytesVec = _Maker(
        "BoundedBytesVec", lambda n: bounded_of("BoundedVec", u8_codec, _size(n))
    )
    U256 = products.Newtype("U256", u256, path="primitive_types::U256", type_name="[u64; 4]")
