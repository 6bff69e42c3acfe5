"""Yuma consensus in floating point, for the subnet in memory.

Owns one epoch: from stake, weights and bonds to incentive, dividends and permits. Does not own the
exact computation (``taokit.local_chain.yuma`` has it, in the runtime's own fixed point, and a test
holds this to it) nor liquid alpha and other choices that are off by default. Bonds are those of
Yuma 3, which a new subnet has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EpochResult", "EpochState", "run_epoch"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

KAPPA = 32_767 / 65_535
BONDS_RATE = 0.1
"""Part of the new bonds in the moving average; the runtime's default."""


@dataclass(frozen=True)
class EpochState:
    """What an epoch depends on, one item (or row) per uid.

    ``weights`` and ``bonds`` are square, validators by rows; ``weights`` have any scale.
    ``counted`` says which weights count: those set after the neuron they are for was registered.
    """

    stake: Floats
    permits: Flags
    active: Flags
    weights: Floats
    counted: Flags
    bonds: Floats
    owner: int
    max_validators: int = 128


@dataclass(frozen=True)
class EpochResult:
    """Shares 0..1 by uid. ``emission`` is of what all miners and validators are paid."""

    incentive: Floats
    dividends: Floats
    consensus: Floats
    trust: Floats
    emission: Floats
    permits: Flags
    bonds: Floats


def run_epoch(state: EpochState) -> EpochResult:
    """One epoch: weights are cut down to what half of the stake agrees on, and paid by it."""
    stake = _normalised(state.stake)
    permits = _best(stake, state.max_validators)
    voting, permits[state.owner] = state.permits.copy(), True
    voting[state.owner] = True
    active_stake = _normalised(np.where(state.active & voting, stake, 0.0))

    weights = np.where(state.counted, state.weights, 0.0) * voting[:, None]
    own = np.eye(len(stake), dtype=np.bool_)
    own[state.owner, state.owner] = False
    weights = _by_rows(np.where(own, 0.0, weights))

    consensus = _weighted_median(weights, active_stake)
    clipped = np.minimum(weights, consensus)
    incentive = _normalised(active_stake @ clipped)

    bonds = BONDS_RATE * clipped + (1.0 - BONDS_RATE) * state.bonds
    dividends = _normalised((_by_columns(bonds) @ incentive) * active_stake)
    emission = _normalised(incentive + dividends)
    if not emission.any():
        emission = active_stake if active_stake.any() else stake
    return EpochResult(
        incentive=_parts(incentive),
        dividends=_parts(dividends),
        consensus=_parts(consensus),
        trust=_parts(clipped.sum(axis=1)),
        emission=emission,
        permits=permits,
        bonds=_parts(np.where(permits[:, None], bonds, 0.0)),
    )


def _weighted_median(weights: Floats, stake: Floats) -> Floats:
    """By columns: the smallest weight that, with all below it, more than the minority is for."""
    used = np.flatnonzero(stake > 0)
    if not used.size:
        return np.zeros(weights.shape[1])
    held, column = stake[used] / stake[used].sum(), weights[used]
    order = np.argsort(column, axis=0, kind="stable")
    exceeds = np.cumsum(held[order], axis=0) > 1.0 - KAPPA
    exceeds[-1] = True
    place = np.take_along_axis(order, exceeds.argmax(axis=0)[None, :], axis=0)
    return np.asarray(np.take_along_axis(column, place, axis=0)[0], dtype=np.float64)


def _best(stake: Floats, count: int) -> Flags:
    """The ``count`` largest that are not zero; among equals a lower uid loses."""
    chosen = stake > 0
    order = np.argsort(stake, kind="stable")
    chosen[order[: max(len(stake) - count, 0)]] = False
    return chosen


def _normalised(values: Floats) -> Floats:
    total = float(values.sum())
    return np.asarray(values / total) if total > 0 else values


def _by_rows(values: Floats) -> Floats:
    total = values.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
    return shares


def _by_columns(values: Floats) -> Floats:
    total = values.sum(axis=0)
    shares: Floats = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
    return shares


def _parts(values: Floats) -> Floats:
    """As the chain stores shares: whole parts of 65,535, rounded down."""
    return np.floor(values * 65_535 + 1e-6) / 65_535
