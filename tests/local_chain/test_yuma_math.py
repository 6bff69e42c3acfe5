"""The epoch's vector and matrix rules against the runtime's own expectations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import fixed, load, sparse

from taokit.local_chain.arithmetic import I32F32
from taokit.local_chain.arithmetic.transcendental import exp_safe
from taokit.local_chain.yuma import (
    is_topk_nonzero,
    max_upscale_to_u16,
    plain,
    split_emissions,
    vectors,
)
from taokit.local_chain.yuma import median as fast_median
from taokit.local_chain.yuma.bonds import exp_safe_array
from taokit.local_chain.yuma.matrix import (
    ONE,
    divide,
    from_rows,
    multiply,
    multiply_wide,
    reciprocal,
    to_rows,
)

VECTORS = load("yuma_math")

Rows = list[list[tuple[int, int]]]


def close(rows: Rows, expected: Rows, tolerance: float) -> bool:
    allowed = I32F32.from_float(tolerance)
    return [[uid for uid, _ in row] for row in rows] == [
        [uid for uid, _ in row] for row in expected
    ] and all(
        abs(value - target) <= allowed
        for row, targets in zip(rows, expected, strict=True)
        for (_, value), (_, target) in zip(row, targets, strict=True)
    )


@pytest.mark.parametrize("case", VECTORS["weighted_median"]["cases"])
def test_weighted_median(case: dict) -> None:
    stake = [fixed(value) for value in case["stake"]]
    if case["normalize"]:
        stake = vectors.normalize(stake)
    score = [fixed(value) for value in case["score"]]
    minority = I32F32.one - fixed(case["majority"])
    assert plain.weighted_median(stake, score, minority, 0, sum(stake)) == fixed(case["median"])


@pytest.mark.parametrize("case", VECTORS["weighted_median_columns"]["cases"])
def test_weighted_median_of_columns_both_ways(case: dict) -> None:
    stake = [fixed(value) for value in case["stake"]]
    columns = len(case["rows"][0])
    rows = sparse([value for row in case["rows"] for value in row], len(case["rows"]))
    majority = fixed(case["majority"])
    expected = [fixed(value) for value in case["median"]]
    assert plain.weighted_median_columns(stake, rows, columns, majority) == expected
    fast = fast_median.weighted_median_columns(
        np.array(stake, dtype=np.int64), from_rows(rows), columns, majority
    )
    assert fast.tolist() == expected


@st.composite
def elections(draw: st.DrawFn) -> tuple[list[int], Rows, int, int]:
    count, columns = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    stake = draw(st.lists(st.sampled_from([0, 1, 2, 5, ONE]), min_size=count, max_size=count))
    few = st.sampled_from([0, 1, ONE // 2, ONE])
    row = st.lists(st.tuples(st.integers(0, columns - 1), few), max_size=6)
    rows = draw(st.lists(row, min_size=count, max_size=count))
    return stake, rows, columns, draw(st.integers(0, ONE))


@settings(deadline=None)
@given(elections())
def test_the_fast_median_is_the_partition_median(
    drawn: tuple[list[int], Rows, int, int],
) -> None:
    stake, rows, columns, majority = drawn
    fast = fast_median.weighted_median_columns(
        np.array(stake, dtype=np.int64), from_rows(rows), columns, majority
    )
    assert fast.tolist() == plain.weighted_median_columns(stake, rows, columns, majority)


@pytest.mark.parametrize("case", VECTORS["max_upscale"]["cases"])
def test_max_upscale(case: dict) -> None:
    assert max_upscale_to_u16([fixed(value) for value in case["values"]]) == case["parts"]


@pytest.mark.parametrize("case", VECTORS["is_topk"]["cases"])
def test_top_k(case: dict) -> None:
    values = [fixed(value) for value in case["values"]]
    assert vectors.is_topk(values, case["k"]) == case["top"]
    nonzero = [top and value != 0 for top, value in zip(case["top"], values, strict=True)]
    assert is_topk_nonzero(values, case["k"]) == nonzero


def test_among_equal_stakes_the_lower_uid_loses_its_permit() -> None:
    assert is_topk_nonzero([5, 5, 5, 0], 2) == [False, True, True, False]


@pytest.mark.parametrize("case", VECTORS["interpolate"]["cases"])
def test_interpolation(case: dict) -> None:
    first, second, result = (
        sparse(case[name], case["rows"]) for name in ("first", "second", "result")
    )
    mixed = plain.interpolate_rows(first, second, case["columns"], I32F32.from_float(case["ratio"]))
    assert close(mixed, result, case["tolerance"])


@pytest.mark.parametrize("case", VECTORS["ema_alpha_dense"]["cases"])
def test_bond_average_with_an_alpha_per_entry(case: dict) -> None:
    new, old, result = (sparse(case[name], case["rows"]) for name in ("new", "old", "result"))
    columns = len(case["new"]) // case["rows"]
    alphas = [[fixed(case["alpha"])] * columns for _ in new]
    assert close(plain.mat_ema_alpha_rows(new, old, alphas), result, case["tolerance"])


@pytest.mark.parametrize("case", VECTORS["ema_alpha_rows"]["cases"], ids=lambda case: case["test"])
def test_bond_average_of_rows(case: dict) -> None:
    def rows(name: str) -> Rows:
        return [[(uid, I32F32.from_float(v)) for uid, v in row] for row in case[name]]

    alphas = [[I32F32.from_float(value) for value in row] for row in case["alpha"]]
    result = plain.mat_ema_alpha_rows(rows("new"), rows("old"), alphas)
    assert close(result, rows("result"), case["tolerance"])


def test_no_rows_have_no_average() -> None:
    assert plain.mat_ema_alpha_rows([], [], []) == []


@pytest.mark.parametrize("case", VECTORS["normalize"]["cases"], ids=lambda case: case["test"])
def test_normalisation(case: dict) -> None:
    rows = sparse(case["values"], case["rows"], case["transpose"])
    expected = sparse(case["result"], case["rows"], case["transpose"])
    columns = case["rows"] if case["transpose"] else len(case["values"]) // case["rows"]
    result = {
        "row_normalize": lambda: plain.row_normalize(rows),
        "column_normalize": lambda: plain.column_normalize(rows, columns),
        "column_max_upscale": lambda: plain.column_max_upscale(rows, columns),
    }[case["operation"]]()
    assert close(result, expected, case["tolerance"])


def sigmoid(value: int, rho: int, kappa: int) -> int:
    """The runtime's `sigmoid_safe`, kept here only for its table of `exp_safe` values."""
    slope = I32F32.saturating_mul(rho, -I32F32.one)
    power = exp_safe(I32F32.saturating_mul(slope, I32F32.saturating_sub(value, kappa)))
    return I32F32.safe_div(I32F32.one, I32F32.saturating_add(power, I32F32.one))


