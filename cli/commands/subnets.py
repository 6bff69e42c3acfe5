"""``taokit subnets``: what there is, what it costs, creating, starting, registering."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = typer.Typer()

    def read(verb: str, name: str, *, also: tuple[str, ...] = ()) -> None:
        path = f"taokit subnets {verb}"
        add_read(commands, verb, get_read(name), path=path, aliases=also)

    read("list", "subnets")
    read("show", "subnet")
    read("metagraph", "metagraph")
    read("hyperparameters", "hyperparameters", also=("hyperparams",))
    read("burn-cost", "burn-cost", also=("lock-cost",))
    read("registration-cost", "registration-cost")
    read("price", "price")
    return operations_of(
        "subnets",
        into=commands,
        examples={
            "create": [
                "taokit subnets create -w owner",
                "taokit subnets create -w owner --dry-run",
                "taokit subnets create -w owner --subnet-name trees --repo https://...",
            ],
            "start": ["taokit subnets start --netuid 2 -w owner"],
            "register": ["taokit subnets register --netuid 2 -w miner --hotkey default"],
        },
        next_steps={
            "create": "taokit subnets list",
            "start": "taokit subnets show {netuid}",
            "register": "taokit subnets metagraph {netuid}",
        },
    )


app = group(more=_commands)
