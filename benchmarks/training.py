"""What a round of training costs besides training: bytes on the wire, the codec, our step.

    python benchmarks/training.py

Bytes per parameter and times of the codec are of a vector of four million, 64 of 4096 entries kept;
"processor" is this process's time. The rows after it compare a step of the transformer as miners
take it (``ByteTransformer.train``) with the same step written out in torch alone. The last ones are
of two processes by torchrun (gloo, on a CPU, one thread each), which take a page each at a step:
beside them is one process that takes one page, and one that takes two; these are times of the
clock, the least of some rounds, and mean something on an idle machine with two cores. Rows of torch
are skipped where it is not installed. Exit status 1 when an update takes more than 0.27 bits for
each parameter, or a step more than 1.25 times that of torch alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from taokit.subnet_templates.training.codec import Codec
from taokit.subnet_templates.training.corpus import Grammar
from taokit.subnet_templates.training.outer import Outer, genesis

SIZE = 1 << 22
STEPS, ROUNDS = 64, 5
MOST_BITS, MOST_TIMES_TORCH = 0.27, 1.25


def least(run: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Seconds of processor time, the least of a few rounds."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return min(found)


def codec_rows() -> float:
    """Print the codec's rows; returns bits per parameter."""
    codec = Codec(SIZE)
    vector = np.random.default_rng(0).normal(size=SIZE).astype(np.float32)
    sent, _ = codec.compress(vector)
    data = codec.encode(sent)
    bits = 8 * len(data) / SIZE
    print(f"update          {len(data) / SIZE:8.4f} bytes per parameter ({bits:.3f} bits, ", end="")
    print(f"{32 / bits:.0f} times less than float32)")
    for name, run in (
        ("compress", lambda: codec.compress(vector)),
        ("encode", lambda: codec.encode(sent)),
        ("decode", lambda: codec.decode(data)),
    ):
        took = least(run)
        print(f"{name:15} {took * 1e3:8.1f} ms  ({SIZE / took / 1e6:.0f} million parameters a s)")
    members = {str(place): sent for place in range(8)}
    state, outer = genesis(vector, 0), Outer()
    print(f"{'step of 8':15} {least(lambda: outer.step(state, members, 0), 2) * 1e3:8.1f} ms")
    return bits


def torch_rows() -> float:
    """Print the rows of a step; returns how many times as long ours takes."""
    try:
        import torch
    except ImportError:
        print("step            skipped: torch is not installed")
        return 1.0
    from taokit.subnet_templates.training.byte_transformer import (
        BETAS,
        ByteTransformer,
        next_byte_losses,
    )

    torch.set_num_threads(1)
    model = ByteTransformer("cpu")
    pages = np.stack([Grammar().page(number) for number in range(STEPS)])
    params, data = model.initial(), torch.from_numpy(pages)

    def plain() -> None:
        optimizer = torch.optim.AdamW(model.module.parameters(), lr=1e-3, betas=BETAS)
        for step in range(STEPS):
            optimizer.zero_grad(set_to_none=True)
            next_byte_losses(model.module, data[step : step + 1]).mean().backward()
            optimizer.step()

    plain()
    alone = least(plain) / STEPS
    ours = least(lambda: model.train(params, pages, steps=STEPS, rate=1e-3)) / STEPS
    print(f"{'step, torch':15} {alone * 1e3:8.2f} ms")
    print(f"{'step, miner':15} {ours * 1e3:8.2f} ms  ({ours / alone:.2f} times)")
    return ours / alone


def torchrun_rows() -> None:
    """Print the rows of several processes."""
    try:
        import torch
    except ImportError:
        print("torchrun        skipped: torch is not installed")
        return
    from taokit.subnet_templates.training.backends import open_backend
    from taokit.subnet_templates.training.byte_transformer import (
        BETAS,
        ByteTransformer,
        next_byte_losses,
    )

    torch.set_num_threads(1)
    model = ByteTransformer("cpu")
    pages = np.stack([Grammar().page(number) for number in range(2 * STEPS)])
    data = torch.from_numpy(pages)
    alone = {}
    for count in (1, 2):
        optimizer = torch.optim.AdamW(model.module.parameters(), lr=1e-3, betas=BETAS)
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for step in range(STEPS):
                optimizer.zero_grad(set_to_none=True)
                batch = data[count * step : count * (step + 1)]
                next_byte_losses(model.module, batch).mean().backward()
                optimizer.step()
            taken.append((time.perf_counter() - began) / STEPS)
        alone[count] = min(taken)
        print(f"{f'one, {count} a step':15} {alone[count] * 1e3:8.2f} ms")
    for strategy in ("ddp", "fsdp2"):
        several = open_backend(f"torchrun:{strategy}:2")
        taken, whole = [], []
        for _ in range(3):
            began = time.perf_counter()
            several.train(several.initial(), pages, steps=2 * STEPS, rate=1e-3)
            whole.append(time.perf_counter() - began)
            taken.append(several.step_s)  # type: ignore[attr-defined]
        step, start = min(taken), min(whole) - STEPS * min(taken)
        beside = f"{step / alone[1]:.2f} times one page alone, {step / alone[2]:.2f} times two"
        print(f"{f'two, {strategy}':15} {step * 1e3:8.2f} ms  ({beside}; {start:.1f} s to start)")


def main() -> int:
    """All rows."""
    bits, times = codec_rows(), torch_rows()
    torchrun_rows()
    return int(bits > MOST_BITS or times > MOST_TIMES_TORCH)


if __name__ == "__main__":
    sys.exit(main())