@pytest.mark.parametrize("case", VECTORS["clip"]["cases"])
def test_values_are_clipped_to_their_columns_threshold(case: dict) -> None:
    threshold = [fixed(value) for value in VECTORS["clip"]["threshold"]]
    clipped = plain.clip_rows(sparse(case["values"], case["rows"]), threshold)
    assert clipped == sparse(case["result"], case["rows"])


@pytest.mark.parametrize("case", VECTORS["mask"]["cases"], ids=lambda case: case["test"])
def test_masks_drop_entries(case: dict) -> None:
    dropped = {
        "equal": lambda row, uid: row == uid and row != case.get("except"),
        "less": lambda row, uid: row < uid,
        "rows": lambda row, uid: case["mask"][row],
    }[case["dropped"]]
    assert plain.mask_entries(sparse(case["values"], 3), dropped) == sparse(case["result"], 3)


@pytest.mark.parametrize("case", VECTORS["normalize_vector"]["cases"])
def test_vectors_are_divided_by_their_sum(case: dict) -> None:
    normal = vectors.normalize([fixed(value) for value in case["values"]])
    allowed = fixed(VECTORS["normalize_vector"]["tolerance"])
    for value, wanted in zip(normal, case["result"], strict=True):
        assert abs(value - fixed(wanted)) <= allowed


@pytest.mark.parametrize("case", VECTORS["sigmoid"]["cases"])
def test_sigmoid_table(case: dict) -> None:
    def read(value: float | str, single: bool) -> int:
        return fixed(value) if single or isinstance(value, str) else I32F32.from_float(value)

    inputs = [read(value, case.get("single_inputs", False)) for value in case["inputs"]]
    rho, kappa = read(case["rho"], False), read(case["kappa"], False)
    expected = [read(value, case["single"]) for value in case["result"]]
    assert [sigmoid(value, rho, kappa) for value in inputs] == expected


@pytest.mark.parametrize("case", VECTORS["split_emissions"]["cases"])
def test_emission_over_mechanisms(case: dict) -> None:
    split = split_emissions(case["emission"], case["mechanisms"], case["split"])
    assert split == case["result"]


@settings(deadline=None)
@given(
    st.integers(0, 2**63),
    st.integers(1, 16),
    st.none() | st.lists(st.integers(0, 4_000), max_size=16),
)
def test_mechanisms_share_out_the_whole_emission(
    emission: int, mechanisms: int, split: list[int] | None
) -> None:
    parts = split_emissions(emission, mechanisms, split)
    assert len(parts) == mechanisms
    assert sum(parts) == emission


UNIT = st.integers(0, ONE)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), UNIT), min_size=1, max_size=9))
def test_array_products_floor(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    assert multiply(left, right).tolist() == [(a * b) >> 32 for a, b in pairs]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-(2**46), 2**46), st.integers(-(2**46), 2**46)),
        min_size=1,
        max_size=9,
    )
)
def test_wide_array_products_floor(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    assert multiply_wide(left, right).tolist() == [(a * b) >> 32 for a, b in pairs]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(UNIT | st.just(ONE), st.integers(1, 2**40) | st.integers(1, 2**56 - 1)),
        min_size=1,
        max_size=9,
    )
)
def test_array_quotients_truncate(pairs: list[tuple[int, int]]) -> None:
    pairs = [(a, max(b, a >> 30)) for a, b in pairs]
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    assert divide(left, right).tolist() == [(a << 32) // b for a, b in pairs]
    assert divide(left, np.zeros_like(left)).tolist() == [0] * len(pairs)


@settings(deadline=None)
@given(st.lists(st.integers(ONE, 2**62) | st.sampled_from([ONE << k for k in range(30)])))
def test_array_reciprocals_truncate(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    assert reciprocal(array).tolist() == [2**64 // value for value in values]


@settings(deadline=None)
@given(st.lists(st.integers(-(25 << 32), 25 << 32) | st.sampled_from([0, ONE, -ONE])))
def test_array_exponentials_are_the_scalar_ones(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    assert exp_safe_array(array).tolist() == [exp_safe(value) for value in values]


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2**40)), max_size=5)))
def test_rows_survive_the_way_through_arrays(rows: Rows) -> None:
    assert to_rows(from_rows(rows), len(rows)) == rows
