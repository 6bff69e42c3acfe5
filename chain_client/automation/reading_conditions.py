"""Reading conditions: what a step waits for.

Owns the keys of conditions. Does not own their truth (``conditions``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from taokit.chain_client.automation.durations import parse_moment
from taokit.chain_client.automation.nodes import Node, near
from taokit.chain_client.automation.reader import Reader
from taokit.chain_client.automation.script import Comparison, Condition
from taokit.chain_client.errors import UnknownRead
from taokit.chain_client.money import Tao

__all__ = ["COMPARISONS", "KINDS", "parse_netuid", "read_call", "read_conditions"]

COMPARISONS: Final = ("below", "above", "at_most", "at_least", "equals", "not_equals")
KINDS: Final = ("price", "balance", "stake", "block", "time", "read", "any", "not")
_ARGUMENTS: Final = {
    "price": ("netuid",),
    "balance": ("of",),
    "stake": ("netuid", "hotkey", "coldkey"),
}


def read_conditions(reader: Reader, node: Node | None) -> tuple[Condition, ...]:
    """The conditions under ``when``: a list of them, or one."""
    if node is None:
        return ()
    found = (_condition(reader, item) for item in node.items)
    return tuple(condition for condition in found if condition is not None)


def _condition(reader: Reader, node: Node) -> Condition | None:
    fields = node.fields
    kinds = [kind for kind in KINDS if kind in fields]
    if len(kinds) != 1:
        known = ", ".join(KINDS)
        guess = next((near(key, KINDS) for key in fields if near(key, KINDS)), "")
        reader.problems.add(node.line, f"a condition has one of {known}{guess}")
        return None
    kind = kinds[0]
    if kind == "read":
        return _of_read(reader, node)
    for key in fields:
        if key != kind:
            what = f"{key!r} does not belong beside {kind!r}: write it below, or as a condition"
            reader.problems.add(fields[key].line, what)
    inner = fields[kind]
    if kind in ("any", "not"):
        return Condition(kind, {}, parts=read_conditions(reader, inner), line=node.line)
    if kind in ("block", "time"):
        return _moment(reader, inner, kind)
    return _of_chain(reader, inner, kind)


def _moment(reader: Reader, node: Node, kind: str) -> Condition:
    parse: Callable[[str], int] = _block if kind == "block" else parse_moment
    fields = reader.mapping(node, kind, ("after", "before"))
    arguments = {key: reader.parsed(entry, f"{kind}.{key}", parse) for key, entry in fields.items()}
    if not arguments:
        reader.problems.add(node.line, f"{kind} needs 'after' or 'before'")
    return Condition(kind, arguments, line=node.line)


def _block(text: str) -> int:
    if not text.isdigit() or int(text) >= 1 << 32:
        raise ValueError("a block is a whole number")
    return int(text)


def _of_chain(reader: Reader, node: Node, kind: str) -> Condition:
    names = _ARGUMENTS[kind]
    fields = reader.mapping(node, kind, (*names, *COMPARISONS))
    arguments: dict[str, Any] = {}
    if "netuid" in names:
        arguments["netuid"] = reader.parsed(fields.get("netuid"), f"{kind}.netuid", parse_netuid)
        if "netuid" not in fields:
            reader.problems.add(node.line, f"{kind} needs 'netuid'")
    for name, default in (("of", "coldkey"), ("coldkey", "coldkey"), ("hotkey", "hotkey")):
        if name not in names:
            continue
        arguments[name] = reader.defaults.get(default)
        if name in fields:
            account = partial(reader.accounts.account, kind=default)
            arguments[name] = reader.parsed(fields[name], f"{kind}.{name}", account)
        elif arguments[name] is None:
            reader.problems.add(node.line, f"{kind} needs {name!r}")
    comparisons = _comparisons(reader, node, fields, kind)
    for comparison in comparisons:
        entry = fields[comparison.op]
        reader.parsed(entry, f"{kind}.{comparison.op}", Tao.parse if kind != "stake" else _alpha)
    return Condition(kind, arguments, comparisons, line=node.line)


def _alpha(text: str) -> object:
    from taokit.chain_client.money import Alpha

    return Alpha.parse(text, 0)


def parse_netuid(text: str) -> int:
    """A netuid from text."""
    if not text.isdigit() or int(text) >= 1 << 16:
        raise ValueError("a netuid is a whole number below 65536")
    return int(text)


def _of_read(reader: Reader, node: Node) -> Condition | None:
    fields = reader.mapping(node, "a condition", ("read", "with", "field", *COMPARISONS))
    arguments = read_call(reader, fields, node.line)
    if arguments is None:
        return None
    field = reader.scalar(fields.get("field"), "field")
    comparisons = _comparisons(reader, node, fields, "read")
    name = fields["read"].text
    return Condition(
        "read", {"name": name, "with": arguments, "field": field}, comparisons, line=node.line
    )


def read_call(reader: Reader, fields: dict[str, Node], line: int) -> dict[str, Any] | None:
    """The arguments under ``with`` for the read that ``read`` names, checked."""
    from taokit.chain_client.reads import get_read

    name = reader.scalar(fields.get("read"), "read")
    if name is None:
        return None
    try:
        entry = get_read(name)
    except UnknownRead as error:
        reader.problems.add(line, f"{error.message}; {error.hint or 'see `taokit query`'}")
        return None
    values, nested = reader.values(fields.get("with"), entry.parameters, f"read {name}", line)
    for key, inner in nested.items():
        reader.problems.add(inner.line, f"{key} must be a single value or a list")
    return values


def _comparisons(
    reader: Reader, node: Node, fields: dict[str, Node], kind: str
) -> tuple[Comparison, ...]:
    found = []
    for op in COMPARISONS:
        text = reader.scalar(fields.get(op), op)
        if text is not None:
            found.append(Comparison(op, text))
    if not found:
        reader.problems.add(node.line, f"{kind} needs one of {', '.join(COMPARISONS)}")
    return tuple(found)
