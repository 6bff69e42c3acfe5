"""What buyers get: how the run goes, for everybody; the newest checkpoint, for credit."""

from __future__ import annotations

import sys

from taokit.neuron.gateway import Gateway, credits
from taokit.neuron.programs import run_gateway
from taokit.subnet_templates.training.serving import Board, sell_run

from . import run

PRICE = credits("0.5")
"""Of one checkpoint."""


def sell(gateway: Gateway) -> None:
    """Add what is sold of the run."""
    board = Board(run.TERMS, run.bucket(), run.backend().size)
    sell_run(gateway, board, run.TERMS, price=PRICE)


def main() -> int:
    """Sell until told to end."""
    return run_gateway((), sys.argv[1:], extend=sell)


if __name__ == "__main__":
    raise SystemExit(main())
