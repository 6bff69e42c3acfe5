"""``taokit sudo``: hyperparameters of subnets and settings of the chain, for owners and root."""

from __future__ import annotations

import typer

from taokit.cli.gone import add_gone
from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "sudo",
        examples={
            "set": [
                "taokit sudo set --netuid 2 --param immunity_period --value 7200 -w owner",
                "taokit sudo set --netuid 2 --param bonds_penalty --value 50% -w owner",
                "taokit sudo set --param network_rate_limit --value 3600 -w root",
            ],
            "trim": ["taokit sudo trim --netuid 2 --max 128 -w owner"],
            "trigger-epoch": ["taokit sudo trigger-epoch --netuid 2 -w owner"],
            "call": ["taokit sudo call -w root -- subnets dissolve --netuid 2"],
            "set-take": ["taokit sudo set-take --take 9% -w vali"],
            "stake-burn": ["taokit sudo stake-burn --netuid 2 --amount 10 --tolerance 2% -w owner"],
        },
        next_steps={"set": "taokit sudo get{of_subnet} --param {param}"},
    )
    add_read(
        commands,
        "get",
        get_read("settings"),
        path="taokit sudo get",
        examples=[
            "taokit sudo get --netuid 2",
            "taokit sudo get --netuid 2 --param immunity_period",
            "taokit sudo get --json",
        ],
    )
    add_read(commands, "get-take", get_read("take"), path="taokit sudo get-take", own="hotkey")
    return commands


app = group(more=_commands)
add_gone(app, "sudo")
