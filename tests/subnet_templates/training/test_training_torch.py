"""The transformer in torch, alone and on several processes; skipped where there is no torch."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def two_pages_a_step(model: Any, steps: int, rate: float) -> Any:
    """What one process comes to with the pages of two at each step, in torch alone."""
    import torch

    from taokit.subnet_templates.training import byte_transformer as plain

    plain.load_vector(model.module, model.initial())
    optimizer = torch.optim.AdamW(
        model.module.parameters(), lr=rate, betas=plain.BETAS, weight_decay=0.0
    )
    data = torch.from_numpy(PAGES)
    for step in range(steps):
        optimizer.zero_grad(set_to_none=True)
        plain.next_byte_losses(model.module, data[2 * step : 2 * step + 2]).mean().backward()
        optimizer.step()
    return plain.vector_of(model.module)


def test_two_processes_come_to_what_one_does_by_ddp_and_by_fsdp2() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.distributed.is_available():
        pytest.skip("this build of torch has no process groups")
    found = {}
    for strategy in ("ddp", "fsdp2"):
        model = open_backend(f"torchrun:{strategy}:2")
        found[strategy] = model.train(model.initial(), PAGES, steps=8, rate=0.003)
        assert model.step_s > 0.0
    alone = two_pages_a_step(open_backend("torch:cpu"), 4, 0.003)
    moved = np.linalg.norm(alone - model.initial())
    for strategy, params in found.items():
        # AdamW's first steps are signs: where a gradient is nearly 0, rounding decides.
        apart = float(np.linalg.norm(params - alone) / moved)
        print(f"{strategy}: the update differs from one process's by {apart:.1e} of its length")
        assert apart < 2e-3, strategy
    assert model.losses(found["ddp"], PAGES).mean() < model.losses(model.initial(), PAGES).mean()


@pytest.mark.timeout(600)
def test_two_machines_that_share_a_folder_come_to_what_one_process_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.distributed.is_available():
        pytest.skip("this build of torch has no process groups")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    meeting = f"--nnodes=2 --rdzv-backend=c10d --rdzv-endpoint=127.0.0.1:{port}"
    monkeypatch.setenv("TORCHRUN_ARGS", f"{meeting} --local-addr=127.0.0.1")
    monkeypatch.setenv("TORCHRUN_SHARED", str(tmp_path))
    module = "taokit.subnet_templates.training.joining"
    other = subprocess.Popen([sys.executable, "-m", module, str(tmp_path), "1", "1"])
    try:
        model = open_backend("torchrun:fsdp2:1")
        found = model.train(model.initial(), PAGES, steps=8, rate=0.003)
        assert other.wait(timeout=300) == 0
    finally:
        other.kill()
        other.wait()
    alone = two_pages_a_step(open_backend("torch:cpu"), 4, 0.003)
    moved = np.linalg.norm(alone - model.initial())
    assert np.linalg.norm(found - alone) / moved < 2e-3


@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_gpus_come_to_what_one_process_on_a_cpu_does(strategy: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if torch.cuda.device_count() < 2:
        pytest.skip(f"needs two GPUs, and there are {torch.cuda.device_count()}")
    model = open_backend(f"torchrun:{strategy}:2")
    found = model.train(model.initial(), PAGES, steps=8, rate=0.003)
    alone = two_pages_a_step(open_backend("torch:cpu"), 4, 0.003)
    assert np.allclose(found, alone, atol=1e-3)


def test_one_gpu_comes_to_what_a_cpu_does() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    found = []
    for device in ("cpu", "cuda"):
        model = open_backend(f"torch:{device}")
        found.append(model.train(model.initial(), PAGES, steps=8, rate=0.003))
    assert np.allclose(*found, atol=1e-3)


def test_without_torch_the_remedy_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("torch", "torchrun:ddp:2"):
        with pytest.raises(ConfigError, match="torch is not installed") as told:
            open_backend(name)
        assert "pip install" in (told.value.hint or "")


def test_text_of_the_transformer_is_the_same_each_time() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    from taokit.subnet_templates.training.generating import continuation

    model = open_backend("torch:cpu")
    params = model.train(model.initial(), PAGES, steps=8, rate=0.003)
    made = [
        continuation(model, params, b"the ", most=12, context=127, temperature=0.7, seed=3)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(made[0][0]) == 12
