"""A transaction in the pool, the limits on how many, and the order in which blocks take them.

Owns the values that `node.pool` moves about and the walk over the ready ones. Does not own the
queues.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["BestTransactions", "PoolLimits", "PoolTransaction"]


@dataclass(frozen=True)
class PoolLimits:
    """How much may wait; the defaults are a Subtensor node's. Sizes in bytes."""

    ready_count: int = 8192
    ready_bytes: int = 20 * 1024 * 1024
    future_count: int = 819
    future_bytes: int = 2 * 1024 * 1024
    ban_ms: int = 30 * 60 * 1000
    ban_count: int = 4000


@dataclass(eq=False)
class PoolTransaction:
    """A transaction in the pool. ``valid_till`` is the last block number it may wait for."""

    hash: bytes
    extrinsic: bytes
    priority: int
    requires: tuple[bytes, ...]
    provides: tuple[bytes, ...]
    valid_till: int
    arrival: int
    missing: set[bytes] = field(default_factory=set)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Sorts the next to be included first."""
        return (-self.priority, self.valid_till, self.arrival)


class BestTransactions:
    """Ready transactions, best first; what requires another comes once that is unlocked."""

    def __init__(
        self,
        ready: Iterable[PoolTransaction],
        provider: Mapping[bytes, PoolTransaction],
        dependents: Mapping[bytes, Mapping[bytes, PoolTransaction]],
    ) -> None:
        self._dependents = dependents
        self._blocked: dict[bytes, int] = {}
        self._heap: list[tuple[tuple[int, int, int], PoolTransaction]] = []
        for transaction in ready:
            blocked = sum(tag in provider for tag in transaction.requires)
            if blocked:
                self._blocked[transaction.hash] = blocked
            else:
                self._heap.append((transaction.rank, transaction))
        heapq.heapify(self._heap)

    def next(self) -> PoolTransaction | None:
        """The best one left, or None."""
        return heapq.heappop(self._heap)[1] if self._heap else None

    def unlock(self, transaction: PoolTransaction) -> None:
        """Say that `transaction` is included: what required it may follow."""
        for tag in transaction.provides:
            for dependent in self._dependents.get(tag, {}).values():
                left = self._blocked[dependent.hash] - 1
                self._blocked[dependent.hash] = left
                if not left:
                    heapq.heappush(self._heap, (dependent.rank, dependent))
