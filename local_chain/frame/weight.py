"""What a call may cost: reference time and proof size, as the runtime declares them.

Reference time is in picoseconds of the reference machine. Storage access is
charged with the runtime's database weights (RocksDB: 25 and 100 microseconds).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

READ = 25_000_000
WRITE = 100_000_000


class DispatchClass(Enum):
    """The budget that an extrinsic draws on."""

    Normal = 0
    Operational = 1
    Mandatory = 2


class Weight(NamedTuple):
    """Reference time (ps) and proof size (bytes)."""

    ref_time: int = 0
    proof_size: int = 0

    def plus(self, other: Weight) -> Weight:
        """The sum of both dimensions."""
        return Weight(self.ref_time + other.ref_time, self.proof_size + other.proof_size)

    def times(self, count: int) -> Weight:
        """So many of it together."""
        return Weight(self.ref_time * count, self.proof_size * count)

    def least(self, other: Weight) -> Weight:
        """The smaller of both in each dimension."""
        return Weight(min(self.ref_time, other.ref_time), min(self.proof_size, other.proof_size))

    def less(self, other: Weight) -> Weight:
        """What is left without `other`, in each dimension; never below zero."""
        return Weight(
            max(self.ref_time - other.ref_time, 0), max(self.proof_size - other.proof_size, 0)
        )


def weight(ref_time: int, proof_size: int = 0, *, reads: int = 0, writes: int = 0) -> Weight:
    """A benchmarked weight with its database reads and writes added."""
    return Weight(ref_time + reads * READ + writes * WRITE, proof_size)
