"""``taokit tx``: every operation by its name, with options or from JSON."""

from __future__ import annotations

import typer

from taokit.cli.commands import tx_offline
from taokit.cli.operation_group import OperationGroup
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("tx")


app = group(cls=OperationGroup, more=_operations)
tx_offline.add_to(app)


@command(app, "list", examples=["taokit tx list", "taokit tx list --json"])
def list_operations(ctx: typer.Context) -> None:
    """List every operation: `taokit tx NAME` sends one, `taokit tx NAME --help` has its options.

    With --json, the schema of its fields too: those of `--json-args`.
    """
    from taokit.chain_client.operations import all_operations

    run = run_of(ctx)
    entries = list(all_operations().values())
    rows = [
        {"name": e.name, "signer": e.signer, "danger": e.danger, "help": e.help} for e in entries
    ]
    columns = [
        Column("name", "Operation", priority=9),
        Column("help", "What it does", priority=8),
        Column("signer", "Signed by", priority=5),
        Column("danger", "Danger", priority=4),
    ]
    schemas = [
        {**row, "description": entry.description, "schema": entry.json_schema()}
        for row, entry in zip(rows, entries, strict=True)
    ]
    run.out.table(columns, rows, json=schemas)
