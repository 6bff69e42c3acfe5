"""``taokit timelock``: encrypting to a time that has not come."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("timelock")


app = group(more=_operations)
