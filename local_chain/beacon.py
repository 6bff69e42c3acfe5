"""The local drand beacon: the randomness of a chain that no public beacon reaches.

Owns the beacon's key and how pulses come into blocks: its own, or those of another that somebody
hands over. It keeps the rounds of the public network (quicknet: one every 3 seconds of chain time,
counted from the same moment) under a key of its own, which everybody may know: what is sealed for
this chain is a secret for as long as nobody looks, which is enough to develop with. Does not own
what the chain does with pulses (`pallets.drand`), nor reading those handed over (`pulses`).
"""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from taokit.chain_client import timelock
from taokit.local_chain.errors import InvalidPulse
from taokit.local_chain.pallets.drand_types import (
    QUICKNET,
    BeaconConfiguration,
    Metadata,
    MultiSigner,
    Pulse,
    PulsesPayload,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taokit.local_chain.runtime import Runtime

__all__ = ["Injected", "LocalBeacon", "PulseWorker"]

MAX_PULSES = 50
"""Rounds that one block may bring (`MAX_PULSES_TO_FETCH`)."""


class LocalBeacon:
    """A beacon of one member. Pulses of the same round are the same on every chain."""

    def __init__(self, seed: bytes = b"taokit local beacon") -> None:
        self._secret = int.from_bytes(hashlib.sha256(seed).digest(), "big")

    @cached_property
    def public_key(self) -> bytes:
        """The key that data is sealed for, 96 bytes."""
        return timelock.beacon_key(self._secret)

    @cached_property
    def config(self) -> BeaconConfiguration:
        """What the chain knows of this beacon."""
        return QUICKNET.replace(
            public_key=self.public_key,
            hash=hashlib.sha256(self.public_key).digest(),
            group_hash=hashlib.sha256(b"group" + self.public_key).digest(),
            metadata=Metadata(b"taokit-local"),
        )

    def round_at(self, time_ms: int) -> int:
        """The newest round at a time (ms since 1970); 0 before the first."""
        config = self.config
        return timelock.round_at(time_ms, genesis=config.genesis_time, period=config.period)

    def pulse(self, number: int) -> Pulse:
        """The pulse of a round."""
        return _signed(self._secret, number)


@lru_cache(maxsize=1024)
def _signed(secret: int, number: int) -> Pulse:
    # A signature takes nearly a millisecond, and chains of one process want the same rounds.
    signature = timelock.sign_round(secret, number)
    return Pulse(number, hashlib.sha256(signature).digest(), signature)


class Injected(NamedTuple):
    """What became of pulses handed over: the rounds that blocks will bring, and those known."""

    rounds: list[int]
    known: list[int]


class PulseWorker:
    """Brings the rounds of a beacon into the blocks of a runtime; call it before each block.

    As the real node's worker it runs on the newest block and brings what is known by its time into
    the next one: so what is sealed for a round can be committed until the block after it. It starts
    with the newest round, and then brings every round, at most 50 in a block, each in an extrinsic
    of its own; while SafeMode refuses them it tries anew with each block. Where time has jumped by
    more than 50 rounds it does not make up for all of them, which takes the real node a block for
    each 50: it brings those that some commit waits for, and the newest. The pallet only asks for
    growing rounds, and gaps are nothing to it.
    """

    def __init__(self, runtime: Runtime, beacon: LocalBeacon) -> None:
        self._runtime = runtime
        self._beacon = beacon
        self._handed_over: deque[Pulse] = deque()
        self._handed_key = b""
        self.silent_blocks: int | None = 0
        """In how many blocks to come what is due of the local beacon is lost; None is in all."""
        self._lost_until = 0
        self._seen_ms = 0
        self._sparing = False

    def __call__(self) -> list[bytes]:
        """The extrinsics that bring the next block its pulses."""
        drand, timestamp_ms = self._runtime.drand, self._runtime.timestamp.now.get()
        drand.verified.clear()
        if timestamp_ms < self._seen_ms:  # the chain went back: nothing was lost yet
            self._lost_until = 0
        self._seen_ms = timestamp_ms
        if self.silent_blocks != 0:
            if self.silent_blocks is not None:
                self.silent_blocks -= 1
            self._lost_until = self._beacon.round_at(timestamp_ms)
            return []
        return [self._extrinsic(pulse) for pulse in self._due(timestamp_ms)]

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Inside, bring only the newest round and those that some commit waits for."""
        before, self._sparing = self._sparing, True
        try:
            yield
        finally:
            self._sparing = before

    def wanted_ms(self) -> int | None:
        """When a block is to bring pulses, if only those are brought that somebody waits for.

        That is at once where some wait or are to be lost; None where nobody waits for any.
        """
        if self.waiting or self.silent_blocks:
            return 0
        drand = self._runtime.drand
        config, last = drand.beacon_config.get(), drand.last_stored_round.get()
        if self.silent_blocks is None or config.public_key != self._beacon.public_key:
            return None
        if not last:
            return 0
        awaited = [number for number in self._runtime.awaited_rounds() if number > last]
        if not awaited:
            return None
        return (config.genesis_time + (min(awaited) - 1) * config.period) * 1000

    @property
    def waiting(self) -> int:
        """How many pulses handed over are not in a block yet; none once another beacon is set."""
        drand = self._runtime.drand
        last = drand.last_stored_round.get()
        if self._handed_over and drand.beacon_config.get().public_key != self._handed_key:
            self._handed_over.clear()
        while self._handed_over and self._handed_over[0].round <= last:
            self._handed_over.popleft()
        return len(self._handed_over)

    def hand_over(self, pulses: Iterable[Pulse]) -> Injected:
        """Take pulses of the beacon that the chain expects, to bring them into the next blocks.

        All or none: raises `InvalidPulse` where the beacon did not sign one, or the chain has come
        to a newer round already. What it has stored or taken already is passed over.
        """
        from taokit.local_chain.pulses import ensure_signed_by

        drand = self._runtime.drand
        beacon, last = drand.beacon_config.get(), drand.last_stored_round.get()
        held = {pulse.round: pulse for pulse in self._handed_over} if self.waiting else {}
        last = max([last, *held])
        taken: dict[int, Pulse] = {}
        known: list[int] = []
        for pulse in sorted(pulses, key=lambda pulse: pulse.round):
            if pulse in (drand.pulses.get(pulse.round), held.get(pulse.round)):
                known.append(pulse.round)
                continue
            if pulse == taken.get(pulse.round):
                continue
            ensure_signed_by(beacon, pulse)
            if pulse.round <= last:
                raise InvalidPulse(
                    f"round {pulse.round} comes too late: the chain has round {last}, "
                    "and takes newer ones only"
                )
            taken[pulse.round] = pulse
        self._handed_over.extend(taken.values())
        self._handed_key = beacon.public_key
        return Injected(list(taken), known)

    def _due(self, timestamp_ms: int) -> list[Pulse]:
        if self.waiting:
            return list(self._handed_over)[:MAX_PULSES]
        drand = self._runtime.drand
        newest = self._beacon.round_at(timestamp_ms)
        last = max(drand.last_stored_round.get(), self._lost_until)
        if newest <= last or drand.beacon_config.get().public_key != self._beacon.public_key:
            return []
        return [self._beacon.pulse(number) for number in self._rounds(last, newest)]

    def _rounds(self, last: int, newest: int) -> list[int]:
        if not last:
            return [newest]
        if newest - last <= MAX_PULSES and not self._sparing:
            return list(range(last + 1, newest + 1))
        awaited = {n for n in self._runtime.awaited_rounds() if last < n < newest}
        return [*sorted(awaited), newest][:MAX_PULSES]

    def _extrinsic(self, pulse: Pulse) -> bytes:
        from taokit.local_chain.frame.call import Call
        from taokit.local_chain.frame.extrinsic import bare
        from taokit.local_chain.pallets.drand import Drand

        drand = self._runtime.drand
        drand.verified.add((drand.beacon_config.get().public_key, pulse.round, pulse.signature))
        node = MultiSigner.Sr25519(self._runtime.aura.author() or bytes(32))
        payload = PulsesPayload(self._runtime.system.block_number(), [pulse], node)
        return bare(Call(Drand, Drand.calls[0], (payload, None)))
