"""Declare types as classes: Struct, Enum with Variant, UnitEnum, NewType.

Owns structs and newtypes, and what variants share with structs; :mod:`.declared_enums` has the
rest. Annotations are resolved on first use, so types may name each other in any order and in
circles.

    class AccountData(Struct, path="pallet_balances::types::AccountData"):
        free: u64
        flags: u128 = 0

    class MultiAddress(Enum, path="sp_runtime::multiaddress::MultiAddress"):
        class Id(Variant, index=0, unnamed=True):
            value: AccountId
        class Index(Variant, index=1, unnamed=True):
            value: Compact[Unit]

    class ProxyType(UnitEnum, path="subtensor_runtime_common::ProxyType"):
        Any = 0
        NonTransfer = 3

    if TYPE_CHECKING: NetUid: TypeAlias = int
    else: NetUid = NewType("NetUid", u16, path="subtensor_runtime_common::NetUid")
    # or, one line for both: NetUid = Annotated[int, NewType("NetUid", u16, path="...")]

An instance is immutable, compares by class and fields, can be a dictionary key when its fields
can, is built by position or keyword, and is cheap: it is a tuple underneath. A trailing
underscore is dropped from the name on the chain (``from_`` is "from"). Class options:

    path       the type's path in Rust, for metadata (default: the class name)
    params     generic parameters for metadata: {"T": type or None}
    types      how the source spells field types, for metadata: {"field": "T::Balance"}
    unnamed    the fields have no names on the chain (a tuple struct)
    index      (Variant) the variant's byte; default: position
    name       (Variant) the variant's name on the chain; default: the class name
    default    (Enum) the name of the variant that is the default; default: the first

Docs for metadata come from docstrings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from .base import Codec, Path
from .products import Field, Newtype, Product
from .resolve import codec, resolve_annotation
from .source import Source

if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import Self, dataclass_transform

    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        return lambda cls: cls


__all__ = ["NewType", "Struct"]

_new: Any = tuple.__new__
# inspect.CO_OPTIMIZED, set for functions and not for class bodies; importing inspect takes 7 ms.
_OPTIMIZED = 1


def NewType(  # noqa: N802 - reads as typing.NewType does
    name: str,
    inner: Any,
    *,
    path: str | None = None,
    params: Mapping[str, Any] | None = None,
    type_name: str | None = None,
    doc: str = "",
) -> Codec[Any]:
    """A named wrapper: a composite with a path on the chain, the bare inner value in Python."""
    wrapped = codec(inner)
    return Newtype(
        name,
        wrapped,
        path=path or name,
        params=type_params(params),
        type_name=type_name or wrapped.name,
        docs=doc_lines(doc),
    )


def doc_lines(doc: str | None) -> tuple[str, ...]:
    """A docstring as the metadata's list of lines (Rust keeps one leading space in each)."""
    from inspect import cleandoc

    return tuple(f" {line}" if line else "" for line in cleandoc(doc or "").splitlines())


def type_params(params: Mapping[str, Any] | None) -> dict[str, Codec[Any] | None]:
    """Generic parameters as given to a class, with their codecs."""
    return {k: None if t is None else codec(t) for k, t in (params or {}).items()}


