"""What this subnet measures: how much of a shared model's loss an update removes.

This file is the subnet. How an update is judged, who makes up the next model and what it earns are
here; the codec, the step that everyone repeats and the measurements are the library's. The personas
say what must come of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from taokit.neuron.chain import Commitment
from taokit.neuron.mechanism import Context, RoundsMechanism
from taokit.neuron.messages import Hotkey, Reason, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import Seeded
from taokit.neuron.scoring.payouts import power
from taokit.neuron.scoring.ratings import Rating, rank_by, rate
from taokit.neuron.store import KeyValues, ScoreBook
from taokit.subnet_templates.training.codec import Sparse
from taokit.subnet_templates.training.copies import copies, shared
from taokit.subnet_templates.training.faults import Fault
from taokit.subnet_templates.training.judging import History, check, measure
from taokit.subnet_templates.training.messages import digest
from taokit.subnet_templates.training.replica import Replica
from taokit.subnet_templates.training.terms import leads
from taokit.subnet_templates.training.uploads import whole
from taokit.wallet.signer import Signer

from . import run
from .protocol import Update

STEEPNESS = 2.0
"""Weights go with this power of the score: a share of the window's best gain, on average."""
EVALUATED = 16
"""Pages that the loss of the run is measured on."""


class Mechanism(RoundsMechanism[Update]):
    """Training one model together."""

    measures = "The share of a model's loss on unseen data that an update removes."
    path = "/v1/update"
    update = Update
    window = run.TERMS.window
    grace = run.TERMS.grace
    draw = run.TERMS.draw
    deadline = 20.0
    alpha = 0.2

    def __init__(self) -> None:
        self._sent: dict[Hotkey, Sparse] = {}
        self._histories: dict[Hotkey, History] = {}
        self._whole: dict[Hotkey, Update] = {}
        self._committed: tuple[int, Mapping[Hotkey, Commitment]] = (-1, {})
        self._ready: tuple[int, dict[Hotkey, Update]] = (-1, {})

    @cached_property
    def replica(self) -> Replica:
        """The shared model as this validator has it."""
        return Replica(run.TERMS, run.backend().initial(), run.bucket(), keep=True)

    def seated(self, signer: Signer) -> None:
        """Remember who signs aggregates; open the back end now, while somebody looks."""
        self._signer = signer
        run.backend()

    async def prepare(self, ctx: Context) -> None:
        """Follow the run up to now; lead it where whose turn it was did not."""
        await asyncio.to_thread(self.replica.follow, leads(ctx.snapshot), ctx.block)
        if self.replica.trouble:
            ctx.log.warning("bucket", detail=self.replica.trouble)
        await self._lead(ctx)

    async def open(self, window: int, ctx: Context) -> None:
        """Nothing: the state that updates build upon is what the last aggregate made."""
        self._forget()

    def assignments(self, rng: Seeded, ctx: Context) -> Mapping[Hotkey, Any]:
        """For each miner the pages that it is to train on, and the parameters that it has to show."""
        size = self.replica.codec.size
        return {
            hotkey: (run.TERMS.assigned(rng, hotkey), run.TERMS.probed(rng, hotkey, size))
            for hotkey in ctx.snapshot.hotkeys
        }

    async def verify(
        self, hotkey: Hotkey, update: Update, assignment: Any, rng: Seeded, ctx: Context
    ) -> Verdict:
        """Check what can be checked, measure it, and look at what was measured before."""
        try:
            update = await self._fetched(update, ctx)
        except Fault as fault:
            return self._worthless(update, fault, {}, hotkey)
        self._whole[hotkey] = update
        return await asyncio.to_thread(self._judged, hotkey, update, assignment, rng, ctx)

    async def compare(
        self, updates: Mapping[Hotkey, Update], verdicts: Mapping[Hotkey, Verdict], ctx: Context
    ) -> Mapping[Hotkey, Verdict]:
        """Find copies, and divide what one update under several names is worth among these; then
        each gain counts as a share of the best of those that are proven.
        """
        judged = dict(verdicts)
        for hotkey, original in copies(self._sent, self._histories, run.BAR).items():
            fault = Fault(Reason.DUPLICATE, f"is the update of {original}")
            judged[hotkey] = self._worthless(updates[hotkey], fault, judged[hotkey].evidence)
        for hotkey, group in self._clones(judged).items():
            one = judged[hotkey]
            told = {**one.evidence, "one_update_of": list(group)}
            part = {"quality": one.quality / len(group), "evidence": told}
            judged[hotkey] = one.model_copy(update=part)
        best = max((one.quality for one in judged.values() if one.ok), default=0.0)
        if best > 0.0:
            for hotkey, one in judged.items():
                judged[hotkey] = one.model_copy(update={"quality": one.quality / best})
        return judged

    async def aggregate(
        self, updates: Mapping[Hotkey, Update], verdicts: Mapping[Hotkey, Verdict], ctx: Context
    ) -> None:
        """Rate the miners of the window; if it is one's turn, make the next model of the best."""
        self._rate(verdicts, ctx)
        members = {hotkey: self._whole[hotkey] for hotkey in self._members(verdicts, ctx)}
        self._ready = ctx.epoch, members
        await self._lead(ctx)
        self._forget()

    def weights(self, book: ScoreBook, snap: Snapshot) -> Mapping[Hotkey, float]:
        """By score, which is 0 until the work is proven. All is burned while nobody's is."""
        scores = {hotkey: score for hotkey, score in book.items() if hotkey in snap.by_hotkey}
        return power({hotkey: score for hotkey, score in scores.items() if score > 0.01}, STEEPNESS)

    def _forget(self) -> None:
        self._sent, self._histories, self._whole = {}, {}, {}

    def _clones(self, judged: Mapping[Hotkey, Verdict]) -> dict[Hotkey, tuple[Hotkey, ...]]:
        proven = [hotkey for hotkey, one in judged.items() if one.ok and one.quality > 0.0]
        return shared(self._sent, proven, run.BAR)

    async def _fetched(self, update: Update, ctx: Context) -> Update:
        """The update with its payload, from where its miner committed to leave it."""
        if not update.payload and ctx.chain is not None and self._committed[0] != ctx.block:
            self._committed = ctx.block, await ctx.chain.commitments()
        most = self.replica.codec.most_bytes
        return await whole(update, self._committed[1], most=most, rules=run.FETCHING)

    async def _lead(self, ctx: Context) -> None:
        window, members = self._ready
        if self.replica.leads_at(leads(ctx.snapshot), ctx.hotkey, window, ctx.block):
            await asyncio.to_thread(self.replica.post, window, members, self._signer, self._loss)

    def _judged(
        self, hotkey: Hotkey, update: Update, assignment: Any, rng: Seeded, ctx: Context
    ) -> Verdict:
        base = self.replica.base_of(ctx.epoch)
        if base is None:
            raise RuntimeError(f"the state of window {ctx.epoch} is no longer known")
        pages, probed = assignment
        try:
            sent = check(
                update,
                hotkey=hotkey,
                window=ctx.epoch,
                deadline=run.TERMS.deadline(ctx.epoch),
                base=base,
                codec=self.replica.codec,
                assigned=pages,
                probed=probed,
            )
        except Fault as fault:
            return self._worthless(update, fault, {}, hotkey)
        count = run.BAR.pages
        own = _pages(rng.child("own").sample(update.pages, count))
        unseen = _pages([rng.child("unseen", n).randrange(run.TERMS.of) for n in range(count)])
        found = measure(run.backend(), base.params, sent, own, unseen, run.BAR)
        seen = [
            one.verdict.evidence
            for one in ScoreBook(ctx.store).verdicts(hotkey, limit=run.BAR.windows - 1)
            if "proof" in one.verdict.evidence
        ]
        history = History(
            (found.gain, *(float(one["gain"]) for one in seen)),
            (found.proof, *(float(one["proof"]) for one in seen)),
        )
        told = {"gain": found.gain, "proof": found.proof, "proven": history.proof(run.BAR)}
        self._sent[hotkey], self._histories[hotkey] = sent, history
        if shirked := history.fault(run.BAR):
            return self._worthless(update, shirked, told, hotkey)
        earned = history.earned(run.BAR)
        return Verdict(hotkey=hotkey, task=digest(update), quality=earned, evidence=told)

    def _worthless(
        self, update: Update, fault: Fault, told: Mapping[str, Any], hotkey: Hotkey = ""
    ) -> Verdict:
        return Verdict(
            hotkey=hotkey or update.hotkey,
            task=digest(update),
            quality=0.0,
            ok=False,
            reason=fault.reason,
            evidence={**told, "detail": fault.detail},
        )

    def _rate(self, verdicts: Mapping[Hotkey, Verdict], ctx: Context) -> None:
        kept = KeyValues(ctx.store, "training")
        if kept.get("rated", -1) >= ctx.epoch:
            return
        ratings = {hotkey: Rating(*pair) for hotkey, pair in kept.get("ratings", {}).items()}
        gains = {h: one.evidence["gain"] for h, one in verdicts.items() if "gain" in one.evidence}
        ratings = rate(rank_by(gains), ratings)
        here = ctx.snapshot.by_hotkey
        with ctx.store.transaction():
            kept.set("ratings", {h: (r.mu, r.sigma) for h, r in ratings.items() if h in here})
            kept.set("rated", ctx.epoch)

    def _members(self, verdicts: Mapping[Hotkey, Verdict], ctx: Context) -> list[Hotkey]:
        """The best rated of those who did no wrong; once somebody is proven, of the proven."""
        kept = KeyValues(ctx.store, "training")
        ratings = {hotkey: Rating(*pair) for hotkey, pair in kept.get("ratings", {}).items()}
        useful = [h for h, one in verdicts.items() if one.ok and one.evidence["gain"] > 0.0]
        proven = [hotkey for hotkey in useful if verdicts[hotkey].quality > 0.0]
        clones = self._clones(verdicts)
        proven = [hotkey for hotkey in proven if clones.get(hotkey, (hotkey,))[0] == hotkey]
        ranked = sorted(
            proven or useful, key=lambda h: (-ratings[h].mu if h in ratings else 0.0, h)
        )
        return ranked[: run.TERMS.members]

    def _loss(self, params: Any) -> float:
        return float(run.backend().losses(params, _pages(range(EVALUATED))).mean())


def _pages(numbers: Any) -> Any:
    return np.stack([run.PAGES.page(int(number)) for number in numbers])
