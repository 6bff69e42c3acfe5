"""Reading a scenario: a TOML or YAML file, or one of those that come with taokit."""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from taokit.local_chain.scenarios.errors import ScenarioError, unknown
from taokit.local_chain.scenarios.model import Scenario, scenario_of
from taokit.local_chain.scenarios.places import place_of

__all__ = ["load_scenario", "parse_scenario", "shipped_names", "shipped_text"]

_SAID = re.compile(r"\(at line (\d+), column (\d+)\)")
_SHIPPED = files(__package__).joinpath("shipped")


def shipped_names() -> list[str]:
    """The names of the scenarios that come with taokit."""
    found = (entry.name for entry in _SHIPPED.iterdir())
    return sorted(name[: -len(".toml")] for name in found if name.endswith(".toml"))


def shipped_text(name: str) -> str:
    """The file of a shipped scenario, TOML. Raises `ScenarioError` for a name that is none."""
    if name not in shipped_names():
        raise unknown("scenario", name, shipped_names(), "")
    return _SHIPPED.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def load_scenario(source: str | Path) -> Scenario:
    """The scenario of that name, or in that file: `.toml`, `.yaml` or `.yml`.

    Raises `ScenarioError` for what cannot be read, with file, line, column and the path in it that
    is wrong.
    """
    path = Path(source)
    if path.suffix not in (".toml", ".yaml", ".yml"):
        return parse_scenario(shipped_text(str(source)))
    try:
        written = path.expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is not text") from error
    return parse_scenario(written, yaml=path.suffix != ".toml", file=str(source))


def parse_scenario(written: str, *, yaml: bool = False, file: str = "") -> Scenario:
    """The scenario that a text describes, TOML or YAML. Raises `ScenarioError`.

    Of the text of a ``file`` that is named in front of what is wrong, with line and column.
    """
    data = _yaml(written, file) if yaml else _toml(written, file)
    try:
        return scenario_of(data)
    except ScenarioError as wrong:
        raise wrong.placed(file, place_of(written, wrong.path, yaml=yaml)) from None


def _toml(written: str, file: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        said, place = str(error), _SAID.search(str(error))
        wrong = ScenarioError(f"not TOML: {said}")
        raise wrong.placed(file, (int(place[1]), int(place[2])) if place else None) from error


def _yaml(written: str, file: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(written)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "it cannot be read"
        wrong = ScenarioError(f"not YAML: {why}", path=where)
        raise wrong.placed(file, (mark.line + 1, mark.column + 1) if mark else None) from error
