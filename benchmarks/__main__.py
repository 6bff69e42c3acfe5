"""Every benchmark, one after another: `python -m benchmarks`, or `make bench`.

With `--long` those of the big and of the old chain too, of commands beside both btclis, of neurons
and templates, and of a year of a subnet, which take minutes: `make bench-long`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = ("startup", "codec", "chain", "epoch", "scale", "going_back")
WITH_LONG = ("scale", "going_back")
LONG = ("commands", "neuron", "inference", "training", "scaffold", "clients", "year")


def main() -> int:
    """Run each in a process of its own; returns the worst exit status."""
    parser = argparse.ArgumentParser(description="Run every benchmark.")
    parser.add_argument("--long", action="store_true", help="the big and the old chain too")
    given = parser.parse_args()
    worst = 0
    for name in (*ORDER, *(LONG if given.long else ())):
        print(f"\n# {name}\n", flush=True)
        more = ["--long"] if given.long and name in WITH_LONG else []
        done = subprocess.run([sys.executable, HERE / f"{name}.py", *more], check=False)
        worst = max(worst, abs(done.returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main())
