"""Showing what changes with each block: one table that stays where it is, or a line at a time.

Owns the three ways: a live table on a terminal, lines of what changed in a pipe, and with
``--json`` a line for each block (NDJSON). Does not own the question, nor going on after an outage
(``taokit.chain_client.watching``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import typer

from taokit.cli import table
from taokit.cli.document import dumps
from taokit.cli.table import Column, Row

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.watching import Seen
    from taokit.cli.context import Run

__all__ = ["Count", "Live", "Watched", "watch"]

T = TypeVar("T")

Count = Annotated[
    int | None, typer.Option("--count", metavar="N", min=1, help="End after N blocks.")
]
Live = Annotated[
    bool, typer.Option("--live", help="Go on with every block, as the command `watch` does.")
]


@dataclass(frozen=True)
class Watched(Generic[T]):
    """What is watched: ``rows`` of an answer, each told apart by the values of ``key``.

    ``name`` is the field of the rows in a line of JSON, ``document`` what is in it.
    """

    name: str
    columns: Sequence[Column]
    key: tuple[str, ...]
    rows: Callable[[T], Sequence[Row]]
    document: Callable[[T], object]


def watch(
    run: Run,
    question: Callable[[ChainClient], Awaitable[T]],
    watched: Watched[T],
    *,
    count: int | None,
) -> None:
    """Ask of each block and show it, until ``count`` of them, or Ctrl-C."""
    with _screen(run, watched) as show:
        for number, seen in enumerate(_answers(run, question), 1):
            show(seen)
            if number == count:
                return


def _answers(run: Run, question: Callable[[ChainClient], Awaitable[T]]) -> Iterator[Seen[T]]:
    from taokit.chain_client.watching import each_block

    def outage(error: Any, seconds: float) -> None:
        run.out.warn(f"{error.message}; trying again in {seconds:g} s")

    client = run.client
    source = each_block(client.chain, question, on_outage=outage)
    try:
        while True:
            yield client.run(lambda chain: source.__anext__())
    finally:
        client.run(lambda chain: source.aclose())


@contextmanager
def _screen(run: Run, watched: Watched[T]) -> Iterator[Callable[[Seen[T]], None]]:
    out = run.terminal.out
    if run.out.form == "json":
        yield lambda seen: _line(run, watched, seen)
    elif run.out.form == "human" and run.terminal.is_tty(out):
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        console = Console(
            file=out, width=run.terminal.width(), no_color=not run.terminal.colored(out)
        )
        with Live(console=console, auto_refresh=False) as live:
            yield lambda seen: live.update(Text.from_ansi(_page(run, watched, seen)), refresh=True)
    else:
        lines = _Lines(run, watched)
        yield lines.tell


def _line(run: Run, watched: Watched[T], seen: Seen[T]) -> None:
    document = {
        "block": seen.block.number,
        "hash": seen.block.hash,
        "changed": seen.changed,
        watched.name: watched.document(seen.value),
    }
    run.terminal.out.write(dumps(document, indent=None) + "\n")
    run.terminal.out.flush()


def _page(run: Run, watched: Watched[T], seen: Seen[T]) -> str:
    """The table, cut to the height of the window."""
    from taokit.chain_client.redaction import redacted

    terminal = run.terminal
    rows = list(watched.rows(seen.value))
    room = max(3, terminal.height() - 5)
    left_out = max(0, len(rows) - room)
    columns = table.pick(watched.columns, run.flags.columns)
    kept, cells, _ = table.fit(columns, rows[:room], run.out.text, terminal.width())
    drawn = table.rendered(
        kept,
        cells,
        title=None,
        width=terminal.width(),
        color=terminal.colored(terminal.out),
        unicode=terminal.unicode(terminal.out),
    )
    title = f"{redacted(run.network)} at block {seen.block.number}\n"
    return title + drawn + (f"and {left_out} more (--json, --plain)\n" if left_out else "")


class _Lines:
    """Into a pipe: what is new or changed, a line each, under one heading."""

    def __init__(self, run: Run, watched: Watched[T]) -> None:
        self._run = run
        self._watched: Watched[Any] = watched
        self._before: dict[tuple[Any, ...], Row] = {}
        self._titled = run.out.form == "plain"

    def tell(self, seen: Seen[Any]) -> None:
        """The lines of one block."""
        block = {"block": str(seen.block.number)}
        now = {self._key(row): row for row in self._watched.rows(seen.value)}
        changed = [{**row, **block} for key, row in now.items() if self._before.get(key) != row]
        self._before = now
        columns = [
            Column("block", "Block", right=True),
            *table.pick(self._watched.columns, self._run.flags.columns),
        ]
        if self._run.out.form == "plain":
            text = table.separated(columns, changed, self._run.out.text)
        else:
            text = table.aligned(columns, changed, self._run.out.text) if changed else ""
            text = text.partition("\n")[2] if self._titled else text
            self._titled = self._titled or bool(changed)
        self._run.terminal.out.write(text)
        self._run.terminal.out.flush()

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(row.get(name) for name in self._watched.key)
