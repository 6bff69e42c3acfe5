"""Runtime metadata: read (V14, V15, V16), asked, written, and built from declarations.

    metadata = Metadata.decode(raw)
    account = metadata.pallets["System"].storage["Account"]
    account.decode(raw_value)          # {"nonce": 3, ..., "data": {"free": 5, ...}}
    account.key("5Grw...")             # the raw key
    metadata.call_codec.encode({"System": {"remark": {"remark": "hello"}}})

The modules: ``document`` (Metadata), ``model`` (pallets, storage items, ...), ``registry`` (types
and their codecs), ``wire`` and ``portable`` (the formats), ``convert`` (between versions),
``registry_builder`` and ``builder`` (from declarations).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .builder import ApiSpec as ApiSpec
    from .builder import ConstantSpec as ConstantSpec
    from .builder import ExtensionSpec as ExtensionSpec
    from .builder import ExtrinsicSpec as ExtrinsicSpec
    from .builder import MethodSpec as MethodSpec
    from .builder import PalletSpec as PalletSpec
    from .builder import StorageSpec as StorageSpec
    from .builder import build_metadata as build_metadata
    from .document import Metadata as Metadata
    from .model import Api as Api
    from .model import Constant as Constant
    from .model import Extrinsic as Extrinsic
    from .model import Pallet as Pallet
    from .model import StorageEntry as StorageEntry
    from .model import VariantInfo as VariantInfo
    from .registry import TypeRegistry as TypeRegistry
    from .registry_builder import RegistryBuilder as RegistryBuilder
    from .registry_builder import TypeDescription as TypeDescription

_HOMES = {
    "Api": "model",
    "ApiSpec": "builder",
    "Constant": "model",
    "ConstantSpec": "builder",
    "Extrinsic": "model",
    "ExtensionSpec": "builder",
    "ExtrinsicSpec": "builder",
    "Metadata": "document",
    "MethodSpec": "builder",
    "Pallet": "model",
    "PalletSpec": "builder",
    "RegistryBuilder": "registry_builder",
    "StorageEntry": "model",
    "StorageSpec": "builder",
    "TypeDescription": "registry_builder",
    "TypeRegistry": "registry",
    "VariantInfo": "model",
    "build_metadata": "builder",
}

__all__ = [
    "Api",
    "ApiSpec",
    "Constant",
    "ConstantSpec",
    "ExtensionSpec",
    "Extrinsic",
    "ExtrinsicSpec",
    "Metadata",
    "MethodSpec",
    "Pallet",
    "PalletSpec",
    "RegistryBuilder",
    "StorageEntry",
    "StorageSpec",
    "TypeDescription",
    "TypeRegistry",
    "VariantInfo",
    "build_metadata",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
