"""Whether numbers over time are drawn, and where: on the terminal, or as a page for a browser.

Owns the options for it, the same on every command that has such numbers: by default a terminal
shows the plot and a summary, and a pipe the numbers. Does not own how a plot looks (plots.py) nor
a page (chart_page.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from taokit.cli.errors import UsageError
from taokit.cli.plots import Line, plot
from taokit.cli.table_page import check_page

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["Drawing", "Html", "LogScale", "Out", "Plot"]

Plot = Annotated[
    bool | None,
    typer.Option("--plot/--no-plot", help="Draw it, too. [default: on a terminal]"),
]
LogScale = Annotated[
    bool, typer.Option("--log-scale", "--log", help="Draw it with each step up being a factor.")
]
Html = Annotated[
    bool, typer.Option("--html", help="Write it as a page for a browser, and open that.")
]
Out = Annotated[
    str | None, typer.Option("--out", metavar="FILE", help="With --html: where to write the page.")
]

_MOST_LINES = 4
_LEAST_WIDTH = 60
_WIDEST = 120


@dataclass(frozen=True)
class Drawing:
    """What the options of one command say about drawing its numbers."""

    run: Run
    plot: bool | None = None
    log: bool = False
    html: bool = False
    out: str | None = None

    def __post_init__(self) -> None:
        check_page(self.run, self.out, wanted=self.html)
        if self.html and self.plot:
            raise UsageError("--html and --plot exclude each other")

    @property
    def on_terminal(self) -> bool:
        """Whether a person looks at a window wide enough, and did not ask for the numbers."""
        terminal, flags = self.run.terminal, self.run.flags
        shown = self.run.out.form == "human" and terminal.is_tty(terminal.out)
        return shown and flags.columns is None and terminal.width() >= _LEAST_WIDTH

    @property
    def wanted(self) -> bool:
        """Whether a plot is shown."""
        if self.html:
            return False
        asked = self.plot or self.log if self.plot is None else self.plot
        return self.run.out.form == "human" and (bool(asked) or self._by_itself)

    @property
    def summary(self) -> bool:
        """Whether the plot takes the place of a long table."""
        return self.wanted and self.on_terminal

    @property
    def _by_itself(self) -> bool:
        return self.plot is None and self.on_terminal

    def show(self, lines: Sequence[Line], unit: str, *, along: str = "block") -> None:
        """Draw the lines on stdout, if that is wanted and there is anything to see."""
        if not self.wanted or not any(len(line.points) > 1 for line in lines):
            return
        if self._by_itself and not any(value for line in lines for _, value in line.points):
            return  # nothing at all, all the time
        terminal = self.run.terminal
        drawn = plot(
            lines[:_MOST_LINES],
            width=min(terminal.width(), _WIDEST),
            unicode=terminal.unicode(terminal.out),
            color=terminal.colored(terminal.out),
            unit=unit,
            log=self.log,
            along=along,
        )
        terminal.out.write(f"{drawn}\n" if drawn else "")
        if len(lines) > _MOST_LINES:
            self.run.out.note(f"drawn: the first {_MOST_LINES} of {len(lines)}")

    def write(self, title: str, lines: Sequence[Line], unit: str) -> None:
        """Write the page, say where, and open it where a person looks."""
        from taokit.cli.chart_page import chart_page, keep_page

        keep_page(self.run, chart_page(title, lines, unit=unit, log=self.log), self.out)
