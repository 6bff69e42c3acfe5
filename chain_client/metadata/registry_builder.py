"""From declared types to a portable registry.

Owns numbering and describing types. A type is registered once per codec object, under the next
free id, and what it contains after it, as scale-info does; a type may contain itself.

    builder = RegistryBuilder()
    builder.register(AccountInfo)           # 0
    builder.types                           # [PortableType(id=0, ...), ...]

Every codec describes itself through :meth:`Codec.describe`, which answers with what one of the
methods below gives. A hand-written codec may do the same, or pass on what another type's codec
says: ``return codec(Shape).describe(builder)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taokit.chain_client.scale import Codec, codec
from taokit.chain_client.scale.products import Field

from .portable import (
    PortableType,
    Primitive,
    Type,
    TypeDef,
    TypeField,
    TypeParameter,
    TypeVariant,
)

__all__ = ["RegistryBuilder", "TypeDescription"]

#: What :meth:`Codec.describe` answers with.
TypeDescription = Type

#: A variant to describe: its name, its byte, its fields, its docs.
VariantGiven = tuple[str, int, Sequence[Field], Sequence[str]]


class RegistryBuilder:
    """Collects types; ids follow the order of registration."""

    def __init__(self) -> None:
        self._ids: dict[Codec[Any], int] = {}
        self._found: dict[int, Type] = {}

    @property
    def types(self) -> list[PortableType]:
        """The registry so far, in the order of ids."""
        return [PortableType(type_id, self._found[type_id]) for type_id in sorted(self._found)]

    def register(self, annotation: Any) -> int:
        """The id of a type, which is registered with all that it contains if it is new."""
        found = codec(annotation)._stands_for
        type_id = self._ids.get(found)
        if type_id is None:
            type_id = self._ids[found] = len(self._ids)
            self._found[type_id] = found.describe(self)
        return type_id

    def add(self, description: Type) -> int:
        """The id of a type that is described here and now, and has no codec of its own."""
        type_id = len(self._ids)
        self._ids[Codec()] = type_id
        self._found[type_id] = description
        return type_id

    # --- descriptions -----------------------------------------------------------------------

    def primitive(self, name: str) -> Type:
        """A primitive: "Bool", "Str", "U64", ..."""
        return _anonymous(TypeDef.Primitive(Primitive[name]))

    def sequence(self, element: int) -> Type:
        """``Vec<T>`` of the type with the id ``element``."""
        return _anonymous(TypeDef.Sequence(element))

    def array(self, element: int, size: int) -> Type:
        """``[T; size]``."""
        return _anonymous(TypeDef.Array(size, element))

    def tuple(self, parts: list[int]) -> Type:
        """A tuple of types by id."""
        return _anonymous(TypeDef.Tuple(parts))

    def compact(self, inner: int) -> Type:
        """``Compact<T>``."""
        return _anonymous(TypeDef.Compact(inner))

    def bit_sequence(self, store: int, order: int) -> Type:
        """``BitVec<Store, Order>``."""
        return _anonymous(TypeDef.BitSequence(store, order))

    def composite(
        self,
        *,
        path: str,
        params: Mapping[str, Codec[Any] | None],
        fields: Iterable[Field],
        docs: Sequence[str] = (),
    ) -> Type:
        """A struct with its path ("a::b::C"), generic parameters, fields and lines of docs."""
        given = self._params(params)
        return Type(path.split("::"), given, TypeDef.Composite(self._fields(fields)), list(docs))

    def variant(
        self,
        *,
        path: str,
        params: Mapping[str, Codec[Any] | None],
        variants: Iterable[VariantGiven],
        docs: Sequence[str] = (),
    ) -> Type:
        """An enum."""
        given = self._params(params)
        listed = [
            TypeVariant(name, self._fields(fields), index, list(about))
            for name, index, fields, about in variants
        ]
        return Type(path.split("::"), given, TypeDef.Variants(listed), list(docs))

    def _params(self, params: Mapping[str, Codec[Any] | None]) -> list[TypeParameter]:
        return [
            TypeParameter(name, None if inner is None else self.register(inner))
            for name, inner in params.items()
        ]

    def _fields(self, fields: Iterable[Field]) -> list[TypeField]:
        return [
            TypeField(field.name, self.register(field.codec), field.type_name, list(field.docs))
            for field in fields
        ]


def _anonymous(definition: TypeDef) -> Type:
    return Type([], [], definition, [])
