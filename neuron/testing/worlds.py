"""Where a run takes place: a chain with one subnet whose blocks come when told.

Owns the protocol and the world in memory. Does not own the real local chain (``localnet``), nor who
lives in a world (``harness``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from taokit.neuron.chain import Chain
from taokit.neuron.memory_chain import MemoryChain
from taokit.neuron.metagraph import Snapshot
from taokit.wallet.keypair import Keypair

__all__ = ["MemoryWorld", "World", "memory_world"]


class World(Protocol):
    """A chain with one subnet. ``host`` is where its neurons serve."""

    name: str
    host: str

    async def seat(self, signer: Keypair, *, stake: float = 0.0) -> Chain:
        """Register a hotkey, with stake if it is a validator; its view of the chain."""

    async def advance(self, blocks: int) -> None:
        """Make blocks."""

    async def block(self) -> int:
        """The newest block's number."""

    async def next_epoch(self) -> int:
        """The block at which the next epoch runs."""

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""


class MemoryWorld:
    """A subnet in this process; the same run is always the same, hashes included."""

    name = "memory"
    host = "127.0.0.1"

    def __init__(self, chain: MemoryChain) -> None:
        self.chain = chain

    async def seat(self, signer: Keypair, *, stake: float = 0.0) -> Chain:
        """See :class:`World`."""
        self.chain.join(signer.ss58_address, stake, "validator" if stake else "miner")
        return self.chain.view(signer)

    async def advance(self, blocks: int) -> None:
        """See :class:`World`."""
        await self.chain.advance(blocks)

    async def block(self) -> int:
        """See :class:`World`."""
        return self.chain.head().number

    async def next_epoch(self) -> int:
        """See :class:`World`."""
        return self.chain.rules().next_epoch_block

    async def snapshot(self) -> Snapshot:
        """See :class:`World`."""
        return self.chain.snapshot()


@asynccontextmanager
async def memory_world(
    *, tempo: int, commit_reveal: bool, seed: int = 0
) -> AsyncIterator[MemoryWorld]:
    """A fresh subnet in memory."""
    yield MemoryWorld(
        MemoryChain(tempo=tempo, commit_reveal=commit_reveal, seed=seed.to_bytes(8, "big"))
    )
