"""A subnet in this process: blocks on demand, uid slots, permits, rate limits, commits, Yuma.

Owns the state and its rules, which are the runtime's in small. Does not own how blocks are made
(``memory_blocks``), one neuron's view (``memory_view``, through :meth:`MemoryChain.view`),
consensus (``memory_yuma``), nor money: ``paid`` only counts what registrations have cost.

    chain = MemoryChain(tempo=10)
    chain.join(validator.ss58_address, stake=1000.0, role="validator")
    mine = chain.view(miner)
    await mine.register()
    await chain.advance(10)

Nothing happens but in :meth:`advance`; two runs with the same calls are the same, hashes included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from taokit.neuron.chain import Commitment, Head, PendingCommit, SubnetRules
from taokit.neuron.errors import NeuronError, WeightsError
from taokit.neuron.memory_blocks import MemoryBlocks
from taokit.neuron.memory_yuma import EpochState, run_epoch
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Endpoint, Neuron, Snapshot
from taokit.wallet import ss58

if TYPE_CHECKING:
    from taokit.neuron.memory_view import MemoryView
    from taokit.wallet.signer import Signer

__all__ = ["MemoryChain", "MemoryCommit", "Row"]

Role = Literal["miner", "validator"]
Row = dict[int, int]
"""Weights by uid, 0..65,535."""

COMMIT_SPACE = 3_100
COMMIT_LEAST = 100
MAX_COMMITS = 10
MINERS_AND_VALIDATORS = 0.82
"""Of one alpha a block: the rest is the owner's."""


@dataclass
class MemoryCommit:
    """Weights that were committed and not revealed. ``hash`` is None of a timelocked one."""

    hotkey: Hotkey
    epoch: int
    block: int
    hash: str | None
    row: Row | None = None


@dataclass
class _Served:
    endpoint: Endpoint
    block: int


