"""What a neuron asks of a chain, as a protocol: real chains and one in memory both answer it.

Owns the protocol and its values. Does not own an implementation: ``live_chain.LiveChain`` speaks to
a node, ``memory_chain.MemoryChain`` is a subnet in this process, for tests that need no node.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot

__all__ = ["Chain", "Commitment", "Head", "SubnetRules", "WeightsReceipt"]

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
    ``max_weight_limit`` is a share of 65,535. ``next_epoch_block`` is where the next epoch runs.
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


@dataclass(frozen=True)
class WeightsReceipt:
    """What was sent to set weights: how, at which block, and what is needed to check or reveal it.

    ``salt`` and ``reveal_round`` are set for the schemes that have them; ``uids`` and ``values``
    are what the chain will hold, values 0..65,535.
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
        """New blocks from now on, until closed. Survives a lost connection."""

    async def wait_block(self, number: int) -> Head:
        """Return once the chain has reached a block."""

    async def block_hash(self, number: int) -> str | None:
        """Hash of a block; None when it is not there yet."""

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""

    async def rules(self) -> SubnetRules:
        """What the subnet demands of weights, now."""

    async def set_weights(
        self, weights: Mapping[Hotkey, float], *, mechanism: int = 0
    ) -> WeightsReceipt:
        """Set weights in the way the subnet wants (plain, committed by hash, or timelocked).

        Weights are relative, of any scale; hotkeys that are not registered are an error. Raises
        WeightsError with what the chain said.
        """

    async def reveal_weights(self, receipt: WeightsReceipt) -> None:
        """Reveal what a ``hash`` receipt committed. Raises WeightsError."""

    async def weights_of(self, hotkey: Hotkey, *, mechanism: int = 0) -> Mapping[Hotkey, int]:
        """The weights that the chain holds for a validator, 0..65,535 by hotkey."""

    async def pending_commits(self, hotkey: Hotkey, *, mechanism: int = 0) -> int:
        """How many weight commits of a hotkey wait to be revealed."""

    async def serve(self, ip: str, port: int) -> None:
        """Publish where this hotkey serves."""

    async def register(self) -> int:
        """Register this hotkey if it is not; returns its uid."""

    async def commit(self, data: bytes) -> None:
        """Commit bytes (at most 128) under this hotkey, readable by everyone."""

    async def commitments(self) -> Mapping[Hotkey, Commitment]:
        """What every hotkey of the subnet has committed last."""
