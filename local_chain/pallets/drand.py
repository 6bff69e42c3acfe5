"""Drand: the pulses of a randomness beacon, as the node brings them.

Owns which pulses are accepted and how long they are kept. Does not own where they come from: on
the public network each node fetches them, here `local_chain.beacon` brings them.
Source: Subtensor `pallets/drand/src/lib.rs`.
"""

from __future__ import annotations

from typing import Any, Literal

from taokit.chain_client import timelock
from taokit.chain_client.scale import (
    Bool,
    BoundedBytesVec,
    Bytes,
    Option,
    Vec,
    codec,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, blake2_256
from taokit.local_chain.frame.call import Call, call
from taokit.local_chain.frame.errors import Errors, Invalid, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extension import Validity
from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.frame.origin import Origin, ensure_none, ensure_root
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.drand_types import (
    QUICKNET,
    BeaconConfiguration,
    BeaconConfigurationPayload,
    MultiSigner,
    Pulse,
    PulsesPayload,
)
from taokit.wallet.schemes import CryptoType, verify

MAX_KEPT_PULSES = 216_000
"""A week of rounds."""

MAX_REMOVED_PULSES = 100
"""Old pulses that one call may remove."""

U64_MAX = 2**64 - 1
TAG_PREFIX = "DrandOffchainWorker"


class Drand(Pallet, index=26):
    """Pulses of a beacon by round."""

    unsigned_priority = Constant[u64]("UnsignedPriority", 1 << 20)
    http_fetch_timeout = Constant[u64]("HttpFetchTimeout", 1_000)

    beacon_config = StorageValue[BeaconConfiguration]("BeaconConfig", default=QUICKNET)
    has_migration_run = StorageMap[BoundedBytesVec[Literal[128]], Bool]("HasMigrationRun", Identity)
    pulses = StorageMap[u64, Pulse]("Pulses", Blake2_128Concat, optional=True)
    last_stored_round = StorageValue[u64]("LastStoredRound")
    oldest_stored_round = StorageValue[u64]("OldestStoredRound")
    next_unsigned_at = StorageValue[u32]("NextUnsignedAt")

    class Event(Events):
        """What Drand reports."""

        BeaconConfigChanged = event(0)
        NewPulse = event(1, rounds=Vec[u64])
        SetOldestStoredRound = event(2, u64)

    class Error(Errors):
        """Why Drand refuses."""

        NoneValue = error(0, "Nothing was stored there.")
        StorageOverflow = error(1, "A counter is at its end.")
        DrandConnectionFailure = error(2, "The beacon did not answer.")
        UnverifiedPulse = error(3, "The beacon did not sign this pulse.")
        InvalidRoundNumber = error(4, "The round is not newer than the last one stored.")
        PulseVerificationError = error(5, "The pulse or the beacon's key cannot be read.")

    def __init__(self, runtime: Any) -> None:
        super().__init__(runtime)
        # What this node signed, or verified before it brought it, needs no pairing to be checked.
        self.verified: set[tuple[bytes, int, bytes]] = set()
        # A block executed again brings pulses whose node did not sign them either.
        self.replaying = False

    def build_genesis(self) -> None:
        """Expect the beacon of the chain spec, where it names one."""
        beacon = self.runtime.chain_spec.beacon
        if beacon is not None:
            self.beacon_config.put(beacon)

    @call(0, weight=weight(4_294_000_000, reads=3, writes=4))
    def write_pulse(
        self, origin: Origin, pulses_payload: PulsesPayload, signature: Option[MultiSignature]
    ) -> None:
        """Store pulses that the beacon signed, each newer than the one before. Unsigned only.

        Pulses that it did not sign are passed over; the payload's signature was checked before.
        """
        ensure_none(origin)
        key = self.beacon_config.get().public_key
        last, oldest = self.last_stored_round.get(), self.oldest_stored_round.get()
        stored: list[int] = []
        for pulse in pulses_payload.pulses:
            if self._is_signed(key, pulse):
                ensure(pulse.round > last, self.Error.InvalidRoundNumber)
                self.pulses.insert(pulse.round, pulse)
                last = pulse.round
                stored.append(last)
        if stored and not oldest and not self.last_stored_round.get():
            self.oldest_stored_round.put(stored[0])
        self.last_stored_round.put(last)
        self._prune(last)
        self.next_unsigned_at.put(self.runtime.system.block_number())
        if stored:
            self.deposit(self.Event.NewPulse(stored))

    @call(1, weight=weight(8_766_000, writes=2))
    def set_beacon_config(
        self,
        origin: Origin,
        config_payload: BeaconConfigurationPayload,
        signature: Option[MultiSignature],
    ) -> None:
        """Expect another beacon. Root only; the configuration is not checked."""
        ensure_root(origin)
        self.beacon_config.put(config_payload.config)
        self.next_unsigned_at.put(self.runtime.system.block_number() + 1)
        self.deposit(self.Event.BeaconConfigChanged())

    @call(2, weight=weight(5_370_000, writes=1))
    def set_oldest_stored_round(self, origin: Origin, oldest_round: u64) -> None:
        """Say which round is the oldest stored. Root only."""
        ensure_root(origin)
        self.oldest_stored_round.put(oldest_round)
        self.deposit(self.Event.SetOldestStoredRound(oldest_round))

    def signature_of(self, number: int) -> bytes | None:
        """The signature of a round, None while there is no pulse of it."""
        pulse = self.pulses.get(number)
        if pulse is None:
            return None
        signature: bytes = pulse.signature
        return signature.removeprefix(b"0x")

    # -- unsigned extrinsics -----------------------------------------------------------------

    def validate_unsigned(self, call: Call) -> Validity:
        """Take in what a node signed: one pulse newer than the last, or a configuration."""
        if call.spec.name == "write_pulse":
            payload = call["pulses_payload"]
            if call["signature"] is not None or not self._is_brought_here(payload):
                self._check_node(payload, PulsesPayload, call["signature"])
            return self._validity_of_pulses(payload)
        if call.spec.name == "set_beacon_config":
            proposal = call["config_payload"]
            self._check_node(proposal, BeaconConfigurationPayload, call["signature"])
            return self._validity_of_config(proposal)
        raise Invalid("Call")

    def _is_brought_here(self, payload: PulsesPayload) -> bool:
        """Whether this node brings every pulse: to itself it need not prove who it is.

        An sr25519 signature is another each time, and equal chains would differ by it.
        """
        key = self.beacon_config.get().public_key
        return self.replaying or all(
            (key, p.round, p.signature) in self.verified for p in payload.pulses
        )

    def _check_node(self, payload: Any, kind: Any, signature: Any) -> None:
        """The signature of the node that brings a payload, by its own sr25519 key."""
        if signature is None:
            raise Invalid("BadSigner")
        public = payload.public
        if not (
            isinstance(public, MultiSigner.Sr25519)
            and isinstance(signature, MultiSignature.Sr25519)
            and verify(
                CryptoType.SR25519, public.value, codec(kind).encode(payload), signature.value
            )
        ):
            raise Invalid("BadProof")
        if self.runtime.system.block_number() < payload.block_number:
            raise Invalid("Future")

    def _validity_of_pulses(self, payload: PulsesPayload) -> Validity:
        if len(payload.pulses) != 1:
            raise Invalid("Call")
        number = payload.pulses[0].round
        if self.next_unsigned_at.get() > self.runtime.system.block_number():
            raise Invalid("Stale")
        if number <= self.last_stored_round.get():
            raise Invalid("Stale")
        tag = blake2_256(b"drand" + number.to_bytes(8, "little"))
        priority = min(self.unsigned_priority + U64_MAX - number, U64_MAX)
        return Validity(priority, [], [_tag(tag)], longevity=3, propagate=False)

    def _validity_of_config(self, payload: BeaconConfigurationPayload) -> Validity:
        due = self.next_unsigned_at.get()
        if due > payload.block_number:
            raise Invalid("Stale")
        public = codec(MultiSigner).encode(payload.public)
        tag = blake2_256(codec(tuple[u32, Bytes]).encode((due, public)))
        return Validity(self.unsigned_priority, [], [_tag(tag)], longevity=1)

    # -- inside ------------------------------------------------------------------------------

    def _is_signed(self, key: bytes, pulse: Pulse) -> bool:
        claim = (key, pulse.round, pulse.signature)
        if claim in self.verified:
            return True
        try:
            return timelock.verify_round(*claim)
        except ValueError:
            raise self.Error.PulseVerificationError from None

    def _prune(self, last: int) -> None:
        oldest = self.oldest_stored_round.get()
        if not oldest:
            return
        excess = max(last - oldest, 0) + 1 - MAX_KEPT_PULSES
        end = oldest + min(max(excess, 0), MAX_REMOVED_PULSES)
        for number in range(oldest, end):
            self.pulses.remove(number)
        self.oldest_stored_round.put(end)


def _tag(hash_: bytes) -> bytes:
    """What a valid transaction provides: the prefix as text, then the hash."""
    return bytes([len(TAG_PREFIX) << 2]) + TAG_PREFIX.encode() + hash_
