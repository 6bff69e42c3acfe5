"""Structured logs: one JSON object a line, or lines for a person at a terminal.

Owns the processors and what every record carries (time, level, event). Does not configure anything
when imported: programs call ``configure`` once; libraries and tests take a logger as an argument.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal, TextIO

__all__ = ["Form", "configure", "logger", "silent"]

Form = Literal["json", "console"]


def configure(
    form: Form = "json", level: str = "info", *, stream: TextIO | None = None, **bound: Any
) -> Any:
    """Set up the process's logs and return the logger. ``bound`` is in every record of it.

    Records go to standard error unless told otherwise, one a line. Records of other libraries
    (``logging``) at warning and above are written in the same form.
    """
    import structlog

    out = stream if stream is not None else sys.stderr
    threshold = _level(level)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last = _renderers(form, out)
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(threshold, logging.WARNING))
    return logger(**bound)


def logger(**bound: Any) -> Any:
    """A logger whose records carry what is bound."""
    import structlog

    return structlog.get_logger(**bound)


def silent() -> Any:
    """A logger that writes nothing, for whoever was given none."""
    import structlog

    return structlog.wrap_logger(
        structlog.PrintLogger(), processors=[_drop], wrapper_class=structlog.BoundLogger
    )


def _drop(logger_: Any, name: str, event: Any) -> Any:
    import structlog

    raise structlog.DropEvent


def _level(name: str) -> int:
    number = logging.getLevelName(name.upper())
    if not isinstance(number, int):
        from taokit.neuron.errors import ConfigError

        raise ConfigError(f"{name!r} is not a log level", hint="use debug, info, warning or error")
    return number


def _renderers(form: Form, out: TextIO) -> list[Any]:
    import structlog

    if form == "console":
        return [structlog.dev.ConsoleRenderer(colors=out.isatty())]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
