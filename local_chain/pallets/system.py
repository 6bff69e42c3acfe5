"""System: accounts and nonces, block data, events, and root's raw access to storage."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from taokit.chain_client.scale import H256, AccountId, Bool, Bytes, Vec, codec, u16, u32
from taokit.chain_client.storage_keys import Blake2_128Concat, Twox64Concat
from taokit.local_chain.frame.call import Call, call
from taokit.local_chain.frame.dispatch_error import DispatchErrorType
from taokit.local_chain.frame.errors import ConsumerRemaining, Errors, Invalid, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extension import Outcome
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.types import (
    AccountData,
    AccountInfo,
    BlockLength,
    BlockWeights,
    CodeUpgradeAuthorization,
    Digest,
    DigestItem,
    DispatchClassName,
    DispatchEventInfo,
    EventRecord,
    LastRuntimeUpgradeInfo,
    Pays,
    PerDispatchClassWeight,
    Phase,
    RuntimeDbWeight,
    RuntimeVersion,
    WeightType,
)
from taokit.local_chain.frame.weight import READ, WRITE, DispatchClass, Weight, weight
from taokit.local_chain.pallets.system_limits import (
    BASE_EXTRINSIC,
    BLOCK_LENGTH,
    BLOCK_WEIGHTS,
    MAX_EXTRINSIC,
    MAX_LENGTH,
    MAX_TOTAL,
)
from taokit.local_chain.version import RUNTIME_VERSION, SPEC_NAME, SPEC_VERSION

NEW_LOGIC = 1 << 127
CLASS_NAMES = {
    DispatchClass.Normal: DispatchClassName.Normal,
    DispatchClass.Operational: DispatchClassName.Operational,
    DispatchClass.Mandatory: DispatchClassName.Mandatory,
}


def _kill_prefix_weight(keys: int) -> Weight:
    return weight(4_270_000 + 1_389_650 * keys, 128 + 70 * keys, reads=keys, writes=keys)


class System(Pallet, index=0, crate="frame_system"):
    """The frame system pallet (`frame_system`)."""

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

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=lambda remark: weight(2_119_000 + 390 * len(remark)))
    def remark(self, origin: Origin, remark: Bytes) -> None:
        """Say something on chain; changes nothing."""

    @call(
        4,
        weight=lambda items: weight(2_175_000 + 841_511 * len(items), writes=len(items)),
        dispatch_class=DispatchClass.Operational,
    )
    def set_storage(self, origin: Origin, items: Vec[tuple[Bytes, Bytes]]) -> None:
        """Write raw keys. Root only."""
        ensure_root(origin)
        for key, value in items:
            self.runtime.overlay.raw_put(key, value)

    @call(
        5,
        weight=lambda keys: weight(2_255_000 + 662_473 * len(keys), writes=len(keys)),
        dispatch_class=DispatchClass.Operational,
    )
    def kill_storage(self, origin: Origin, keys: Vec[Bytes]) -> None:
        """Delete raw keys. Root only."""
        ensure_root(origin)
        for key in keys:
            self.runtime.overlay.raw_put(key, None)

    @call(
        6,
        weight=lambda prefix, subkeys: _kill_prefix_weight(subkeys + 1),
        dispatch_class=DispatchClass.Operational,
    )
    def kill_prefix(self, origin: Origin, prefix: Bytes, subkeys: u32) -> None:
        """Delete every raw key under a prefix. Root only."""
        ensure_root(origin)
        for key in list(self.runtime.overlay.keys(prefix)):
            self.runtime.overlay.raw_put(key, None)

    @call(7, weight=lambda remark: weight(8_097_000 + 1_455 * len(remark)))
    def remark_with_event(self, origin: Origin, remark: Bytes) -> None:
        """Say something on chain, and record its hash as an event."""
        who = ensure_signed(origin)
        digest = hashlib.blake2b(remark, digest_size=32).digest()
        self.deposit(self.Event.Remarked(who, digest))

    # -- runtime APIs --------------------------------------------------------------------

    @runtime_api("AccountNonceApi")
    def account_nonce(self, account: AccountId) -> u32:
        """The next nonce of an account, by sealed state."""
        return self.account.get(account).nonce

    # -- the life of a block -------------------------------------------------------------

    def build_genesis(self) -> None:
        """Account reference counting as it is today, and the runtime that wrote genesis."""
        self.block_hash.insert(0, bytes(32))
        self.parent_hash.put(bytes(32))
        self.upgraded_to_u32_ref_count.put(True)
        self.upgraded_to_triple_ref_count.put(True)
        self.last_runtime_upgrade.put(
            LastRuntimeUpgradeInfo(spec_version=SPEC_VERSION, spec_name=SPEC_NAME)
        )
        self.extrinsic_count.put(0)
        self.runtime.overlay.raw_put(b":extrinsic_index", None)

    def initialize(self, number: int, parent_hash: bytes, logs: Sequence[bytes]) -> None:
        """Begin block `number`."""
        self.runtime.events = []
        self._phase: Any = Phase.Initialization()
        self._phases: list[tuple[int, Any]] = []
        self.number.put(number)
        self.digest.put(Digest(logs=[codec(DigestItem).decode(log) for log in logs]))
        self.parent_hash.put(parent_hash)
        self.block_hash.insert(number - 1, parent_hash)
        self._index = 0
        self._length = 0
        self._ref_time = dict.fromkeys(DispatchClass, 0)
        self._proof_size = dict.fromkeys(DispatchClass, 0)

    def finalize(self) -> None:
        """End the block: what happened in it becomes storage."""
        number = self.number.get()
        self.events.put(self._records())
        self.event_count.put(len(self.runtime.events))
        self.extrinsic_count.kill()
        self.block_weight.put(
            PerDispatchClassWeight(
                *(
                    WeightType(ref_time=self._ref_time[klass], proof_size=self._proof_size[klass])
                    for klass in DispatchClass
                )
            )
        )
        old = number - self.block_hash_count - 1
        if old > 0:
            self.block_hash.remove(old)

    def enter(self, phase: Any) -> None:
        """Events from now on are of this phase."""
        self._phases.append((len(self.runtime.events), self._phase))
        self._phase = phase

    def _records(self) -> list[EventRecord]:
        records: list[EventRecord] = []
        start = 0
        for end, phase in [*self._phases, (len(self.runtime.events), self._phase)]:
            happened = self.runtime.events[start:end]
            records += [EventRecord(phase, value, []) for value in happened]
            start = end
        return records

    def begin_extrinsic(self) -> None:
        """The next extrinsic is being applied."""
        self.enter(Phase.ApplyExtrinsic(self._index))

    def abandon_extrinsic(self, events: int) -> None:
        """The extrinsic is not included after all; `events` were recorded before it."""
        del self.runtime.events[events:]
        self._phase = self._phases.pop()[1]

    def note_applied(self, outcome: Outcome) -> None:
        """Record success or failure, and count its weight."""
        info = DispatchEventInfo(
            WeightType(outcome.weight.ref_time, outcome.weight.proof_size),
            CLASS_NAMES[outcome.dispatch_class],
            Pays.Yes if outcome.pays else Pays.No,
        )
        self._ref_time[outcome.dispatch_class] += outcome.weight.ref_time + BASE_EXTRINSIC.ref_time
        self._proof_size[outcome.dispatch_class] += outcome.weight.proof_size
        if outcome.error is None:
            self.deposit(self.Event.ExtrinsicSuccess(info))
        else:
            self.deposit(self.Event.ExtrinsicFailed(outcome.error, info))
        self._index += 1
        self.enter(Phase.Finalization())

    def check_fits(self, call: Call, length: int) -> None:
        """Raise `Invalid` if no block could take an extrinsic this heavy or long."""
        klass = call.dispatch_class
        limit = MAX_EXTRINSIC.get(klass)
        if limit is not None and call.weight.ref_time > limit:
            raise Invalid("ExhaustsResources")
        if length > MAX_LENGTH[klass]:
            raise Invalid("ExhaustsResources")

    def check_room(self, call: Call, length: int) -> None:
        """Raise `Invalid` if this block has no room left; else take up the length."""
        klass = call.dispatch_class
        limit = MAX_TOTAL.get(klass)
        used = self._ref_time[klass] + call.weight.ref_time + BASE_EXTRINSIC.ref_time
        if limit is not None and used > limit:
            raise Invalid("ExhaustsResources")
        if self._length + length > MAX_LENGTH[klass]:
            raise Invalid("ExhaustsResources")
        self._length += length

    # -- accounts ------------------------------------------------------------------------

    def block_number(self) -> int:
        """The block being built, or the head."""
        return self.number.get()

    def extrinsic_index(self) -> int:
        """Position of the extrinsic being applied."""
        return self._index

    def exists(self, who: bytes) -> bool:
        """True if something keeps the account alive."""
        info = self.account.get(who)
        return bool(info.providers or info.sufficients)

    def inc_nonce(self, who: bytes) -> None:
        """Use up the account's nonce."""
        info = self.account.get(who)
        self.account.insert(who, info.replace(nonce=info.nonce + 1))

    def inc_providers(self, who: bytes) -> None:
        """Let one thing more keep the account alive."""
        info = self.account.get(who)
        self.account.insert(who, info.replace(providers=info.providers + 1))
        if not info.providers and not info.sufficients:
            self.deposit(self.Event.NewAccount(who))

    def dec_providers(self, who: bytes) -> None:
        """Let one thing less keep the account alive; without any it ends.

        ConsumerRemaining if something still uses an account that only this one kept.
        """
        info = self.account.get(who)
        if info.providers > 1 or (info.sufficients and not info.consumers):
            self.account.insert(who, info.replace(providers=max(info.providers - 1, 0)))
        elif info.consumers:
            raise ConsumerRemaining
        elif self.account.contains(who):
            self.account.remove(who)
            self.deposit(self.Event.KilledAccount(who))
