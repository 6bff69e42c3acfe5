"""``taokit stake watch``: what a coldkey has staked, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.addresses import resolve
from taokit.cli.global_options import NETWORK
from taokit.cli.read_tables import price_cell
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of
from taokit.cli.watching import Count, Watched, watch

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.stake import StakePosition
    from taokit.cli.context import Run

__all__ = ["add_to", "watch_owner"]

_COLUMNS = (
    Column("netuid", "Subnet", right=True, priority=9),
    Column("hotkey", "Hotkey", address=True, priority=7),
    Column("stake", "Stake", right=True, priority=9),
    Column("grown", "Since", right=True, priority=8),
    Column("price", "Price", right=True, priority=5, show=price_cell),
    Column("value", "Value", right=True, priority=8),
    Column("emission", "Last dividends", right=True, priority=3),
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the group."""
    command(
        app,
        "watch",
        examples=["taokit stake watch -w alice", "taokit stake watch --ss58 5F... --json"],
        shows=("wallet_name", "wallet_path", *NETWORK),
    )(watch_stake)


def watch_stake(
    ctx: typer.Context,
    coldkey: Annotated[
        str | None,
        typer.Option(
            "--ss58",
            "--coldkey-ss58",
            metavar="ADDRESS",
            help="Whose stake. [default: the wallet's coldkey]",
        ),
    ] = None,
    count: Count = None,
) -> None:
    """Watch what a coldkey has staked, and how it grows, at each new block, until Ctrl-C.

    With --json each block is a line; into a pipe, what changed.
    """
    run = run_of(ctx)
    watch_owner(run, resolve(run, coldkey or str(run.settings["wallet.name"])), count=count)


def watch_owner(run: Run, owner: str, *, count: int | None) -> None:
    """Show what an account has staked at each new block."""
    from taokit.chain_client.reads.stake import stake

    first: dict[tuple[int, str], Any] = {}

    async def question(chain: ChainClient) -> tuple[StakePosition, ...]:
        return await stake(chain, owner)

    def rows(found: tuple[StakePosition, ...]) -> list[dict[str, Any]]:
        for one in found:
            first.setdefault((one.netuid, one.hotkey), one.stake)
        return [
            {**fields_of(one), "grown": one.stake - first[one.netuid, one.hotkey]} for one in found
        ]

    watched = Watched("positions", _COLUMNS, ("netuid", "hotkey"), rows, list)
    watch(run, question, watched, count=count)
