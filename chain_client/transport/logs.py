"""What transports write to the log: each request with its time, and, on the lowest level, frames.

Owns that level and how a frame is shown. Does not own where the log goes: the program's business.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FRAMES", "Cut"]

FRAMES: Final = 5
"""Below ``logging.DEBUG``: every message, both ways."""

_LONGEST: Final = 2_000


class Cut:
    """A message as it is logged: its beginning, and how long it is. Made text only if it is."""

    def __init__(self, message: str | bytes) -> None:
        self._message = message

    def __str__(self) -> str:
        text = self._message
        shown = text if isinstance(text, str) else text.decode(errors="replace")
        if len(shown) <= _LONGEST:
            return shown
        return f"{shown[:_LONGEST]}... ({len(text)} in all)"
