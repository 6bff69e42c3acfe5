"""A scenario on a chain: set up, and then played block by block.

Owns what happens when. It listens to the chain's blocks, whoever makes them, and puts what people
do next into the pool. Everything follows from the number of the block and the count of epochs, so
that a chain that went back to a snapshot is played on as if nothing had been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.chain_client import timelock
from taokit.chain_client.scale import Bytes, Err, Vec, codec, u16, u64
from taokit.local_chain.errors import PoolError
from taokit.local_chain.frame.call import Call
from taokit.local_chain.pallets.subtensor import epoch_schedule
from taokit.local_chain.scenarios.cast import Cast, Seat, Stage
from taokit.local_chain.scenarios.errors import ScenarioError
from taokit.local_chain.scenarios.happening import signed_for
from taokit.local_chain.scenarios.model import Scenario, weight_plans
from taokit.local_chain.scenarios.record import Record
from taokit.local_chain.scenarios.report import Figures, Refusal, Report, figures_of
from taokit.local_chain.scenarios.setting_up import set_up
from taokit.local_chain.scenarios.signing import call_of, signed
from taokit.local_chain.scenarios.weighing import Weighing
from taokit.wallet.keypair import Keypair

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.header import Block
    from taokit.local_chain.node.runtime_protocol import Changes
    from taokit.local_chain.runtime import Runtime

__all__ = ["Play", "played"]

LATE = 3
"""Copiers act so many blocks before the epoch: when all the others have."""

SEALED_FOR = 3
"""Blocks after an epoch's first by which the pulse that opens weights has come."""

_WEIGHTS = codec(tuple[Bytes, Vec[u16], Vec[u16], u64])


