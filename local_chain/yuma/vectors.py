"""Short vectors of raw I32F32 (one item per uid) in plain integers.

Owns: normalisation, the top-k rule, conversion to u16 parts and to rao, and the emission scores of
an epoch (Subtensor epoch/math.rs and the end of run_epoch.rs). Does not own matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from taokit.local_chain.arithmetic.fixed import I32F32, I96F32

__all__ = [
    "EmissionScores",
    "emission_scores",
    "is_topk",
    "is_topk_nonzero",
    "max_upscale_to_u16",
    "normalize",
    "to_rao",
    "to_u16_part",
    "to_u16_parts",
]

_U16_MAX = (1 << 16) - 1
_U16_MAX_RAW = I32F32.from_int(_U16_MAX)
_HALF_RANGE = I32F32.from_int(1 << 15)


def normalize(values: Sequence[int]) -> list[int]:
    """The values divided by their (wrapping) sum, unchanged where that is zero."""
    return normalize_by(values, I32F32.wrap(sum(values)))


def normalize_by(values: Sequence[int], total: int) -> list[int]:
    """The values divided by `total`, unchanged where that is zero."""
    if total == 0:
        return list(values)
    return [I32F32.safe_div(value, total) for value in values]


def is_topk(values: Sequence[int], k: int) -> list[bool]:
    """Which values are among the k largest; among equals a lower uid loses first (`is_topk`)."""
    return _drop_smallest(values, k, [True] * len(values))


def is_topk_nonzero(values: Sequence[int], k: int) -> list[bool]:
    """`is_topk`, and not zero (`is_topk_nonzero`)."""
    return _drop_smallest(values, k, [value != 0 for value in values])


def _drop_smallest(values: Sequence[int], k: int, result: list[bool]) -> list[bool]:
    order = sorted(range(len(values)), key=values.__getitem__)
    for uid in order[: max(len(values) - k, 0)]:
        result[uid] = False
    return result


def to_u16_part(value: int) -> int:
    """floor(value * 65535), clipped to u16 (`fixed_proportion_to_u16`)."""
    return I32F32.to_u16(I32F32.saturating_mul(value, _U16_MAX_RAW))


def to_u16_parts(values: Sequence[int]) -> list[int]:
    """`to_u16_part` of each value."""
    return [to_u16_part(value) for value in values]


def to_rao(scores: Sequence[int], emission: int) -> list[int]:
    """floor(score * emission) rao for each score, in I96F32."""
    total = I96F32.from_int(emission)
    return [I96F32.to_u64(I96F32.saturating_mul(score, total)) for score in scores]


def max_upscale_to_u16(values: Sequence[int]) -> list[int]:
    """Raw values scaled so that the largest becomes 65535, rounded half away from zero.

    Above 32768 the factor 65535 / max is truncated first; all-zero stays zero
    (`vec_max_upscale_to_u16`, which also scales the weights a validator sets).
    """
    if not values:
        return []
    largest = max(values)
    if largest == 0:
        return [I32F32.to_u16(I32F32.saturating_mul(value, _U16_MAX_RAW)) for value in values]
    if largest > _HALF_RANGE:
        factor = I32F32.safe_div(_U16_MAX_RAW, largest)
        scaled = [I32F32.saturating_mul(value, factor) for value in values]
    else:
        scaled = [
            I32F32.safe_div(I32F32.saturating_mul(value, _U16_MAX_RAW), largest) for value in values
        ]
    return [I32F32.to_u16(I32F32.round(value)) for value in scaled]


class EmissionScores(NamedTuple):
    """Each uid's part of the epoch's emission, raw I32F32: as miner, as validator, together."""

    server: list[int]
    validator: list[int]
    combined: list[int]


def emission_scores(
    incentive: Sequence[int],
    dividends: Sequence[int],
    active_stake: Sequence[int],
    stake: Sequence[int],
) -> EmissionScores:
    """Incentive and dividends over their common sum.

    With nothing to pay, validators are paid by active stake, or by all stake if none is active.
    """
    combined = [
        I32F32.saturating_add(left, right) for left, right in zip(incentive, dividends, strict=True)
    ]
    total = I32F32.wrap(sum(combined))
    if total == 0:
        fallback = list(active_stake if I32F32.wrap(sum(active_stake)) != 0 else stake)
        return EmissionScores(list(incentive), fallback, list(fallback))
    return EmissionScores(
        normalize_by(incentive, total), normalize_by(dividends, total), normalize(combined)
    )
