"""How the fields of a scenario are declared, checked and described.

Owns the kinds of values, reading plain data (what TOML and YAML give) into dataclasses, and the
JSON schema of the same. Each field of a dataclass is made by one of these functions, so that what
is checked and what is described are one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from typing import Any, TypeVar

from taokit.local_chain.scenarios.errors import ScenarioError, unknown

__all__ = [
    "anything",
    "flag",
    "many",
    "mapping",
    "number",
    "one",
    "read",
    "schema",
    "text",
    "whole",
]

T = TypeVar("T")
_NEEDED: Any = object()


@dataclass(frozen=True)
class Kind:
    """How a value is read (from a path, for messages) and what a JSON schema says of it."""

    read: Callable[[Any, str], Any]
    schema: Callable[[], dict[str, Any]]


def _field(kind: Kind, says: str, default: Any) -> Any:
    metadata = {"kind": kind, "says": says}
    if default is _NEEDED:
        return field(metadata=metadata)
    if isinstance(default, (tuple, dict)):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _wrong(value: Any, wanted: str, path: str) -> ScenarioError:
    return ScenarioError(f"{value!r} is not {wanted}", path=path)


def text(says: str, default: Any = _NEEDED, choices: Sequence[str] = ()) -> Any:
    """A text, or one of a few words."""

    def reading(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise _wrong(value, "a text", path)
        if choices and value not in choices:
            raise unknown("choice", value, choices, path)
        return value

    more = {"enum": list(choices)} if choices else {}
    return _field(Kind(reading, lambda: {"type": "string", **more}), says, default)


def _numeric(says: str, default: Any, least: float, most: float, *, integral: bool) -> Any:
    word = "a whole number" if integral else "a number"
    bounds = {"minimum": least} | ({"maximum": most} if most < math.inf else {})
    if least == -math.inf:
        bounds.pop("minimum")

    def reading(value: Any, path: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int if integral else (int, float)):
            raise _wrong(value, word, path)
        if not least <= value <= most:
            between = f"from {least:g}" + (f" to {most:g}" if most < math.inf else " on")
            raise ScenarioError(f"{value} is not {between}", path=path)
        return value

    kind = "integer" if integral else "number"
    return _field(Kind(reading, lambda: {"type": kind, **bounds}), says, default)


def whole(says: str, default: Any = _NEEDED, *, least: int = 0, most: float = math.inf) -> Any:
    """A whole number."""
    return _numeric(says, default, least, most, integral=True)


def number(says: str, default: Any = _NEEDED, *, least: float = 0, most: float = math.inf) -> Any:
    """Any number."""
    return _numeric(says, default, least, most, integral=False)


def flag(says: str, default: Any = _NEEDED) -> Any:
    """True or false."""

    def reading(value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            raise _wrong(value, "true or false", path)
        return value

    return _field(Kind(reading, lambda: {"type": "boolean"}), says, default)


def anything(says: str, default: Any = _NEEDED) -> Any:
    """A value whose type only the chain knows."""
    return _field(Kind(lambda value, path: value, dict), says, default)


def mapping(says: str, values: type | None = None) -> Any:
    """A table of names; with ``values`` a type of numbers."""

    def reading(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _wrong(value, "a table", path)
        for name, given in value.items():
            if values is not None and (
                isinstance(given, bool) or not isinstance(given, (int, float))
            ):
                raise _wrong(given, "a number", f"{path}.{name}")
        return {str(name): given for name, given in value.items()}

    inner = {} if values is None else {"type": "number"}
    described = {"type": "object", "additionalProperties": inner}
    return _field(Kind(reading, lambda: dict(described)), says, {})


def one(model: type, says: str, default: Any = _NEEDED, word: str | None = None) -> Any:
    """A table of a dataclass's fields; a bare word stands for the field `word` alone."""

    def reading(value: Any, path: str) -> Any:
        if word is not None and isinstance(value, str):
            return read(model, {word: value}, path, bare=True)
        return read(model, value, path)

    def described() -> dict[str, Any]:
        table = schema(model)
        return table if word is None else {"anyOf": [table["properties"][word], table]}

    return _field(Kind(reading, described), says, default)


def many(model: type, says: str, default: Any = ()) -> Any:
    """A list of tables."""

    def reading(value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(value, "a list", path)
        return tuple(read(model, each, f"{path}[{at}]") for at, each in enumerate(value))

    kind = Kind(reading, lambda: {"type": "array", "items": schema(model)})
    return _field(kind, says, default)


def read(model: type[T], value: Any, path: str = "", *, bare: bool = False) -> T:
    """Make a dataclass of plain data. Raises `ScenarioError`, which says where it is wrong."""
    if not isinstance(value, Mapping):
        raise _wrong(value, "a table", path or "the file")
    fields = {each.name.rstrip("_"): each for each in dataclasses.fields(model)}  # type: ignore[arg-type]
    made: dict[str, Any] = {}
    for name, given in value.items():
        inside = path if bare else f"{path}.{name}" if path else str(name)
        if name not in fields:
            raise unknown("field", str(name), fields, inside)
        declared = fields[name]
        made[declared.name] = declared.metadata["kind"].read(given, inside)
    for name, declared in fields.items():
        if declared.name not in made and _is_needed(declared):
            raise ScenarioError(f"{name} is missing", path=path)
    return model(**made)


def _is_needed(declared: dataclasses.Field[Any]) -> bool:
    return declared.default is MISSING and declared.default_factory is MISSING


def schema(model: type) -> dict[str, Any]:
    """The JSON schema of a dataclass."""
    declared = dataclasses.fields(model)
    properties = {}
    for each in declared:
        told = each.metadata["kind"].schema()
        told["description"] = each.metadata["says"]
        if isinstance(each.default, (str, int, float, bool)):
            told["default"] = each.default
        properties[each.name.rstrip("_")] = told
    needed = [each.name.rstrip("_") for each in declared if _is_needed(each)]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }
