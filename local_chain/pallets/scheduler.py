"""Scheduler: calls that root puts down for a later block, once or again and again.

Follows `pallet_scheduler`: the agenda of a block is served when the block begins, within four
fifths of a block's weight; what does not fit waits. Weights are upstream's published benchmarks.
"""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import (
    AccountId,
    BoundedVec,
    FixedBytes,
    Option,
    Struct,
    u8,
    u32,
)
from taokit.chain_client.storage_keys import Blake2_128Concat, Twox64Concat
from taokit.local_chain.frame.call import Call, RuntimeCall, call
from taokit.local_chain.frame.dispatch_error import DispatchResult, result
from taokit.local_chain.frame.errors import DispatchError, Errors, Exhausted, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.raw_origin import OriginCaller, RawOrigin, to_origin
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.preimage import BoundedCall, lookup_hash

TaskName = FixedBytes[Literal[32]]
OptionalName = Option[TaskName]
TaskAddress = tuple[u32, u32]
LAST_BLOCK = 2**32 - 1
MAX_SCHEDULED = 50
MAXIMUM_WEIGHT = Weight(3_200_000_000_000, 14_757_395_258_967_641_292)
PROOF = 110_487
ROOT_CALLER = OriginCaller.system(RawOrigin.Root())

SERVICE_AGENDAS = weight(4_002_000, 1_489, reads=1, writes=1)
TASK_BASE = 3_490_000
TASK_NAMED = weight(4_954_000 - TASK_BASE, writes=1)
DISPATCH_SIGNED = weight(9_407_000, 3_997, reads=2)
DISPATCH_UNSIGNED = weight(2_440_000)
SCHEDULE = weight(11_548_266 + 494_382 * MAX_SCHEDULED, PROOF, reads=1, writes=1)
SCHEDULE_NAMED = weight(18_707_577 + 508_586 * MAX_SCHEDULED, PROOF, reads=2, writes=2)
SCHEDULE_RETRY = weight(12_904_309 + 10_704 * MAX_SCHEDULED, PROOF, reads=1, writes=2)
CANCEL = weight(13_129_003 + 690_444 * MAX_SCHEDULED, PROOF, reads=1, writes=3)
CANCEL_NAMED = weight(19_956_973 + 683_291 * MAX_SCHEDULED, PROOF, reads=2, writes=3)


def _service_agenda(tasks: int) -> Weight:
    return weight(3_258_412 + 457_723 * tasks, PROOF, reads=1, writes=1)


def _service_task(length: int | None, named: bool) -> Weight:
    """A task's own weight. That it is periodic adds nothing: upstream's difference is negative."""
    total = weight(TASK_BASE)
    if length is not None:
        total = weight(21_269_000 + 1_640 * length, 4_197_809, reads=3, writes=2)
    return total.plus(TASK_NAMED) if named else total


class Scheduled(
    Struct,
    path="pallet_scheduler::Scheduled",
    params={
        "Name": TaskName,
        "Call": BoundedCall,
        "BlockNumber": u32,
        "PalletsOrigin": OriginCaller,
        "AccountId": AccountId,
    },
):
    """A task: its name, its call, and how often it is still due after this time."""

    maybe_id: Option[TaskName]
    priority: u8
    call: BoundedCall
    maybe_periodic: Option[tuple[u32, u32]]
    origin: OriginCaller


class RetryConfig(Struct, path="pallet_scheduler::RetryConfig", params={"Period": u32}):
    """How often a task that fails is tried again, and how many blocks apart."""

    total_retries: u8
    remaining: u8
    period: u32


class _Meter:
    """Weight that a block's agenda may still use."""

    def __init__(self, left: Weight) -> None:
        self.left = left

    def can(self, cost: Weight) -> bool:
        return cost.ref_time <= self.left.ref_time and cost.proof_size <= self.left.proof_size

    def use(self, cost: Weight) -> bool:
        """Take `cost`; False, and nothing, if there is not so much left."""
        if not self.can(cost):
            return False
        left = self.left
        self.left = Weight(left.ref_time - cost.ref_time, left.proof_size - cost.proof_size)
        return True


class _Unserved(Exception):
    """A task stays in its agenda: it is `waiting` for weight, or can never run."""

    def __init__(self, waiting: bool) -> None:
        super().__init__()
        self.waiting = waiting


