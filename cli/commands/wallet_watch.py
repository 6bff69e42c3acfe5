"""``taokit wallet watch``: what coldkeys hold, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.commands.wallet import Name, app
from taokit.cli.commands.wallet_money import asked_for, holdings
from taokit.cli.global_options import NETWORK
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of
from taokit.cli.watching import Count, Watched, watch

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient


@command(
    app,
    "watch",
    examples=["taokit wallet watch alice", "taokit wallet watch --all --json"],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def watch_wallets(
    ctx: typer.Context,
    name: Name = None,
    ss58: Annotated[
        list[str] | None,
        typer.Option("--ss58", metavar="ADDRESS", help="An address instead. Repeat it."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", "-a", help="All wallets of the folder.")] = False,
    count: Count = None,
) -> None:
    """Watch what coldkeys hold and what their stake is worth, at each new block, until Ctrl-C.

    With --json each block is a line; into a pipe, what changed.
    """
    run = run_of(ctx)
    asked = asked_for(run, name, ss58 or [], every)
    first: dict[str, Any] = {}

    async def question(chain: ChainClient) -> list[dict[str, Any]]:
        return await holdings(chain, asked)

    def rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for row in found:
            first.setdefault(row["address"], row["total"])
        return [{**row, "grown": row["total"] - first[row["address"]]} for row in found]

    columns = (
        Column("wallet", "Wallet", priority=9),
        Column("address", "Address", address=True, priority=5),
        Column("free", "Free", right=True, priority=8),
        Column("staked", "Staked (worth)", right=True, priority=7),
        Column("total", "Total", right=True, priority=9),
        Column("grown", "Since", right=True, priority=8),
    )
    watch(run, question, Watched("wallets", columns, ("address",), rows, list), count=count)
