"""Text of the shared model: the likeliest, or drawn from a seed, the same each time."""

from __future__ import annotations

import numpy as np

from taokit.subnet_templates.training.byte_mlp import ByteMlp
from taokit.subnet_templates.training.generating import continuation

MODEL = ByteMlp()
PAGE = np.frombuffer(b"abcd" * 32, np.uint8)[None, :]
PARAMS = MODEL.train(MODEL.initial(), PAGE, steps=60, rate=0.02)


def written(**how: object) -> tuple[bytes, str]:
    given = {"most": 8, "context": 127, **how}
    return continuation(MODEL, PARAMS, b"abcdab", **given)  # type: ignore[arg-type]


def test_what_was_learnt_is_written() -> None:
    assert written() == (b"cdabcdab", "length")


def test_scores_are_of_the_byte_after_the_text_as_losses_have_it() -> None:
    scores = MODEL.scores(PARAMS, PAGE[0, :-1])
    longer, shorter = (MODEL.losses(PARAMS, PAGE[:, :n])[0] * n for n in (128, 127))
    assert np.isclose(-scores[PAGE[0, -1]], longer - shorter, atol=1e-3)


def test_a_seed_draws_the_same_and_another_one_something_else() -> None:
    drawn = [written(most=40, temperature=3.0, seed=seed)[0] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_text_ends_before_a_stop() -> None:
    assert written(stops=[b"da"]) == (b"c", "stop")
    assert written(stops=[b"zz"])[1] == "length"
