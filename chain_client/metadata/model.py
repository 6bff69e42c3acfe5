"""What metadata says, in the terms of those who ask: pallets, storage items, calls, APIs.

Owns the read-only views over the records of :mod:`.wire`. Names lead everywhere; codecs come from
the registry on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, cast

from taokit.chain_client.errors import DecodeError, EncodeError
from taokit.chain_client.scale import Codec
from taokit.chain_client.storage_keys import HASHERS, StorageHasher, storage_prefix

from . import wire
from .portable import TypeDef, TypeField, TypeVariant
from .registry import TypeRegistry

__all__ = ["Api", "Constant", "Extrinsic", "Pallet", "StorageEntry", "VariantInfo", "Variants"]


class VariantInfo:
    """A call, an event or an error of a pallet.

    ``fields`` have ``name``, ``type`` (an id), ``type_name`` (as the source spells it) and
    ``docs``.
    """

    def __init__(self, variant: TypeVariant, deprecation: wire.VariantDeprecation | None) -> None:
        self.name: str = variant.name
        self.index: int = variant.index
        self.fields: Sequence[TypeField] = variant.fields
        self.docs: Sequence[str] = variant.docs
        self.deprecation = deprecation

    def __repr__(self) -> str:
        return f"<{self.name} ({self.index})>"


class Variants(dict[str, VariantInfo]):
    """Calls, events or errors by name, and by index where an int is asked for."""

    @cached_property
    def _by_index(self) -> dict[int, VariantInfo]:
        return {info.index: info for info in self.values()}

    def __missing__(self, key: Any) -> VariantInfo:
        return self._by_index[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._by_index

    def get(self, key: Any, default: Any = None) -> Any:
        """The variant under a name or an index, else ``default``."""
        try:
            return self[key]
        except KeyError:
            return default


class StorageEntry:
    """A storage item: how its keys are made, and what lies there.

    ``value_type`` and ``key_types`` are type ids; ``modifier`` is "Optional" or "Default".
    """

    def __init__(
        self, prefix: str, record: wire.StorageEntryV16, types: TypeRegistry, pallet: str
    ) -> None:
        self.pallet = pallet
        self.name: str = record.name
        self.modifier: str = record.modifier.name
        self.default: bytes = record.fallback
        self.docs: Sequence[str] = record.docs
        self.deprecation = record.deprecation
        self._prefix_name = prefix
        self._types = types
        self.hashers: tuple[StorageHasher, ...] = ()
        self.key_types: tuple[int, ...] = ()
        match record.type:
            case wire.StorageType.Plain(value=value):
                self.value_type: int = value
            case wire.StorageType.Map(hashers=hashers, key=key, value=value):
                self.value_type = value
                self.hashers = tuple(HASHERS[hasher.name] for hasher in hashers)
                self.key_types = (key,) if len(hashers) == 1 else self._split(key)

    def _split(self, key: int) -> tuple[int, ...]:
        definition = cast("TypeDef.Tuple", self._types[key].definition)
        return tuple(definition.types)

    @property
    def prefix(self) -> bytes:
        """The 32 bytes that every key of the item starts with."""
        return storage_prefix(self._prefix_name, self.name)

    @property
    def codec(self) -> Codec[Any]:
        """The codec of the values."""
        return self._types.codec(self.value_type)

    @property
    def key_codecs(self) -> list[Codec[Any]]:
        """The codecs of the key's parts, one for each hasher."""
        return [self._types.codec(type_id) for type_id in self.key_types]

    def key(self, *args: Any) -> bytes:
        """The raw key of one entry; a plain value takes no arguments. Raises EncodeError."""
        if len(args) != len(self.hashers):
            raise self._wrong_count(args)
        return self.prefix_key(*args)

    def prefix_key(self, *first: Any) -> bytes:
        """What all raw keys start with whose first parts are these. Raises EncodeError."""
        if len(first) > len(self.hashers):
            raise self._wrong_count(first)
        parts = zip(self.hashers, self.key_types, first, strict=False)
        return self.prefix + b"".join(
            hasher.hash(self._types.codec(type_id).encode(part)) for hasher, type_id, part in parts
        )

    def _wrong_count(self, args: tuple[Any, ...]) -> EncodeError:
        names = ", ".join(self._types.name(type_id) for type_id in self.key_types) or "none"
        return EncodeError(
            path=f"{self.pallet}.{self.name}",
            expected=f"{len(self.hashers)} keys ({names})",
            got=f"{len(args)}",
        )

    def decode_key(self, raw: bytes) -> tuple[Any, ...]:
        """The parts of a raw key; None in place of a part that its hasher has hidden.

        Raises DecodeError when ``raw`` is not a key of this item.
        """
        prefix = self.prefix
        label = f"key of {self.pallet}.{self.name}"
        if not raw.startswith(prefix):
            raise DecodeError(type=label, offset=0, what="another item's prefix")
        offset = len(prefix)
        parts: list[Any] = []
        for hasher, type_id in zip(self.hashers, self.key_types, strict=True):
            offset += hasher.digest_length
            part = None
            if hasher.reversible:
                part, offset = self._types.codec(type_id).read(raw, offset)
            parts.append(part)
        if offset != len(raw):
            raise DecodeError(
                type=label, offset=min(offset, len(raw)), what=f"{len(raw)} bytes, not {offset}"
            )
        return tuple(parts)

    def decode(self, raw: bytes | None) -> Any:
        """The value of raw storage; of nothing: the default, or None for an optional item."""
        if raw is None:
            return None if self.modifier == "Optional" else self.codec.decode(self.default)
        return self.codec.decode(raw)

    def encode(self, value: Any) -> bytes:
        """The raw storage of a value. Raises EncodeError."""
        return self.codec.encode(value)

    def __repr__(self) -> str:
        keys = ", ".join(
            f"{hasher}<{self._types.name(type_id)}>"
            for hasher, type_id in zip(self.hashers, self.key_types, strict=True)
        )
        value = self._types.name(self.value_type)
        return f"<{self.pallet}.{self.name}: {f'{keys} -> ' if keys else ''}{value}>"


