"""``taokit commitment``: what neurons publish."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("commitment")


app = group(more=_operations)
