"""The portable type registry as it lies on the wire, the same in every metadata version.

Source: the crate scale-info (``PortableRegistry``).
"""

from __future__ import annotations

from taokit.chain_client.scale import (
    Compact,
    Enum,
    Option,
    Struct,
    Text,
    UnitEnum,
    Variant,
    Vec,
    u8,
    u32,
)

__all__ = [
    "PortableType",
    "Primitive",
    "Type",
    "TypeDef",
    "TypeField",
    "TypeParameter",
    "TypeVariant",
]


class TypeField(Struct):
    """A field of a composite or of a variant."""

    name: Option[Text]
    type: Compact[u32]
    type_name: Option[Text]
    docs: Vec[Text]


class TypeVariant(Struct):
    """One variant of an enum."""

    name: Text
    fields: Vec[TypeField]
    index: u8
    docs: Vec[Text]


class Primitive(UnitEnum):
    """The primitive types."""

    Bool = 0
    Char = 1
    Str = 2
    U8 = 3
    U16 = 4
    U32 = 5
    U64 = 6
    U128 = 7
    U256 = 8
    I8 = 9
    I16 = 10
    I32 = 11
    I64 = 12
    I128 = 13
    I256 = 14


class TypeDef(Enum):
    """What a type is made of; numbers are ids of other types."""

    class Composite(Variant):
        fields: Vec[TypeField]

    class Variants(Variant):
        variants: Vec[TypeVariant]

    class Sequence(Variant):
        type: Compact[u32]

    class Array(Variant):
        len: u32
        type: Compact[u32]

    class Tuple(Variant):
        types: Vec[Compact[u32]]

    class Primitive(Variant):
        kind: Primitive

    class Compact(Variant):
        type: Compact[u32]

    class BitSequence(Variant):
        store: Compact[u32]
        order: Compact[u32]


class TypeParameter(Struct):
    """A generic parameter; skipped ones have no type."""

    name: Text
    type: Option[Compact[u32]]


class Type(Struct):
    """One type of the registry."""

    path: Vec[Text]
    params: Vec[TypeParameter]
    definition: TypeDef
    docs: Vec[Text]


class PortableType(Struct):
    """A type under its id."""

    id: Compact[u32]
    type: Type
