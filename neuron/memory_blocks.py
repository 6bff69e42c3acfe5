"""The blocks of a chain in memory: made on demand, with hashes that are known in advance.

Owns the number of the head, its hash and time, and who waits for blocks. Does not own what a block
does (``memory_chain``).
"""

from __future__ import annotations

import asyncio
import hashlib

from taokit.neuron.chain import Head

__all__ = ["MemoryBlocks"]

GENESIS_MS = 1_700_000_000_000
SLOT_MS = 12_000


class MemoryBlocks:
    """A chain of blocks with nothing in them; a subclass says in :meth:`on_block` what they do."""

    def __init__(self, netuid: int, seed: bytes) -> None:
        self.number = 0
        self._named = b"\0".join((b"memory chain", seed, netuid.to_bytes(2, "big")))
        self._waiting: dict[int, list[asyncio.Future[Head]]] = {}
        self._following: set[asyncio.Queue[Head]] = set()

    def on_block(self) -> None:
        """Called in each block, when it has its number."""

    def head(self) -> Head:
        """The newest block."""
        return self.block(self.number)

    def block(self, number: int) -> Head:
        """A block by number, also one to come."""
        text = self._named + number.to_bytes(8, "big")
        digest = hashlib.blake2b(text, digest_size=32).hexdigest()
        return Head(number, "0x" + digest, GENESIS_MS + number * SLOT_MS)

    async def advance(self, blocks: int = 1) -> Head:
        """Make blocks. Whoever waits for one is woken before the next is made."""
        for _ in range(blocks):
            self.seal()
            await asyncio.sleep(0)
        return self.head()

    def seal(self) -> Head:
        """Make one block, without letting anybody run in between."""
        self.number += 1
        self.on_block()
        head = self.head()
        due = [number for number in self._waiting if number <= self.number]
        for future in [future for number in due for future in self._waiting.pop(number)]:
            if not future.done():
                future.set_result(head)
        for queue in self._following:
            queue.put_nowait(head)
        return head

    async def wait_block(self, number: int) -> Head:
        """Return once that block is made."""
        if number <= self.number:
            return self.head()
        future: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(number, []).append(future)
        return await future

    def follow(self) -> asyncio.Queue[Head]:
        """A queue that gets the head now and every block to come, until :meth:`unfollow`."""
        queue: asyncio.Queue[Head] = asyncio.Queue()
        queue.put_nowait(self.head())
        self._following.add(queue)
        return queue

    def unfollow(self, queue: asyncio.Queue[Head]) -> None:
        """Stop filling a queue."""
        self._following.discard(queue)
