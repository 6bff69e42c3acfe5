"""Measure this machine and this model, and print the terms that fit: for ``run.py``.

Run it where an honest miner, and a validator, would run. All of a run have to take the same terms.
"""

from __future__ import annotations

import sys

from taokit.subnet_templates.training.calibrating import run_calibration

from . import run


def main() -> int:
    """Train alone for a while."""
    return run_calibration(run.backend, run.PAGES, run.TERMS, run.BAR, sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
