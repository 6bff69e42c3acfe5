"""What is sealed for a chain: by its own beacon's key, until the round at which it looks.

Owns the beacon as a chain has it, the choice of a round, and the calls that carry what is sealed.
Nothing is assumed of the beacon: key, period and genesis are the chain's (`Drand.BeaconConfig`).
Does not own the cipher (``timelock``).

    timelock = await chain.timelock()
    call = timelock.commitment(1, b"the answer is 42", timelock.round_in(blocks=25))

    weights = await chain.weights_timelock(netuid=1)
    call = weights.commit(hotkey, uids=[1, 2], values=[65535, 100])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from taokit.chain_client import timelock
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, NotFound
from taokit.chain_client.scale import Bytes, Vec, codec, u16, u64

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Beacon", "Epochs", "Timelock", "WeightsTimelock", "timelock_of", "weights_timelock_of"]

REVEAL_BLOCKS = 3
"""Blocks after the first of its epoch by which weights are opened, as clients of the main network
have it: not with the epoch itself, whose consensus is done by then."""

_WEIGHTS = tuple[Bytes, Vec[u16], Vec[u16], u64]


@dataclass(frozen=True, slots=True)
class Beacon:
    """A drand beacon: its public key (96 bytes), seconds of a round, second of round 1."""

    name: str
    key: bytes
    genesis: int
    period: int

    def round_at(self, time_ms: int) -> int:
        """The newest round at a time (ms since 1970); 0 before the first."""
        return timelock.round_at(time_ms, genesis=self.genesis, period=self.period)

    def time_of(self, number: int) -> int:
        """When a round comes (ms since 1970)."""
        return (self.genesis + (number - 1) * self.period) * 1000


class Epochs(NamedTuple):
    """Where a subnet stands with its epochs at the end of a block."""

    block: int
    tempo: int
    last: int
    pending: int
    since_step: int
    max_tempo: int = 50_400

    def reveal_block(self, period: int) -> int:
        """The block that opens what is committed in the next one, `period` epochs later."""
        next_block = self.block + 1
        state = self._after(next_block) if self._next() <= next_block else self
        for _ in range(period):
            due = state._next()
            state = state._after(due)
        return state.block

    @property
    def due_next(self) -> bool:
        """Whether an epoch is due in the next block."""
        return bool(self.tempo) and self._next() <= self.block + 1

    def _next(self) -> int:
        """The next block with an epoch."""
        stale = self.block + self.max_tempo - self.since_step + 2
        wanted = [self.last + self.tempo, stale, *([self.pending] if self.pending else [])]
        return max(self.block + 1, min(wanted))

    def _after(self, block: int) -> Epochs:
        """The same after an epoch in that block."""
        return self._replace(block=block, last=block, pending=0, since_step=0)


@dataclass(frozen=True, slots=True)
class Timelock:
    """What it takes to seal for a chain, as of a block. ``last_round`` is the newest it stores."""

    beacon: Beacon
    last_round: int
    block: int
    timestamp_ms: int
    slot_ms: int

    def round_in(self, blocks: int) -> int:
        """The round to seal for, to be opened so many blocks from now.

        It has come for certain by then, and has not yet: what is sealed for it is closed.
        """
        at = self.timestamp_ms + blocks * self.slot_ms
        # One before the newest of then: a chain stores pulses with the blocks that follow them.
        wanted = self.beacon.round_at(at) - 1
        return max(wanted, self.beacon.round_at(self.timestamp_ms) + 1, self.last_round + 1)

    def seal(self, text: bytes, number: int) -> bytes:
        """The text as ciphertext that the round's signature opens."""
        return timelock.seal(text, number, self.beacon.key)

    def commitment(self, netuid: int, text: bytes, number: int) -> Call:
        """A call that publishes a text, sealed until a round; a hotkey of the subnet signs it."""
        sealed = {"encrypted": self.seal(text, number), "reveal_round": number}
        info = {"fields": [{"TimelockEncrypted": sealed}]}
        return Call("Commitments", "set_commitment", {"netuid": netuid, "info": info})


