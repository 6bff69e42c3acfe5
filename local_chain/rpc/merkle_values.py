"""Merkle values of parts of the state, computed from its entries when somebody asks.

Owns finding the part and its place in the whole. Does not own how nodes are hashed
(`node.trie_root`). The chain keeps no trie, and its headers' state roots are not of one; but two
equal Merkle values mean equal entries here as anywhere, which is what clients ask for.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from taokit.local_chain.node.trie_root import merkle_value

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["closest_descendant"]


def closest_descendant(chain: NodeChain, key: bytes, at: bytes) -> bytes | None:
    """The Merkle value of the topmost trie node at or under `key`; None if there is nothing."""
    values = {found: chain.storage(found, at) for found in chain.storage_keys(key, at)}
    entries = {found: value for found, value in values.items() if value is not None}
    return merkle_value(entries, _depth(chain, key, max(entries), at)) if entries else None


def _depth(chain: NodeChain, key: bytes, last: bytes, at: bytes) -> int | None:
    """How many nibbles lead to the node under `key`: one more than another key shares with it.

    The key that shares most is the one before or the one after. None if there is no other.
    """
    after = chain.storage_keys_paged(b"", 1, last, at)
    shared = _alike(after[0].hex(), key.hex()) if after else -1
    for size in range(len(key) - 1, -1, -1):
        if shared > 2 * size:
            break
        prefix = key[:size]
        if chain.storage_keys_paged(prefix, 1, None, at)[0] < key:
            halves = range(key[size] & 0xF0, key[size])  # keys that share half of the next byte
            near = any(chain.storage_keys_paged(prefix + bytes([b]), 1, None, at) for b in halves)
            shared = 2 * size + near
            break
    return None if shared < 0 else shared + 1


def _alike(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
