"""What Scheduler declares: tasks, agendas, events and errors; and how a task gets its place."""

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
from taokit.local_chain.frame.dispatch_error import DispatchResult
from taokit.local_chain.frame.errors import Errors, Exhausted, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.raw_origin import OriginCaller
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.pallets.preimage import BoundedCall
from taokit.local_chain.pallets.scheduler_weights import MAX_SCHEDULED, MAXIMUM_WEIGHT

TaskName = FixedBytes[Literal[32]]
OptionalName = Option[TaskName]
TaskAddress = tuple[u32, u32]
LAST_BLOCK = 2**32 - 1


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


class SchedulerBase(Pallet):
    """Declarations that calls and service share."""

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

    def place(self, when: int, task: Scheduled) -> tuple[int, int]:
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
