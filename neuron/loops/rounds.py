"""The loop of rounds: open a window, freeze what was contributed, judge it, apply it.

Owns the phases of a window and the request for an update. Does not own what an update is nor the
shared state (the mechanism).

A window is ``window`` blocks; updates to it are fetched once it has ended and ``grace`` blocks have
passed, and are kept as they were fetched. They are judged with a seed of the block ``draw`` blocks
later, or of the one after the fetch where that came later: when miners made them, nobody knew it,
and validators that look at the chain at different times measure the same. All of it is in the
store, so a killed validator goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic

from taokit.neuron.chain import Chain, SubnetRules
from taokit.neuron.client import Call
from taokit.neuron.fanout.contract import Done, Lost
from taokit.neuron.loops.validator import Validator
from taokit.neuron.mechanism import Context, RoundsMechanism, Update, digest
from taokit.neuron.messages import Hotkey, Message, Reason, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import Seeded, seed
from taokit.neuron.store import Store

if TYPE_CHECKING:
    from taokit.neuron.client import MinerClient
    from taokit.neuron.weights import WeightSetter

__all__ = ["RoundsValidator", "UpdateRequest"]

_OPENED = "rounds:opened"
_DONE = "rounds:done"
_FROZEN = "rounds:frozen"


class UpdateRequest(Message):
    """A validator asks a miner for its update to a window."""

    window: int


class RoundsValidator(Validator, Generic[Update]):
    """Validates contributions to shared state."""

    def __init__(
        self,
        mechanism: RoundsMechanism[Update],
        chain: Chain,
        client: MinerClient,
        store: Store,
        weights: WeightSetter,
        **pacing: Any,
    ) -> None:
        super().__init__(mechanism, chain, store, weights, **{"tick_blocks": 1, **pacing})
        self.mechanism = mechanism
        mechanism.seated(client.signer)
        self._client = client

    def _epoch(self, snap: Snapshot, rules: SubnetRules) -> int:
        return snap.block // self.mechanism.window

    async def _round(self, ctx: Context) -> tuple[Verdict, ...]:
        if self.kept.get(_OPENED, None) is None:
            # Windows that ended before this validator began are not its business.
            self.kept.set(_DONE, ctx.epoch - 1)
        if self.kept.get(_OPENED, -1) < ctx.epoch:
            await self.mechanism.open(ctx.epoch, ctx)
            self.kept.set(_OPENED, ctx.epoch)
        ended = ctx.epoch - 1
        deadline = ctx.epoch * self.mechanism.window + self.mechanism.grace
        frozen = self.kept.get(_FROZEN, None)
        if frozen is not None and ctx.block >= _drawn_at(frozen):
            verdicts = await self._judge(frozen, replace(ctx, epoch=int(frozen["window"])))
            if verdicts is None:
                self._keep((), ctx)
                return ()
            with self.book.checkpoint():
                self.kept.delete(_FROZEN)
                self._tried_enough(f"{frozen['window']}")
                self.kept.set(_DONE, int(frozen["window"]))
                self._keep(verdicts, ctx)
            return verdicts
        if frozen is None and self.kept.get(_DONE, -1) < ended and ctx.block >= deadline:
            await self._freeze(ended, ctx)
        self._keep((), ctx)
        return ()

    async def _freeze(self, window: int, ctx: Context) -> None:
        """Fetch what every miner has for a window, and keep it as it is."""
        shape, opened = self.mechanism, window * self.mechanism.window
        # Who came after it opened had no assignment.
        here = ctx.snapshot.miners(besides=ctx.hotkey)
        miners = [miner for miner in here if miner.registered_at <= opened]
        request = UpdateRequest(window=window)
        results = await self._client.map(
            [Call(miner, shape.path, request, shape.update, shape.deadline) for miner in miners]
        )
        updates = {r.hotkey: r.value.model_dump_json() for r in results if r.ok}
        failed = {r.hotkey: (r.reason.value, r.detail) for r in results if not r.ok}
        for result in results:
            self.metrics.query(shape.path, result.reason, result.latency_s if result.ok else None)
        block = (await self.chain.head()).number
        # The same block for all validators, but for one that fetched so late that it was there.
        usual = (window + 1) * shape.window + shape.grace + shape.draw
        frozen = {
            "window": window,
            "block": block,
            "draw": max(block + 1, usual),
            "updates": updates,
            "failed": failed,
        }
        self.kept.set(_FROZEN, frozen)
        ctx.log.info("frozen", window=window, updates=len(updates), failed=len(failed))

    async def _judge(self, frozen: Mapping[str, Any], ctx: Context) -> tuple[Verdict, ...] | None:
        """The verdicts of a window, its updates applied; None when it is to be done once more."""
        window, shape = int(frozen["window"]), self.mechanism
        opened = await self._hash(window * shape.window)
        drawn = await self._hash(_drawn_at(frozen))
        assigned = shape.assignments(Seeded(seed("assign", opened, ctx.netuid)), ctx)
        here = {h: text for h, text in frozen["updates"].items() if h in ctx.snapshot.by_hotkey}
        work: dict[Hotkey, tuple[Hotkey, Update, Any, Seeded]] = {}
        verdicts: dict[Hotkey, Verdict] = {}
        for hotkey, text in sorted(here.items()):
            rng = Seeded(seed("judge", drawn, ctx.netuid, hotkey.encode()))
            update: Any = shape.update.model_validate_json(text)
            update = await shape.complete(hotkey, update, ctx)
            if isinstance(update, Verdict):
                verdicts[hotkey] = update
            else:
                work[hotkey] = (hotkey, update, assigned.get(hotkey), rng)
        found = await self.evaluations.of(shape.evaluate, list(work.items()), ctx)
        if any(isinstance(outcome, Lost) for outcome in found) and self._once_more(f"{window}"):
            return None
        updates: dict[Hotkey, Update] = {}
        for (hotkey, what), outcome in zip(work.items(), found):
            if isinstance(outcome, Done):
                updates[hotkey] = what[1]
                seen = replace(ctx, evaluated=outcome.value)
                verdicts[hotkey] = await shape.verify(*what, seen)
        verdicts.update(_unanswered(frozen, ctx))
        verdicts = dict(await shape.compare(updates, verdicts, ctx))
        await shape.aggregate(updates, verdicts, ctx)
        return tuple(verdicts.values())

    async def _hash(self, number: int) -> str:
        found = await self.chain.block_hash(number)
        if found is None:
            head = await self.chain.wait_block(number)
            return head.hash
        return found


def _drawn_at(frozen: Mapping[str, Any]) -> int:
    """The block whose hash says how a window is judged."""
    return int(frozen.get("draw", int(frozen["block"]) + 1))


def _unanswered(frozen: Mapping[str, Any], ctx: Context) -> dict[Hotkey, Verdict]:
    """The verdicts on those who had no update when they were asked."""
    request = digest(UpdateRequest(window=int(frozen["window"])))
    return {
        hotkey: Verdict(
            hotkey=hotkey,
            task=request,
            quality=0.0,
            ok=False,
            reason=Reason(reason),
            evidence={"detail": detail},
        )
        for hotkey, (reason, detail) in frozen["failed"].items()
        if hotkey in ctx.snapshot.by_hotkey
    }
