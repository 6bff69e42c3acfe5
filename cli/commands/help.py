"""``taokit help``: the help of a command, and the pages that belong to no command."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from taokit.cli.errors import UnknownName
from taokit.cli.tree import alone, command, run_of

app = alone()

TOPICS = ("exit-codes", "globals", "settings")


@command(app, "help", examples=["taokit help stake add", "taokit help exit-codes"])
def help_on(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND|TOPIC", help=f"A command's words, or one of {', '.join(TOPICS)}."
        ),
    ] = None,
) -> None:
    """Show the help of a command or of a topic."""
    run = run_of(ctx)
    if words and words[0] in TOPICS:
        pages = {"exit-codes": _exit_codes, "globals": _globals, "settings": _settings}
        text, data = pages[words[0]]()
    else:
        text = _command_page(ctx, words or [])
        data = {"help": text}
    if run.out.form == "json":
        run.out.document(data)
    else:
        run.terminal.out.write(text + "\n")


def _command_page(ctx: typer.Context, words: list[str]) -> str:
    here: Any = ctx.find_root()
    found: Any = here.command
    for word in words:
        known = found.list_commands(here) if hasattr(found, "list_commands") else []
        inner = found.get_command(here, word) if known else None
        if inner is None:
            path = " ".join(["taokit", *words[: words.index(word)]])
            raise UnknownName("command or topic", word, [*known, *TOPICS], see=f"{path} --help")
        here = type(here)(inner, info_name=word, parent=here)
        found = inner
    return str(found.get_help(here))


def _exit_codes() -> tuple[str, object]:
    from taokit.cli.exits import MEANINGS
    from taokit.cli.help import definitions

    rows = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    text = "\n".join(["Exit status of every command:", *definitions(rows)])
    return text, [{"code": int(code), "meaning": meaning} for code, meaning in MEANINGS.items()]


def _globals() -> tuple[str, object]:
    from taokit.cli.global_options import global_params
    from taokit.cli.help import about, definitions, option_name

    params = [p for p in global_params() if not p.hidden]
    rows = [(option_name(p), about(p)) for p in params]
    head = "Global options, taken before or after any verb:"
    data = [{"option": p.opts[0], "also": p.opts[1:], "about": p.help} for p in params]
    return "\n".join([head, *definitions(rows)]), data


def _settings() -> tuple[str, object]:
    from taokit.cli.help import definitions
    from taokit.cli.settings import CATALOGUE

    rows = [
        (s.key, f"{s.about} [default: {str(s.default).lower()}; {s.variable}]")
        for s in CATALOGUE.values()
    ]
    foot = (
        "An option wins over its TAOKIT_ variable, then taokit.toml of the project, then the\n"
        "user's file (`taokit config path`), then BT_ variables, then the default."
    )
    data = [
        {"key": s.key, "about": s.about, "default": s.default, "variable": s.variable}
        for s in CATALOGUE.values()
    ]
    return "\n".join(["Settings:", *definitions(rows), "", foot]), data
