"""Metadata for a cache: the bytes, and before them where each part begins.

Owns that form and reading from it part by part, so that a process which needs one storage item
does not decode a third of a megabyte. It is trusted as it is: whoever stores it guards it against
damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from taokit.chain_client.errors import MetadataError
from taokit.chain_client.scale import Bytes, Codec, Option, Struct, Text, Tuple, Vec, codec, u8, u32
from taokit.chain_client.scale.numbers import read_compact

from . import wire
from .convert import Legacy
from .portable import PortableType, Type

__all__ = ["Index", "IndexedTypes", "build_index", "read_index"]

# Changes with the form; an older one is refused.
_MARK = b"taokit metadata 1"


class Index(Struct):
    """Offsets into ``body``, which is metadata V16 without magic and version."""

    version: u8
    legacy: Option[Tuple[u32, u32, Option[u32]]]
    types: Vec[Tuple[u32, u32]]
    pallets: Vec[Tuple[Text, u32]]
    extrinsic: u32
    apis: Vec[Tuple[Text, u32]]
    outer_enums: u32
    body: Bytes


def build_index(records: wire.MetadataV16, version: int, legacy: Legacy | None) -> bytes:
    """The form for a cache. Costs about as much as decoding."""
    body = codec(wire.MetadataV16).encode(records)
    types, after = _walk(body, 0, codec(PortableType))
    pallets, extrinsic = _walk(body, after, codec(wire.PalletV16))
    _, after = codec(wire.ExtrinsicV16).read(body, extrinsic)
    apis, outer = _walk(body, after, codec(wire.ApiV16))
    index = Index(
        version=version,
        legacy=legacy and (legacy.runtime, legacy.extra, legacy.extrinsic),
        types=[(entry.id, offset) for entry, offset in types],
        pallets=[(pallet.name, offset) for pallet, offset in pallets],
        extrinsic=extrinsic,
        apis=[(api.name, offset) for api, offset in apis],
        outer_enums=outer,
        body=body,
    )
    return _MARK + codec(Index).encode(index)


def _walk(body: bytes, offset: int, element: Codec[Any]) -> tuple[list[tuple[Any, int]], int]:
    """The elements of the vector at ``offset`` with their offsets, and the offset after it."""
    count, offset = read_compact(body, offset)
    found = []
    for _ in range(count):
        value, after = element.read(body, offset)
        found.append((value, offset))
        offset = after
    return found, offset


def read_index(raw: bytes) -> Index:
    """What :func:`build_index` gave. Raises MetadataError for anything else."""
    if not raw.startswith(_MARK):
        raise MetadataError("not cached metadata of this version of taokit")
    return codec(Index).decode(raw[len(_MARK) :])


def part(body: bytes, offset: int, kind: Any) -> Callable[[], Any]:
    """A function that reads one part when called."""
    return lambda: codec(kind).read(body, offset)[0]


class IndexedTypes(Mapping[int, Type]):
    """Types by id, each decoded when first asked for."""

    def __init__(self, body: bytes, offsets: list[tuple[int, int]]) -> None:
        self._body = body
        self._offsets = dict(offsets)
        self._found: dict[int, Type] = {}

    def __getitem__(self, type_id: int) -> Type:
        found = self._found.get(type_id)
        if found is None:
            entry, _ = codec(PortableType).read(self._body, self._offsets[type_id])
            found = self._found[type_id] = entry.type
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self._offsets)

    def __len__(self) -> int:
        return len(self._offsets)
