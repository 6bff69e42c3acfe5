"""A room imports only the rooms above it, and of the client the chain takes only the codec."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ["wallet", "chain_client", "local_chain", "neuron", "subnet_templates", "cli"]
# What the chain may know of the client: types, metadata, keys, the cipher of timelocks; the rest is
# bytes between them.
CODEC = {"errors", "scale", "metadata", "storage_keys", "timelock"}
# The chain as an object in a program stands on both sides.
USERS = ROOT / "local_chain" / "embedded"
PRINTS = {"rich", "typer"}


def imports(room: str) -> list[tuple[Path, str]]:
    found = []
    for path in sorted((ROOT / room).rglob("*.py")):
        package = ["taokit", *path.relative_to(ROOT).with_suffix("").parts[:-1]]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found += [(path, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*base, node.module or ""]).rstrip(".")
                found.append((path, module))
                found += [(path, f"{module}.{alias.name}") for alias in node.names]
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_above_it(room: str) -> None:
    below = ROOMS[ROOMS.index(room) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, name in imports(room)
        if name.startswith("taokit.") and name.split(".")[1] in below
    ]
    assert not wrong


def test_the_chain_takes_only_the_codec_of_the_client() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, name in imports("local_chain")
        if name.startswith("taokit.chain_client.")
        and name.split(".")[2] not in CODEC
        and USERS not in path.parents
    ]
    assert not wrong


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "cli"])
def test_only_the_command_line_prints(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, name in imports(room)
        if name.split(".")[0] in PRINTS
    ]
    assert not wrong


def test_every_package_is_in_the_wheel() -> None:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        ".".join(("taokit", *init.parent.relative_to(ROOT).parts))
        for room in ROOMS
        for init in (ROOT / room).rglob("__init__.py")
    }
    assert sorted(listed) == sorted(found)


def test_no_two_modules_of_the_tests_have_one_name() -> None:
    """Folders of tests are no packages but one, so that the second of a name is not collected."""
    seen: dict[str, Path] = {}
    twice = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name == "conftest.py" or (path.parent / "__init__.py").exists():
            continue
        if seen.setdefault(path.name, path) != path:
            twice.append((seen[path.name], path))
    assert not twice
