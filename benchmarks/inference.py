"""What it costs to audit inference: a token traced by one prefill, against a token written.

    python benchmarks/inference.py                 # the toy model, and noise for real vocabularies
    python benchmarks/inference.py --torch         # and PyTorch, on a GPU if there is one

"written" is processor time per token of one response after another, "traced" that of the audit of
the same tokens, "judged" that of the statistics. Then how many tokens reject each cheaper toy model
with 99 % chance, by its measured rates, at a chance of 1e-9 of accusing an honest miner. With
``--torch`` (which needs transformers as well), the same of a random model of 20 million parameters,
against the library's own ``generate`` of the same prompts in one batch, sampling. Exit status 1
when tracing costs more than writing, or an honest toy server misses anything.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from taokit.subnet_templates.inference.audit import Counts, count
from taokit.subnet_templates.inference.backends.toy import CALIBRATION, ToyBackend
from taokit.subnet_templates.inference.philox import gumbel
from taokit.subnet_templates.inference.sampling import Sampling

RESPONSES, MOST, TOGETHER = 24, 64, 16
VOCABULARIES = (264, 32_000, 128_256)
Response = tuple[list[int], list[int], Sampling]


async def written(backend: ToyBackend) -> list[Response]:
    """Responses to short prompts, drawn in three ways."""
    found = []
    for number in range(RESPONSES):
        prompt = backend.tokenizer.encode_chat([("user", f"Question {number}: what is a fox?")])
        how = Sampling(number, *((1.0, 1.0), (0.7, 0.9), (0.0, 1.0))[number % 3])
        found.append((prompt, [t async for t in backend.generate(prompt, how, MOST)], how))
    return found


def spent(work: Callable[[], object]) -> float:
    """The least processor time of three tries, in seconds."""
    least = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


def toy() -> bool:
    """Writing, tracing and judging with the toy model; whether all is as it should be."""
    reference = ToyBackend()
    responses = asyncio.run(written(reference))
    tokens = sum(len(output) for _, output, _ in responses)
    writing = spent(lambda: asyncio.run(written(reference)))
    tracing = spent(lambda: [reference.retrace(*one) for one in responses])
    counts = [count(reference.retrace(*one).margins) for one in responses]
    judging = spent(lambda: [CALIBRATION.rejects(one) for one in counts])
    print(f"{'toy model':24}{'us a token':>12}{'tokens/s':>12}")
    for name, seconds in (("written", writing), ("traced", tracing), ("judged", judging)):
        print(f"{name:24}{seconds / tokens * 1e6:12.1f}{tokens / seconds:12.0f}")
    honest = sum(counts, Counts())
    print(f"\nhonest: {honest.tokens} tokens, {honest.over[0]} are not the reference's choice\n")
    print(f"{'model served':16}{'> 0':>9}{'> 0.1':>9}{'> 1':>9}{'tokens to reject':>18}")
    for name in ("toy-1:int8", "toy-1:int4", "toy-1:small", "toy-2"):
        cheat = asyncio.run(written(ToyBackend(name)))
        seen = sum((count(reference.retrace(*one).margins) for one in cheat), Counts())
        rates = [k / seen.tokens for k in seen.over]
        needed = CALIBRATION.tokens_for(rates)
        print(f"{name:16}" + "".join(f"{rate:9.3%}" for rate in rates) + f"{needed:18}")
    return tracing < writing and honest.over[0] == 0


def noise() -> None:
    """Noise of one position in NumPy: what a CPU auditor pays beside the prefill."""
    print(f"\n{'noise, NumPy':24}{'us a position':>14}")
    for vocabulary in VOCABULARIES:
        seconds = spent(partial(gumbel, 7, np.arange(4), vocabulary)) / 4
        print(f"{vocabulary:24,}{seconds * 1e6:14.0f}")


def torch_noise() -> None:
    """The same in PyTorch."""
    import torch  # type: ignore[import-not-found,unused-ignore]

    from taokit.subnet_templates.inference import philox_torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"\n{'noise, torch ' + device:24}{'us a position':>14}")
    for vocabulary in VOCABULARIES:
        positions = torch.arange(64, device=device)
        seeds = torch.tensor([[7, 0]] * 64, device=device)
        least = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            philox_torch.gumbel(seeds, positions, vocabulary)
            if device == "cuda":
                torch.cuda.synchronize()
            least = min(least, time.perf_counter() - began)
        print(f"{vocabulary:24,}{least / 64 * 1e6:14.1f}")


def torch_model() -> None:
    """Tokens a second through the engine, through plain ``generate``, and through the audit."""
    import torch
    import transformers  # type: ignore[import-not-found,unused-ignore]

    from taokit.subnet_templates.inference.backends.transformers import TransformersBackend

    torch.manual_seed(0)
    gpu = torch.cuda.is_available()
    config = transformers.LlamaConfig(
        vocab_size=32_000,
        hidden_size=256,
        intermediate_size=1024,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=8,
        max_position_embeddings=1024,
        eos_token_id=None,
        pad_token_id=0,
    )
    net = transformers.LlamaForCausalLM(config)
    tokenizer = type("None", (), {"eos_token_id": None})()
    backend = TransformersBackend("random", loaded=(net, tokenizer), most_at_once=TOGETHER)
    prompts = [torch.randint(1, 32_000, (32,)).tolist() for _ in range(TOGETHER)]
    ids = torch.tensor(prompts, device=net.device)
    outputs: list[list[int]] = []

    async def one(number: int) -> list[int]:
        how = Sampling(number, 1.0)
        return [token async for token in backend.generate(prompts[number], how, MOST)]

    async def engine() -> None:
        outputs[:] = await asyncio.gather(*(one(number) for number in range(TOGETHER)))

    def plain() -> None:
        net.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            max_new_tokens=MOST,
            min_new_tokens=MOST,
        )
        if gpu:
            torch.cuda.synchronize()

    def audit() -> None:
        for number, output in enumerate(outputs):
            backend.retrace(prompts[number], output, Sampling(number, 1.0))

    print(f"\n{net.device}, {next(net.parameters()).dtype}, {TOGETHER} x {MOST} tokens")
    print(f"{'':24}{'us a token':>12}{'tokens/s':>12}")
    works = {"generate": plain, "engine": lambda: asyncio.run(engine()), "audit": audit}
    for name, work in works.items():
        least = float("inf")
        for _ in range(3):
            began = time.perf_counter()
            work()
            least = min(least, time.perf_counter() - began)
        tokens = TOGETHER * MOST
        print(f"{name:24}{least / tokens * 1e6:12.0f}{tokens / least:12.0f}")
    wrong = sum(
        count(backend.retrace(p, o, Sampling(n, 1.0)).margins).over[1]
        for n, (p, o) in enumerate(zip(prompts, outputs))
    )
    print(f"tokens that miss by more than 0.1: {wrong} of {TOGETHER * MOST}")


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What auditing inference costs.")
    parser.add_argument("--torch", action="store_true", help="PyTorch too")
    chosen = parser.parse_args()
    fine = toy()
    noise()
    if chosen.torch:
        torch_noise()
        torch_model()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
