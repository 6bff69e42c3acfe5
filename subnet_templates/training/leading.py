"""A run as a validator follows, judges and leads it: what is below a project's mechanism.

Owns the order of things: following the others, fetching updates, measuring them wherever
evaluations run, keeping what was measured, ratings, and posting aggregates when it is one's turn.
Does not own what a history of measurements earns, who is called a copy, who makes up the next model
and what is paid: that is the mechanism of a project.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np

from taokit.neuron.artifacts import FetchRules
from taokit.neuron.chain import Commitment
from taokit.neuron.errors import ArtifactError
from taokit.neuron.mechanism import Context, Place, RoundsMechanism
from taokit.neuron.messages import Hotkey, Verdict
from taokit.neuron.randomness import Seeded
from taokit.neuron.scoring.ratings import Rating, rank_by, rate
from taokit.neuron.store import KeyValues, ScoreBook
from taokit.subnet_templates.training.backends import Backend
from taokit.subnet_templates.training.bucket import Bucket
from taokit.subnet_templates.training.codec import Codec, Sparse
from taokit.subnet_templates.training.corpus import Pages
from taokit.subnet_templates.training.faults import Fault
from taokit.subnet_templates.training.judging import Bar, History, Measured, check, measure
from taokit.subnet_templates.training.messages import Update, digest
from taokit.subnet_templates.training.outer import State, genesis
from taokit.subnet_templates.training.replica import Replica
from taokit.subnet_templates.training.tensors import BadTensors
from taokit.subnet_templates.training.terms import Terms, leads
from taokit.subnet_templates.training.uploads import whole
from taokit.wallet.signer import Signer

__all__ = ["Run", "Training", "worthless"]

EVALUATED = 16
"""Pages that the loss of the run is measured on."""


class Run(Protocol):
    """What all who take part have to agree on: the module ``run`` of a project."""

    TERMS: Terms
    BAR: Bar
    PAGES: Any
    FETCHING: FetchRules

    def backend(self) -> Backend:
        """The model."""

    def bucket(self) -> Bucket:
        """Where the run is kept."""


class Training(RoundsMechanism[Update]):
    """The base of a mechanism that trains one model together.

    ``run`` is the project's. ``sent`` and ``histories`` are of the window that is being judged.
    """

    run: Any
    path = "/v1/update"
    update = Update

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "run" in vars(cls):
            terms = cls.run.TERMS
            cls.window, cls.grace, cls.draw = terms.window, terms.grace, terms.draw

    def __init__(self) -> None:
        self.sent: dict[Hotkey, Sparse] = {}
        self.histories: dict[Hotkey, History] = {}
        self._committed: tuple[int, Mapping[Hotkey, Commitment]] = (-1, {})
        self._ready: tuple[int, dict[Hotkey, Update]] = (-1, {})

    # What a project decides

    @abstractmethod
    def worth(self, history: History) -> float:
        """What a miner's window counts, by what was measured of it so far. Raises Fault."""

    @abstractmethod
    def members(
        self, verdicts: Mapping[Hotkey, Verdict], rating: Mapping[Hotkey, float]
    ) -> Sequence[Hotkey]:
        """Whose updates make up the next model, at most ``TERMS.members`` of them."""

    # A window

    @cached_property
    def replica(self) -> Replica:
        """The shared model as this validator has it."""
        return Replica(self.run.TERMS, self.run.backend().initial(), self.run.bucket(), keep=True)

    def seated(self, signer: Signer) -> None:
        """Remember who signs aggregates; open the back end now, while somebody looks."""
        self._signer = signer
        self.run.backend()

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
        """For each miner the pages that it is to train on, and the places that it has to show."""
        terms, size = self.run.TERMS, self.replica.codec.size
        return {
            hotkey: (terms.assigned(rng, hotkey), terms.probed(rng, hotkey, size))
            for hotkey in ctx.snapshot.hotkeys
        }

    async def complete(self, hotkey: Hotkey, update: Update, ctx: Context) -> Update | Verdict:
        """The update with its payload, from where its miner committed to leave it."""
        if update.payload:
            return update
        if ctx.chain is not None and self._committed[0] != ctx.block:
            self._committed = ctx.block, await ctx.chain.commitments()
        most = self.replica.codec.most_bytes
        try:
            return await whole(update, self._committed[1], most=most, rules=self.run.FETCHING)
        except Fault as fault:
            return worthless(update, fault, {}, hotkey)

    @classmethod
    def evaluate(
        cls, hotkey: Hotkey, update: Update, assignment: Any, rng: Seeded, place: Place
    ) -> Measured | None:
        """Measure an update, in this process or in any other that has the run's bucket.

        None where there is nothing to measure, or not the state that it builds upon: ``verify``
        says what is wrong, or measures it itself.
        """
        terms, (assigned, _) = cls.run.TERMS, assignment
        try:
            base = _state(cls.run, update.base)
            sent = Codec(len(base.params), terms.chunk, terms.keep).decode(update.data())
        except (LookupError, ArtifactError, ValueError, BadTensors):
            return None
        if not update.pages or not set(update.pages) <= set(assigned):
            return None
        return cls._measured(base, sent, update, rng)

    async def verify(
        self, hotkey: Hotkey, update: Update, assignment: Any, rng: Seeded, ctx: Context
    ) -> Verdict:
        """Check what can be checked, and look at what was measured now and before."""
        return await asyncio.to_thread(self._judged, hotkey, update, assignment, rng, ctx)

    async def aggregate(
        self, updates: Mapping[Hotkey, Update], verdicts: Mapping[Hotkey, Verdict], ctx: Context
    ) -> None:
        """Rate the miners of the window; if it is one's turn, make the next model of the best."""
        rating = self._rate(verdicts, ctx)
        chosen = self.members(verdicts, rating)[: self.run.TERMS.members]
        self._ready = ctx.epoch, {hotkey: updates[hotkey] for hotkey in chosen}
        await self._lead(ctx)
        self._forget()

    # Inside

    def _forget(self) -> None:
        self.sent, self.histories = {}, {}

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
        told: dict[str, Any] = {}
        try:
            sent = check(
                update,
                hotkey=hotkey,
                window=ctx.epoch,
                deadline=self.run.TERMS.deadline(ctx.epoch),
                base=base,
                codec=self.replica.codec,
                assigned=pages,
                probed=probed,
            )
            found = ctx.evaluated or self._measured(base, sent, update, rng)
            history = self._history(hotkey, found, ctx)
            told = {
                "gain": found.gain,
                "proof": found.proof,
                "proven": history.proof(self.run.BAR),
            }
            self.sent[hotkey], self.histories[hotkey] = sent, history
            earned = self.worth(history)
        except Fault as fault:
            return worthless(update, fault, told, hotkey)
        return Verdict(hotkey=hotkey, task=digest(update), quality=earned, evidence=told)

    @classmethod
    def _measured(cls, base: State, sent: Sparse, update: Update, rng: Seeded) -> Measured:
        bar, pages = cls.run.BAR, cls.run.PAGES
        own = _pages(pages, rng.child("own").sample(update.pages, bar.pages))
        drawn = [rng.child("unseen", n).randrange(cls.run.TERMS.of) for n in range(bar.pages)]
        return measure(cls.run.backend(), base.params, sent, own, _pages(pages, drawn), bar)

    def _history(self, hotkey: Hotkey, found: Measured, ctx: Context) -> History:
        book, limit = ScoreBook(ctx.store), self.run.BAR.windows - 1
        seen = [
            one.verdict.evidence
            for one in book.verdicts(hotkey, limit=limit)
            if "proof" in one.verdict.evidence
        ]
        return History(
            (found.gain, *(float(one["gain"]) for one in seen)),
            (found.proof, *(float(one["proof"]) for one in seen)),
        )

    def _rate(self, verdicts: Mapping[Hotkey, Verdict], ctx: Context) -> Mapping[Hotkey, float]:
        """How good each miner is by its ranks so far; each window counts once."""
        kept = KeyValues(ctx.store, "training")
        ratings = {hotkey: Rating(*pair) for hotkey, pair in kept.get("ratings", {}).items()}
        if kept.get("rated", -1) < ctx.epoch:
            gains = {h: v.evidence["gain"] for h, v in verdicts.items() if "gain" in v.evidence}
            ratings = rate(rank_by(gains), ratings)
            here = ctx.snapshot.by_hotkey
            with ctx.store.transaction():
                kept.set("ratings", {h: (r.mu, r.sigma) for h, r in ratings.items() if h in here})
                kept.set("rated", ctx.epoch)
        return {hotkey: rating.mu for hotkey, rating in ratings.items()}

    def _loss(self, params: Any) -> float:
        pages = _pages(self.run.PAGES, range(EVALUATED))
        return float(self.run.backend().losses(params, pages).mean())


def worthless(
    update: Update, fault: Fault, told: Mapping[str, Any], hotkey: Hotkey = ""
) -> Verdict:
    """The verdict on an update that counts for nothing, with what was measured of it."""
    return Verdict(
        hotkey=hotkey or update.hotkey,
        task=digest(update),
        quality=0.0,
        ok=False,
        reason=fault.reason,
        evidence={**told, "detail": fault.detail},
    )


@lru_cache(maxsize=4)
def _state(run: Run, wanted: str) -> State:
    """The state of a digest: the first one, or a checkpoint that has it. Raises LookupError."""
    first = genesis(run.backend().initial(), 0)
    if first.digest == wanted:
        return first
    data = run.bucket().get(f"checkpoints/{wanted}")
    state = None if data is None else State.load(data, len(first.params))
    if state is None or state.digest != wanted:
        raise LookupError(wanted)
    return state


def _pages(pages: Pages, numbers: Iterable[int]) -> Any:
    return np.stack([pages.page(int(number)) for number in numbers])
