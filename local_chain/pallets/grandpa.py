"""Grandpa: the finality authorities, and how they change.

Follows `pallet_grandpa`. Nothing votes on this chain; what clients and headers tell of the
authorities is kept as the runtime keeps it. Its type of key ownership proofs has no values, so that
equivocations cannot be reported.
"""

from __future__ import annotations

from typing import Any

from taokit.chain_client.scale import Option, Unit, Vec, WeakBoundedVec, codec, u32, u64
from taokit.chain_client.storage_keys import Twox64Concat
from taokit.local_chain.frame.call import Call, PostDispatch, call
from taokit.local_chain.frame.errors import Errors, Invalid, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extension import Validity
from taokit.local_chain.frame.origin import Origin, ensure_none, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.types import DigestItem
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.grandpa_types import (
    EquivocationProof,
    GrandpaId,
    OpaqueValue,
    StoredPendingChange,
    StoredState,
    Void,
)

ENGINE = b"FRNK"
MAX_NOMINATORS = 20
_CHANGE = codec(tuple[Vec[tuple[GrandpaId, u64]], u32])
_REPORT = weight(
    257_500_000 + 25_000_000 * MAX_NOMINATORS,
    reads=21 + 3 * MAX_NOMINATORS,
    writes=10 + 3 * MAX_NOMINATORS,
)
"""For 100 validators: proving membership, checking the equivocation, reporting the offence."""


