"""``taokit sudo``: settings of subnets, for their owners and the chain's."""

from __future__ import annotations

import typer

from taokit.cli.gone import add_gone
from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("sudo")


app = group(more=_operations)
add_gone(app, "sudo")
