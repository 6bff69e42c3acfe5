"""The recorded names of btcli's commands and options are those of the released package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from peers import python_peer, run_in_peer

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

FACTS = Path(__file__).parents[1] / "data" / "btcli-9.23.2.json"

WALK = """
import typer
from bittensor_cli.cli import CLIManager

found = {}

def walk(command, words):
    for name, inner in getattr(command, "commands", {}).items():
        if inner.hidden:
            continue
        if hasattr(inner, "commands"):
            walk(inner, [*words, name])
            continue
        arguments, options = [], []
        for param in inner.params:
            if param.param_type_name == "argument":
                arguments.append(param.name)
                continue
            takes = not (param.is_flag or getattr(param, "count", False))
            spellings = " ".join([*param.opts, *param.secondary_opts])
            options.append(spellings + (" VALUE" if takes else ""))
        found[" ".join([*words, name])] = {"arguments": arguments, "options": options}

walk(typer.main.get_command(CLIManager().app), [])
answer(found)
"""


def test_the_recorded_commands_and_options_are_the_packages(tmp_path: Path) -> None:
    recorded = json.loads(FACTS.read_text(encoding="utf-8"))
    python = python_peer(f"{recorded['package']}=={recorded['version']}")
    assert run_in_peer(python, WALK, {}, {"HOME": str(tmp_path)}) == recorded["commands"]
