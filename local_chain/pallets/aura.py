"""Aura: who authors which slot, as far as clients and fees read it."""

from __future__ import annotations

from typing import Annotated, Literal

from taokit.chain_client.scale import BoundedVec, FixedBytes, NewType, Vec, codec, u64
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.frame.types import DigestItem
from taokit.local_chain.frame.weight import Weight, weight

ENGINE = b"aura"
H256Bytes = FixedBytes[Literal[32]]
AuraId = Annotated[
    bytes,
    NewType("Public", H256Bytes, path="sp_consensus_aura::sr25519::app_sr25519::Public"),
]
Slot = Annotated[int, NewType("Slot", u64, path="sp_consensus_slots::Slot")]
SlotDuration = Annotated[int, NewType("SlotDuration", u64, path="sp_consensus_slots::SlotDuration")]


class Aura(Pallet, index=3):
    """Round-robin authorship by slot."""

    slot_duration_ms = Constant[u64]("SlotDuration", 12_000, fast=250)

    authorities = StorageValue[BoundedVec[AuraId]]("Authorities")
    current_slot = StorageValue[Slot]("CurrentSlot")

    def build_genesis(self) -> None:
        """The authorities of the preset."""
        self.authorities.put(list(self.runtime.chain_spec.aura_authorities))

    def on_initialize(self, block: int) -> Weight:
        """Take the slot from the digest."""
        for item in self.runtime.system.digest.get().logs:
            if isinstance(item, DigestItem.PreRuntime) and item.engine == ENGINE:
                self.current_slot.put(int.from_bytes(item.data, "little"))
                return weight(0, reads=2, writes=1)
        return weight(0, reads=1)

    def next_due(self, block: int) -> int | None:
        """The slot is that of the newest whole block."""
        return None

    def change_authorities(self, authorities: list[bytes]) -> None:
        """Let others author from the next block on, and tell so in the header; none is ignored."""
        if authorities:
            self.authorities.put(authorities)
            log = b"\x01" + codec(Vec[AuraId]).encode(authorities)
            self.runtime.system.deposit_log(DigestItem.Consensus(ENGINE, log))

    def author(self, slots_ahead: int = 0) -> bytes | None:
        """The slot's authority, who earns the fees of this block; or that of a later slot."""
        authorities = self.authorities.get()
        if not authorities:
            return None
        return authorities[(self.current_slot.get() + slots_ahead) % len(authorities)]

    @runtime_api("AuraApi")
    def slot_duration(self) -> SlotDuration:
        """Length of a slot in milliseconds."""
        return self.slot_duration_ms

    @runtime_api("AuraApi", "authorities")
    def aura_authorities(self) -> Vec[AuraId]:
        """The authorities in round-robin order."""
        return self.authorities.get()
