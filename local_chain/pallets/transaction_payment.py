"""TransactionPayment: what an extrinsic costs, and who gets it.

A fee is the length in bytes (1 rao each), the weight of the base extrinsic and of the dispatch
(0.0005 rao per picosecond of reference time), and the tip. The weight of a dispatch holds that of
Subtensor's guards, but none of the transaction extensions: Frontier's extrinsic, which the runtime
uses, tells the dispatch info of its call alone. The multiplier is one, and is set to one again at
the end of every block. Every fee goes to the block's author (Subtensor `pallets/transaction-fee`).
"""

from __future__ import annotations

from typing import Annotated

from taokit.chain_client.scale import (
    AccountId,
    NewType,
    Option,
    Struct,
    UnitEnum,
    u8,
    u32,
    u64,
    u128,
)
from taokit.local_chain.extensions import OpaqueExtrinsic
from taokit.local_chain.frame.call import Call, RuntimeCall
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extrinsic import with_length
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.frame.types import DispatchClassName, WeightType
from taokit.local_chain.frame.weight import Weight
from taokit.local_chain.pallets.system_block import CLASS_NAMES
from taokit.local_chain.pallets.system_limits import BASE_EXTRINSIC, MAX_BLOCK

FixedU128 = Annotated[int, NewType("FixedU128", u128, path="sp_arithmetic::fixed_point::FixedU128")]
ONE = 10**18
U64_MAX = 2**64 - 1


class Releases(UnitEnum, path="pallet_transaction_payment::Releases"):
    """Layout of this pallet's storage."""

    V1Ancient = 0
    V2 = 1


class RuntimeDispatchInfo(
    Struct,
    path="pallet_transaction_payment::types::RuntimeDispatchInfo",
    params={"Balance": u64, "Weight": WeightType},
):
    """What an extrinsic will cost at most."""

    weight: WeightType
    class_: DispatchClassName
    partial_fee: u64


class InclusionFee(
    Struct, path="pallet_transaction_payment::types::InclusionFee", params={"Balance": u64}
):
    """The parts of a fee (rao)."""

    base_fee: u64
    len_fee: u64
    adjusted_weight_fee: u64


class FeeDetails(
    Struct, path="pallet_transaction_payment::types::FeeDetails", params={"Balance": u64}
):
    """The fee in parts; none for a free call."""

    inclusion_fee: Option[InclusionFee]
    tip: u64


def weight_to_fee(weight: Weight) -> int:
    """Rao for a weight: `Perbill(500_000)` of the reference time, ties rounded down.

    No weight costs more than a whole block's.
    """
    ref_time = min(weight.ref_time, MAX_BLOCK.ref_time)
    return (ref_time * 500_000 + 499_999_999) // 1_000_000_000


class TransactionPayment(Pallet, index=6):
    """Fees."""

    operational_fee_multiplier = Constant[u8]("OperationalFeeMultiplier", 5)

    next_fee_multiplier = StorageValue[FixedU128]("NextFeeMultiplier", default=ONE)
    storage_version = StorageValue[Releases]("StorageVersion")

    class Event(Events):
        """What TransactionPayment reports."""

        TransactionFeePaid = event(0, who=AccountId, actual_fee=u64, tip=u64)

    def build_genesis(self) -> None:
        """No multiplier, today's layout."""
        self.next_fee_multiplier.put(ONE)
        self.storage_version.put(Releases.V2)

    def on_finalize(self, block: int) -> None:
        """The multiplier is a constant: one."""
        self.next_fee_multiplier.put(ONE)

    def next_due(self, block: int) -> int | None:
        """Once set it stays."""
        return None

    def details(self, length: int, weight: Weight) -> InclusionFee:
        """The parts of the fee of a paying extrinsic of `length` bytes."""
        adjusted = weight_to_fee(weight) * self.next_fee_multiplier.get() // ONE
        return InclusionFee(weight_to_fee(BASE_EXTRINSIC), length, min(adjusted, U64_MAX))

    def fee(self, length: int, weight: Weight, tip: int, *, pays: bool) -> int:
        """What an extrinsic of `length` bytes and `weight` costs, tip included (rao)."""
        if not pays:
            return tip
        parts = self.details(length, weight)
        return parts.base_fee + parts.len_fee + parts.adjusted_weight_fee + tip

    def _info(self, call: Call, length: int, *, pays: bool) -> RuntimeDispatchInfo:
        weight = call.weight
        return RuntimeDispatchInfo(
            WeightType(weight.ref_time, weight.proof_size),
            CLASS_NAMES[call.dispatch_class],
            self.fee(length, weight, 0, pays=pays),
        )

    def _parts(self, call: Call, length: int, *, pays: bool) -> FeeDetails:
        return FeeDetails(self.details(length, call.weight) if pays else None, 0)

    def _paying(self, uxt: bytes) -> tuple[Call, bool]:
        extrinsic = self.runtime.decode(with_length(uxt))
        return extrinsic.call, extrinsic.call.pays and extrinsic.signer is not None

    @runtime_api("TransactionPaymentApi", version=4)
    def query_info(self, uxt: OpaqueExtrinsic, len: u32) -> RuntimeDispatchInfo:
        """Weight, class and fee without tip of an extrinsic of `len` bytes."""
        call, pays = self._paying(uxt)
        return self._info(call, len, pays=pays)

    @runtime_api("TransactionPaymentApi", version=4)
    def query_fee_details(self, uxt: OpaqueExtrinsic, len: u32) -> FeeDetails:
        """The parts of the fee of an extrinsic of `len` bytes."""
        call, pays = self._paying(uxt)
        return self._parts(call, len, pays=pays)

    @runtime_api("TransactionPaymentApi", version=4)
    def query_weight_to_fee(self, weight: WeightType) -> u64:
        """Rao for a weight."""
        return weight_to_fee(Weight(weight.ref_time, weight.proof_size))

    @runtime_api("TransactionPaymentApi", version=4)
    def query_length_to_fee(self, length: u32) -> u64:
        """Rao for a length in bytes."""
        return length

    @runtime_api("TransactionPaymentCallApi", version=3)
    def query_call_info(self, call: RuntimeCall, len: u32) -> RuntimeDispatchInfo:
        """Weight, class and fee without tip of a call sent in an extrinsic of `len` bytes."""
        return self._info(call, len, pays=call.pays)

    @runtime_api("TransactionPaymentCallApi", version=3)
    def query_call_fee_details(self, call: RuntimeCall, len: u32) -> FeeDetails:
        """The parts of the fee of a call sent in an extrinsic of `len` bytes."""
        return self._parts(call, len, pays=call.pays)

    @runtime_api("TransactionPaymentCallApi", "query_weight_to_fee", version=3)
    def call_weight_to_fee(self, weight: WeightType) -> u64:
        """Rao for a weight."""
        return self.query_weight_to_fee(weight)

    @runtime_api("TransactionPaymentCallApi", "query_length_to_fee", version=3)
    def call_length_to_fee(self, length: u32) -> u64:
        """Rao for a length in bytes."""
        return self.query_length_to_fee(length)
