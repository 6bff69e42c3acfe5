"""Between the versions of metadata.

Owns what V14 and V15 lack or name differently. The model keeps V16's records; the types that only
older versions name (the runtime, the transaction and its extra data) are kept beside them where
known, and otherwise added when such a version is written.
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.chain_client.errors import MetadataError

from . import wire
from .portable import PortableType, Primitive, Type, TypeDef, TypeField, TypeParameter

__all__ = ["Legacy", "from_v14", "from_v15", "to_v14", "to_v15"]

_CURRENT = wire.ItemDeprecation.NotDeprecated()
_TRANSACTION = ["sp_runtime", "generic", "unchecked_extrinsic", "UncheckedExtrinsic"]


class Legacy(NamedTuple):
    """The ids of the types that only V14 and V15 name; ``extrinsic`` only V14."""

    runtime: int
    extra: int
    extrinsic: int | None


def from_v15(old: wire.MetadataV15) -> tuple[wire.MetadataV16, Legacy]:
    """V15 in V16's terms."""
    extrinsic = wire.ExtrinsicV16(
        versions=bytes((old.extrinsic.version,)),
        address=old.extrinsic.address,
        call=old.extrinsic.call,
        signature=old.extrinsic.signature,
        by_version={0: list(range(len(old.extrinsic.extensions)))},
        extensions=old.extrinsic.extensions,
    )
    records = wire.MetadataV16(
        types=old.types,
        pallets=[_pallet_from(pallet, pallet.docs) for pallet in old.pallets],
        extrinsic=extrinsic,
        apis=[_api_from(api) for api in old.apis],
        outer_enums=old.outer_enums,
        custom=old.custom,
    )
    return records, Legacy(old.runtime, old.extrinsic.extra, None)


def from_v14(old: wire.MetadataV14) -> tuple[wire.MetadataV16, Legacy]:
    """V14 in V16's terms; it has no runtime APIs. Raises MetadataError."""
    by_id = {entry.id: entry.type for entry in old.types}
    params = {p.name: p.type for p in by_id[old.extrinsic.type].params}
    try:
        address, call, signature, extra = (
            _present(params[name]) for name in ("Address", "Call", "Signature", "Extra")
        )
    except KeyError as missing:
        raise MetadataError(f"the type of transactions names no {missing}") from None
    extrinsic = wire.ExtrinsicV16(
        versions=bytes((old.extrinsic.version,)),
        address=address,
        call=call,
        signature=signature,
        by_version={0: list(range(len(old.extrinsic.extensions)))},
        extensions=old.extrinsic.extensions,
    )
    records = wire.MetadataV16(
        types=old.types,
        pallets=[_pallet_from(pallet, []) for pallet in old.pallets],
        extrinsic=extrinsic,
        apis=[],
        outer_enums=wire.OuterEnums(
            call, _named(old.types, "RuntimeEvent"), _named(old.types, "RuntimeError")
        ),
        custom={},
    )
    return records, Legacy(old.runtime, extra, old.extrinsic.type)


def _present(type_id: int | None) -> int:
    if type_id is None:
        raise MetadataError("the type of transactions leaves out one of its parameters")
    return type_id


def _find(types: list[PortableType], name: str) -> int | None:
    return next((e.id for e in types if e.type.path and e.type.path[-1] == name), None)


def _named(types: list[PortableType], name: str) -> int:
    found = _find(types, name)
    if found is None:
        raise MetadataError(f"no type is named {name}")
    return found


def _pallet_from(old: wire.PalletV14 | wire.PalletV15, docs: list[str]) -> wire.PalletV16:
    storage = None
    if old.storage is not None:
        entries = [
            wire.StorageEntryV16(e.name, e.modifier, e.type, e.fallback, e.docs, _CURRENT)
            for e in old.storage.entries
        ]
        storage = wire.StorageV16(old.storage.prefix, entries)
    return wire.PalletV16(
        name=old.name,
        storage=storage,
        calls=_enum_from(old.calls),
        event=_enum_from(old.event),
        constants=[
            wire.ConstantV16(c.name, c.type, c.value, c.docs, _CURRENT) for c in old.constants
        ],
        error=_enum_from(old.error),
        associated_types=[],
        view_functions=[],
        index=old.index,
        docs=docs,
        deprecation=_CURRENT,
    )


def _enum_from(old: wire.PalletEnumV14 | None) -> wire.PalletEnumV16 | None:
    return None if old is None else wire.PalletEnumV16(old.type, {})


