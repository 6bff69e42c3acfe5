"""Every benchmark, one after another: `python -m benchmarks`, or `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = ("startup", "codec", "chain", "epoch")


def main() -> int:
    """Run each in a process of its own; returns the worst exit status."""
    worst = 0
    for name in ORDER:
        print(f"\n# {name}\n", flush=True)
        done = subprocess.run([sys.executable, HERE / f"{name}.py"], check=False)
        worst = max(worst, abs(done.returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main())
