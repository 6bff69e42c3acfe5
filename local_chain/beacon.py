"""The local drand beacon: the randomness of a chain that no public beacon reaches.

Owns the beacon's key and how its pulses come into blocks. It keeps the rounds of the public
network (quicknet: one every 3 seconds of chain time, counted from the same moment) under a key of
its own, which everybody may know: what is sealed for this chain is a secret for as long as nobody
looks, which is enough to develop with. Does not own what the chain does with pulses
(`pallets.drand`).
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from taokit.chain_client import timelock
from taokit.local_chain.pallets.drand_types import (
    QUICKNET,
    BeaconConfiguration,
    Metadata,
    MultiSigner,
    Pulse,
    PulsesPayload,
)

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

__all__ = ["LocalBeacon", "PulseWorker"]

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
        signature = timelock.sign_round(self._secret, number)
        return Pulse(number, hashlib.sha256(signature).digest(), signature)


class PulseWorker:
    """Brings the rounds of a beacon into the blocks of a runtime; call it with a block's time.

    As the real node's worker it starts with the newest round, and then brings every round, each in
    an extrinsic of its own. Where time has jumped by more than 50 rounds it brings those that some
    commit waits for, and the newest.
    """

    def __init__(self, runtime: Runtime, beacon: LocalBeacon) -> None:
        self._runtime = runtime
        self._beacon = beacon

    def __call__(self, timestamp_ms: int) -> list[bytes]:
        """The extrinsics that bring a block its pulses; none where another beacon is expected."""
        drand = self._runtime.drand
        drand.signed_here.clear()
        newest, last = self._beacon.round_at(timestamp_ms), drand.last_stored_round.get()
        if newest <= last or drand.beacon_config.get().public_key != self._beacon.public_key:
            return []
        return [self._extrinsic(number) for number in self._due(last, newest)]

    def _due(self, last: int, newest: int) -> list[int]:
        if not last:
            return [newest]
        if newest - last <= MAX_PULSES:
            return list(range(last + 1, newest + 1))
        awaited = {n for n in self._runtime.awaited_rounds() if last < n < newest}
        return [*sorted(awaited), newest][:MAX_PULSES]

    def _extrinsic(self, number: int) -> bytes:
        from taokit.local_chain.frame.call import Call
        from taokit.local_chain.frame.extrinsic import bare
        from taokit.local_chain.pallets.drand import Drand

        pulse = self._beacon.pulse(number)
        self._runtime.drand.signed_here.add((self._beacon.public_key, number, pulse.signature))
        node = MultiSigner.Sr25519(self._runtime.aura.author() or bytes(32))
        payload = PulsesPayload(self._runtime.system.block_number(), [pulse], node)
        return bare(Call(Drand, Drand.calls[0], (payload, None)))
