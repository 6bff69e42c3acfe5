"""Scheduler: calls that root puts down for a later block, once or again and again.

Follows `pallet_scheduler`. `scheduler_base` declares, `scheduler_service` runs what is due when a
block begins, `scheduler_weights` says what that weighs.
"""

from __future__ import annotations

from taokit.chain_client.scale import Option, u8, u32
from taokit.local_chain.frame.call import Call, RuntimeCall, call
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.raw_origin import OriginCaller, RawOrigin
from taokit.local_chain.pallets.preimage import lookup_hash
from taokit.local_chain.pallets.scheduler_base import (
    LAST_BLOCK,
    RetryConfig,
    Scheduled,
    TaskAddress,
    TaskName,
)
from taokit.local_chain.pallets.scheduler_service import SchedulerService
from taokit.local_chain.pallets.scheduler_weights import (
    CANCEL,
    CANCEL_NAMED,
    CANCEL_RETRY,
    CANCEL_RETRY_NAMED,
    SCHEDULE,
    SCHEDULE_NAMED,
    SET_RETRY,
    SET_RETRY_NAMED,
)

ROOT_CALLER = OriginCaller.system(RawOrigin.Root())


class Scheduler(SchedulerService, index=15):
    """Calls for later."""

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=SCHEDULE)
    def schedule(
        self,
        origin: Origin,
        when: u32,
        maybe_periodic: Option[tuple[u32, u32]],
        priority: u8,
        call: RuntimeCall,
    ) -> None:
        """Make a call at a block, and every so many blocks so many times. Root only."""
        ensure_root(origin)
        self._schedule(None, when, maybe_periodic, priority, call)

    @call(1, weight=CANCEL)
    def cancel(self, origin: Origin, when: u32, index: u32) -> None:
        """Take a task out of the agenda of a block. Root only."""
        ensure_root(origin)
        task = self._take(when, index)
        if task is None:
            raise self.Error.NotFound
        self.runtime.preimage.drop(task.call)
        if task.maybe_id is not None:
            self.lookup.remove(task.maybe_id)
        self._after_cancel(when, index)

    @call(2, weight=SCHEDULE_NAMED)
    def schedule_named(
        self,
        origin: Origin,
        id: TaskName,
        when: u32,
        maybe_periodic: Option[tuple[u32, u32]],
        priority: u8,
        call: RuntimeCall,
    ) -> None:
        """`schedule` under a name. Root only."""
        ensure_root(origin)
        self._schedule(id, when, maybe_periodic, priority, call)

    @call(3, weight=CANCEL_NAMED)
    def cancel_named(self, origin: Origin, id: TaskName) -> None:
        """Take out the task of a name. Root only."""
        ensure_root(origin)
        address = self.lookup.take(id)
        if address is None:
            raise self.Error.NotFound
        task = self._take(*address)
        if task is not None:
            self.runtime.preimage.drop(task.call)
        self._after_cancel(*address)

    @call(4, weight=SCHEDULE)
    def schedule_after(
        self,
        origin: Origin,
        after: u32,
        maybe_periodic: Option[tuple[u32, u32]],
        priority: u8,
        call: RuntimeCall,
    ) -> None:
        """`schedule` so many blocks after the next one. Root only."""
        ensure_root(origin)
        self._schedule(None, self._after(after), maybe_periodic, priority, call)

    @call(5, weight=SCHEDULE_NAMED)
    def schedule_named_after(
        self,
        origin: Origin,
        id: TaskName,
        after: u32,
        maybe_periodic: Option[tuple[u32, u32]],
        priority: u8,
        call: RuntimeCall,
    ) -> None:
        """`schedule_named` so many blocks after the next one. Root only."""
        ensure_root(origin)
        self._schedule(id, self._after(after), maybe_periodic, priority, call)

    @call(6, weight=SET_RETRY)
    def set_retry(self, origin: Origin, task: TaskAddress, retries: u8, period: u32) -> None:
        """Try a task again if it fails. Root only."""
        ensure_root(origin)
        self._find(task)
        self.retries.insert(task, RetryConfig(retries, retries, period))
        self.deposit(self.Event.RetrySet(task, None, period, retries))

    @call(7, weight=SET_RETRY_NAMED)
    def set_retry_named(self, origin: Origin, id: TaskName, retries: u8, period: u32) -> None:
        """Try the task of a name again if it fails. Root only."""
        ensure_root(origin)
        task = self._named(id)
        self.retries.insert(task, RetryConfig(retries, retries, period))
        self.deposit(self.Event.RetrySet(task, id, period, retries))

    @call(8, weight=CANCEL_RETRY)
    def cancel_retry(self, origin: Origin, task: TaskAddress) -> None:
        """No longer try a task again. Root only."""
        ensure_root(origin)
        self._find(task)
        self.retries.remove(task)
        self.deposit(self.Event.RetryCancelled(task, None))

    @call(9, weight=CANCEL_RETRY_NAMED)
    def cancel_retry_named(self, origin: Origin, id: TaskName) -> None:
        """No longer try the task of a name again. Root only."""
        ensure_root(origin)
        task = self._named(id)
        self.retries.remove(task)
        self.deposit(self.Event.RetryCancelled(task, id))

    # -- inside --------------------------------------------------------------------------

    def _after(self, blocks: int) -> int:
        """This block's agenda is served, so a delay counts from the next block."""
        return min(self.runtime.system.block_number() + blocks + 1, LAST_BLOCK)

    def _schedule(
        self,
        name: bytes | None,
        when: int,
        periodic: tuple[int, int] | None,
        priority: int,
        inner: Call,
    ) -> None:
        bounded = self.runtime.preimage.bound(inner)
        if name is not None and self.lookup.contains(name):
            raise self.Error.FailedToSchedule
        if when <= self.runtime.system.block_number():
            raise self.Error.TargetBlockNumberInPast
        again = None
        if periodic is not None and periodic[1] > 1 and periodic[0]:
            again = (periodic[0], periodic[1] - 1)
        self.place(when, Scheduled(name, priority, bounded, again, ROOT_CALLER))
        kept = lookup_hash(bounded)
        if kept is not None:
            self.runtime.preimage.request(kept)

    def _take(self, when: int, index: int) -> Scheduled | None:
        """Take a task out, leaving a hole; None if there is none."""
        agenda = list(self.agenda.get(when))
        if index >= len(agenda):
            return None
        task = agenda[index]
        if task is not None:
            agenda[index] = None
            self.agenda.insert(when, agenda)
        return task

    def _after_cancel(self, when: int, index: int) -> None:
        self.retries.remove((when, index))
        agenda = list(self.agenda.get(when))
        while agenda and agenda[-1] is None:
            agenda.pop()
        if agenda:
            self.agenda.insert(when, agenda)
        else:
            self.agenda.remove(when)
        self.deposit(self.Event.Canceled(when, index))

    def _find(self, address: tuple[int, int]) -> Scheduled:
        when, index = address
        agenda = self.agenda.get(when)
        task = agenda[index] if index < len(agenda) else None
        if task is None:
            raise self.Error.NotFound
        return task

    def _named(self, name: bytes) -> tuple[int, int]:
        address = self.lookup.get(name)
        if address is None:
            raise self.Error.NotFound
        self._find(address)
        return address
