"""The runtime's metadata, derived from what its pallets declare.

Owns the translation of declarations to the builder's input, and the outer enums
(`RuntimeCall`, `RuntimeEvent`, `RuntimeError`) as the metadata describes them.
Built once for a runtime and preset.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from taokit.chain_client.metadata import (
    ApiSpec,
    ConstantSpec,
    ExtensionSpec,
    ExtrinsicSpec,
    Metadata,
    MethodSpec,
    PalletSpec,
    RegistryBuilder,
    StorageSpec,
    TypeDescription,
    build_metadata,
)
from taokit.chain_client.scale import Codec, codec
from taokit.chain_client.scale.products import Field
from taokit.local_chain.frame.argument_types import spelled
from taokit.local_chain.frame.call import CallSpec, RuntimeCall
from taokit.local_chain.frame.described import described, describing
from taokit.local_chain.frame.event import EventSpec, RuntimeEvent
from taokit.local_chain.frame.event_types import spelled_in_event
from taokit.local_chain.frame.extrinsic import MultiAddress, MultiSignature
from taokit.local_chain.frame.storage import StorageMap

if TYPE_CHECKING:
    from taokit.local_chain.frame.pallet import ApiMethod, Pallet
    from taokit.local_chain.frame.runtime import RuntimeBase

VERSIONS = (14, 15, 16)
RUNTIME = "node_subtensor_runtime"


_built: dict[tuple[type[RuntimeBase], str], Metadata] = {}
_encoded: dict[tuple[type[RuntimeBase], str, int], bytes] = {}


def metadata_bytes(runtime: type[RuntimeBase], preset: str, version: int) -> bytes | None:
    """Metadata of a version, beginning with `meta`; None for a version not offered."""
    if version not in VERSIONS:
        return None
    key = (runtime, preset, version)
    if key not in _encoded:
        _encoded[key] = metadata_of(runtime, preset).encode(version)
    return _encoded[key]


def metadata_hash(runtime: type[RuntimeBase], preset: str) -> bytes:
    """A hash that names the runtime by all that it declares."""
    raw = metadata_bytes(runtime, preset, VERSIONS[-1])
    assert raw is not None
    return hashlib.blake2b(raw, digest_size=32).digest()


def metadata_of(runtime: type[RuntimeBase], preset: str) -> Metadata:
    """The metadata of a runtime under a preset, built once."""
    key = (runtime, preset)
    if key not in _built:
        _built[key] = _build(runtime, preset)
    return _built[key]


def _build(runtime: type[RuntimeBase], preset: str) -> Metadata:
    pallets = list(runtime.pallet_classes().values())
    with describing(pallets):
        return build_metadata(
            pallets=[_pallet(pallet, preset) for pallet in pallets],
            extrinsic=ExtrinsicSpec(
                address=MultiAddress,
                call=RuntimeCall,
                signature=MultiSignature,
                extensions=[
                    ExtensionSpec(e.identifier, e.extra_codec, e.implicit_codec)
                    for e in runtime.extensions
                ],
            ),
            event=RuntimeEvent,
            error=_OuterErrors(pallets),
            apis=_apis(method for _, method in runtime.api_methods().values()),
        )


def _pallet(pallet: type[Pallet], preset: str) -> PalletSpec:
    storage = [_storage(item, preset) for item in pallet.storage.values()]
    return PalletSpec(
        pallet.name,
        pallet.index,
        storage=storage or None,
        calls=_calls(pallet) if pallet.calls else None,
        events=_events(pallet) if pallet.Event.declared else None,
        errors=_errors(pallet) if pallet.Error.declared else None,
        constants=[
            ConstantSpec(c.name, c.type_arg, c.under(preset), _docs(c.doc))
            for c in pallet.constants
        ],
        docs=_docs(pallet.__doc__),
    )


def _storage(item: StorageMap[Any, Any], preset: str) -> StorageSpec:
    default = None
    if not item.optional:
        default = codec(item.value_type).encode(item.default_value(preset))
    return StorageSpec(
        item.name,
        item.value_type,
        item.hashers,
        item.key_parts,
        optional=item.optional,
        default=default,
        docs=_docs(item.doc),
    )


def _apis(methods: Iterable[ApiMethod]) -> list[ApiSpec]:
    traits: dict[str, list[ApiMethod]] = {}
    for method in methods:
        traits.setdefault(method.trait, []).append(method)
    return [
        ApiSpec(
            trait,
            [MethodSpec(m.name, m.inputs, m.output, _docs(m.doc)) for m in found],
            version=found[0].version,
        )
        for trait, found in sorted(traits.items())
    ]


def _docs(text: str | None) -> list[str]:
    return [f" {line}" if line else "" for line in (text or "").splitlines()]


_DESCRIBED: dict[tuple[type[_Described], type[Pallet]], Codec[Any]] = {}


class _Described(Codec[Any]):
    """A type that exists in the metadata only."""

    def __init__(self, pallet: type[Pallet]) -> None:
        self.pallet = pallet


def _calls(pallet: type[Pallet]) -> Codec[Any]:
    return _described(_Calls, pallet)


def _events(pallet: type[Pallet]) -> Codec[Any]:
    return _described(_Events, pallet)


def _errors(pallet: type[Pallet]) -> Codec[Any]:
    return _described(_Errors, pallet)


def _described(kind: type[_Described], pallet: type[Pallet]) -> Codec[Any]:
    """The one codec of this kind for a pallet: a type is registered once for a codec object."""
    key = (kind, pallet)
    if key not in _DESCRIBED:
        _DESCRIBED[key] = kind(pallet)
    return _DESCRIBED[key]


class _Calls(_Described):
    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        variants: list[Any] = [
            (spec.name, index, self._arguments(spec), _docs(spec.doc))
            for index, spec in self.pallet.calls.items()
        ]
        path = f"{self.pallet.crate}::pallet::Call"
        return builder.variant(path=path, params={"T": None}, variants=variants)

    def _arguments(self, spec: CallSpec) -> list[Field]:
        found = [(name, codec(kind)) for name, kind in spec.fields]
        pallet = self.pallet.name
        return [Field(name, c, spelled(pallet, spec.name, name, c.name)) for name, c in found]


class _Events(_Described):
    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        variants: list[Any] = [
            (spec.name, index, self._told(spec), _docs(spec.doc))
            for index, spec in self.pallet.Event.declared.items()
        ]
        path = f"{self.pallet.crate}::pallet::Event"
        return builder.variant(path=path, params={"T": None}, variants=variants)

    def _told(self, spec: EventSpec) -> list[Field]:
        found = [(name, codec(kind)) for name, kind in spec.fields]
        pallet, last = self.pallet.name, len(found) - 1
        return [
            Field(name, c, spelled_in_event(pallet, spec.name, at, name, c.name, at == last))
            for at, (name, c) in enumerate(found)
        ]


class _Errors(_Described):
    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        variants: list[Any] = [
            (name, declared.error_index, [], _docs(declared.why))
            for name, declared in self.pallet.Error.declared.items()
        ]
        path = f"{self.pallet.crate}::pallet::Error"
        return builder.variant(path=path, params={"T": None}, variants=variants)


class _OuterErrors(Codec[Any]):
    """`RuntimeError`: every pallet's errors under the pallet's index."""

    def __init__(self, pallets: list[type[Pallet]]) -> None:
        self.pallets = pallets

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        variants: list[Any] = [
            (p.name, p.index, [Field(None, _errors(p))], [])
            for p in self.pallets
            if p.Error.declared
        ]
        return builder.variant(path=f"{RUNTIME}::RuntimeError", params={}, variants=variants)


def describe_outer_call(builder: RegistryBuilder) -> TypeDescription:
    """`RuntimeCall`: every pallet's calls under the pallet's index."""
    variants: list[Any] = [
        (p.name, p.index, [Field(None, _calls(p))], []) for p in described() if p.calls
    ]
    return builder.variant(path=f"{RUNTIME}::RuntimeCall", params={}, variants=variants)


def describe_outer_event(builder: RegistryBuilder) -> TypeDescription:
    """`RuntimeEvent`: every pallet's events under the pallet's index."""
    variants: list[Any] = [
        (p.name, p.index, [Field(None, _events(p))], []) for p in described() if p.Event.declared
    ]
    return builder.variant(path=f"{RUNTIME}::RuntimeEvent", params={}, variants=variants)
