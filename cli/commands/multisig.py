"""``taokit multisig``: accounts that several sign for."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("multisig")


app = group(more=_operations)
