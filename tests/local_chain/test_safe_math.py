"""Roots, logarithms and floors by the tests of the runtime's `safe-math`."""

from __future__ import annotations

from math import isqrt

import pytest
from vector_files import load

from taokit.local_chain.arithmetic import I64F64
from taokit.local_chain.arithmetic.fixed import FixedFormat
from taokit.local_chain.arithmetic.transcendental import checked_sqrt, ln

VECTORS = load("safe_math")
U110F18 = FixedFormat("U110F18", 110, 18, signed=False)


@pytest.mark.parametrize(
    ("value", "epsilon"), [pytest.param(*row[1:], id=row[0]) for row in VECTORS["roots"]["rows"]]
)
def test_roots_by_halving(value: int, epsilon: float) -> None:
    raw = U110F18.from_int(value)
    found = checked_sqrt(raw, U110F18.from_float(epsilon), U110F18)
    assert found is not None
    # Where epsilon is below the format's last bit, the halvings end as near as they get.
    allowed = max(U110F18.from_float(epsilon), 2)
    assert abs(found - isqrt(raw << U110F18.frac)) <= allowed


@pytest.mark.parametrize(("value", "expected"), VECTORS["logarithms"]["rows"])
def test_natural_logarithms(value: int, expected: float | None) -> None:
    found = ln(I64F64.from_int(value), I64F64)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert I64F64.to_float(found) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("value", "expected"), VECTORS["floors"]["rows"])
def test_floors_go_down_below_zero_too(value: float, expected: int) -> None:
    assert I64F64.floor(I64F64.from_float(value)) == I64F64.from_int(expected)
