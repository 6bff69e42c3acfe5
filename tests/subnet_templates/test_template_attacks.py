"""Attacks on a subnet: honest rules withstand them, and rules with a hole are found out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

pytest.importorskip("fastapi", reason="attacks need taokit[neuron]")

from taokit.neuron.mechanism import Context, ServiceMechanism
from taokit.neuron.messages import Hotkey, Message, Reason, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import Seeded
from taokit.neuron.results import Result
from taokit.neuron.store import ScoreBook
from taokit.neuron.testing import Persona, Project
from taokit.subnet_templates.attacks.deviations import deviations
from taokit.subnet_templates.attacks.fuzzing import Fuzzed, fuzz
from taokit.subnet_templates.attacks.mutations import CONTENT, TRANSPORT, WIRE, Answered, mutated
from taokit.subnet_templates.errors import NotAProject


class Numbers(Message):
    """What is to be summed."""

    numbers: tuple[int, ...]


class Sum(Message):
    """The sum, and the numbers that it is of."""

    numbers: tuple[int, ...]
    total: int


class Sums(ServiceMechanism[Numbers, Sum]):
    """Summing."""

    measures = "Sums that are right."
    path = "/v1/sum"
    request = Numbers
    response = Sum
    deadline = 1.0

    def tasks(self, rng: Seeded, ctx: Context) -> Sequence[Numbers]:
        return [Numbers(numbers=tuple(rng.randrange(100) for _ in range(4))) for _ in range(2)]

    def verify(self, task: Numbers, result: Result[Sum], ctx: Context) -> Verdict:
        if not result.ok:
            return self.failed(task, result)
        answer = result.value
        if answer.numbers != task.numbers or answer.total != sum(task.numbers):
            return self.verdict(task, result, 0.0, Reason.MALFORMED)
        return self.verdict(task, result, 0.5)

    def weights(self, book: ScoreBook, snap: Snapshot) -> Mapping[Hotkey, float]:
        scores = {h: s for h, s in book.items() if h in snap.by_hotkey}
        whole = sum(scores.values())
        return {h: s / whole for h, s in scores.items()} if whole else {}


class Credulous(Sums):
    """Pays by the numbers that an answer says it is of."""

    def verify(self, task: Numbers, result: Result[Sum], ctx: Context) -> Verdict:
        if not result.ok:
            return self.failed(task, result)
        return self.verdict(task, result, min(1.0, len(result.value.numbers) / 40))


class Fragile(Sums):
    """Takes it for granted that an answer has as many numbers as the task."""

    def verify(self, task: Numbers, result: Result[Sum], ctx: Context) -> Verdict:
        if result.ok:
            [result.value.numbers[at] for at in range(len(task.numbers))]
        return super().verify(task, result, ctx)


def honest(task: Numbers) -> Sum:
    return Sum(numbers=task.numbers, total=sum(task.numbers))


def careless(task: Numbers) -> Sum:
    return Sum(numbers=task.numbers, total=sum(task.numbers) + task.numbers[0] % 2)


def many(task: Numbers) -> Sum:
    return Sum(numbers=task.numbers * 10, total=0)


def project(mechanism: type[Sums]) -> Project:
    return Project(
        mechanism,
        [
            Persona("honest", "good", honest),
            Persona("careless", "mid", careless, accused=True),
            Persona("many", "zero", many, Reason.MALFORMED),
        ],
    )


def result(fuzzed: Fuzzed) -> list[tuple[float, dict[str, int], dict[Reason, int]]]:
    return [(one.share, dict(one.mutant.changes), dict(one.reasons)) for one in fuzzed.mutants]


def test_rules_without_a_hole_withstand_and_a_seed_is_the_same_attack_again() -> None:
    first = fuzz(project(Sums), seed=1, mutants=4, epochs=2, requests=40)
    assert first.problems() == []
    assert sum(first.requests.outcomes.values()) == 40
    assert first.share > max(one.share for one in first.mutants)
    again = fuzz(project(Sums), seed=1, mutants=4, epochs=2, requests=0)
    assert result(again) == result(first)
    one = fuzz(project(Sums), seed=1, epochs=2, requests=0, only=1)
    assert [m.mutant.changes for m in one.mutants] == [first.mutants[1].mutant.changes]


def test_a_mechanism_that_answers_can_break_is_found() -> None:
    broken = fuzz(project(Fragile), seed=2, mutants=9, epochs=4, requests=0).problems()
    assert any("verify raised IndexError" in problem for problem in broken), broken


def test_a_mechanism_that_believes_what_it_is_told_is_found() -> None:
    deceived = fuzz(project(Credulous), seed=3, mutants=8, epochs=3, requests=0).problems()
    assert any("earned" in problem and "more than honest" in problem for problem in deceived)


def test_deviating_from_honesty_pays_only_where_the_rules_have_a_hole() -> None:
    found = {one.persona: one for one in deviations(project(Sums), epochs=2)}
    assert set(found) == {"careless", "many"}
    assert not any(one.pays for one in found.values())
    (many,) = deviations(project(Credulous), epochs=2, only="many")
    assert many.pays
    assert many.share > many.honest == pytest.approx(1 / 3, abs=0.01)


def test_there_has_to_be_somebody_honest() -> None:
    lone = replace(project(Sums), personas=[Persona("many", "zero", many, Reason.MALFORMED)])
    with pytest.raises(NotAProject, match="good"):
        fuzz(lone, seed=0)


@pytest.mark.parametrize("kind", sorted({**CONTENT, **WIRE, **TRANSPORT}))
def test_each_change_is_repeated_by_its_seed_and_takes_any_answer(kind: str) -> None:
    change = {kind: {**CONTENT, **WIRE, **TRANSPORT}[kind]}
    for body in (b'{"id": "a", "xs": [1, 2], "deep": {"b": null}}', b"[]", b"7", b"", b"\xff"):
        answer = Answered(200, {b"x-taokit-signature": b"sr25519:00"}, body)
        for seed in range(5):
            made = [mutated(random.Random(seed), answer, change) for _ in range(2)]
            assert made[0] == made[1]
            assert made[0][0] == kind
