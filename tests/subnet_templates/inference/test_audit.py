"""The statistics of the audit: exact tails, few false accusations, cheaper models caught."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.subnet_templates.inference.audit import Calibration, Counts, Pool, calibrate, count
from taokit.subnet_templates.inference.binomial import critical_count, power, rate_bound, tail
from taokit.subnet_templates.inference.sampling import Sampling, retrace, scores

RATES = st.floats(1e-4, 0.5)


@given(st.integers(1, 60), RATES, st.integers(0, 61))
def test_the_tail_is_the_sum_of_its_terms(n: int, p: float, k: int) -> None:
    terms = (math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
    assert tail(k, n, p) == pytest.approx(math.fsum(terms), rel=1e-9, abs=1e-300)


@given(st.integers(1, 5000), RATES, st.sampled_from([1e-3, 1e-6, 1e-9]))
def test_the_critical_count_is_the_least_that_is_so_unlikely(n: int, p: float, a: float) -> None:
    k = critical_count(n, p, a)
    assert tail(k, n, p) <= a
    assert tail(k - 1, n, p) > a


@given(st.integers(0, 50), st.integers(51, 5000))
@settings(max_examples=50)
def test_a_bound_of_a_rate_is_where_the_counts_become_unlikely(k: int, n: int) -> None:
    bound = rate_bound(k, n, 0.99)
    assert bound > k / n
    assert 1 - tail(k + 1, n, bound) == pytest.approx(0.01, rel=1e-6)


def synthetic(sigma: float, tokens: int, seed: int) -> Counts:
    """Tokens of an engine whose logits are off by sigma, as traced by the reference."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (tokens, 200)).astype(np.float32)
    how = Sampling(seed)
    off = logits + rng.normal(0, sigma, logits.shape).astype(np.float32)
    drawn = scores(off, how, np.arange(tokens)).argmax(axis=1)
    return count(retrace(logits, drawn, how).margins)


@pytest.fixture(scope="module")
def gpu_like() -> Calibration:
    """Learned from 8,000 tokens of an engine whose logits are off by 0.02, as bf16 kernels' are."""
    return calibrate("synthetic", [synthetic(0.02, 500, seed) for seed in range(16)])


def test_ten_thousand_honest_tokens_raise_no_accusation(gpu_like: Calibration) -> None:
    pool = Pool()
    for seed in range(100, 140):
        seen = synthetic(0.02, 250, seed)
        pool = pool.add(seen)
        assert not gpu_like.rejects(seen)
        assert not gpu_like.rejects(pool.total)


def test_the_chance_of_a_false_accusation_is_what_was_accepted(gpu_like: Calibration) -> None:
    for tokens in (16, 48, 256, 4096):
        tails = [
            tail(k, tokens, rate)
            for k, rate in zip(gpu_like.thresholds(tokens), gpu_like.rates, strict=True)
        ]
        assert sum(tails) <= gpu_like.alpha


@pytest.mark.parametrize(("sigma", "tokens"), [(0.15, 2048), (0.5, 256), (2.0, 64)])
def test_coarser_arithmetic_is_caught(gpu_like: Calibration, sigma: float, tokens: int) -> None:
    caught = [gpu_like.rejects(synthetic(sigma, tokens, seed)) for seed in range(200, 205)]
    assert all(caught)


def test_pooling_catches_what_one_response_does_not(gpu_like: Calibration) -> None:
    few = [synthetic(0.15, 64, seed) for seed in range(300, 340)]
    alone = sum(gpu_like.rejects(seen) for seen in few)
    assert alone < len(few) / 4
    pool = Pool()
    for seen in few:
        pool = pool.add(seen)
    assert gpu_like.rejects(pool.total)


def test_margins_beyond_the_noise_tell_more_than_mismatches_alone(gpu_like: Calibration) -> None:
    cheat = synthetic(0.15, 8_000, 9)
    rates = [k / cheat.tokens for k in cheat.over]
    by_tiers = gpu_like.tokens_for(rates, 0.99)
    alone = Calibration("mismatch only", gpu_like.rates[:1], gpu_like.alpha)
    assert by_tiers < alone.tokens_for(rates[:1], 0.99)


@given(st.floats(0.001, 0.02), st.floats(0.05, 0.4))
@settings(max_examples=25, deadline=None)
def test_more_tokens_never_make_a_cheater_much_safer(honest: float, cheat: float) -> None:
    found = [power(n, honest, cheat, 1e-6) for n in (64, 256, 1024, 4096)]
    assert all(later >= earlier - 0.02 for earlier, later in pairwise(found))
    assert found[-1] > 0.99


def test_rates_that_are_honest_ones_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError):
        Calibration("m", (0.01, 0.001, 0.001)).tokens_for((0.01, 0.001, 0.001))


def test_a_pool_forgets_the_oldest_and_survives_storage() -> None:
    pool = Pool(size=3)
    for n in range(1, 6):
        pool = pool.add(Counts(n, (1, 0, 0), 0.5))
    assert pool.total.tokens == 3 + 4 + 5
    assert Pool.from_json(pool.to_json()) == pool
    with pytest.raises(ValueError):
        Pool.from_json({"size": 3})


def test_nothing_measured_calibrates_nothing() -> None:
    with pytest.raises(ValueError):
        calibrate("m", [])
