"""``taokit schema``: the JSON Schema of what a command answers with ``--json``."""

from __future__ import annotations

from typing import Annotated, Any

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
    from taokit.cli.tool_catalogue import each_command
    from taokit.cli.tree import facts_of

    run = run_of(ctx)
    wanted = " ".join(words or ())
    if wanted == _ERROR:
        run.out.document(error_schema())
        return
    known: dict[str, Any] = {name: facts_of(found) for name, found in each_command()}
    if not wanted:
        every = {name: schema_of_answer(name, facts) for name, facts in known.items()}
        run.out.document({_ERROR: error_schema(), **every})
        return
    path = _own_name(wanted, known)
    run.out.document(schema_of_answer(path, known[path]))


def _own_name(wanted: str, known: dict[str, Any]) -> str:
    """The command's words where a group was called by an alias."""
    from taokit.cli.commands import find

    first, _, rest = wanted.partition(" ")
    entry = find(first)
    path = wanted if entry is None else f"{entry.name} {rest}".strip()
    if path not in known:
        raise UnknownName("command", wanted, known, see="taokit --help")
    return path
