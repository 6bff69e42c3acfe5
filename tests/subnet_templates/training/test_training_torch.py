"""The transformer in torch, alone and on several processes; skipped where there is no torch."""

from __future__ import annotations

import numpy as np
import pytest

from taokit.neuron.errors import ConfigError
from taokit.subnet_templates.training.backends import open_backend
from taokit.subnet_templates.training.corpus import Grammar

PAGES = np.stack([Grammar(b"test").page(number) for number in range(8)])


def test_what_is_no_back_end_is_said_to_be_none() -> None:
    with pytest.raises(ConfigError):
        open_backend("abacus")


def test_the_transformer_has_the_size_it_says_and_learns() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    model = open_backend("torch")
    assert 100_000 < model.size < 150_000
    begun = model.initial()
    assert model.losses(begun, PAGES).mean() == pytest.approx(np.log(256), abs=0.2)
    after = model.train(begun, PAGES, steps=16, rate=0.003)
    assert model.losses(after, PAGES).mean() < model.losses(begun, PAGES).mean() - 1.0


def test_two_processes_train_alike_by_ddp_and_by_fsdp2() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.distributed.is_available():
        pytest.skip("this build of torch has no process groups")
    found = {}
    for strategy in ("ddp", "fsdp2"):
        model = open_backend(f"torchrun:{strategy}:2")
        found[strategy] = model.train(model.initial(), PAGES, steps=8, rate=0.003)
    assert np.allclose(found["ddp"], found["fsdp2"], atol=1e-5)
    assert model.losses(found["ddp"], PAGES).mean() < model.losses(model.initial(), PAGES).mean()
