"""``taokit lock``: locked stake and its conviction."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "lock",
        examples={
            "add": ["taokit lock add --netuid 1 --amount 10 --hotkey 5F... -w alice"],
            "mode": ["taokit lock mode --netuid 1 --mode perpetual -w alice"],
            "move": ["taokit lock move --netuid 1 --destination-hotkey 5F... -w alice"],
            "reject": ["taokit lock reject --no-enabled -w alice"],
        },
        next_steps={"add": "taokit lock list{wallet}", "mode": "taokit lock list{wallet}"},
    )
    path = "taokit lock"
    add_read(commands, "list", get_read("locks"), path=f"{path} list", own="coldkey")
    add_read(
        commands,
        "show",
        get_read("locks"),
        path=f"{path} show",
        own="coldkey",
        examples=["taokit lock show --netuid 1 -w alice"],
    )
    add_read(commands, "free", get_read("stake-availability"), path=f"{path} free", own="coldkey")
    add_read(
        commands, "conviction", get_read("conviction"), path=f"{path} conviction", own="hotkey"
    )
    return commands


app = group(more=_commands)
