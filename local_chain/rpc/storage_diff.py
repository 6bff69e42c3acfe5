"""What changed in storage between two blocks, as `archive_v1_storageDiff` asks for it.

Owns the form of its items and the comparison, in pages. Does not own how it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING, Any

from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.params import read_hex
from taokit.local_chain.rpc.storage_queries import PAGE, shown

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["DiffQuery", "differences"]


@dataclass(frozen=True)
class DiffQuery:
    """Keys under ``prefix``, told with their `value` or `hash`; of a child trie, there are none."""

    prefix: bytes
    told: str
    child: bool = False

    @classmethod
    def from_json(cls, value: Any) -> DiffQuery:
        """Read `{"key": hex, "returnType": name, "childTrieKey": hex}`."""
        if not isinstance(value, dict):
            raise invalid_params("an item is an object")
        told = value.get("returnType")
        if told not in ("value", "hash"):
            raise invalid_params(f"{told!r} is not a return type")
        key, child = value.get("key"), value.get("childTrieKey")
        if child is not None:
            read_hex(child)
        return cls(b"" if key is None else read_hex(key), told, child is not None)


def differences(
    chain: NodeChain, at: bytes, before: bytes | None, items: list[DiffQuery] | None
) -> Iterator[list[dict[str, str]]]:
    """Every difference of the state after `at` to that after `before` (None: to nothing)."""
    for item in [DiffQuery(b"", "value")] if items is None else items:
        if item.child:
            continue
        now = chain.storage_keys(item.prefix, at)
        then = chain.storage_keys(item.prefix, before) if before is not None else []
        keys = list(dict.fromkeys(merge(now, then)))
        for start in range(0, len(keys), PAGE):
            page = (_difference(chain, key, at, before, item.told) for key in keys[start:][:PAGE])
            yield [entry for entry in page if entry is not None]


def _difference(
    chain: NodeChain, key: bytes, at: bytes, before: bytes | None, told: str
) -> dict[str, str] | None:
    new = chain.storage(key, at)
    old = chain.storage(key, before) if before is not None else None
    if new == old:
        return None
    if new is None:
        return {**shown(key, told, old or b""), "type": "deleted"}
    return {**shown(key, told, new), "type": "added" if old is None else "modified"}
