"""Reads and writes of the database that a call counts while it runs, and the weight they make."""

from __future__ import annotations

from dataclasses import dataclass

from taokit.local_chain.frame.weight import Weight, weight


@dataclass
class DatabaseUse:
    """What a call tells that it read and wrote, as the runtime counts it."""

    reads: int = 0
    writes: int = 0

    def add(self, reads: int = 0, writes: int = 0) -> None:
        """Count some more."""
        self.reads += reads
        self.writes += writes

    @property
    def weight(self) -> Weight:
        """The weight of all that was counted."""
        return weight(0, reads=self.reads, writes=self.writes)
