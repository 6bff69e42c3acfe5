"""Setting weights, and seeing to it that they arrive: at most once per epoch, also over restarts.

Owns when to send, what to burn, the reveals that follow a commit, and whether the chain really
holds what was sent. Does not own how weights are sent (``chain``) nor what anybody deserves.

In doubt nothing is sent: old weights on chain are better than wrong ones. A caller without an
opinion passes None; an empty mapping is an opinion, that nobody earned anything.

    setter = WeightSetter(chain, store, burn=0.2)
    outcome = await setter.submit(mechanism.weights(book, snapshot))
    await setter.resume()            # on every tick: reveals what is due, looks for what was sent
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from taokit.neuron.errors import WeightsError, WeightsNotLanded
from taokit.neuron.scoring import payouts
from taokit.neuron.store.commits import CommitLog, StoredCommit
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.neuron.chain import Chain, PendingCommit, SubnetRules, WeightsReceipt
    from taokit.neuron.messages import Hotkey
    from taokit.neuron.metagraph import Snapshot
    from taokit.neuron.store.database import Store

__all__ = ["Outcome", "State", "WeightSetter"]

State = Literal["set", "committed", "waiting", "unchanged", "lost", "failed"]
"""``set``: the chain holds them. ``committed``: they are to be revealed. ``waiting``: it is not yet
time. ``unchanged``: there was doubt, nothing was sent. ``lost``: sent, and the chain does not hold
them, nor will it. ``failed``: the chain refused, or could not be reached."""

LIFE = 64
"""Blocks in which what was sent can still get into one: the life of an extrinsic."""


@dataclass(frozen=True)
class Outcome:
    """What became of weights, in one word and in a sentence."""

    state: State
    detail: str = ""
    receipt: WeightsReceipt | None = None

    @property
    def ok(self) -> bool:
        """Whether there is nothing to worry about."""
        return self.state in ("set", "committed", "waiting")

    def raise_for_failure(self) -> Outcome:
        """Raise WeightsNotLanded or WeightsError where something went wrong; itself otherwise."""
        if self.state == "lost":
            raise WeightsNotLanded(self.detail)
        if self.state == "failed":
            raise WeightsError(self.detail)
        return self


class WeightSetter:
    """Sets the weights of one hotkey on one mechanism of its subnet.

    ``burn`` (0..1) is the share that is paid to nobody, whatever was earned; ``every_epochs`` how
    many epochs lie between two submissions at least.
    """

    def __init__(
        self,
        chain: Chain,
        store: Store,
        *,
        burn: float = 0.0,
        every_epochs: int = 1,
        mechanism: int = 0,
    ) -> None:
        if not 0.0 <= burn <= 1.0 or every_epochs < 1:
            raise ValueError("burn is from 0 to 1, and at least one epoch is between submissions")
        self._chain = chain
        self._log = CommitLog(store, chain.hotkey, chain.netuid)
        self._burn = burn
        self._every = every_epochs
        self._mechanism = mechanism

    async def submit(self, weights: Mapping[Hotkey, float] | None) -> Outcome:
        """Send weights if it is time. They are relative; who has left the subnet is left out.

        Never raises for what the chain or the connection does: that is in the outcome.
        """
        try:
            await self.resume()
            rules, snapshot = await self._chain.rules(), await self._chain.snapshot()
            early = await self._too_early(rules, snapshot)
            if early:
                return Outcome("waiting", early)
            doubt = self._doubt(weights, snapshot)
            if doubt or weights is None:
                return Outcome("unchanged", doubt)
            return await self._send(self.shares(weights, snapshot))
        except TaokitError as error:
            return Outcome("failed", error.message)

    async def resume(self) -> tuple[Outcome, ...]:
        """Go on with what was sent before, also by an earlier process: reveal it when its epoch has
        come, and look whether the chain holds it. What is still open is not among the outcomes.

        Raises what the chain's reads raise.
        """
        open_ = [c for c in self._log.open() if c.receipt.mechanism == self._mechanism]
        if not open_:
            return ()
        rules = await self._chain.rules()
        outcomes = [await self._settle(commit, rules) for commit in open_]
        return tuple(outcome for outcome in outcomes if outcome is not None)

    async def age(self) -> int | None:
        """Blocks since this hotkey last set or committed weights (or registered); None if it is not
        registered."""
        snapshot = await self._chain.snapshot()
        mine = snapshot.get(self._chain.hotkey)
        return None if mine is None else max(snapshot.block - mine.last_update, 0)

    def shares(self, weights: Mapping[Hotkey, float], snapshot: Snapshot) -> dict[Hotkey, float]:
        """What would be sent: without those who left and oneself, and with what is burned."""
        owner = snapshot.owner_hotkey
        kept = {
            hotkey: weight
            for hotkey, weight in weights.items()
            if hotkey in snapshot.by_hotkey and (hotkey != self._chain.hotkey or hotkey == owner)
        }
        # Without an owner on the subnet there is nobody to burn by: everything is paid.
        if owner not in snapshot.by_hotkey:
            return payouts.normalise(kept)
        if not self._burn and any(kept.values()):
            return payouts.normalise(kept)
        return payouts.burn(kept, 1.0 - self._burn, owner)

    # -- sending ----------------------------------------------------------------------------------

    def _doubt(self, weights: Mapping[Hotkey, float] | None, snapshot: Snapshot) -> str:
        """Why nothing should be sent; empty where there is no reason."""
        mine = snapshot.get(self._chain.hotkey)
        if weights is None:
            return "there is no opinion on anybody"
        if mine is None:
            return f"{self._chain.hotkey} is not registered in subnet {snapshot.netuid}"
        if not mine.validator_permit and mine.hotkey != snapshot.owner_hotkey:
            return f"{self._chain.hotkey} has no validator permit"
        for hotkey, weight in weights.items():
            if not 0.0 <= weight < math.inf:
                return f"the weight of {hotkey} is {weight}"
        if any(weights.values()) and not any(weights[h] for h in weights if snapshot.get(h)):
            return "everybody who has weight has left the subnet"
        if not any(self.shares(weights, snapshot).values()):
            return "nobody earned anything, and the owner, by whom to burn it, is not registered"
        return ""

    async def _too_early(self, rules: SubnetRules, snapshot: Snapshot) -> str:
        last = self._log.last(mechanism=self._mechanism)
        if last is not None and rules.epoch < last.receipt.epoch + self._every:
            due = last.receipt.epoch + self._every
            return f"weights were sent in epoch {last.receipt.epoch}: the next go in epoch {due}"
        mine = snapshot.get(self._chain.hotkey)
        if mine is not None and mine.last_update and self._mechanism == 0:
            left = mine.last_update + rules.weights_rate_limit - snapshot.block
            if left > 0:
                return f"the chain takes weights again in {left} blocks"
        return ""

    async def _send(self, shares: Mapping[Hotkey, float]) -> Outcome:
        noted: list[StoredCommit] = []
        try:
            receipt = await self._chain.set_weights(
                shares,
                mechanism=self._mechanism,
                remember=lambda prepared: noted.append(self._log.prepare(prepared)),
            )
        except WeightsError as error:
            # The chain has refused it, so it is nowhere.
            for commit in noted:
                self._log.mark(commit, "lost")
            return Outcome("failed", error.message)
        sent = self._log.mark(noted[0], "sent", receipt)
        found = await self._settle(sent, await self._chain.rules())
        if found is not None:
            return found
        return Outcome("committed", f"{receipt.scheme}, at block {receipt.block}", receipt)

    # -- what was sent ----------------------------------------------------------------------------

    async def _settle(self, commit: StoredCommit, rules: SubnetRules) -> Outcome | None:
        """What has become of it; None while that is open."""
        waiting = await self._pending(commit)
        if waiting is not None:
            return await self._reveal(commit, waiting, rules)
        receipt, snapshot = commit.receipt, await self._chain.snapshot()
        if await self._is_held(receipt, snapshot):
            self._log.mark(commit, "landed")
            return Outcome("set", f"{receipt.scheme}, sent at block {receipt.block}", receipt)
        if commit.state == "prepared" and snapshot.block < receipt.block + LIFE:
            return None
        self._log.mark(commit, "lost")
        last = self._log.last(mechanism=self._mechanism)
        if last is not None and last.id > commit.id:
            return None
        missing = "weights" if receipt.scheme == "plain" else "commit, nor its weights"
        return Outcome("lost", f"the chain does not hold the {missing}", receipt)

    async def _reveal(
        self, commit: StoredCommit, waiting: PendingCommit, rules: SubnetRules
    ) -> Outcome | None:
        if commit.state == "prepared":
            known = replace(commit.receipt, epoch=waiting.epoch, block=waiting.block)
            commit = self._log.mark(commit, "sent", known)
        receipt = commit.receipt
        if receipt.scheme != "hash" or rules.epoch != waiting.epoch + rules.reveal_period:
            return None
        try:
            await self._chain.reveal_weights(receipt)
        except WeightsError as error:
            return Outcome("failed", f"not revealed: {error.message}", receipt)
        return await self._settle(commit, rules)

    async def _pending(self, commit: StoredCommit) -> PendingCommit | None:
        """The commit as it is on chain, unrevealed."""
        receipt = commit.receipt
        if receipt.scheme == "plain":
            return None
        pending = await self._chain.pending_commits(self._chain.hotkey, mechanism=self._mechanism)
        for each in pending:
            if receipt.scheme == "hash":
                if each.hash == receipt.commit_hash:
                    return each
            elif each.reveal_round == receipt.reveal_round and each.block >= receipt.block:
                return each
        return None

    async def _is_held(self, receipt: WeightsReceipt, snapshot: Snapshot) -> bool:
        """Whether the chain holds these weights, for those who were there when they were sent."""
        held = await self._chain.weights_of(self._chain.hotkey, mechanism=self._mechanism)
        sent = dict(zip(receipt.uids, receipt.values))
        return all(
            held.get(neuron.hotkey, 0) == sent.get(neuron.uid, 0)
            for neuron in snapshot.neurons
            if neuron.registered_at <= receipt.block
        )
