"""Output: the answer on stdout in one of three forms, everything else on stderr.

Owns the forms (for people, ``--json``, ``--plain``), the pager, notes and progress lines. Does not
own errors (failure.py), tables' layout (table.py) or the JSON rules (document.py).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from taokit.cli import table
from taokit.cli.document import dumps, jsonable
from taokit.cli.table import Column, Row
from taokit.cli.terminal import Terminal, styled

__all__ = ["Output"]

_PATIENCE_S = 0.3
_ADDRESS = re.compile(r"\b5[1-9A-HJ-NP-Za-km-z]{47}\b")


class Output:
    """Where a command puts its answer. Create one per run."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        form: str = "human",
        quiet: bool = False,
        verbosity: int = 0,
        columns: str | None = None,
        pager: bool = False,
    ) -> None:
        self.terminal = terminal
        self.form = form
        self.quiet = quiet
        self.verbosity = verbosity
        self._columns = columns
        self._pager = pager

    # The answer.

    def document(self, value: object) -> None:
        """The JSON answer; call it only for ``form == "json"``."""
        self.terminal.out.write(dumps(value) + "\n")

    def line(self, value: object, *, json: object | None = None) -> None:
        """An answer of one value."""
        if self.form == "json":
            self.document(value if json is None else json)
        else:
            self.terminal.out.write(self.text(value) + "\n")

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Row],
        *,
        title: str | None = None,
        empty: str = "nothing to show",
        json: object | None = None,
    ) -> None:
        """An answer of many records; ``json`` replaces the rows in that form."""
        if self.form == "json":
            self.document(rows if json is None else json)
            return
        chosen = table.pick(columns, self._columns)
        if self.form == "plain":
            self.terminal.out.write(table.separated(chosen, rows, self.text))
        elif not rows:
            self.note(empty)
        elif not self.terminal.is_tty(self.terminal.out):
            self.terminal.out.write(table.aligned(chosen, rows, self.text))
        else:
            self._draw(chosen, rows, title)

    def record(
        self, fields: Mapping[str, Any], *, title: str | None = None, json: object | None = None
    ) -> None:
        """An answer of one record, a field a line."""
        if self.form == "json":
            self.document(fields if json is None else json)
            return
        if self.form == "plain":
            for key, value in fields.items():
                self.terminal.out.write(f"{key}\t{self.text(value)}\n")
            return
        color = self.terminal.colored(self.terminal.out)
        names = {key: str(key).replace("_", " ") for key in fields}
        width = max((len(name) for name in names.values()), default=0)
        lines = [styled(title, "bold", color)] if title else []
        for key, value in fields.items():
            label = styled(names[key].ljust(width), "dim", color)
            lines.append(f"{label}  {self.text(value)}".rstrip())
        self._page("\n".join(lines) + "\n")

    def text(self, value: Any) -> str:
        """A value as a person or a shell reads it."""
        if value is None:
            return "-"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float) or type(value).__name__ == "Fraction":
            return f"{float(value):.6g}"
        if hasattr(value, "rao") and hasattr(value, "decimal"):
            return self.money(value)
        if type(value).__name__ == "Price":
            return str(value)
        if isinstance(value, str | int) or type(value).__name__ == "AccountId":
            return str(value)
        if isinstance(value, Mapping | list | tuple):
            return dumps(value, indent=None)
        shaped = jsonable(value)
        return shaped if isinstance(shaped, str) else dumps(shaped, indent=None)

    def _brief(self, value: Any) -> str:
        """As ``text``, with amounts at four decimals where that hides nothing but dust."""
        if hasattr(value, "rao") and hasattr(value, "decimal") and not 0 < abs(value.rao) < 100_000:
            return self.money(value, places=4)
        return self.text(value)

    def money(self, value: Any, *, places: int = 9) -> str:
        """An amount with its symbol; ``--plain`` gives the bare decimal number."""
        if self.form == "plain":
            return str(value.decimal())
        if self.terminal.unicode(self.terminal.out):
            return str(value.format(places=places))
        unit = "TAO" if getattr(value, "netuid", None) is None else "alpha"
        return f"{value.decimal(places=places)} {unit}"

    def sentence(self, text: str) -> str:
        """Text for one line: on a terminal with addresses shortened, unless ``-v`` is given."""
        whole = self.verbosity > 0 or not self.terminal.is_tty(self.terminal.out)
        return text if whole else _ADDRESS.sub(lambda m: table.shortened(m[0]), text)

    # Beside the answer.

    def note(self, text: str) -> None:
        """Something worth knowing, on stderr."""
        if not self.quiet and self.form != "json":
            self._aside(text)

    def warn(self, text: str) -> None:
        """Something that may be a mistake, on stderr; also with ``--quiet``."""
        if self.form != "json":
            on = self.terminal.colored(self.terminal.err)
            self._aside(f"{styled('warning:', 'yellow bold', on)} {text}")

    def next(self, *commands: str) -> None:
        """What one would usually type next."""
        for command in commands:
            self.note(f"Next: {command}")

    def detail(self, text: str, *, level: int = 1) -> None:
        """Something only ``-v`` (or ``-vv``) shows."""
        if self.verbosity >= level:
            self._aside(text)

    @contextmanager
    def phase(self, doing: str) -> Iterator[None]:
        """Say on stderr what is going on, if it takes longer than 300 ms."""
        if self.quiet or self.form == "json":
            yield
            return
        timer = threading.Timer(_PATIENCE_S, self._aside, (f"{doing} ...",))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _aside(self, text: str) -> None:
        self.terminal.err.write(text + "\n")
        self.terminal.err.flush()

    def _draw(self, columns: Sequence[Column], rows: Sequence[Row], title: str | None) -> None:
        width = self.terminal.width()
        kept, cells, dropped = table.fit(columns, rows, self._brief, width)
        drawn = table.rendered(
            kept,
            cells,
            title=title,
            width=width,
            color=self.terminal.colored(self.terminal.out),
            unicode=self.terminal.unicode(self.terminal.out),
        )
        self._page(drawn)
        if dropped:
            self.note(f"not shown: {', '.join(dropped)} (--columns, --plain)")

    def _page(self, text: str) -> None:
        tall = text.count("\n") > self.terminal.height() - 1
        if not (self._pager and tall and self.terminal.is_tty(self.terminal.out)):
            self.terminal.out.write(text)
            return
        import shlex
        import shutil
        import subprocess

        command = shlex.split(self.terminal.environ.get("PAGER") or "less -FIRX")
        if not command or shutil.which(command[0]) is None:
            self.terminal.out.write(text)
            return
        self.terminal.out.flush()
        subprocess.run(command, input=text, text=True, check=False)
