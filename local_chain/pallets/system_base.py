"""What System declares: its constants, storage, events and errors."""

from __future__ import annotations

from taokit.chain_client.scale import H256, AccountId, Bool, Bytes, Vec, u16, u32
from taokit.chain_client.storage_keys import Blake2_128Concat, Twox64Concat
from taokit.local_chain.frame.dispatch_error import DispatchErrorType
from taokit.local_chain.frame.errors import Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.types import (
    AccountData,
    AccountInfo,
    BlockLength,
    BlockWeights,
    CodeUpgradeAuthorization,
    Digest,
    DispatchEventInfo,
    EventRecord,
    LastRuntimeUpgradeInfo,
    PerDispatchClassWeight,
    Phase,
    RuntimeDbWeight,
    RuntimeVersion,
    WeightType,
)
from taokit.local_chain.frame.weight import READ, WRITE
from taokit.local_chain.pallets.system_limits import BLOCK_LENGTH, BLOCK_WEIGHTS
from taokit.local_chain.version import RUNTIME_VERSION

NEW_LOGIC = 1 << 127


class SystemBase(Pallet):
    """Declarations that every part of System shares."""

    block_weights = Constant[BlockWeights]("BlockWeights", BLOCK_WEIGHTS)
    block_length = Constant[BlockLength]("BlockLength", BLOCK_LENGTH)
    block_hash_count = Constant[u32]("BlockHashCount", 2_400)
    db_weight = Constant[RuntimeDbWeight]("DbWeight", RuntimeDbWeight(read=READ, write=WRITE))
    version = Constant[RuntimeVersion]("Version", RUNTIME_VERSION)
    ss58_prefix = Constant[u16]("SS58Prefix", 42)

    account = StorageMap[AccountId, AccountInfo](
        "Account",
        Blake2_128Concat,
        default=AccountInfo(
            nonce=0,
            consumers=0,
            providers=0,
            sufficients=0,
            data=AccountData(free=0, reserved=0, frozen=0, flags=NEW_LOGIC),
        ),
    )
    extrinsic_count = StorageValue[u32]("ExtrinsicCount", optional=True)
    inherents_applied = StorageValue[Bool]("InherentsApplied")
    block_weight = StorageValue[PerDispatchClassWeight]("BlockWeight")
    all_extrinsics_len = StorageValue[u32]("AllExtrinsicsLen", optional=True)
    block_hash = StorageMap[u32, H256]("BlockHash", Twox64Concat)
    extrinsic_data = StorageMap[u32, Bytes]("ExtrinsicData", Twox64Concat)
    number = StorageValue[u32]("Number")
    parent_hash = StorageValue[H256]("ParentHash")
    digest = StorageValue[Digest]("Digest")
    events = StorageValue[Vec[EventRecord]]("Events")
    event_count = StorageValue[u32]("EventCount")
    event_topics = StorageMap[H256, Vec[tuple[u32, u32]]]("EventTopics", Blake2_128Concat)
    last_runtime_upgrade = StorageValue[LastRuntimeUpgradeInfo]("LastRuntimeUpgrade", optional=True)
    upgraded_to_u32_ref_count = StorageValue[Bool]("UpgradedToU32RefCount")
    upgraded_to_triple_ref_count = StorageValue[Bool]("UpgradedToTripleRefCount")
    execution_phase = StorageValue[Phase]("ExecutionPhase", optional=True)
    authorized_upgrade = StorageValue[CodeUpgradeAuthorization]("AuthorizedUpgrade", optional=True)
    extrinsic_weight_reclaimed = StorageValue[WeightType]("ExtrinsicWeightReclaimed")

    class Event(Events):
        """What System reports."""

        ExtrinsicSuccess = event(0, dispatch_info=DispatchEventInfo)
        ExtrinsicFailed = event(
            1, dispatch_error=DispatchErrorType, dispatch_info=DispatchEventInfo
        )
        CodeUpdated = event(2)
        NewAccount = event(3, account=AccountId)
        KilledAccount = event(4, account=AccountId)
        Remarked = event(5, sender=AccountId, hash=H256)
        UpgradeAuthorized = event(6, code_hash=H256, check_version=Bool)
        RejectedInvalidAuthorizedUpgrade = event(7, code_hash=H256, error=DispatchErrorType)

    class Error(Errors):
        """Why System refuses."""

        InvalidSpecName = error(0, "The new code is of another chain.")
        SpecVersionNeedsToIncrease = error(1, "The new code's spec version is not higher.")
        FailedToExtractRuntimeVersion = error(2, "The new code does not tell its version.")
        NonDefaultComposite = error(3, "The account still holds something.")
        NonZeroRefCount = error(4, "The account is still referred to.")
        CallFiltered = error(5, "Calls of this kind are not accepted now.")
        MultiBlockMigrationsOngoing = error(6, "A migration must end first.")
        NothingAuthorized = error(7, "No upgrade was authorized.")
        Unauthorized = error(8, "The code is not the one that was authorized.")
