"""Metadata V14, V15 and V16 as they lie on the wire.

Owns the declarations only. V16 says the most, so its records are also the ones that the model
keeps; :mod:`.convert` fills in and takes away for the older two. Source: the crate frame-metadata.
"""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import (
    BTreeMap,
    Bytes,
    Compact,
    Enum,
    FixedBytes,
    Option,
    Struct,
    Text,
    UnitEnum,
    Variant,
    Vec,
    u8,
    u32,
)

from .portable import PortableType

__all__ = [
    "MAGIC",
    "ApiV15",
    "ApiV16",
    "AssociatedType",
    "ConstantV14",
    "ConstantV16",
    "CustomValue",
    "ExtensionRecord",
    "ExtrinsicV14",
    "ExtrinsicV15",
    "ExtrinsicV16",
    "Hasher",
    "ItemDeprecation",
    "MetadataV14",
    "MetadataV15",
    "MetadataV16",
    "MethodV15",
    "MethodV16",
    "Modifier",
    "OuterEnums",
    "PalletEnumV14",
    "PalletEnumV16",
    "PalletV14",
    "PalletV15",
    "PalletV16",
    "Param",
    "StorageEntryV14",
    "StorageEntryV16",
    "StorageType",
    "StorageV14",
    "StorageV16",
    "VariantDeprecation",
    "ViewFunction",
]

MAGIC = b"meta"


class Hasher(UnitEnum):
    """How a storage map hashes one of its keys."""

    Blake2_128 = 0
    Blake2_256 = 1
    Blake2_128Concat = 2
    Twox128 = 3
    Twox256 = 4
    Twox64Concat = 5
    Identity = 6


class Modifier(UnitEnum):
    """What reading an absent entry gives: nothing, or the default."""

    Optional = 0
    Default = 1


class StorageType(Enum):
    """One value, or a map from keys."""

    class Plain(Variant):
        value: Compact[u32]

    class Map(Variant):
        hashers: Vec[Hasher]
        key: Compact[u32]
        value: Compact[u32]


class ItemDeprecation(Enum):
    """Whether an item is deprecated, and why."""

    class NotDeprecated(Variant):
        pass

    class DeprecatedWithoutNote(Variant):
        pass

    class Deprecated(Variant):
        note: Text
        since: Option[Text]


class VariantDeprecation(Enum):
    """Why one call, event or error is deprecated."""

    class DeprecatedWithoutNote(Variant, index=1):
        pass

    class Deprecated(Variant, index=2):
        note: Text
        since: Option[Text]


class StorageEntryV14(Struct):
    """A storage item (V14, V15)."""

    name: Text
    modifier: Modifier
    type: StorageType
    fallback: Bytes
    docs: Vec[Text]


class StorageEntryV16(Struct):
    """A storage item."""

    name: Text
    modifier: Modifier
    type: StorageType
    fallback: Bytes
    docs: Vec[Text]
    deprecation: ItemDeprecation


class StorageV14(Struct):
    """A pallet's storage (V14, V15)."""

    prefix: Text
    entries: Vec[StorageEntryV14]


class StorageV16(Struct):
    """A pallet's storage."""

    prefix: Text
    entries: Vec[StorageEntryV16]


class ConstantV14(Struct):
    """A constant (V14, V15)."""

    name: Text
    type: Compact[u32]
    value: Bytes
    docs: Vec[Text]


class ConstantV16(Struct):
    """A constant."""

    name: Text
    type: Compact[u32]
    value: Bytes
    docs: Vec[Text]
    deprecation: ItemDeprecation


class PalletEnumV14(Struct):
    """The type of a pallet's calls, events or errors (V14, V15)."""

    type: Compact[u32]


class PalletEnumV16(Struct):
    """The type of a pallet's calls, events or errors, and which variants are deprecated."""

    type: Compact[u32]
    deprecation: BTreeMap[u8, VariantDeprecation]


class AssociatedType(Struct):
    """A type of the pallet's configuration."""

    name: Text
    type: Compact[u32]
    docs: Vec[Text]


class Param(Struct):
    """A parameter of a function."""

    name: Text
    type: Compact[u32]