def _enum_to(new: wire.PalletEnumV16 | None) -> wire.PalletEnumV14 | None:
    return None if new is None else wire.PalletEnumV14(new.type)


def _api_from(old: wire.ApiV15) -> wire.ApiV16:
    methods = [wire.MethodV16(m.name, m.inputs, m.output, m.docs, _CURRENT) for m in old.methods]
    return wire.ApiV16(old.name, methods, old.docs, 0, _CURRENT)


def to_v15(records: wire.MetadataV16, legacy: Legacy | None) -> wire.MetadataV15:
    """V16's records as V15."""
    types, known = _with_legacy(records, legacy)
    now = records.extrinsic
    return wire.MetadataV15(
        types=types,
        pallets=[
            wire.PalletV15(*_pallet_to(pallet), pallet.index, pallet.docs)
            for pallet in records.pallets
        ],
        extrinsic=wire.ExtrinsicV15(
            min(now.versions), now.address, now.call, now.signature, known.extra, now.extensions
        ),
        runtime=known.runtime,
        apis=[
            wire.ApiV15(
                api.name,
                [wire.MethodV15(m.name, m.inputs, m.output, m.docs) for m in api.methods],
                api.docs,
            )
            for api in records.apis
        ],
        outer_enums=records.outer_enums,
        custom=records.custom,
    )


def to_v14(records: wire.MetadataV16, legacy: Legacy | None) -> wire.MetadataV14:
    """V16's records as V14."""
    types, known = _with_legacy(records, legacy)
    if known.extrinsic is None:
        types, known = _with_legacy(records, None)
    return wire.MetadataV14(
        types=types,
        pallets=[wire.PalletV14(*_pallet_to(p), p.index) for p in records.pallets],
        extrinsic=wire.ExtrinsicV14(
            known.extrinsic or 0, min(records.extrinsic.versions), records.extrinsic.extensions
        ),
        runtime=known.runtime,
    )


def _pallet_to(
    new: wire.PalletV16,
) -> tuple[
    str,
    wire.StorageV14 | None,
    wire.PalletEnumV14 | None,
    wire.PalletEnumV14 | None,
    list[wire.ConstantV14],
    wire.PalletEnumV14 | None,
]:
    """The fields that V14 and V15 have in common, up to the index."""
    storage = None
    if new.storage is not None:
        entries = [
            wire.StorageEntryV14(e.name, e.modifier, e.type, e.fallback, e.docs)
            for e in new.storage.entries
        ]
        storage = wire.StorageV14(new.storage.prefix, entries)
    return (
        new.name,
        storage,
        _enum_to(new.calls),
        _enum_to(new.event),
        [wire.ConstantV14(c.name, c.type, c.value, c.docs) for c in new.constants],
        _enum_to(new.error),
    )


def _with_legacy(
    records: wire.MetadataV16, legacy: Legacy | None
) -> tuple[list[PortableType], Legacy]:
    """The types, with those of ``Legacy`` added where they are not known."""
    if legacy is not None:
        return records.types, legacy
    types = list(records.types)
    now = records.extrinsic
    flat = TypeDef.Tuple([extension.type for extension in now.extensions])

    def add(kind: Type) -> int:
        types.append(PortableType(len(types), kind))
        return len(types) - 1

    def anonymous(definition: TypeDef) -> Type:
        return Type([], [], definition, [])

    def find_or_add(definition: TypeDef) -> int:
        same = (e.id for e in types if not e.type.path and e.type.definition == definition)
        found = next(same, None)
        return add(anonymous(definition)) if found is None else found

    runtime = find_or_add(TypeDef.Tuple([]))
    by_id = {entry.id: entry.type for entry in types}
    for entry in types:
        params = {param.name: param.type for param in entry.type.params}
        extra = params.get("Extra")
        if entry.type.path == _TRANSACTION and extra in by_id and by_id[extra].definition == flat:
            return types, Legacy(runtime, extra, entry.id)
    extra = add(anonymous(flat))
    u8 = find_or_add(TypeDef.Primitive(Primitive.U8))
    opaque = add(anonymous(TypeDef.Sequence(u8)))
    named = [("Address", now.address), ("Call", now.call), ("Signature", now.signature)]
    extrinsic = Type(
        _TRANSACTION,
        [TypeParameter(name, type_id) for name, type_id in [*named, ("Extra", extra)]],
        TypeDef.Composite([TypeField(None, opaque, None, [])]),
        [],
    )
    return types, Legacy(runtime, extra, add(extrinsic))
