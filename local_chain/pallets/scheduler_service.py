"""How due tasks are run, within the weight that a block leaves for them.

Follows `service_agendas` of `pallet_scheduler`. A task that does not fit waits for the next block
with all that comes after it; the first task of a block that fits into no block never runs.
"""

from __future__ import annotations

from taokit.local_chain.frame.dispatch_error import result
from taokit.local_chain.frame.errors import DispatchError, Exhausted
from taokit.local_chain.frame.raw_origin import OriginCaller, RawOrigin, to_origin
from taokit.local_chain.frame.weight import Weight
from taokit.local_chain.pallets.preimage import BoundedCall
from taokit.local_chain.pallets.scheduler_base import (
    LAST_BLOCK,
    RetryConfig,
    Scheduled,
    SchedulerBase,
)
from taokit.local_chain.pallets.scheduler_weights import (
    DISPATCH_SIGNED,
    DISPATCH_UNSIGNED,
    MAX_SCHEDULED,
    MAXIMUM_WEIGHT,
    SCHEDULE_RETRY,
    SERVICE_AGENDAS,
    Meter,
    service_agenda,
    service_task,
)


class _Unserved(Exception):
    """A task stays in its agenda: it is `waiting` for weight, or can never run."""

    def __init__(self, waiting: bool) -> None:
        super().__init__()
        self.waiting = waiting


class SchedulerService(SchedulerBase):
    """Serving agendas, retrying, and putting periodic tasks down again."""

    def on_initialize(self, block: int) -> Weight:
        """Serve what is due, from the first agenda that was not served to its end."""
        meter = Meter(MAXIMUM_WEIGHT)
        self._serve_all(meter, block)
        return meter.consumed

    def next_due(self, block: int) -> int | None:
        """The next block that has an agenda; the next one at once, where one was not finished."""
        if self.incomplete_since.exists():
            return block
        return min((when for when in self.agenda.keys() if when >= block), default=None)

    def _serve_all(self, meter: Meter, block: int) -> None:
        if not meter.use(SERVICE_AGENDAS):
            return
        since = self.incomplete_since.take(())
        when = block if since is None else since
        incomplete = block + 1
        first = True
        while when <= block and meter.can(service_agenda(MAX_SCHEDULED)):
            if not self._serve(meter, first, block, when):
                incomplete = min(incomplete, when)
            first = False
            when += 1
        incomplete = min(incomplete, when)
        if incomplete <= block:
            self.deposit(self.Event.AgendaIncomplete(incomplete))
            self.incomplete_since.put(incomplete)

    def _serve(self, meter: Meter, first: bool, now: int, when: int) -> bool:
        """Serve the agenda of block `when`; False if some of it must wait."""
        agenda = list(self.agenda.get(when))
        order = sorted(
            (task.priority, index) for index, task in enumerate(agenda) if task is not None
        )
        meter.use(service_agenda(len(order)))
        waiting = kept = 0
        for _, index in order:
            task = agenda[index]
            assert task is not None
            if not meter.can(self._task_weight(task)):
                waiting += 1
                break
            try:
                self._serve_task(meter, now, (when, index), first, task)
            except _Unserved as unserved:
                waiting += unserved.waiting
                kept += not unserved.waiting
            else:
                first = False
                agenda[index] = None
        if waiting or kept:
            self.agenda.insert(when, agenda)
        else:
            self.agenda.remove(when)
        return not waiting

    def _task_weight(self, task: Scheduled) -> Weight:
        length = task.call.len if isinstance(task.call, BoundedCall.Lookup) else None
        return service_task(length, task.maybe_id is not None)

    def _serve_task(
        self, meter: Meter, now: int, address: tuple[int, int], first: bool, task: Scheduled
    ) -> None:
        """Run one task and put it down for its next time."""
        preimage = self.runtime.preimage
        if task.maybe_id is not None:
            self.lookup.remove(task.maybe_id)
        try:
            found, length = preimage.peek(task.call)
        except DispatchError:
            self.deposit(self.Event.CallUnavailable(address, task.maybe_id))
            preimage.drop(task.call)
            meter.use(self._task_weight(task))
            raise _Unserved(waiting=False) from None
        meter.use(service_task(length, task.maybe_id is not None))
        signed = isinstance(task.origin, OriginCaller.system) and isinstance(
            task.origin.origin, RawOrigin.Signed
        )
        base = DISPATCH_SIGNED if signed else DISPATCH_UNSIGNED
        if not meter.can(base.plus(found.weight)):
            if not first:
                raise _Unserved(waiting=True)
            preimage.drop(task.call)
            self.deposit(self.Event.PermanentlyOverweight(address, task.maybe_id))
            raise _Unserved(waiting=False)
        used, failed = None, None
        try:
            used = self.runtime.dispatch(found, to_origin(task.origin)).actual_weight
        except DispatchError as caught:
            failed, used = caught, caught.used
        meter.use(base)
        meter.use(found.weight if used is None else used)
        retry = self.retries.take(address)
        self.deposit(self.Event.Dispatched(address, task.maybe_id, result(failed)))
        if retry is not None and failed is not None:
            self._retry(meter, now, address, task, retry)
        if task.maybe_periodic is None:
            preimage.drop(task.call)
            return
        period, count = task.maybe_periodic
        again = task.replace(maybe_periodic=(period, count - 1) if count > 1 else None)
        try:
            placed = self.place(min(now + period, LAST_BLOCK), again)
        except Exhausted:
            preimage.drop(task.call)
            self.deposit(self.Event.PeriodicFailed(address, task.maybe_id))
            return
        if retry is not None:
            self.retries.insert(placed, retry)

    def _retry(
        self,
        meter: Meter,
        now: int,
        address: tuple[int, int],
        task: Scheduled,
        retry: RetryConfig,
    ) -> None:
        """Put a task that failed down again, without its name and period."""
        if not meter.use(SCHEDULE_RETRY):
            self.deposit(self.Event.RetryFailed(address, task.maybe_id))
            return
        if not retry.remaining:
            return
        clone = task.replace(maybe_id=None, maybe_periodic=None)
        try:
            placed = self.place(min(now + retry.period, LAST_BLOCK), clone)
        except Exhausted:
            self.runtime.preimage.drop(task.call)
            self.deposit(self.Event.RetryFailed(address, None))
            return
        self.retries.insert(placed, retry.replace(remaining=retry.remaining - 1))