class Constant:
    """A constant of a pallet: ``type`` is an id, ``value`` its SCALE bytes."""

    def __init__(self, record: wire.ConstantV16, types: TypeRegistry) -> None:
        self.name: str = record.name
        self.type: int = record.type
        self.value: bytes = record.value
        self.docs: Sequence[str] = record.docs
        self.deprecation = record.deprecation
        self._types = types

    def decode(self) -> Any:
        """The value."""
        return self._types.codec(self.type).decode(self.value)


class Pallet:
    """One pallet. Everything in it is by name, in the order of the runtime."""

    def __init__(self, name: str, load: Callable[[], wire.PalletV16], types: TypeRegistry) -> None:
        self.name = name
        self._load = load
        self._types = types

    @cached_property
    def record(self) -> wire.PalletV16:
        """All that the metadata says about the pallet, as it says it."""
        return self._load()

    @property
    def index(self) -> int:
        """The pallet's number in calls, events and errors."""
        return self.record.index

    @property
    def docs(self) -> Sequence[str]:
        """Lines of documentation."""
        return self.record.docs

    @cached_property
    def storage(self) -> dict[str, StorageEntry]:
        """The storage items."""
        found = self.record.storage
        entries = found.entries if found else []
        prefix = found.prefix if found else ""
        return {e.name: StorageEntry(prefix, e, self._types, self.name) for e in entries}

    @cached_property
    def calls(self) -> Variants:
        """The calls."""
        return self._variants(self.record.calls)

    @cached_property
    def events(self) -> Variants:
        """The events."""
        return self._variants(self.record.event)

    @cached_property
    def errors(self) -> Variants:
        """The errors, by name and by index."""
        return self._variants(self.record.error)

    @cached_property
    def constants(self) -> dict[str, Constant]:
        """The constants."""
        return {c.name: Constant(c, self._types) for c in self.record.constants}

    @property
    def view_functions(self) -> dict[str, wire.ViewFunction]:
        """Read-only functions (V16)."""
        return {f.name: f for f in self.record.view_functions}

    @property
    def associated_types(self) -> dict[str, wire.AssociatedType]:
        """Types of the pallet's configuration (V16)."""
        return {t.name: t for t in self.record.associated_types}

    def _variants(self, found: wire.PalletEnumV16 | None) -> Variants:
        if found is None:
            return Variants()
        definition = cast("TypeDef.Variants", self._types[found.type].definition)
        notes = found.deprecation
        return Variants((v.name, VariantInfo(v, notes.get(v.index))) for v in definition.variants)

    def __repr__(self) -> str:
        return f"<pallet {self.name}>"


class Api:
    """A runtime API. Methods have ``inputs`` (each ``name``, ``type``), ``output`` and ``docs``."""

    def __init__(self, name: str, load: Callable[[], wire.ApiV16]) -> None:
        self.name = name
        self._load = load

    @cached_property
    def record(self) -> wire.ApiV16:
        """All that the metadata says about the API, as it says it."""
        return self._load()

    @property
    def version(self) -> int:
        """The API's version (0 where the metadata does not say)."""
        return self.record.version

    @property
    def docs(self) -> Sequence[str]:
        """Lines of documentation."""
        return self.record.docs

    @cached_property
    def methods(self) -> dict[str, wire.MethodV16]:
        """The functions by name."""
        return {method.name: method for method in self.record.methods}

    def __repr__(self) -> str:
        return f"<API {self.name}>"


class Extrinsic:
    """The transaction format; types are ids.

    ``extensions`` have ``identifier``, ``type`` (what a transaction carries) and ``implicit``
    (what only its signer and the chain know).
    """

    def __init__(self, record: wire.ExtrinsicV16) -> None:
        self.versions: list[int] = list(record.versions)
        self.address_type: int = record.address
        self.call_type: int = record.call
        self.signature_type: int = record.signature
        self.extensions: list[wire.ExtensionRecord] = record.extensions
        self.by_version: dict[int, list[int]] = record.by_version
