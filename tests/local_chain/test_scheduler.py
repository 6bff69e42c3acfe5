"""Root's calls run at their block, again and again, and once more if they fail."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from calls import made, to
from chain_under_test import Chain

from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.pallets.preimage import BoundedCall
from taokit.local_chain.pallets.scheduler import ROOT_CALLER, RetryConfig, Scheduled

NEW = bytes([9] * 32)
NAME = bytes([1] * 32)
TAO = 10**9


def grant(account: bytes, value: int) -> Call:
    """A call of root's that leaves a trace."""
    return made("Balances", "force_set_balance", to(account), value)


def charge() -> Call:
    """A call of root's that succeeds only while NEW has money: takes one TAO."""
    return made("Balances", "force_transfer", to(NEW), to(bytes([8] * 32)), TAO)


@pytest.fixture
def open_chain(chain: Chain) -> Chain:
    chain.begin_block()
    return chain


def reach(chain: Chain, number: int) -> None:
    """Open block `number`; the blocks before it are sealed."""
    while chain.number < number:
        chain.end_block()
        chain.begin_block()


def plan(chain: Chain, call: Call, when: int, periodic: Any = None, priority: int = 127) -> None:
    chain.call(
        None,
        "Scheduler",
        "schedule",
        when=when,
        maybe_periodic=periodic,
        priority=priority,
        call=call,
    )


def named(chain: Chain, call: Call, when: int) -> None:
    args: dict[str, Any] = {"when": when, "maybe_periodic": None, "priority": 127, "call": call}
    chain.call(None, "Scheduler", "schedule_named", id=NAME, **args)


def free(chain: Chain) -> int:
    return chain.runtime.balances.free(NEW)


def test_a_task_runs_when_its_block_begins_and_once(open_chain: Chain) -> None:
    chain = open_chain
    plan(chain, grant(NEW, TAO), 4)
    assert chain.events("Scheduler.Scheduled") == [(4, 0)]
    reach(chain, 3)
    assert free(chain) == 0
    reach(chain, 4)
    assert free(chain) == TAO
    ((address, name, ended),) = chain.events("Scheduler.Dispatched")
    assert (address, name, ended.value) == ((4, 0), None, ())
    assert not chain.runtime.scheduler.agenda.contains(4)
    reach(chain, 6)
    assert chain.events("Scheduler.Dispatched") == []


def test_only_root_schedules_and_not_for_the_past(open_chain: Chain) -> None:
    chain = open_chain
    args: dict[str, Any] = {"maybe_periodic": None, "priority": 0, "call": grant(NEW, TAO)}
    assert chain.refusal(chain.alice, "Scheduler", "schedule", when=4, **args) == "BadOrigin"
    refused = chain.refusal(None, "Scheduler", "schedule", when=1, **args)
    assert refused == "TargetBlockNumberInPast"


@pytest.mark.parametrize(("after", "runs_at"), [(3, 6), (0, 3)])
def test_a_delay_counts_from_the_next_block(open_chain: Chain, after: int, runs_at: int) -> None:
    chain = open_chain
    reach(chain, 2)
    args: dict[str, Any] = {"maybe_periodic": None, "priority": 127, "call": grant(NEW, TAO)}
    chain.call(None, "Scheduler", "schedule_after", after=after, **args)
    reach(chain, runs_at - 1)
    assert free(chain) == 0
    reach(chain, runs_at)
    assert free(chain) == TAO


