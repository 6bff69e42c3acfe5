"""The other node's blocks, as ours lie on them.

Owns reading them from the node's JSON. Does not own the state (`remote_state`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from taokit.local_chain.fork.errors import ForkError
from taokit.local_chain.fork.kept_answers import KeptAnswers
from taokit.local_chain.fork.remote_node import RemoteNode
from taokit.local_chain.node.header import Block, Header
from taokit.local_chain.node.outside import NOTHING, Outside

__all__ = ["RemoteBlocks"]

REMEMBERED = 10_000


class RemoteBlocks:
    """Blocks up to ``height``. A `node.block_history.BlockBase`; raises `ForkError`."""

    def __init__(self, node: RemoteNode, height: int, kept: KeptAnswers) -> None:
        self.height = height
        self._node = node
        self._kept = kept
        self._hashes: dict[int, bytes] = {}

    def at(self, number: int) -> Block | None:
        """See `BlockBase`."""
        hash = self.hash_of(number)
        return None if hash is None else self._block(hash)

    def hash_of(self, number: int) -> bytes | None:
        """See `BlockBase`."""
        if not 0 <= number <= self.height:
            return None
        known = self._hashes.get(number)
        if known is None:
            self.fetch_hashes([number])
            known = self._kept.hash_of(number)
            if known is None:
                return None
            if len(self._hashes) >= REMEMBERED:
                self._hashes.clear()
            self._hashes[number] = known
        return known

    def before(self, number: int) -> int:
        """The number of the newest block below `number`: one of ours may leap over some."""
        number -= 1
        while number > 0 and self.hash_of(number) is None:
            number -= 1
        return number

    def find(self, hash: bytes) -> int | None:
        """See `BlockBase`."""
        kept = self._kept.block(hash)
        if kept is not None:
            return kept[0]
        header = self._node.ask("chain_getHeader", "0x" + hash.hex())
        if header is None:
            return None
        number = int(header["number"], 16)
        return number if self.hash_of(number) == hash else None

    def outside(self, number: int) -> Outside:
        """See `BlockBase`: no node tells that."""
        return NOTHING

    def fetch(self, numbers: range) -> None:
        """Ask for many blocks at once, of which each is then known."""
        self.fetch_hashes(numbers)
        hashes = [hash for number in numbers if (hash := self._kept.hash_of(number)) is not None]
        missing = [hash for hash in hashes if self._kept.block(hash) is None]
        told = self._node.ask_all([("chain_getBlock", ("0x" + hash.hex(),)) for hash in missing])
        for hash, block in zip(missing, told, strict=True):
            self._keep(hash, block)

    def fetch_hashes(self, numbers: Iterable[int]) -> None:
        """Ask for the hashes of many blocks at once."""
        missing = [number for number in numbers if self._kept.hash_of(number) is None]
        told = self._node.ask_all([("chain_getBlockHash", (number,)) for number in missing])
        for number, hash in zip(missing, told, strict=True):
            if hash is not None:
                self._kept.put_hash(number, bytes.fromhex(hash[2:]))

    def _keep(self, hash: bytes, told: dict[str, Any] | None) -> Block:
        if told is None:
            raise ForkError(f"the other node has no block 0x{hash.hex()}")
        block = block_of(told["block"], hash)
        self._kept.put_block(hash, block.header.number, json.dumps(told["block"]))
        return block

    def _block(self, hash: bytes) -> Block:
        kept = self._kept.block(hash)
        if kept is not None:
            return block_of(json.loads(kept[1]), hash)
        return self._keep(hash, self._node.ask("chain_getBlock", "0x" + hash.hex()))


def block_of(told: dict[str, Any], hash: bytes) -> Block:
    """A block from its JSON form. Raises `ForkError` if that is not the block of this hash."""
    header = told["header"]

    def raw(text: str) -> bytes:
        return bytes.fromhex(text[2:])

    made = Header(
        raw(header["parentHash"]),
        int(header["number"], 16),
        raw(header["stateRoot"]),
        raw(header["extrinsicsRoot"]),
        tuple(raw(log) for log in header["digest"]["logs"]),
    )
    if made.hash != hash:
        raise ForkError(f"the other node's block 0x{hash.hex()} has another hash than its header")
    return Block(made, tuple(raw(one) for one in told["extrinsics"]))
