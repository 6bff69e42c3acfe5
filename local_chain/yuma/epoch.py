"""The epoch: who earned what since the last one.

Owns: `epoch_mechanism`, the fast path of Subtensor's sparse `epoch_mechanism`
(epoch/run_epoch.rs), on NumPy integers. Bit-exact with `plain.epoch_plain`, which it hands over to
where its own ranges do not hold. Does not own storage: the pallet gathers `EpochInput` and writes
`EpochOutput`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from taokit.local_chain.arithmetic.fixed import I32F32, I64F64
from taokit.local_chain.yuma import vectors
from taokit.local_chain.yuma.bonds import update_bonds
from taokit.local_chain.yuma.matrix import (
    ONE,
    Entries,
    IntArray,
    column_sums,
    from_rows,
    last_of_duplicates,
    multiply,
    multiply_wide,
    row_sums,
    to_packed_rows,
    to_rows,
)
from taokit.local_chain.yuma.median import weighted_median_columns
from taokit.local_chain.yuma.plain import epoch_plain
from taokit.local_chain.yuma.rows import PackedRow
from taokit.local_chain.yuma.stake import StakeView, stake_view
from taokit.local_chain.yuma.terms import NO_COMMIT, EpochInput, EpochOutput, EpochStages

__all__ = ["epoch_mechanism"]

_U16_MAX = 65_535
_MAX_NEURONS = 1_024
_SHORT_ROW = 64


def epoch_mechanism(data: EpochInput, *, explain: bool = False) -> EpochOutput:
    """Run one mechanism's epoch. `explain` also keeps every intermediate result (`stages`)."""
    if not _in_fast_range(data):
        return epoch_plain(data, explain=explain)
    count = data.neurons
    view = stake_view(data)
    active_stake = np.array(view.active_stake, dtype=np.int64)
    weights = _weights(data, view)
    kappa = I32F32.ratio(data.kappa, _U16_MAX)
    consensus = weighted_median_columns(active_stake, weights, count, kappa)
    clipped = _clip(weights, consensus)
    trust = row_sums(clipped, count)
    ranked = clipped.with_value(multiply(clipped.value, active_stake[clipped.row]))
    incentive = vectors.normalize(column_sums(ranked, count).tolist())
    for_bonds = _interpolate(weights, clipped, I32F32.ratio(data.bonds_penalty, _U16_MAX), count)
    ema, dividends, bonds_before = update_bonds(
        data, for_bonds, consensus, np.array(incentive, dtype=np.int64), active_stake
    )
    emission = vectors.emission_scores(incentive, dividends, view.active_stake, view.stake)
    return EpochOutput(
        active=view.active,
        stake=[I64F64.to_u64(amount) for amount in data.stake],
        stake_weight=vectors.to_u16_parts(view.stake),
        consensus=_u16_parts(consensus),
        incentive=vectors.to_u16_parts(incentive),
        dividends=vectors.to_u16_parts(dividends),
        validator_trust=_u16_parts(trust),
        emission=vectors.to_rao(emission.combined, data.emission),
        server_emission=vectors.to_rao(emission.server, data.emission),
        validator_emission=vectors.to_rao(emission.validator, data.emission),
        new_validator_permits=view.new_permits,
        bonds=_stored_bonds(ema, view, count),
        stages=_stages(
            _Arrays(weights, consensus, clipped, trust, ranked, for_bonds, bonds_before, ema),
            active_stake,
            view,
            incentive,
            dividends,
            emission,
        )
        if explain
        else None,
    )


def _in_fast_range(data: EpochInput) -> bool:
    """Whether no sum can pass what `matrix` adds exactly, and rates lie in 0..1."""
    longest = max(data.neurons, _SHORT_ROW)
    return (
        0 < data.neurons <= _MAX_NEURONS
        and 0 <= data.bonds_moving_average <= 1_000_000
        and all(len(row) <= longest for row in data.weights)
        and all(len(row) <= longest for row in data.bonds)
    )


