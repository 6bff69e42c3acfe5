"""Grandpa: the finality authorities, as far as clients read them."""

from __future__ import annotations

from typing import Annotated, Literal

from taokit.chain_client.scale import (
    Enum,
    FixedBytes,
    NewType,
    Variant,
    Vec,
    WeakBoundedVec,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Twox64Concat
from taokit.local_chain.frame.errors import Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap, StorageValue

Key = FixedBytes[Literal[32]]
GrandpaId = Annotated[bytes, NewType("Public", Key, path="sp_consensus_grandpa::app::Public")]


class StoredState(Enum, path="pallet_grandpa::StoredState"):
    """Whether finality runs."""

    class Live(Variant, index=0):
        pass

    class PendingPause(Variant, index=1):
        scheduled_at: u32
        delay: u32

    class Paused(Variant, index=2):
        pass

    class PendingResume(Variant, index=3):
        scheduled_at: u32
        delay: u32


class Grandpa(Pallet, index=4):
    """The finality gadget's authorities."""

    max_authorities = Constant[u32]("MaxAuthorities", 32)
    max_nominators = Constant[u32]("MaxNominators", 20)
    max_set_id_session_entries = Constant[u64]("MaxSetIdSessionEntries", 0)

    state = StorageValue[StoredState]("State")
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

    def build_genesis(self) -> None:
        """The authorities of the preset."""
        self.authorities.put([(key, 1) for key in self.runtime.chain_spec.grandpa_authorities])
        self.set_id_session.insert(0, 0)

    @runtime_api("GrandpaApi", version=3)
    def grandpa_authorities(self) -> Vec[tuple[GrandpaId, u64]]:
        """The authorities and their weights."""
        return self.authorities.get()

    @runtime_api("GrandpaApi", "current_set_id", version=3)
    def set_id(self) -> u64:
        """How often the authorities have changed."""
        return self.current_set_id.get()
