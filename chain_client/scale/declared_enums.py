"""Declare enums as classes: Enum with nested Variants, and UnitEnum.

Owns their codecs; for the notation and its options see :mod:`.records`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from .base import Codec, Path
from .enums import EnumCodec, VariantSpec
from .products import Product
from .records import _Record, doc_lines, type_params
from .source import Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

    from .records import _Base

__all__ = ["Enum", "UnitEnum", "Variant"]

if TYPE_CHECKING:

    class Variant(_Base, Any):  # type: ignore[misc]
        """Base of an enum's data-carrying variants, declared inside the enum.

        To a type checker a variant is also an instance of any enum: Python has no way to say
        that a nested class is a subclass of the one around it.
        """

else:

    class Variant(_Record):
        """Base of an enum's variants, declared inside the enum."""


class _DeclaredEnum(EnumCodec):
    """An enum whose variants are classes."""

    def __init__(self, cls: type[Enum]) -> None:
        super().__init__(
            cls.__name__,
            lambda: [_variant_spec(i, v) for i, v in enumerate(cls.__variants__.values())],
            path=cls._options.get("path") or cls.__name__,
        )
        self.cls = cls

    @property
    def _hashable(self) -> bool:  # type: ignore[override]
        return all(spec.product._hashable for spec in self.variants)

    def default(self) -> Any:
        chosen = self.cls._options.get("default")
        if chosen is None:
            return super().default()
        return self.cls.__variants__[chosen].default()

    def _unit(self, spec: VariantSpec) -> Any:
        return spec.product._build([])

    def _pick(self, value: Any) -> tuple[VariantSpec, Any] | None:
        for spec in self.variants:
            if type(value) is spec.product.cls:  # type: ignore[attr-defined]
                return spec, value
        inner: Any = ()
        if isinstance(value, dict) and len(value) == 1:
            ((value, inner),) = value.items()
        found = self.by_name.get(value) if isinstance(value, str) else None
        return None if found is None else (found, inner)

    def _emit_pick(self, s: Source, value: str) -> tuple[str, str]:
        picked = s.temp()
        table = {v.product.cls: (v.index, v.product) for v in self.variants}  # type: ignore[attr-defined]
        s.line(f"{picked} = {s.bind(table)}[{value}.__class__]")
        return picked, value

    def to_json(self, value: Any) -> Any:
        picked = self._pick(value)
        if picked is None:
            raise self._misfit(value, ())
        spec = picked[0]
        if not spec.product.fields:
            return spec.name
        return {spec.name: spec.product.to_json(value)}

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        self.params = type_params(self.cls._options.get("params"))
        self.docs = doc_lines(self.cls.__doc__)
        return super().describe(builder)


def _variant_spec(position: int, cls: type[Variant]) -> VariantSpec:
    index = cls._options.get("index")
    return VariantSpec(
        position if index is None else index,
        cls._options.get("name") or cls.__name__.rstrip("_"),
        cast(Product, cls.__codec__),
        doc_lines(cls.__doc__),
    )


class _EnumMeta(type):
    """Collects the nested variants, and knows their instances as its own."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], space: dict[str, Any], /, **options: Any
    ) -> _EnumMeta:
        variants: dict[str, Any] = {}
        for base in bases:
            variants.update(getattr(base, "__variants__", {}))
        variants |= {
            key: value
            for key, value in space.items()
            if isinstance(value, type) and issubclass(value, Variant)
        }
        space["__variants__"] = variants
        space["_options"] = options
        return super().__new__(mcs, name, bases, space)

    def __init__(
        cls, name: str, bases: tuple[type, ...], space: dict[str, Any], /, **options: Any
    ) -> None:
        super().__init__(name, bases, space)
        cls.__codec__ = _DeclaredEnum(cls)  # type: ignore[arg-type]

    def __instancecheck__(cls, value: object) -> bool:
        return type(value) in cls.__variants__.values()  # type: ignore[attr-defined]


if TYPE_CHECKING:

    class Enum:
        """Base of declared enums whose variants carry data."""

        __codec__: ClassVar[Codec[Any]]
        __variants__: ClassVar[dict[str, type[Variant]]]
        _options: ClassVar[dict[str, Any]]

        def __init_subclass__(
            cls,
            *,
            path: str | None = None,
            params: Mapping[str, Any] | None = None,
            default: str | None = None,
        ) -> None: ...

else:

    class Enum(metaclass=_EnumMeta):
        """Base of declared enums whose variants carry data."""


class _UnitEnumCodec(EnumCodec):
    """An enum without data, as members of a Python enum."""

    def __init__(self, cls: type[UnitEnum], path: str | None) -> None:
        super().__init__(cls.__name__, self._specs, path=path or cls.__name__)
        self.cls = cls

    def _specs(self) -> Sequence[VariantSpec]:
        return [
            VariantSpec(member.value, name.rstrip("_"), _EMPTY)
            for name, member in self.cls.__members__.items()
        ]

    def _unit(self, spec: VariantSpec) -> Any:
        return self.cls(spec.index)

    def default(self) -> Any:
        return next(iter(self.cls))

    def _pick(self, value: Any) -> tuple[VariantSpec, Any] | None:
        if isinstance(value, int):
            spec = self.by_index.get(int(value))
        else:
            spec = self.by_name.get(value) if isinstance(value, str) else None
        return None if spec is None else (spec, ())

    def to_json(self, value: Any) -> Any:
        return self.by_index[int(value)].name


class UnitEnum(enum.IntEnum):
    """Base of declared enums without data: the members are integers, the index on the chain."""

    def __init_subclass__(cls, *, path: str | None = None) -> None:
        super().__init_subclass__()
        cls.__codec__ = _UnitEnumCodec(cls, path)  # type: ignore[attr-defined]


class _Nothing(Product):
    """No fields."""

    def _construct(self, s: Source, parts: list[str]) -> str:
        return "()"

    def _destructure(self, s: Source, value: str) -> list[str]:
        return []

    def _build(self, parts: list[Any]) -> Any:
        return ()

    def _parts(self, value: Any, path: Path) -> list[Any]:
        if value not in ((), None, {}, []):
            raise self._misfit(value, path)
        return []


_EMPTY = _Nothing("()", [])
