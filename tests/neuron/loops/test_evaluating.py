"""Evaluations handed out: wherever they run the verdicts are the same, and a lost one is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_service import (
    BREAKING,
    DEADLY,
    MINERS,
    VALIDATOR,
    Client,
    DoubleElsewhere,
    Number,
    chain,
    validator,
)

from taokit.neuron.errors import EvaluationFailed
from taokit.neuron.fanout import Fanout, Processes, RayCluster, Threads
from taokit.neuron.loops.arena import ArenaValidator
from taokit.neuron.loops.submissions import encode
from taokit.neuron.loops.validator import TRIES
from taokit.neuron.mechanism import ArenaMechanism
from taokit.neuron.messages import Reason
from taokit.neuron.observe.metrics import Metrics
from taokit.neuron.programs import run_validator
from taokit.neuron.store import Store
from taokit.neuron.weights import WeightSetter


def ray() -> Fanout:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    return RayCluster(workers=2, retries=1)


WHERE: dict[str, Callable[[], Fanout]] = {
    "threads": Threads,
    "processes": lambda: Processes(2, retries=1),
    "ray": ray,
}


def lost(metrics: Metrics, where: str) -> float | None:
    labels = {"where": where, "outcome": "lost"}
    return metrics.registry.get_sample_value("taokit_evaluations_total", labels)  # type: ignore[no-any-return]


@pytest.mark.parametrize("where", WHERE)
async def test_a_lost_evaluation_is_no_verdict_and_leaves_the_score_as_it_was(where: str) -> None:
    place = WHERE[where]()
    on, client, metrics = chain(), Client(), Metrics()
    store = Store(":memory:")
    judge = validator(on, client, store, DoubleElsewhere, fanout=place, metrics=metrics)
    try:
        await on.advance(1)
        assert {v.quality for v in await judge.step()} == {1.0}
        before = dict(judge.book.items())
        # One is wrong, one is silent, one answers what its evaluation does not survive.
        client.says = {MINERS[0]: 0, MINERS[2]: BREAKING if where == "threads" else DEADLY}
        client.silent = {MINERS[1]}
        await on.advance(1)
        verdicts = {v.hotkey: v.reason for v in await judge.step()}
    finally:
        await place.close()
    assert verdicts == {MINERS[0]: Reason.BAD_PROOF, MINERS[1]: Reason.TIMEOUT}
    assert judge.book.score(MINERS[2]) == before[MINERS[2]] > 0
    assert judge.book.score(MINERS[0]) < before[MINERS[0]]
    assert lost(metrics, where) == 1


async def test_verdicts_are_the_same_wherever_evaluations_run() -> None:
    found = []
    for place in (Threads(), Threads(3), Processes(2)):
        on, client, store = chain(), Client(), Store(":memory:")
        client.says = {MINERS[1]: 4}
        judge = validator(on, client, store, DoubleElsewhere, fanout=place)
        judge._salts = type(judge._salts)(bytes(32))
        await on.advance(1)
        found.append([v.model_dump() for v in await judge.step()])
        await place.close()
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(MINERS)


async def test_a_validator_none_of_whose_evaluations_can_be_finished_says_so() -> None:
    on, client, store = chain(), Client(), Store(":memory:")
    client.says = dict.fromkeys(MINERS, BREAKING)
    judge = validator(on, client, store, DoubleElsewhere)
    await on.advance(1)
    with pytest.raises(EvaluationFailed, match="none of 3"):
        await judge.step()
    assert judge.book.items() == []


def test_a_program_that_is_to_use_ray_says_which_extra_it_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    words = ["--netuid", "1", "--fanout", "ray", "--network", "ws://127.0.0.1:1"]
    assert run_validator(DoubleElsewhere(), words) == 2
    assert 'pip install "taokit[ray]"' in capsys.readouterr().err


class Measured(ArenaMechanism[Number]):
    """An artifact's score is what was evaluated; some evaluations fail, a number of times."""

    measures = "What was evaluated."
    window = 10
    reveal = 1
    alpha = 1.0
    fails: dict[str, int] = {}  # noqa: RUF012 - set by tests

    def tasks(self, rng: Any, ctx: Any) -> list[Number]:
        return [Number(n=n) for n in range(2)]

    @classmethod
    def evaluate(cls, entry: Any, task: Number, place: Any) -> float:
        if task.n and cls.fails.get(entry.hotkey, 0) > 0:
            cls.fails[entry.hotkey] -= 1
            raise RuntimeError("not this time")
        return 0.5 + place.epoch / 10 + task.n / 100

    async def run(self, entry: Any, task: Number, ctx: Any) -> float:
        return float(ctx.evaluated)

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return dict(book.items())


@pytest.mark.parametrize("failures", [0, 1, TRIES - 1, TRIES])
async def test_a_window_with_lost_evaluations_is_judged_again_before_they_are_left_out(
    failures: int, tmp_path: Path
) -> None:
    async def fetch(claim: Any) -> Path:
        return tmp_path

    on = chain()
    store = Store(":memory:")
    view = on.view(VALIDATOR)
    judge = ArenaValidator(Measured(), view, fetch, store, WeightSetter(view, store))
    for number, hotkey in enumerate(MINERS):
        await on.view(hotkey).commit(encode(f"{number:064x}", "https://example.org/x"))
    Measured.fails = {MINERS[0]: failures}
    concluded = []
    for _ in range(9 + 3 + TRIES):
        await on.advance(1)
        concluded.append({v.hotkey: v.quality for v in await judge.step()})
    rounds = [verdicts for verdicts in concluded if verdicts]
    whole = dict.fromkeys(sorted(MINERS), pytest.approx(0.505))
    if failures == TRIES:
        del whole[MINERS[0]]
    assert rounds == [whole]
    assert judge.kept.get("tried:0") is None
