"""``taokit stake``: the registered stake operations, and what is staked."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.addresses import resolve
from taokit.cli.global_options import NETWORK
from taokit.cli.read_tables import price_cell
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of


def _operations() -> typer.Typer:
    from taokit.cli.commands.stake_wizard import add_wizard
    from taokit.cli.operation_commands import operations_of

    commands = operations_of(
        "stake",
        examples={
            "add": [
                "taokit stake add --netuid 1 --amount 10 -w alice",
                "taokit stake add --netuid 1 --amount 10 --hotkey 5F... --tolerance 5% -w alice",
            ],
            "remove": [
                "taokit stake remove --netuid 1 --amount 2.5 -w alice",
                "taokit stake remove --netuid 1 --all -w alice",
            ],
        },
        next_steps={"add": "taokit stake list{wallet}", "remove": "taokit wallet balance{wallet}"},
    )
    add_wizard(commands)
    return commands


app = group(more=_operations)


@command(
    app,
    "list",
    examples=["taokit stake list -w alice", "taokit stake list --ss58 5F... --json"],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def list_stake(
    ctx: typer.Context,
    coldkey: Annotated[
        str | None,
        typer.Option(
            "--ss58",
            "--coldkey-ss58",
            "--key",
            "-k",
            metavar="ADDRESS",
            help="Whose stake: an address or a wallet. [default: the wallet's coldkey]",
        ),
    ] = None,
) -> None:
    """List everything a coldkey has staked, with what it is worth."""
    from taokit.chain_client.reads.stake import stake

    run = run_of(ctx)
    owner = resolve(run, coldkey or str(run.settings["wallet.name"]))
    positions = run.ask(lambda chain: stake(chain, owner), "reading the stake")
    rows = [
        {
            "netuid": position.netuid,
            "hotkey": position.hotkey,
            "stake": position.stake,
            "price": position.price,
            "value": position.value,
            "emission": position.emission,
        }
        for position in positions
    ]
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("hotkey", "Hotkey", address=True, priority=7),
        Column("stake", "Stake", right=True, priority=9),
        Column("price", "Price", right=True, priority=3, show=price_cell),
        Column("value", "Value", right=True, priority=8),
        Column("emission", "Last dividends", right=True, priority=2),
    ]
    run.out.table(columns, rows, empty=f"{owner} has nothing staked", json=list(positions))
