"""Stake, activity and permits at the start of an epoch.

Owns: the first third of Subtensor's `epoch_mechanism`, on plain integers (one item per uid).
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.local_chain.arithmetic.fixed import I32F32, I64F64
from taokit.local_chain.yuma import vectors
from taokit.local_chain.yuma.terms import EpochInput

__all__ = ["StakeView", "stake_view"]


class StakeView(NamedTuple):
    """`stake` and `active_stake` are normalised raw I32F32; `permits` has the owner's added."""

    active: list[bool]
    stake: list[int]
    permits: list[bool]
    new_permits: list[bool]
    active_stake: list[int]


def stake_view(data: EpochInput) -> StakeView:
    """Normalised stake, who is active, who may validate now and who next.

    Stake below the threshold counts zero, except the owner's. The owner always has a permit.
    """
    owner = data.owner_uid
    filtered = [
        0 if uid != owner and I64F64.to_u64(amount) < data.stake_threshold else amount
        for uid, amount in enumerate(data.stake)
    ]
    total = I64F64.wrap(sum(filtered))
    if total != 0:
        filtered = [I64F64.safe_div(amount, total) for amount in filtered]
    stake = [I32F32.convert(amount, I64F64) for amount in filtered]
    active = [updated + data.activity_cutoff >= data.block for updated in data.last_update]
    permits = list(data.validator_permits)
    new_permits = vectors.is_topk_nonzero(stake, data.max_allowed_validators)
    if owner is not None and owner < data.neurons:
        permits[owner] = new_permits[owner] = True
    masked = [
        amount if is_active and permit else 0
        for amount, is_active, permit in zip(stake, active, permits, strict=True)
    ]
    return StakeView(active, stake, permits, new_permits, vectors.normalize(masked))
