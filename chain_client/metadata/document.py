"""Runtime metadata, whatever its version.

Owns :class:`Metadata`: reading V14, V15 and V16 into one model, and writing any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from taokit.chain_client.errors import DecodeError, MetadataError
from taokit.chain_client.scale import Codec, codec

from . import convert, wire
from .convert import Legacy
from .index import IndexedTypes, build_index, part, read_index
from .model import Api, Extrinsic, Pallet
from .registry import TypeRegistry

__all__ = ["Metadata"]


class Metadata:
    """A runtime's description of itself.

    ``version`` is the one it was read from; ``types``, ``pallets``, ``apis`` and ``extrinsic``
    are what to look at; ``records`` holds everything as V16 would say it.

        >>> metadata = Metadata.decode(raw)                                 # doctest: +SKIP
        >>> metadata.pallets["System"].storage["Account"].decode(None)      # doctest: +SKIP
    """

    version: int
    types: TypeRegistry
    pallets: dict[str, Pallet]
    apis: dict[str, Api]
    extrinsic: Extrinsic
    outer_enums: wire.OuterEnums
    _load_records: Callable[[], wire.MetadataV16]

    def __init__(
        self, records: wire.MetadataV16, *, version: int = 16, legacy: Legacy | None = None
    ) -> None:
        self.version = version
        self._legacy = legacy
        self._load_records = partial(_given, records)
        self.types = types = TypeRegistry({entry.id: entry.type for entry in records.types})
        self.pallets = {p.name: Pallet(p.name, partial(_given, p), types) for p in records.pallets}
        self.apis = {api.name: Api(api.name, partial(_given, api)) for api in records.apis}
        self.extrinsic = Extrinsic(records.extrinsic)
        self.outer_enums = records.outer_enums

    @cached_property
    def records(self) -> wire.MetadataV16:
        """Everything, as V16 would say it."""
        return self._load_records()

    def to_cache(self) -> bytes:
        """A form to keep on disk, from which :meth:`from_cache` reads only what is asked for.

        It carries no checksum: guard it against damage where it is stored.
        """
        return build_index(self.records, self.version, self._legacy)

    @classmethod
    def from_cache(cls, raw: bytes) -> Metadata:
        """What :meth:`to_cache` kept; each part is decoded when first used.

        Raises MetadataError for a form of another version of taokit, or of something else.
        """
        index = read_index(raw)
        body = index.body
        self = cls.__new__(cls)
        self.version = index.version
        self._legacy = None if index.legacy is None else Legacy(*index.legacy)
        self._load_records = part(body, 0, wire.MetadataV16)
        self.types = types = TypeRegistry(IndexedTypes(body, index.types))
        self.pallets = {
            name: Pallet(name, part(body, offset, wire.PalletV16), types)
            for name, offset in index.pallets
        }
        self.apis = {
            name: Api(name, part(body, offset, wire.ApiV16)) for name, offset in index.apis
        }
        self.extrinsic = Extrinsic(part(body, index.extrinsic, wire.ExtrinsicV16)())
        self.outer_enums = part(body, index.outer_enums, wire.OuterEnums)()
        return self

    @classmethod
    def decode(cls, raw: bytes) -> Metadata:
        """Read metadata; a length before the magic "meta" (``state_call``) is tolerated.

        Raises DecodeError for damaged input, MetadataError for a version other than 14 to 16.
        """
        raw = bytes(raw)
        start = raw.find(wire.MAGIC, 0, 10)
        if start < 0 or len(raw) < start + 5:
            raise DecodeError(type="Metadata", offset=0, what='no magic "meta" at the beginning')
        version = raw[start + 4]
        reader = _READERS.get(version)
        if reader is None:
            raise MetadataError(
                f"metadata V{version} cannot be read",
                hint="taokit reads V14, V15 and V16; ask the node for one of them",
            )
        declared, convert_from = reader
        found, end = codec(declared).read(raw, start + 5)
        if end != len(raw):
            raise DecodeError(
                type="Metadata", offset=end, what=f"{len(raw) - end} bytes left after the value"
            )
        records, legacy = convert_from(found)
        return cls(records, version=version, legacy=legacy)

    def encode(self, version: int | None = None) -> bytes:
        """These facts as metadata of ``version`` (default: the one read), with the magic.

        What an older version has no place for is left out. Raises MetadataError.
        """
        version = self.version if version is None else version
        if version == 16:
            body = codec(wire.MetadataV16).encode(self.records)
        elif version == 15:
            body = codec(wire.MetadataV15).encode(convert.to_v15(self.records, self._legacy))
        elif version == 14:
            body = codec(wire.MetadataV14).encode(convert.to_v14(self.records, self._legacy))
        else:
            raise MetadataError(
                f"metadata V{version} cannot be written", hint="taokit writes V14, V15 and V16"
            )
        return wire.MAGIC + bytes([version]) + body

    @property
    def call_codec(self) -> Codec[Any]:
        """The codec of calls: {"Balances": {"transfer_all": {...}}}."""
        return self.types.codec(self.outer_enums.call)

    @property
    def event_codec(self) -> Codec[Any]:
        """The codec of events."""
        return self.types.codec(self.outer_enums.event)

    @property
    def error_codec(self) -> Codec[Any]:
        """The codec of pallets' errors."""
        return self.types.codec(self.outer_enums.error)

    def __repr__(self) -> str:
        return f"<metadata V{self.version}: {len(self.pallets)} pallets, {len(self.types)} types>"


def _given(record: Any) -> Any:
    return record


def _as_it_is(records: wire.MetadataV16) -> tuple[wire.MetadataV16, None]:
    return records, None


_Read = Callable[[Any], "tuple[wire.MetadataV16, Legacy | None]"]
_READERS: dict[int, tuple[Any, _Read]] = {
    14: (wire.MetadataV14, convert.from_v14),
    15: (wire.MetadataV15, convert.from_v15),
    16: (wire.MetadataV16, _as_it_is),
}
