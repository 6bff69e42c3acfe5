"""``taokit lock``: locked stake and its conviction."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.addresses import resolve
from taokit.cli.drawing import Drawing
from taokit.cli.global_options import NETWORK
from taokit.cli.tree import command, group, run_of


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "lock",
        examples={
            "add": [
                "taokit lock add --netuid 1 --amount 10 --hotkey 5F... -w alice",
                "taokit lock add --netuid 1 --amount 10 --mode perpetual -w alice",
            ],
            "mode": ["taokit lock mode --netuid 1 --mode perpetual -w alice"],
            "move": ["taokit lock move --netuid 1 --destination-hotkey 5F... -w alice"],
            "reject": ["taokit lock reject --no-enabled -w alice"],
        },
        next_steps={"add": "taokit lock list{wallet}", "mode": "taokit lock list{wallet}"},
    )
    path = "taokit lock"
    add_read(commands, "list", get_read("lock-outlook"), path=f"{path} list", own="coldkey")
    command(
        commands,
        "show",
        examples=[
            "taokit lock show --netuid 1 -w alice",
            "taokit lock show --ss58 5F... --no-plot",
        ],
        shows=("wallet_name", "wallet_path", *NETWORK),
        source="read:lock-outlook",
    )(show_locks)
    add_read(commands, "free", get_read("stake-availability"), path=f"{path} free", own="coldkey")
    add_read(
        commands, "conviction", get_read("conviction"), path=f"{path} conviction", own="hotkey"
    )
    return commands


app = group(more=_commands)


def show_locks(
    ctx: typer.Context,
    coldkey: Annotated[
        str | None,
        typer.Option(
            "--coldkey",
            "--ss58",
            "--coldkey-ss58",
            "--key",
            "-k",
            metavar="ADDRESS",
            help="Whose locks. [default: the wallet's coldkey]",
        ),
    ] = None,
    netuid: Annotated[
        int | None, typer.Option("--netuid", "-n", metavar="N", help="Only in this subnet.")
    ] = None,
    plot: Annotated[
        bool | None,
        typer.Option(
            "--plot/--no-plot",
            "--graph/--no-graph",
            help="Draw the year ahead. [default: on a terminal]",
        ),
    ] = None,
) -> None:
    """Show a coldkey's locks, and what becomes of them within a year.

    A day is 7200 blocks. Of several locks the first is drawn.
    """
    from taokit.chain_client.reads.lock_outlook import lock_outlook
    from taokit.cli.plots import Line
    from taokit.cli.read_tables import TABLES

    run = run_of(ctx)
    drawing = Drawing(run, plot)
    owner = resolve(run, coldkey or str(run.settings["wallet.name"]))
    found = run.ask(lambda chain: lock_outlook(chain, owner, netuid), "reading the locks")
    if run.out.form == "json":
        run.out.document(list(found))
        return
    TABLES["lock-outlook"](run, found)
    for one in found[:1]:
        lines = [
            Line("locked", [(point.days, point.locked.rao / 1e9) for point in one.points]),
            Line("conviction", [(point.days, point.conviction.rao / 1e9) for point in one.points]),
        ]
        drawing.show(lines[:1] if one.to_owner else lines, f"alpha of {one.netuid}", along="day")
