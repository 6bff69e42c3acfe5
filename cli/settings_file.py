"""Settings files: where they are, reading them, and changing one value without losing the rest.

Owns the TOML on disk. Does not own which settings exist or which source wins: settings.py.
Comments and order survive a change; a file that cannot be read is set aside, never overwritten.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taokit.cli.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - the same module under its older name
    import tomli as tomllib

__all__ = ["PROJECT_FILE", "change", "load", "project_path", "read", "replace", "user_path"]

PROJECT_FILE = "taokit.toml"
NEURON = "neuron"  # the table of a subnet's miner and validator, who read it themselves


def user_path(environ: Mapping[str, str]) -> Path:
    """The user's settings file; ``TAOKIT_CONFIG`` names another one."""
    if environ.get("TAOKIT_CONFIG"):
        return Path(environ["TAOKIT_CONFIG"]).expanduser()
    if sys.platform not in ("win32", "darwin"):
        base = environ.get("XDG_CONFIG_HOME") or "~/.config"
        return Path(base).expanduser() / "taokit" / "config.toml"
    from platformdirs import user_config_path

    return user_config_path("taokit", appauthor=False) / "config.toml"


def project_path(directory: Path) -> Path | None:
    """The ``taokit.toml`` of ``directory`` or of the nearest folder above it."""
    for folder in (directory, *directory.parents):
        candidate = folder / PROJECT_FILE
        if candidate.is_file():
            return candidate
    return None


def read(path: Path) -> dict[str, Any]:
    """The file's settings as ``{"wallet.name": ...}``, each one checked."""
    from taokit.cli.settings import parse_setting

    flat = _flatten({k: v for k, v in load(path).items() if k != NEURON})
    return {key: parse_setting(key, value, where=str(path)) for key, value in flat.items()}


def change(path: Path, key: str, value: str | float | bool | None) -> Path | None:
    """Set ``key`` (or remove it, with None) and replace the file in one step.

    Returns where an unreadable older file was put, or None.
    """
    aside = None
    text = ""
    if path.exists():
        try:
            load(path)
            text = path.read_text(encoding="utf-8")
        except SettingsError:
            aside = _set_aside(path)
    section, _, name = key.rpartition(".")
    changed = _edit(text, section, name, None if value is None else f"{name} = {_toml(value)}")
    expected = _flatten(tomllib.loads(text))
    expected.pop(key, None)
    if value is not None:
        expected[key] = value
    try:
        understood = _flatten(tomllib.loads(changed)) == expected
    except tomllib.TOMLDecodeError:
        understood = False
    if not understood:
        raise SettingsError(
            f"{path} is laid out in a way that cannot be changed safely",
            path=str(path),
            hint=f"set {key} there with an editor",
        )
    replace(path, changed)
    return aside


def load(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; raises :class:`SettingsError` when it cannot be read."""
    try:
        loaded: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} is not a TOML file: {error}",
            path=str(path),
            hint="correct it, or remove it to start again from the defaults",
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}", path=str(path)) from None
    return loaded


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _edit(text: str, section: str, name: str, line: str | None) -> str:
    """``text`` with the line of ``name`` in ``[section]`` replaced, added or removed."""
    lines = text.splitlines()
    start, end = _section_bounds(lines, section)
    for index in range(start, end):
        if lines[index].split("=")[0].strip() == name and "=" in lines[index]:
            lines[index : index + 1] = [] if line is None else [line]
            break
    else:
        if line is not None:
            while end > start and not lines[end - 1].strip():
                end -= 1
            header = [f"[{section}]"] if section and not _has_section(lines, section) else []
            gap = [""] if header and lines else []
            lines[end:end] = [*gap, *header, line]
    return "\n".join(lines) + "\n" if lines else ""


def _has_section(lines: list[str], section: str) -> bool:
    return any(line.strip() == f"[{section}]" for line in lines)


def _section_bounds(lines: list[str], section: str) -> tuple[int, int]:
    headers = [i for i, line in enumerate(lines) if line.lstrip().startswith("[")]
    if not section:
        return 0, headers[0] if headers else len(lines)
    for i in headers:
        if lines[i].strip() == f"[{section}]":
            return i + 1, next((j for j in headers if j > i), len(lines))
    return len(lines), len(lines)


def _toml(value: str | float | bool) -> str:
    import json

    return json.dumps(value)  # a JSON string, number or boolean is the same in TOML


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    path.rename(aside)
    return aside


def replace(path: Path, text: str) -> None:
    """Write a file in one step: others see the old one or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}", path=str(path)) from None
