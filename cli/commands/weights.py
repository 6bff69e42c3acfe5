"""``taokit weights``: a validator's weights."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "weights",
        examples={
            "set": [
                "taokit weights set --netuid 1 --uids 1,2 --weights 0.6,0.4 -w vali",
                """echo '{"1": 0.6, "2": 0.4}' | taokit weights set -n 1 --weights - -w vali""",
            ]
        },
        next_steps={"set": "taokit weights show {netuid}"},
    )
    add_read(commands, "show", get_read("weights"), path="taokit weights show")
    return commands


app = group(more=_commands)
