"""The types of a runtime, and the codecs of its values.

Owns :class:`TypeRegistry`: types by id, by path, as text, and as codecs. Codecs are made when
asked for, and compile on first use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from taokit.chain_client.errors import UnknownName
from taokit.chain_client.scale import BitSequence, Codec, codec
from taokit.chain_client.scale import names as scale
from taokit.chain_client.scale.account import AccountCodec
from taokit.chain_client.scale.dynamic import (
    AddressEnum,
    DictProduct,
    DynamicEnum,
    TaggedProduct,
)
from taokit.chain_client.scale.enums import VariantSpec
from taokit.chain_client.scale.era import EraCodec
from taokit.chain_client.scale.maps import MapCodec, SetCodec
from taokit.chain_client.scale.options import OptionCodec
from taokit.chain_client.scale.products import Field, Newtype, Product, TupleCodec

from .portable import Primitive, Type, TypeDef, TypeField, TypeVariant

__all__ = ["TypeRegistry"]

_ACCOUNT = AccountCodec(wrap=True)
_ERA = EraCodec()
_PRIMITIVES: dict[Primitive, Codec[Any]] = {
    Primitive.Bool: scale.bool_codec,
    Primitive.Str: scale.text_codec,
    Primitive.U8: scale.u8_codec,
}


class TypeRegistry:
    """The portable registry of a runtime's metadata."""

    def __init__(self, types: Mapping[int, Type]) -> None:
        self._by_id = types
        self._codecs: dict[int, Codec[Any]] = {}
        self._by_path: dict[str, list[int]] | None = None

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_id)

    def __getitem__(self, type_id: int) -> Type:
        """The type under an id. Raises UnknownName."""
        try:
            return self._by_id[type_id]
        except KeyError:
            raise UnknownName(kind="type", name=str(type_id), known=()) from None

    def codec(self, type_id: int) -> Codec[Any]:
        """The codec of a type's values, the same object for the same id. Raises UnknownName."""
        found = self._codecs.get(type_id)
        if found is None:
            found = self._codecs[type_id] = self._make(type_id)
        return found

    def path(self, type_id: int) -> str:
        """The type's path in Rust, "a::b::C"; "" for types without a name of their own."""
        return "::".join(self[type_id].path)

    def find(self, path: str) -> list[int]:
        """The ids of the types with this path, or with this last name. Raises UnknownName."""
        if self._by_path is None:
            self._by_path = {}
            for type_id, found in self._by_id.items():
                if found.path:
                    self._by_path.setdefault("::".join(found.path), []).append(type_id)
                    if len(found.path) > 1:
                        self._by_path.setdefault(found.path[-1], []).append(type_id)
        if path not in self._by_path:
            raise UnknownName(kind="type", name=path, known=self._by_path)
        return self._by_path[path]

    def name(self, type_id: int) -> str:
        """The type as Rust would write it, with short names: ``Vec<(AccountId32, u64)>``."""
        found = self[type_id]
        if found.path:
            params = [self.name(p.type) for p in found.params if p.type is not None]
            inner = f"<{', '.join(params)}>" if params and len(params) < 4 else ""
            return found.path[-1] + inner
        match found.definition:
            case TypeDef.Sequence(type=inner_id):
                return f"Vec<{self.name(inner_id)}>"
            case TypeDef.Array(len=size, type=inner_id):
                return f"[{self.name(inner_id)}; {size}]"
            case TypeDef.Tuple(types=types):
                return f"({', '.join(self.name(inner_id) for inner_id in types)})"
            case TypeDef.Compact(type=inner_id):
                return f"Compact<{self.name(inner_id)}>"
            case TypeDef.Primitive(kind=kind):
                return kind.name.lower()
        return type(found.definition).__name__

    # --- codecs -----------------------------------------------------------------------------

    def _make(self, type_id: int) -> Codec[Any]:
        found = self[type_id]
        match found.definition:
            case TypeDef.Composite(fields=fields):
                return self._composite(found, fields)
            case TypeDef.Variants(variants=variants):
                return self._variants(found, variants)
            case TypeDef.Sequence(type=inner):
                return scale.vec_of(self.codec(inner))
            case TypeDef.Array(len=size, type=inner):
                return scale.array_of(self.codec(inner), size)
            case TypeDef.Tuple(types=types):
                return scale.tuple_of([self.codec(inner) for inner in types])
            case TypeDef.Primitive(kind=kind):
                return _primitive(kind)
            case TypeDef.Compact(type=inner):
                return scale.compact_of(self.codec(inner))
            case TypeDef.BitSequence(store=store, order=order):
                bits = (self.codec(store).fixed_size or 1) * 8
                return BitSequence(bits, most_first=self.name(order).startswith("Msb0"))
        raise UnknownName(kind="type definition", name=repr(found.definition), known=())

    def _composite(self, found: Type, fields: list[TypeField]) -> Codec[Any]:
        special = self._special(found)
        return self._product("".join(found.path[-1:]), fields) if special is None else special

    def _special(self, found: Type) -> Codec[Any] | None:
        """Types whose values have a form of their own in Python."""
        path = "::".join(found.path)
        params = [p.type for p in found.params if p.type is not None]
        if path == AccountCodec().path:
            return _ACCOUNT
        if path == "primitive_types::U256":
            return codec(scale.U256)
        if path == "BTreeMap" and len(params) == 2:
            return MapCodec(self.codec(params[0]), self.codec(params[1]))
        if path == "BTreeSet" and len(params) == 1:
            return SetCodec(self.codec(params[0]))
        return None

    def _product(self, name: str, fields: list[TypeField]) -> Product:
        def resolve() -> list[Field]:
            return [self._field(field) for field in fields]

        if fields and fields[0].name is not None:
            return DictProduct(name, resolve, count=len(fields))
        if len(fields) == 1:
            return Newtype(name, resolve)
        return TupleCodec(name, resolve, count=len(fields))

    def _field(self, field: TypeField) -> Field:
        # Box leaves no other trace in metadata than in the name of the field's type.
        boxed = "Box<" in (field.type_name or "")
        return Field(field.name, self.codec(field.type), field.type_name, (), boxed)

    def _variants(self, found: Type, variants: list[TypeVariant]) -> Codec[Any]:
        path = "::".join(found.path)
        if path == "Option" and len(variants) == 2:
            return OptionCodec(self.codec(variants[1].fields[0].type))
        if path == _ERA.path:
            return _ERA
        kind = AddressEnum if path.endswith("multiaddress::MultiAddress") else DynamicEnum

        def resolve() -> list[VariantSpec]:
            return [
                VariantSpec(v.index, v.name, TaggedProduct(v.name, self._product(v.name, v.fields)))
                for v in variants
            ]

        return kind("".join(found.path[-1:]), resolve)


def _primitive(kind: Primitive) -> Codec[Any]:
    found = _PRIMITIVES.get(kind)
    if found is None:
        declared = "Char" if kind is Primitive.Char else kind.name.lower()
        found = _PRIMITIVES[kind] = codec(getattr(scale, declared))
    return found
