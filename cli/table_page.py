"""A page of tables, for a browser: one file that needs nothing else.

Owns the page and what its options may not be combined with. Does not own where it goes
(chart_page.py) nor the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from taokit.cli.errors import UsageError
from taokit.cli.table import Column, Row

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["Section", "check_page", "table_page"]


@dataclass(frozen=True)
class Section:
    """One table with its title; ``empty`` is said where it has no rows."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: str


def check_page(run: Run, out: str | None, *, wanted: bool) -> None:
    """Raise :class:`UsageError` for options that do not go with a page, or without one."""
    if out is not None and not wanted:
        raise UsageError("--out is where a page is written: add --html")
    if wanted and run.out.form != "human":
        raise UsageError(f"--html and --{run.out.form} exclude each other")


def table_page(
    run: Run, title: str, about: str, facts: Mapping[str, Any], sections: Sequence[Section]
) -> str:
    """The page: facts first, then the tables whole, with every column."""
    text = run.out.text
    shown = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text(value))}</dd>" for name, value in facts.items()
    )
    return _PAGE.format(
        title=escape(title),
        about=escape(about),
        facts=shown,
        sections="".join(_section(run, section) for section in sections),
    )


def _section(run: Run, section: Section) -> str:
    heading = f"<h2>{escape(section.title)}</h2>"
    if not section.rows:
        return f"{heading}<p>{escape(section.empty)}</p>"
    sides = ["right" if column.right else "left" for column in section.columns]
    head = "".join(
        f'<th class="{side}">{escape(column.title)}</th>'
        for column, side in zip(section.columns, sides, strict=True)
    )
    rows = []
    for row in section.rows:
        cells = zip(section.columns, sides, strict=True)
        rows.append(
            "<tr>"
            + "".join(
                f'<td class="{side}">{escape(column.cell(row, run.out.text))}</td>'
                for column, side in cells
            )
            + "</tr>"
        )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'{heading}<div class="wide">{table}</div>'


_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --rule: #8884; --dim: #888; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; }}
body {{ padding: 0 1rem; }}
h1 {{ font-size: 1.2rem; margin: 0; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.05rem; margin: 1.5rem 0 .3rem; }}
p {{ color: var(--dim); margin: 0 0 1rem; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; }}
dt {{ color: var(--dim); }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }}
th, td {{ padding: .15rem .8rem; border-bottom: 1px solid var(--rule); }}
.left {{ text-align: left; }}
.right {{ text-align: right; }}
</style>
<h1>{title}</h1>
<p>{about}</p>
<dl>{facts}</dl>
{sections}
</html>
"""
