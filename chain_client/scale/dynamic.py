"""Values of types read from metadata: plain dicts, lists, tuples, text and numbers.

Owns the products and enums that know no Python class, only names. Their values: named fields a
dict, one unnamed field the bare value, several a tuple, none (); a variant without fields its
name, otherwise {name: value of its fields}.
"""

from __future__ import annotations

from typing import Any

from .base import Path
from .enums import EnumCodec, VariantSpec, nearest
from .products import Product
from .source import Source


class DictProduct(Product):
    """Named fields, as a dict."""

    def _construct(self, s: Source, parts: list[str]) -> str:
        pairs = zip(self.fields, parts, strict=True)
        return f"{{{', '.join(f'{field.name!r}: {part}' for field, part in pairs)}}}"

    def _destructure(self, s: Source, value: str) -> list[str]:
        names = s.temps(len(self.fields))
        s.fail_if(f"{value}.__class__ is not dict or len({value}) != {len(names)}")
        for field, name in zip(self.fields, names, strict=True):
            s.line(f"{name} = {value}[{field.name!r}]")
        return names

    def _build(self, parts: list[Any]) -> Any:
        return {field.name: part for field, part in zip(self.fields, parts, strict=True)}

    def _parts(self, value: Any, path: Path) -> list[Any]:
        if hasattr(type(value), "__codec__") and hasattr(value, "__match_args__"):
            value = {name.rstrip("_"): getattr(value, name) for name in value.__match_args__}
        if not isinstance(value, dict):
            raise self._misfit(value, path)
        names = [field.name or "" for field in self.fields]
        extra = [str(key) for key in value if key not in names]
        if extra:
            near = nearest(extra[0], [name for name in names if name not in value])
            hint = f"it has no field {extra[0]!r}" + (f"; {near}" if near else "")
            raise self._misfit(value, path, hint)
        missing = [name for name in names if name not in value]
        if missing:
            raise self._misfit(value, path, f"missing: {', '.join(missing)}")
        return [value[name] for name in names]

    def _expected(self) -> str:
        return f"{self.name} ({', '.join(field.name or '' for field in self.fields)})"

    @property
    def _hashable(self) -> bool:  # type: ignore[override]
        return False


class DynamicEnum(EnumCodec):
    """An enum known by name: "Name" without fields, otherwise {"Name": value of its fields}."""

    def _unit(self, spec: VariantSpec) -> Any:
        return spec.name

    def _pick(self, value: Any) -> tuple[VariantSpec, Any] | None:
        inner: Any = ()
        if isinstance(value, dict) and len(value) == 1:
            ((value, inner),) = value.items()
        spec = self.by_name.get(value) if isinstance(value, str) else None
        return None if spec is None else (spec, inner)

    def _emit_pick(self, s: Source, value: str) -> tuple[str, str]:
        picked, inner, name = s.temps(3)
        full = [v for v in self.variants if not v.product.is_empty]
        bare = [v for v in self.variants if v.product.is_empty]
        table = s.bind({v.name: (v.index, v.product) for v in full})
        units = s.bind({v.name: (v.index, v.product) for v in bare})
        with s.block(f"if {value}.__class__ is str:"):
            s.line(f"{picked} = {units}[{value}]")
            s.line(f"{inner} = ()")
        with s.block("else:"):
            s.fail_if(f"len({value}) != 1")
            s.line(f"({name}, {inner}), = {value}.items()")
            s.line(f"{picked} = {table}[{name}]")
        return picked, inner


class TaggedProduct(Product):
    """The fields of a dynamic variant: wraps the value of ``inner`` as {tag: value}."""

    def __init__(self, tag: str, inner: Product) -> None:
        super().__init__(tag, lambda: inner.fields, count=inner._count)
        self.inner = inner

    def _construct(self, s: Source, parts: list[str]) -> str:
        if not parts:
            return repr(self.name)
        return f"{{{self.name!r}: {self.inner._construct(s, parts)}}}"

    def _destructure(self, s: Source, value: str) -> list[str]:
        return self.inner._destructure(s, value)

    def _build(self, parts: list[Any]) -> Any:
        return {self.name: self.inner._build(parts)} if parts else self.name

    def _parts(self, value: Any, path: Path) -> list[Any]:
        return self.inner._parts(value, path)


class AddressEnum(DynamicEnum):
    """``MultiAddress``, which also takes an account (address, bytes or hex) for its Id."""

    def _pick(self, value: Any) -> tuple[VariantSpec, Any] | None:
        named = super()._pick(value)
        if named is not None or isinstance(value, dict) or "Id" not in self.by_name:
            return named
        return self.by_name["Id"], value
