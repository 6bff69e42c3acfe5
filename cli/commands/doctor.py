"""``taokit doctor``: what is installed, configured and reachable, fit to paste in an issue."""

from __future__ import annotations

import typer

from taokit.cli.global_options import NETWORK
from taokit.cli.table import Column
from taokit.cli.tree import alone, command, run_of

app = alone()


@command(
    app,
    "doctor",
    examples=["taokit doctor", "taokit doctor --json", "taokit doctor --network finney"],
    shows=NETWORK,
)
def doctor(ctx: typer.Context) -> None:
    """Check this installation: versions, settings, folders, wallets, and whether a chain answers.

    Shows no secret, no wallet's name and no home folder, so that it can be pasted into an issue.
    Exits with 0 also where it finds problems: they are in the last column.
    """
    from taokit.cli.checks import all_checks

    run = run_of(ctx)
    with run.out.phase("looking"):
        rows = all_checks(run)
    columns = [
        Column("check", "Check", priority=9),
        Column("value", "Value", priority=8),
        Column("problem", "Problem", priority=7),
    ]
    run.out.table(columns, rows)
    wrong = sum(1 for row in rows if row["problem"])
    run.out.note(f"{wrong} problem{'s' if wrong != 1 else ''}" if wrong else "all is well")
