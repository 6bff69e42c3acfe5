"""Questions: asked only where a person can answer, on stderr; otherwise an error names the option.

Owns confirming, choosing text and typing a secret. Does not own when to ask: submit.py and the
wallet commands decide that.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from taokit.cli.errors import Cancelled, MissingInput
from taokit.cli.terminal import Terminal, styled

__all__ = ["Prompts"]


@dataclass
class Prompts:
    """Asks on stderr, reads stdin. ``allowed`` is false under ``--json`` and ``--no-input``."""

    terminal: Terminal
    allowed: bool = True
    yes: bool = False
    no: bool = False
    """Answer no to everything that is to be confirmed."""

    @property
    def possible(self) -> bool:
        """Whether somebody is there and may be asked."""
        return self.allowed and self.terminal.someone_answers()

    def confirm(self, question: str) -> None:
        """Go on only after yes. ``--yes`` answers; without a terminal it is required."""
        self._refuse_if_no()
        if self.yes:
            return
        if not self.possible:
            raise MissingInput("confirmation", flag="--yes", hint="add --yes to go ahead unasked")
        if self._ask(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
            raise Cancelled("cancelled: nothing was sent")

    def confirm_by_name(
        self, question: str, name: str, given: str | None, *, spared: str = "nothing was changed"
    ) -> None:
        """Go on only when ``name`` is typed, or was given with ``--confirm``.

        ``spared`` is what can be said otherwise.
        """
        self._refuse_if_no()
        flag = f"--confirm {name}"
        if given is None:
            if not self.possible:
                raise MissingInput("confirmation of a grave step", flag=flag)
            given = self._ask(f"{question}\nType {styled(name, 'bold', self._color)} to go on: ")
        if given.strip() != name:
            raise Cancelled(f"cancelled: {given.strip()!r} is not {name!r}, so {spared}")

    def text(self, what: str, *, flag: str) -> str:
        """A line of text that no option gave."""
        if not self.possible:
            raise MissingInput(what, flag=flag)
        answer = self._ask(f"{what[:1].upper()}{what[1:]}: ").strip()
        if not answer:
            raise MissingInput(what, flag=flag)
        return answer

    def secret(self, what: str, *, flag: str, twice: bool = False) -> str:
        """A secret, typed without echo; ``twice`` asks again and compares."""
        if not self.possible:
            raise MissingInput(what, flag=flag)
        import getpass

        while True:
            first = getpass.getpass(f"{what[:1].upper()}{what[1:]}: ", stream=self.terminal.err)
            if not twice or getpass.getpass("The same again: ", stream=self.terminal.err) == first:
                return first
            self.terminal.err.write("The two differ; once more.\n")

    @property
    def _color(self) -> bool:
        return self.terminal.colored(self.terminal.err)

    def _refuse_if_no(self) -> None:
        if self.no:
            raise Cancelled("cancelled by --no: nothing was sent")

    def _ask(self, question: str) -> str:
        self.terminal.err.write(question)
        self.terminal.err.flush()
        line = sys.stdin.readline()
        if not line:
            raise Cancelled("cancelled: the input ended")
        return line