class _RecordCodec(Product):
    """Fields as an instance of a declared class."""

    def __init__(self, cls: type[_Record]) -> None:
        super().__init__(cls.__name__, lambda: _resolve_fields(cls))
        self.cls = cls
        self.attributes = cls._names

    @property
    def path(self) -> str:
        """The type's path in Rust."""
        return self.cls._options.get("path") or self.cls.__name__

    def _construct(self, s: Source, parts: list[str]) -> str:
        inner = "".join(f"{part}, " for part in parts)
        return f"{s.bind(_new)}({s.bind(self.cls)}, ({inner}))"

    def _construct_all(self, s: Source, values: str) -> str | None:
        return f"{s.bind(_new)}({s.bind(self.cls)}, {values})"

    def _destructure(self, s: Source, value: str) -> list[str]:
        names = s.temps(len(self.fields))
        s.fail_if(f"{value}.__class__ is not {s.bind(self.cls)}")
        if names:
            s.line(f"{', '.join(names)}, = {value}")
        return names

    def _build(self, parts: list[Any]) -> Any:
        return _new(self.cls, parts)

    def default(self) -> Any:
        defaults = self.cls._defaults
        return _new(
            self.cls,
            [
                defaults[name] if name in defaults else field.codec.default()
                for name, field in zip(self.attributes, self.fields, strict=True)
            ],
        )

    def _parts(self, value: Any, path: Path) -> list[Any]:
        count = len(self.fields)
        if isinstance(value, self.cls):
            return list(value)  # type: ignore[call-overload, no-any-return]
        if count == 1 and self.fields[0].name is None:
            return [value]
        if isinstance(value, dict):
            return self._parts_by_name(value, path)
        if isinstance(value, tuple | list) and type(value) in (tuple, list) and len(value) == count:
            return list(value)
        if not count and value is None:
            return []
        raise self._misfit(value, path)

    def _parts_by_name(self, value: dict[Any, Any], path: Path) -> list[Any]:
        parts = []
        seen = 0
        for attribute in self.attributes:
            key = attribute if attribute in value else attribute.rstrip("_")
            if key in value:
                parts.append(value[key])
                seen += 1
            elif attribute in self.cls._defaults:
                parts.append(self.cls._defaults[attribute])
            else:
                raise self._misfit(value, path, f"field {key!r} is missing")
        if seen != len(value):
            known = {name.rstrip("_") for name in self.attributes} | set(self.attributes)
            extra = [str(key) for key in value if key not in known]
            raise self._misfit(value, path, f"it has no field {', '.join(extra)}")
        return parts

    def to_json(self, value: Any) -> Any:
        named = [
            (f.name, f.codec.to_json(part)) for f, part in zip(self.fields, value, strict=True)
        ]
        if named and named[0][0] is not None:
            return dict(named)
        if len(named) == 1:
            return named[0][1]
        return [part for _, part in named]

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.composite(
            path=self.path,
            params=type_params(self.cls._options.get("params")),
            fields=self.fields,
            docs=doc_lines(self.cls.__doc__),
        )


def _resolve_fields(cls: type[_Record]) -> list[Field]:
    types: Mapping[str, str] = cls._options.get("types") or {}
    unnamed = cls._options.get("unnamed", False)
    fields = []
    for name in cls._names:
        found, boxed = resolve_annotation(cls._annotations[name], cls)
        type_name = types.get(name, found.name)
        if boxed and not type_name.startswith("Box<"):
            type_name = f"Box<{type_name}>"
        chain_name = None if unnamed else name.rstrip("_")
        fields.append(Field(chain_name, found, type_name, boxed=boxed))
    return fields


