"""Help pages: examples first, then the options that belong to the command.

Owns the text of every help page. Plain text with a little bold on a terminal, laid out here and
not by Rich, whose import alone costs more than the whole page. Does not own what commands exist.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from taokit.cli.terminal import Terminal, styled
from taokit.cli.tree import facts_of, words_of

__all__ = ["about", "command_page", "definitions", "group_page", "option_name", "page", "root_page"]

GLOBALS_LINE = "Global options: `taokit help globals`"
_WIDEST = 100
_LONGEST_NAME = 30
_LONGEST_LIST = 40  # commands with a line or two each on a page


def command_page(command: Any, ctx: Any) -> str:
    """The page of one command."""
    facts = facts_of(command)
    arguments = [p for p in command.params if p.param_type_name == "argument" and not p.hidden]
    shown = [p for p in command.get_params(ctx) if p.name in facts.shows]
    own = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    pieces = [_argument_name(p) for p in arguments]
    usage = " ".join([_path(ctx), *pieces, "[OPTIONS]"])
    extra = [p for p in shown if p not in own and p.name not in {o.name for o in own}]
    return page(
        usage,
        command.help,
        [
            ("Examples", [f"  {line}" for line in facts.examples]),
            ("Arguments", definitions((_argument_name(p), about(p)) for p in arguments)),
            ("Options", definitions((option_name(p), about(p)) for p in [*own, *extra])),
        ],
        [GLOBALS_LINE],
    )


def group_page(group: Any, ctx: Any) -> str:
    """The page of a group: its commands and what each is for."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for name in group.visible_names(ctx):
        command = group.get_command(ctx, name)
        title = facts_of(command).section or "Commands"
        sections.setdefault(title, []).append((name, _first_line(command.help)))
    width = min(
        _LONGEST_NAME, max((len(n) for rows in sections.values() for n, _ in rows), default=0)
    )
    path = _path(ctx)
    many = sum(len(rows) for rows in sections.values()) > _LONGEST_LIST
    return page(
        f"{path} COMMAND",
        group.help,
        [
            (title, _names(rows) if many else definitions(rows, width))
            for title, rows in sections.items()
        ],
        [f"More: `{path} COMMAND --help`. {GLOBALS_LINE}"],
    )


def _names(rows: Sequence[tuple[str, str]]) -> list[str]:
    """The names alone, for a group of too many to say what each is for."""
    room = min(Terminal().width(), _WIDEST)
    text = ", ".join(name for name, _ in rows)
    indent = "  "
    return textwrap.wrap(
        text, room, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def root_page() -> str:
    """The page of ``taokit`` itself."""
    from taokit.cli.commands import ENTRIES
    from taokit.cli.version import project_url

    sections: dict[str, list[tuple[str, str]]] = {}
    for entry in ENTRIES:
        aliases = f" ({', '.join(entry.aliases[:1])})" if entry.aliases else ""
        row = (entry.name + aliases, entry.summary)
        sections.setdefault(entry.section, []).append(row)
    urls = [(label, project_url(label)) for label in ("Documentation", "Issues")]
    width = max(len(name) for rows in sections.values() for name, _ in rows)
    return page(
        "taokit COMMAND",
        "Wallet, chain client and local chain for people who build on Bittensor subnets.",
        [(title, definitions(rows, width)) for title, rows in sections.items()],
        [
            "The chain is the local one unless --network (or a setting) says otherwise.",
            "Every command takes --help, --json and --plain. " + GLOBALS_LINE,
            "Version: `taokit --version`. Exit codes: `taokit help exit-codes`.",
            *(f"{label}: {url}" for label, url in urls if url),
        ],
    )


def page(
    usage: str,
    intro: str | None,
    sections: Sequence[tuple[str, Sequence[str]]],
    foot: Sequence[str] = (),
) -> str:
    """Lay a page out; empty sections are left out."""
    terminal = Terminal()
    color = terminal.colored(terminal.out)
    blocks = [f"{styled('Usage:', 'bold', color)} {usage}"]
    if intro:
        blocks.append(_wrapped(intro))
    for title, lines in sections:
        if lines:
            blocks.append("\n".join([styled(f"{title}:", "bold", color), *lines]))
    if foot:
        blocks.append("\n".join(foot))
    return "\n\n".join(blocks)


def definitions(rows: Iterable[tuple[str, str]], width: int | None = None) -> list[str]:
    """Names on the left, what they mean on the right, wrapped to the terminal."""
    kept = list(rows)
    if not kept:
        return []
    width = width or min(max(len(name) for name, _ in kept), _LONGEST_NAME)
    room = max(30, min(Terminal().width(), _WIDEST) - width - 4)
    lines = []
    for name, text in kept:
        first, *rest = textwrap.wrap(text, room) or [""]
        if len(name) > width:
            lines.append(f"  {name}")
            lines.append(f"  {'':{width}}  {first}")
        else:
            lines.append(f"  {name:{width}}  {first}".rstrip())
        lines += [f"  {'':{width}}  {line}" for line in rest]
    return lines


def _path(ctx: Any) -> str:
    return " ".join(["taokit", *words_of(ctx)])


def option_name(param: Any) -> str:
    """An option with its short form and what it takes."""
    short = next((o for o in param.opts if not o.startswith("--")), None)
    long = next(o for o in param.opts if o.startswith("--"))
    if param.secondary_opts:
        long = f"{long}/{param.secondary_opts[0]}"
    names = f"{short}, {long}" if short and len(short) == 2 and not _compat(short) else long
    if param.is_flag or getattr(param, "count", False):
        return names
    return f"{names} {param.metavar or param.name.upper()}"


def _compat(short: str) -> bool:
    """Short options kept only for hands used to other tools; not advertised."""
    return short not in ("-n", "-w", "-y", "-q", "-v", "-h", "-o")


def _argument_name(param: Any) -> str:
    name = (param.metavar or param.name.upper()).strip("[]")
    name = name if param.nargs == 1 else f"{name}..."
    return name if param.required else f"[{name}]"


def about(param: Any) -> str:
    """What a parameter is for, with its default."""
    text = param.help or ""
    default = param.default
    hidden = default is None or default is False or default == () or default == []
    hidden = hidden or getattr(param, "count", False)
    if not hidden and not callable(default) and not param.required and param.show_default:
        shown = ("yes" if default else "no") if isinstance(default, bool) else default
        text = f"{text} [default: {shown}]"
    return f"{text} [required]" if param.required and param.param_type_name == "option" else text


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0].rstrip(".")


def _wrapped(text: str) -> str:
    width = min(Terminal().width(), _WIDEST)
    paragraphs = textwrap.dedent(text).strip().split("\n\n")
    return "\n\n".join(textwrap.fill(" ".join(p.split()), width) for p in paragraphs)
