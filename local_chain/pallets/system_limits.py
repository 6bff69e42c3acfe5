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

BASE_EXTRINSIC = Weight(108_157_000, 0)
MAX_BLOCK = Weight(4_000_000_000_000, 2**64 - 1)
MAX_LENGTH = {
    DispatchClass.Normal: 7_864_320,
    DispatchClass.Operational: 10_485_760,
    DispatchClass.Mandatory: 10_485_760,
}
MAX_TOTAL = {
    DispatchClass.Normal: 3_000_000_000_000,
    DispatchClass.Operational: 4_000_000_000_000,
}
MAX_EXTRINSIC = {
    DispatchClass.Normal: 2_599_891_843_000,
    DispatchClass.Operational: 3_599_891_843_000,
}


def _weight(weight: Weight) -> WeightType:
    return WeightType(*weight)


def _limits(klass: DispatchClass, proof: tuple[int, int, int], reserved: int) -> WeightsPerClass:
    return WeightsPerClass(
        base_extrinsic=_weight(BASE_EXTRINSIC),
        max_extrinsic=WeightType(MAX_EXTRINSIC[klass], proof[0]),
        max_total=WeightType(MAX_TOTAL[klass], proof[1]),
        reserved=WeightType(reserved, proof[2]),
    )


BLOCK_WEIGHTS = BlockWeights(
    base_block=WeightType(431_614_000, 0),
    max_block=_weight(MAX_BLOCK),
    per_class=PerDispatchClassLimits(
        normal=_limits(
            DispatchClass.Normal, (11_990_383_647_911_208_550, 13_835_058_055_282_163_711, 0), 0
        ),
        operational=_limits(
            DispatchClass.Operational,
            (16_602_069_666_338_596_454, 2**64 - 1, 4_611_686_018_427_387_904),
            1_000_000_000_000,
        ),
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
