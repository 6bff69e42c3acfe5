"""The log of what happens inside, on stderr: ``-v``, ``-vv``, ``-vvv`` or ``TAOKIT_LOG``.

Owns its levels and where it goes. ``info`` (``-v``) has connections and tries, ``debug`` (``-vv``)
each request with its time, ``frames`` (``-vvv``) every message to and from the node. What is logged
holds no key and no password: those never leave the wallet.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from taokit.cli.errors import SettingsError
from taokit.cli.terminal import Terminal

__all__ = ["LEVELS", "VARIABLE", "begin", "end"]

VARIABLE = "TAOKIT_LOG"
LEVELS: dict[str, int] = {"error": 40, "warning": 30, "info": 20, "debug": 10, "frames": 5}
_OF_VERBOSITY = ("warning", "info", "debug", "frames")


def begin(terminal: Terminal, verbosity: int) -> None:
    """Let the log be seen where somebody asked for it; else it costs nothing."""
    end()
    wanted = _wanted(terminal.environ)
    if wanted is None and verbosity == 0:
        return
    level = wanted or _OF_VERBOSITY[min(verbosity, len(_OF_VERBOSITY) - 1)]
    if wanted and verbosity:
        level = min(level, _OF_VERBOSITY[min(verbosity, 3)], key=LEVELS.__getitem__)
    import logging

    logger = logging.getLogger("taokit")
    logging.addLevelName(LEVELS["frames"], "FRAMES")
    logger.setLevel(LEVELS[level])
    logger.addHandler(_handler(terminal))
    logger.propagate = False


def end() -> None:
    """What another command line of this process had asked for is over."""
    logging = sys.modules.get("logging")
    if logging is None:
        return
    logger = logging.getLogger("taokit")
    for handler in list(logger.handlers):
        if getattr(handler, "of_taokit", False):
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True


def _wanted(environ: Mapping[str, str]) -> str | None:
    given = environ.get(VARIABLE, "").strip().lower()
    if not given:
        return None
    if given not in LEVELS:
        raise SettingsError(
            f"{VARIABLE} cannot be {given!r}", hint=f"one of {', '.join(LEVELS)}, or nothing"
        )
    return given


def _handler(terminal: Terminal) -> Any:
    import logging

    class ToStderr(logging.Handler):
        """Writes where stderr is when something is said: tests and demos replace it."""

        of_taokit = True

        def emit(self, record: logging.LogRecord) -> None:
            terminal.err.write(self.format(record) + "\n")
            terminal.err.flush()

    handler = ToStderr()
    form = "%(asctime)s.%(msecs)03d %(levelname)-7s %(name)s: %(message)s"
    handler.setFormatter(logging.Formatter(form, datefmt="%H:%M:%S"))
    return handler
