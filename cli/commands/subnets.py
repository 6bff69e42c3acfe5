"""``taokit subnets``: what there is, what it costs, creating, starting, registering."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.global_options import NETWORK
from taokit.cli.tree import command, group, nested, run_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.metagraph import Metagraph
    from taokit.chain_client.reads.subnets import SubnetDetail

BareNetuid = Annotated[int | None, typer.Argument(metavar="[N]", help="Which subnet.")]
Netuid = Annotated[
    int | None, typer.Option("--netuid", "-n", metavar="N", help="Which subnet.", hidden=True)
]
At = Annotated[
    str | None, typer.Option("--at", metavar="BLOCK", help="Ask of a block: a number or a hash.")
]


def _netuid(bare: int | None, netuid: int | None) -> int:
    number = bare if netuid is None else netuid
    if number is None:
        raise MissingInput("which subnet", flag="--netuid N")
    return number


def numbers(text: str | None) -> tuple[int, ...]:
    """Numbers of subnets, as in ``1,2``."""
    if text is None:
        return ()
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise UsageError(f"{text!r} are no numbers of subnets", hint="such as 1,2") from None


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.commands import history_plots, subnets_watch
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = typer.Typer()

    def read(verb: str, name: str, *, also: tuple[str, ...] = ()) -> None:
        path = f"taokit subnets {verb}"
        add_read(commands, verb, get_read(name), path=path, aliases=also)

    add_read(
        commands,
        "list",
        get_read("subnets"),
        path="taokit subnets list",
        live=lambda run: subnets_watch.watch_prices(run, (), count=None),
    )
    read("metagraph", "metagraph")
    read("hyperparameters", "hyperparameters", also=("hyperparams",))
    read("burn-cost", "burn-cost", also=("lock-cost",))
    read("registration-cost", "registration-cost")
    read("conviction", "subnet-conviction")
    read("get-identity", "subnet-identity")
    read("check-start", "start-schedule")
    subnets_watch.add_to(commands)
    history_plots.add_price(commands)
    history_plots.add_emission(commands)
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
            "register": [
                "taokit subnets register --netuid 2 -w miner --hotkey default",
                "taokit subnets register --netuid 2 -w miner --limit-price 1.5",
            ],
            "set-identity": [
                "taokit subnets set-identity --netuid 2 --subnet-name trees -w owner",
                'taokit subnets set-identity --netuid 2 --discord "" -w owner',
            ],
            "set-symbol": ["taokit subnets set-symbol ᚱ --netuid 2 -w owner"],
            "dissolve": ["taokit subnets dissolve --netuid 2 -w root"],
        },
        next_steps={
            "create": "taokit subnets list",
            "start": "taokit subnets show {netuid}",
            "register": "taokit subnets metagraph {netuid}",
            "set-identity": "taokit subnets get-identity {netuid}",
        },
    )


def _mechanisms() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "subnets.mechanisms",
        examples={
            "set": ["taokit subnets mechanisms set --netuid 2 --count 2 -w owner"],
            "split-emissions": [
                "taokit subnets mechanisms split-emissions --netuid 2 --split 70,30 -w owner",
                "taokit subnets mechanisms split-emissions --netuid 2 --split even -w owner",
            ],
        },
        aliases={"split-emissions": ["emissions-split"]},
        next_steps={
            "set": "taokit subnets mechanisms emissions {netuid}",
            "split-emissions": "taokit subnets mechanisms emissions {netuid}",
        },
    )
    path = "taokit subnets mechanisms emissions"
    add_read(commands, "emissions", get_read("mechanisms"), path=path)
    return commands


app = group(more=_commands)
mechanisms = nested(
    app, "mechanisms", "Incentive mechanisms of a subnet", more=_mechanisms, aliases=("mech",)
)


@command(
    mechanisms,
    "count",
    examples=["taokit subnets mechanisms count 2", "taokit subnets mechanisms count --netuid 2"],
    shows=NETWORK,
)
def count(ctx: typer.Context, bare: BareNetuid = None, netuid: Netuid = None) -> None:
    """Say how many incentive mechanisms a subnet has."""
    from taokit.chain_client.reads.subnet_details import mechanisms as read_mechanisms

    run = run_of(ctx)
    number = _netuid(bare, netuid)
    found = run.ask(lambda chain: read_mechanisms(chain, number), "reading the mechanisms")
    run.out.line(len(found), json={"netuid": number, "count": len(found)})


@command(
    app,
    "show",
    examples=[
        "taokit subnets show 1",
        "taokit subnets show 1 --neurons --sort",
        "taokit subnets show 1 --json",
    ],
    shows=NETWORK,
)
def show_subnet(
    ctx: typer.Context,
    bare: BareNetuid = None,
    netuid: Netuid = None,
    neurons: Annotated[bool, typer.Option("--neurons", help="Its neurons, too.")] = False,
    mechid: Annotated[
        int | None,
        typer.Option(
            "--mechid", "--mech-id", "--mechanism-id", metavar="N", help="Of which mechanism."
        ),
    ] = None,
    sort: Annotated[
        bool, typer.Option("--sort/--no-sort", help="Neurons by stake, and not by uid.")
    ] = False,
    at: At = None,
) -> None:
    """Show one subnet: owner, pool, price, what registering costs, and its neurons."""
    from taokit.chain_client.reads.metagraph import metagraph
    from taokit.chain_client.reads.subnets import subnet
    from taokit.cli.read_commands import block_of
    from taokit.cli.read_tables import TABLES
    from taokit.cli.render import fields_of

    run = run_of(ctx)
    number = _netuid(bare, netuid)

    async def question(chain: ChainClient) -> tuple[SubnetDetail, Metagraph | None]:
        async with chain.at(block_of(at)):
            wanted = neurons or mechid is not None or sort
            graph = await metagraph(chain, number, mechid or 0) if wanted else None
            return await subnet(chain, number), graph

    detail, graph = run.ask(question, "reading the subnet")
    if graph is not None and sort:
        ordered = sorted(graph.neurons, key=lambda one: (-one.stake_weight.rao, one.uid))
        graph = dataclasses.replace(graph, neurons=tuple(ordered))
    if run.out.form == "json":
        shown = fields_of(detail)
        if graph is not None:
            shown = {**shown, "neurons": graph.neurons}
        run.out.document(shown)
        return
    TABLES["subnet"](run, detail)
    if graph is not None:
        TABLES["metagraph"](run, graph)
