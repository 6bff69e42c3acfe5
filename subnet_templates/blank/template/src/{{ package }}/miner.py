"""The reference miner. Miners will replace it; what binds them is SPEC.md."""

from __future__ import annotations

import sys

from taokit.neuron.programs import run_miner

from .mechanism import Mechanism
from .protocol import Answer, Task


def answer(task: Task) -> Answer:
    """Put the numbers in order."""
    order = sorted(range(len(task.xs)), key=task.xs.__getitem__)
    return Answer(id=task.id, order=tuple(order))


def main() -> int:
    """Serve until told to end."""
    return run_miner(Mechanism(), answer, sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
