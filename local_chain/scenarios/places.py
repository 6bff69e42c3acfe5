"""Where in a scenario's file something stands: line and column of each field and table.

Owns finding the places, in text that is already known to be TOML or YAML: what the readers of both
give says nothing of them. Does not own reading it (`files`).
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Place", "place_of"]

Place = tuple[int, int]
"""Line and column, both from 1 on."""

_Path = tuple["str | int", ...]
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[\s,]|#[^\n]*)*")
_STRINGS = (
    re.compile(r'"{3}(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'{3}.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_PLAIN = re.compile(r"[^,\]}\n#]*")


def place_of(written: str, path: str, *, yaml: bool = False) -> Place | None:
    """Where `subnets[0].tempo` stands, or the nearest thing around it; None if nothing does."""
    try:
        places = _yaml(written) if yaml else _Toml(written).places
    except (IndexError, ValueError):
        return None  # a way of writing that is not known here: the path has to do
    wanted: _Path = tuple(
        int(index) if index else name for index, name in _PART.findall(path) if path != "the file"
    )
    while wanted and wanted not in places:
        wanted = wanted[:-1]
    return places.get(wanted) if wanted else None


class _Toml:
    """The places of all keys and tables of a TOML text."""

    def __init__(self, text: str) -> None:
        self.places: dict[_Path, Place] = {}
        self._text = text
        self._at = 0
        self._counts: dict[_Path, int] = {}
        table: _Path = ()
        self._skip(_BETWEEN)
        while self._at < len(text):
            if text[self._at] == "[":
                table = self._header()
            else:
                self._field(table)
            self._skip(_BETWEEN)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError("nothing of that kind")
        self._at = found.end()
        return found[0]

    def _note(self, path: _Path, at: int) -> None:
        line = self._text.count("\n", 0, at) + 1
        self.places.setdefault(path, (line, at - self._text.rfind("\n", 0, at)))

    def _header(self) -> _Path:
        start = self._at
        double = self._text.startswith("[[", start)
        self._at += 2 if double else 1
        path: _Path = ()
        names = self._names()
        for deep, name in enumerate(names):
            path = (*path, name)
            if double and deep == len(names) - 1:
                self._note(path, start)
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        self._note(path, start)
        self._at += 2 if double else 1
        return path

    def _names(self) -> list[str]:
        """The parts of a dotted key."""
        names: list[str] = []
        while True:
            self._skip(_SPACE)
            quoted = self._text[self._at] in "\"'"
            names.append(self._string()[1:-1] if quoted else self._skip(_BARE))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return names
            self._at += 1

    def _string(self) -> str:
        for pattern in _STRINGS:
            if pattern.match(self._text, self._at):
                return self._skip(pattern)
        raise ValueError("no string")

    def _field(self, table: _Path) -> None:
        start = self._at
        path = table
        for name in self._names():
            path = (*path, name)
            self._note(path, start)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: _Path) -> None:
        opens = self._text[self._at]
        if opens in "\"'":
            self._string()
        elif opens in "{[":
            self._at += 1
            self._skip(_BETWEEN)
            index = 0
            while self._text[self._at] not in "}]":
                if opens == "{":
                    self._field(path)
                else:
                    self._note((*path, index), self._at)
                    self._value((*path, index))
                    index += 1
                self._skip(_BETWEEN)
            self._at += 1
        else:
            self._skip(_PLAIN)


def _yaml(written: str) -> dict[_Path, Place]:
    import yaml

    places: dict[_Path, Place] = {}

    def walk(node: Any, path: _Path) -> None:
        inside: _Path
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inside = (*path, str(key.value))
                places[inside] = (key.start_mark.line + 1, key.start_mark.column + 1)
                walk(value, inside)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                inside = (*path, index)
                places[inside] = (value.start_mark.line + 1, value.start_mark.column + 1)
                walk(value, inside)

    walk(yaml.compose(written, Loader=yaml.SafeLoader), ())
    return places
