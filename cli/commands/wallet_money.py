"""``taokit wallet balance``, and the registered wallet operations such as transfer."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli import wallets
from taokit.cli.addresses import resolve
from taokit.cli.commands.wallet import Name, app
from taokit.cli.errors import UnknownName
from taokit.cli.global_options import NETWORK
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.cli.context import Run


_SORTS = ("name", "free", "staked", "total")  # amounts, the largest first


@command(
    app,
    "balance",
    examples=["taokit wallet balance alice", "taokit wallet balance --all --json"],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def balance(
    ctx: typer.Context,
    name: Name = None,
    ss58: Annotated[
        list[str] | None,
        typer.Option(
            "--ss58",
            "--ss58-address",
            metavar="ADDRESS",
            help="An address instead of a wallet. Repeat it for several.",
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", "-a", help="All wallets of the folder.")] = False,
    sort: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="By name, free, staked or total.")
    ] = None,
) -> None:
    """Show what coldkeys hold and what their stake is worth."""
    run = run_of(ctx)
    if sort is not None and sort not in _SORTS:
        raise UnknownName("column", sort, _SORTS, see="taokit wallet balance --help")
    asked = asked_for(run, name, ss58 or [], every)
    rows = run.ask(lambda chain: holdings(chain, asked), "reading balances")
    if sort == "name":
        rows.sort(key=lambda row: str(row["wallet"]).lower())
    elif sort is not None:
        rows.sort(key=lambda row: row[sort], reverse=True)
    columns = [
        Column("wallet", "Wallet", priority=9),
        Column("address", "Address", address=True, priority=6),
        Column("free", "Free", right=True, priority=8),
        Column("staked", "Staked (worth)", right=True, priority=7),
        Column("total", "Total", right=True, priority=8),
    ]
    run.out.table(columns, rows, empty="no wallets")
    if len(rows) > 1 and run.out.form == "human":
        free, staked, total = (
            run.out.money(functools.reduce(operator.add, (row[key] for row in rows)), places=4)
            for key in ("free", "staked", "total")
        )
        run.out.note(f"together: {free} free, {staked} staked, {total} in all")


def asked_for(
    run: Run, name: str | None, addresses: list[str], every: bool
) -> list[tuple[str, str]]:
    """(label, address) of everything that a command asks for."""
    if addresses:
        return [(text, resolve(run, text)) for text in addresses]
    if every:
        found = wallets.store(run).entries()
        return [(e.name, e.coldkey.address) for e in found if e.coldkey and e.coldkey.address]
    wanted = wallets.named(run, name)
    return [(wanted, resolve(run, wanted))]


async def holdings(chain: ChainClient, asked: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What each of them holds, all of one block."""
    import asyncio

    from taokit.chain_client.money import Tao
    from taokit.chain_client.reads.balances import balances
    from taokit.chain_client.reads.stake import stake

    if not asked:
        return []
    async with chain.snapshot():
        held, staked = await asyncio.gather(
            balances(chain, [address for _, address in asked]),
            asyncio.gather(*(stake(chain, address) for _, address in asked)),
        )
    rows = []
    for (label, address), account, positions in zip(asked, held, staked, strict=True):
        worth = sum((position.value for position in positions), Tao(0))
        rows.append(
            {
                "wallet": label,
                "address": address,
                "free": account.free,
                "staked": worth,
                "total": account.free + worth,
            }
        )
    return rows
