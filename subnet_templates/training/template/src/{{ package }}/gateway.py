"""What buyers get: how the run goes, for everybody; the newest checkpoint, for credit."""

from __future__ import annotations

import sys
from typing import Any

from taokit.neuron.gateway import Gateway, Route, credits
from taokit.neuron.programs import run_gateway
from taokit.subnet_templates.training.serving import Board, sell_run

from . import run

ROUTES: tuple[Route[Any, Any, Any], ...] = ()
"""Nothing is asked of miners on a buyer's behalf."""

PRICE = credits("0.5")
"""Of one checkpoint."""


def sell(gateway: Gateway) -> None:
    """Add what is sold of the run."""
    board = Board(run.TERMS, run.bucket(), run.backend().size)
    sell_run(gateway, board, run.TERMS, price=PRICE)


def main() -> int:
    """Sell until told to end."""
    return run_gateway(ROUTES, sys.argv[1:], extend=sell)


if __name__ == "__main__":
    raise SystemExit(main())
