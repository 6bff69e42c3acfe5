"""``taokit utils``: conversions and endpoints."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("utils")


app = group(more=_operations)
