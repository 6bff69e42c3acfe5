"""All development operations of a chain: `chain.dev`, behind `taokit localnet` and `dev_*`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.node.dev.blocks import BlockControl
from taokit.local_chain.node.dev.cheats import CheatControl
from taokit.local_chain.node.dev.money import MoneyControl
from taokit.local_chain.node.dev.time import TimeControl

if TYPE_CHECKING:
    from taokit.local_chain.beacon import PulseWorker
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.dev.powers import Powers
    from taokit.local_chain.node.sealing import SealingMode

__all__ = ["DevControl"]


class DevControl(BlockControl, TimeControl, MoneyControl, CheatControl):
    """Development operations on one chain. All but the chain come with the runtime."""

    def __init__(
        self, chain: NodeChain, powers: Powers | None = None, pulses: PulseWorker | None = None
    ) -> None:
        super().__init__(chain, powers, pulses)
        self.dumper: Callable[[Path], int] | None = None
        """Writes the whole chain into a file; the node that keeps the chain sets it."""

    def reset(self, block_time: SealingMode | None = None) -> None:
        """Set every switch back: those of the rules, finality, pulses, and when blocks come.

        ``block_time`` is what the node began with; without it blocks come as they do now.
        """
        if self._lent is not None:
            self.switches.reset()
        if self._pulses is not None:
            self.drop_pulses(0)
        if self._chain.finality_stalled:
            self.resume_finality()
        if self.sealer is not None:
            self.sealer.drop(0)
            if block_time is not None and self.sealer.mode != block_time:
                self.sealer.change(block_time)
            self.sealer.resume()

    def dump(self, path: Path) -> int:
        """Write the whole chain into a file; its size in bytes. Raises `ChainStoreError`."""
        if self.dumper is None:
            raise LocalChainError("nothing here can write the chain into a file")
        return self.dumper(path)
