"""Build a runtime's metadata from declarations.

Owns the input model (plain dataclasses of declared types) and its translation to records. The
order of registering types follows FRAME's: pallets in turn (storage, calls, event, constants,
error), the extrinsic, the APIs, the outer enums.

    metadata = build_metadata(
        pallets=[
            PalletSpec(
                "Balances", 5,
                storage=[
                    StorageSpec("TotalIssuance", u64),
                    StorageSpec("Account", AccountData, (Blake2_128Concat,), (AccountId,)),
                ],
                calls=BalancesCall, events=BalancesEvent, errors=BalancesError,
                constants=[ConstantSpec("ExistentialDeposit", u64, 500)],
            )
        ],
        extrinsic=ExtrinsicSpec(address=MultiAddress, call=RuntimeCall, signature=MultiSignature),
        event=RuntimeEvent,
        error=RuntimeError_,
        apis=[ApiSpec("Core", [MethodSpec("version", [], RuntimeVersion)], version=5)],
    )
    metadata.encode(15)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from taokit.chain_client.errors import MetadataError
from taokit.chain_client.scale import codec
from taokit.chain_client.scale.names import tuple_of
from taokit.chain_client.storage_keys import StorageHasher

from . import wire
from .document import Metadata
from .registry_builder import RegistryBuilder

__all__ = [
    "ApiSpec",
    "ConstantSpec",
    "ExtensionSpec",
    "ExtrinsicSpec",
    "MethodSpec",
    "PalletSpec",
    "StorageSpec",
    "build_metadata",
]

_CURRENT = wire.ItemDeprecation.NotDeprecated()


@dataclass(frozen=True)
class StorageSpec:
    """A storage item: ``hashers`` and ``keys`` go in pairs, none for a plain value.

    ``default`` is the encoding that an absent entry stands for (None: that of the type's default;
    an ``optional`` item has a single zero byte there, as FRAME writes).
    """

    name: str
    value: Any
    hashers: Sequence[StorageHasher] = ()
    keys: Sequence[Any] = ()
    optional: bool = False
    default: bytes | None = None
    docs: Sequence[str] = ()


@dataclass(frozen=True)
class ConstantSpec:
    """A constant; ``value`` is a Python value of ``type``."""

    name: str
    type: Any
    value: Any
    docs: Sequence[str] = ()


@dataclass(frozen=True)
class PalletSpec:
    """A pallet; ``calls``, ``events`` and ``errors`` are enum types, or None.

    ``prefix`` is the pallet's name in storage keys (default: its name).
    """

    name: str
    index: int
    storage: Sequence[StorageSpec] | None = None
    calls: Any = None
    events: Any = None
    errors: Any = None
    constants: Sequence[ConstantSpec] = ()
    docs: Sequence[str] = ()
    prefix: str | None = None


@dataclass(frozen=True)
class MethodSpec:
    """A function of a runtime API: ``inputs`` are (name, type)."""

    name: str
    inputs: Sequence[tuple[str, Any]]
    output: Any
    docs: Sequence[str] = ()


@dataclass(frozen=True)
class ApiSpec:
    """A runtime API."""

    name: str
    methods: Sequence[MethodSpec]
    docs: Sequence[str] = ()
    version: int = 1


@dataclass(frozen=True)
class ExtensionSpec:
    """A transaction extension: the type it puts in a transaction, and the one only signed."""

    identifier: str
    type: Any
    implicit: Any


@dataclass(frozen=True)
class ExtrinsicSpec:
    """The transaction format."""

    address: Any
    call: Any
    signature: Any
    extensions: Sequence[ExtensionSpec] = ()
    versions: Sequence[int] = field(default=(4, 5))


def build_metadata(
    *,
    pallets: Sequence[PalletSpec],
    extrinsic: ExtrinsicSpec,
    event: Any,
    error: Any,
    apis: Sequence[ApiSpec] = (),
) -> Metadata:
    """The metadata of a runtime; ``event`` and ``error`` are its outer enums.

    Raises MetadataError for declarations that contradict each other.
    """
    types = RegistryBuilder()
    records = [_pallet(types, spec) for spec in pallets]
    transaction = _extrinsic(types, extrinsic)
    functions = [_api(types, spec) for spec in apis]
    outer = wire.OuterEnums(
        types.register(extrinsic.call), types.register(event), types.register(error)
    )
    return Metadata(wire.MetadataV16(types.types, records, transaction, functions, outer, {}))


def _pallet(types: RegistryBuilder, spec: PalletSpec) -> wire.PalletV16:
    def enum(given: Any) -> wire.PalletEnumV16 | None:
        return None if given is None else wire.PalletEnumV16(types.register(given), {})

    storage = None
    if spec.storage is not None:
        entries = [_storage_entry(types, spec.name, item) for item in spec.storage]
        storage = wire.StorageV16(spec.prefix or spec.name, entries)
    return wire.PalletV16(
        name=spec.name,
        storage=storage,
        calls=enum(spec.calls),
        event=enum(spec.events),
        constants=[_constant(types, item) for item in spec.constants],
        error=enum(spec.errors),
        associated_types=[],
        view_functions=[],
        index=spec.index,
        docs=list(spec.docs),
        deprecation=_CURRENT,
    )


def _storage_entry(types: RegistryBuilder, pallet: str, spec: StorageSpec) -> wire.StorageEntryV16:
    if len(spec.hashers) != len(spec.keys):
        raise MetadataError(
            f"{pallet}.{spec.name} has {len(spec.hashers)} hashers for {len(spec.keys)} keys"
        )
    kind: wire.StorageType
    if spec.hashers:
        keys = [codec(key) for key in spec.keys]
        key = types.register(keys[0] if len(keys) == 1 else tuple_of(keys))
        hashers = [wire.Hasher[hasher.name] for hasher in spec.hashers]
        kind = wire.StorageType.Map(hashers, key, types.register(spec.value))
    else:
        kind = wire.StorageType.Plain(types.register(spec.value))
    default = spec.default
    if default is None:
        value = codec(spec.value)
        default = b"\0" if spec.optional else value.encode(value.default())
    return wire.StorageEntryV16(
        name=spec.name,
        modifier=wire.Modifier.Optional if spec.optional else wire.Modifier.Default,
        type=kind,
        fallback=default,
        docs=list(spec.docs),
        deprecation=_CURRENT,
    )


def _constant(types: RegistryBuilder, spec: ConstantSpec) -> wire.ConstantV16:
    raw = codec(spec.type).encode(spec.value)
    return wire.ConstantV16(spec.name, types.register(spec.type), raw, list(spec.docs), _CURRENT)


def _extrinsic(types: RegistryBuilder, spec: ExtrinsicSpec) -> wire.ExtrinsicV16:
    return wire.ExtrinsicV16(
        versions=bytes(spec.versions),
        address=types.register(spec.address),
        call=types.register(spec.call),
        signature=types.register(spec.signature),
        by_version={0: list(range(len(spec.extensions)))},
        extensions=[
            wire.ExtensionRecord(e.identifier, types.register(e.type), types.register(e.implicit))
            for e in spec.extensions
        ],
    )


def _api(types: RegistryBuilder, spec: ApiSpec) -> wire.ApiV16:
    methods = [
        wire.MethodV16(
            m.name,
            [wire.Param(name, types.register(kind)) for name, kind in m.inputs],
            types.register(m.output),
            list(m.docs),
            _CURRENT,
        )
        for m in spec.methods
    ]
    return wire.ApiV16(spec.name, methods, list(spec.docs), spec.version, _CURRENT)
