"""The sparse epoch against dense matrices, as epoch.rs::test_512_graph_random_weights does it.

The matrices here are whole, every absent entry a zero: another way to the same numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from taokit.local_chain.arithmetic import I32F32
from taokit.local_chain.yuma import EpochInput, epoch_mechanism

Matrix = list[list[int]]

ONE = I32F32.one
NEURONS, VALIDATORS, EMISSION = 96, 12, 1_000_000_000


def multiplied(left: int, right: int) -> int:
    return (left * right) >> 32


def divided(left: int, right: int) -> int:
    return (left << 32) // right if right else 0


def normalized(values: list[int]) -> list[int]:
    total = sum(values)
    return [divided(value, total) for value in values] if total else values


def by_columns(matrix: Matrix, divisor: Callable[[tuple[int, ...]], int]) -> Matrix:
    """Each entry over what `divisor` makes of its column; columns of zeros stay."""
    bases = [divisor(column) for column in zip(*matrix, strict=True)]
    return [
        [divided(value, base) if base else value for value, base in zip(row, bases, strict=True)]
        for row in matrix
    ]


def median(stake: list[int], column: list[int]) -> int:
    """The smallest score that more than the minority's stake lies at or below."""
    held = [(score, part) for score, part in zip(column, stake, strict=True) if part > 0]
    parts = normalized([part for _, part in held])
    minority, below = sum(parts) - 32_767 * ONE // 65_535, 0
    for score, part in sorted(zip((score for score, _ in held), parts, strict=True)):
        below += part
        if below > minority:
            return score
    return max((score for score, _ in held), default=0)


class Dense(NamedTuple):
    """What a dense epoch finds."""

    incentive: list[int]
    dividends: list[int]
    emission: list[int]
    bonds: Matrix


def dense_epoch(stake: list[int], given: Matrix, penalty: int) -> Dense:
    """Yuma without stored bonds on dense matrices: everyone active, validators those with stake."""
    part = normalized([amount << 32 for amount in stake])
    weights = [
        [0 if row == uid or not part[row] else value << 32 for uid, value in enumerate(values)]
        for row, values in enumerate(given)
    ]
    weights = [normalized(row) for row in weights]
    consensus = [median(part, list(column)) for column in zip(*weights, strict=True)]
    clipped = [[min(pair) for pair in zip(row, consensus, strict=True)] for row in weights]
    ranks = [
        sum(multiplied(amount, value) for amount, value in zip(part, column, strict=True))
        for column in zip(*clipped, strict=True)
    ]
    incentive = normalized(ranks)
    ratio = penalty * ONE // 65_535
    mixed = [
        [value + multiplied(ratio, cut - value) for value, cut in zip(row, cuts, strict=True)]
        for row, cuts in zip(weights, clipped, strict=True)
    ]
    delta = [
        [multiplied(value, amount) for value in row]
        for row, amount in zip(mixed, part, strict=True)
    ]
    rate = ONE - 900_000 * ONE // 1_000_000
    average = [[multiplied(rate, value) for value in row] for row in by_columns(delta, sum)]
    bonds = by_columns(average, sum)
    dividends = normalized(
        [sum(multiplied(a, b) for a, b in zip(incentive, row, strict=True)) for row in bonds]
    )
    combined = normalized([a + b for a, b in zip(incentive, dividends, strict=True)])
    to_u16 = [[(value * 65_535) >> 32 for value in row] for row in by_columns(bonds, max)]
    return Dense(
        [(value * 65_535) >> 32 for value in incentive],
        [(value * 65_535) >> 32 for value in dividends],
        [(value * EMISSION) >> 32 for value in combined],
        to_u16,
    )


@pytest.mark.parametrize("penalty", [0, 32_767, 65_535])
@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("own", [False, True], ids=["silent", "self-weights"])
def test_sparse_and_dense_matrices_give_the_same_epoch(
    penalty: int, interleaved: bool, own: bool
) -> None:
    source = random.Random(penalty + interleaved)
    step = NEURONS // VALIDATORS
    validators = set(range(0, NEURONS, step) if interleaved else range(VALIDATORS))
    servers = [uid for uid in range(NEURONS) if uid not in validators]
    stake = [int(uid in validators) for uid in range(NEURONS)]
    weights = [[0] * NEURONS for _ in range(NEURONS)]
    for uid in range(NEURONS):
        if uid in validators:
            for server in servers:
                weights[uid][server] = source.randrange(65_536)
        elif own:
            weights[uid][uid] = 65_535
    sparse = epoch_mechanism(
        EpochInput(
            block=2,
            tempo=1,
            activity_cutoff=5_000,
            stake=[amount << 64 for amount in stake],
            last_update=[1] * NEURONS,
            block_at_registration=[0] * NEURONS,
            validator_permits=[bool(amount) for amount in stake],
            weights=[[(uid, value) for uid, value in enumerate(row) if value] for row in weights],
            bonds=[[] for _ in range(NEURONS)],
            emission=EMISSION,
            max_allowed_validators=VALIDATORS,
            bonds_penalty=penalty,
            yuma3=False,
        )
    )
    dense = dense_epoch(stake, weights, penalty)
    assert sparse.incentive == dense.incentive
    assert sparse.dividends == dense.dividends
    assert sparse.emission == dense.emission
    for uid, row in enumerate(sparse.bonds):
        stored = [0] * NEURONS
        for target, bond in row:
            stored[target] = bond
        assert stored == dense.bonds[uid]
