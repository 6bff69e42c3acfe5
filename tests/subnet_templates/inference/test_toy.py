"""The toy model is a real one: steps equal prefill, variants differ, the audit tells them apart."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from taokit.neuron.errors import ConfigError
from taokit.subnet_templates.inference.audit import Counts, Pool, count
from taokit.subnet_templates.inference.backends import open_backend
from taokit.subnet_templates.inference.backends.toy import CALIBRATION, ToyBackend
from taokit.subnet_templates.inference.sampling import Sampling
from taokit.subnet_templates.inference.tokens import ByteTokenizer
from taokit.subnet_templates.inference.toy_model import Cache, ToyModel, ToySpec

REFERENCE = ToyBackend()


def write(backend: ToyBackend, prompt: list[int], how: Sampling, most: int = 40) -> list[int]:
    async def collect() -> list[int]:
        return [token async for token in backend.generate(prompt, how, most)]

    return asyncio.run(collect())


def pooled(model: str, responses: int) -> list[Counts]:
    """Responses of a model as the reference traces them, half drawn at 0.7 with a nucleus."""
    backend, found = ToyBackend(model), []
    for i in range(responses):
        prompt = REFERENCE.tokenizer.encode_chat([("user", f"Question {i}: what is a fox?")])
        how = Sampling(i + 1) if i % 2 else Sampling(i + 1, 0.7, 0.9)
        output = write(backend, prompt, how)
        found.append(count(REFERENCE.retrace(prompt, output, how).margins))
    return found


def test_steps_and_prefill_give_the_same_logits() -> None:
    model, ids = ToyModel(), ByteTokenizer().encode("one token after the other, past its room")
    ids = ids * 3
    cache = Cache(model.spec)
    stepped = np.concatenate([model.forward([i], cache) for i in ids])
    assert np.abs(stepped - model.forward(ids)).max() < 1e-4


def test_a_prompt_can_be_prefilled_in_parts() -> None:
    model, ids = ToyModel(), list(range(40))
    cache = Cache(model.spec)
    parts = np.concatenate([model.forward(ids[:17], cache), model.forward(ids[17:], cache)])
    assert np.abs(parts - model.forward(ids)).max() < 1e-4


def test_the_same_name_is_the_same_model_and_seed_the_same_text() -> None:
    how = Sampling(11)
    assert write(ToyBackend(), [256, 72], how) == write(ToyBackend(), [256, 72], how)
    assert write(ToyBackend(), [256, 72], how) != write(ToyBackend(), [256, 72], Sampling(12))
    assert write(ToyBackend(), [256, 72], how) != write(ToyBackend("toy-2"), [256, 72], how)


def test_responses_end_now_and_then() -> None:
    ends = [
        write(REFERENCE, [256, i], Sampling(i))[-1] in REFERENCE.tokenizer.eos for i in range(8)
    ]
    assert any(ends)
    assert not all(ends)


def test_honest_toy_servers_stay_under_the_calibration() -> None:
    seen = Pool(tuple(pooled("toy-1", 16))).total
    assert seen.tokens > 300
    assert all(k <= seen.tokens * r for k, r in zip(seen.over, CALIBRATION.rates, strict=True))


@pytest.mark.parametrize(
    ("model", "responses"), [("toy-1:int4", 4), ("toy-1:small", 1), ("toy-2", 1)]
)
def test_what_a_cheater_would_serve_is_caught(model: str, responses: int) -> None:
    seen = pooled(model, responses)
    assert CALIBRATION.rejects(Pool(tuple(seen)).total)


def test_weights_of_eight_bits_need_more_tokens_and_are_caught() -> None:
    seen = Pool(tuple(pooled("toy-1:int8", 16))).total
    rates = [k / seen.tokens for k in seen.over]
    assert 400 < CALIBRATION.tokens_for(rates) < 20_000


@pytest.mark.parametrize("wrong", [[1] * 2049, [264], [-1]])
def test_what_does_not_fit_is_refused(wrong: list[int]) -> None:
    with pytest.raises(ValueError):
        ToyModel().forward(wrong)


def test_rounding_keeps_so_many_levels() -> None:
    spec = ToySpec()
    whole, rounded = ToyModel(spec), ToyModel(spec.quantised(4))
    group = rounded._layers[0].qkv[: ToySpec.GROUP, 0]
    assert len(np.unique(group)) <= 15
    assert 0 < np.abs(whole._layers[0].qkv - rounded._layers[0].qkv).max() < 0.1


def test_engines_are_opened_by_name() -> None:
    assert open_backend("toy", "toy-1:int8").model == "toy-1:int8"
    with pytest.raises(ConfigError, match="no engine"):
        open_backend("abacus", "m")
    with pytest.raises(ConfigError, match="no toy model"):
        open_backend("toy", "toy-1:int3")


def test_any_text_survives_the_byte_tokenizer_and_any_ids_decode() -> None:
    tokenizer = ByteTokenizer()
    assert tokenizer.decode(tokenizer.encode("naïve 狐 🦊\n")) == "naïve 狐 🦊\n"
    assert tokenizer.decode([0xFF, 257, 263, 65]) == "\ufffdA"
    with pytest.raises(ValueError):
        tokenizer.encode_chat([("wizard", "hello")])
