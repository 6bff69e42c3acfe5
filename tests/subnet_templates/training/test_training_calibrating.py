"""What is measured of a model, and the terms that follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from taokit.subnet_templates.training.byte_mlp import ByteMlp
from taokit.subnet_templates.training.calibrating import Seen, advise, observe
from taokit.subnet_templates.training.contributing import Inner
from taokit.subnet_templates.training.corpus import Grammar
from taokit.subnet_templates.training.judging import Bar
from taokit.subnet_templates.training.outer import Outer
from taokit.subnet_templates.training.terms import Terms

TERMS = Terms(window=10, grace=1, draw=1, pages=32, chunk=1024, keep=128, outer=Outer(1.3, 0.5))
SEEN = Seen(0.01, 0.1, 5000, (0.5, 0.3, 0.4), (0.0, 0.1, -0.1), (0.02, 0.03, 0.02))


def test_work_is_told_from_none_in_the_model_of_a_new_project() -> None:
    seen = observe(ByteMlp(), Grammar(), TERMS, Bar(), windows=12, inner=Inner())
    found = advise(seen, TERMS, Bar(), miners=8)
    assert seen.step_s > 0.0
    assert 0 < seen.update_bytes < 6304
    worked, idle = (sum(proofs) / 12 for proofs in (seen.worked, seen.idle))
    assert worked > idle + 0.1
    assert idle < found.bar.doubt < found.bar.proof < worked


def test_a_window_holds_judging_everybody_and_training_twice_over() -> None:
    found = advise(SEEN, TERMS, Bar(), miners=100, block_s=12.0)
    assert found.window * 12.0 >= 2 * (24.0 + 100 * 0.1 + 32 * 0.01)
    more = advise(SEEN, TERMS, Bar(), miners=1000, block_s=12.0)
    assert more.window > found.window


def test_a_settled_window_says_how_many_pages_fit_or_that_it_is_too_short() -> None:
    fits = advise(SEEN, TERMS, Bar(), miners=10, window=10)
    assert fits.pages == pytest.approx((60.0 - 24.0 - 1.0) / 0.01, abs=1)
    assert not fits.told
    assert "too short" in advise(SEEN, TERMS, Bar(), miners=1000, window=10).told[0]


def test_where_work_looks_like_none_it_says_so_and_the_noisier_the_longer_it_takes() -> None:
    hopeless = replace(SEEN, worked=SEEN.idle)
    assert "cannot be told" in advise(hopeless, TERMS, Bar(), miners=1).told[0]
    noisy = replace(SEEN, worked=(1.0, -0.4, 0.6), idle=(0.5, -0.5, 0.0))
    assert advise(noisy, TERMS, Bar(), miners=1).bar.memory > Bar().memory
    useless = replace(SEEN, gains=(-0.1, 0.0, -0.2))
    assert "remove no loss" in advise(useless, TERMS, Bar(), miners=1).told[-1]
