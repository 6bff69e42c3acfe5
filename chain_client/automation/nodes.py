"""YAML as a tree that remembers its lines, with variables filled in.

Owns the text's way to :class:`Node` and the collecting of problems. Does not own what the keys of a
script mean (``reading``). Scalars stay text: ``1.5`` is read by whoever knows that it is an amount,
and no float comes in between. JSON is YAML too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from taokit.chain_client.errors import InvalidScript

__all__ = ["Node", "Problems", "near", "parse_yaml", "substituted", "variables_in"]

_MOST_NODES: Final = 20_000
_VARIABLE = re.compile(r"\$(\$\{|\{\s*([^}]*?)\s*\})")


class Problems:
    """What is wrong with a file; everything is looked at before anything is said."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, what: str) -> None:
        """One thing that is wrong."""
        if (line, what) not in self.found:
            self.found.append((line, what))

    def raise_if_any(self) -> None:
        """Raise :class:`InvalidScript` with all of them, by line."""
        if self.found:
            raise InvalidScript(sorted(self.found), source=self.source)


@dataclass(frozen=True)
class Node:
    """A value of the file: ``None``, text, a list of nodes, or nodes by key. Lines begin at 1."""

    value: str | list[Node] | dict[str, Node] | None
    line: int

    @property
    def text(self) -> str | None:
        """The text of a scalar."""
        return self.value if isinstance(self.value, str) else None

    @property
    def items(self) -> list[Node]:
        """The items of a list; a single value is a list of one."""
        if isinstance(self.value, list):
            return self.value
        return [] if self.value is None else [self]

    @property
    def fields(self) -> dict[str, Node]:
        """The entries of a mapping."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def typed(self) -> Any:
        """The value without lines, with whole numbers and truth values as such.

        For arguments of calls. Fields of an operation stay text: there ``1`` is one TAO, not one
        rao.
        """
        if isinstance(self.value, list):
            return [item.typed() for item in self.value]
        if isinstance(self.value, dict):
            if "operation" in self.value:
                return self.plain()
            return {key: item.typed() for key, item in self.value.items()}
        if self.value is not None and re.fullmatch(r"-?[0-9]+", self.value):
            return int(self.value)
        return {"true": True, "false": False}.get(self.value or "", self.value)

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for item in self.value.values() if isinstance(self.value, dict) else self.items:
            if item is not self:
                yield from item.walk()


def parse_yaml(text: str, source: str) -> Node:
    """The tree of a YAML or JSON text. Raises :class:`InvalidScript`."""
    problems = Problems(source)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        line = mark.line if mark else -1
        hint = None
        if "${" in "".join(text.splitlines()[line : line + 1]):
            hint = 'within { } or [ ], quote variables: "${name}"'
        raise InvalidScript([(line + 1, f"not YAML: {said}")], source=source, hint=hint) from error
    except RecursionError as error:
        raise InvalidScript([(0, "nested too deeply")], source=source) from error
    if root is None:
        raise InvalidScript([(0, "there is nothing in it")], source=source)
    tree = _node(root, problems, [0])
    problems.raise_if_any()
    return tree


def _node(given: Any, problems: Problems, count: list[int]) -> Node:
    line = given.start_mark.line + 1
    count[0] += 1
    if count[0] > _MOST_NODES:  # aliases of aliases of aliases
        raise InvalidScript([(line, "far too large")], source=problems.source)
    if isinstance(given, yaml.ScalarNode):
        if given.tag == "tag:yaml.org,2002:null":
            return Node(None, line)
        return Node(given.value, line)
    if isinstance(given, yaml.SequenceNode):
        return Node([_node(item, problems, count) for item in given.value], line)
    entries: dict[str, Node] = {}
    for key, value in given.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.add(at, "a key must be text")
            continue
        if key.value in entries:
            problems.add(at, f"{key.value!r} is there twice")
        entries[key.value] = _node(value, problems, count)
    return Node(entries, line)


def variables_in(text: str) -> Iterator[str]:
    """The names of the variables that a text uses."""
    return (match[2] for match in _VARIABLE.finditer(text) if match[2] is not None)


def substituted(node: Node, values: Mapping[str, str], problems: Problems) -> Node:
    """The tree with ``${name}`` replaced in every text; ``$${`` stands for ``${``."""
    if isinstance(node.value, list):
        return Node([substituted(item, values, problems) for item in node.value], node.line)
    if isinstance(node.value, dict):
        return Node(
            {
                _filled(key, values, problems, node.line): substituted(item, values, problems)
                for key, item in node.value.items()
            },
            node.line,
        )
    if node.value is None:
        return node
    return Node(_filled(node.value, values, problems, node.line), node.line)


def _filled(text: str, values: Mapping[str, str], problems: Problems, line: int) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[2]
        if name is None:
            return "${"
        if name not in values:
            said = f"there is no variable {name!r}{near(name, values)}"
            if name in ("coldkey", "hotkey"):
                said = f"the wallet has no {name}: choose one, or set it with --var {name}=..."
            problems.add(line, said)
            return ""
        return values[name]

    return _VARIABLE.sub(value, text)


def near(name: str, known: Iterable[str]) -> str:
    """``; did you mean ...?``, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(found)}?" if found else ""
