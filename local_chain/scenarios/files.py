"""Reading a scenario: a TOML or YAML file, or one of those that come with taokit."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from taokit.local_chain.scenarios.errors import ScenarioError, unknown
from taokit.local_chain.scenarios.model import Scenario, scenario_of

__all__ = ["load_scenario", "parse_scenario", "shipped_names", "shipped_text"]

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

    Raises `ScenarioError` for what cannot be read, with the line or the path in it that is wrong.
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
    return parse_scenario(written, yaml=path.suffix != ".toml")


def parse_scenario(written: str, *, yaml: bool = False) -> Scenario:
    """The scenario that a text describes, TOML or YAML. Raises `ScenarioError`."""
    return scenario_of(_yaml(written) if yaml else _toml(written))


def _toml(written: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"not TOML: {error}") from error  # says the line


def _yaml(written: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(written)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "it cannot be read"
        raise ScenarioError(f"not YAML: {why}", path=where) from error
