"""Seeded sampling: its random numbers to the bit, its law, and who kept to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.subnet_templates.inference.philox import gumbel, philox, words
from taokit.subnet_templates.inference.sampling import CLIP, Sampling, nucleus, retrace, sample

VECTORS = json.loads(
    (Path(__file__).parents[2] / "data" / "vectors" / "inference_sampling.json").read_text()
)
SEEDS = st.integers(0, (1 << 64) - 1)


def ints(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize("known", VECTORS["philox"], ids=lambda v: v["counter"][:8])
def test_philox_gives_its_published_answers(known: dict[str, str]) -> None:
    c0, c1, c2, c3 = ints(known["counter"])
    k0, k1 = ints(known["key"])
    assert philox((c0, c1, c2, c3), (k0, k1)).tolist() == ints(known["words"])


@pytest.mark.parametrize("row", VECTORS["rows"], ids=lambda v: f"{v['seed']}-{v['position']}")
def test_rows_of_noise_are_the_golden_ones(row: dict[str, Any]) -> None:
    at = (int(row["seed"]), [row["position"]], row["vocab"])
    assert words(*at)[0, -10:].tolist() == ints(row["words"])
    assert gumbel(*at)[0, -10:].astype(">f4").tobytes().hex() == row["gumbel"].replace(" ", "")


@pytest.mark.parametrize("draw", VECTORS["draws"], ids=lambda v: f"T{v['temperature']}")
def test_draws_are_the_golden_ones(draw: dict[str, Any]) -> None:
    logits = (np.sin(np.arange(50) * 1.7) * 3).astype(np.float32)
    how = Sampling(int(draw["seed"]), draw["temperature"], draw["top_p"])
    assert " ".join(str(sample(logits, how, t)) for t in range(24)) == draw["tokens"]


@given(SEEDS, st.integers(0, 1 << 31), st.integers(1, 40), st.integers(1, 40))
def test_a_word_depends_on_nothing_but_seed_position_and_token(
    seed: int, position: int, one: int, other: int
) -> None:
    short, long = sorted((one, other))
    whole = words(seed, [position, position + 1], long)
    assert words(seed, [position], short)[0].tolist() == whole[0, :short].tolist()


def test_draws_follow_the_softmax() -> None:
    logits = np.array([2.0, 1.0, 0.0, -1.0], np.float32)
    rows = np.broadcast_to(logits, (20_000, 4))
    picked = (rows / 0.8 + gumbel(7, np.arange(20_000), 4)).argmax(axis=1)
    wanted = np.exp(logits / 0.8) / np.exp(logits / 0.8).sum()
    spread = np.sqrt(wanted * (1 - wanted) / 20_000)
    assert (np.abs(np.bincount(picked, minlength=4) / 20_000 - wanted) < 4.5 * spread).all()


def test_the_nucleus_is_the_smallest_set_that_reaches_top_p() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.15, 0.05]]))
    kept = [nucleus(logits, Sampling(1, 1.0, p))[0].tolist() for p in (0.1, 0.5001, 0.79, 0.96)]
    assert [sum(row) for row in kept] == [1, 2, 2, 4]


@given(
    SEEDS,
    st.sampled_from([0.0, 0.5, 1.0, 1.7]),
    st.sampled_from([0.3, 0.9, 1.0]),
    st.integers(0, 1000),
)
@settings(max_examples=60)
def test_who_keeps_to_the_rule_has_no_margin(
    seed: int, temperature: float, top_p: float, start: int
) -> None:
    logits = np.random.default_rng(seed).normal(0, 2, (6, 33)).astype(np.float32)
    how = Sampling(seed, temperature, top_p)
    drawn = [sample(row, how, start + t) for t, row in enumerate(logits)]
    traced = retrace(logits, drawn, how, start=start)
    assert not traced.margins.any()
    assert traced.choices.tolist() == drawn


@given(SEEDS, st.sampled_from([0.0, 1.0]))
@settings(max_examples=30)
def test_another_token_misses_by_its_distance_from_the_best(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 2, (1, 33)).astype(np.float32)
    how = Sampling(seed, temperature)
    best = sample(logits[0], how, 0)
    other = (best + 1) % 33
    score = logits[0] if not temperature else logits[0] + gumbel(seed, [0], 33)[0]
    missed = retrace(logits, [other], how).margins[0]
    assert missed == pytest.approx(min(CLIP, score[best] - score[other]), abs=1e-5)


def test_a_token_outside_the_nucleus_misses_by_all() -> None:
    logits = np.log(np.array([[0.6, 0.3, 0.09, 0.01]]))
    assert retrace(logits, [3], Sampling(5, 1.0, 0.5)).margins.tolist() == [CLIP]


def test_another_seed_draws_other_tokens() -> None:
    logits = np.random.default_rng(1).normal(0, 1, (64, 50)).astype(np.float32)
    drawn = [sample(row, Sampling(1), t) for t, row in enumerate(logits)]
    assert (retrace(logits, drawn, Sampling(2)).margins > 0).mean() > 0.7


@pytest.mark.parametrize(
    "wrong",
    [{"seed": -1}, {"seed": 1 << 64}, {"seed": 1, "temperature": -1.0}, {"seed": 1, "top_p": 0.0}],
)
def test_what_cannot_be_drawn_by_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Sampling(**wrong)
