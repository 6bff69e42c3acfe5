"""``taokit axon``: where a neuron answers."""

from __future__ import annotations

import typer

from taokit.cli.tree import group


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    where = "--netuid 1 --ip 203.0.113.7"
    return operations_of(
        "axon",
        examples={
            "set": [f"taokit axon set {where} --port 8091 -w miner"],
            "reset": ["taokit axon reset --netuid 1 -w miner"],
            "certificate": [
                f"taokit axon certificate {where} --port 8091 --certificate 0x01... -w miner"
            ],
            "prometheus": [f"taokit axon prometheus {where} --port 9100 -w miner"],
        },
        aliases={"set": ["serve"]},
        next_steps={"set": "taokit subnets metagraph {netuid}"},
    )


app = group(more=_operations)
