"""Errors that only a command line can have. Owns no text layout: failure.py prints them.

TaokitError
└── CliError
    ├── UsageError              the command line cannot be understood
    │   ├── MissingInput        a value is needed and nobody is there to ask
    │   └── UnknownName         a command, setting, column or code that does not exist
    ├── SettingsError           a settings file or value that cannot be used
    ├── OutputError             the answer was ready but could not be written
    ├── Gone                    something that the chain no longer has
    ├── NotYet                  something whose time has not come
    ├── Cancelled               a person said no
    ├── DemoFailed              a command of the demo did not succeed
    └── LocalnetError           the local chain did not start, or is not one of ours
        └── NotRunning          none is running, or none on that port
"""

from __future__ import annotations

from collections.abc import Iterable

from taokit.wallet.errors import TaokitError

__all__ = [
    "Cancelled",
    "CliError",
    "DemoFailed",
    "Gone",
    "LocalnetError",
    "MissingInput",
    "NotRunning",
    "NotYet",
    "OutputError",
    "SettingsError",
    "UnknownName",
    "UsageError",
    "closest",
]


class CliError(TaokitError):
    """Anything that is about the command line itself."""

    code = "cli_error"


class UsageError(CliError):
    """The command line cannot be understood."""

    code = "usage"


class MissingInput(UsageError):
    """A value is needed, and there is no terminal to ask for it.

    ``flag`` is the option that gives it.
    """

    code = "missing_input"

    def __init__(self, what: str, *, flag: str, hint: str | None = None) -> None:
        super().__init__(f"missing {flag} ({what})", hint=hint or f"add {flag}")
        self.flag = flag


class UnknownName(UsageError):
    """A name that is not one of those that exist; ``suggestions`` are the nearest."""

    code = "no_such_name"

    def __init__(self, kind: str, name: str, known: Iterable[str], *, see: str) -> None:
        suggestions = closest(name, known)
        hint = f"did you mean {' or '.join(suggestions)}? `{see}` lists them all"
        super().__init__(
            f"there is no {kind} called {name!r}", hint=hint if suggestions else f"see `{see}`"
        )
        self.kind = kind
        self.name = name
        self.suggestions = suggestions


class SettingsError(CliError):
    """A settings file cannot be read, or holds a value that makes no sense."""

    code = "bad_settings"

    def __init__(self, message: str, *, path: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class OutputError(CliError):
    """The answer was ready, but could not be written."""

    code = "output"


class Gone(CliError):
    """Something that the chain had once and has no longer."""

    code = "gone"


class NotYet(CliError):
    """What is asked for has a time, and that has not come."""

    code = "not_yet"
    retryable = True


class Cancelled(CliError):
    """A person was asked and said no. Nothing was sent or changed."""

    code = "cancelled"


class DemoFailed(CliError):
    """A command of the demo did not succeed; what it said is above."""

    code = "demo_failed"


class LocalnetError(CliError):
    """The local chain did not start, did not end, or is not one of ours."""

    code = "localnet"


class NotRunning(LocalnetError):
    """No local chain is running, or none on that port."""

    code = "localnet_not_running"


def closest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names that look most like ``name``, best first."""
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=limit, cutoff=0.6)
