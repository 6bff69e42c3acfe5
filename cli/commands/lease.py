"""``taokit lease``: subnets that a crowdloan has leased."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "lease",
        examples={"terminate": ["taokit lease terminate --lease-id 0 -w alice --hotkey default"]},
    )
    add_read(commands, "list", get_read("leases"), path="taokit lease list")
    add_read(
        commands,
        "shares",
        get_read("lease-shares"),
        path="taokit lease shares",
        examples=["taokit lease shares 0"],
    )
    return commands


app = group(more=_commands)
