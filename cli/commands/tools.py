"""``taokit tools``: all commands, reads and operations as JSON, for agents and other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.errors import UnknownName
from taokit.cli.tree import alone, command, run_of

app = alone()


@command(
    app,
    "tools",
    examples=[
        "taokit tools",
        "taokit tools --kind operations",
        "taokit tools stake.add",
        "taokit tools 'wallet balance'",
    ],
)
def tools(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this command, read or operation.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only commands, reads, operations, errors or exits."),
    ] = None,
) -> None:
    """Print a catalogue of everything as JSON: what it does, what it takes, with JSON schemas.

    A command is run with --json and --no-input; a read is `taokit query NAME`, an operation
    `taokit tx NAME --json-args '{...}'`.
    """
    from taokit.cli.tool_catalogue import KINDS, catalogue

    run = run_of(ctx)
    if kind is not None and kind not in KINDS:
        raise UnknownName("kind", kind, KINDS, see="taokit tools --help")
    kinds = (kind,) if kind else KINDS
    if name is None:
        run.out.document(catalogue(kinds))
        return
    known: list[str] = []
    for one in sorted(kinds, key=lambda kind: kind == "commands"):  # making those takes longest
        for entry in catalogue((one,))[one]:
            if entry["name"] == name:
                run.out.document(entry)
                return
            known.append(entry["name"])
    raise UnknownName("command, read or operation", name, known, see="taokit tools")
