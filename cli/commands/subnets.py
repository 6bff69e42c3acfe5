"""``taokit subnets``: what there is, what it costs, creating, starting, registering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.tree import group

if TYPE_CHECKING:
    from taokit.chain_client.reads.hyperparameters import Hyperparameter
    from taokit.chain_client.reads.metagraph import Metagraph
    from taokit.chain_client.reads.subnets import Subnet, SubnetDetail
    from taokit.cli.context import Run

_FULL = 65535


def _list(run: Run, subnets: tuple[Subnet, ...]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("name", "Name", priority=8),
        Column("symbol", "Symbol", priority=5),
        Column("price", "Price", right=True, priority=8, show=_price),
        Column("tao_in", "TAO in pool", right=True, priority=7),
        Column("alpha_in", "Alpha in pool", right=True, priority=6),
        Column("alpha_out", "Alpha held", right=True, priority=4),
        Column("tempo", "Tempo", right=True, priority=4, show=str),
        Column("owner_hotkey", "Owner's hotkey", priority=3, address=True),
    ]
    run.out.table(columns, [fields_of(subnet) for subnet in subnets], empty="no subnets")


def _show(run: Run, detail: SubnetDetail) -> None:
    fields = {**fields_of(detail.subnet), **fields_of(detail)}
    del fields["subnet"]
    identity = fields.pop("identity")
    if identity is not None:
        fields |= {f"identity {k}": v for k, v in fields_of(identity).items() if v}
    run.out.record(fields)


def _metagraph(run: Run, graph: Metagraph) -> None:
    rows: list[Mapping[str, Any]] = [
        {
            **fields_of(neuron),
            "axon": f"{neuron.axon.address}:{neuron.axon.port}" if neuron.axon else None,
        }
        for neuron in graph.neurons
    ]
    columns = [
        Column("uid", "Uid", right=True, priority=9),
        Column("hotkey", "Hotkey", priority=7, address=True),
        Column("stake_weight", "Stake", right=True, priority=8, show=lambda v: v.decimal(places=3)),
        Column("validator_permit", "Permit", priority=6),
        Column("incentive", "Incentive", right=True, priority=8, show=_share),
        Column("dividends", "Dividends", right=True, priority=8, show=_share),
        Column("consensus", "Consensus", right=True, priority=4, show=_share),
        Column("emission", "Emission", right=True, priority=8, show=lambda v: v.decimal(places=6)),
        Column("last_update", "Updated", right=True, priority=3),
        Column("axon", "Axon", priority=5),
        Column("coldkey", "Coldkey", priority=1, address=True),
    ]
    ago = graph.blocks_since_last_step
    title = f"{graph.name or 'subnet'} {graph.netuid} at block {graph.block}; last epoch {ago} ago"
    run.out.table(columns, rows, title=title, empty="no neurons")


def _hyperparameters(run: Run, entries: tuple[Hyperparameter, ...]) -> None:
    columns = [
        Column("name", "Name", priority=9),
        Column("value", "Value", right=True, priority=8),
        Column("kind", "Type", priority=7),
    ]
    run.out.table(columns, [fields_of(entry) for entry in entries])


def _share(parts: int) -> str:
    return f"{parts / _FULL:.4f}"


def _price(price: Any) -> str:
    return str(price.format().partition(" ")[0])


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = typer.Typer()

    def read(verb: str, name: str, *, also: tuple[str, ...] = (), render: Any = None) -> None:
        path = f"taokit subnets {verb}"
        add_read(commands, verb, get_read(name), path=path, aliases=also, render=render)

    read("list", "subnets", render=_list)
    read("show", "subnet", render=_show)
    read("metagraph", "metagraph", render=_metagraph)
    read("hyperparameters", "hyperparameters", also=("hyperparams",), render=_hyperparameters)
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
