"""What every part of the development operations stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taokit.local_chain.errors import LocalChainError

if TYPE_CHECKING:
    from taokit.local_chain.beacon import PulseWorker
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.dev.powers import Powers
    from taokit.local_chain.node.header import BlockRef
    from taokit.local_chain.node.sealing import Sealer

__all__ = ["DevPart", "Steps", "done"]

Steps = Iterator[None]
"""Work that lets others have their turn after each block; `done` does all of it at once."""


def done(steps: Steps) -> None:
    """Do all of it."""
    for _ in steps:
        pass


class DevPart:
    """The chain, what its runtime lends, and what the node that runs it does."""

    def __init__(
        self, chain: NodeChain, powers: Powers | None = None, pulses: PulseWorker | None = None
    ) -> None:
        self._chain = chain
        self._lent = powers
        self._pulses = pulses
        self.sealer: Sealer | None = None
        """Makes the blocks that nobody asks for; the node that has one sets it."""

    @property
    def _powers(self) -> Powers:
        if self._lent is None:
            raise LocalChainError("this runtime lends nothing to development operations")
        return self._lent

    def _sealed(self) -> BlockRef:
        """What was changed becomes true with the next block."""
        ref = self._chain.seal()[0]
        self._chain.revalidate_pool()
        return ref
