"""What buyers get: how the run goes, for everybody; checkpoints, text and models of their own, for
credit.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from taokit.neuron.gateway import Gateway, Price, Route, credits
from taokit.neuron.programs import run_gateway
from taokit.subnet_templates.training.bucket import FolderBucket
from taokit.subnet_templates.training.job_paths import sell_jobs
from taokit.subnet_templates.training.job_work import JobWork
from taokit.subnet_templates.training.jobs import Jobs
from taokit.subnet_templates.training.models import Models
from taokit.subnet_templates.training.serving import Board, sell_run
from taokit.subnet_templates.training.talking import sell_text

from . import run

ROUTES: tuple[Route[Any, Any, Any], ...] = ()
"""Jobs go to miners too, but take longer than a request: they are no route."""

PRICE = credits("0.5")
"""Of one checkpoint."""
JOBS = Price(per_request=credits("0.01"), per_thousand={"tokens": 200})
"""Of a job: by the bytes that are trained on, again and again counted each time."""
TEXT = Price(per_thousand={"completion": 1000})
"""Of text: by the bytes that are written."""


def sell(gateway: Gateway) -> None:
    """Add what is sold of the run."""
    backend = run.backend()
    board = Board(run.TERMS, run.bucket(), backend.size)
    sell_run(gateway, board, run.TERMS, price=PRICE)
    kept = FolderBucket(Path(gateway.store.path).parent / "jobs")
    jobs = Jobs(gateway, kept, JOBS)
    work = JobWork(gateway, jobs, backend, lambda snapshot: board.latest(snapshot)[1])
    sell_jobs(gateway, jobs, work, length=run.PAGES.length)
    models = Models(run.TERMS.run, board, jobs, gateway.router.snapshot)
    sell_text(gateway, backend, models, context=run.PAGES.length - 1, price=TEXT)


def main() -> int:
    """Sell until told to end."""
    return run_gateway(ROUTES, sys.argv[1:], extend=sell)


if __name__ == "__main__":
    raise SystemExit(main())