class Play:
    """A scenario that is set up on a chain when this is made, or taken up if it was set up before.

    A record of a block up to ``after`` is another chain's, on which this one lies. From then on it
    goes on with every block; use it where the chain may be used. Raises `ScenarioError`.
    """

    def __init__(self, chain: NodeChain, scenario: Scenario, *, after: int = -1) -> None:
        self.scenario = scenario
        self.report = Report(scenario)
        """What has been seen so far."""
        self.cast = Cast(scenario)
        """Who is who, and with which keys."""
        self._chain = chain
        self._weighing = Weighing(self.cast)
        self._sent: dict[bytes, tuple[str, str]] = {}
        self._epochs = dict.fromkeys(self.cast.stages, 0)
        self._copied = any(plan.rule == "copy" for plan in weight_plans(scenario))
        record = Record.on(chain, after)
        if record is None:
            self._start = set_up(chain, self.cast).start
        else:
            record.take_up(self.cast)
            self._start = record.start
            self._take_up()
        self._undo = [
            chain.on_new_block.add(self._on_block),
            chain.on_reverted.add(self._on_reverted),
        ]
        chain.wakers.append(self._wake)
        self._act(self._runtime, chain.head.number, self._new_at_head())

    def stop(self) -> None:
        """Do nothing any more."""
        for undo in self._undo:
            undo()
        if self._undo:
            self._chain.wakers.remove(self._wake)
        self._undo.clear()

    def play(self, epochs: int | None = None, *, leap: bool = False) -> Report:
        """Make blocks until so many more epochs of the first subnet have been; all by default.

        With `leap` blocks in which nothing happens are passed over.
        """
        target = self.epoch + (self.scenario.epochs if epochs is None else epochs)
        most = self._chain.head.number + 4 * self.cast.first.plan.tempo * (target + 2)
        while self.epoch < target:
            if self._chain.head.number > most:
                raise ScenarioError(f"subnet {self.cast.first.name} has no epochs any more")
            if leap:
                self._chain.leap(most)
            else:
                self._chain.seal()
        return self.report

    def play_until(self, epochs: int) -> Report:
        """Make blocks until so many epochs of the first subnet have been since it was set up."""
        return self.play(max(epochs - self.epoch, 0))

    @property
    def epoch(self) -> int:
        """How many epochs of the first subnet have been."""
        return self._epochs[self.cast.first.name]

    @property
    def chain(self) -> NodeChain:
        """The chain that it is played on."""
        return self._chain

    @property
    def _runtime(self) -> Runtime:
        from taokit.local_chain.runtime import Runtime

        runtime = self._chain.runtime_at()
        assert isinstance(runtime, Runtime)
        return runtime

    # -- block by block ----------------------------------------------------------------------

    def _on_block(self, block: Block, changes: Changes) -> None:
        runtime, number = self._runtime, block.header.number
        self._note_failures(runtime, block)
        new = set()
        for stage in self.cast.stages.values():
            epoch = self._epoch_of(runtime, stage)
            if epoch > self._epochs[stage.name]:
                new.add(stage.name)
                self.report.figures.append(figures_of(runtime, self.cast, stage, epoch, number))
            self._epochs[stage.name] = epoch
        self._act(runtime, number, new)

    def _act(self, runtime: Runtime, number: int, new: Collection[str]) -> None:
        """Do what is to be done after block `number`, with which epochs of `new` subnets ended."""
        passed = number - self._start
        for stage in self.cast.stages.values():
            epoch, begins = self._epochs[stage.name], stage.name in new
            for event in self.scenario.events:
                if self.cast.stage(event.subnet) is not stage:
                    continue
                if (begins and event.epoch == epoch) if event.epoch else event.block == passed:
                    for who, key, call in signed_for(event, self.cast, self._chain, runtime):
                        self._send(runtime, who, key, call)
            if begins or not passed:
                self._set_weights(runtime, stage, passed, late=False)
            elif self._is_late(runtime, stage, number):
                self._set_weights(runtime, stage, passed, late=True)

    def _on_reverted(self, head: Block, keys: Collection[bytes]) -> None:
        self.report.forget_after(head.header.number)
        runtime = self._runtime
        for stage in self.cast.stages.values():
            self._epochs[stage.name] = self._epoch_of(runtime, stage)

    def _wake(self, number: int) -> int | None:
        """The first block from `number` on after which somebody does something."""
        passed = number - self._start
        wanted = [self._start + e.block for e in self.scenario.events if e.block >= passed > 0]
        if self._copied:
            sub = self._runtime.subtensor
            for stage in self.cast.stages.values():
                due = epoch_schedule.next_epoch_start_block(sub, stage.netuid)
                if due is not None and due - LATE >= number:
                    wanted.append(due - LATE)
        return min(wanted, default=None)

    # -- taking it up again ------------------------------------------------------------------

    def _take_up(self) -> None:
        """Be where the chain is: epochs are counted, figures read from the blocks that had them."""
        runtime = self._runtime
        for stage in self.cast.stages.values():
            self._epochs[stage.name] = self._epoch_of(runtime, stage)
            self.report.figures += reversed(list(self._earlier_figures(stage)))
        self.report.figures.sort(key=lambda figures: figures.block)

    def _earlier_figures(self, stage: Stage) -> Iterator[Figures]:
        """After each epoch since the scenario was set up, the newest first."""
        number = self._chain.head.number
        while number > self._start:
            runtime = self._runtime_after(number)
            number = runtime.subtensor.last_epoch_block.get(stage.netuid)
            if number <= self._start or self._chain.block_hash(number) is None:
                return
            runtime = self._runtime_after(number)
            epoch = self._epoch_of(runtime, stage)
            yield figures_of(runtime, self.cast, stage, epoch, number)
            number = self._chain.before(number)

    def _new_at_head(self) -> set[str]:
        """The subnets of which an epoch ended with the head.

        Whatever follows upon the head is in no block: what was sent was in the pool at most.
        """
        head = self._chain.head.number
        if head <= self._start:
            return set()
        before = self._runtime_after(self._chain.before(head))
        stages = self.cast.stages.values()
        return {one.name for one in stages if self._epoch_of(before, one) < self._epochs[one.name]}

    def _runtime_after(self, number: int) -> Runtime:
        from taokit.local_chain.runtime import Runtime

        runtime = self._chain.runtime_at(self._chain.block_hash(number))
        assert isinstance(runtime, Runtime)
        return runtime

    def _epoch_of(self, runtime: Runtime, stage: Stage) -> int:
        return runtime.subtensor.subnet_epoch_index.get(stage.netuid) - stage.first_epoch

    def _is_late(self, runtime: Runtime, stage: Stage, number: int) -> bool:
        due = epoch_schedule.next_epoch_start_block(runtime.subtensor, stage.netuid)
        return due == number + LATE

    # -- weights -----------------------------------------------------------------------------

    def _set_weights(self, runtime: Runtime, stage: Stage, passed: int, *, late: bool) -> None:
        epoch = self._epochs[stage.name]
        for seat in stage.validators:
            plan = self._weighing.plan(stage, seat, epoch, passed)
            if plan.rule == "none" or (plan.rule == "copy") is not late:
                continue
            weights = self._weighing.weights(runtime, stage, seat, epoch, passed)
            if weights:
                self._send(
                    runtime, seat.name, seat.hotkey, self._call(runtime, stage, seat, weights)
                )

    def _call(self, runtime: Runtime, stage: Stage, seat: Seat, weights: dict[int, int]) -> Call:
        uids, values, netuid = list(weights), list(weights.values()), stage.netuid
        version_key = runtime.subtensor.weights_version_key.get(netuid)
        if not runtime.subtensor.commit_reveal_weights_enabled.get(netuid):
            return call_of(
                "SubtensorModule",
                "set_weights",
                netuid=netuid,
                dests=uids,
                weights=values,
                version_key=version_key,
            )
        number = self._round(runtime, stage)
        plain = _WEIGHTS.encode((seat.hotkey.public_key, uids, values, version_key))
        key = runtime.drand.beacon_config.get().public_key
        return call_of(
            "SubtensorModule",
            "commit_timelocked_weights",
            netuid=netuid,
            commit=timelock.seal(plain, number, key),
            reveal_round=number,
            commit_reveal_version=runtime.subtensor.commit_reveal_weights_version.get(),
        )

    def _round(self, runtime: Runtime, stage: Stage) -> int:
        """The round to seal for: that of the epoch that reveals, as clients choose it.

        Where epochs are shorter than rounds it is the newest that the chain has: then nothing is
        hidden, but it is revealed.
        """
        sub, config, head = runtime.subtensor, runtime.drand.beacon_config.get(), self._chain.head
        tempo = stage.plan.tempo
        due = epoch_schedule.next_epoch_start_block(sub, stage.netuid) or head.number + tempo
        period = sub.reveal_period_epochs.get(stage.netuid)
        reveal = max(due, head.number + 1) + (period - 1) * tempo
        now, slot = runtime.timestamp.now.get(), self._chain.slot_duration_ms

        def round_at(block: int) -> int:
            at = now + (block - head.number) * slot
            return timelock.round_at(at, genesis=config.genesis_time, period=config.period)

        last = runtime.drand.last_stored_round.get()
        wanted = max(round_at(reveal + SEALED_FOR) - 1, last + 1)
        return wanted if wanted < round_at(reveal + tempo - 2) else last

    # -- the pool ----------------------------------------------------------------------------

    def _send(self, runtime: Runtime, who: str, key: Keypair, call: Call) -> None:
        chain = self._chain
        named = call["call"] if call.key == ("Sudo", "sudo") else call
        what = ".".join(named.key)
        extrinsic = signed(runtime, key, call, chain.next_index(key.public_key))
        try:
            self._sent[chain.submit(extrinsic)] = (who, what)
        except PoolError as refused:
            self._refused(chain.head.number, who, what, refused.message)

    def _note_failures(self, runtime: Runtime, block: Block) -> None:
        from taokit.local_chain.dev_powers import DevPowers
        from taokit.local_chain.node.header import blake2_256

        if not self._sent:
            return
        powers, number = DevPowers(runtime), block.header.number
        failed = _failed(runtime)
        for index, extrinsic in enumerate(block.extrinsics):
            sent = self._sent.pop(blake2_256(extrinsic), None)
            if sent is not None and index in failed:
                why = failed[index] or powers.outcome(number, index) or "it failed"
                self._refused(number, *sent, why)

    def _refused(self, block: int, who: str, what: str, why: str) -> None:
        self.report.refusals.append(Refusal(block, who, what, why))


def _failed(runtime: Runtime) -> dict[int, str]:
    """Which extrinsics of the newest block failed, and why, where a call of root's did."""
    failed = {}
    for record in runtime.system.events.get():
        index, event = getattr(record.phase, "value", -1), record.event
        if event.spec.name == "ExtrinsicFailed":
            failed[index] = ""
        elif event.spec.name == "Sudid" and isinstance(event.sudo_result, Err):
            failed[index] = f"root: {event.sudo_result.value.name}"
    return failed


def played(scenario: Scenario, epochs: int | None = None, *, leap: bool = False) -> Report:
    """What comes of a scenario on a chain of its own; `leap` as `Play.play`. Raises the same."""
    from taokit.local_chain.local_node import open_chain
    from taokit.local_chain.node.clock import ManualClock
    from taokit.local_chain.node_config import NodeConfig

    chain = open_chain(NodeConfig(ports=(), block_time="manual"), ManualClock())
    return Play(chain, scenario).play(epochs, leap=leap)
