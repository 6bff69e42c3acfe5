"""The reference miner. Miners will replace it; what binds them is SPEC.md."""

from __future__ import annotations

import sys

from taokit.neuron.programs import run_miner
from taokit.subnet_templates.training.contributing import Contributor, Inner

from . import run
from .mechanism import Mechanism


def contributor(kind: type[Contributor] = Contributor) -> Contributor:
    """The reference miner, or one of a kind that differs from it in something."""
    return kind(run.TERMS, run.backend, run.PAGES, run.bucket(), Inner(), run.uploads())


def main() -> int:
    """Train and serve until told to end."""
    return run_miner(Mechanism(), contributor(), sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
