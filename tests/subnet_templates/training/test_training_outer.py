"""The step of a window: bit for bit the same in whatever order and process, and no bomb in it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from taokit.subnet_templates.training.codec import Codec
from taokit.subnet_templates.training.outer import Outer, State, genesis
from taokit.subnet_templates.training.tensors import BadTensors

CODEC = Codec(500, 100, 20)
OUTER = Outer(0.7, 0.6)


def sparse(seed: int, scale: float = 1.0):
    vector = np.random.default_rng(seed).normal(size=500).astype(np.float32)
    return CODEC.compress(vector * np.float32(scale))[0]


def start() -> State:
    return genesis(np.linspace(-1, 1, 500, dtype=np.float32), 3)


def test_the_order_in_which_updates_came_changes_no_bit() -> None:
    members = {name: sparse(place) for place, name in enumerate("dacb")}
    one = OUTER.step(start(), members, 3)
    other = OUTER.step(start(), dict(reversed(list(members.items()))), 3)
    assert (one.digest, one.state.digest) == (other.digest, other.state.digest)


def test_the_step_has_the_hash_that_it_always_had() -> None:
    # Everything is exact arithmetic or one IEEE operation at a time: this holds on every machine.
    # No two entries are of one magnitude: which of them the codec keeps is no library's choice.
    vector = ((np.arange(500) * 181 % 1009) - 504.25).astype(np.float32) / np.float32(1024)
    members = {name: CODEC.compress(np.roll(vector, place))[0] for place, name in enumerate("abc")}
    state = genesis(np.zeros(500, np.float32), 0)
    for window in range(3):
        state = OUTER.step(state, members, window).state
    assert state.digest == ("559d91772c5bef9f9c402d37d0b9591a88ce037ab01691d450c9d8a383cac43e")


def test_another_process_with_other_threads_comes_to_the_same_hash() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import test_training_outer as t;"
        "m = {n: t.sparse(p) for p, n in enumerate('abcd')};"
        "print(t.OUTER.step(t.start(), m, 3).state.digest)"
    )
    folder = __file__.rpartition("/")[0]
    said = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
    )
    members = {name: sparse(place) for place, name in enumerate("abcd")}
    assert said.stdout.strip() == OUTER.step(start(), members, 3).state.digest


def test_an_update_ten_thousand_times_as_long_weighs_no_more_than_the_median() -> None:
    honest = {"a": sparse(1), "b": sparse(2)}
    bombed = OUTER.step(start(), {**honest, "c": sparse(3, 1e4)}, 3)
    fair = OUTER.step(start(), {**honest, "c": sparse(3)}, 3)
    assert np.linalg.norm(bombed.mean) <= 1.3 * np.linalg.norm(fair.mean)


def test_a_window_without_members_changes_its_number_alone() -> None:
    step = OUTER.step(start(), {}, 3)
    assert step.state.window == 4
    assert step.state.digest == start().digest


def test_momentum_is_nesterovs() -> None:
    mean = sparse(1).dense().astype(np.float64)
    once = OUTER.step(start(), {"a": sparse(1)}, 3).state
    twice = OUTER.step(once, {"a": sparse(1)}, 4).state
    assert once.params == pytest.approx(start().params - 0.7 * 1.6 * mean, abs=1e-5)
    assert twice.params == pytest.approx(
        once.params - 0.7 * (0.6 * (0.6 * mean + mean) + mean), abs=1e-5
    )


def test_a_checkpoint_comes_back_and_a_damaged_one_does_not() -> None:
    state = OUTER.step(start(), {"a": sparse(1)}, 3).state
    assert State.load(state.dump(), 500).digest == state.digest
    with pytest.raises(BadTensors):
        State.load(state.dump(), 501)
    with pytest.raises(BadTensors):
        State.load(state.dump()[:-1], 500)
