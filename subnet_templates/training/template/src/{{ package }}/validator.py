"""The validator: asks, judges, sets weights. What it measures is in ``mechanism``."""

from __future__ import annotations

import sys

from taokit.neuron.programs import run_validator

from .gateway import ROUTES, sell
from .mechanism import Mechanism


def main() -> int:
    """Run until told to end."""
    return run_validator(Mechanism(), sys.argv[1:], routes=ROUTES, extend=sell)


if __name__ == "__main__":
    raise SystemExit(main())