@dataclass(eq=False)
class MemoryChain(MemoryBlocks):
    """One subnet. Counts are blocks; the fields that are set here may be changed at any time."""

    netuid: int = 2
    tempo: int = 10
    commit_reveal: bool = False
    commit_reveal_version: int = 4
    reveal_period: int = 1
    weights_rate_limit: int = 0
    serving_rate_limit: int = 50
    min_allowed_weights: int = 1
    max_weight_limit: int = 65_535
    max_uids: int = 256
    max_validators: int = 128
    immunity_period: int = 0
    activity_cutoff: int = 5_000
    registration_cost: float = 0.1
    owner: Hotkey = ""
    seed: bytes = b""

    epoch: int = field(default=0, init=False)
    last_epoch: int = field(default=0, init=False)
    paid: dict[Hotkey, float] = field(default_factory=dict, init=False)
    """What a hotkey's registrations have cost, in TAO."""
    earned: dict[Hotkey, float] = field(default_factory=dict, init=False)
    """Emission of all epochs, in alpha; the owner's part as a miner is burned and not here."""

    def __post_init__(self) -> None:
        MemoryBlocks.__init__(self, self.netuid, self.seed)
        self.neurons: list[Neuron] = []
        self.rows: dict[tuple[int, int], Row] = {}
        self.commits: list[MemoryCommit] = []
        self.committed: dict[Hotkey, Commitment] = {}
        self.served: dict[Hotkey, _Served] = {}
        self._space: dict[Hotkey, tuple[int, int]] = {}
        self._bonds = np.zeros((0, 0))
        self._snapshot: Snapshot | None = None
        self.owner = self.owner or address_of(b"owner" + self.seed)
        self.join(self.owner)
        self.paid.clear()

    # -- neurons ----------------------------------------------------------------------------------

    def join(self, hotkey: Hotkey, stake: float = 0.0, role: Role = "miner") -> int:
        """Register a hotkey; its uid. A validator has its permit at once, else an epoch decides.

        When every uid is taken, the neuron of the least emission goes, of equals the oldest; the
        owner and those in their immunity period stay. Raises NeuronError when nobody may go.
        """
        known = self.uid_of(hotkey)
        if known is not None:
            return known
        full = len(self.neurons) >= self.max_uids
        uid = self._slot() if full else len(self.neurons)
        fresh = Neuron(
            uid,
            hotkey,
            coldkey=address_of(b"coldkey" + hotkey.encode()),
            stake=stake,
            validator_permit=role == "validator" or hotkey == self.owner,
            last_update=self.number,
            registered_at=self.number,
        )
        if full:
            self._forget(self.neurons[uid])
            self.neurons[uid] = fresh
        else:
            self.neurons.append(fresh)
            self._bonds = np.pad(self._bonds, (0, 1))
        self.paid[hotkey] = self.paid.get(hotkey, 0.0) + self.registration_cost
        self._snapshot = None
        return uid

    def set_stake(self, hotkey: Hotkey, stake: float) -> None:
        """Give a neuron this much stake; its permit follows with the next epoch."""
        self.change(hotkey, stake=stake)

    def uid_of(self, hotkey: Hotkey) -> int | None:
        """The uid of a hotkey; None when it is not registered."""
        return next((neuron.uid for neuron in self.neurons if neuron.hotkey == hotkey), None)

    def change(self, hotkey: Hotkey, **fields: object) -> None:
        """Replace fields of a neuron. Raises NeuronError for one that is not registered."""
        uid = self.uid_of(hotkey)
        if uid is None:
            raise NeuronError(f"{hotkey} is not registered in subnet {self.netuid}")
        self.neurons[uid] = replace(self.neurons[uid], **fields)  # type: ignore[arg-type]
        self._snapshot = None

    def snapshot(self) -> Snapshot:
        """The metagraph now."""
        if self._snapshot is None:
            head = self.head()
            neurons = tuple(
                replace(neuron, endpoint=self.served[neuron.hotkey].endpoint)
                if neuron.hotkey in self.served
                else neuron
                for neuron in self.neurons
            )
            self._snapshot = Snapshot(self.netuid, head.number, head.hash, self.owner, neurons)
        return self._snapshot

    def view(self, signer: Signer | Hotkey) -> MemoryView:
        """The chain as one neuron has it."""
        from taokit.neuron.memory_view import MemoryView

        hotkey = signer if isinstance(signer, str) else signer.ss58_address
        return MemoryView(self, hotkey)

    def rules(self) -> SubnetRules:
        """What the subnet demands of weights."""
        return SubnetRules(
            netuid=self.netuid,
            tempo=self.tempo,
            commit_reveal=self.commit_reveal,
            commit_reveal_version=self.commit_reveal_version,
            reveal_period=self.reveal_period,
            weights_rate_limit=self.weights_rate_limit,
            min_allowed_weights=self.min_allowed_weights,
            max_weight_limit=self.max_weight_limit,
            version_key=0,
            mechanisms=1,
            immunity_period=self.immunity_period,
            activity_cutoff=self.activity_cutoff,
            next_epoch_block=self.last_epoch + self.tempo,
            epoch=self.epoch,
        )

    # -- what neurons send, as their views have prepared it ---------------------------------------

    def take_weights(self, hotkey: Hotkey, mechanism: int, row: Row) -> None:
        """Plain weights of a neuron. Raises WeightsError with the runtime's name for the reason."""
        if self.commit_reveal:
            raise refused("CommitRevealEnabled")
        self._check_pace(hotkey, "SettingWeightsTooFast")
        self._store(hotkey, mechanism, row)
        self.change(hotkey, last_update=self.number)

    def take_commit(self, hotkey: Hotkey, hash_: str | None, row: Row | None) -> None:
        """A commit: by hash, or (without one) timelocked, whose row the chain reveals itself."""
        if not self.commit_reveal:
            raise refused("CommitRevealDisabled")
        self._check_pace(hotkey, "CommittingWeightsTooFast")
        self._drop_expired()
        if len([commit for commit in self.commits if commit.hotkey == hotkey]) >= MAX_COMMITS:
            raise refused("TooManyUnrevealedCommits")
        self.commits.append(MemoryCommit(hotkey, self.epoch, self.number, hash_, row))
        self.change(hotkey, last_update=self.number)

    def take_reveal(self, hotkey: Hotkey, mechanism: int, hash_: str, row: Row) -> None:
        """What a hash commit was of; in its one epoch."""
        self._drop_expired()
        own = [commit for commit in self.commits if commit.hotkey == hotkey and commit.hash]
        found = next((commit for commit in own if commit.hash == hash_), None)
        if found is None:
            raise refused("InvalidRevealCommitHashNotMatch" if own else "NoWeightsCommitFound")
        if self.epoch != found.epoch + self.reveal_period:
            raise refused("RevealTooEarly")
        older = own[: own.index(found) + 1]
        self.commits = [commit for commit in self.commits if commit not in older]
        self._store(hotkey, mechanism, row)

    def take_endpoint(self, hotkey: Hotkey, endpoint: Endpoint) -> None:
        """Where a neuron serves. Raises NeuronError within the limit since it last said so."""
        if self.uid_of(hotkey) is None:
            raise NeuronError("HotKeyNotRegisteredInNetwork")
        before = self.served.get(hotkey)
        if before is not None and self.number - before.block < self.serving_rate_limit:
            raise NeuronError("ServingRateLimitExceeded")
        self.served[hotkey] = _Served(endpoint, self.number)
        self._snapshot = None

    def take_commitment(self, hotkey: Hotkey, data: bytes) -> None:
        """Data for everyone to read; 3,100 bytes an epoch, each commitment at least 100 of them."""
        if self.uid_of(hotkey) is None:
            raise NeuronError("AccountNotAllowedCommit")
        epoch, used = self._space.get(hotkey, (self.epoch, 0))
        used = (used if epoch == self.epoch else 0) + max(len(data), COMMIT_LEAST)
        if used > COMMIT_SPACE:
            raise NeuronError("SpaceLimitExceeded")
        self._space[hotkey] = (self.epoch, used)
        self.committed[hotkey] = Commitment(self.number, data)

    def pending(self, hotkey: Hotkey) -> tuple[PendingCommit, ...]:
        """The open commits of a neuron."""
        self._drop_expired()
        own = (commit for commit in self.commits if commit.hotkey == hotkey)
        return tuple(
            PendingCommit(
                commit.epoch,
                commit.block,
                hash=commit.hash,
                reveal_round=None if commit.hash else commit.epoch + self.reveal_period,
            )
            for commit in own
        )

    async def next_epoch(self) -> Head:
        """Make blocks until an epoch has run."""
        return await self.advance(self.last_epoch + self.tempo - self.number)

    def on_block(self) -> None:
        """What a new block brings with it."""
        self._snapshot = None
        if self.number >= self.last_epoch + self.tempo:
            self._run_epoch()

    # -- inside -----------------------------------------------------------------------------------

    def _check_pace(self, hotkey: Hotkey, name: str) -> None:
        uid = self.uid_of(hotkey)
        if uid is None:
            raise refused("HotKeyNotRegisteredInSubNet")
        if 0 < self.neurons[uid].last_update > self.number - self.weights_rate_limit:
            raise refused(name)

    def _store(self, hotkey: Hotkey, mechanism: int, row: Row) -> None:
        uid = self.uid_of(hotkey)
        if uid is None:
            raise refused("HotKeyNotRegisteredInSubNet")
        if mechanism:
            raise refused("MechanismDoesNotExist")
        if list(row) != [uid]:
            if not self.neurons[uid].validator_permit:
                raise refused("NeuronNoValidatorPermit")
            if len(row) < min(len(self.neurons), self.min_allowed_weights):
                raise refused("WeightVecLengthIsLow")
        if any(target >= len(self.neurons) for target in row):
            raise refused("UidVecContainInvalidOne")
        self.rows[mechanism, uid] = dict(row)

    def _drop_expired(self) -> None:
        self.commits = [c for c in self.commits if c.epoch + self.reveal_period >= self.epoch]

    def _slot(self) -> int:
        """The uid that a newcomer takes."""
        free = [
            neuron
            for neuron in self.neurons
            if neuron.hotkey != self.owner
            and self.number - neuron.registered_at >= self.immunity_period
        ]
        if not free:
            raise NeuronError("every neuron of the subnet is immune: nobody can be replaced")
        return min(free, key=lambda n: (n.emission, n.registered_at, n.uid)).uid

    def _forget(self, old: Neuron) -> None:
        uid = old.uid
        self.served.pop(old.hotkey, None)
        self.committed.pop(old.hotkey, None)
        self.rows.pop((0, uid), None)
        for row in self.rows.values():
            row.pop(uid, None)
        self._bonds[uid, :] = 0.0
        self._bonds[:, uid] = 0.0

    def _run_epoch(self) -> None:
        result = run_epoch(self._state())
        pot = MINERS_AND_VALIDATORS * (self.number - self.last_epoch)
        self._bonds = result.bonds
        self.neurons = [
            replace(
                neuron,
                validator_permit=bool(result.permits[uid]),
                active=neuron.last_update + self.activity_cutoff >= self.number,
                incentive=float(result.incentive[uid]),
                dividends=float(result.dividends[uid]),
                consensus=float(result.consensus[uid]),
                trust=float(result.trust[uid]),
                emission=float(result.emission[uid]) * pot,
            )
            for uid, neuron in enumerate(self.neurons)
        ]
        for neuron in self.neurons:
            burned = neuron.incentive / 2 * pot if neuron.hotkey == self.owner else 0.0
            kept = max(neuron.emission - burned, 0.0)
            self.earned[neuron.hotkey] = self.earned.get(neuron.hotkey, 0.0) + kept
        self.last_epoch, self.epoch = self.number, self.epoch + 1
        self._reveal_timelocked()

    def _reveal_timelocked(self) -> None:
        due = [c for c in self.commits if c.row is not None]
        due = [c for c in due if c.epoch + self.reveal_period <= self.epoch]
        self.commits = [c for c in self.commits if c not in due]
        for commit in due:
            # As on chain: what the rules refuse when it is revealed is dropped without a word.
            try:
                self._store(commit.hotkey, 0, commit.row or {})
            except WeightsError:
                continue

    def _state(self) -> EpochState:
        count = len(self.neurons)
        weights = np.zeros((count, count))
        for (_, uid), row in self.rows.items():
            weights[uid, list(row)] = list(row.values())
        registered = np.array([neuron.registered_at for neuron in self.neurons])
        updated = np.array([neuron.last_update for neuron in self.neurons])
        counted = updated[:, None] > registered[None, :]
        if self.commit_reveal:
            self._drop_expired()
            blocks = np.full(count, np.iinfo(np.int64).max)
            for commit in self.commits:
                known = self.uid_of(commit.hotkey)
                if known is not None:
                    blocks[known] = min(blocks[known], commit.block)
            counted &= blocks[:, None] >= registered[None, :]
        return EpochState(
            stake=np.array([neuron.stake for neuron in self.neurons]),
            permits=np.array([neuron.validator_permit for neuron in self.neurons], dtype=bool),
            active=updated + self.activity_cutoff >= self.number,
            weights=weights,
            counted=counted,
            bonds=self._bonds,
            owner=self.uid_of(self.owner) or 0,
            max_validators=self.max_validators,
        )


def refused(name: str) -> WeightsError:
    """The error of a refusal that the runtime has a name for."""
    return WeightsError(f"the chain refused the weights: {name}")


@lru_cache(maxsize=4096)
def address_of(text: bytes) -> Hotkey:
    """An address that nobody has the key of, always the same for the same text."""
    return ss58.encode(hashlib.blake2b(text, digest_size=32).digest())


def row_of(uids: tuple[int, ...], values: tuple[int, ...]) -> Row:
    """A row from what a receipt has."""
    return dict(zip(uids, values))


def shares_by_hotkey(row: Mapping[int, int], neurons: list[Neuron]) -> dict[Hotkey, int]:
    """A row by hotkey; zeros are left out."""
    return {neurons[uid].hotkey: value for uid, value in row.items() if value}
