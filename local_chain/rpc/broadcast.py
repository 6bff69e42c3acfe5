"""Bringing one transaction to the pool again and again until its client says stop.

Owns the repetition: what the pool refuses now it may take after another block. Does not own what
becomes of a transaction in the pool; one that is there stays there after the stop.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from taokit.local_chain.errors import PoolError

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.header import Block
    from taokit.local_chain.node.runtime_protocol import Changes
    from taokit.local_chain.node.transaction_status import TransactionStatus, Watch

__all__ = ["Broadcast"]


class Broadcast:
    """One transaction of one client. Refusals are not told: the interface has no place for them."""

    def __init__(self, chain: NodeChain, extrinsic: bytes) -> None:
        self._chain = chain
        self._extrinsic = extrinsic
        self._watch: Watch | None = None
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._leave = chain.on_new_block.add(self._note_block)
        self._submit()

    def close(self) -> None:
        """Try no more."""
        self._ended = True
        self._leave()
        if self._watch is not None:
            self._watch.cancel()

    def _submit(self) -> None:
        if self._ended or self._watch is not None:
            return
        try:
            self._watch = self._chain.watch(self._extrinsic, self._note_status)
        except PoolError:  # refused for now
            self._watch = None

    def _note_block(self, block: Block, changes: Changes) -> None:
        if self._watch is None:  # not from within the block's own work: the pool is not tidy yet
            self._loop.call_soon(self._submit)

    def _note_status(self, status: TransactionStatus) -> None:
        if status.name == "finalized":
            self.close()
        elif status.is_final:
            self._watch = None
