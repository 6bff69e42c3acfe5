"""Reading a script: from text to checked values, with the line of everything that is wrong.

Owns the keys of the file and of its steps. Does not own loading files, nor doing anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from taokit.chain_client.automation.durations import parse_moment, parse_span
from taokit.chain_client.automation.nodes import Node, Problems, near, parse_yaml, substituted
from taokit.chain_client.automation.reader import PlainAccounts, Reader, Resolver
from taokit.chain_client.automation.reading_actions import read_do, read_rebalance
from taokit.chain_client.automation.reading_conditions import read_conditions
from taokit.chain_client.automation.script import Limits, OnFailure, Repeat, Script, Step
from taokit.chain_client.errors import InvalidScript
from taokit.chain_client.money import Tao
from taokit.chain_client.prices import parse_fraction

__all__ = ["LIMITS", "STEP_KEYS", "TOP_KEYS", "Header", "read_header", "read_script"]

TOP_KEYS: Final = ("name", "network", "wallet", "hotkey", "period", "vars", "limits", "steps")
STEP_KEYS: Final = (
    "id",
    "do",
    "with",
    "rebalance",
    "when",
    "after",
    "every",
    "count",
    "until",
    "on_failure",
    "attempts",
)
LIMITS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "max_spend_per_run": ("per_run", Tao.parse),
    "max_spend_per_day": ("per_day", Tao.parse),
    "max_spend": ("total", Tao.parse),
    "min_balance": ("min_balance", Tao.parse),
    "max_slippage": ("max_slippage", parse_fraction),
}
_ON_FAILURE: Final[Mapping[str, OnFailure]] = {"stop": "stop", "skip": "skip", "retry": "retry"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_BUILT_IN: Final = ("coldkey", "hotkey")


@dataclass(frozen=True)
class Header:
    """What a script says of where and as whom it runs; each may be ``None``."""

    name: str | None
    network: str | None
    wallet: str | None
    hotkey: str | None


def read_header(text: str, source: str) -> Header:
    """The header, for whoever connects and opens a wallet first. Raises :class:`InvalidScript`."""
    root = parse_yaml(text, source)
    return Header(*(_plain(root, key) for key in ("name", "network", "wallet", "hotkey")))


def _plain(root: Node, key: str) -> str | None:
    entry = root.fields.get(key)
    return entry.text if entry is not None else None


def read_script(
    text: str,
    *,
    source: str = "script",
    variables: Mapping[str, str] | None = None,
    accounts: Resolver | None = None,
    coldkey: str | None = None,
    hotkey: str | None = None,
) -> Script:
    """A script from its text. Raises :class:`InvalidScript` with everything that is wrong.

    ``variables`` replace the values under ``vars``. ``coldkey`` and ``hotkey`` are the wallet's
    addresses: the values of ``${coldkey}`` and ``${hotkey}``, and of accounts left out.
    """
    problems = Problems(source)
    root = parse_yaml(text, source)
    wallet = {
        name: address
        for name, address in (("coldkey", coldkey), ("hotkey", hotkey))
        if address is not None
    }
    reader = Reader(problems, accounts or PlainAccounts(), wallet)
    fields = reader.mapping(root, "a script", TOP_KEYS, ("name", "steps"))
    known = _variables(reader, fields.get("vars"), dict(variables or {}), wallet)
    problems.raise_if_any()
    fields = {k: substituted(v, known, problems) for k, v in fields.items() if k != "vars"}
    problems.raise_if_any()
    name = reader.scalar(fields["name"], "name") or ""
    if not _NAME.fullmatch(name):
        said = "name must be letters, digits, dots, dashes and underscores, 64 at most"
        problems.add(fields["name"].line, said)
    period = reader.parsed(fields.get("period"), "period", _period)
    limits = _limits(reader, fields.get("limits"))
    steps = _steps(reader, fields["steps"])
    problems.raise_if_any()
    return Script(name, steps, limits, period or 64, source)


def _variables(
    reader: Reader, node: Node | None, given: dict[str, str], wallet: Mapping[str, str]
) -> dict[str, str]:
    declared = node.fields if node is not None else {}
    if node is not None and node.value is not None and not isinstance(node.value, dict):
        reader.problems.add(node.line, "vars must be a mapping (name: value)")
    values = {name: wallet.get(name, "") for name in _BUILT_IN if name in wallet}
    for name in given:
        if name not in declared:
            what = f"the script has no variable {name!r}{near(name, declared)}"
            raise InvalidScript([(node.line if node else 0, what)], source=reader.problems.source)
    for name, entry in declared.items():
        if name in given:
            values[name] = given[name]
        elif entry.value is None:
            reader.problems.add(entry.line, f"{name} has no value: give --var {name}=...")
        else:
            filled = substituted(entry, values, reader.problems)  # the wallet's, and those above
            values[name] = reader.scalar(filled, name) or ""
    return values


def _period(text: str) -> int:
    if not text.isdigit() or not 4 <= int(text) <= 65536:
        raise ValueError("a number of blocks between 4 and 65536")
    return int(text)


def _limits(reader: Reader, node: Node | None) -> Limits:
    if node is None or node.value is None:
        return Limits()
    fields = reader.mapping(node, "limits", LIMITS)
    values = {
        LIMITS[key][0]: reader.parsed(entry, f"limits.{key}", LIMITS[key][1])
        for key, entry in fields.items()
    }
    return Limits(**values)


def _steps(reader: Reader, node: Node) -> tuple[Step, ...]:
    steps: list[Step] = []
    lines: dict[str, int] = {}
    if not node.items:
        reader.problems.add(node.line, "steps is empty")
    for item in node.items:
        step = _step(reader, item)
        if step is None:
            continue
        if step.id in lines:
            reader.problems.add(item.line, f"line {lines[step.id]} has a step {step.id!r} too")
        lines.setdefault(step.id, item.line)
        for earlier in step.after:
            if earlier not in lines or earlier == step.id:
                guess = near(earlier, [known for known in lines if known != step.id])
                what = f"there is no step {earlier!r} above this one{guess}"
                reader.problems.add(item.line, what)
        steps.append(step)
    return tuple(steps)


def _step(reader: Reader, node: Node) -> Step | None:
    fields = reader.mapping(node, "a step", STEP_KEYS, ("id",))
    if not fields:
        return None
    id_ = reader.scalar(fields.get("id"), "id") or ""
    if id_ and not _NAME.fullmatch(id_):
        reader.problems.add(
            fields["id"].line, "id must be letters, digits, dots, dashes, underscores"
        )
    if ("do" in fields) == ("rebalance" in fields):
        reader.problems.add(node.line, "a step needs 'do' or 'rebalance', and not both")
        return None
    if "rebalance" in fields:
        if "with" in fields:
            reader.problems.add(fields["with"].line, "'with' belongs to 'do'")
        action: Any = read_rebalance(reader, fields["rebalance"])
    else:
        action = read_do(reader, fields["do"], fields.get("with"))
    on_failure = reader.parsed(fields.get("on_failure"), "on_failure", _on_failure) or "stop"
    attempts = reader.parsed(fields.get("attempts"), "attempts", _count)
    after = [reader.scalar(item, "after") or "" for item in _items(fields.get("after"))]
    when = read_conditions(reader, fields.get("when"))
    repeat = _repeat(reader, node, fields)
    if action is None:
        return None
    return Step(id_, action, when, tuple(after), repeat, on_failure, attempts or 3, node.line)


def _items(node: Node | None) -> list[Node]:
    return node.items if node is not None else []


def _on_failure(text: str) -> OnFailure:
    if text not in _ON_FAILURE:
        raise ValueError(f"one of {', '.join(_ON_FAILURE)}{near(text, _ON_FAILURE)}")
    return _ON_FAILURE[text]


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ValueError("a whole number from 1 on")
    return int(text)


def _repeat(reader: Reader, node: Node, fields: dict[str, Node]) -> Repeat | None:
    span = reader.parsed(fields.get("every"), "every", parse_span)
    if span is None:
        for key in ("count", "until"):
            if key in fields:
                reader.problems.add(fields[key].line, f"{key!r} needs 'every'")
        return None
    count = reader.parsed(fields.get("count"), "count", _count)
    until = fields.get("until")
    until_block = until_ms = None
    if until is not None:
        ends = reader.mapping(until, "until", ("block", "time"))
        until_block = reader.parsed(ends.get("block"), "until.block", _count)
        until_ms = reader.parsed(ends.get("time"), "until.time", parse_moment)
    return Repeat(span[0], span[1], count, until_block, until_ms)
