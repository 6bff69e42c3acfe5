"""Rounds among their contributors: opened, frozen, judged with what nobody knew, applied once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from taokit.neuron.errors import HandlerRefused
from taokit.neuron.loops.rounds import UpdateRequest
from taokit.neuron.mechanism import RoundsMechanism, digest
from taokit.neuron.messages import Message, Reason, Verdict
from taokit.neuron.store import KeyValues
from taokit.neuron.testing import Project, persona, run_memory
from taokit.neuron.testing.personas import personas_of


class Step(Message):
    window: int
    gain: float


class Climbing(RoundsMechanism[Step]):
    """The state is a height; an update says by how much it wants to raise it."""

    measures = "Height gained."
    path = "/v1/update"
    update = Step
    window = 20
    grace = 2
    deadline = 1.0
    alpha = 0.5
    seen: ClassVar[list[tuple[str, int]]] = []

    async def open(self, window: int, ctx: Any) -> None:
        self.seen.append(("open", window))

    def assignments(self, rng: Any, ctx: Any) -> Mapping[str, float]:
        return {miner.hotkey: 1.0 for miner in ctx.snapshot.miners()}

    async def verify(
        self, hotkey: str, update: Step, assignment: float, rng: Any, ctx: Any
    ) -> Verdict:
        named = {"hotkey": hotkey, "task": digest(update)}
        if update.window != ctx.epoch:
            return Verdict(**named, quality=0.0, ok=False, reason=Reason.STALE_BASE)
        if update.gain <= 0:
            return Verdict(**named, quality=0.0, ok=False, reason=Reason.NO_GAIN)
        return Verdict(**named, quality=update.gain * assignment)

    async def aggregate(self, updates: Any, verdicts: Any, ctx: Any) -> None:
        state = KeyValues(ctx.store, "climb")
        gained = sum(updates[h].gain for h, verdict in verdicts.items() if verdict.ok)
        state.set("height", state.get("height", 0.0) + gained)
        self.seen.append(("applied", ctx.epoch))

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return {hotkey: score**2 for hotkey, score in book.items() if score}


@persona("worker", expect="good")
def worker(request: UpdateRequest) -> Step:
    return Step(window=request.window, gain=0.9)


@persona("half", expect="mid")
def half(request: UpdateRequest) -> Step:
    return Step(window=request.window, gain=0.45)


@persona("stale", expect="zero", reason=Reason.STALE_BASE)
def stale(request: UpdateRequest) -> Step:
    return Step(window=0, gain=0.9)


@persona("idle", expect="zero", reason=Reason.NO_GAIN)
def idle(request: UpdateRequest) -> Step:
    return Step(window=request.window, gain=0.0)


@persona("absent", expect="zero", reason=Reason.REFUSED)
def absent(request: UpdateRequest) -> Step:
    raise HandlerRefused("no update")


def test_contributors_earn_what_they_added_and_each_window_is_applied_once() -> None:
    Climbing.seen.clear()
    project = Project(Climbing, personas_of(sys.modules[__name__]), tempo=20, turns=5, lead=2)
    run_memory(project, epochs=5, validators=1, restart=3).check()
    applied = [window for what, window in Climbing.seen if what == "applied"]
    opened = [window for what, window in Climbing.seen if what == "open"]
    assert applied == sorted(set(applied))
    assert opened == sorted(set(opened))
    assert len(applied) >= 3
