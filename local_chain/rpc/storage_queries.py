"""Storage as the newer JSON-RPC interface asks for it: items of a key and what to tell of it.

Owns the form of such items, and finding what they ask for, in pages. Does not own how the finds
are told: `chainHead_v1_storage` and `archive_v1_storage` frame them differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.local_chain.node.header import blake2_256
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.merkle_values import closest_descendant
from taokit.local_chain.rpc.params import read_hex, to_hex

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["PAGE", "StorageQuery", "find", "shown"]

PAGE = 1000
"""Entries told at once."""
SINGLE = {"value": "value", "hash": "hash"}
DESCENDANTS = {"descendantsValues": "value", "descendantsHashes": "hash"}
MERKLE = "closestDescendantMerkleValue"


@dataclass(frozen=True)
class StorageQuery:
    """One item: ``type`` is one of the interface's five; ``start`` is where descendants begin."""

    key: bytes
    type: str
    start: bytes | None = None

    @classmethod
    def from_json(cls, value: Any) -> StorageQuery:
        """Read `{"key": hex, "type": name}`, in archives with `"paginationStartKey"`."""
        if not isinstance(value, dict):
            raise invalid_params("an item is an object")
        kind = value.get("type")
        if kind not in (*SINGLE, *DESCENDANTS, MERKLE):
            raise invalid_params(f"{kind!r} is not a type of storage item")
        start = value.get("paginationStartKey")
        if start is not None and kind not in DESCENDANTS:
            raise invalid_params("paginationStartKey is for descendants")
        return cls(read_hex(value.get("key")), kind, None if start is None else read_hex(start))

    @property
    def many(self) -> bool:
        """Whether it asks for everything under its key."""
        return self.type in DESCENDANTS


def shown(key: bytes, told: str, value: bytes) -> dict[str, str]:
    """An entry with its `value` or its `hash`."""
    return {"key": to_hex(key), told: to_hex(value if told == "value" else blake2_256(value))}


def find(chain: NodeChain, at: bytes, query: StorageQuery) -> Iterator[list[dict[str, str]]]:
    """The entries that a query asks for at a block, in pages."""
    if query.type == MERKLE:
        merkle = closest_descendant(chain, query.key, at)
        if merkle is not None:
            yield [{"key": to_hex(query.key), MERKLE: to_hex(merkle)}]
        return
    if not query.many:
        value = chain.storage(query.key, at)
        if value is not None:
            yield [shown(query.key, SINGLE[query.type], value)]
        return
    told, last, full = DESCENDANTS[query.type], query.start, True
    while full:
        keys = chain.storage_keys_paged(query.key, PAGE, last, at)
        full = len(keys) == PAGE
        if keys:
            values = [(key, chain.storage(key, at)) for key in keys]
            yield [shown(key, told, value) for key, value in values if value is not None]
            last = keys[-1]
