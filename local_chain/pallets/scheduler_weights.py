"""What the scheduler's own work weighs, and how much of it a block may hold.

Upstream's benchmarks (`pallet_scheduler/src/weights.rs`), with the runtime's limits.
"""

from __future__ import annotations

from taokit.local_chain.frame.weight import Weight, weight

MAX_SCHEDULED = 50
MAXIMUM_WEIGHT = Weight(3_200_000_000_000, 14_757_395_258_967_641_292)
"""Four fifths of a block."""
PROOF = 110_487

SERVICE_AGENDAS = weight(1_335_000, 1_489, reads=1, writes=1)
TASK_BASE = 2_991_000
TASK_NAMED = weight(4_292_000 - TASK_BASE, writes=1)
DISPATCH_SIGNED = weight(4_155_000, 3_997, reads=2)
DISPATCH_UNSIGNED = weight(1_858_000)
SCHEDULE = weight(3_815_234 + 538_417 * MAX_SCHEDULED, PROOF, reads=1, writes=1)
SCHEDULE_NAMED = weight(8_965_037 + 559_963 * MAX_SCHEDULED, PROOF, reads=2, writes=2)
SCHEDULE_RETRY = weight(10_762_174 + 16_285 * MAX_SCHEDULED, PROOF, reads=1, writes=2)
CANCEL = weight(2_524_382 + 777_710 * MAX_SCHEDULED, PROOF, reads=1, writes=3)
CANCEL_NAMED = weight(7_403_622 + 778_228 * MAX_SCHEDULED, PROOF, reads=2, writes=3)
SET_RETRY = weight(169_783_000, PROOF, reads=1, writes=1)
SET_RETRY_NAMED = weight(186_544_000, PROOF, reads=2, writes=1)
CANCEL_RETRY = weight(169_076_000, PROOF, reads=1, writes=1)
CANCEL_RETRY_NAMED = weight(182_329_000, PROOF, reads=2, writes=1)


def service_agenda(tasks: int) -> Weight:
    """Reading and ordering an agenda."""
    return weight(2_409_000 + 486_046 * tasks, PROOF, reads=1, writes=1)


def service_task(length: int | None, named: bool) -> Weight:
    """A task's own weight; `length` is its call's, where that is kept as a preimage.

    That a task is periodic adds nothing: upstream measured less for it than without.
    """
    total = weight(TASK_BASE)
    if length is not None:
        total = weight(16_792_000 + 23_402 * length, 3_556 + length, reads=3, writes=2)
    return total.plus(TASK_NAMED) if named else total


class Meter:
    """Weight that a block's agenda may still use."""

    def __init__(self, limit: Weight) -> None:
        self.limit = self.left = limit

    def can(self, cost: Weight) -> bool:
        return cost.ref_time <= self.left.ref_time and cost.proof_size <= self.left.proof_size

    def use(self, cost: Weight) -> bool:
        """Take `cost`; False, and nothing, if there is not so much left."""
        if not self.can(cost):
            return False
        left = self.left
        self.left = Weight(left.ref_time - cost.ref_time, left.proof_size - cost.proof_size)
        return True

    @property
    def consumed(self) -> Weight:
        """What was taken so far."""
        return self.limit.less(self.left)
