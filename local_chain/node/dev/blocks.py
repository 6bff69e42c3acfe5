"""Blocks on demand, and none: when they are made, and when they are final."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.node.dev.part import DevPart, Steps
from taokit.local_chain.node.sealing import Sealer, SealingMode

if TYPE_CHECKING:
    from taokit.local_chain.node.header import BlockRef

__all__ = ["BlockControl"]


class BlockControl(DevPart):
    """Makes blocks, and says when they make themselves."""

    def mine(self, count: int = 1) -> list[BlockRef]:
        """Seal `count` blocks."""
        return self._chain.seal(count)

    def mining(self, target: int) -> Steps:
        """Seal blocks until the head is number `target`."""
        while self._chain.head.number < target:
            self._chain.seal()
            yield

    def pause(self) -> None:
        """Make no more blocks but those asked for; transactions wait."""
        self._making.pause()

    def resume(self) -> None:
        """Make blocks as before `pause`."""
        self._making.resume()

    @property
    def paused(self) -> bool:
        """Whether blocks come on demand only, after `pause`."""
        return self._making.paused

    @property
    def block_time(self) -> SealingMode:
        """When blocks are made."""
        return self._making.mode

    def set_block_time(self, mode: SealingMode) -> None:
        """From now on, make blocks like that."""
        self._making.change(mode)

    def drop_blocks(self, count: int = 1) -> None:
        """Leave out the next blocks that would make themselves: their slots stay empty."""
        self._making.drop(count)

    def delay_block(self, duration_ms: int) -> None:
        """Let the next block that would make itself come so much later, in chain time."""
        self._making.delay(duration_ms)

    def stall_finality(self) -> int:
        """Make no more blocks final; the number of the last that is."""
        self._chain.finality_stalled = True
        return self._chain.finalized.number

    def resume_finality(self) -> int:
        """Make final what would be by now; the number of the newest that is."""
        self._chain.finality_stalled = False
        self._chain.finalize()
        return self._chain.finalized.number

    @property
    def _making(self) -> Sealer:
        if self.sealer is None:
            raise LocalChainError("nothing makes blocks by itself here")
        return self.sealer
