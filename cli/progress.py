"""A bar for long work whose end is known.

Owns when it is shown: on a terminal, once the work has taken a moment. Does not own the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["counted"]

_PATIENCE_S = 0.3


@contextmanager
def counted(run: Run, doing: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Tell how much of how much is done; the bar is gone at the end."""
    if not run.terminal.is_tty(run.terminal.err) or run.out.quiet or run.out.form == "json":
        with run.out.phase(doing):
            yield lambda done, total: None
        return
    begun = time.monotonic()
    bars: list[tuple[Any, Any]] = []

    def told(done: int, total: int) -> None:
        if not bars and time.monotonic() - begun > _PATIENCE_S:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            bar = Progress(
                TextColumn(doing),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(unit),
                console=Console(file=run.terminal.err),
                transient=True,
            )
            bar.start()
            bars.append((bar, bar.add_task(doing, total=total)))
        for bar, task in bars:
            bar.update(task, completed=done, total=total)

    try:
        yield told
    finally:
        for bar, _ in bars:
            bar.stop()