@dataclass(frozen=True, slots=True)
class WeightsTimelock:
    """What it takes to commit to weights of a subnet that the chain reveals by itself.

    ``reveal_block`` begins the epoch in which weights committed in the next block are revealed,
    once ``round`` is there, and ``end_block`` the one after; ``version`` is the one that the chain
    wants of commits.
    """

    timelock: Timelock
    netuid: int
    reveal_block: int
    end_block: int
    version: int

    @property
    def round(self) -> int:
        """The round to seal for: one to come, that the chain has while it reveals.

        Where epochs are shorter than rounds there may be none. Then it is the newest that the chain
        has: what is sealed for it hides nothing, but it is revealed.
        """
        now = self.timelock
        number = now.round_in(self.reveal_block - now.block + REVEAL_BLOCKS)
        # The last block that reveals looks at what the one before it has stored.
        latest = now.timestamp_ms + (self.end_block - 2 - now.block) * now.slot_ms
        return number if now.beacon.time_of(number) <= latest else now.last_round

    def commit(
        self,
        hotkey: str | bytes,
        uids: Sequence[int],
        values: Sequence[int],
        *,
        version_key: int = 0,
        mechanism: int = 0,
    ) -> Call:
        """A call that commits to weights (0 to 65535), to be signed by that hotkey."""
        if len(uids) != len(values):
            raise InvalidArgument("values", tuple(values), f"{len(uids)} uids need as many")
        plain = codec(_WEIGHTS).encode((_account(hotkey), list(uids), list(values), version_key))
        number = self.round
        args = {
            "netuid": self.netuid,
            "commit": self.timelock.seal(plain, number),
            "reveal_round": number,
            "commit_reveal_version": self.version,
        }
        if mechanism:
            args["mecid"] = mechanism
            return Call("SubtensorModule", "commit_timelocked_mechanism_weights", args)
        return Call("SubtensorModule", "commit_timelocked_weights", args)


async def timelock_of(chain: ChainClient) -> Timelock:
    """See :meth:`ChainClient.timelock`."""
    async with chain.snapshot() as block:
        return await _read(chain, block.number)


async def weights_timelock_of(chain: ChainClient, netuid: int) -> WeightsTimelock:
    """See :meth:`ChainClient.weights_timelock`."""
    module = "SubtensorModule"
    async with chain.snapshot() as block:
        found = await _read(chain, block.number)
        exists, tempo, last, pending, since_step, period, version = await chain.query_many(
            [
                (module, "NetworksAdded", netuid),
                (module, "Tempo", netuid),
                (module, "LastEpochBlock", netuid),
                (module, "PendingEpochAt", netuid),
                (module, "BlocksSinceLastStep", netuid),
                (module, "RevealPeriodEpochs", netuid),
                (module, "CommitRevealWeightsVersion"),
            ]
        )
    if not exists:
        raise NotFound(kind="subnet", name=netuid)
    if not tempo:
        raise InvalidArgument("netuid", netuid, "the subnet has no epochs, and reveals nothing")
    limit = chain.constant(module, "MaxTempo")
    epochs = Epochs(block.number, tempo, last, pending, since_step, limit)
    reveal = epochs.reveal_block(period)
    return WeightsTimelock(found, netuid, reveal, reveal + tempo, version)


async def _read(chain: ChainClient, block: int) -> Timelock:
    config, last_round, now = await chain.query_many(
        [("Drand", "BeaconConfig"), ("Drand", "LastStoredRound"), ("Timestamp", "Now")]
    )
    beacon = Beacon(
        bytes(config["metadata"]["beacon_id"]).decode(errors="replace"),
        bytes(config["public_key"]),
        config["genesis_time"],
        config["period"],
    )
    return Timelock(beacon, last_round, block, now, chain.constant("Aura", "SlotDuration"))


def _account(hotkey: str | bytes) -> bytes:
    if isinstance(hotkey, bytes):
        return hotkey
    from taokit.wallet.ss58 import decode

    return decode(hotkey)
