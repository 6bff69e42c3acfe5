"""Roots of the base-16 Patricia trie that Substrate commits with.

Owns the hashing of a finished set of entries, as block headers need it for the extrinsics and
clients for parts of the state. Does not own a trie that is kept and updated: the local chain has
none (see `node.header`).

Node layout: w3f/polkadot-spec, "State storage", and `sp-trie`'s `LayoutV0`/`LayoutV1`. A node is
`header ‖ partial key ‖ [children bitmap] ‖ [value] ‖ children`; a child shorter than a hash is
embedded, a longer one replaced by its BLAKE2b-256. Version 1 also replaces values longer than
32 bytes by their hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

__all__ = ["EMPTY_ROOT", "compact", "merkle_value", "ordered_trie_root", "trie_root"]

HASH_LENGTH = 32
INLINE_VALUE_LIMIT = 32
LEAF, BRANCH, BRANCH_WITH_VALUE = 0x40, 0x80, 0xC0
HASHED_LEAF, HASHED_BRANCH = 0x20, 0x10

_Entries = Sequence[tuple[bytes, bytes]]  # nibbles (one a byte), value; sorted


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=HASH_LENGTH).digest()


EMPTY_ROOT = _hash(b"\x00")


def compact(value: int) -> bytes:
    """SCALE compact encoding of a length or number below 2**64."""
    if value < 1 << 6:
        return bytes([value << 2])
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    if value < 1 << 30:
        return (value << 2 | 2).to_bytes(4, "little")
    length = (value.bit_length() + 7) // 8
    return bytes([(length - 4) << 2 | 3]) + value.to_bytes(length, "little")


def trie_root(entries: Mapping[bytes, bytes], version: int = 1) -> bytes:
    """Root of the trie holding `entries`, under state version 0 or 1."""
    if not entries:
        return EMPTY_ROOT
    nibbles = sorted((_nibbles(key), value) for key, value in entries.items())
    return _hash(_node(nibbles, 0, version))


def ordered_trie_root(values: Sequence[bytes], version: int = 1) -> bytes:
    """Root of the trie of `values` keyed by their compact-encoded index."""
    return trie_root({compact(index): value for index, value in enumerate(values)}, version)


def merkle_value(entries: Mapping[bytes, bytes], depth: int | None, version: int = 1) -> bytes:
    """What stands for the topmost node over `entries` in the trie that they are a part of.

    ``depth`` is how many nibbles of their keys its parents have used up; None if it is the root,
    which is always hashed.
    """
    nibbles = sorted((_nibbles(key), value) for key, value in entries.items())
    node = _node(nibbles, depth or 0, version)
    return _hash(node) if depth is None else _reference(node)


def _nibbles(key: bytes) -> bytes:
    return bytes.fromhex("".join(f"0{digit}" for digit in key.hex()))


def _node(entries: _Entries, depth: int, version: int) -> bytes:
    """Encode the node that covers `entries`, all alike in their first `depth` nibbles."""
    first, last = entries[0][0], entries[-1][0]
    if len(entries) == 1:
        return _header(first[depth:], LEAF, HASHED_LEAF, entries[0][1], version)
    end = depth
    while end < len(first) and first[end] == last[end]:
        end += 1
    value = entries[0][1] if len(first) == end else None
    branching = entries[1:] if value is not None else entries
    groups: dict[int, list[tuple[bytes, bytes]]] = {}
    for entry in branching:
        groups.setdefault(entry[0][end], []).append(entry)
    bitmap = sum(1 << nibble for nibble in groups).to_bytes(2, "little")
    head = _branch_header(first[depth:end], value, version, bitmap)
    return head + b"".join(_child(_node(g, end + 1, version)) for g in groups.values())


def _child(node: bytes) -> bytes:
    reference = _reference(node)
    return compact(len(reference)) + reference


def _reference(node: bytes) -> bytes:
    return node if len(node) < HASH_LENGTH else _hash(node)


def _branch_header(partial: bytes, value: bytes | None, version: int, bitmap: bytes) -> bytes:
    if value is None:
        return _partial_key(partial, BRANCH, 6) + bitmap
    return _header(partial, BRANCH_WITH_VALUE, HASHED_BRANCH, value, version, bitmap)


def _header(
    partial: bytes, inline: int, hashed: int, value: bytes, version: int, bitmap: bytes = b""
) -> bytes:
    if version >= 1 and len(value) > INLINE_VALUE_LIMIT:
        bits = 5 if hashed == HASHED_LEAF else 4
        return _partial_key(partial, hashed, bits) + bitmap + _hash(value)
    return _partial_key(partial, inline, 6) + bitmap + compact(len(value)) + value


def _partial_key(partial: bytes, kind: int, bits: int) -> bytes:
    """The node's kind and nibble count in as few bytes as fit, then the nibbles, two a byte."""
    largest = (1 << bits) - 1
    count = len(partial)
    if count < largest:
        head = bytes([kind | count])
    else:
        full, rest = divmod(count - largest, 255)
        head = bytes([kind | largest]) + b"\xff" * full + bytes([rest])
    padded = (b"\x00" + partial) if count % 2 else partial
    pairs = zip(padded[::2], padded[1::2], strict=True)
    return head + bytes(high << 4 | low for high, low in pairs)
