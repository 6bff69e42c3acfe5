"""``taokit axon``: where a neuron answers."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of(
        "axon",
        examples={"serve": ["taokit axon serve --netuid 1 --ip 203.0.113.7 --port 8091 -w miner"]},
        aliases={"serve": ["set"]},
        next_steps={"serve": "taokit subnets metagraph {netuid}"},
    )


app = group(more=_operations)
