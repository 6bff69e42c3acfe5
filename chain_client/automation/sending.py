"""Sending one operation of a step so that it happens once, whatever happens to this process.

Owns the order: plan, sign, record, send, find the outcome, record it. Only what is certainly not on
the chain, and can never get there, is signed anew. Does not own which step is due (``engine``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from taokit.chain_client.automation.conditions import Moment
from taokit.chain_client.automation.decisions import Intent
from taokit.chain_client.automation.events import Event, gist
from taokit.chain_client.automation.journal import Journal, Sending
from taokit.chain_client.automation.limits import Breach, bounded, breach, planned_spend
from taokit.chain_client.automation.outcome import find_outcome, is_final
from taokit.chain_client.automation.script import Script, Step
from taokit.chain_client.blocks import BlockRef
from taokit.chain_client.errors import LimitReached, NotIncluded, OutcomePending, PoolRejected
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.jsonable import to_json
from taokit.chain_client.money import Tao
from taokit.chain_client.operations import get_operation

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.receipt import Receipt
    from taokit.chain_client.operations import Plan
    from taokit.wallet.errors import TaokitError
    from taokit.wallet.signer import Signer

__all__ = ["Planned", "Sender", "Sent"]

Sent = Literal["included", "failed", "held", "pending", "lost"]


@dataclass(frozen=True)
class Planned:
    """An operation that could be sent now, or what speaks against it."""

    plan: Plan
    spend: Tao | None
    breach: Breach | None
    kind: str
    """Which key of the wallet signs: "coldkey" or "hotkey"."""


class Sender:
    """Plans, signs, records and sends; and finds out what became of what was sent before."""

    def __init__(
        self,
        chain: ChainClient,
        script: Script,
        journal: Journal,
        signer_of: Callable[[str], Signer],
        emit: Callable[[Event], None],
        *,
        patience: float,
        keep: Callable[[Plan], None],
    ) -> None:
        self.chain = chain
        self.script = script
        self.journal = journal
        self.moment: Moment | None = None
        self._signer_of = signer_of
        self._emit = emit
        self._patience = patience
        self._keep = keep
        self._resent: set[int] = set()
        self._told: set[int] = set()
        self._held: dict[str, str] = {}
        self._terms = Terms(period=script.period)

    def tell(
        self, event: str, step: str | None = None, number: int | None = None, **data: Any
    ) -> None:
        """Emit an event."""
        shown = {key: to_json(value) for key, value in data.items()}
        self._emit(Event(event, self.script.name, self.moment, step, number, shown))

    async def planned(self, intent: Intent) -> Planned:
        """What sending this now would mean; nothing is signed."""
        operation = bounded(intent.build(), self.script.limits)
        kind = get_operation(intent.operation).signer
        plan = await self.chain.plan(operation, self._signer_of(kind), self._terms)
        spend = await planned_spend(self.chain, plan)
        moment = await Moment.now(self.chain)
        found = await breach(self.chain, self.script.limits, self.journal, plan, spend, moment)
        return Planned(plan, spend, found, kind)

    async def carry_out(
        self, step: Step, number: int, part: int, program: tuple[Intent, ...]
    ) -> Sent:
        """Send one operation of an occurrence. Raises what the step says to stop for."""
        self.moment = await Moment.now(self.chain)
        found = await self.planned(program[part])
        plan = found.plan
        if plan.problem is not None:
            return self._refused(step, number, plan.problem)
        if found.breach is not None:
            self._hold(step, number, found.breach.message, found.breach.limit)
            if found.breach.for_now:
                return "held"
            said = f"{step.id}: {found.breach.message}"
            raise LimitReached(said, step=step.id, limit=found.breach.limit)
        self._held.pop(step.id, None)
        self.tell(
            "planned",
            step.id,
            number,
            part=part,
            summary=plan.summary,
            call=plan.call,
            effects=plan.effects,
            warnings=plan.warnings,
            fee=plan.fee,
            spend=found.spend,
        )
        self._keep(plan)
        signer = self._signer_of(found.kind)
        signed = await self.chain.sign(plan.operation, signer, self._terms)
        sending = self.journal.record_signed(
            step.id,
            number,
            part,
            program=[intent.document() for intent in program],
            digest=step.digest,
            summary=plan.summary,
            signed=signed,
            spend=found.spend.rao if found.spend is not None else 0,
            ms=self.moment.ms,
        )
        self._told.add(sending.id)
        self.tell(
            "signed",
            step.id,
            number,
            part=part,
            extrinsic_hash=signed.hash,
            nonce=signed.nonce,
            last_block=signed.last_block,
        )
        return await self._send(step, sending)

    def _hold(self, step: Step, number: int, reason: str, limit: str | None = None) -> None:
        if self._held.get(step.id) != gist(reason):
            self._held[step.id] = gist(reason)
            self.tell("held", step.id, number, reason=reason, limit=limit)

    def _refused(self, step: Step, number: int, problem: TaokitError) -> Sent:
        """Foreseen by reading: nothing was signed, so trying again later costs nothing."""
        self._hold(step, number, problem.message)
        if problem.retryable or step.on_failure == "retry":
            return "held"
        if step.on_failure == "skip":
            self.journal.settle_occurrence(step.id, number, "skipped", step.digest, problem.message)
            self.tell("skipped", step.id, number, reason=problem.message)
            return "held"
        raise problem

    async def _send(self, step: Step, sending: Sending) -> Sent:
        try:
            submission = await self.chain.send_signed(sending.extrinsic)
        except PoolRejected as refused:
            if refused.reason == "already_imported":
                return "pending"
            return await self._rejected(step, sending, refused)
        self.tell(
            "sent",
            sending.step,
            sending.number,
            part=sending.part,
            extrinsic_hash=sending.extrinsic.hash,
        )
        try:
            receipt = await submission.wait("inclusion", self._patience)
        except (OutcomePending, NotIncluded):
            return await self.resolve(sending, wanted=_never)
        finally:
            await submission.aclose()
        return self._included(sending, receipt.block, receipt)

    async def _rejected(self, step: Step, sending: Sending, refused: PoolRejected) -> Sent:
        """The pool refused what was never sent before: it is certainly nowhere."""
        self.chain.submitter.withdraw(sending.extrinsic.signer, sending.extrinsic.nonce)
        self._lost(sending, refused.message)
        if refused.reason == "future" or await self.chain.submitter.worth_signing_anew(refused):
            return "lost"
        return self._refused(step, sending.number, refused)

    def _lost(self, sending: Sending, reason: str) -> None:
        self.journal.record_outcome(sending, "gone")
        self.tell(
            "lost",
            sending.step,
            sending.number,
            part=sending.part,
            extrinsic_hash=sending.extrinsic.hash,
            reason=reason,
        )

    def _included(self, sending: Sending, block: BlockRef, receipt: Receipt | None) -> Sent:
        error = to_json(receipt.error) if receipt is not None and receipt.error else None
        state: Literal["included", "failed"] = "failed" if error else "included"
        fee = receipt.fee if receipt is not None else None
        self.journal.record_outcome(
            sending,
            state,
            block=block.number,
            block_hash=block.hash,
            position=receipt.index if receipt is not None else None,
            fee=fee.rao if fee is not None else None,
            error=error,
            final=receipt.finalized if receipt is not None else False,
        )
        told: dict[str, Any] = {"error": error} if error else {}
        self.tell(
            state,
            sending.step,
            sending.number,
            part=sending.part,
            summary=sending.summary,
            extrinsic_hash=sending.extrinsic.hash,
            in_block=block.number,
            block_hash=block.hash,
            fee=fee,
            **told,
        )
        return state

    # -- what was sent before -------------------------------------------------------------------

    async def resolve(self, sending: Sending, wanted: Callable[[], Awaitable[bool]]) -> Sent:
        """Find out what became of a transaction whose outcome was never recorded.

        As long as it can still happen, and its step is still ``wanted``, the very same bytes are
        sent again, once in a run: their nonce makes sure that they happen once.
        """
        if sending.id not in self._told:
            self._told.add(sending.id)
            self.tell(
                "recovered",
                sending.step,
                sending.number,
                part=sending.part,
                extrinsic_hash=sending.extrinsic.hash,
                summary=sending.summary,
            )
        found = await find_outcome(self.chain, sending.extrinsic)
        if found.state == "included":
            assert found.block is not None
            return self._included(sending, found.block, found.receipt)
        if found.state == "impossible":
            self.chain.submitter.withdraw(sending.extrinsic.signer, sending.extrinsic.nonce)
            self._lost(sending, found.why)
            return "lost"
        if sending.id not in self._resent and await wanted():
            self._resent.add(sending.id)
            await self._send_again(sending)
        return "pending"

    async def _send_again(self, sending: Sending) -> None:
        try:
            submission = await self.chain.send_signed(sending.extrinsic, watch=False)
        except PoolRejected:
            # Already there, or its nonce is used, perhaps by itself: the next look will tell.
            return
        await submission.aclose()
        self.tell(
            "sent",
            sending.step,
            sending.number,
            part=sending.part,
            extrinsic_hash=sending.extrinsic.hash,
        )

    async def verify(self) -> None:
        """Look at what was in a block that was not final: final now, or its block replaced."""
        for sending in self.journal.unfinal():
            assert sending.block is not None
            assert sending.block_hash is not None
            final = await is_final(self.chain, BlockRef(sending.block, sending.block_hash))
            if final is None:
                self.journal.record_outcome(sending, "signed")
                self.journal.reopen(sending.step, sending.number)
                self.tell(
                    "reverted",
                    sending.step,
                    sending.number,
                    extrinsic_hash=sending.extrinsic.hash,
                )
            elif final:
                self.journal.mark_final(sending)


async def _never() -> bool:
    return False
