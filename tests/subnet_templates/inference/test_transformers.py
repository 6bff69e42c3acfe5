"""The Transformers engine on a tiny model made here: same bits, batched as alone, audited."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the transformers engine needs torch")
transformers = pytest.importorskip("transformers", reason="it needs transformers")

from taokit.subnet_templates.inference import philox, philox_torch, sampling, sampling_torch  # noqa: E402
from taokit.subnet_templates.inference.audit import Calibration, Counts, count  # noqa: E402
from taokit.subnet_templates.inference.backends.transformers import TransformersBackend  # noqa: E402
from taokit.subnet_templates.inference.sampling import Sampling  # noqa: E402

HOWS = [Sampling(3), Sampling(1 << 63, 0.7), Sampling(9, 0.8, 0.9), Sampling(1, 0.0)]
BF16 = Calibration("tiny, bf16", (0.03, 0.01, 0.002))


class Letters:
    """A tokenizer without files: a token per byte."""

    eos_token_id = 2
    chat_template = None

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": list(text.encode())}

    def apply_chat_template(self, messages: list[dict[str, str]], **options: Any) -> str:
        return "".join(f"{m['role']}: {m['content']}\n" for m in messages) + "assistant: "

    def decode(self, ids: list[int], **options: Any) -> str:
        return bytes(i for i in ids if i < 256).decode(errors="replace")


def tiny(seed: int = 0, dtype: str = "float32") -> TransformersBackend:
    """Two layers, random weights, logits that are neither flat nor certain."""
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=300,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.25,
        eos_token_id=2,
    )
    net = transformers.LlamaForCausalLM(config)
    return TransformersBackend("tiny", device="cpu", dtype=dtype, loaded=(net, Letters()))


@pytest.fixture(scope="module")
def backend() -> Any:
    made = tiny()
    yield made
    asyncio.run(made.close())


async def write(backend: TransformersBackend, prompt: str, how: Sampling, most: int) -> list[int]:
    ids = backend.tokenizer.encode_chat([("user", prompt)])
    return [token async for token in backend.generate(ids, how, most)]


def test_random_numbers_have_the_same_bits_as_in_numpy() -> None:
    path = Path(__file__).parents[2] / "data" / "vectors" / "inference_sampling.json"
    for row in json.loads(path.read_text())["rows"]:
        seed, at, vocab = int(row["seed"]), row["position"], row["vocab"]
        seeds = torch.tensor([[seed & 0xFFFFFFFF, seed >> 32]])
        positions = torch.tensor([at])
        assert (
            philox_torch.words(seeds, positions, vocab)[0].tolist()
            == philox.words(seed, [at], vocab)[0].tolist()
        )
        mine = philox_torch.gumbel(seeds, positions, vocab)[0].numpy()
        assert np.allclose(mine, philox.gumbel(seed, [at], vocab)[0], rtol=2e-7, atol=0)


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_choices_and_margins_are_those_of_numpy(how: Sampling) -> None:
    logits = np.random.default_rng(1).normal(0, 2, (40, 300)).astype(np.float32)
    tokens = np.random.default_rng(2).integers(0, 300, 40).tolist()
    mine = sampling_torch.retrace(torch.from_numpy(logits), tokens, how, start=5)
    wanted = sampling.retrace(logits, tokens, how, start=5)
    assert mine.choices.tolist() == wanted.choices.tolist()
    assert np.allclose(mine.margins, wanted.margins, atol=1e-4)


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_an_honest_response_is_its_own_retrace(backend: Any, how: Sampling) -> None:
    prompt = backend.tokenizer.encode_chat([("user", "hello")])
    output = asyncio.run(write(backend, "hello", how, 48))
    assert not (backend.retrace(prompt, output, how).margins > 1e-3).any()


def test_responses_of_a_batch_are_those_of_each_alone(backend: Any) -> None:
    asked = [(f"prompt {'x' * (7 * i)}", Sampling(i, 1.0), 10 + 5 * i) for i in range(6)]

    async def together() -> list[list[int]]:
        return list(await asyncio.gather(*(write(backend, *one) for one in asked)))

    async def one_by_one() -> list[list[int]]:
        return [await write(backend, *one) for one in asked]

    assert asyncio.run(together()) == asyncio.run(one_by_one())


def test_a_response_may_join_while_another_is_under_way_and_leave_before_its_end(
    backend: Any,
) -> None:
    async def scenario() -> tuple[list[int], list[int]]:
        ids = backend.tokenizer.encode_chat([("user", "a long one")])
        stream = backend.generate(ids, Sampling(5), 400)
        begun = [await anext(stream) for _ in range(5)]
        joined = await write(backend, "late", Sampling(6), 20)
        await stream.aclose()
        return begun, joined

    begun, joined = asyncio.run(scenario())
    assert begun == asyncio.run(write(backend, "a long one", Sampling(5), 5))
    assert joined == asyncio.run(write(backend, "late", Sampling(6), 20))


async def answers(backend: TransformersBackend) -> list[tuple[list[int], list[int], Sampling]]:
    """Twelve responses, decoded together: prompt, output and how it was drawn."""
    hows = [Sampling(number, (1.0, 0.7)[number % 2]) for number in range(12)]
    prompts = [f"question {number}" for number in range(12)]
    outputs = await asyncio.gather(
        *(write(backend, prompt, how, 48) for prompt, how in zip(prompts, hows, strict=True))
    )
    chats = [backend.tokenizer.encode_chat([("user", prompt)]) for prompt in prompts]
    return list(zip(chats, outputs, hows, strict=True))


def traced(
    reference: TransformersBackend, given: list[tuple[list[int], list[int], Sampling]]
) -> Counts:
    return sum((count(reference.retrace(*one).margins) for one in given), Counts())


def test_bf16_passes_against_bf16_and_other_weights_do_not(backend: Any) -> None:
    half = tiny(dtype="bfloat16")
    given = asyncio.run(answers(half))
    honest, other = traced(half, given), traced(tiny(seed=1, dtype="bfloat16"), given)
    assert honest.tokens > 300
    assert honest.mismatch_rate < 0.05 < other.mismatch_rate
    assert not BF16.rejects(honest)
    assert BF16.rejects(other)
    asyncio.run(half.close())


def test_what_is_too_long_is_refused(backend: Any) -> None:
    with pytest.raises(ValueError, match="512"):
        asyncio.run(write(backend, "x", Sampling(1), 600))
