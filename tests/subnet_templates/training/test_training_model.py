"""The model in NumPy: right gradients, and it learns the language of the pages."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from taokit.neuron.randomness import Seeded
from taokit.subnet_templates.training.byte_mlp import ByteMlp
from taokit.subnet_templates.training.corpus import Grammar, shard

MODEL, PAGES = ByteMlp(), Grammar(b"test")


def pages(*numbers: int) -> np.ndarray:
    return np.stack([PAGES.page(number) for number in numbers])


def test_gradients_are_those_of_the_loss() -> None:
    params, data = MODEL.initial(), pages(1, 2)
    gradient = MODEL.gradient(params, data)
    lot = np.random.default_rng(0)
    # Along a random direction the loss changes as the gradient says.
    for _ in range(3):
        way = lot.normal(size=MODEL.size).astype(np.float32)
        way /= np.float32(np.linalg.norm(way))
        ahead = MODEL.losses(params + np.float32(0.05) * way, data).mean(dtype=np.float64)
        back = MODEL.losses(params - np.float32(0.05) * way, data).mean(dtype=np.float64)
        assert (ahead - back) / 0.1 == pytest.approx(float(gradient @ way), abs=2e-4)


def test_training_lowers_the_loss_on_pages_it_did_not_see() -> None:
    params = MODEL.train(MODEL.initial(), pages(*range(100)), steps=100, rate=0.01)
    unseen = pages(*range(1000, 1016))
    before = MODEL.losses(MODEL.initial(), unseen).mean()
    assert MODEL.losses(params, unseen).mean() < before - 1.0


def test_a_page_is_always_the_same_and_no_two_are() -> None:
    assert np.array_equal(PAGES.page(7), Grammar(b"test").page(7))
    assert len({PAGES.page(n).tobytes() for n in range(50)}) == 50
    assert PAGES.page(7).shape == (PAGES.length,)
    with pytest.raises(ValueError, match="no page"):
        PAGES.page(PAGES.count)


def test_a_shard_follows_from_the_block_and_the_hotkey() -> None:
    one, other = Seeded(b"block 1"), Seeded(b"block 2")
    assert shard(one, "a", 32, 1 << 30) == shard(Seeded(b"block 1"), "a", 32, 1 << 30)
    assert len(set(shard(one, "a", 32, 1 << 30))) == 32
    assert not set(shard(one, "a", 32, 1 << 30)) & set(shard(one, "b", 32, 1 << 30))
    assert not set(shard(one, "a", 32, 1 << 30)) & set(shard(other, "a", 32, 1 << 30))
    assert sorted(shard(one, "a", 9, 5)) == [0, 1, 2, 3, 4]


def test_everything_begins_with_the_same_bits() -> None:
    assert np.array_equal(MODEL.initial(), ByteMlp().initial())
    assert MODEL.initial().dtype == np.float32


def test_no_library_of_models_is_imported_before_one_is_opened() -> None:
    import subprocess

    code = (
        "import sys, taokit.subnet_templates.training.contributing,"
        "taokit.subnet_templates.training.serving; print('torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
