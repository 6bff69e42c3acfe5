"""The loop of a service: sample miners, ask them, judge what came, keep it; weights each epoch.

Owns one round of it and the queue of organic audits. Does not own the wire
(``taokit.neuron.client``), nor pacing and weights (``validator``).

Tasks come of the newest block's hash and of the validator's salt for this epoch, so that nobody
knows them in advance, and of the miner's hotkey, so that they are of no use to another. What
buyers asked and miners answered joins the round through ``audit_queue``: judged like any task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol

from taokit.neuron.chain import Chain
from taokit.neuron.client import Call
from taokit.neuron.fanout.contract import Done
from taokit.neuron.loops.sampling import Asked, choose
from taokit.neuron.loops.validator import Validator
from taokit.neuron.mechanism import Answer, Context, ServiceMechanism, Task
from taokit.neuron.messages import Verdict
from taokit.neuron.randomness import EpochSalt, Seeded, seed
from taokit.neuron.store import KeyValues, Receipts, Store

if TYPE_CHECKING:
    from taokit.neuron.client import MinerClient
    from taokit.neuron.results import Result
    from taokit.neuron.weights import WeightSetter

__all__ = ["Audit", "AuditQueue", "ServiceValidator"]

_ASKED = "service:asked"
_ROUNDS = "service:rounds"
_SALT = "service:salt"
_PUBLISHED = "service:published"
SALTS = b"tks:"
"""What a validator's commitment begins with: then epoch (8), hash of the next salt, last salt."""
AUDITS_A_ROUND = 64


@dataclass(frozen=True)
class Audit(Generic[Task, Answer]):
    """An exchange of a buyer and a miner, to be judged like a task of the validator's own."""

    task: Task
    result: Result[Answer]


class AuditQueue(Protocol):
    """Where audits wait: an ``asyncio.Queue``, or what does as much between processes."""

    def put_nowait(self, item: Audit[Any, Any]) -> None:
        """Add one. Raises QueueFull."""

    def get_nowait(self) -> Audit[Any, Any]:
        """Take the oldest. Raises QueueEmpty."""

    def empty(self) -> bool:
        """Whether none waits."""

    def qsize(self) -> int:
        """How many wait."""


