"""Measuring a run on this machine, and what terms follow: how much to train, how to tell work.

Owns the measurements and what is recommended of them. Does not own setting it (``run``).

An honest miner trains alone for some windows. Its updates are measured as validators do: against
the pages they were made on, and against pages that they were not made on, which is what a miner
has to show that did not do the work. Between these two lies the bar.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

import numpy as np

from taokit.neuron.randomness import Seeded
from taokit.subnet_templates.training.backends import Backend
from taokit.subnet_templates.training.codec import Codec
from taokit.subnet_templates.training.contributing import Inner
from taokit.subnet_templates.training.corpus import Pages
from taokit.subnet_templates.training.judging import Bar, measure
from taokit.subnet_templates.training.outer import genesis
from taokit.subnet_templates.training.terms import Terms
from taokit.wallet.errors import TaokitError

__all__ = ["Advice", "Seen", "advise", "observe", "run_calibration"]

RARE = 3.1
"""Standard deviations that one of a thousand exceeds."""


@dataclass(frozen=True)
class Seen:
    """What was measured. ``step_s`` is a step of training on one page, ``judge_s`` all that judging
    one update takes, ``update_bytes`` its size; ``worked`` and ``idle`` are proofs of each window.
    """

    step_s: float
    judge_s: float
    update_bytes: int
    worked: tuple[float, ...]
    idle: tuple[float, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True)
class Advice:
    """What follows. ``told`` are doubts that whoever runs this should read first."""

    window: int
    pages: int
    bar: Bar
    told: tuple[str, ...]


def observe(
    backend: Backend, data: Pages, terms: Terms, bar: Bar, *, windows: int, inner: Inner
) -> Seen:
    """Train alone for some windows, and measure each update twice."""
    codec, lot = Codec(backend.size, terms.chunk, terms.keep), Seeded(b"calibration")
    state, residual = genesis(backend.initial(), 0), np.zeros(backend.size, np.float32)
    trained = judged = 0.0
    worked, idle, gains, sizes = [], [], [], []
    for window in range(windows):
        draw = lot.child(window)
        numbers = [draw.randrange(data.count) for _ in range(terms.pages + 2 * bar.pages)]
        given = _read(data, numbers[: terms.pages])
        others, unseen = (
            _read(data, part) for part in (numbers[terms.pages : -bar.pages], numbers[-bar.pages :])
        )
        began = time.perf_counter()
        after = backend.train(state.params, given, steps=inner.passes * len(given), rate=inner.rate)
        trained += time.perf_counter() - began
        sent, left = codec.compress(state.params - after + residual)
        residual = left * np.float32(1.0 - inner.forgetting)
        payload = codec.encode(sent)
        sizes.append(len(payload))
        began = time.perf_counter()
        received = codec.decode(payload)
        own = given[draw.child("own").sample(range(len(given)), min(bar.pages, len(given)))]
        found = measure(backend, state.params, received, own, unseen, bar)
        judged += time.perf_counter() - began
        worked.append(found.proof)
        gains.append(found.gain)
        idle.append(measure(backend, state.params, received, others, unseen, bar).proof)
        state = terms.outer.step(state, {"one": received}, window).state
    steps = windows * terms.pages * inner.passes
    return Seen(
        trained / steps, judged / windows, max(sizes), tuple(worked), tuple(idle), tuple(gains)
    )


def advise(
    seen: Seen,
    terms: Terms,
    bar: Bar,
    *,
    miners: int,
    block_s: float = 12.0,
    upload_s: float = 0.0,
    window: int | None = None,
) -> Advice:
    """The terms that fit what was seen. With a ``window`` in blocks, how many pages fit into it.

    A window has to hold, one after the other: the grace and the draw, judging every miner,
    training and uploading; with as much again for machines that are half as fast as this one.
    """
    told = []
    fixed = (terms.grace + terms.draw) * block_s + seen.judge_s * miners + upload_s
    pages = terms.pages
    if window is None:
        window = max(10, math.ceil(2.0 * (fixed + seen.step_s * pages) / block_s))
    else:
        left = window * block_s / 2.0 - fixed
        pages = int(left / seen.step_s) if left > 0.0 else 0
        if pages < bar.pages:
            told.append(
                f"{window} blocks are too short: judging {miners} miners takes "
                f"{seen.judge_s * miners:.1f} s of {window * block_s:.0f}"
            )
    high, low = fmean(seen.worked), fmean(seen.idle)
    spread = pstdev(seen.worked) + pstdev(seen.idle)
    if high <= low:
        told.append("the work cannot be told from none: more pages, more passes, or a larger reach")
        return Advice(window, pages, bar, tuple(told))
    memory = max(bar.memory, math.ceil((RARE * spread / (high - low)) ** 2))
    proof = low + (high - low) * (pstdev(seen.idle) / spread if spread else 0.5)
    if memory > 64:
        told.append(f"it takes {memory} windows to tell the work from none")
    if fmean(seen.gains) <= 0.0:
        told.append("honest updates remove no loss: a smaller rate, or a smaller reach")
    fitted = Bar(
        reach=bar.reach,
        pages=bar.pages,
        memory=memory,
        probation=memory + 2,
        proof=round(proof, 3),
        sure=round(proof + (high - proof) / 2.0, 3),
        doubt=round(low + (proof - low) / 2.0, 3),
        alike=bar.alike,
        apart=round((high - low) / 2.0, 3),
    )
    return Advice(window, pages, fitted, tuple(told))


def run_calibration(
    backend: Callable[[], Backend], data: Pages, terms: Terms, bar: Bar, argv: Sequence[str]
) -> int:
    """A project's program: measures, and prints lines for its ``run.py``. Returns the exit status:
    1 where there are doubts.
    """
    parser = argparse.ArgumentParser(description="Measure a run on this machine.")
    parser.add_argument("--windows", type=int, default=32, help="how long to train")
    parser.add_argument("--miners", type=int, default=64, help="how many have to be judged")
    parser.add_argument("--window", type=int, help="blocks of a window, if that is settled")
    parser.add_argument("--block-s", type=float, default=12.0, help="seconds of a block")
    parser.add_argument("--upload-mbps", type=float, default=10.0, help="megabits a second")
    chosen = parser.parse_args(argv)
    try:
        seen = observe(backend(), data, terms, bar, windows=chosen.windows, inner=Inner())
    except TaokitError as error:
        sys.stderr.write(f"{error.code}: {error} ({error.hint})\n")
        return 2
    found = advise(
        seen,
        terms,
        bar,
        miners=chosen.miners,
        block_s=chosen.block_s,
        upload_s=seen.update_bytes * 8 / (chosen.upload_mbps * 1e6),
        window=chosen.window,
    )
    sys.stdout.write(_as_lines(seen, found))
    return int(bool(found.told))


def _as_lines(seen: Seen, found: Advice) -> str:
    work, none = (f"{fmean(p):.3f} ({pstdev(p):.3f})" for p in (seen.worked, seen.idle))
    bar = found.bar
    lines = (
        f"# a step takes {seen.step_s * 1e3:.2f} ms, judging an update {seen.judge_s * 1e3:.1f} ms",
        f"# an update has {seen.update_bytes} bytes "
        f"and removes {fmean(seen.gains):.2%} of the loss",
        f"# proofs (and their deviation): {work} of work, {none} of none",
        f"TERMS = replace(TERMS, window={found.window}, pages={found.pages})",
        f"BAR = replace(BAR, memory={bar.memory}, probation={bar.probation}, proof={bar.proof}, "
        f"sure={bar.sure}, doubt={bar.doubt}, apart={bar.apart})",
        *(f"# careful: {doubt}" for doubt in found.told),
    )
    return "".join(f"{line}\n" for line in lines)


def _read(data: Pages, numbers: Sequence[int]) -> Any:
    return np.stack([data.page(number) for number in numbers])
