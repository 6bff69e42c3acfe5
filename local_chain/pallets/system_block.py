"""The life of a block as System sees it: header data, events and phases, weight and length.

Follows `frame_system` and its `CheckWeight`: an extrinsic takes up its declared weight, the base
weight of every extrinsic, and its length as proof; what it did not use is given back after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taokit.chain_client.scale import codec
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import Invalid
from taokit.local_chain.frame.extension import Outcome
from taokit.local_chain.frame.types import (
    Digest,
    DigestItem,
    DispatchClassName,
    DispatchEventInfo,
    EventRecord,
    LastRuntimeUpgradeInfo,
    Pays,
    PerDispatchClassWeight,
    Phase,
    WeightType,
)
from taokit.local_chain.frame.weight import DispatchClass, Weight
from taokit.local_chain.pallets.system_base import SystemBase
from taokit.local_chain.pallets.system_limits import (
    BASE_BLOCK,
    BASE_EXTRINSIC,
    MAX_BLOCK,
    MAX_EXTRINSIC,
    MAX_LENGTH,
    MAX_TOTAL,
    RESERVED,
)
from taokit.local_chain.version import SPEC_NAME, SPEC_VERSION

CLASS_NAMES = {
    DispatchClass.Normal: DispatchClassName.Normal,
    DispatchClass.Operational: DispatchClassName.Operational,
    DispatchClass.Mandatory: DispatchClassName.Mandatory,
}
_FIELDS = {
    DispatchClass.Normal: "normal",
    DispatchClass.Operational: "operational",
    DispatchClass.Mandatory: "mandatory",
}
GENESIS_PARENT = bytes([69]) * 32
"""What stands for the parent of block 0 until block 1 begins."""
EXTRINSIC_INDEX = b":extrinsic_index"
U64_MAX = 2**64 - 1
_NO_TOPICS: list[bytes] = []


def _over(used: Weight, limit: Weight) -> bool:
    return used.ref_time > limit.ref_time or used.proof_size > limit.proof_size


class SystemBlock(SystemBase):
    """Blocks: how one begins and ends, and what fits into it."""

    def build_genesis(self) -> None:
        """Account reference counting as it is today, and the runtime that wrote genesis."""
        self.block_hash.insert(0, GENESIS_PARENT)
        self.parent_hash.put(GENESIS_PARENT)
        self.last_runtime_upgrade.put(
            LastRuntimeUpgradeInfo(spec_version=SPEC_VERSION, spec_name=SPEC_NAME)
        )
        self.upgraded_to_u32_ref_count.put(True)
        self.upgraded_to_triple_ref_count.put(True)
        self.runtime.overlay.raw_put(EXTRINSIC_INDEX, bytes(4))

    def initialize(self, number: int, parent_hash: bytes, logs: Sequence[bytes]) -> None:
        """Begin block `number`; the logs are SCALE digest items."""
        self.runtime.events = []
        self._phase: Any = Phase.Initialization()
        self._phases: list[tuple[int, Any]] = []
        self._index = 0
        self.number.put(number)
        self.digest.put(Digest(logs=[codec(DigestItem).decode(log) for log in logs]))
        self.parent_hash.put(parent_hash)
        self.block_hash.insert(number - 1, parent_hash)
        self.block_weight.kill()

    def forget_hashes(self, numbers: range) -> None:
        """Forget what the ends of these blocks would have: they are passed over."""
        last = numbers[-1] - self.block_hash_count - 1
        for number in self.block_hash.keys():
            if 0 < number <= last:
                self.block_hash.remove(number)

    def resume(self) -> None:
        """Go on with a block that was begun over this state: none of its events are known."""
        self._phase, self._phases, self._index = Phase.Finalization(), [], 0

    def finalize(self) -> None:
        """End the block: what happened in it becomes storage."""
        number = self.number.get()
        self.events.put(self._records())
        self.event_count.put(len(self.runtime.events))
        self.all_extrinsics_len.kill()
        self.runtime.overlay.raw_put(EXTRINSIC_INDEX, None)
        old = number - self.block_hash_count - 1
        if old > 0:
            self.block_hash.remove(old)

    # -- phases and events ---------------------------------------------------------------

    def enter(self, phase: Any) -> None:
        """Events from now on are of this phase."""
        self._phases.append((len(self.runtime.events), self._phase))
        self._phase = phase

    def _records(self) -> list[EventRecord]:
        records: list[EventRecord] = []
        start = 0
        for end, phase in [*self._phases, (len(self.runtime.events), self._phase)]:
            happened = self.runtime.events[start:end]
            records += [EventRecord(phase, value, _NO_TOPICS) for value in happened]
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
        """Record success or failure, with the weight that was used and the base weight."""
        used = outcome.weight.plus(BASE_EXTRINSIC)
        info = DispatchEventInfo(
            WeightType(used.ref_time, used.proof_size),
            CLASS_NAMES[outcome.dispatch_class],
            Pays.Yes if outcome.pays else Pays.No,
        )
        if outcome.error is None:
            self.deposit(self.Event.ExtrinsicSuccess(info))
        else:
            self.deposit(self.Event.ExtrinsicFailed(outcome.error, info))
        self._index += 1
        self.enter(Phase.Finalization())

    def deposit_log(self, item: Any) -> None:
        """Put an item into the digest of this block's header."""
        self.digest.update(lambda digest: digest.replace(logs=[*digest.logs, item]))

    def logs(self) -> list[bytes]:
        """The digest of this block's header, each item as SCALE bytes."""
        return [codec(DigestItem).encode(item) for item in self.digest.get().logs]

    # -- weight and length ---------------------------------------------------------------

    def used(self, klass: DispatchClass) -> Weight:
        """The weight of a class that the block has used so far."""
        found: WeightType = getattr(self.block_weight.get(), _FIELDS[klass])
        return Weight(found.ref_time, found.proof_size)

    def _set_used(self, klass: DispatchClass, used: Weight) -> None:
        weights: PerDispatchClassWeight = self.block_weight.get()
        value = WeightType(used.ref_time, min(used.proof_size, U64_MAX))
        self.block_weight.put(weights.replace(**{_FIELDS[klass]: value}))

    def note_begun(self, hooks: Weight) -> None:
        """Count what the block's beginning used: its hooks, and the base weight of a block."""
        self.note_mandatory(hooks.plus(BASE_BLOCK))

    def note_mandatory(self, used: Weight) -> None:
        """Count weight that no extrinsic used."""
        klass = DispatchClass.Mandatory
        self._set_used(klass, self.used(klass).plus(used))

    def give_back(self, unused: Weight, klass: DispatchClass) -> None:
        """Take weight that an extrinsic did not use out of the block's again."""
        used = self.used(klass)
        left = max(used.ref_time - unused.ref_time, 0), max(used.proof_size - unused.proof_size, 0)
        self._set_used(klass, Weight(*left))

    def check_fits(self, call: Call, length: int) -> None:
        """Raise `Invalid` if no block could take an extrinsic this heavy, or this one so long."""
        klass = call.dispatch_class
        if (self.all_extrinsics_len.get() or 0) + length > MAX_LENGTH[klass]:
            raise Invalid("ExhaustsResources")
        limit = MAX_EXTRINSIC.get(klass)
        if limit is not None and _over(call.weight, limit):
            raise Invalid("ExhaustsResources")

    def check_room(self, call: Call, length: int) -> None:
        """Raise `Invalid` if this block has no room left; else take up weight and length."""
        klass = call.dispatch_class
        own = call.weight.plus(BASE_EXTRINSIC).plus(Weight(0, length))
        used = self.used(klass).plus(own)
        limit = MAX_TOTAL.get(klass)
        if limit is not None and _over(used, limit):
            raise Invalid("ExhaustsResources")
        total = own
        for each in DispatchClass:
            total = total.plus(self.used(each))
        reserved = RESERVED.get(klass)
        if reserved is not None and _over(total, MAX_BLOCK) and _over(used, reserved):
            raise Invalid("ExhaustsResources")
        self.all_extrinsics_len.put((self.all_extrinsics_len.get() or 0) + length)
        self._set_used(klass, used)

    # -- where the block is --------------------------------------------------------------

    def block_number(self) -> int:
        """The block being built, or the head."""
        return self.number.get()

    def extrinsic_index(self) -> int:
        """Position of the extrinsic being applied."""
        return self._index
