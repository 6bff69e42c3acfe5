"""Tables: columns with priorities, and the three ways they are written.

Owns the layout of rows: tab-separated, aligned text for a pipe, and a table that fits a terminal
(drawn by Rich, imported only then). Does not own what is in a cell, nor streams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taokit.cli.errors import UnknownName

__all__ = ["Column", "Row", "aligned", "fit", "flat", "pick", "rendered", "separated", "shortened"]

Row = Mapping[str, Any]

_MINOR = 4  # columns below this priority go before an address is shortened
_NEVER = 1000


@dataclass(frozen=True)
class Column:
    """One column: ``key`` in a row, title, and ``priority`` (1 goes last when space is short)."""

    key: str
    title: str
    right: bool = False
    priority: int = 5
    show: Callable[[Any], str] | None = None
    address: bool = False

    def cell(self, row: Row, text: Callable[[Any], str]) -> str:
        """The cell's text, in full."""
        value = row.get(self.key)
        return text(value) if self.show is None or value is None else self.show(value)


def pick(columns: Sequence[Column], wanted: str | None) -> list[Column]:
    """The columns named in ``"a,b"``, in that order; all of them without a choice.

    A name is the column's key (as in JSON) or its heading, in any case.
    """
    if not wanted:
        return list(columns)
    by_key = {_name(column.key): column for column in columns}
    known = {_name(column.title): column for column in columns} | by_key
    chosen = []
    for part in wanted.split(","):
        if _name(part) not in known:
            raise UnknownName("column", part.strip(), known, see=f"--columns {','.join(by_key)}")
        chosen.append(known[_name(part)])
    return chosen


def _name(text: str) -> str:
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def separated(columns: Sequence[Column], rows: Sequence[Row], text: Callable[[Any], str]) -> str:
    """Tab-separated records without a heading: for ``cut`` and ``awk``."""
    lines = ("\t".join(flat(c.cell(row, text)) for c in columns) for row in rows)
    return "".join(line + "\n" for line in lines)


def aligned(columns: Sequence[Column], rows: Sequence[Row], text: Callable[[Any], str]) -> str:
    """Columns padded with spaces under a heading, nothing cut: for a pipe or a log."""
    grid = [[c.title for c in columns]]
    grid += [[flat(c.cell(row, text)) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in grid) for i in range(len(columns))]
    lines = []
    for line in grid:
        cells = zip(columns, line, widths, strict=True)
        padded = [v.rjust(w) if c.right else v.ljust(w) for c, v, w in cells]
        lines.append("  ".join(padded).rstrip() + "\n")
    return "".join(lines)


def fit(
    columns: Sequence[Column], rows: Sequence[Row], text: Callable[[Any], str], width: int
) -> tuple[list[Column], list[list[str]], list[str]]:
    """Columns and cells that fit ``width``: drop minor columns, shorten addresses, drop more.

    Returns the columns kept, their cells, and the titles of those dropped.
    """
    kept = list(columns)
    dropped: list[str] = []
    cells = [[flat(c.cell(row, text)) for c in kept] for row in rows]

    def drop_below(limit: int) -> None:
        while len(kept) > 1 and _needed(kept, cells) > width:
            lowest = min(c.priority for c in kept)
            if lowest >= limit:
                return
            index = max(i for i, c in enumerate(kept) if c.priority == lowest)
            dropped.append(kept.pop(index).title)
            for line in cells:
                line.pop(index)

    drop_below(_MINOR)
    if _needed(kept, cells) > width:
        for i, column in enumerate(kept):
            if column.address:
                for line in cells:
                    line[i] = shortened(line[i])
    drop_below(_NEVER)
    return kept, cells, dropped


def rendered(
    columns: Sequence[Column],
    cells: Sequence[Sequence[str]],
    *,
    title: str | None,
    width: int,
    color: bool,
    unicode: bool,
) -> str:
    """The table as Rich draws it, with light rules and no frame."""
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=color, no_color=not color, legacy_windows=False
    )
    table = Table(
        box=box.SIMPLE_HEAD if unicode else box.ASCII2,
        title=title,
        title_justify="left",
        pad_edge=False,
        show_edge=False,
    )
    for column in columns:
        justify: Any = "right" if column.right else "left"
        table.add_column(column.title, justify=justify, overflow="fold")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    console.print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _needed(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> int:
    widths = (max([len(c.title), *(len(line[i]) for line in cells)]) for i, c in enumerate(columns))
    return sum(widths) + 3 * (len(columns) - 1)


def shortened(address: str) -> str:
    """Both ends of an address, for a terminal where the whole is one flag away."""
    return address if len(address) < 20 else f"{address[:6]}...{address[-6:]}"


def flat(text: str) -> str:
    """One line, no control characters: names on chain are written by strangers."""
    return "".join(ch if ch.isprintable() else " " for ch in text)
