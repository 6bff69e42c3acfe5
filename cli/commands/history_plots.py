"""``taokit subnets emission`` and ``taokit stake history``: numbers over blocks, and plots of them.

Also the plot of ``taokit subnets price``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.addresses import resolve
from taokit.cli.errors import MissingInput
from taokit.cli.global_options import NETWORK
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.chain_client.reads.price_history import PriceHistory
    from taokit.cli.context import Run
    from taokit.cli.plots import Line

__all__ = ["Hours", "Plot", "Points", "add_emission", "add_stake_history", "plot_prices"]

Plot = Annotated[bool, typer.Option("--plot", help="Draw it, too.")]
Hours = Annotated[
    int,
    typer.Option("--interval-hours", "--interval", metavar="N", min=0, help="How far back."),
]
Points = Annotated[
    int, typer.Option("--points", metavar="N", min=2, max=240, help="How many moments.")
]
_MOST_LINES = 4


def add_emission(app: typer.Typer) -> None:
    """Add ``emission`` to the group of subnets."""
    command(
        app,
        "emission",
        examples=[
            "taokit subnets emission 1 --plot",
            "taokit subnets emission 1,2 --interval-hours 24 --network archive --json",
        ],
        shows=NETWORK,
        source="read:emission-history",
    )(emission)


def add_stake_history(app: typer.Typer) -> None:
    """Add ``history`` to the group of stake."""
    command(
        app,
        "history",
        examples=[
            "taokit stake history -w alice --plot",
            "taokit stake history --ss58 5F... --interval-hours 24 --network archive",
        ],
        shows=("wallet_name", "wallet_path", *NETWORK),
        source="read:stake-history",
    )(history)


def emission(
    ctx: typer.Context,
    bare: Annotated[str | None, typer.Argument(metavar="[N,N]", help="Which subnets.")] = None,
    netuids: Annotated[
        str | None,
        typer.Option("--netuids", "--netuid", "-n", metavar="N,N", help="Which subnets."),
    ] = None,
    interval_hours: Hours = 4,
    points: Points = 24,
    plot: Plot = False,
) -> None:
    """Show what subnets got in each block over the last hours.

    Past blocks need a node that keeps their states: `--network archive`.
    """
    from taokit.chain_client.reads.histories import emission_history
    from taokit.cli.commands.subnets import numbers

    run = run_of(ctx)
    wanted = numbers(netuids or bare)
    if not wanted:
        raise MissingInput("which subnets", flag="--netuids N,N")
    found = run.ask(
        lambda chain: emission_history(chain, wanted, interval_hours, points),
        "reading past blocks",
    )
    if run.out.form == "json":
        run.out.document(list(found))
        return
    if plot:
        from taokit.cli.plots import Line

        lines = [
            Line(f"subnet {one.netuid}", [(p.block, p.tao.rao / 1e9) for p in one.points])
            for one in found
        ]
        _draw(run, lines, "TAO a block")
    columns = [
        Column("netuid", "Subnet", right=True, priority=9, show=str),
        Column("block", "Block", right=True, priority=8, show=str),
        Column("tao", "TAO", right=True, priority=9),
        Column("alpha", "Alpha to neurons", right=True, priority=7),
    ]
    rows = [
        {"netuid": one.netuid, "block": p.block, "tao": p.tao, "alpha": p.alpha}
        for one in found
        for p in one.points
    ]
    run.out.table(columns, rows, empty="this node knows none of those blocks")


def history(
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
    interval_hours: Hours = 4,
    points: Points = 24,
    plot: Plot = False,
) -> None:
    """Show what a coldkey had staked over the last hours, and what it was worth.

    Past blocks need a node that keeps their states: `--network archive`.
    """
    from taokit.chain_client.reads.histories import stake_history

    run = run_of(ctx)
    owner = resolve(run, coldkey or str(run.settings["wallet.name"]))
    found = run.ask(
        lambda chain: stake_history(chain, owner, interval_hours, points), "reading past blocks"
    )
    if run.out.form == "json":
        run.out.document(found)
        return
    if plot:
        from taokit.cli.plots import Line

        worth = [(point.block, point.value.rao / 1e9) for point in found.points]
        _draw(run, [Line("stake, at the price of then", worth)], "TAO")
    columns = [
        Column("block", "Block", right=True, priority=9, show=str),
        Column("value", "Value", right=True, priority=9),
        Column("subnets", "Subnets", right=True, priority=5),
        Column("by_subnet", "Stake", priority=6),
    ]
    rows = [
        {
            "block": point.block,
            "value": point.value,
            "subnets": len(point.by_subnet),
            "by_subnet": ", ".join(run.out.text(held) for held in point.by_subnet.values()),
        }
        for point in found.points
    ]
    run.out.table(columns, rows, empty="this node knows none of those blocks")


def plot_prices(run: Run, found: tuple[PriceHistory, ...]) -> None:
    """The prices of some subnets over blocks."""
    from taokit.cli.plots import Line

    lines = [
        Line(f"subnet {one.netuid}", [(p.block, p.price.rao / 1e9) for p in one.points])
        for one in found
    ]
    _draw(run, lines, "TAO for one alpha")


def _draw(run: Run, lines: list[Line], unit: str) -> None:
    """On stdout, where a person looks; ``--plain`` has none."""
    from taokit.cli.plots import plot

    if run.out.form != "human":
        return
    terminal = run.terminal
    drawn: Any = plot(
        lines[:_MOST_LINES],
        width=min(terminal.width(), 120),
        unicode=terminal.unicode(terminal.out),
        color=terminal.colored(terminal.out),
        unit=unit,
    )
    terminal.out.write(f"{drawn}\n" if drawn else "")
    if len(lines) > _MOST_LINES:
        run.out.note(f"drawn: the first {_MOST_LINES} of {len(lines)}")
