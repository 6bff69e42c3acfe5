"""Applying a script: at each new block, what is due is done, once.

Owns the loop, the order of steps and how an occurrence ends. Does not own conditions, schedules,
decisions or sending (the modules of those names), nor any terminal: what happens is told in events.

    engine = Engine(chain, script, journal, signer_of, emit=print)
    await engine.run()                       # until nothing is left to do
    await engine.run(once=True)              # what is due now
    for view in await engine.preview():      # what would be done now; nothing is signed
        ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from taokit.chain_client.automation.conditions import Moment, unmet
from taokit.chain_client.automation.decisions import Intent, decide
from taokit.chain_client.automation.events import Event, gist
from taokit.chain_client.automation.following import Heads
from taokit.chain_client.automation.journal import Journal, Occurrence, Sending
from taokit.chain_client.automation.schedule import Anchor, Slot, slot_at
from taokit.chain_client.automation.script import Script, Step
from taokit.chain_client.automation.sending import Planned, Sender
from taokit.chain_client.errors import OutcomePending, StepFailed, TransportError

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.operations import Plan
    from taokit.wallet.signer import Signer

__all__ = ["Engine", "StepView"]

StepState = Literal["over", "waiting", "held", "pending", "due"]

_LONGEST_PAUSE: Final = 60.0
_TRIES: Final = 3
"""Times that a transaction is signed anew at once, because another program took its nonce."""


@dataclass(frozen=True)
class StepView:
    """How a step stands now: ``planned`` is what would be sent, ``reason`` why not."""

    id: str
    occurrence: int
    state: StepState
    reason: str | None
    planned: tuple[Planned, ...] = ()


class Engine:
    """One script on one chain. ``signer_of`` gives the signer for "coldkey" and "hotkey".

    ``keep`` is given each plan before it is signed, to write down what a later step needs and
    nobody else will know (the salt of committed weights). ``patience`` is in seconds.
    """

    def __init__(
        self,
        chain: ChainClient,
        script: Script,
        journal: Journal,
        signer_of: Callable[[str], Signer],
        *,
        emit: Callable[[Event], None],
        patience: float = 120.0,
        keep: Callable[[Plan], None] = lambda plan: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._chain = chain
        self._script = script
        self._journal = journal
        self._coldkey = signer_of("coldkey").ss58_address
        self._sender = Sender(chain, script, journal, signer_of, emit, patience=patience, keep=keep)
        self._patience = patience
        self._pause = pause
        self._waiting: dict[str, str] = {}

    # -- running ----------------------------------------------------------------------------------

    async def run(self, *, once: bool = False, stop: asyncio.Event | None = None) -> bool:
        """Apply the script; whether nothing is left to do.

        With ``once`` what is due now is done, and no more. ``stop`` ends it as soon as what is
        under way is recorded. Raises what a step says to stop for; :class:`LimitReached`;
        :class:`OutcomePending` with ``once``.
        """
        stop = stop or asyncio.Event()
        sender = self._sender
        sender.moment = await Moment.now(self._chain)
        sender.tell(
            "started",
            network=self._chain.network.name,
            account=self._coldkey,
            journal=str(self._journal.path),
            steps=[step.id for step in self._script.steps],
        )
        complete = await self._rounds(once, stop)
        if stop.is_set():
            sender.tell("stopping")
        sender.tell("finished", complete=complete)
        return complete

    async def _rounds(self, once: bool, stop: asyncio.Event) -> bool:
        pause = 1.0
        while not stop.is_set():
            try:
                async with Heads(self._chain, stop) as heads:
                    while not stop.is_set():
                        complete, settled = await self._round()
                        pause = 1.0
                        if complete or (once and settled):
                            return complete
                        if not await heads.next(self._patience if once else None) and once:
                            raise self._pending()
            except TransportError as error:
                if once:
                    raise
                self._sender.tell("outage", reason=error.message, seconds=int(pause))
                await self._pause_or_stop(pause, stop)
                pause = min(_LONGEST_PAUSE, pause * 2)
        return False

    async def _pause_or_stop(self, seconds: float, stop: asyncio.Event) -> None:
        pausing = asyncio.ensure_future(self._pause(seconds))
        stopping = asyncio.ensure_future(stop.wait())
        _, late = await asyncio.wait({pausing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()

    def _pending(self) -> OutcomePending:
        left: list[Sending] = self._journal.unresolved()
        return OutcomePending(
            extrinsic_hash=left[0].extrinsic.hash if left else "",
            waited_for="inclusion",
            seconds=self._patience,
        )

    async def _round(self) -> tuple[bool, bool]:
        """(nothing is left to do, nothing is under way)."""
        self._sender.moment = await Moment.now(self._chain)
        await self._sender.verify()
        if not await self._resolved():
            return False, False
        states = []
        for step in self._script.steps:
            states.append(await self._consider(step))
            if self._journal.unresolved():
                return False, False
        return all(state == "over" for state in states), True

    async def _resolved(self) -> bool:
        """Whether the outcome of everything that was sent is known."""
        steps = {step.id: step for step in self._script.steps}
        for sending in self._journal.unresolved():

            async def wanted(sending: Sending = sending) -> bool:
                step = steps.get(sending.step)
                if step is None:
                    return False
                if sending.part:
                    return True
                moment = await Moment.now(self._chain)
                return await unmet(self._chain, step.when, moment) is None

            if await self._sender.resolve(sending, wanted) == "pending":
                return False
        return True

    # -- one step ---------------------------------------------------------------------------------

    async def _consider(self, step: Step) -> StepState:
        for begun in self._begun(step):
            program = tuple(Intent(i["operation"], i["values"]) for i in begun.program)
            reached = await self._advance(step, begun.number, program)
            if reached != "done":
                return reached
        moment = await Moment.now(self._chain)
        slot = self._slot(step, moment, keep=True)
        state, reason = await self._standing(step, slot, moment)
        if state != "due":
            if reason is not None:
                self._wait(step, slot, reason)
            return state
        decision = await decide(self._chain, step, self._coldkey)
        if decision.nothing is not None:
            self._wait(step, slot, decision.nothing)
            return "waiting"
        self._waiting.pop(step.id, None)
        await self._advance(step, slot.number, decision.program)
        return await self._after(step)

    async def _after(self, step: Step) -> StepState:
        """How a step stands once it was acted on."""
        moment = await Moment.now(self._chain)
        state, _ = await self._standing(step, self._slot(step, moment, keep=True), moment)
        return "waiting" if state == "due" else state

    def _begun(self, step: Step) -> list[Occurrence]:
        """Occurrences that were left unfinished, with something of them on the chain."""
        still = self._journal.occurrences(step.id, "open")
        return [one for one in still if self._journal.sendings(step.id, one.number)]

    def _slot(self, step: Step, moment: Moment, *, keep: bool) -> Slot:
        """The occurrence that the moment belongs to; ``keep`` records where slots begin."""
        if step.repeat is None:
            return slot_at(None, Anchor(0, "", 0, 0), moment)
        anchor = self._journal.anchor(step.id)
        if anchor is None or anchor.period != step.repeat.period:
            base = self._journal.highest(step.id) + 1
            anchor = Anchor(base, step.repeat.period, moment.number, moment.ms)
            if keep:
                self._journal.set_anchor(step.id, anchor)
        return slot_at(step.repeat, anchor, moment)

    async def _standing(
        self, step: Step, slot: Slot, moment: Moment
    ) -> tuple[StepState, str | None]:
        """Whether the step is due, and if not, why."""
        if slot.over:
            return "over", None
        done = len(self._journal.occurrences(step.id, "done"))
        if step.repeat is not None and step.repeat.count is not None and done >= step.repeat.count:
            return "over", None
        known = self._journal.occurrence(step.id, slot.number)
        if known is not None and known.state != "open":
            if step.repeat is None:
                return "over", None
            return "waiting", f"again at {slot.following}"
        for earlier in step.after:
            if not self._journal.occurrences(earlier, "done"):
                return "waiting", f"{earlier} is not done"
        reason = await unmet(self._chain, step.when, moment)
        return ("due", None) if reason is None else ("waiting", reason)

    def _wait(self, step: Step, slot: Slot, reason: str) -> None:
        if self._waiting.get(step.id) != gist(reason):
            self._waiting[step.id] = gist(reason)
            self._sender.tell("waiting", step.id, slot.number, reason=reason)

    async def _advance(
        self, step: Step, number: int, program: tuple[Intent, ...]
    ) -> Literal["done", "held", "pending"]:
        """Send what is left of an occurrence, in order."""
        lost = 0
        while True:
            sendings = self._journal.sendings(step.id, number)
            through = {sending.part for sending in sendings if sending.state == "included"}
            left = [part for part in range(len(program)) if part not in through]
            if not left:
                self._journal.settle_occurrence(step.id, number, "done", step.digest)
                self._sender.tell("done", step.id, number, transactions=len(program))
                return "done"
            failures = [s for s in sendings if s.part == left[0] and s.state == "failed"]
            if failures and self._given_up(step, number, failures):
                return "done"
            sent = await self._sender.carry_out(step, number, left[0], program)
            lost += sent == "lost"
            if sent == "held" or lost > _TRIES:
                return "held"
            if sent == "pending":
                return "pending"
            if sent == "failed" and step.on_failure == "retry":
                failures = [*failures, *self._journal.sendings(step.id, number)[-1:]]
                return "done" if self._given_up(step, number, failures) else "held"

    def _given_up(self, step: Step, number: int, failures: list[Sending]) -> bool:
        """Whether failures end the occurrence. Raises :class:`StepFailed` if the script ends."""
        if step.on_failure == "retry" and len(failures) < step.attempts:
            return False
        why = str((failures[-1].error or {}).get("message", "it failed"))
        if step.on_failure == "skip":
            self._journal.settle_occurrence(step.id, number, "skipped", step.digest, why)
            self._sender.tell("skipped", step.id, number, reason=why)
            return True
        self._journal.settle_occurrence(step.id, number, "failed", step.digest, why)
        raise StepFailed(
            f"{step.id}: {why}",
            step=step.id,
            hint="it is not tried again by itself: `taokit apply FILE --retry-failed`",
        )

    # -- looking ahead ----------------------------------------------------------------------------

    async def preview(self) -> list[StepView]:
        """How every step stands, and what would be sent now. Nothing is written or signed."""
        return [await self._view(step) for step in self._script.steps]

    async def _view(self, step: Step) -> StepView:
        moment = await Moment.now(self._chain)
        slot = self._slot(step, moment, keep=False)
        if any(sending.step == step.id for sending in self._journal.unresolved()):
            return StepView(step.id, slot.number, "pending", "its outcome has to be looked for")
        state, reason = await self._standing(step, slot, moment)
        if state != "due":
            return StepView(step.id, slot.number, state, reason)
        decision = await decide(self._chain, step, self._coldkey)
        if decision.nothing is not None:
            return StepView(step.id, slot.number, "waiting", decision.nothing)
        planned = tuple([await self._sender.planned(intent) for intent in decision.program])
        for found in planned:
            problem = found.plan.problem
            if problem is not None:
                return StepView(step.id, slot.number, "held", problem.message, planned)
            if found.breach is not None:
                return StepView(step.id, slot.number, "held", found.breach.message, planned)
        return StepView(step.id, slot.number, "due", None, planned)
