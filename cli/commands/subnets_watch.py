"""``taokit subnets watch``: prices, pools and epochs of subnets, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.global_options import NETWORK
from taokit.cli.read_tables import price_cell
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of
from taokit.cli.watching import Count, Watched, watch

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.subnets import Subnet
    from taokit.cli.context import Run

__all__ = ["add_to", "watch_prices"]

_COLUMNS = (
    Column("netuid", "Subnet", right=True, priority=9),
    Column("name", "Name", priority=7),
    Column("price", "Price", right=True, priority=9, show=price_cell),
    Column("since", "Since", right=True, priority=8, show=lambda share: f"{share:+.2%}"),
    Column("tao_in", "TAO in pool", right=True, priority=7),
    Column("alpha_in", "Alpha in pool", right=True, priority=4),
    Column("tao_in_emission", "Emission", right=True, priority=6),
    Column("blocks_since_last_step", "Since epoch", right=True, priority=5, show=str),
    Column("tempo", "Tempo", right=True, priority=3, show=str),
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the group."""
    command(
        app,
        "watch",
        examples=[
            "taokit subnets watch",
            "taokit subnets watch 1,2 --count 10",
            "taokit subnets watch --json | jq .block",
        ],
        shows=NETWORK,
    )(watch_subnets)


def watch_subnets(
    ctx: typer.Context,
    bare: Annotated[str | None, typer.Argument(metavar="[N,N]", help="Which subnets.")] = None,
    netuids: Annotated[
        str | None,
        typer.Option("--netuids", "--netuid", "-n", metavar="N,N", help="Which subnets."),
    ] = None,
    count: Count = None,
) -> None:
    """Watch subnets: their prices, pools and epochs at each new block, until Ctrl-C.

    "Since" is the price against the first block that was watched. With --json each block is a
    line; into a pipe, what changed.
    """
    from taokit.cli.commands.subnets import numbers

    watch_prices(run_of(ctx), numbers(netuids or bare), count=count)


def watch_prices(run: Run, wanted: tuple[int, ...], *, count: int | None) -> None:
    """Show the wanted subnets, or all, at each new block."""
    from taokit.chain_client.errors import NotFound
    from taokit.chain_client.reads.subnets import subnets

    first: dict[int, int] = {}

    async def question(chain: ChainClient) -> tuple[Subnet, ...]:
        found = await subnets(chain)
        known = {subnet.netuid for subnet in found}
        for netuid in wanted:
            if netuid not in known:
                raise NotFound(kind="subnet", name=netuid)
        return tuple(subnet for subnet in found if not wanted or subnet.netuid in wanted)

    def rows(found: tuple[Subnet, ...]) -> list[dict[str, Any]]:
        for subnet in found:
            first.setdefault(subnet.netuid, subnet.price.rao)
        return [
            {
                **fields_of(subnet),
                "since": subnet.price.rao / (first[subnet.netuid] or 1) - 1 if subnet.price else 0,
            }
            for subnet in found
        ]

    watch(run, question, Watched("subnets", _COLUMNS, ("netuid",), rows, list), count=count)
