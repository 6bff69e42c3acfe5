"""Types of frame_system and frame_support that pallets share."""

from __future__ import annotations

from typing import Annotated, Literal

from taokit.chain_client.scale import (
    H256,
    Bool,
    Bytes,
    Compact,
    Enum,
    FixedBytes,
    NewType,
    Option,
    Struct,
    Text,
    UnitEnum,
    Variant,
    Vec,
    u8,
    u32,
    u64,
    u128,
)
from taokit.local_chain.frame.event import RuntimeEvent


class WeightType(Struct, path="sp_weights::weight_v2::Weight"):
    """Reference time (ps) and proof size (bytes)."""

    ref_time: Compact[u64]
    proof_size: Compact[u64]


class DispatchClassName(UnitEnum, path="frame_support::dispatch::DispatchClass"):
    """The budget that an extrinsic draws on."""

    Normal = 0
    Operational = 1
    Mandatory = 2


class Pays(UnitEnum, path="frame_support::dispatch::Pays"):
    """Whether the sender pays."""

    Yes = 0
    No = 1


class DispatchEventInfo(Struct, path="frame_system::DispatchEventInfo"):
    """What an extrinsic cost."""

    weight: WeightType
    class_: DispatchClassName
    pays_fee: Pays


class PerDispatchClassWeight(
    Struct, path="frame_support::dispatch::PerDispatchClass", params={"T": WeightType}
):
    """A weight for each class."""

    normal: WeightType
    operational: WeightType
    mandatory: WeightType


class WeightsPerClass(Struct, path="frame_system::limits::WeightsPerClass"):
    """Limits of one class."""

    base_extrinsic: WeightType
    max_extrinsic: Option[WeightType]
    max_total: Option[WeightType]
    reserved: Option[WeightType]


class PerDispatchClassLimits(
    Struct, path="frame_support::dispatch::PerDispatchClass", params={"T": WeightsPerClass}
):
    """Limits for each class."""

    normal: WeightsPerClass
    operational: WeightsPerClass
    mandatory: WeightsPerClass


class BlockWeights(Struct, path="frame_system::limits::BlockWeights"):
    """Limits of a block's weight."""

    base_block: WeightType
    max_block: WeightType
    per_class: PerDispatchClassLimits


class PerDispatchClassLength(
    Struct, path="frame_support::dispatch::PerDispatchClass", params={"T": u32}
):
    """A length for each class."""

    normal: u32
    operational: u32
    mandatory: u32


class BlockLength(Struct, path="frame_system::limits::BlockLength"):
    """Limits of a block's length in bytes."""

    max: PerDispatchClassLength


class RuntimeDbWeight(Struct, path="sp_weights::RuntimeDbWeight"):
    """What one database access costs (ps)."""

    read: u64
    write: u64


CowStr = Annotated[str, NewType("Cow", Text, path="Cow")]
ApiVersion = tuple[FixedBytes[Literal[8]], u32]
CowApis = Annotated[list[tuple[bytes, int]], NewType("Cow", Vec[ApiVersion], path="Cow")]
ExtraFlags = Annotated[int, NewType("ExtraFlags", u128, path="pallet_balances::types::ExtraFlags")]


class RuntimeVersion(Struct, path="sp_version::RuntimeVersion"):
    """Which runtime this is, and which of its APIs at what version."""

    spec_name: CowStr
    impl_name: CowStr
    authoring_version: u32
    spec_version: u32
    impl_version: u32
    apis: CowApis
    transaction_version: u32
    system_version: u8


class LastRuntimeUpgradeInfo(Struct, path="frame_system::LastRuntimeUpgradeInfo"):
    """The runtime that last wrote this state."""

    spec_version: Compact[u32]
    spec_name: CowStr


class CodeUpgradeAuthorization(Struct, path="frame_system::CodeUpgradeAuthorization"):
    """An upgrade that may be applied."""

    code_hash: H256
    check_version: Bool


class Phase(Enum, path="frame_system::Phase"):
    """When in a block something happened."""

    class ApplyExtrinsic(Variant, index=0, unnamed=True):
        value: u32

    class Finalization(Variant, index=1):
        pass

    class Initialization(Variant, index=2):
        pass


class EventRecord(Struct, path="frame_system::EventRecord", params={"E": RuntimeEvent, "T": H256}):
    """An event and its phase."""

    phase: Phase
    event: RuntimeEvent
    topics: Vec[H256]


class DigestItem(Enum, path="sp_runtime::generic::digest::DigestItem"):
    """An item of a header's digest."""

    class Other(Variant, index=0, unnamed=True):
        value: Bytes

    class Consensus(Variant, index=4, unnamed=True):
        engine: FixedBytes[Literal[4]]
        data: Bytes

    class Seal(Variant, index=5, unnamed=True):
        engine: FixedBytes[Literal[4]]
        data: Bytes

    class PreRuntime(Variant, index=6, unnamed=True):
        engine: FixedBytes[Literal[4]]
        data: Bytes

    class RuntimeEnvironmentUpdated(Variant, index=8):
        pass


class Digest(Struct, path="sp_runtime::generic::digest::Digest"):
    """A header's digest."""

    logs: Vec[DigestItem]


class AccountData(Struct, path="pallet_balances::types::AccountData", params={"Balance": u64}):
    """Balances of one account, in rao. The top bit of `flags` marks today's logic."""

    free: u64
    reserved: u64
    frozen: u64
    flags: ExtraFlags


class AccountInfo(
    Struct, path="frame_system::AccountInfo", params={"Nonce": u32, "AccountData": AccountData}
):
    """Nonce, reference counts and balances of one account."""

    nonce: u32
    consumers: u32
    providers: u32
    sufficients: u32
    data: AccountData
