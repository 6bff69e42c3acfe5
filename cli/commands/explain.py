"""``taokit explain``: what an error code or a chain's error means, from the errors themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.context import Run
from taokit.cli.errors import UnknownName
from taokit.cli.table import Column
from taokit.cli.tree import alone, command, run_of

app = alone()


@command(
    app,
    "explain",
    examples=[
        "taokit explain wrong_password",
        "taokit explain SettingWeightsTooFast",
        "taokit explain 'Custom error: 6'",
        "taokit explain --chain",
    ],
)
def explain(
    ctx: typer.Context,
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="The code in error[...], or the chain's own name."),
    ] = None,
    chain: Annotated[
        bool, typer.Option("--chain", help="List every error of the chain instead.")
    ] = False,
) -> None:
    """Explain an error code or an error of the chain; without one, list the codes."""
    from taokit.cli.explain import catalogue

    run = run_of(ctx)
    if code is None:
        _list_chain(run) if chain else _list(run)
        return
    known = catalogue()
    wanted = code.removeprefix("error").strip("[]:")
    entry = known.get(wanted)
    if entry is None:
        _of_chain(run, code, [*known])
        return
    run.out.record(entry.row(), title=None)


def _list(run: Run) -> None:
    from taokit.cli.explain import catalogue

    columns = [
        Column("code", "Code", priority=9),
        Column("exit", "Exit", right=True, priority=7),
        Column("meaning", "Meaning", priority=8),
    ]
    run.out.table(columns, [entry.row() for entry in catalogue().values()])


def _list_chain(run: Run) -> None:
    from taokit.cli.explain import chain_errors

    columns = [
        Column("name", "Error", priority=9),
        Column("meaning", "Meaning", priority=8),
        Column("remedy", "What helps", priority=7),
    ]
    run.out.table(columns, [error.row() for error in chain_errors()])


def _of_chain(run: Run, text: str, codes: list[str]) -> None:
    from taokit.cli.explain import chain_errors, explain_chain_error

    found = explain_chain_error(text)
    if not found:
        names = [error.name for error in chain_errors()]
        raise UnknownName("error code", text, [*codes, *names], see="taokit explain")
    if run.out.form == "json":
        rows = [error.row() for error in found]
        run.out.document(rows[0] if len(rows) == 1 else rows)
        return
    for place, error in enumerate(found):
        if place:
            run.out.line("")
        run.out.record({k: v for k, v in error.row().items() if v is not None})