class ServiceValidator(Validator, Generic[Task, Answer]):
    """Validates a service. ``sample`` is how many miners a round asks at most.

    ``salts`` keep tasks secret until they are sent; without them, they follow from a secret that
    is made once and kept in the store. With ``publish_salts``, each is committed to on chain an
    epoch ahead and opened an epoch later, so that anyone can repeat which tasks were drawn.
    ``audits`` takes the place of a queue in this process, where the gateway is another one.
    """

    def __init__(
        self,
        mechanism: ServiceMechanism[Task, Answer],
        chain: Chain,
        client: MinerClient,
        store: Store,
        weights: WeightSetter,
        *,
        sample: int = 64,
        salts: EpochSalt | None = None,
        audits: AuditQueue | None = None,
        publish_salts: bool = False,
        **pacing: Any,
    ) -> None:
        super().__init__(mechanism, chain, store, weights, **pacing)
        self.mechanism = mechanism
        self.audit_queue: AuditQueue = asyncio.Queue(1024) if audits is None else audits
        self._client = client
        self._sample = sample
        self._salts = salts if salts is not None else _kept_salts(self.kept)
        self._publish_salts = publish_salts
        self._receipts = Receipts(store)

    async def _round(self, ctx: Context) -> tuple[Verdict, ...]:
        number = int(self.kept.get(_ROUNDS, 0)) + 1
        asked = self._asked()
        secret = self._salts.salt(ctx.epoch)
        await self._publish(ctx)
        drawing = self._seeded("sample", ctx, secret)
        hotkeys = [neuron.hotkey for neuron in ctx.snapshot.miners(besides=ctx.hotkey)]
        chosen = choose(hotkeys, asked, number, self._sample, drawing)
        pairs = await self._ask(chosen, secret, ctx)
        audits = self._audits()
        verdicts = await self._judge([*pairs, *((a.task, a.result) for a in audits)], ctx)
        for hotkey in chosen:
            own = [result for _, result in pairs if result.hotkey == hotkey]
            if own:
                asked[hotkey] = asked.get(hotkey, Asked()).after(number, any(r.ok for r in own))
        with self.book.checkpoint():
            kept = {
                h: (a.round, a.failures) for h, a in asked.items() if h in ctx.snapshot.by_hotkey
            }
            self.kept.set(_ASKED, kept)
            for _, result in pairs:
                if result.receipt is not None:
                    self._receipts.add(result.receipt, ctx.block)
            self.kept.set(_ROUNDS, number)
            self._keep(verdicts, ctx)
        ctx.log.info("round", miners=len(chosen), tasks=len(pairs), audits=len(audits))
        return verdicts

    async def _ask(
        self, chosen: Sequence[str], secret: bytes, ctx: Context
    ) -> list[tuple[Task, Result[Answer]]]:
        shape = self.mechanism
        calls: list[Call[Any]] = []
        tasks: list[Task] = []
        for hotkey in chosen:
            own = b"" if shape.shared_tasks else hotkey.encode()
            for task in shape.tasks(self._seeded("tasks", ctx, secret, own), ctx):
                neuron = ctx.snapshot.by_hotkey[hotkey]
                tasks.append(task)
                calls.append(Call(neuron, shape.path, task, shape.response, shape.deadline))
        results = await self._client.map(calls)
        for result in results:
            self.metrics.query(shape.path, result.reason, result.latency_s if result.ok else None)
        return list(zip(tasks, results))

    async def _publish(self, ctx: Context) -> None:
        """Commit to the next epoch's salt, and open the last one's, once an epoch."""
        if not self._publish_salts or self.kept.get(_PUBLISHED, -1) >= ctx.epoch:
            return
        opened = self._salts.salt(ctx.epoch - 1) if ctx.epoch else bytes(32)
        promised = bytes.fromhex(self._salts.commitment(ctx.epoch + 1))
        await self.chain.commit(SALTS + ctx.epoch.to_bytes(8, "little") + promised + opened)
        self.kept.set(_PUBLISHED, ctx.epoch)

    def _audits(self) -> list[Audit[Task, Answer]]:
        taken: list[Audit[Task, Answer]] = []
        while len(taken) < AUDITS_A_ROUND and not self.audit_queue.empty():
            taken.append(self.audit_queue.get_nowait())
        return taken

    async def _judge(
        self, pairs: Sequence[tuple[Task, Result[Answer]]], ctx: Context
    ) -> tuple[Verdict, ...]:
        answered = [pair for pair in pairs if pair[1].ok]
        work = [(result.hotkey, (task, result)) for task, result in answered]
        found = iter(await self.evaluations.of(self.mechanism.evaluate, work, ctx))
        outcomes = [next(found) if result.ok else Done(None) for _, result in pairs]

        def judge() -> tuple[Verdict, ...]:
            return tuple(
                self.mechanism.verify(task, result, replace(ctx, evaluated=outcome.value))
                for (task, result), outcome in zip(pairs, outcomes)
                if isinstance(outcome, Done)
            )

        return await asyncio.to_thread(judge) if self.mechanism.in_thread else judge()

    def _asked(self) -> dict[str, Asked]:
        return {h: Asked(*row) for h, row in self.kept.get(_ASKED, {}).items()}

    def _seeded(self, tag: str, ctx: Context, *parts: bytes) -> Seeded:
        return Seeded(seed(tag, ctx.block_hash, ctx.netuid, *parts))


def _kept_salts(kept: KeyValues) -> EpochSalt:
    secret = kept.get(_SALT)
    if secret is None:
        salts = EpochSalt.generate()
        kept.set(_SALT, salts.secret.hex())
        return salts
    return EpochSalt(bytes.fromhex(secret))
