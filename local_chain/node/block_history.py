"""Every block that was sealed, by number and by hash.

Owns headers and bodies. Does not own state: raw state by block is the runtime state's.
"""

from __future__ import annotations

from taokit.local_chain.errors import UnknownBlock
from taokit.local_chain.node.header import Block, BlockRef

__all__ = ["BlockHistory"]


class BlockHistory:
    """The chain of blocks, genesis first. Nothing is ever pruned."""

    def __init__(self, genesis: Block) -> None:
        self._blocks = [genesis]
        self._numbers = {genesis.header.hash: 0}

    @property
    def genesis(self) -> Block:
        """Block 0."""
        return self._blocks[0]

    @property
    def head(self) -> Block:
        """The newest block."""
        return self._blocks[-1]

    def append(self, block: Block) -> None:
        """Add the next block."""
        self._numbers[block.header.hash] = len(self._blocks)
        self._blocks.append(block)

    def at(self, number: int) -> Block | None:
        """The block of this number."""
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def by_hash(self, hash: bytes) -> Block | None:
        """The block of this hash."""
        number = self._numbers.get(hash)
        return None if number is None else self._blocks[number]

    def number_of(self, hash: bytes | None) -> int:
        """The number of a block, the head's for None. Raises `UnknownBlock`."""
        if hash is None:
            return len(self._blocks) - 1
        number = self._numbers.get(hash)
        if number is None:
            raise UnknownBlock("0x" + hash.hex())
        return number

    def ref(self, number: int) -> BlockRef:
        """Number and hash of a block that exists."""
        return self._blocks[number].header.ref
