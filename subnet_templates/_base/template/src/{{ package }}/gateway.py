"""What buyers can ask for, and what it costs. Nothing is sold yet."""

from __future__ import annotations

import sys
from typing import Any

from taokit.neuron.gateway import Route
from taokit.neuron.programs import run_gateway

ROUTES: tuple[Route[Any, Any, Any], ...] = ()


def main() -> int:
    """Sell until told to end."""
    return run_gateway(ROUTES, sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
