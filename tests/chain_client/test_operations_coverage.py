"""Every call of the runtime is wrapped by an operation, or listed with the reason it is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from operation_stage import Stage, a_stage

from taokit.chain_client import operations
from taokit.chain_client.hyperparameters import SETTINGS
from taokit.chain_client.operations.coverage import NOT_WRAPPED, reason_for

FOLDER = Path(operations.__file__).parent


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, set[str]]]:
    """The names of the runtime's calls, by pallet."""
    with a_stage() as stage:
        yield _calls_of(stage)


def _calls_of(stage: Stage) -> dict[str, set[str]]:
    pallets = stage.client.runtime.metadata.pallets.values()
    return {one.name: {call.name for call in one.calls.values()} for one in pallets if one.calls}


def wrapped(calls: dict[str, set[str]]) -> set[str]:
    """The calls that operations compose, as ``Pallet.name``.

    Read from the source: a module that makes calls of a pallet wraps those of its calls that it
    names. Settings are wrapped by the one operation that sets them.
    """
    found = set()
    for setting in SETTINGS.values():
        for name in filter(None, (setting.call, setting.root_call, setting.off_call)):
            found.add(name if "." in name else f"AdminUtils.{name}")
    for path in (*FOLDER.glob("*.py"), *FOLDER.parent.glob("*.py")):
        if path.name == "coverage.py":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        texts = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        made = {_pallet(tree, node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for pallet in made & calls.keys():
            found |= {f"{pallet}.{name}" for name in calls[pallet] & texts}
    return found


def _pallet(tree: ast.Module, node: ast.Call) -> str:
    """The pallet of ``Call(pallet, ...)``, which may be a constant of the module."""
    if not (isinstance(node.func, ast.Name) and node.func.id == "Call" and node.args):
        return ""
    first = node.args[0]
    if isinstance(first, ast.Constant):
        return str(first.value)
    for statement in tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(first, ast.Name):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            value = statement.value
            if isinstance(value, ast.Constant) and any(
                isinstance(target, ast.Name) and target.id == first.id for target in targets
            ):
                return str(value.value)
    return ""


def test_each_call_is_wrapped_or_listed_with_a_reason(calls: dict[str, set[str]]) -> None:
    every = {f"{pallet}.{name}" for pallet, names in calls.items() for name in names}
    assert len(every) == 269
    left = {name for name in every - wrapped(calls) if reason_for(name) is None}
    assert not left, f"neither wrapped nor listed: {sorted(left)}"


def test_nothing_is_listed_that_is_wrapped_or_does_not_exist(calls: dict[str, set[str]]) -> None:
    every = {f"{pallet}.{name}" for pallet, names in calls.items() for name in names}
    done = wrapped(calls)
    for listed in NOT_WRAPPED:
        pallet, _, name = listed.partition(".")
        if name == "*":
            assert pallet in calls
            assert not any(one.startswith(f"{pallet}.") for one in done), listed
        else:
            assert listed in every
            assert listed not in done
    assert all(reason for reason in NOT_WRAPPED.values())
