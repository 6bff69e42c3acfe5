"""Every block that was sealed, by number and by hash.

Owns headers and bodies. Does not own state: raw state by block is the runtime state's. The newest
blocks are kept as they are; older ones are packed, and unpacked when somebody asks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from taokit.local_chain.errors import UnknownBlock
from taokit.local_chain.node.header import ZERO_HASH, Block, BlockRef, Header

__all__ = ["BlockHistory"]

UNPACKED = 64
"""Blocks that are kept as they are."""

_COUNTS = struct.Struct("<II")
_ROOTS = 64
_LONG = 256
_SHARED = 64
_Packed = tuple[bytes, tuple[bytes, ...]]


class BlockHistory:
    """The chain of blocks, genesis first. Nothing is ever pruned."""

    def __init__(self, genesis: Block) -> None:
        self._hashes: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._packed: list[_Packed] = []
        self._shared: dict[bytes, bytes] = {}
        self._late: dict[int, Block] = {}
        self.head = genesis
        """The newest block."""
        self.append(genesis)

    @property
    def genesis(self) -> Block:
        """Block 0."""
        return self._block(0)

    def append(self, block: Block) -> None:
        """Add the next block."""
        number, hash = len(self._hashes), block.header.hash
        self._numbers[hash] = number
        self._hashes.append(hash)
        self._late[number] = self.head = block
        if number >= UNPACKED:
            self._packed.append(_pack(self._late.pop(number - UNPACKED), self._share))

    def at(self, number: int) -> Block | None:
        """The block of this number."""
        return self._block(number) if 0 <= number < len(self._hashes) else None

    def by_hash(self, hash: bytes) -> Block | None:
        """The block of this hash."""
        number = self._numbers.get(hash)
        return None if number is None else self._block(number)

    def hash_of(self, number: int) -> bytes | None:
        """The hash of the block of this number."""
        return self._hashes[number] if 0 <= number < len(self._hashes) else None

    def number_of(self, hash: bytes | None) -> int:
        """The number of a block, the head's for None. Raises `UnknownBlock`."""
        if hash is None:
            return len(self._hashes) - 1
        number = self._numbers.get(hash)
        if number is None:
            raise UnknownBlock("0x" + hash.hex())
        return number

    def ref(self, number: int) -> BlockRef:
        """Number and hash of a block that exists."""
        return BlockRef(number, self._hashes[number])

    def _share(self, extrinsic: bytes) -> bytes:
        """The same bytes as one object with equal ones of late: many blocks announce one key."""
        found = self._shared.setdefault(extrinsic, extrinsic)
        if len(self._shared) > _SHARED:
            del self._shared[next(iter(self._shared))]
        return found

    def _block(self, number: int) -> Block:
        late = self._late.get(number)
        if late is not None:
            return late
        parent = self._hashes[number - 1] if number else ZERO_HASH
        return _unpack(self._packed[number], number, parent)


def _pack(block: Block, share: Callable[[bytes], bytes]) -> _Packed:
    """Both roots, how many logs and extrinsics, all lengths, and the short parts; the long ones."""
    header = block.header
    parts = [*header.logs, *block.extrinsics]
    packed = b"".join(
        (
            header.state_root,
            header.extrinsics_root,
            _COUNTS.pack(len(header.logs), len(block.extrinsics)),
            struct.pack(f"<{len(parts)}I", *map(len, parts)),
            *(part for part in parts if len(part) < _LONG),
        )
    )
    return packed, tuple(share(part) for part in parts if len(part) >= _LONG)


def _unpack(kept: _Packed, number: int, parent_hash: bytes) -> Block:
    packed, long = kept[0], iter(kept[1])
    logs, extrinsics = _COUNTS.unpack_from(packed, _ROOTS)
    lengths = struct.unpack_from(f"<{logs + extrinsics}I", packed, _ROOTS + _COUNTS.size)
    start = _ROOTS + _COUNTS.size + 4 * len(lengths)
    parts = []
    for length in lengths:
        if length < _LONG:
            parts.append(packed[start : start + length])
            start += length
        else:
            parts.append(next(long))
    roots = packed[:32], packed[32:_ROOTS]
    return Block(Header(parent_hash, number, *roots, tuple(parts[:logs])), tuple(parts[logs:]))
