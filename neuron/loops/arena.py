"""The loop of an arena: collect commitments, fetch what they promise, run all on the same tasks.

Owns the phases of a window. Does not own isolation (the mechanism runs artifacts in a sandbox) nor
who wins (the mechanism's ``settle``).

A window closes at block ``b``; what was committed before it takes part. Artifacts are fetched from
``b`` until ``b + reveal``; tasks come of the hash of block ``b + reveal + 1``. What is under way
is in the store, so that a validator that is killed goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from taokit.neuron.chain import Chain, SubnetRules
from taokit.neuron.errors import ArtifactError
from taokit.neuron.fanout.contract import Done, Lost, Outcome
from taokit.neuron.loops.submissions import Claim, Entry, copies, decode
from taokit.neuron.loops.validator import Validator
from taokit.neuron.mechanism import ArenaMechanism, Context, Task
from taokit.neuron.messages import Hotkey, Reason, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import Seeded, seed
from taokit.neuron.store import Store

if TYPE_CHECKING:
    from taokit.neuron.weights import WeightSetter

__all__ = ["ArenaValidator", "Fetch"]

Fetch = Callable[[Claim], Awaitable[Path]]
"""Fetches and unpacks an artifact, its hash checked. Raises ArtifactError."""

_CLAIMS = "arena:claims"
_FETCHED = "arena:fetched"
_DONE = "arena:done"


class ArenaValidator(Validator, Generic[Task]):
    """Validates an arena. ``fetch`` brings artifacts here."""

    def __init__(
        self,
        mechanism: ArenaMechanism[Task],
        chain: Chain,
        fetch: Fetch,
        store: Store,
        weights: WeightSetter,
        **pacing: Any,
    ) -> None:
        super().__init__(mechanism, chain, store, weights, **{"tick_blocks": 1, **pacing})
        self.mechanism = mechanism
        self._fetch = fetch

    def _epoch(self, snap: Snapshot, rules: SubnetRules) -> int:
        return snap.block // self.mechanism.window

    async def _round(self, ctx: Context) -> tuple[Verdict, ...]:
        await self._collect(ctx)
        closed = ctx.epoch - 1
        if closed < 0 or self.kept.get(_DONE, -1) >= closed:
            self._keep((), ctx)
            return ()
        claims = self._claims(closed)
        close = ctx.epoch * self.mechanism.window
        draw = close + self.mechanism.reveal + 1
        if ctx.block < draw:
            await self._fetch_missing(closed, claims, ctx)
            self._keep((), ctx)
            return ()
        verdicts = await self._contest(closed, claims, draw, replace(ctx, epoch=closed))
        if verdicts is None:
            self._keep((), ctx)
            return ()
        with self.book.checkpoint():
            self.kept.set(_DONE, closed)
            self._forget_window(closed)
            self._tried_enough(f"{closed}")
            self._keep(verdicts, ctx)
        ctx.log.info("window", number=closed, entries=len(claims), verdicts=len(verdicts))
        return verdicts

    async def _collect(self, ctx: Context) -> None:
        """Remember what is committed: a later commitment replaces it on chain."""
        found = {}
        for hotkey, commitment in (await self.chain.commitments()).items():
            claim = decode(hotkey, commitment)
            if claim is not None and hotkey in ctx.snapshot.by_hotkey:
                found[hotkey] = asdict(claim)
        known = self.kept.get(f"{_CLAIMS}:{ctx.epoch}", {})
        self.kept.set(f"{_CLAIMS}:{ctx.epoch}", {**known, **found})

    def _claims(self, window: int) -> dict[Hotkey, Claim]:
        """What takes part in a window: committed before it closed, as seen then or still there."""
        close = (window + 1) * self.mechanism.window
        seen: dict[Hotkey, Claim] = {}
        for number in (window + 1, window):  # the later look first: the earlier replaces it
            rows = self.kept.get(f"{_CLAIMS}:{number}", {})
            claims = {hotkey: Claim(**row) for hotkey, row in rows.items()}
            seen.update({h: claim for h, claim in claims.items() if claim.block < close})
        return seen

    async def _fetch_missing(
        self, window: int, claims: Mapping[Hotkey, Claim], ctx: Context
    ) -> None:
        fetched = dict(self.kept.get(f"{_FETCHED}:{window}", {}))
        for hotkey, claim in claims.items():
            if hotkey in fetched or hotkey in copies(claims):
                continue
            try:
                fetched[hotkey] = str(await self._fetch(claim))
            except ArtifactError as error:
                ctx.log.info("not_fetched", hotkey=hotkey, detail=str(error))
        self.kept.set(f"{_FETCHED}:{window}", fetched)

    async def _contest(
        self, window: int, claims: Mapping[Hotkey, Claim], draw: int, ctx: Context
    ) -> tuple[Verdict, ...] | None:
        """The verdicts of a window; None when it is to be done once more."""
        drawn = await self.chain.block_hash(draw)
        if drawn is None:
            raise ArtifactError(f"block {draw} is not there, and the head is at {ctx.block}")
        rng = Seeded(seed("arena", drawn, ctx.netuid))
        tasks = self.mechanism.tasks(rng, ctx)
        name = hashlib.sha256(f"{ctx.netuid}:{window}".encode()).hexdigest()
        fetched, copied = self.kept.get(f"{_FETCHED}:{window}", {}), copies(claims)
        failed: list[Verdict] = []
        entries: list[Entry] = []
        for claim in sorted(claims.values(), key=lambda one: (one.block, one.hotkey)):
            if claim.hotkey not in ctx.snapshot.by_hotkey:
                continue
            if claim.hotkey in copied or claim.hotkey not in fetched:
                reason = Reason.COPY if claim.hotkey in copied else Reason.UNREVEALED
                failed.append(_nothing(claim.hotkey, name, reason))
                continue
            path = Path(fetched[claim.hotkey])
            entries.append(Entry(claim.hotkey, claim.digest, claim.block, path))
        work = [(entry.hotkey, (entry, task)) for entry in entries for task in tasks]
        found = await self.evaluations.of(self.mechanism.evaluate, work, ctx)
        lost = {hotkey for (hotkey, _), one in zip(work, found) if isinstance(one, Lost)}
        if lost and self._once_more(f"{window}"):
            return None
        scores: dict[Hotkey, list[float]] = {}
        for number, entry in enumerate(entries):
            if entry.hotkey in lost:
                continue
            own = found[number * len(tasks) : (number + 1) * len(tasks)]
            row = await self._run(entry, tasks, own, ctx)
            if isinstance(row, Verdict):
                failed.append(row)
            else:
                scores[entry.hotkey] = row
        return (*failed, *await self.mechanism.settle(scores, ctx))

    async def _run(
        self, entry: Entry, tasks: Sequence[Task], found: Sequence[Outcome[Any]], ctx: Context
    ) -> list[float] | Verdict:
        """An artifact's score on each task, or the verdict that says why it has none."""
        row: list[float] = []
        for task, one in zip(tasks, found):
            assert isinstance(one, Done)
            outcome = await self.mechanism.run(entry, task, replace(ctx, evaluated=one.value))
            if isinstance(outcome, Verdict):
                return outcome
            row.append(outcome)
        return row

    def _forget_window(self, window: int) -> None:
        self.kept.delete(f"{_CLAIMS}:{window}")
        self.kept.delete(f"{_FETCHED}:{window}")


def _nothing(hotkey: Hotkey, task: str, reason: Reason) -> Verdict:
    return Verdict(hotkey=hotkey, task=task, quality=0.0, ok=False, reason=reason)
