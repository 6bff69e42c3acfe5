"""``taokit commitment``: what neurons publish."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "commitment",
        examples={
            "set": [
                "taokit commitment set --netuid 1 --data https://example.com/model -w miner",
                "taokit commitment set --netuid 1 --data 'my bid: 12' --blocks 100 -w miner",
            ]
        },
        next_steps={"set": "taokit commitment get {netuid}"},
    )
    add_read(
        commands,
        "get",
        get_read("commitments"),
        path="taokit commitment get",
        aliases=["list"],
        examples=["taokit commitment get 1", "taokit commitment get 1 --hotkey 5F... --json"],
    )
    return commands


app = group(more=_commands)
