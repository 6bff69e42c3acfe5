"""The engines vllm and sglang against stand-ins for the libraries: what they are asked for, and
that the processors follow requests through a batch. See ``stand_in_engines`` for what that shows.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import stand_in_engines as engines

from taokit.subnet_templates.inference.backends import CannotAudit, open_backend
from taokit.subnet_templates.inference.sampling import Sampling

PROMPTS = [[256, *range(65, 65 + n)] for n in (3, 9, 5, 2, 7)]
LENGTHS = (4, 20, 9, 14, 6)
HOWS = [Sampling(n, (1.0, 0.0, 0.7)[n % 3]) for n in range(5)]


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VLLM_USE_V2_MODEL_RUNNER", "")
    monkeypatch.delenv("VLLM_USE_V2_MODEL_RUNNER")
    engines.install(monkeypatch)
    yield
    for name in ("vllm", "sglang"):  # they are made of the stand-ins
        sys.modules.pop(f"{engines.BACKENDS}.{name}", None)


async def written(backend: Any, number: int) -> list[int]:
    stream = backend.generate(PROMPTS[number], HOWS[number], LENGTHS[number])
    return [token async for token in stream]


async def all_together(backend: Any) -> list[list[int]]:
    return list(await asyncio.gather(*(written(backend, number) for number in range(5))))


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_each_request_of_a_batch_is_drawn_by_its_own_seed(engine: str) -> None:
    async def scenario() -> list[list[int]]:
        backend = open_backend(engine, "org/model@rev")
        try:
            return await all_together(backend)
        finally:
            await backend.close()

    assert asyncio.run(scenario()) == asyncio.run(all_together(engines.TOY))
    if engine == "vllm":
        assert engines.Engine.made[-1].moved  # requests did change places on the way


def test_what_the_engines_are_started_with() -> None:
    open_backend("vllm", "org/model@rev", tensor_parallel_size=4)
    started = engines.Engine.made[-1].options
    assert started == {
        "model": "org/model",
        "revision": "rev",
        "tensor_parallel_size": 4,
        "logits_processors": [f"{engines.BACKENDS}.vllm:SeededLogits"],
    }
    assert os.environ["VLLM_USE_V2_MODEL_RUNNER"] == "0"
    open_backend("sglang", "org/model", tp_size=2)
    assert engines.Sglang.made[-1].options == {
        "model_path": "org/model",
        "revision": None,
        "tp_size": 2,
        "enable_custom_logit_processor": True,
        "disable_overlap_schedule": True,
    }


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_they_refuse_what_is_too_long_and_cannot_audit(engine: str) -> None:
    backend = open_backend(engine, "org/model")
    with pytest.raises(ValueError, match="context"):
        asyncio.run(backend.generate([1] * 2000, Sampling(1), 100).__anext__())
    with pytest.raises(CannotAudit, match="rows of logits"):
        backend.retrace([1], [2], Sampling(1))


def test_a_request_that_is_nobodys_or_cannot_be_drawn_by_is_left_alone_or_refused() -> None:
    from importlib import import_module

    kind = import_module(f"{engines.BACKENDS}.vllm").SeededLogits
    with pytest.raises(ValueError, match="temperature"):
        kind.validate_params(
            engines.Parameters(extra_args={"taokit_seed": "1", "taokit_temperature": -1})
        )
    kind.validate_params(engines.Parameters())


def test_requests_that_swap_places_keep_their_seeds() -> None:
    from importlib import import_module

    import numpy as np

    from taokit.subnet_templates.inference.backends.openai import arguments_of
    from taokit.subnet_templates.inference.sampling import sample

    processor = import_module(f"{engines.BACKENDS}.vllm").SeededLogits(None, "cpu", False)
    outputs: list[list[int]] = [[], [7]]
    added = [
        (place, engines.Parameters(extra_args=arguments_of(HOWS[place])), [], outputs[place])
        for place in range(2)
    ]
    update = engines.SimpleNamespace
    processor.update_state(update(removed=[], added=added, moved=[]))
    processor.update_state(update(removed=[], added=[], moved=[(0, 1, engines.Direction.SWAP)]))
    outputs[0].append(5)
    rows = np.random.default_rng(1).normal(0, 2, (2, 300))
    drawn = processor.apply(rows.copy()).argmax(axis=1).tolist()
    assert drawn == [sample(rows[0], HOWS[1], 1), sample(rows[1], HOWS[0], 1)]
