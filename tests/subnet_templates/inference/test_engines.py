"""Engines that run elsewhere: what is sent to them, what is refused, what is missing."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from typing import Any

import httpx
import pytest

from taokit.neuron.errors import ConfigError, HandlerRefused
from taokit.subnet_templates.inference.audit import count
from taokit.subnet_templates.inference.backends import CannotAudit, open_backend
from taokit.subnet_templates.inference.backends.openai import OpenAIBackend
from taokit.subnet_templates.inference.backends.toy import CALIBRATION, ToyBackend
from taokit.subnet_templates.inference.sampling import Sampling
from taokit.subnet_templates.inference.tokens import ByteTokenizer

TOY = ToyBackend()
ENGINES = ["transformers", "vllm", "sglang"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_library_that_is_missing_is_named_with_its_extra(engine: str) -> None:
    if importlib.util.find_spec(engine) is not None:
        pytest.skip(f"{engine} is installed")
    with pytest.raises(ConfigError, match=engine) as raised:
        open_backend(engine, "org/model")
    assert f"[{engine}]" in str(raised.value.hint)


def server(tells_ids: bool = True) -> httpx.MockTransport:
    """A model server that draws by our seed, as vLLM's does with the logits processor."""

    async def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if body["model"] != "toy":
            return httpx.Response(404, json={"error": "no such model"})
        assert body["temperature"] == 0.0
        told = body["vllm_xargs"]
        how = Sampling(int(told["taokit_seed"]), told["taokit_temperature"], told["taokit_top_p"])
        events = []
        async for token in TOY.generate(body["prompt"], how, body["max_tokens"]):
            choice = {"text": "?", "token_ids": [token] if tells_ids else None}
            events.append(f"data: {json.dumps({'choices': [choice]})}\n\n")
        return httpx.Response(200, text="".join([*events, "data: [DONE]\n\n"]))

    return httpx.MockTransport(answer)


def served(name: str = "toy", **more: Any) -> OpenAIBackend:
    backend = OpenAIBackend("toy-1", served=name, tokenizer=ByteTokenizer(), context=2048)
    backend._http = httpx.AsyncClient(transport=server(**more), base_url="http://model/v1/")
    return backend


async def write(backend: Any, how: Sampling) -> list[int]:
    prompt = backend.tokenizer.encode("Once upon a time")
    return [token async for token in backend.generate(prompt, how, 24)]


def test_a_server_that_draws_by_the_seed_passes_the_audit() -> None:
    how = Sampling(7, 0.8, 0.95)
    output = asyncio.run(write(served(), how))
    prompt = TOY.tokenizer.encode("Once upon a time")
    assert output == asyncio.run(write(TOY, how))
    assert not CALIBRATION.rejects(count(TOY.retrace(prompt, output, how).margins))


def test_a_server_that_fails_or_tells_no_ids_is_no_engine() -> None:
    with pytest.raises(HandlerRefused, match="404"):
        asyncio.run(write(served("other"), Sampling(1)))
    with pytest.raises(HandlerRefused, match="no token ids"):
        asyncio.run(write(served(tells_ids=False), Sampling(1)))


def test_who_gives_no_rows_of_logits_cannot_audit_and_says_so() -> None:
    with pytest.raises(CannotAudit, match="rows of logits"):
        served().retrace([256], [65], Sampling(1))


def test_a_prompt_that_is_too_long_is_refused_before_it_is_sent() -> None:
    backend = served()
    backend.context = 20
    with pytest.raises(ValueError, match="20"):
        asyncio.run(write(backend, Sampling(1)))


def test_rows_of_a_batch_are_changed_so_that_the_argmax_is_the_draw() -> None:
    torch = pytest.importorskip("torch", reason="logits processors need torch")
    import numpy as np

    from taokit.subnet_templates.inference.backends.openai import arguments_of, sampling_from
    from taokit.subnet_templates.inference.backends.seeded_rows import perturb
    from taokit.subnet_templates.inference.sampling import sample

    logits = np.random.default_rng(3).normal(0, 2, (5, 300)).astype(np.float32)
    hows = [Sampling(1 << 62), Sampling(4, 0.5, 0.7), Sampling(6, 0.0)]
    again = [sampling_from(arguments_of(how)) for how in hows]
    assert again == hows
    assert sampling_from({"other": 1}) is None
    changed = perturb(torch.tensor(logits), [0, 2, 4], hows, [9, 0, 3]).numpy()
    assert (changed[[1, 3]] == logits[[1, 3]]).all()
    drawn = changed[[0, 2, 4]].argmax(axis=1).tolist()
    wanted = [
        sample(logits[row], how, at)
        for row, how, at in zip([0, 2, 4], hows, [9, 0, 3], strict=True)
    ]
    assert drawn == wanted