class _RecordMeta(type):
    """Turns annotations into fields of a tuple subclass."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], space: dict[str, Any], /, **options: Any
    ) -> _RecordMeta:
        own = dict(space.get("__annotations__", {}))
        own = {k: v for k, v in own.items() if not _is_class_var(v)}
        inherited: dict[str, Any] = {}
        defaults: dict[str, Any] = {}
        for base in reversed(bases):
            inherited.update(getattr(base, "_annotations", {}))
            defaults.update(getattr(base, "_defaults", {}))
        annotations = {**inherited, **own}
        for field in own:
            if field in space:
                defaults[field] = space.pop(field)
            elif defaults and field not in inherited:
                raise TypeError(f"{name}.{field} without a default follows one with a default")
        space["__slots__"] = ()
        space["_annotations"] = annotations
        space["_defaults"] = defaults
        space["_options"] = options
        space["_locals"] = _enclosing_locals(space.get("__qualname__", name))
        space["_names"] = space["__match_args__"] = tuple(annotations)
        space["_positions"] = {field: position for position, field in enumerate(annotations)}
        for field, position in space["_positions"].items():
            space[field] = _field_getter(position, field)
        space["__new__"] = _constructor(tuple(annotations), defaults)
        return super().__new__(mcs, name, bases, space)

    def __init__(
        cls, name: str, bases: tuple[type, ...], space: dict[str, Any], /, **options: Any
    ) -> None:
        super().__init__(name, bases, space)
        # Resolved when first used: see _resolve_fields.
        cls.__codec__ = _RecordCodec(cls)  # type: ignore[arg-type]


def _field_getter(position: int, name: str) -> Any:
    from collections import _tuplegetter  # type: ignore[attr-defined]

    return _tuplegetter(position, f"The field {name}.")


def _is_class_var(annotation: Any) -> bool:
    text = annotation if isinstance(annotation, str) else str(annotation)
    return text.startswith(("ClassVar", "typing.ClassVar"))


def _enclosing_locals(qualname: str) -> dict[str, Any] | None:
    """The names around a class that is defined inside a function (as in tests)."""
    if "<locals>" not in qualname:
        return None
    frame: FrameType | None = sys._getframe(2)
    frames = []
    while frame is not None:
        frames.append(frame.f_locals)
        if frame.f_code.co_flags & _OPTIMIZED:
            break  # the function; what lies between are class bodies
        frame = frame.f_back
    return {name: value for found in reversed(frames) for name, value in found.items()}


def _constructor(fields: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    """``__new__`` with one parameter per field, compiled when the first instance is made."""

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        for owner in cls.__mro__:
            if vars(owner).get("_names") == fields and "__new__" in vars(owner):
                owner.__new__ = _compile_constructor(fields, defaults)
                break
        return cls.__new__(cls, *args, **kwargs)

    return __new__


def _compile_constructor(fields: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    parameters = "".join(
        f", {field}=_defaults[{field!r}]" if field in defaults else f", {field}" for field in fields
    )
    values = "".join(f"{field}, " for field in fields)
    text = f"def __new__(_cls{parameters}):\n    return _new(_cls, ({values}))\n"
    space: dict[str, Any] = {"_new": _new, "_defaults": defaults}
    exec(compile(text, "<struct>", "exec"), space)
    return space["__new__"]


if TYPE_CHECKING:

    @dataclass_transform(frozen_default=True, eq_default=True)
    class _Base:
        _names: ClassVar[tuple[str, ...]]
        __codec__: ClassVar[Codec[Any]]
        _annotations: ClassVar[dict[str, Any]]
        _defaults: ClassVar[dict[str, Any]]
        _options: ClassVar[dict[str, Any]]
        _locals: ClassVar[dict[str, Any] | None]

        def __init_subclass__(
            cls,
            *,
            path: str | None = None,
            params: Mapping[str, Any] | None = None,
            types: Mapping[str, str] | None = None,
            unnamed: bool = False,
            index: int | None = None,
            name: str | None = None,
        ) -> None: ...
        def __hash__(self) -> int: ...
        def replace(self, **changes: Any) -> Self: ...
        @classmethod
        def default(cls) -> Self: ...

    class _Record(_Base): ...

else:

    class _Record(tuple, metaclass=_RecordMeta):
        __hash__ = tuple.__hash__

        def __eq__(self, other: object) -> bool:
            return self.__class__ is other.__class__ and tuple.__eq__(self, other)

        def __ne__(self, other: object) -> bool:
            return self.__class__ is not other.__class__ or tuple.__ne__(self, other)

        def __bool__(self) -> bool:
            return True

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            parts = []
            for name, field, value in zip(self._names, self.__codec__.fields, self, strict=True):
                parts.append(f"{name}={_shown(field.codec, value)}")
            return f"{type(self).__qualname__.split('<locals>.')[-1]}({', '.join(parts)})"

        def replace(self, **changes: Any) -> Any:
            """A copy with some fields changed."""
            values = list(self)
            positions = self._positions
            try:
                for name, value in changes.items():
                    values[positions[name]] = value
            except KeyError:
                raise TypeError(f"{type(self).__name__} has no field {name!r}") from None
            return _new(self.__class__, values)

        @classmethod
        def default(cls) -> Any:
            """The value with every field at its default."""
            return cls.__codec__.default()


def _shown(field: Codec[Any], value: Any) -> str:
    """A field's value for repr: accounts as addresses, other bytes as hex when not text."""
    from .account import AccountCodec, AccountId
    from .products import innermost

    if isinstance(value, bytes) and len(value) == 32 and isinstance(innermost(field), AccountCodec):
        return repr(AccountId(value))
    if type(value) is bytes and not (value.isascii() and value.decode().isprintable()):
        return f"bytes.fromhex('{value.hex()}')"
    return repr(value)


class Struct(_Record):
    """Base of declared structs; see the module's own documentation for the options."""
