"""``taokit root``: the root network: its seats, and what subnets owe its stakers."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "root",
        examples={"register": ["taokit root register -w vali"]},
        next_steps={"register": "taokit subnets metagraph 0"},
    )
    add_read(commands, "claims", get_read("root-claims"), path="taokit root claims", own="coldkey")
    add_read(
        commands, "claim-type", get_read("claim-type"), path="taokit root claim-type", own="coldkey"
    )
    return commands


app = group(more=_commands)
