"""Bonds and dividends of an epoch, on arrays.

Owns: the fast counterpart of the bond half of Subtensor's sparse `epoch_mechanism`, with and
without Yuma3 and liquid alpha. Does not own weights and consensus (`epoch`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from taokit.local_chain.yuma.liquid_alpha import (
    LiquidParameters,
    bonds_alpha,
    liquid_parameters,
)
from taokit.local_chain.yuma.matrix import (
    ONE,
    Entries,
    IntArray,
    column_maxima,
    column_sums,
    divide_columns,
    from_rows,
    last_of_duplicates,
    multiply,
    multiply_wide,
    reciprocal,
    row_sums,
)
from taokit.local_chain.yuma.terms import EpochInput
from taokit.local_chain.yuma.vectors import normalize

__all__ = ["BondResult", "exp_safe_array", "update_bonds"]

_U16_MAX = 65_535
_HALF = ONE >> 1
_EXP_LIMIT = 20 << 32
_E = 22_802_600 << 9
_EXP_TERMS = range(2, 32)


class BondResult(NamedTuple):
    """The bonds to store (raw I32F32, 0..1) and the normalised dividends by uid.

    `before` are the stored bonds that counted, as they went into the average.
    """

    bonds: Entries
    dividends: list[int]
    before: Entries


def update_bonds(
    data: EpochInput,
    weights: Entries,
    consensus: IntArray,
    incentive: IntArray,
    active_stake: IntArray,
) -> BondResult:
    """Move the stored bonds toward the weights and pay dividends by them."""
    stored = from_rows(data.bonds)
    # Bonds on uids that no longer exist count as registered at block 0, in column `count`.
    stored = Entries(stored.row, np.minimum(stored.column, data.neurons), stored.value)
    registered = np.array([*data.block_at_registration, 0], dtype=np.uint64)
    kept = stored.where((np.uint64(data.bonds_from_block) > registered)[stored.column])
    if data.yuma3:
        return _yuma3(data, weights, kept, consensus, incentive, active_stake)
    return _yuma2(data, weights, _existing(kept, data.neurons), incentive, active_stake)


def _existing(entries: Entries, count: int) -> Entries:
    return entries.where(entries.column < count)


def _yuma2(
    data: EpochInput,
    weights: Entries,
    stored: Entries,
    incentive: IntArray,
    active_stake: IntArray,
) -> BondResult:
    count = data.neurons
    old = divide_columns(stored, column_sums(stored, count))
    # A column of zeros keeps its u16 values, all zero, so no scaling is lost there.
    delta = weights.with_value(multiply(weights.value, active_stake[weights.row]))
    delta = divide_columns(delta, column_sums(delta, count))
    ema = _ema(delta, old, bonds_alpha(data.bonds_moving_average), count)
    ema = divide_columns(ema, column_sums(ema, count))
    paid = ema.with_value(multiply(ema.value, incentive[ema.column]))
    dividends = normalize(row_sums(paid, count).tolist())
    return BondResult(divide_columns(ema, column_maxima(ema, count)), dividends, old)


def _yuma3(
    data: EpochInput,
    weights: Entries,
    stored: Entries,
    consensus: IntArray,
    incentive: IntArray,
    active_stake: IntArray,
) -> BondResult:
    count = data.neurons
    old = stored.with_value((stored.value << 32) // _U16_MAX)
    if data.liquid_alpha and consensus.any():
        ema = _liquid_ema(weights, old, consensus, liquid_parameters(data))
    else:
        alpha = bonds_alpha(data.bonds_moving_average)
        ema = _ema(weights, _existing(old, count), alpha, count)
    normal = divide_columns(ema, column_sums(ema, count))
    paid = normal.with_value(multiply(normal.value, incentive[normal.column]))
    dividends = multiply(row_sums(paid, count), active_stake)
    return BondResult(ema, normalize(dividends.tolist()), _existing(old, count))


def _ema(new: Entries, old: Entries, alpha: int, count: int) -> Entries:
    """alpha * new + (1 - alpha) * old, positive values in uid order."""
    dense = np.zeros(count * count, dtype=np.int64)
    for factor, entries in ((alpha, new), (ONE - alpha, old)):
        part = multiply(entries.value, np.int64(factor))
        place = entries.row * count + entries.column
        dense += np.bincount(place, weights=part, minlength=count * count).astype(np.int64)
    place = np.flatnonzero(dense)
    return Entries(place // count, place % count, dense[place])


def _visible(entries: Entries, count: int) -> Entries:
    """Entries that the runtime's merge by ascending uid reaches: those above all before them."""
    if entries.row.size == 0:
        return entries
    place = entries.row * (count + 2) + entries.column + 1
    before = np.maximum.accumulate(place)
    seen = np.empty(place.size, dtype=np.bool_)
    seen[0] = True
    seen[1:] = place[1:] > before[:-1]
    return entries.where(seen)


def _at(source: Entries, places: Entries, count: int) -> IntArray:
    """The value of `source` (no duplicates) at each entry of `places`, 0 where it has none."""
    dense = np.zeros((count, count), dtype=np.int64)
    dense[source.row, source.column] = source.value
    found: IntArray = dense[places.row, places.column]
    return found


def _liquid_ema(
    weights: Entries, old: Entries, consensus: IntArray, parameters: LiquidParameters
) -> Entries:
    """The average with an alpha per entry, only where there is a weight, in the weights' order."""
    count = len(consensus)
    weight = _at(_visible(weights, count), weights, count)
    bond = _at(_existing(_visible(old, count), count), weights, count)
    alpha = _alpha_sigmoid(consensus[weights.column], weight, bond, parameters)
    latest = last_of_duplicates(_existing(old, count), count)
    kept = multiply(_at(latest, weights, count), ONE - alpha)
    value = np.minimum(kept + multiply(weights.value, alpha), ONE)
    return weights.with_value(value).where(value > 0)


def _alpha_sigmoid(
    consensus: IntArray, weight: IntArray, bond: IntArray, parameters: LiquidParameters
) -> IntArray:
    low, high, slope = parameters
    distance = np.where(weight >= bond, weight - consensus, bond - weight).clip(0, ONE)
    power = exp_safe_array(multiply_wide(distance - _HALF, np.int64(slope)))
    sigmoid = reciprocal(power + ONE)
    grown = low + multiply_wide(sigmoid, np.int64(high - low))
    return np.maximum(np.minimum(grown, high), low)


def exp_safe_array(exponent: IntArray) -> IntArray:
    """`exp_safe` of each raw I32F32: the truncated series on -20..20 (never overflows there)."""
    clamped = exponent.clip(-_EXP_LIMIT, _EXP_LIMIT)
    operand = np.abs(clamped)
    result, term = operand + ONE, operand
    for step in _EXP_TERMS:
        term = multiply_wide(term, operand) // step
        result = result + term
    result = np.where(clamped < 0, reciprocal(result), result)
    result[clamped == ONE] = _E
    return result