class Grandpa(Pallet, index=4):
    """The finality gadget's authorities."""

    max_authorities = Constant[u32]("MaxAuthorities", 32)
    max_nominators = Constant[u32]("MaxNominators", MAX_NOMINATORS)
    max_set_id_session_entries = Constant[u64]("MaxSetIdSessionEntries", 0)

    state = StorageValue[StoredState]("State")
    pending_change = StorageValue[StoredPendingChange]("PendingChange", optional=True)
    next_forced = StorageValue[u32]("NextForced", optional=True)
    stalled = StorageValue[tuple[u32, u32]]("Stalled", optional=True)
    current_set_id = StorageValue[u64]("CurrentSetId")
    set_id_session = StorageMap[u64, u32]("SetIdSession", Twox64Concat, optional=True)
    authorities = StorageValue[WeakBoundedVec[tuple[GrandpaId, u64]]]("Authorities")

    class Event(Events):
        """What Grandpa reports."""

        NewAuthorities = event(0, authority_set=Vec[tuple[GrandpaId, u64]])
        Paused = event(1)
        Resumed = event(2)

    class Error(Errors):
        """Why Grandpa refuses."""

        PauseFailed = error(0, "Finality is paused already.")
        ResumeFailed = error(1, "Finality is not paused.")
        ChangePending = error(2, "A change of authorities is pending.")
        TooSoon = error(3, "Authorities were changed too recently.")
        InvalidKeyOwnershipProof = error(4, "The key is not proved to be the authority's.")
        InvalidEquivocationProof = error(5, "The equivocation is not proved.")
        DuplicateOffenceReport = error(6, "The offence was reported already.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=_REPORT)
    def report_equivocation(
        self, origin: Origin, equivocation_proof: EquivocationProof, key_owner_proof: Void
    ) -> PostDispatch:
        """Report a voter that voted twice. Nobody can: there are no proofs of key ownership."""
        ensure_signed(origin)
        return PostDispatch(pays=False)

    @call(1, weight=_REPORT)
    def report_equivocation_unsigned(
        self, origin: Origin, equivocation_proof: EquivocationProof, key_owner_proof: Void
    ) -> PostDispatch:
        """Report a voter that voted twice, as a block's author. Nobody can, for the same reason."""
        ensure_none(origin)
        return PostDispatch(pays=False)

    @call(2, weight=weight(3_000_000, writes=1))
    def note_stalled(self, origin: Origin, delay: u32, best_finalized_block_number: u32) -> None:
        """Note that finality stands still. Root only."""
        ensure_root(origin)
        self.stalled.put((delay, best_finalized_block_number))

    def validate_unsigned(self, call: Call) -> Validity:
        """No unsigned call is taken: reports cannot be made, and the rest is signed or root's."""
        raise Invalid("Call")

    # -- changes of authorities ----------------------------------------------------------

    def schedule_change(
        self, authorities: list[tuple[bytes, int]], in_blocks: int, forced: int | None
    ) -> None:
        """Let other authorities (and their weights) take over after `in_blocks` blocks.

        TooSoon for a forced change before twice the delay of the last one is over; ChangePending
        while another change is.
        """
        if self.pending_change.exists():
            raise self.Error.ChangePending
        now = self.runtime.system.block_number()
        if forced is not None:
            not_before = self.next_forced.get()
            if not_before is not None and not_before > now:
                raise self.Error.TooSoon
            # Numbers of blocks wrap around, as in the runtime.
            self.next_forced.put((now + in_blocks * 2) % 2**32)
        self.pending_change.put(StoredPendingChange(now, in_blocks, authorities, forced))

    def on_finalize(self, block: int) -> None:
        """Tell a change in the header of the block that scheduled it; make it when it is due.

        The states of pausing are settled as well, although nothing on this runtime begins one.
        """
        change = self.pending_change.get()
        if change is not None:
            if block == change.scheduled_at:
                told = _CHANGE.encode((change.next_authorities, change.delay))
                median = b"" if change.forced is None else change.forced.to_bytes(4, "little")
                self._tell((b"\x01" if change.forced is None else b"\x02") + median + told)
            if block == (change.scheduled_at + change.delay) % 2**32:
                self.authorities.put(change.next_authorities)
                self.deposit(self.Event.NewAuthorities(change.next_authorities))
                self.pending_change.kill()
        state = self.state.get()
        if isinstance(state, StoredState.PendingPause):
            self._settle(state, block, b"\x04", StoredState.Paused(), self.Event.Paused())
        elif isinstance(state, StoredState.PendingResume):
            self._settle(state, block, b"\x05", StoredState.Live(), self.Event.Resumed())

    def next_due(self, block: int) -> int | None:
        """Every block, while a change waits."""
        waits = isinstance(self.state.get(), (StoredState.PendingPause, StoredState.PendingResume))
        return block if waits or self.pending_change.exists() else None

    def _settle(self, state: Any, block: int, log: bytes, then: Any, event: Any) -> None:
        if block == state.scheduled_at:
            self._tell(log + state.delay.to_bytes(4, "little"))
        if block == state.scheduled_at + state.delay:
            self.state.put(then)
            self.deposit(event)

    def _tell(self, log: bytes) -> None:
        self.runtime.system.deposit_log(DigestItem.Consensus(ENGINE, log))

    def build_genesis(self) -> None:
        """The authorities of the preset."""
        self.authorities.put([(key, 1) for key in self.runtime.chain_spec.grandpa_authorities])
        self.current_set_id.put(0)
        self.set_id_session.insert(0, 0)

    # -- runtime APIs --------------------------------------------------------------------

    @runtime_api("GrandpaApi", version=3)
    def grandpa_authorities(self) -> Vec[tuple[GrandpaId, u64]]:
        """The authorities and their weights."""
        return self.authorities.get()

    @runtime_api("GrandpaApi", "current_set_id", version=3)
    def set_id(self) -> u64:
        """How often the authorities have changed."""
        return self.current_set_id.get()

    @runtime_api("GrandpaApi", version=3)
    def submit_report_equivocation_unsigned_extrinsic(
        self, equivocation_proof: EquivocationProof, key_owner_proof: OpaqueValue
    ) -> Option[Unit]:
        """None: no bytes are a proof of key ownership here."""
        return None

    @runtime_api("GrandpaApi", version=3)
    def generate_key_ownership_proof(
        self, set_id: u64, authority_id: GrandpaId
    ) -> Option[OpaqueValue]:
        """None: there are no such proofs here."""
        return None
