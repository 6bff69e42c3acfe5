"""Reading what a step does: an operation with its fields, or shares to keep.

Owns the keys under ``do``, ``with`` and ``rebalance``. The fields of an operation are the
registry's: what the command takes, the script takes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from taokit.chain_client.automation.nodes import Node
from taokit.chain_client.automation.reader import Reader
from taokit.chain_client.automation.reading_conditions import parse_netuid, read_call
from taokit.chain_client.automation.script import Derived, Do, Rebalance, Target
from taokit.chain_client.errors import ArgumentError, InvalidArgument, UnknownOperation
from taokit.chain_client.money import Tao
from taokit.chain_client.operations import Entry, get_operation
from taokit.chain_client.prices import parse_fraction, percent
from taokit.wallet.errors import TaokitError

__all__ = ["DERIVED_KEYS", "REBALANCE_KEYS", "read_do", "read_rebalance"]

DERIVED_KEYS: Final = ("read", "with", "field", "minus", "share", "at_most", "at_least")
REBALANCE_KEYS: Final = ("hotkey", "targets", "off_by", "min_trade", "max_trade", "tolerance")
_MONEY: Final = ("tao", "alpha", "price", "integer")


def read_do(reader: Reader, node: Node, given: Node | None) -> Do | None:
    """The operation that ``do`` names, with the fields under ``with``."""
    name = reader.scalar(node, "do")
    if name is None:
        return None
    try:
        entry = get_operation(name)
    except UnknownOperation as error:
        reader.problems.add(node.line, f"{error.message}; {error.hint or 'see `taokit tx`'}")
        return None
    before = len(reader.problems.found)
    values, nested = reader.values(given, entry.parameters, name, node.line)
    kinds = {parameter.name: parameter.kind for parameter in entry.parameters}
    for field, inner in nested.items():
        if kinds[field] in _MONEY:
            values[field] = _derived(reader, inner, f"{name}.{field}")
        else:
            values[field] = inner.typed()
    if len(reader.problems.found) == before:
        _try(reader, entry, values, given if given is not None else node)
    return Do(name, values)


def _try(reader: Reader, entry: Entry, values: dict[str, Any], node: Node) -> None:
    """Build the operation now, so that a bad value is told before anything is sent."""
    line = {key: entry.line for key, entry in node.fields.items()}
    try:
        entry.build({key: 1 if isinstance(v, Derived) else v for key, v in values.items()})
    except InvalidArgument as error:
        reader.problems.add(line.get(error.name, node.line), error.message)
    except ArgumentError as error:
        name = getattr(error, "name", "")
        reader.problems.add(
            line.get(name, node.line), f"{error.message} {error.hint or ''}".strip()
        )
    except (TaokitError, ValueError, TypeError) as error:
        reader.problems.add(node.line, str(error))


def _derived(reader: Reader, node: Node, where: str) -> Derived | None:
    fields = reader.mapping(node, where, DERIVED_KEYS, ("read",))
    arguments = read_call(reader, fields, node.line)
    share = reader.parsed(fields.get("share"), f"{where}.share", parse_fraction)
    if arguments is None:
        return None
    return Derived(
        read=fields["read"].text or "",
        arguments=arguments,
        field=reader.scalar(fields.get("field"), "field"),
        minus=reader.parsed(fields.get("minus"), f"{where}.minus", _amount),
        share=share,
        at_most=reader.parsed(fields.get("at_most"), f"{where}.at_most", _amount),
        at_least=reader.parsed(fields.get("at_least"), f"{where}.at_least", _amount),
    )


def _amount(text: str) -> str:
    Tao.parse(text.replace("alpha", ""))
    return text


def read_rebalance(reader: Reader, node: Node) -> Rebalance | None:
    """The shares under ``rebalance``; they must add up to the whole."""
    fields = reader.mapping(node, "rebalance", REBALANCE_KEYS, ("targets",))
    hotkey = reader.defaults.get("hotkey")
    if "hotkey" in fields:
        hotkey = reader.parsed(
            fields["hotkey"], "rebalance.hotkey", lambda t: reader.accounts.account(t, "hotkey")
        )
    targets = [
        target
        for netuid, entry in (fields["targets"].fields if "targets" in fields else {}).items()
        if (target := _target(reader, netuid, entry, hotkey)) is not None
    ]
    if len(targets) < 2:
        reader.problems.add(node.line, "targets needs two subnets or more (netuid: share)")
        return None
    whole = sum((target.share for target in targets), Fraction(0))
    if whole != 1:
        said = f"the shares add up to {percent(whole)}, not to 100%"
        reader.problems.add(fields["targets"].line, said)
    off_by = reader.parsed(fields.get("off_by"), "rebalance.off_by", parse_fraction)
    least = reader.parsed(fields.get("min_trade"), "rebalance.min_trade", Tao.parse)
    most = reader.parsed(fields.get("max_trade"), "rebalance.max_trade", Tao.parse)
    if least is not None and most is not None and most < least:
        said = f"max_trade is below min_trade ({least}): nothing would ever be moved"
        reader.problems.add(fields["max_trade"].line, said)
    tolerance = reader.parsed(fields.get("tolerance"), "rebalance.tolerance", parse_fraction)
    return Rebalance(
        tuple(targets),
        Fraction(5, 100) if off_by is None else off_by,
        Tao(0) if least is None else least,
        tolerance,
        most,
    )


def _target(reader: Reader, key: str, node: Node, hotkey: str | None) -> Target | None:
    netuid = reader.parsed(Node(key, node.line), "a target", parse_netuid)
    share: Fraction | None
    if isinstance(node.value, dict):
        fields = reader.mapping(node, f"target {key}", ("share", "hotkey"), ("share",))
        share = reader.parsed(fields.get("share"), f"target {key}", parse_fraction)
        if "hotkey" in fields:
            hotkey = reader.parsed(
                fields["hotkey"], f"target {key}", lambda t: reader.accounts.account(t, "hotkey")
            )
    else:
        share = reader.parsed(node, f"target {key}", parse_fraction)
    if hotkey is None:
        reader.problems.add(node.line, f"target {key} needs a hotkey")
    if netuid is None or share is None or hotkey is None:
        return None
    return Target(netuid, hotkey, share)
