"""The terminal: what the two streams are, how wide, which characters and colours they take.

Owns the only questions asked of ``sys.stdout``, ``sys.stderr`` and ``sys.stdin``. Does not own
what is written.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import TextIO

__all__ = ["Terminal", "styled"]

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Terminal:
    """The three standard streams of this run, looked up when used (tests replace them)."""

    def __init__(self, environ: Mapping[str, str] | None = None, color: str = "auto") -> None:
        self.environ = os.environ if environ is None else environ
        self.color = color

    @property
    def out(self) -> TextIO:
        """Where the answer goes."""
        return sys.stdout

    @property
    def err(self) -> TextIO:
        """Where everything else goes."""
        return sys.stderr

    def is_tty(self, stream: TextIO | None) -> bool:
        """Whether a person sees the stream."""
        try:
            return stream is not None and stream.isatty()
        except ValueError:  # closed
            return False

    def someone_answers(self) -> bool:
        """Whether questions can be asked: stdin and stderr both belong to a person."""
        return self.is_tty(sys.stdin) and self.is_tty(sys.stderr)

    def colored(self, stream: TextIO) -> bool:
        """Whether to colour: ``--color``, then NO_COLOR, FORCE_COLOR, TERM, then the stream."""
        if self.color != "auto":
            return self.color == "always"
        if self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("FORCE_COLOR"):
            return True
        return self.environ.get("TERM") != "dumb" and self.is_tty(stream)

    def unicode(self, stream: TextIO) -> bool:
        """Whether the stream takes characters beyond ASCII."""
        return "utf" in (getattr(stream, "encoding", None) or "").lower()

    def width(self) -> int:
        """Columns of the terminal, 80 when unknown."""
        return shutil.get_terminal_size((80, 24)).columns

    def height(self) -> int:
        """Lines of the terminal, 24 when unknown."""
        return shutil.get_terminal_size((80, 24)).lines


def styled(text: str, style: str, on: bool) -> str:
    """``text`` in a style such as "bold" or "red", or as it is when colours are off."""
    if not on or not text:
        return text
    codes = ";".join(_STYLES[name] for name in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m"
