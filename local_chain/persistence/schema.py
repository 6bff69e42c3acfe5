"""The tables of a stored chain, and the records in them.

Owns the format, by number. Does not own opening a store nor what is asked of it (`store`).

``keys`` gives each raw key of the state a number; ``versions`` has what it held since which block
(NULL: nothing), where that is long perhaps only what it differs in from the version at block
``of``; ``blocks`` has each block with the numbers of the keys that it changed; ``parts`` has long
extrinsics, of which many are the same in many blocks.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence

from taokit.local_chain.node.header import Block, Header
from taokit.local_chain.node.outside import NOTHING, Outside

__all__ = [
    "APPLICATION_ID",
    "FILE_NAME",
    "FORMAT",
    "READABLE",
    "TABLES",
    "applied",
    "difference",
    "pack_block",
    "pack_ids",
    "unpack_block",
    "unpack_ids",
    "unpack_outside",
]

APPLICATION_ID = 0x746B6C63
"""Written into the file's header: "tklc"."""

FORMAT = 2
"""What is written: blocks may hold what came into them by no extrinsic. Format 1 had none."""

READABLE = (1, FORMAT)

FILE_NAME = "chain.sqlite"
"""The store's file in a data directory."""

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE);
CREATE TABLE versions (
    key INTEGER NOT NULL, block INTEGER NOT NULL, value BLOB, of INTEGER,
    PRIMARY KEY (key, block)
) WITHOUT ROWID;
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, content BLOB NOT NULL,
    changed BLOB NOT NULL
);
CREATE TABLE parts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL);
"""

LONG = 256
"""The shortest extrinsics, in bytes, that are kept in ``parts``."""

_COUNTS = struct.Struct("<II")
_SPAN = struct.Struct("<II")
_ROOTS = 64
_ELSEWHERE = 1 << 31
_NOTED = 1 << 31


def pack_block(block: Block, put: Callable[[bytes], int], outside: Outside = NOTHING) -> bytes:
    """Both roots, how many logs and extrinsics, their lengths, and they themselves.

    What came from outside, if there is any, is one part more. Long ones are given to `put`; what it
    returns stands for them.
    """
    header = block.header
    parts = [*header.logs, *block.extrinsics]
    logs = len(header.logs)
    if outside:
        logs |= _NOTED
        parts.append(outside.pack(header.number))
    heads, bodies = [], []
    for part in parts:
        if len(part) < LONG:
            heads.append(len(part))
            bodies.append(part)
        else:
            heads.append(_ELSEWHERE | put(part))
    return b"".join(
        (
            header.state_root,
            header.extrinsics_root,
            _COUNTS.pack(logs, len(block.extrinsics)),
            struct.pack(f"<{len(parts)}I", *heads),
            *bodies,
        )
    )


def unpack_block(
    content: bytes, number: int, parent_hash: bytes, get: Callable[[int], bytes]
) -> Block:
    """The block that was packed. Raises `struct.error` or `ValueError` for anything else."""
    logs, parts, _ = _unpacked(content, number, get)
    roots = content[:32], content[32:_ROOTS]
    header = Header(parent_hash, number, *roots, tuple(parts[:logs]))
    return Block(header, tuple(parts[logs:]))


def unpack_outside(content: bytes, number: int, get: Callable[[int], bytes]) -> Outside:
    """What came into a packed block by no extrinsic. Raises as `unpack_block` does."""
    told = _unpacked(content, number, get)[2]
    return NOTHING if told is None else Outside.unpack(told, number)


def _unpacked(
    content: bytes, number: int, get: Callable[[int], bytes]
) -> tuple[int, list[bytes], bytes | None]:
    """How many logs, all logs and extrinsics, and what came from outside."""
    logs, extrinsics = _COUNTS.unpack_from(content, _ROOTS)
    noted = bool(logs & _NOTED)
    logs &= ~_NOTED
    heads = struct.unpack_from(f"<{logs + extrinsics + noted}I", content, _ROOTS + _COUNTS.size)
    start = _ROOTS + _COUNTS.size + 4 * len(heads)
    parts: list[bytes] = []
    for head in heads:
        if head & _ELSEWHERE:
            parts.append(get(head ^ _ELSEWHERE))
        else:
            parts.append(content[start : start + head])
            start += head
    if start != len(content):
        raise ValueError(f"block {number} has {len(content)} bytes, not {start}")
    outside = parts.pop() if noted else None
    return logs, parts, outside


def difference(value: bytes, before: bytes) -> bytes:
    """How many first and last bytes of `before` the value has, and what is between them."""
    first = _alike(value, before)
    last = min(_alike(value[::-1], before[::-1]), min(len(value), len(before)) - first)
    return _SPAN.pack(first, last) + value[first : len(value) - last]


def applied(difference: bytes, before: bytes) -> bytes:
    """The value of which `difference` was made."""
    first, last = _SPAN.unpack_from(difference)
    return before[:first] + difference[_SPAN.size :] + before[len(before) - last :]


def _alike(left: bytes, right: bytes) -> int:
    """How many first bytes are the same in both."""
    least, most = 0, min(len(left), len(right))
    while least < most:
        middle = (least + most + 1) // 2
        if left[least:middle] == right[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def pack_ids(ids: Iterable[int]) -> bytes:
    """Numbers of keys, four bytes each, little endian."""
    numbers: Sequence[int] = list(ids)
    return struct.pack(f"<{len(numbers)}I", *numbers)


def unpack_ids(packed: bytes) -> array[int]:
    """The numbers that were packed."""
    return array("I", struct.unpack(f"<{len(packed) // 4}I", packed))
