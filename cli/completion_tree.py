"""What completion knows: the command tree in a file, and the subnets that were listed.

Owns both files of the cache folder and when they are written. Does not own what is made of them
(completing.py), nor the tree.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from taokit.cli import completing

__all__ = ["keep_subnets", "tree", "tree_path", "write"]

_MOST_NETWORKS = 16


def tree_path() -> Path:
    """Where the command tree is kept."""
    from taokit.chain_client.runtime_cache import cache_directory

    return cache_directory() / "completion.json"


def write() -> Path:
    """Write the tree as it is now; the file."""
    path = tree_path()
    _replace(path, tree())
    return path


def tree() -> dict[str, Any]:
    """The commands in each other, with their options and arguments; see completing.py."""
    from taokit.cli.commands import ENTRIES
    from taokit.cli.context import Run
    from taokit.cli.global_options import global_params
    from taokit.cli.main import root
    from taokit.cli.settings import CATALOGUE
    from taokit.cli.settings_file import user_path

    top = root()
    ctx = top.make_context("taokit", ["x"], obj=Run([]), resilient_parsing=True)
    commands = {entry.name: _node(top.get_command(ctx, entry.name), ctx) for entry in ENTRIES}
    for entry in ENTRIES:
        commands[entry.name]["about"] = entry.summary
    environ = {key: value for key, value in os.environ.items() if key != "TAOKIT_CONFIG"}
    return {
        "made_from": completing.stamp(),
        "places": {"config": str(user_path(environ).parent), "cache": str(tree_path().parent)},
        "globals": {
            **_options(global_params()),
            "--version": ["", "Show the version.", False],
        },
        "settings": {setting.key: setting.about for setting in CATALOGUE.values()},
        "commands": commands,
        "aliases": {alias: entry.name for entry in ENTRIES for alias in entry.aliases},
    }


def keep_subnets(network: str, names: Iterable[tuple[int, str]]) -> None:
    """Remember the subnets of a network, for completion; failing to is no error."""
    path = tree_path().with_name("subnets.json")
    try:
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
        found = {str(netuid): name for netuid, name in names}
        if not isinstance(known, dict) or known.get(network) == found:
            return
        rest = {key: value for key, value in known.items() if key != network}
        kept = dict(list(rest.items())[-_MOST_NETWORKS + 1 :])
        _replace(path, {**kept, network: found})
    except (OSError, ValueError):
        return


def _node(command: Any, ctx: Any) -> dict[str, Any]:
    about = (command.help or "").strip().split("\n")[0].rstrip(".")
    node: dict[str, Any] = {"about": about}
    if hasattr(command, "list_commands"):
        verbs = command.visible_names(ctx)
        node["commands"] = {name: _node(command.get_command(ctx, name), ctx) for name in verbs}
        return node
    arguments = [p for p in command.params if p.param_type_name == "argument" and not p.hidden]
    return {
        **node,
        "options": _options([p for p in command.params if p.param_type_name == "option"]),
        "arguments": [str(p.metavar or p.name).strip("[]") for p in arguments],
    }


def _options(params: Iterable[Any]) -> dict[str, list[Any]]:
    """By spelling: what it takes (nothing for a switch), what it is for, whether it is hidden."""
    found: dict[str, list[Any]] = {}
    for param in params:
        switch = param.is_flag or getattr(param, "count", False)
        takes = "" if switch else str(param.metavar or param.name).upper()
        longest = next((o for o in param.opts if o.startswith("--")), param.opts[0])
        for spelling in (*param.opts, *param.secondary_opts):
            shown = not param.hidden and spelling in (longest, *param.secondary_opts[:1])
            found[spelling] = [takes, (param.help or "").split("\n")[0], not shown]
    return found


def _replace(path: Path, document: Any) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
    fresh.replace(path)
