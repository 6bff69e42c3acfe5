"""What came of a scenario, as a table: groups by epoch, refusals, and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.cli.context import Run
from taokit.cli.table import Column

if TYPE_CHECKING:
    from taokit.local_chain.scenarios.report import Report

__all__ = ["print_report"]

SHOWN_SUBNETS = 4
"""Tables show no more of them, however many there are."""


def print_report(run: Run, report: Report) -> None:
    """Print it; with --json all of it is one document."""
    subnets = list(report.scenario.subnet_names())
    shown = set(subnets[:SHOWN_SUBNETS])
    rows: list[dict[str, Any]] = []
    for figures in report.figures:
        if figures.subnet not in shown:
            continue
        for name, group in figures.groups.items():
            if not group.neurons or name == "owner":
                continue
            rows.append(
                {
                    "subnet": figures.subnet,
                    "epoch": figures.epoch,
                    "block": figures.block,
                    "price": f"{figures.price:.4f}",
                    "group": name,
                    "neurons": group.neurons,
                    "incentive": _share(group.incentive),
                    "dividends": _share(group.dividends),
                    "stake": _share(group.stake),
                    "return": f"{group.return_:.2f}" if group.stake else "",
                    "emission": f"{group.emission:.2f}",
                }
            )
    columns = [
        *([Column("subnet", "Subnet", priority=9)] if len(subnets) > 1 else []),
        Column("epoch", "Epoch", right=True, priority=9),
        Column("block", "Block", right=True, priority=3),
        Column("group", "Group", priority=9),
        Column("neurons", "Neurons", right=True, priority=4),
        Column("incentive", "Incentive", right=True, priority=8),
        Column("dividends", "Dividends", right=True, priority=8),
        Column("stake", "Stake", right=True, priority=6),
        Column("return", "Return", right=True, priority=7),
        Column("emission", "Alpha", right=True, priority=6),
        Column("price", "Price", right=True, priority=5),
    ]
    run.out.table(columns, rows, json=report.document(), empty="no epoch has been")
    if len(subnets) > SHOWN_SUBNETS:
        run.out.note(f"{len(subnets) - SHOWN_SUBNETS} subnets more: --json has them")
    for refused in report.refusals[:10]:
        run.out.note(
            f"block {refused.block}: {refused.what} of {refused.who} was refused: {refused.why}"
        )
    for outcome in report.outcomes():
        mark = "as expected" if outcome.holds else "NOT AS EXPECTED"
        run.out.note(f"{mark}: {outcome.says} ({outcome.found:.4g}, {outcome.wanted})")


def _share(value: float) -> str:
    return f"{100 * value:.1f} %" if value else ""