class ViewFunction(Struct):
    """A read-only function of a pallet, called by its id."""

    id: FixedBytes[Literal[32]]
    name: Text
    inputs: Vec[Param]
    output: Compact[u32]
    docs: Vec[Text]
    deprecation: ItemDeprecation


class PalletV14(Struct):
    """A pallet."""

    name: Text
    storage: Option[StorageV14]
    calls: Option[PalletEnumV14]
    event: Option[PalletEnumV14]
    constants: Vec[ConstantV14]
    error: Option[PalletEnumV14]
    index: u8


class PalletV15(Struct):
    """A pallet: as V14, with docs."""

    name: Text
    storage: Option[StorageV14]
    calls: Option[PalletEnumV14]
    event: Option[PalletEnumV14]
    constants: Vec[ConstantV14]
    error: Option[PalletEnumV14]
    index: u8
    docs: Vec[Text]


class PalletV16(Struct):
    """A pallet."""

    name: Text
    storage: Option[StorageV16]
    calls: Option[PalletEnumV16]
    event: Option[PalletEnumV16]
    constants: Vec[ConstantV16]
    error: Option[PalletEnumV16]
    associated_types: Vec[AssociatedType]
    view_functions: Vec[ViewFunction]
    index: u8
    docs: Vec[Text]
    deprecation: ItemDeprecation


class ExtensionRecord(Struct):
    """A transaction extension: what a transaction carries, and what only its signer sees."""

    identifier: Text
    type: Compact[u32]
    implicit: Compact[u32]


class ExtrinsicV14(Struct):
    """The transaction format (V14)."""

    type: Compact[u32]
    version: u8
    extensions: Vec[ExtensionRecord]


class ExtrinsicV15(Struct):
    """The transaction format (V15)."""

    version: u8
    address: Compact[u32]
    call: Compact[u32]
    signature: Compact[u32]
    extra: Compact[u32]
    extensions: Vec[ExtensionRecord]


class ExtrinsicV16(Struct):
    """The transaction formats: ``by_version`` names extensions by position for each version."""

    versions: Bytes
    address: Compact[u32]
    call: Compact[u32]
    signature: Compact[u32]
    by_version: BTreeMap[u8, Vec[Compact[u32]]]
    extensions: Vec[ExtensionRecord]


class MethodV15(Struct):
    """A function of a runtime API (V15)."""

    name: Text
    inputs: Vec[Param]
    output: Compact[u32]
    docs: Vec[Text]


class MethodV16(Struct):
    """A function of a runtime API."""

    name: Text
    inputs: Vec[Param]
    output: Compact[u32]
    docs: Vec[Text]
    deprecation: ItemDeprecation


class ApiV15(Struct):
    """A runtime API (V15)."""

    name: Text
    methods: Vec[MethodV15]
    docs: Vec[Text]


class ApiV16(Struct):
    """A runtime API."""

    name: Text
    methods: Vec[MethodV16]
    docs: Vec[Text]
    version: Compact[u32]
    deprecation: ItemDeprecation


class OuterEnums(Struct):
    """The types over all pallets."""

    call: Compact[u32]
    event: Compact[u32]
    error: Compact[u32]


class CustomValue(Struct):
    """A value that a runtime adds to its metadata."""

    type: Compact[u32]
    value: Bytes


class MetadataV14(Struct):
    """Everything, after the magic and the version's byte (V14)."""

    types: Vec[PortableType]
    pallets: Vec[PalletV14]
    extrinsic: ExtrinsicV14
    runtime: Compact[u32]


class MetadataV15(Struct):
    """Everything, after the magic and the version's byte (V15)."""

    types: Vec[PortableType]
    pallets: Vec[PalletV15]
    extrinsic: ExtrinsicV15
    runtime: Compact[u32]
    apis: Vec[ApiV15]
    outer_enums: OuterEnums
    custom: BTreeMap[Text, CustomValue]


class MetadataV16(Struct):
    """Everything, after the magic and the version's byte (V16)."""

    types: Vec[PortableType]
    pallets: Vec[PalletV16]
    extrinsic: ExtrinsicV16
    apis: Vec[ApiV16]
    outer_enums: OuterEnums
    custom: BTreeMap[Text, CustomValue]
