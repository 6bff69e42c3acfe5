"""A subnet's project, from nothing to its first green tests.

    python benchmarks/scaffold.py

For each template, in new processes as a user starts them: ``taokit subnet new`` (git repository and
first commit included, nothing installed), then the project's fast tests (L0); of ``blank`` also its
personas in memory (L1). The library is installed already, since that depends on the network. In
brackets is what processors worked, which a busy machine hardly lengthens.
Exit status 1 when making a project takes more than 3 s, or its first green test more than 60 s, by
the lesser of the two.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

TEMPLATES = ("blank", "inference", "training")
ROUNDS = 3
MOST_NEW_S, MOST_GREEN_S = 3.0, 60.0


Took = tuple[float, float]
"""Seconds by the clock, and of processors."""


def main() -> int:
    """Measure and print; returns the exit status."""
    late = False
    print(f"{'template':10} {'new':>16} {'first green test':>18} {'personas':>18}")
    for template in TEMPLATES:
        rounds = [measured(template) for _ in range(ROUNDS)]
        made, green = (shortest(one[column] for one in rounds) for column in (0, 1))
        last = personas(template) if template == "blank" else None
        print(f"{template:10} {shown(made):>16} {shown(green):>18} {shown(last):>18}", flush=True)
        late = late or min(made) > MOST_NEW_S or min(green) > MOST_GREEN_S
    return int(late)


def shown(took: Took | None) -> str:
    """As text."""
    return "" if took is None else f"{took[0]:.1f} s ({took[1]:.1f} s)"


def shortest(rounds: Iterable[Took]) -> Took:
    """The least of each."""
    clock, worked = zip(*rounds)
    return min(clock), min(worked)


def measured(template: str) -> tuple[Took, Took]:
    """To the project, and from nothing to its first green tests."""
    with tempfile.TemporaryDirectory() as folder:
        began = now()
        new(template, Path(folder))
        made = since(began)
        run("-m", "pytest", "-q", "tests/test_scoring.py", cwd=Path(folder) / "project")
        return made, since(began)


def personas(template: str) -> Took:
    """All personas on a chain in memory."""
    with tempfile.TemporaryDirectory() as folder:
        new(template, Path(folder))
        began = now()
        run("-m", "pytest", "-q", "tests/test_personas.py", cwd=Path(folder) / "project")
        return since(began)


def now() -> Took:
    """The clock, and what processes of ours have worked that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def since(began: Took) -> Took:
    """From then to now."""
    clock, worked = now()
    return clock - began[0], worked - began[1]


def new(template: str, folder: Path) -> None:
    """Make a project as the command does."""
    words = ("subnet", "new", template, "measured", "--into", "project", "--defaults", "--quiet")
    run("-m", "taokit.cli", *words, cwd=folder)


def run(*words: str, cwd: Path) -> None:
    """Run Python, quietly. Raises CalledProcessError."""
    around = {**os.environ, "TAOKIT_CACHE_DIR": str(cwd / ".cache")}
    subprocess.run([sys.executable, *words], cwd=cwd, env=around, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
