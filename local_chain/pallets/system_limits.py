"""Limits of a block: how heavy and how long it may be (`frame_system::limits`).

Weights are picoseconds of reference time and bytes of proof. A block may use
four seconds, three of them for normal extrinsics; half of twelve seconds less
what finalizing takes is left to the author.
"""

from __future__ import annotations

from taokit.local_chain.frame.types import (
    BlockLength,
    BlockWeights,
    PerDispatchClassLength,
    PerDispatchClassLimits,
    WeightsPerClass,
    WeightType,
)
from taokit.local_chain.frame.weight import DispatchClass, Weight

BASE_BLOCK = Weight(431_614_000, 0)
BASE_EXTRINSIC = Weight(108_157_000, 0)
MAX_BLOCK = Weight(4_000_000_000_000, 2**64 - 1)
MAX_LENGTH = {
    DispatchClass.Normal: 7_864_320,
    DispatchClass.Operational: 10_485_760,
    DispatchClass.Mandatory: 10_485_760,
}
MAX_TOTAL = {
    DispatchClass.Normal: Weight(3_000_000_000_000, 13_835_058_055_282_163_711),
    DispatchClass.Operational: MAX_BLOCK,
}
MAX_EXTRINSIC = {
    DispatchClass.Normal: Weight(2_599_891_843_000, 11_990_383_647_911_208_550),
    DispatchClass.Operational: Weight(3_599_891_843_000, 16_602_069_666_338_596_454),
}
RESERVED = {
    DispatchClass.Normal: Weight(0, 0),
    DispatchClass.Operational: Weight(1_000_000_000_000, 4_611_686_018_427_387_904),
}


def _weight(weight: Weight) -> WeightType:
    return WeightType(*weight)


def _limits(klass: DispatchClass) -> WeightsPerClass:
    return WeightsPerClass(
        base_extrinsic=_weight(BASE_EXTRINSIC),
        max_extrinsic=_weight(MAX_EXTRINSIC[klass]),
        max_total=_weight(MAX_TOTAL[klass]),
        reserved=_weight(RESERVED[klass]),
    )


BLOCK_WEIGHTS = BlockWeights(
    base_block=_weight(BASE_BLOCK),
    max_block=_weight(MAX_BLOCK),
    per_class=PerDispatchClassLimits(
        normal=_limits(DispatchClass.Normal),
        operational=_limits(DispatchClass.Operational),
        mandatory=WeightsPerClass(_weight(BASE_EXTRINSIC), None, None, None),
    ),
)

BLOCK_LENGTH = BlockLength(
    PerDispatchClassLength(
        normal=MAX_LENGTH[DispatchClass.Normal],
        operational=MAX_LENGTH[DispatchClass.Operational],
        mandatory=MAX_LENGTH[DispatchClass.Mandatory],
    )
)
