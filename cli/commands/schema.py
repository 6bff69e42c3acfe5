"""``taokit schema``: the JSON Schema of what a command answers with ``--json``."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.errors import UnknownName
from taokit.cli.tree import alone, command, run_of

app = alone()

_ERROR = "error"


@command(
    app,
    "schema",
    examples=["taokit schema stake list", "taokit schema error", "taokit schema > schemas.json"],
)
def schema(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="A command's words, or `error`."),
    ] = None,
) -> None:
    """Print the JSON Schema of a command's --json answer; without a command, of all of them.

    Of a command that goes on (`watch`, `apply`) it is that of each line. Fields may be added in
    later versions; none goes or changes its meaning without a new major version.
    """
    from taokit.cli.answers import error_schema, schema_of_answer
    from taokit.cli.tool_catalogue import each_command, find_command
    from taokit.cli.tree import facts_of

    run = run_of(ctx)
    wanted = " ".join(words or ()).split()
    if wanted == [_ERROR]:
        run.out.document(error_schema())
        return
    if not wanted:
        every = {path: schema_of_answer(path, facts_of(one)) for path, one in each_command()}
        run.out.document({_ERROR: error_schema(), **every})
        return
    found = find_command(wanted)
    if found is None:
        known = [path for path, _ in each_command()]
        raise UnknownName("command", " ".join(wanted), known, see="taokit --help")
    path, command_ = found
    run.out.document(schema_of_answer(path, facts_of(command_)))
