"""Write docs/btcli.md: every visible command of btcli and its options, and what they are here.

Names come from tests/data/btcli-9.23.2.json, the rest from the command tree itself. Run it when
commands or options are added: `.venv/bin/python docs/make_btcli_table.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from taokit.cli.btcli import GONE, Foreign, foreigners
from taokit.cli.context import Run
from taokit.cli.global_options import normalized
from taokit.cli.main import root

PAGE = Path(__file__).parent / "btcli.md"
FACTS = Path(__file__).parent.parent / "tests" / "data" / "btcli-9.23.2.json"

HEAD = """# From btcli

Every visible command of btcli {version} ({count} of them) is `taokit` with the same words, and
takes the same options. Made by `docs/make_btcli_table.py` from the command tree, so it is what
there is.

- Groups have btcli's short names too: `w`, `st`, `su`, `s`, `wt`, `c`, `cr`.
- What every command of btcli takes is the same everywhere and not repeated below: `--wallet-name`,
  `--wallet-path`, `--hotkey`, `--network`, `--quiet`, `--verbose`, `--yes`, `--no-prompt`,
  `--json-output` (here `--json`), `--proxy` (here `--proxy-for`), `--period`,
  `--wait-for-inclusion` and `--wait-for-finalization` (here `--wait`). Dots and underscores
  count as dashes, so `--wallet.name` and `--subtensor.network` work.
- Without a terminal nothing is asked: give `--yes`. A command that fails does not exit with 0;
  `taokit help exit-codes` lists what it exits with.
- An option in *italics* is accepted and changes nothing, for the reason given. One that is ~~struck
  out~~ is refused, with what to do instead.

"""

COMMON = {
    "--announce-only",
    "--hotkey",
    "--json-output",
    "--network",
    "--no",
    "--period",
    "--prompt",
    "--proxy",
    "--quiet",
    "--verbose",
    "--wait-for-finalization",
    "--wait-for-inclusion",
    "--wallet-name",
    "--wallet-path",
}


@dataclass(frozen=True)
class Peer:
    """One command of btcli: its words, its arguments, its options by their spellings."""

    words: str
    arguments: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]


@cache
def peers() -> tuple[Peer, ...]:
    """All visible commands of btcli."""
    found = json.loads(FACTS.read_text(encoding="utf-8"))["commands"]
    return tuple(
        Peer(
            words,
            tuple(facts["arguments"]),
            tuple(tuple(o.removesuffix(" VALUE").split()) for o in facts["options"]),
        )
        for words, facts in found.items()
    )


@cache
def _top() -> tuple[Any, Any]:
    command = root()
    return command, command.make_context("taokit", ["x"], obj=Run([]), resilient_parsing=True)


def counterpart(words: str) -> tuple[Any, Any] | None:
    """The command here with those words, and a context of it; None if there is none."""
    command, ctx = _top()
    for word in words.split():
        if not hasattr(command, "get_command"):
            return None
        inner = command.get_command(ctx, word)
        if inner is None:
            return None
        command = inner
        ctx = type(ctx)(command, info_name=word, parent=ctx, obj=Run([]), resilient_parsing=True)
    return command, ctx


def accepted(words: str) -> Mapping[str, Any]:
    """The options that the command here takes: each spelling, and the option it belongs to.

    Of a group (btcli's `wallet swap-coldkey ACTION`), those of all its commands.
    """
    found = counterpart(words)
    if found is None:
        return {}
    command, ctx = found
    if hasattr(command, "visible_names"):
        inner = [f"{words} {name}" for name in command.visible_names(ctx)]
        return {spelling: param for name in inner for spelling, param in accepted(name).items()}
    return {
        spelling: param
        for param in command.get_params(ctx)
        for spelling in (*param.opts, *param.secondary_opts)
    }


def missing(peer: Peer) -> list[str]:
    """The long spellings of a command's options that nothing here takes."""
    if peer.words in GONE:
        return []
    here = {normalized(spelling) for spelling in accepted(peer.words)}
    long = (s for spellings in peer.options for s in spellings if s.startswith("--"))
    return [spelling for spelling in long if normalized(spelling) not in here]


def _strangers(words: str) -> dict[str, Foreign]:
    found = counterpart(words)
    paths = [words]
    if found is not None and hasattr(found[0], "visible_names"):
        paths += [f"{words} {name}" for name in found[0].visible_names(found[1])]
    return {s: foreign for path in paths for foreign in foreigners(path) for s in foreign.spellings}


def _options(peer: Peer) -> Iterator[str]:
    here = accepted(peer.words)
    strangers = _strangers(peer.words)
    for spellings in peer.options:
        name = next((s for s in spellings if s.startswith("--")), spellings[0])
        if name in COMMON:
            continue
        own = here.get(normalized(name))
        if own is None:
            continue
        if own.name.startswith("btcli_"):
            yield _foreign(name, strangers[normalized(name)])
            continue
        long = next(s for s in (*own.opts, *own.secondary_opts) if s.startswith("--"))
        yield f"`{name}`" if name in (long, *own.secondary_opts) else f"`{name}` is `{long}`"


def _foreign(name: str, foreign: Foreign) -> str:
    if foreign.does == "refused":
        return f"~~`{name}`~~: {foreign.text}"
    return f"*`{name}`*: {foreign.text}"


def rows() -> Iterator[str]:
    """The page's lines below its head."""
    group = ""
    for peer in peers():
        first = peer.words.split()[0]
        if first != group:
            group = first
            yield from ("", f"## {group}", "", "| btcli | options |", "|---|---|")
        if peer.words in GONE:
            why, instead = GONE[peer.words]
            yield f"| `{peer.words}` | says that {why}; {instead} |"
            continue
        yield f"| `{peer.words}` | {'; '.join(_options(peer)) or 'none of its own'} |"


def page() -> str:
    """The whole page."""
    version = json.loads(FACTS.read_text(encoding="utf-8"))["version"]
    head = HEAD.format(version=version, count=len(peers()))
    return head.rstrip("\n") + "\n" + "\n".join(rows()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
