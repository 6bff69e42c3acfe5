"""What it costs to audit inference: a token traced by one prefill, against a token written.

    python benchmarks/inference.py                 # the toy model, and noise for real vocabularies
    python benchmarks/inference.py --torch         # and the same in PyTorch, on a GPU if there is
    one

"written" is processor time per token of one response after another, "traced" that of the audit of
the same tokens, "judged" that of the statistics. Then how many tokens reject each cheaper toy model
with 99 % chance, by its measured rates, at a chance of 1e-9 of accusing an honest miner. Exit
status 1 when tracing costs more than writing, or an honest toy server misses anything.
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

RESPONSES, MOST = 24, 64
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


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What auditing inference costs.")
    parser.add_argument("--torch", action="store_true", help="noise in PyTorch too")
    chosen = parser.parse_args()
    fine = toy()
    noise()
    if chosen.torch:
        torch_noise()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
