"""The weights that validators of a scenario set, by rule.

Owns the rules. Everything random follows from the seed, the names and the epoch, so that it is the
same however one came there, and the same for equal people of two subnets.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING

from taokit.local_chain.scenarios.cast import Cast, Seat, Stage
from taokit.local_chain.scenarios.model import EventPlan, WeightPlan

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

__all__ = ["Weighing"]

MOST = 65_535


class Weighing:
    """What everybody thinks of everybody, after so many epochs and so many blocks."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._seed = cast.scenario.seed

    def plan(self, stage: Stage, validator: Seat, epoch: int, block: int) -> WeightPlan:
        """How a validator sets weights by now; `none` if it is stopped."""
        plan = next(p for p in stage.plan.validators if p.name == validator.group).weights
        stopped = False
        for event in self._past(stage, epoch, block):
            if event.validators != validator.group:
                continue
            if event.do == "weights":
                plan = event.weights
            elif event.do in ("stop", "resume"):
                stopped = event.do == "stop"
        return WeightPlan("none", {}, 0) if stopped else plan

    def weights(
        self, runtime: Runtime, stage: Stage, validator: Seat, epoch: int, block: int
    ) -> dict[int, int]:
        """A validator's weights by uid, the largest 65535; none if it sets none."""
        plan = self.plan(stage, validator, epoch, block)
        uid_of = {
            seat.name: uid
            for seat in stage.seats
            if seat.role in ("miner", "newcomer")
            and (uid := runtime.subtensor.uids.get((stage.netuid, seat.hotkey.public_key)))
            is not None
        }
        miners = [seat for seat in stage.seats if seat.name in uid_of]
        draw = random.Random(f"{self._seed}/{validator.name}/{epoch}")
        if plan.rule == "copy":
            return _scaled(self._copied(runtime, stage, validator))
        if plan.rule == "honest":
            found = {seat.name: self.quality(stage, seat, epoch, block) for seat in miners}
        elif plan.rule == "random":
            found = {seat.name: draw.random() for seat in miners}
        else:  # cabal, fixed and none
            found = {seat.name: plan.to.get(seat.group, 0) for seat in miners}
        noisy = {
            uid_of[name]: value * (1 + plan.noise * draw.uniform(-1, 1))
            for name, value in found.items()
        }
        return _scaled(noisy)

    def quality(self, stage: Stage, miner: Seat, epoch: int, block: int) -> float:
        """How good a miner is by now."""
        group = next((p for p in stage.plan.miners if p.name == miner.group), None)
        quality, drift = (group.quality, group.drift) if group else (0.0, 0.0)
        for event in self._past(stage, epoch, block):
            changes = event.do == "quality" and event.miners == miner.group
            if changes or (event.do == "register" and event.group == miner.group):
                quality = event.quality
        chance = random.Random(f"{self._seed}/{miner.name}/{epoch}").random()
        return quality * (1 - drift * chance)

    def _past(self, stage: Stage, epoch: int, block: int) -> list[EventPlan]:
        first = self._cast.first
        return [
            event
            for event in self._cast.scenario.events
            if self._cast.stage(event.subnet or first.name) is stage
            and (event.epoch <= epoch if event.epoch else event.block <= block)
        ]

    def _copied(self, runtime: Runtime, stage: Stage, copier: Seat) -> Mapping[int, float]:
        """What the validators of other groups have set, by their stake."""
        sub, netuid = runtime.subtensor, stage.netuid
        own = {seat.hotkey.public_key for seat in stage.of(copier.group)}
        total: dict[int, float] = {}
        for uid in range(sub.subnetwork_n.get(netuid)):
            hotkey = sub.keys.get((netuid, uid))
            row = [] if hotkey in own else list(sub.weights.get((netuid, uid)))
            whole = sum(value for _, value in row)
            stake = sub.total_hotkey_alpha.get((hotkey, netuid))
            for target, value in row:
                total[target] = total.get(target, 0) + stake * value / whole
        return total


def _scaled(weights: Mapping[int, float]) -> dict[int, int]:
    largest = max(weights.values(), default=0)
    if not largest > 0:
        return {}
    scaled = {uid: round(MOST * value / largest) for uid, value in sorted(weights.items())}
    return {uid: value for uid, value in scaled.items() if value}
