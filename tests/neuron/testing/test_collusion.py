"""Miners that work together or with a validator: their attacks are real, and would be seen."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from taokit.neuron.gateway import Price, Route
from taokit.neuron.mechanism import ServiceMechanism
from taokit.neuron.messages import Message, Reason
from taokit.neuron.testing import Persona, Project, run_memory, virtual_time
from taokit.neuron.testing.collusion import Copycat, Insider, Machine, OneMachine
from taokit.neuron.testing.purchases import Purchases, Shop


class Number(Message):
    """A number to be doubled, or doubled; ``of`` is what it was before."""

    n: int
    of: int = 0


class Double(ServiceMechanism[Number, Number]):
    """Doubling; it does not care how fast, so a machine is paid for each hotkey in front of it."""

    measures = "Numbers doubled."
    path = "/double"
    request = Number
    response = Number
    deadline = 5.0

    def tasks(self, rng: Any, ctx: Any) -> list[Number]:
        return [Number(n=rng.randrange(1 << 40))]

    def verify(self, task: Number, result: Any, ctx: Any) -> Any:
        if not result.ok:
            return self.failed(task, result)
        if result.value.of != task.n:
            return self.verdict(task, result, 0.0, Reason.REPLAY)
        right = result.value.n == 2 * task.n
        return self.verdict(task, result, float(right), Reason.OK if right else Reason.BAD_PROOF)

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        earned = {hotkey: score for hotkey, score in book.items() if score > 0.0}
        total = sum(earned.values())
        return {hotkey: score / total for hotkey, score in earned.items()}


async def well(task: Number) -> Number:
    return Number(n=2 * task.n, of=task.n)


async def badly(task: Number) -> Number:
    return Number(n=task.n, of=task.n)


GOOD = Persona("good", "good", well)
ROUTE = Route("/v1/double", Number, "/double", Number, price=Price(per_request=7))


def order(number: int) -> dict[str, int]:
    return {"n": number}


def test_who_knew_the_block_of_a_round_would_know_its_tasks_and_who_knows_all_else_knows_none() -> (
    None
):
    made: dict[int, Insider] = {}

    def insider(behind: int) -> Any:
        def make() -> Insider:
            made[behind] = Insider(well, badly, behind=behind)
            return made[behind]

        return make

    told = Persona("told", "any", insider(0), makes=True)
    left = Persona("insider", "zero", insider(1), Reason.BAD_PROOF, makes=True)
    report = run_memory(Project(Double, [GOOD, told, left]), epochs=3).check()
    assert (made[0].surprised, made[1].foreseen) == (0, 0)
    assert made[0].foreseen == made[1].surprised == report.calls / 3 > 0


def test_a_copycat_has_what_the_best_paid_miner_said_to_the_same_validator() -> None:
    seen: list[tuple[int, Number]] = []

    def renamed(task: Number, overheard: Number) -> Number:
        seen.append((task.n, overheard))
        return overheard

    copycat = Persona("copycat", "zero", lambda: Copycat(renamed), Reason.REPLAY, makes=True)
    worse = Persona("worse", "zero", badly, Reason.BAD_PROOF)
    run_memory(Project(Double, [worse, GOOD, copycat]), epochs=4).check()
    paid_by_then = seen[2:]  # of two validators
    assert paid_by_then
    assert all(said.n == 2 * said.of != 2 * asked for asked, said in paid_by_then)


def test_who_is_paid_for_each_hotkey_on_one_machine_is_reported() -> None:
    def three(at_most: float) -> Persona:
        def make() -> OneMachine:
            return OneMachine("three", well, lambda said: 1.0, 100.0)

        return Persona("three", "any", make, copies=3, makes=True, at_most=at_most)

    assert not run_memory(Project(Double, [GOOD, three(3.1)]), epochs=2).problems()
    (problem,) = run_memory(Project(Double, [GOOD, three(1.1)]), epochs=2).problems()
    assert "three (75.00% with 3 hotkeys) earns more than 1.1 times one good hotkey" in problem


@pytest.mark.parametrize(
    ("together", "ends"), [(False, [2.0, 3.0, 1.0, 6.0]), (True, [6.0, 6.0, 6.0, 6.0])]
)
def test_a_machine_does_one_thing_after_another_or_all_at_the_same_time(
    together: bool, ends: list[float]
) -> None:
    async def scenario() -> list[float]:
        machine, loop = Machine(10.0, together=together), asyncio.get_running_loop()

        async def ask(units: float, number: int) -> float:
            await machine.work(units, number)
            return round(loop.time(), 1)

        return list(await asyncio.gather(ask(10, 1), ask(10, 2), ask(10, 0), ask(30, 3)))

    assert virtual_time.run(scenario()) == ends


def test_a_buyer_at_the_end_is_served_once_billed_once_and_not_by_who_earns_nothing() -> None:
    bad = Persona("bad", "zero", badly, Reason.BAD_PROOF)
    project = Project(Double, [GOOD, bad], shop=Shop([ROUTE], order, purchases=6))
    report = run_memory(project, epochs=2).check()
    assert report.bought == Purchases(6, Counter(good=6), 42)
    assert report.table().endswith("bought 6 of 6 answers for 42: good 6")


def test_a_purchase_that_went_wrong_is_a_problem() -> None:
    absent = Project(Double, [], shop=Shop([ROUTE], order, purchases=1))
    (problem,) = run_memory(absent, epochs=1).problems()
    assert problem.startswith("a buyer: order 0 was refused")
    sold = Purchases(3, Counter(good=2, bad=1), 21)
    assert sold.problems({"bad"}) == ["bad: is sold to buyers (1 answers)"]
