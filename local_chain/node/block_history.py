"""Every block that was sealed, by number and by hash.

Owns headers and bodies. Does not own state: raw state by block is the runtime state's. The newest
blocks are kept as they are; older ones are packed, and unpacked when somebody asks. Blocks may lie
on a base, which has all up to its height and does not change: the blocks until a snapshot, blocks
on disk, or those of another node.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Protocol

from taokit.local_chain.errors import UnknownBlock
from taokit.local_chain.node.header import ZERO_HASH, Block, BlockRef, Header
from taokit.local_chain.node.outside import NOTHING, Outside

__all__ = ["BlockBase", "BlockHistory"]

UNPACKED = 64
"""Blocks that are kept as they are."""

_COUNTS = struct.Struct("<II")
_ROOTS = 64
_LONG = 256
_SHARED = 64
_Packed = tuple[bytes, tuple[bytes, ...]]


class BlockBase(Protocol):
    """Blocks that later ones lie on."""

    @property
    def height(self) -> int:
        """The newest block's number."""

    def at(self, number: int) -> Block | None:
        """The block of this number, up to the height."""

    def hash_of(self, number: int) -> bytes | None:
        """The hash of the block of this number, up to the height."""

    def find(self, hash: bytes) -> int | None:
        """The number of the block of this hash."""

    def outside(self, number: int) -> Outside:
        """What came into the block of this number by no extrinsic, as far as that is known."""


class BlockHistory:
    """The chain of blocks, genesis (or what comes after ``base``) first. Nothing is pruned.

    The first block of all is appended; ``head`` is the newest block.
    """

    def __init__(self, base: BlockBase | None = None) -> None:
        self.base = base
        self._first = 0 if base is None else base.height + 1
        self._hashes: list[bytes | None] = []
        self._numbers: dict[bytes, int] = {}
        self._packed: list[_Packed | None] = []
        self._before: dict[int, int] = {}
        self._shared: dict[bytes, bytes] = {}
        self._late: dict[int, Block] = {}
        self._head = None if base is None else base.at(base.height)

    @property
    def height(self) -> int:
        """The newest block's number; -1 for none."""
        return self._first + len(self._hashes) - 1

    @property
    def head(self) -> Block:
        """The newest block."""
        assert self._head is not None, "there is no block yet"
        return self._head

    def append(self, block: Block) -> None:
        """Add the next block; numbers between the newest one's and its own were skipped."""
        number, hash = block.header.number, block.header.hash
        skipped = number - self.height - 1
        if skipped:
            assert skipped > 0, "blocks come in order"
            assert self._head is not None
            self._before[number] = self._head.header.number
            self._hashes += [None] * skipped
        self._numbers[hash] = number
        self._hashes.append(hash)
        self._late[number] = self._head = block
        for old in range(self._first + len(self._packed), number - UNPACKED + 1):
            late = self._late.pop(old, None)
            self._packed.append(_pack(late, self._share) if late else None)

    def reverted(self, number: int) -> BlockHistory:
        """The history of the blocks up to `number`; its base may have to forget some, too."""
        layer = self
        while number < layer._first - 1 and isinstance(layer.base, BlockHistory):
            layer = layer.base
        if number < layer._first - 1:
            return BlockHistory(layer.base)
        head, own = layer.at(number), number + 1 - layer._first
        packed = max(0, own - UNPACKED)
        late = ((n, layer.at(n)) for n in range(layer._first + packed, number + 1))
        layer._late = {n: block for n, block in late if block is not None}
        for hash in layer._hashes[own:]:
            if hash is not None:
                del layer._numbers[hash]
        layer._before = {n: before for n, before in layer._before.items() if n <= number}
        del layer._hashes[own:], layer._packed[packed:]
        layer._head = head
        return layer

    def joined(self, kept: BlockHistory) -> BlockHistory:
        """This history after `kept` and what lies on it first were made one."""
        above, layer = None, self
        while layer.base is not kept:
            assert isinstance(layer.base, BlockHistory), "that history is not below this one"
            above, layer = layer, layer.base
        for number in range(layer._first, layer.height + 1):
            if (block := layer.at(number)) is not None:
                kept.append(block)
        if above is None:
            return kept
        above.base = kept
        return self

    def at(self, number: int) -> Block | None:
        """The block of this number; None for one that is not there, or was skipped."""
        if not 0 <= number <= self.height:
            return None
        if self.base is not None and number < self._first:
            return self.base.at(number)
        return self._block(number) if self._hashes[number - self._first] else None

    def before(self, number: int) -> int:
        """The number of the newest block below `number`, that was not skipped."""
        number = self._before.get(number, number - 1)
        while number > 0 and self.hash_of(number) is None:
            number -= 1
        return number

    def by_hash(self, hash: bytes) -> Block | None:
        """The block of this hash."""
        number = self.find(hash)
        return None if number is None else self._block(number)

    def hash_of(self, number: int) -> bytes | None:
        """The hash of the block of this number."""
        if self.base is not None and number < self._first:
            return self.base.hash_of(number)
        own = number - self._first
        return self._hashes[own] if 0 <= own < len(self._hashes) else None

    def find(self, hash: bytes) -> int | None:
        """The number of the block of this hash."""
        number = self._numbers.get(hash)
        return self.base.find(hash) if number is None and self.base is not None else number

    def outside(self, number: int) -> Outside:
        """What came into a block of the base by no extrinsic."""
        base = self.base
        return NOTHING if base is None or number > base.height else base.outside(number)

    def number_of(self, hash: bytes | None) -> int:
        """The number of a block, the head's for None. Raises `UnknownBlock`."""
        if hash is None:
            return self.height
        number = self.find(hash)
        if number is None:
            raise UnknownBlock("0x" + hash.hex())
        return number

    def ref(self, number: int) -> BlockRef:
        """Number and hash of a block that exists."""
        hash = self.hash_of(number)
        assert hash is not None
        return BlockRef(number, hash)

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
        if self.base is not None and number < self._first:
            block = self.base.at(number)
            assert block is not None
            return block
        parent = self.hash_of(self.before(number)) if number else ZERO_HASH
        packed = self._packed[number - self._first]
        assert parent is not None
        assert packed is not None
        return _unpack(packed, number, parent)


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
