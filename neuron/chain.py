"""What a neuron asks of a chain, as a protocol: real chains and one in memory both answer it.

Owns the protocol and its values. Does not own an implementation: ``live_chain.LiveChain`` speaks to
a node, ``memory_chain.MemoryChain`` is a subnet in this process, for tests that need no node.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot

__all__ = [
    "Chain",
    "Commitment",
    "Head",
    "PendingCommit",
    "Remember",
    "Scheme",
    "SubnetRules",
    "WeightsReceipt",
]

Scheme = Literal["plain", "hash", "timelocked"]


@dataclass(frozen=True)
class Head:
    """A block: number, hash (0x hex) and its timestamp in milliseconds."""

    number: int
    hash: str
    time_ms: int


@dataclass(frozen=True)
class SubnetRules:
    """What a subnet demands of weights. Counts are blocks unless told otherwise.

    ``commit_reveal_version`` is the chain's (4: timelocked); ``reveal_period`` is in epochs;
    ``max_weight_limit`` is a share of 65,535. ``next_epoch_block`` is where the next epoch runs,
    ``epoch`` the number of the one under way: a commit made in it may be revealed in the epoch
    ``epoch + reveal_period``, and in no other.
    """

    netuid: int
    tempo: int
    commit_reveal: bool
    commit_reveal_version: int
    reveal_period: int
    weights_rate_limit: int
    min_allowed_weights: int
    max_weight_limit: int
    version_key: int
    mechanisms: int
    immunity_period: int
    activity_cutoff: int
    next_epoch_block: int
    epoch: int = 0


@dataclass(frozen=True)
class WeightsReceipt:
    """What was sent to set weights: how, at which block, and what is needed to check or reveal it.

    ``salt`` and ``commit_hash`` (hex) belong to ``hash``, ``reveal_round`` to ``timelocked``;
    ``uids`` and ``values`` are what the chain will hold, values 0..65,535; ``epoch`` is the one
    that the weights were sent in.
    """

    scheme: Scheme
    block: int
    uids: tuple[int, ...]
    values: tuple[int, ...]
    mechanism: int = 0
    version_key: int = 0
    salt: tuple[int, ...] = ()
    reveal_round: int | None = None
    commit_hash: str | None = None
    epoch: int = 0


Remember = Callable[[WeightsReceipt], None]
"""Told what is about to be sent: a salt that is lost with a crash leaves a commit without use."""


@dataclass(frozen=True)
class PendingCommit:
    """A commit to weights that is not revealed yet, and has not expired.

    ``hash`` (hex) is of a ``hash`` commit; of a timelocked one ``reveal_round`` is known.
    """

    epoch: int
    block: int
    hash: str | None = None
    reveal_round: int | None = None


@dataclass(frozen=True)
class Commitment:
    """What a hotkey committed on chain, and the block it did so at."""

    block: int
    data: bytes


@runtime_checkable
class Chain(Protocol):
    """One subnet of a chain, seen by one hotkey."""

    @property
    def netuid(self) -> int:
        """The subnet."""

    @property
    def hotkey(self) -> Hotkey:
        """Who is asking, and who signs what is sent."""

    async def head(self) -> Head:
        """The newest block."""

    def heads(self) -> AsyncIterator[Head]:
        """The head now, then each new one, until closed. Survives a lost connection.

        Blocks may be missing where they come faster than they are read.
        """

    async def wait_block(self, number: int) -> Head:
        """Return once the chain has reached a block."""

    async def block_hash(self, number: int) -> str | None:
        """Hash of a block; None when it is not there yet."""

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""

    async def rules(self) -> SubnetRules:
        """What the subnet demands of weights, now."""

    async def set_weights(
        self,
        weights: Mapping[Hotkey, float],
        *,
        mechanism: int = 0,
        remember: Remember | None = None,
    ) -> WeightsReceipt:
        """Set weights in the way the subnet wants (plain, committed by hash, or timelocked).

        Weights are relative, of any scale; hotkeys that are not registered are an error. Returns
        once they are in a block. ``remember`` is called before anything is sent. Raises
        WeightsError with what the chain said.
        """

    async def reveal_weights(self, receipt: WeightsReceipt) -> None:
        """Reveal what a ``hash`` receipt committed. Raises WeightsError."""

    async def weights_of(self, hotkey: Hotkey, *, mechanism: int = 0) -> Mapping[Hotkey, int]:
        """The weights that the chain holds for a validator, 0..65,535 by hotkey."""

    async def pending_commits(
        self, hotkey: Hotkey, *, mechanism: int = 0
    ) -> tuple[PendingCommit, ...]:
        """The weight commits of a hotkey that wait to be revealed, oldest first."""

    async def serve(self, ip: str, port: int) -> None:
        """Publish where this hotkey serves."""

    async def register(self) -> int:
        """Register this hotkey if it is not; returns its uid."""

    async def commit(self, data: bytes) -> None:
        """Commit bytes (at most 128) under this hotkey, readable by everyone."""

    async def commitments(self) -> Mapping[Hotkey, Commitment]:
        """What every hotkey of the subnet has committed last."""
