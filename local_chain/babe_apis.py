"""`BabeApi`: the runtime offers it, though Aura orders its blocks; it tells of an empty epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from taokit.chain_client.scale import (
    Bytes,
    FixedBytes,
    NewType,
    Option,
    Struct,
    Unit,
    UnitEnum,
    Vec,
    u64,
)
from taokit.local_chain.block_types import HeaderType
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.runtime import RuntimeBase
from taokit.local_chain.pallets.aura import Slot

_BABE = "sp_consensus_babe::"
VERSION = 2
Randomness = FixedBytes[Literal[32]]
BabeId = Annotated[bytes, NewType("Public", Randomness, path=_BABE + "app::Public")]
OpaqueProof = Annotated[
    bytes, NewType("OpaqueKeyOwnershipProof", Bytes, path=_BABE + "OpaqueKeyOwnershipProof")
]


class AllowedSlots(UnitEnum, path=_BABE + "AllowedSlots"):
    """Which slots may be claimed."""

    PrimarySlots = 0
    PrimaryAndSecondaryPlainSlots = 1
    PrimaryAndSecondaryVRFSlots = 2


class BabeConfiguration(Struct, path=_BABE + "BabeConfiguration"):
    """What BABE would run with."""

    slot_duration: u64
    epoch_length: u64
    c: tuple[u64, u64]
    authorities: Vec[tuple[BabeId, u64]]
    randomness: Randomness
    allowed_slots: AllowedSlots


class BabeEpochConfiguration(Struct, path=_BABE + "BabeEpochConfiguration"):
    """How often a slot has a primary block, and which slots may be claimed."""

    c: tuple[u64, u64]
    allowed_slots: AllowedSlots


class Epoch(Struct, path=_BABE + "Epoch"):
    """An epoch of BABE."""

    epoch_index: u64
    start_slot: Slot
    duration: u64
    authorities: Vec[tuple[BabeId, u64]]
    randomness: Randomness
    config: BabeEpochConfiguration


class BabeEquivocationProof(
    Struct,
    path="sp_consensus_slots::EquivocationProof",
    params={"Header": HeaderType, "Id": BabeId},
):
    """Two headers of one author for one slot."""

    offender: BabeId
    slot: Slot
    first_header: HeaderType
    second_header: HeaderType


_CONFIG = BabeEpochConfiguration((1, 4), AllowedSlots.PrimaryAndSecondaryVRFSlots)
_EPOCH = Epoch(0, 0, 0, [], bytes(32), _CONFIG)


class BabeApis(RuntimeBase):
    """BABE's API, for nodes that are built for both."""

    @runtime_api("BabeApi", "configuration", version=VERSION)
    def babe_configuration(self) -> BabeConfiguration:
        """No authorities, and upstream's default configuration of an epoch."""
        return BabeConfiguration(0, 0, _CONFIG.c, [], bytes(32), _CONFIG.allowed_slots)

    @runtime_api("BabeApi", "current_epoch_start", version=VERSION)
    def babe_current_epoch_start(self) -> Slot:
        """Slot 0."""
        return 0

    @runtime_api("BabeApi", "current_epoch", version=VERSION)
    def babe_current_epoch(self) -> Epoch:
        """The empty epoch."""
        return _EPOCH

    @runtime_api("BabeApi", "next_epoch", version=VERSION)
    def babe_next_epoch(self) -> Epoch:
        """The empty epoch."""
        return _EPOCH

    @runtime_api("BabeApi", "generate_key_ownership_proof", version=VERSION)
    def babe_key_ownership_proof(self, slot: Slot, authority_id: BabeId) -> Option[OpaqueProof]:
        """None."""
        return None

    @runtime_api("BabeApi", "submit_report_equivocation_unsigned_extrinsic", version=VERSION)
    def babe_report_equivocation(
        self, equivocation_proof: BabeEquivocationProof, key_owner_proof: OpaqueProof
    ) -> Option[Unit]:
        """None."""
        return None
