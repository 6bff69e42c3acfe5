"""What validators of every shape do: follow the chain, forget who left, set weights each epoch.

Owns pacing and the end of an epoch. Does not own a round (``service``, ``arena``, ``rounds``), nor
how weights are sent and checked (``taokit.neuron.weights``).

``step`` is one turn: a round, and weights if they are due; where the epoch would end before a round
does, they are set before it. ``run`` takes a turn every ``tick_blocks`` blocks. What a turn
concludes is in the store before the turn ends, in one transaction, so a validator that is killed
resumes with all but the turn it was in.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from math import fsum
from typing import TYPE_CHECKING, Any

from taokit.neuron.chain import Chain, Head, SubnetRules
from taokit.neuron.loops.evaluating import Evaluations
from taokit.neuron.mechanism import Context, Mechanism
from taokit.neuron.messages import Hotkey, Verdict
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.observe.logs import silent
from taokit.neuron.observe.metrics import Metrics
from taokit.neuron.scoring.payouts import burn
from taokit.neuron.store import KeyValues, ScoreBook, Store

if TYPE_CHECKING:
    from taokit.neuron.fanout import Fanout
    from taokit.neuron.weights import Outcome, WeightSetter

__all__ = ["Validator"]

_ROUND = "round"
_SETTLED = "settled"
_SEEN = "hotkeys"
_TRIED = "tried"
_WHOLE = 1.0 - 1e-9
TRIES = 3
"""How often a window with lost evaluations is judged, before they are left out of it."""


class Validator(ABC):
    """A validator's turn, and when it takes it.

    ``margin`` is how many blocks before an epoch's end weights are set; by default a tenth of the
    tempo, at least 3. ``clock`` is Unix time in seconds. ``fanout`` is where the mechanism's
    evaluations run, a thread unless told otherwise.
    """

    def __init__(
        self,
        mechanism: Mechanism,
        chain: Chain,
        store: Store,
        weights: WeightSetter,
        *,
        tick_blocks: int = 5,
        margin: int | None = None,
        log: Any = None,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.time,
        fanout: Fanout | None = None,
    ) -> None:
        mechanism.check()
        self.chain = chain
        self.store = store
        self.book = ScoreBook(store, alpha=mechanism.alpha)
        self.kept = KeyValues(store, "loop")
        self.metrics = metrics if metrics is not None else Metrics()
        self.log = log if log is not None else silent()
        self.evaluations = Evaluations(fanout, self.metrics)
        self._shape = mechanism
        self._weights = weights
        self._tick = tick_blocks
        self._margin = margin
        self._clock = clock
        self._stopped = asyncio.Event()
        self._turn = asyncio.Lock()
        self._took = 0  # blocks of the last round

    async def run(self) -> None:
        """Take turns as blocks come, until stopped."""
        async for head in self.chain.heads():
            if self._stopped.is_set():
                return
            self.metrics.head.set(head.number)
            if head.number - int(self.kept.get(_ROUND, 0)) >= self._tick:
                await self.step()
            else:
                async with self._turn:
                    await self._follow_up(head)

    async def stop(self) -> None:
        """Take no further turn; one that is under way is finished first."""
        self._stopped.set()
        async with self._turn:
            pass

    async def step(self) -> tuple[Verdict, ...]:
        """One turn at the newest block: a round, then weights if they are due.

        Returns what was concluded in the round.
        """
        async with self._turn:
            ctx = await self._context()
            self._forget_left(ctx.snapshot)
            await self._shape.prepare(ctx)
            if self._took and await self._due(await self.chain.head(), self._took):
                await self.set_weights()
            verdicts = await self._round(ctx)
            self.metrics.rounds.inc()
            self.metrics.failed_audits(verdict.reason for verdict in verdicts)
            self.metrics.scores(dict(self.book.items()))
            head = await self.chain.head()
            self._took = head.number - ctx.block
            await self._follow_up(head)
            return verdicts

    @abstractmethod
    async def _round(self, ctx: Context) -> tuple[Verdict, ...]:
        """Do a round and keep what it concludes, with ``_keep``."""

    async def set_weights(self) -> Outcome:
        """Set weights of the scores as they are, whether or not they are due."""
        snap, rules = await self.chain.snapshot(), await self.chain.rules()
        outcome = await self._weights.submit(self.weights(snap))
        if outcome.state in ("set", "committed"):
            self.kept.set(_SETTLED, rules.next_epoch_block)
        self._report(outcome, snap.block)
        return outcome

    def weights(self, snap: Snapshot) -> dict[Hotkey, float]:
        """Weights as they would be set now: the mechanism's shares, and what is burned."""
        known = snap.by_hotkey
        shares = {h: w for h, w in self._shape.weights(self.book, snap).items() if h in known}
        earned = fsum(shares.values())
        return burn(shares, 1.0 if earned > _WHOLE else earned, snap.owner_hotkey)

    def _once_more(self, name: str) -> bool:
        """Whether to do again, in the next turn, what was lost in this one: TRIES times in all."""
        tried = self.kept.get(f"{_TRIED}:{name}", 0) + 1
        self.kept.set(f"{_TRIED}:{name}", tried)
        return bool(tried < TRIES)

    def _tried_enough(self, name: str) -> None:
        """Forget how often something was tried."""
        self.kept.delete(f"{_TRIED}:{name}")

    def _keep(self, verdicts: tuple[Verdict, ...], ctx: Context) -> None:
        """Write a round, whole or not at all."""
        with self.book.checkpoint():
            for verdict in verdicts:
                self.book.add(verdict, ctx.block)
            self.kept.set(_ROUND, ctx.block)

    async def _follow_up(self, head: Head) -> None:
        """See to weights that were sent before, and set new ones if it is time."""
        for outcome in await self._weights.resume():
            self._report(outcome, head.number)
        if await self._due(head):
            await self.set_weights()
        age = await self._weights.age()
        if age is not None:
            self.metrics.weights_age.set(age)

    def _report(self, outcome: Outcome, block: int) -> None:
        say = self.log.info if outcome.ok else self.log.warning
        say("weights", state=outcome.state, detail=outcome.detail, block=block)

    async def _due(self, head: Head, ahead: int = 0) -> bool:
        """Whether it is time for weights, or will be in so many blocks."""
        rules = await self.chain.rules()
        if self.kept.get(_SETTLED, -1) == rules.next_epoch_block:
            return False
        return head.number + ahead >= rules.next_epoch_block - self._lead(rules)

    def _lead(self, rules: SubnetRules) -> int:
        return self._margin if self._margin is not None else max(3, rules.tempo // 10)

    async def _context(self) -> Context:
        snap, rules = await self.chain.snapshot(), await self.chain.rules()
        return Context(
            netuid=snap.netuid,
            hotkey=self.chain.hotkey,
            block=snap.block,
            block_hash=snap.block_hash,
            epoch=self._epoch(snap, rules),
            snapshot=snap,
            store=self.store,
            log=self.log.bind(block=snap.block),
            clock=self._clock,
            chain=self.chain,
        )

    def _epoch(self, snap: Snapshot, rules: SubnetRules) -> int:
        return rules.epoch

    def _forget_left(self, snap: Snapshot) -> None:
        """Whoever left and comes back starts anew, as would anybody in the same place."""
        known = set(snap.hotkeys)
        left = [hotkey for hotkey in self.kept.get(_SEEN, []) if hotkey not in known]
        with self.book.checkpoint():
            if left:
                self.book.forget(left)
                self.log.info("left", hotkeys=left)
            self.kept.set(_SEEN, sorted(known))
