"""Learning what honest servers of a model may do: measured once per model and engine, kept as JSON.

Owns the measurement and its file. Does not own the statistics (``audit``). Measure every engine and
precision that honest miners may run, each against the reference, and keep the worst.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from taokit.neuron.errors import ConfigError
from taokit.neuron.randomness import Seeded
from taokit.subnet_templates.inference.audit import Calibration, Counts, calibrate, count
from taokit.subnet_templates.inference.backends.protocol import Backend
from taokit.subnet_templates.inference.sampling import Sampling
from taokit.wallet.errors import TaokitError

__all__ = ["load_calibration", "measure", "run_calibration", "save_calibration"]


def run_calibration(
    model: str, engine: str, prompt: Callable[[Seeded], str], to: Path, argv: Sequence[str]
) -> int:
    """A project's program: one engine serves, another audits. Returns the exit status."""
    from taokit.subnet_templates.inference.backends import open_backend

    parser = argparse.ArgumentParser(description="Measure what honest servers of the model do.")
    parser.add_argument("--served", default=engine, help="engine of the honest miner")
    parser.add_argument("--reference", default=engine, help="engine of the auditor")
    parser.add_argument("--responses", type=int, default=256)
    parser.add_argument("--max-tokens", type=int, default=256)
    chosen = parser.parse_args(argv)
    try:
        served = open_backend(chosen.served, model)
        reference = open_backend(chosen.reference, model)
    except TaokitError as error:
        sys.stderr.write(f"{error.code}: {error} ({error.hint})\n")
        return 2
    rng = Seeded(b"calibration".ljust(32))
    prompts = [prompt(rng.child(number)) for number in range(chosen.responses)]
    counts = asyncio.run(measure(served, reference, prompts, max_tokens=chosen.max_tokens))
    learned = save_calibration(to, model, counts)
    sys.stdout.write(f"{to}: {learned.rates}\n")
    return 0


async def measure(
    served: Backend, reference: Backend, prompts: Iterable[str], *, max_tokens: int = 256
) -> list[Counts]:
    """Let an engine answer prompts honestly, and trace its answers with the reference."""
    found = []
    for number, prompt in enumerate(prompts):
        ids = served.tokenizer.encode_chat([("user", prompt)])
        how = Sampling(number, *((1.0, 1.0), (0.7, 0.95), (0.0, 1.0))[number % 3])
        output = [token async for token in served.generate(ids, how, max_tokens)]
        found.append(count(reference.retrace(ids, output, how).margins))
    return found


def save_calibration(
    path: Path, model: str, honest: Sequence[Counts], *, alpha: float = 1e-9
) -> Calibration:
    """Learn from honest counts and write the result, with what it was learned from."""
    learned = calibrate(model, honest, alpha=alpha)
    total = sum(honest, Counts())
    told = {
        "model": model,
        "rates": list(learned.rates),
        "alpha": alpha,
        "measured": {"responses": len(honest), "tokens": total.tokens, "over": list(total.over)},
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return learned


def load_calibration(path: Path, model: str) -> Calibration:
    """Read what was measured for a model. Raises ConfigError."""
    hint = "measure it with the project's calibrate program"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = Calibration(told["model"], tuple(map(float, told["rates"])), float(told["alpha"]))
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise ConfigError(f"{path} is no calibration: {wrong}", hint=hint) from wrong
    if found.model != model:
        raise ConfigError(f"{path} is of {found.model}, not of {model}", hint=hint)
    return found
