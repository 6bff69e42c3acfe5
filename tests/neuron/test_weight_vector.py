"""Vectors that the chain takes, and stores as they are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.local_chain.yuma import max_upscale_to_u16
from taokit.neuron.errors import WeightsError
from taokit.neuron.weight_vector import weight_vector

UIDS = {f"m{uid}": uid for uid in range(20)}
some = st.dictionaries(st.sampled_from(sorted(UIDS)), st.floats(1e-6, 1e9), min_size=1)


@given(some, st.integers(0, 30))
def test_the_runtime_stores_what_was_made_and_it_is_long_enough(weights, min_allowed) -> None:
    uids, values = weight_vector(weights, UIDS, size=20, min_allowed=min_allowed)
    assert max_upscale_to_u16([value << 32 for value in values]) == list(values)
    assert list(uids) == sorted(set(uids))
    assert len(uids) >= min(20, min_allowed)
    highest = max(weights.values())
    for uid, value in zip(uids, values):
        exact = weights.get(f"m{uid}", 0.0) / highest * 65_535
        assert abs(value - exact) <= 0.5 + 1e-6


@given(some, st.integers(3_277, 65_534))
def test_no_share_is_above_the_limit(weights, limit) -> None:
    if len(weights) * limit < 65_535:
        with pytest.raises(WeightsError, match="limit"):
            weight_vector(weights, UIDS, size=20, max_limit=limit)
        return
    _, values = weight_vector(weights, UIDS, size=20, max_limit=limit)
    # The runtime compares in steps of 2**-32.
    assert max(values) / math.fsum(values) <= limit / 65_535 + 2**-32


def test_weight_for_oneself_alone_has_no_limit() -> None:
    made = weight_vector({"m3": 1.0}, UIDS, size=20, min_allowed=9, max_limit=100, own="m3")
    assert made == ((3,), (65_535,))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"m1": 1.0, "x": 1.0}, "not registered: x"),
        ({"m1": -1.0}, "is -1.0"),
        ({"m1": math.nan}, "nan"),
        ({"m1": math.inf}, "inf"),
        ({"m1": 0.0}, "every weight is zero"),
        ({}, "every weight is zero"),
    ],
)
def test_what_cannot_be_set(weights: dict[str, float], said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        weight_vector(weights, UIDS, size=20)