def test_a_periodic_task_runs_as_often_as_told(open_chain: Chain) -> None:
    chain = open_chain
    chain.runtime.balances.mint(NEW, 100 * TAO)
    plan(chain, charge(), 4, (3, 3))
    taken = []
    for number in range(2, 16):
        reach(chain, number)
        taken.append((number, 100 - free(chain) // TAO))
    steps = [number for (number, now), (_, before) in zip(taken[1:], taken) if now > before]
    assert steps == [4, 7, 10]


def test_a_failed_task_is_tried_again_until_it_succeeds(open_chain: Chain) -> None:
    chain = open_chain
    pallet = chain.runtime.scheduler
    plan(chain, charge(), 4)
    chain.call(None, "Scheduler", "set_retry", task=(4, 0), retries=10, period=3)
    assert chain.events("Scheduler.RetrySet") == [((4, 0), None, 3, 10)]
    reach(chain, 4)
    ((_, _, ended),) = chain.events("Scheduler.Dispatched")
    assert ended.value.name == "FundsUnavailable"
    assert pallet.retries.items() == [((7, 0), RetryConfig(10, 9, 3))]
    reach(chain, 8)
    assert pallet.retries.items() == [((10, 0), RetryConfig(10, 8, 3))]
    chain.runtime.balances.mint(NEW, 10 * TAO)
    reach(chain, 10)
    assert free(chain) == 9 * TAO
    assert pallet.retries.keys() == []
    reach(chain, 14)
    assert free(chain) == 9 * TAO


def test_the_last_retry_is_the_last(open_chain: Chain) -> None:
    chain = open_chain
    named(chain, charge(), 4)
    chain.call(None, "Scheduler", "set_retry_named", id=NAME, retries=1, period=1)
    reach(chain, 4)
    assert chain.runtime.scheduler.lookup.get(NAME) is None
    reach(chain, 5)
    assert len(chain.events("Scheduler.Dispatched")) == 1
    reach(chain, 6)
    assert chain.events("Scheduler.Dispatched") == []
    assert chain.runtime.scheduler.retries.keys() == []


def test_a_retry_can_be_called_off(open_chain: Chain) -> None:
    chain = open_chain
    named(chain, charge(), 4)
    for name, args in (("", {"task": (4, 0)}), ("_named", {"id": NAME})):
        chain.call(None, "Scheduler", f"set_retry{name}", retries=1, period=1, **args)
        chain.call(None, "Scheduler", f"cancel_retry{name}", **args)
        assert chain.runtime.scheduler.retries.keys() == []
    missing: dict[str, Any] = {"task": (4, 1)}
    assert chain.refusal(None, "Scheduler", "cancel_retry", **missing) == "NotFound"
    refused = chain.refusal(None, "Scheduler", "set_retry", retries=1, period=1, **missing)
    assert refused == "NotFound"


def test_a_name_is_used_once_and_cancels_its_task(open_chain: Chain) -> None:
    chain = open_chain
    named(chain, grant(NEW, TAO), 4)
    again: dict[str, Any] = {
        "id": NAME,
        "when": 5,
        "maybe_periodic": None,
        "priority": 0,
        "call": grant(NEW, TAO),
    }
    assert chain.refusal(None, "Scheduler", "schedule_named", **again) == "FailedToSchedule"
    chain.call(None, "Scheduler", "cancel_named", id=NAME)
    assert chain.events("Scheduler.Canceled") == [(4, 0)]
    assert not chain.runtime.scheduler.agenda.contains(4)
    assert chain.refusal(None, "Scheduler", "cancel_named", id=NAME) == "NotFound"
    reach(chain, 5)
    assert free(chain) == 0


def test_cancelling_leaves_holes_that_are_filled_only_in_a_full_agenda(open_chain: Chain) -> None:
    chain = open_chain
    agenda = chain.runtime.scheduler.agenda
    for _ in range(50):
        plan(chain, grant(NEW, TAO), 4)
    full: dict[str, Any] = {"maybe_periodic": None, "priority": 0, "call": grant(NEW, TAO)}
    assert chain.refusal(None, "Scheduler", "schedule", when=4, **full) == "Exhausted"
    chain.call(None, "Scheduler", "cancel", when=4, index=7)
    assert agenda.get(4)[7] is None
    plan(chain, grant(NEW, TAO), 4)
    assert chain.events("Scheduler.Scheduled")[-1] == (4, 7)
    chain.call(None, "Scheduler", "cancel", when=4, index=48)
    chain.call(None, "Scheduler", "cancel", when=4, index=49)
    assert len(agenda.get(4)) == 48
    assert chain.refusal(None, "Scheduler", "cancel", when=4, index=48) == "NotFound"


def test_lower_priority_numbers_run_first(open_chain: Chain) -> None:
    chain = open_chain
    plan(chain, grant(NEW, 1 * TAO), 4, priority=127)
    plan(chain, grant(NEW, 2 * TAO), 4, priority=1)
    plan(chain, grant(NEW, 3 * TAO), 4, priority=126)
    reach(chain, 4)
    order = [address[1] for address, _, _ in chain.events("Scheduler.Dispatched")]
    assert order == [1, 2, 0]
    assert free(chain) == TAO


def heavy(share: int) -> Call:
    """A root call that is charged this many hundredths of the agenda's weight."""
    inner = grant(NEW, TAO)
    return made("Utility", "with_weight", inner, WeightType(32_000_000_000 * share, 0))


def test_what_does_not_fit_waits_for_the_next_block(open_chain: Chain) -> None:
    chain = open_chain
    plan(chain, heavy(60), 4, priority=1)
    plan(chain, heavy(60), 4, priority=2)
    reach(chain, 4)
    assert len(chain.events("Scheduler.Dispatched")) == 1
    assert chain.events("Scheduler.AgendaIncomplete") == [(4,)]
    assert chain.runtime.scheduler.incomplete_since.get() == 4
    reach(chain, 5)
    assert [address for address, _, _ in chain.events("Scheduler.Dispatched")] == [(4, 1)]
    assert chain.runtime.scheduler.incomplete_since.get() is None


def test_what_can_never_fit_is_told_and_left(open_chain: Chain) -> None:
    chain = open_chain
    plan(chain, heavy(101), 4)
    reach(chain, 4)
    assert chain.events("Scheduler.PermanentlyOverweight") == [((4, 0), None)]
    assert chain.runtime.scheduler.agenda.contains(4)
    reach(chain, 5)
    assert chain.events("Scheduler.PermanentlyOverweight") == []


def test_a_large_call_is_kept_as_a_preimage_and_runs(open_chain: Chain) -> None:
    chain = open_chain
    call = made("Utility", "batch_all", [grant(NEW, TAO)] * 4)
    plan(chain, call, 4)
    encoded = RuntimeCallCodec.shared.encode(call)
    digest = hashlib.blake2b(encoded, digest_size=32).digest()
    (task,) = chain.runtime.scheduler.agenda.get(4)
    assert task == Scheduled(None, 127, BoundedCall.Lookup(digest, len(encoded)), None, ROOT_CALLER)
    status = chain.runtime.preimage.request_status_for.get(digest)
    assert status.count == 2
    reach(chain, 4)
    assert free(chain) == TAO
    assert chain.runtime.preimage.request_status_for.get(digest).count == 1


def test_a_call_whose_preimage_is_gone_is_told(open_chain: Chain) -> None:
    chain = open_chain
    task = Scheduled(None, 0, BoundedCall.Lookup(bytes(32), 200), None, ROOT_CALLER)
    chain.runtime.scheduler.agenda.insert(4, [task])
    reach(chain, 4)
    assert chain.events("Scheduler.CallUnavailable") == [((4, 0), None)]
    assert chain.events("Scheduler.Dispatched") == []


def test_a_periodic_task_with_retries_keeps_its_period_and_retries_beside_it(
    open_chain: Chain,
) -> None:
    chain = open_chain
    plan(chain, charge(), 4, (3, 6))
    chain.call(None, "Scheduler", "set_retry", task=(4, 0), retries=10, period=2)
    reach(chain, 4)
    assert chain.runtime.scheduler.retries.items() in (
        [((6, 0), RetryConfig(10, 9, 2)), ((7, 0), RetryConfig(10, 10, 2))],
        [((7, 0), RetryConfig(10, 10, 2)), ((6, 0), RetryConfig(10, 9, 2))],
    )
