"""What ``taokit subnet dev`` shows: one live table, a table an epoch, or a JSON line an epoch.

Owns these three. Does not own what is in them (``subnet_stage``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from taokit.cli.context import Run
from taokit.cli.document import dumps
from taokit.cli.table import Column

__all__ = ["Seen", "Show", "say", "screen"]

_BAR = 24
_COLUMNS = (
    Column("epoch", "Epoch", right=True, priority=6),
    Column("persona", "Persona", priority=9),
    Column("expected", "Expected", priority=8),
    Column("incentive", "Incentive", right=True, priority=9),
    Column("runs", "Runs", priority=7),
)


@dataclass(frozen=True)
class Seen:
    """A look at the network. ``ended`` says that an epoch has ended since the one before."""

    epoch: int
    block: int
    left: int
    rows: Sequence[Mapping[str, Any]]
    ended: bool

    @property
    def title(self) -> str:
        """Where it stands, in words."""
        return f"epoch {self.epoch}, block {self.block}, next in {self.left}"


Show = Callable[[Seen], None]


def say(run: Run, event: str, text: str, **fields: Any) -> None:
    """Something that happened: a note, or a line of JSON with its fields."""
    if run.out.form == "json":
        run.terminal.out.write(dumps({"event": event, **fields}, indent=None) + "\n")
        run.terminal.out.flush()
    else:
        run.out.note(text)


@contextmanager
def screen(run: Run) -> Iterator[Show]:
    """On a terminal one table that changes where it stands; elsewhere something at each epoch."""
    if run.out.form == "human" and run.terminal.is_tty(run.terminal.out):
        from rich.console import Console
        from rich.live import Live

        console = Console(
            file=run.terminal.out,
            width=run.terminal.width(),
            no_color=not run.terminal.colored(run.terminal.out),
        )
        with Live(console=console, auto_refresh=False, transient=False) as live:
            yield lambda seen: live.update(_drawn(run, seen), refresh=True)
        return
    yield lambda seen: _told(run, seen) if seen.ended else None


def _told(run: Run, seen: Seen) -> None:
    if run.out.form == "json":
        rows = [dict(row) for row in seen.rows]
        say(run, "epoch", "", epoch=seen.epoch, block=seen.block, rows=rows)
        return
    if run.out.form == "human":
        run.out.note(seen.title)
    run.out.table(_COLUMNS, [{"epoch": seen.epoch, **_readable(run, row)} for row in seen.rows])
    run.terminal.out.flush()


def _readable(run: Run, row: Mapping[str, Any]) -> Mapping[str, Any]:
    if run.out.form == "plain" or row["incentive"] is None:
        return row
    return {**row, "incentive": f"{row['incentive']:.2%}"}


def _drawn(run: Run, seen: Seen) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    full = "█" if run.terminal.unicode(run.terminal.out) else "#"
    title = Text(f"{seen.title}  (Ctrl-C ends it)", style="italic", no_wrap=True)
    table = Table(box=None)
    table.add_column("Persona", no_wrap=True)
    table.add_column("Expected")
    table.add_column("Incentive", justify="right")
    table.add_column("")
    for row in seen.rows:
        share = row["incentive"]
        ended = " [red]ended[/red]" if row["runs"] is False else ""
        table.add_row(
            f"{row['persona']}{ended}",
            row["expected"] or "",
            "" if share is None else f"{share:.2%}",
            full * round(_BAR * (share or 0.0)),
        )
    return Group(title, table)
