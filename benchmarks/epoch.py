"""Time one epoch of a full subnet: 256 neurons, 64 validators weighting about 200 miners each.

Run: python benchmarks/epoch.py [--plain]. Prints the best and median of the runs in milliseconds.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from taokit.local_chain.yuma import EpochInput, EpochOutput, epoch_mechanism, epoch_plain

NEURONS = 256
VALIDATORS = 64
MINERS_WEIGHTED = 200


def full_subnet(seed: int = 1) -> EpochInput:
    """A subnet with every slot taken; bonds are those of an epoch before."""
    draw = random.Random(seed)
    weights = []
    for uid in range(NEURONS):
        targets = draw.sample(range(NEURONS), MINERS_WEIGHTED) if uid < VALIDATORS else []
        weights.append([(target, draw.randint(1, 65_535)) for target in sorted(targets)])
    data = EpochInput(
        block=1_000_000,
        tempo=360,
        activity_cutoff=5_000,
        stake=[
            draw.randint(10**9, 10**15) << 64 if uid < VALIDATORS else 0 for uid in range(NEURONS)
        ],
        last_update=[999_000 + draw.randint(0, 900) for _ in range(NEURONS)],
        block_at_registration=[draw.randint(0, 900_000) for _ in range(NEURONS)],
        validator_permits=[uid < VALIDATORS for uid in range(NEURONS)],
        weights=weights,
        bonds=[[] for _ in range(NEURONS)],
        emission=360 * 10**9,
        commit_blocks=[None] * NEURONS,
        last_mechanism_step_block=999_640,
    )
    return replace(data, bonds=epoch_mechanism(data).bonds)


def measure(run: Callable[[EpochInput], EpochOutput], data: EpochInput, repeats: int) -> str:
    """Best and median time of `repeats` runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run(data)
        times.append((time.perf_counter() - start) * 1000)
    return f"best {min(times):.1f} ms, median {statistics.median(times):.1f} ms"


def main() -> None:
    """Print the timings of the three kinds of epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", action="store_true", help="also time the plain computation")
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    data = full_subnet()
    for label, changes in (
        ("yuma3", {}),
        ("yuma3, liquid alpha", {"liquid_alpha": True}),
        ("yuma2", {"yuma3": False}),
    ):
        case = replace(data, **changes)
        print(f"{label:20} {measure(epoch_mechanism, case, options.repeats)}")
        if options.plain:
            print(f"{label:20} {measure(epoch_plain, case, 3)} (plain)")


if __name__ == "__main__":
    main()
