"""``taokit explain``: what an error code means, generated from the errors themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.errors import UnknownName
from taokit.cli.table import Column
from taokit.cli.tree import alone, command, run_of

app = alone()


@command(app, "explain", examples=["taokit explain wrong_password", "taokit explain"])
def explain(
    ctx: typer.Context,
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The code in error[...].")
    ] = None,
) -> None:
    """Explain an error code; without one, list them all."""
    from taokit.cli.explain import catalogue, chain_error

    run = run_of(ctx)
    known = catalogue()
    if code is None:
        columns = [
            Column("code", "Code", priority=9),
            Column("exit", "Exit", right=True, priority=7),
            Column("meaning", "Meaning", priority=8),
        ]
        run.out.table(columns, [entry.row() for entry in known.values()])
        return
    wanted = code.removeprefix("error").strip("[]:")
    entry = known.get(wanted) or chain_error(wanted)
    if entry is None:
        raise UnknownName("error code", code, known, see="taokit explain")
    run.out.record(entry.row(), title=None)
