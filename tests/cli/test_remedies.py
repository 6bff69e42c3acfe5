"""Every error of the chain has a meaning and a remedy, and each command in a remedy is one."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

import taokit.chain_client
import taokit.local_chain
from taokit.chain_client.hyperparameters import find_setting
from taokit.chain_client.remedies import CUSTOM_CODES, INVALID_REASONS, advice_for, all_advice
from taokit.cli import main, tree
from taokit.cli.explain import chain_errors

RECORDED = Path(taokit.local_chain.__file__).parent / "recorded_interface.json"
COMMAND = re.compile(r"`(taokit [^`]+)`")
PLACE = re.compile(r"\b[A-Z]{2,}\b|\bN\b")
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
# What a reader puts in place of the capitals. A name that is not here is a mistake in a remedy.
SAMPLES = {
    "NETUID": "1", "N": "1", "ID": "0", "RAO": "1", "PORT": "8091", "AMOUNT": "1", "PRICE": "0.1",
    "SHARE": "10%", "UIDS": "1,2", "WEIGHTS": "1,2", "ADDRESS": ALICE, "ADDRESSES": ALICE,
    "HOTKEY": ALICE, "COLDKEY": ALICE, "WALLET": "alice", "OWNER": "owner", "RECEIVER": "bob",
    "CREATOR": "carol", "NAME": "one", "KIND": "Staking",
    "HASH": "0x" + "00" * 32, "JSON": "0x00", "FILE": "order.json", "TEXT": "word", "SYMBOL": "α",
}  # fmt: skip


def _errors() -> list[tuple[str, str]]:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    return [
        (pallet, error["name"] if isinstance(error, dict) else error)
        for pallet, parts in recorded["pallets"].items()
        for error in parts.get("errors", ())
    ]


def _hints() -> dict[str, str]:
    """Each command in a text of what foresees and reports refusals, and the module."""
    room = Path(taokit.chain_client.__file__).parent
    found: dict[str, str] = {}
    folders = ("operations", "hyperparameters", "reads", "errors")
    for path in (path for folder in folders for path in sorted((room / folder).glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(map(_said, parts))
            found |= dict.fromkeys(COMMAND.findall(text), path.name)
    return {command: where for command, where in found.items() if "..." not in command}


def _said(part: ast.AST) -> str:
    if isinstance(part, ast.FormattedValue):
        spelled = ast.unparse(part.value) == "self._spelled"
        return "--signatories ADDRESSES --threshold 2" if spelled else "1"
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def _commands() -> dict[str, str]:
    """Each command in a remedy, and one place where it is."""
    advice = {f"{pallet}.{name}": one for (pallet, name), one in all_advice().items()}
    advice |= {reason: one for reason, _, one in INVALID_REASONS.values()}
    return {
        command: where for where, one in advice.items() for command in COMMAND.findall(one.remedy)
    }


def test_every_error_of_the_real_chain_has_a_meaning_and_a_remedy_of_its_own() -> None:
    told = {(error.pallet, error.name): error for error in chain_errors()}
    recorded = _errors()
    assert len(recorded) > 300
    lacking = [
        where
        for where in recorded
        if where not in told or not told[where].meaning or not told[where].remedy
    ]
    assert not lacking


def test_what_belongs_to_no_pallet_has_them_too() -> None:
    assert all(error.meaning and error.remedy for error in chain_errors())
    assert all(advice_for(name) is not None for name in CUSTOM_CODES.values())


def test_no_remedy_is_for_an_error_that_does_not_exist() -> None:
    told = {(error.pallet, error.name) for error in chain_errors()}
    assert not set(all_advice()) - told


def test_no_remedy_is_shared_by_many_errors() -> None:
    shared = Counter(advice.remedy for advice in all_advice().values())
    (_, often), *_ = shared.most_common(1)
    assert often <= 5
    assert sum(1 for count in shared.values() if count > 1) <= 10


def test_a_remedy_is_short() -> None:
    long = [where for where, one in all_advice().items() if len(one.remedy) > 260]
    assert not long


def test_every_setting_in_a_remedy_is_one() -> None:
    named = {name for command in _commands() for name in re.findall(r"--param (\w+)", command)}
    assert len(named) > 20
    assert not [name for name in named if find_setting(name).name != name]


def test_every_command_in_a_remedy_is_one_with_these_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tree.Command, "invoke", lambda self, ctx: None)
    whole = main.root()  # made once: its groups keep what they have loaded
    monkeypatch.setattr(main, "root", lambda: whole)
    every = _commands() | _hints()
    assert len(every) > 120
    # One of each form: what differs in values alone parses alike.
    forms = {re.sub(r"(-[\w-]+) [^\s-]\S*", r"\1", command): command for command in every}
    commands = {command: every[command] for command in forms.values()}
    wrong = []
    for command, where in commands.items():
        words = PLACE.sub(lambda place: SAMPLES[place[0]], command)
        if main.run(shlex.split(words)[1:]) != 0:
            wrong.append(f"{where}: {command}: {capsys.readouterr().err}")
    assert not wrong, "\n".join(wrong)
