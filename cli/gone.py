"""Commands of other tools for what the chain no longer has: they say so, and what there is instead.

Owns the command that says it. Which ones there are is in btcli.py.
"""

from __future__ import annotations

import typer

from taokit.cli.btcli import GONE
from taokit.cli.errors import Gone
from taokit.cli.tree import Command, Facts

__all__ = ["add_gone"]


def add_gone(app: typer.Typer, group: str) -> None:
    """Add the commands of ``group`` that only say what became of them; they stay out of lists."""
    for path in GONE:
        first, _, verb = path.partition(" ")
        if first == group:
            _add(app, path, verb)


def _add(app: typer.Typer, path: str, verb: str) -> None:
    why, instead = GONE[path]

    def say(ctx: typer.Context) -> None:
        raise Gone(f"`taokit {path}`: {why}", hint=instead)

    say.__doc__ = f"{why[:1].upper()}{why[1:]}."
    say.taokit_facts = Facts((f"taokit {path}",))  # type: ignore[attr-defined]
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    app.command(verb, cls=Command, hidden=True, context_settings=anything)(say)
