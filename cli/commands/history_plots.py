"""``taokit subnets price``, ``subnets emission``, ``stake history``: numbers over blocks, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.addresses import resolve
from taokit.cli.drawing import Drawing, Html, LogScale, Out, Plot
from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.global_options import NETWORK
from taokit.cli.plots import Line
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["Hours", "Points", "add_emission", "add_price", "add_stake_history"]

Hours = Annotated[
    int,
    typer.Option("--interval-hours", "--interval", metavar="N", min=0, help="How far back."),
]
Points = Annotated[
    int, typer.Option("--points", metavar="N", min=2, max=240, help="How many moments.")
]
_FORGOTTEN = "this node knows none of those blocks"

# What a window shows below a plot, instead of every point.
_COURSE = (
    Column("now", "Now", right=True, priority=9),
    Column("change", "Change", right=True, priority=8),
    Column("lowest", "Lowest", right=True, priority=7),
    Column("highest", "Highest", right=True, priority=6),
)


def add_emission(app: typer.Typer) -> None:
    """Add ``emission`` to the group of subnets."""
    command(
        app,
        "emission",
        examples=[
            "taokit subnets emission 1",
            "taokit subnets emission 1 --html --out emission.html",
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
            "taokit stake history -w alice",
            "taokit stake history -w alice --html",
            "taokit stake history --ss58 5F... --interval-hours 24 --network archive",
        ],
        shows=("wallet_name", "wallet_path", *NETWORK),
        source="read:stake-history",
    )(history)


def add_price(app: typer.Typer) -> None:
    """Add ``price`` to the group of subnets."""
    command(
        app,
        "price",
        examples=[
            "taokit subnets price 1 --current",
            "taokit subnets price --netuids 1,2 --interval-hours 24",
            "taokit subnets price --all --html --log-scale",
        ],
        shows=NETWORK,
    )(price)


def price(
    ctx: typer.Context,
    bare: Annotated[str | None, typer.Argument(metavar="[N,N]", help="Which subnets.")] = None,
    netuids: Annotated[
        str | None,
        typer.Option("--netuids", "--netuid", "-n", metavar="N,N", help="Which subnets."),
    ] = None,
    every: Annotated[bool, typer.Option("--all-netuids", "--all", help="All subnets.")] = False,
    interval_hours: Hours = 4,
    current: Annotated[bool, typer.Option("--current", help="Only the prices of now.")] = False,
    points: Points = 24,
    plot: Plot = None,
    log_scale: LogScale = False,
    html: Html = False,
    out: Out = None,
) -> None:
    """Show the price of subnets' alpha, now and over the last hours.

    Past prices need a node that keeps the states of those blocks: `--network archive`.
    """
    from taokit.chain_client.reads.price_history import price_history
    from taokit.cli.commands.subnets import numbers
    from taokit.cli.read_tables import TABLES

    run = run_of(ctx)
    drawing = Drawing(run, plot, log_scale, html, out)
    wanted = numbers(netuids or bare)
    if not wanted and not every:
        raise MissingInput("which subnets", flag="--netuids N,N")
    if current and (html or plot or log_scale):
        raise UsageError("--current has one price only: nothing to draw")
    if current and run.out.form != "json":
        _show_current(run, wanted)
        return
    moments = 2 if current else points
    hours = 0 if current else interval_hours
    found = run.ask(
        lambda chain: price_history(chain, wanted, hours, moments), "reading past prices"
    )
    if run.out.form == "json":
        run.out.document(list(found))
        return
    lines = [
        Line(f"subnet {one.netuid}", [(p.block, p.price.rao / 1e9) for p in one.points])
        for one in found
    ]
    if html:
        drawing.write("Prices of subnets", lines, "TAO for one alpha")
        return
    if not every or plot:
        drawing.show(lines, "TAO for one alpha")
    TABLES["price-history"](run, found)


def _show_current(run: Run, wanted: Sequence[int]) -> None:
    from taokit.chain_client.reads.subnets import no_subnet, subnets
    from taokit.cli.read_tables import show_current_prices

    found = {one.netuid: one for one in run.ask(subnets, "reading the subnets")}
    for netuid in wanted:
        if netuid not in found:
            raise no_subnet(netuid)
    show_current_prices(run, [found[netuid] for netuid in wanted or sorted(found)])


def emission(
    ctx: typer.Context,
    bare: Annotated[str | None, typer.Argument(metavar="[N,N]", help="Which subnets.")] = None,
    netuids: Annotated[
        str | None,
        typer.Option("--netuids", "--netuid", "-n", metavar="N,N", help="Which subnets."),
    ] = None,
    interval_hours: Hours = 4,
    points: Points = 24,
    plot: Plot = None,
    log_scale: LogScale = False,
    html: Html = False,
    out: Out = None,
) -> None:
    """Show what subnets got in each block over the last hours.

    Past blocks need a node that keeps their states: `--network archive`.
    """
    from taokit.chain_client.reads.histories import emission_history
    from taokit.cli.commands.subnets import numbers

    run = run_of(ctx)
    drawing = Drawing(run, plot, log_scale, html, out)
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
    lines = [
        Line(f"subnet {one.netuid}", [(p.block, p.tao.rao / 1e9) for p in one.points])
        for one in found
    ]
    if html:
        drawing.write("Emission of subnets", lines, "TAO a block")
        return
    drawing.show(lines, "TAO a block")
    if drawing.summary:
        parts = [
            {"netuid": one.netuid, **_course([p.tao for p in one.points])}
            for one in found
            if one.points
        ]
        first = Column("netuid", "Subnet", right=True, priority=9, show=str)
        run.out.table([first, *_COURSE], parts, empty=_FORGOTTEN)
        return
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
    run.out.table(columns, rows, empty=_FORGOTTEN)


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
    plot: Plot = None,
    log_scale: LogScale = False,
    html: Html = False,
    out: Out = None,
) -> None:
    """Show what a coldkey had staked over the last hours, and what it was worth.

    Past blocks need a node that keeps their states: `--network archive`.
    """
    from taokit.chain_client.reads.histories import stake_history

    run = run_of(ctx)
    drawing = Drawing(run, plot, log_scale, html, out)
    owner = resolve(run, coldkey or str(run.settings["wallet.name"]))
    found = run.ask(
        lambda chain: stake_history(chain, owner, interval_hours, points), "reading past blocks"
    )
    if run.out.form == "json":
        run.out.document(found)
        return
    worth = [(point.block, point.value.rao / 1e9) for point in found.points]
    lines = [Line("stake, at the price of then", worth)]
    if html:
        drawing.write(f"Stake of {owner}", lines, "TAO")
        return
    drawing.show(lines, "TAO")
    if drawing.summary:
        parts = [_course([point.value for point in found.points])] if found.points else []
        run.out.table(_COURSE, parts, empty=_FORGOTTEN)
        return
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
    run.out.table(columns, rows, empty=_FORGOTTEN)


def _course(values: Sequence[Any]) -> dict[str, Any]:
    """Where a row of amounts is now, and between what."""
    first, last = values[0], values[-1]
    return {
        "now": last,
        "change": f"{last.rao / first.rao - 1:+.2%}" if first.rao else "-",
        "lowest": min(values, key=lambda one: one.rao),
        "highest": max(values, key=lambda one: one.rao),
    }