class Scheduler(Pallet, index=15):
    """Calls for later."""

    maximum_weight = Constant[WeightType]("MaximumWeight", WeightType(*MAXIMUM_WEIGHT))
    max_scheduled_per_block = Constant[u32]("MaxScheduledPerBlock", MAX_SCHEDULED)

    incomplete_since = StorageValue[u32]("IncompleteSince", optional=True)
    agenda = StorageMap[u32, BoundedVec[Option[Scheduled]]]("Agenda", Twox64Concat)
    retries = StorageMap[TaskAddress, RetryConfig]("Retries", Blake2_128Concat, optional=True)
    lookup = StorageMap[TaskName, TaskAddress]("Lookup", Twox64Concat, optional=True)

    class Event(Events):
        """What Scheduler reports."""

        Scheduled = event(0, when=u32, index=u32)
        Canceled = event(1, when=u32, index=u32)
        Dispatched = event(2, task=TaskAddress, id=OptionalName, result=DispatchResult)
        RetrySet = event(3, task=TaskAddress, id=OptionalName, period=u32, retries=u8)
        RetryCancelled = event(4, task=TaskAddress, id=OptionalName)
        CallUnavailable = event(5, task=TaskAddress, id=OptionalName)
        PeriodicFailed = event(6, task=TaskAddress, id=OptionalName)
        RetryFailed = event(7, task=TaskAddress, id=OptionalName)
        PermanentlyOverweight = event(8, task=TaskAddress, id=OptionalName)
        AgendaIncomplete = event(9, when=u32)

    class Error(Errors):
        """Why Scheduler refuses."""

        FailedToSchedule = error(0, "A task of this name is scheduled already.")
        NotFound = error(1, "There is no such task.")
        TargetBlockNumberInPast = error(2, "The block has begun already.")
        RescheduleNoChange = error(3, "The task is due at this block already.")
        Named = error(4, "The task has a name.")

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

    @call(6, weight=weight(147_698_000, PROOF, reads=1, writes=1))
    def set_retry(self, origin: Origin, task: TaskAddress, retries: u8, period: u32) -> None:
        """Try a task again if it fails. Root only."""
        ensure_root(origin)
        self._find(task)
        self.retries.insert(task, RetryConfig(retries, retries, period))
        self.deposit(self.Event.RetrySet(task, None, period, retries))

    @call(7, weight=weight(160_844_000, PROOF, reads=2, writes=1))
    def set_retry_named(self, origin: Origin, id: TaskName, retries: u8, period: u32) -> None:
        """Try the task of a name again if it fails. Root only."""
        ensure_root(origin)
        task = self._named(id)
        self.retries.insert(task, RetryConfig(retries, retries, period))
        self.deposit(self.Event.RetrySet(task, id, period, retries))

    @call(8, weight=weight(148_172_000, PROOF, reads=1, writes=1))
    def cancel_retry(self, origin: Origin, task: TaskAddress) -> None:
        """No longer try a task again. Root only."""
        ensure_root(origin)
        self._find(task)
        self.retries.remove(task)
        self.deposit(self.Event.RetryCancelled(task, None))

    @call(9, weight=weight(162_653_000, PROOF, reads=2, writes=1))
    def cancel_retry_named(self, origin: Origin, id: TaskName) -> None:
        """No longer try the task of a name again. Root only."""
        ensure_root(origin)
        task = self._named(id)
        self.retries.remove(task)
        self.deposit(self.Event.RetryCancelled(task, id))

    # -- agendas -------------------------------------------------------------------------

    def on_initialize(self, block: int) -> None:
        """Serve what is due, from the first agenda that was not served to its end."""
        meter = _Meter(MAXIMUM_WEIGHT)
        if not meter.use(SERVICE_AGENDAS):
            return
        since = self.incomplete_since.take(())
        when = block if since is None else since
        incomplete = block + 1
        first = True
        while when <= block and meter.can(_service_agenda(MAX_SCHEDULED)):
            if not self._serve(meter, first, block, when):
                incomplete = min(incomplete, when)
            first = False
            when += 1
        incomplete = min(incomplete, when)
        if incomplete <= block:
            self.deposit(self.Event.AgendaIncomplete(incomplete))
        self.incomplete_since.put(incomplete)

    def _serve(self, meter: _Meter, first: bool, now: int, when: int) -> bool:
        """Serve the agenda of block `when`; False if some of it must wait."""
        agenda = list(self.agenda.get(when))
        order = sorted(
            (task.priority, index) for index, task in enumerate(agenda) if task is not None
        )
        meter.use(_service_agenda(len(order)))
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
        return _service_task(length, task.maybe_id is not None)

    def _serve_task(
        self, meter: _Meter, now: int, address: tuple[int, int], first: bool, task: Scheduled
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
        meter.use(_service_task(length, task.maybe_id is not None))
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
        used, failed = found.weight, None
        try:
            used = self.runtime.dispatch(found, to_origin(task.origin)).actual_weight or used
        except DispatchError as caught:
            failed = caught
        meter.use(base)
        meter.use(used)
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
            placed = self._place(min(now + period, LAST_BLOCK), again)
        except Exhausted:
            preimage.drop(task.call)
            self.deposit(self.Event.PeriodicFailed(address, task.maybe_id))
            return
        if retry is not None:
            self.retries.insert(placed, retry)

    def _retry(
        self,
        meter: _Meter,
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
            placed = self._place(min(now + retry.period, LAST_BLOCK), clone)
        except Exhausted:
            self.runtime.preimage.drop(task.call)
            self.deposit(self.Event.RetryFailed(address, None))
            return
        self.retries.insert(placed, retry.replace(remaining=retry.remaining - 1))

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
        self._place(when, Scheduled(name, priority, bounded, again, ROOT_CALLER))
        kept = lookup_hash(bounded)
        if kept is not None:
            self.runtime.preimage.request(kept)

    def _place(self, when: int, task: Scheduled) -> tuple[int, int]:
        """Put a task into an agenda. Raises Exhausted if it is full."""
        agenda = list(self.agenda.get(when))
        if len(agenda) < MAX_SCHEDULED:
            index = len(agenda)
            agenda.append(task)
        elif None in agenda:
            index = agenda.index(None)
            agenda[index] = task
        else:
            raise Exhausted
        self.agenda.insert(when, agenda)
        if task.maybe_id is not None:
            self.lookup.insert(task.maybe_id, (when, index))
        self.deposit(self.Event.Scheduled(when, index))
        return when, index

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