def _weights(data: EpochInput, view: StakeView) -> Entries:
    """The weights that count, each row normalised."""
    count = data.neurons
    rows = [row if permit else () for row, permit in zip(data.weights, view.permits, strict=True)]
    entries = from_rows(rows)
    entries = entries.where(entries.column < count)
    registered = np.array(data.block_at_registration, dtype=np.uint64)[entries.column]
    updated = np.array(data.last_update, dtype=np.uint64)[entries.row]
    owner = -1 if data.owner_uid is None else data.owner_uid
    keep = (entries.row != entries.column) | (entries.row == owner)
    keep &= updated > registered
    if data.commit_blocks is not None:
        blocks = [NO_COMMIT if block is None else block for block in data.commit_blocks]
        keep &= np.array(blocks, dtype=np.uint64)[entries.row] >= registered
    entries = entries.where(keep)
    total = np.maximum(row_sums(entries, count), 1)
    # Weights and their sum both carry 32 fraction bits; the quotient needs them once.
    return entries.with_value((entries.value << 32) // total[entries.row])


def _clip(weights: Entries, consensus: IntArray) -> Entries:
    """Weights cut down to consensus; dropped where consensus is zero, explicit zeros kept."""
    limit = consensus[weights.column]
    clipped = weights.with_value(np.minimum(weights.value, limit))
    return clipped.where((limit > 0) | (weights.value == 0))


def _interpolate(first: Entries, second: Entries, ratio: int, count: int) -> Entries:
    """first + ratio * (second - first), positive values in uid order; as they are at 0 and 1."""
    if ratio == 0:
        return first
    if ratio == ONE:
        return second
    dense = []
    for entries in (first, second):
        last = last_of_duplicates(entries, count)
        values = np.zeros(count * count, dtype=np.int64)
        values[last.row * count + last.column] = last.value
        dense.append(values)
    mixed = dense[0] + multiply_wide(dense[1] - dense[0], np.int64(ratio))
    place = np.flatnonzero(mixed > 0)
    return Entries(place // count, place % count, mixed[place])


def _u16_array(values: IntArray) -> IntArray:
    parts: IntArray = np.minimum((values * _U16_MAX) >> 32, _U16_MAX)
    return parts


def _u16_parts(values: IntArray) -> list[int]:
    parts: list[int] = _u16_array(values).tolist()
    return parts


def _stored_bonds(ema: Entries, view: StakeView, count: int) -> list[PackedRow]:
    permitted = ema.where(np.array(view.new_permits, dtype=np.bool_)[ema.row])
    return to_packed_rows(permitted.with_value(_u16_array(permitted.value)), count)


class _Arrays(NamedTuple):
    weights: Entries
    consensus: IntArray
    clipped: Entries
    trust: IntArray
    ranked: Entries
    for_bonds: Entries
    bonds_before: Entries
    ema: Entries


def _stages(
    arrays: _Arrays,
    active_stake: IntArray,
    view: StakeView,
    incentive: list[int],
    dividends: list[int],
    emission: vectors.EmissionScores,
) -> EpochStages:
    count = len(incentive)
    weights = arrays.weights
    unclipped = weights.with_value(multiply(weights.value, active_stake[weights.row]))
    return EpochStages(
        stake=view.stake,
        active_stake=view.active_stake,
        weights=to_rows(arrays.weights, count),
        consensus=arrays.consensus.tolist(),
        clipped_weights=to_rows(arrays.clipped, count),
        validator_trust=arrays.trust.tolist(),
        preranks=column_sums(unclipped, count).tolist(),
        ranks=column_sums(arrays.ranked, count).tolist(),
        incentive=incentive,
        weights_for_bonds=to_rows(arrays.for_bonds, count),
        bonds_before=to_rows(arrays.bonds_before, count),
        ema_bonds=to_rows(arrays.ema, count),
        dividends=dividends,
        server_emission=emission.server,
        validator_emission=emission.validator,
        combined_emission=emission.combined,
    )
