"""Calls and events for people: amounts with their unit, nested calls, errors by name.

Owns what is marked for the page, as objects whose ``$`` says what they are. Which number is an
amount, and of what, comes from the types as the runtime spells them, never from its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taokit.local_chain.page.field_names import ALPHA, SHARES, TAO, field_names, meant
from taokit.local_chain.page.plain import plain
from taokit.local_chain.pallets.subtensor.constants import GLOBAL_MAX_SUBNET_COUNT

if TYPE_CHECKING:
    from taokit.chain_client.metadata.model import VariantInfo
    from taokit.local_chain.insight.typed import Event, Reader

__all__ = ["readable_call", "readable_error", "readable_event"]

_TAO = ("TaoBalance", "BalanceOf<", "T::Balance", ">::Balance")
_ERRORS = ("DispatchError", "sp_runtime::DispatchError")
_NETUIDS = ("netuid", "origin_netuid")
U64_MAX = 2**64 - 1
LONGEST_TEXT = 160


def readable_call(reader: Reader, pallet: str, name: str, args: Any) -> Any:
    """The arguments of a call, by name."""
    declared = reader.metadata.pallets[pallet].calls[name]
    return _fields(reader, pallet, declared, args)


def readable_event(reader: Reader, event: Event) -> dict[str, Any]:
    """The fields of an event, by name."""
    declared = reader.metadata.pallets[event.pallet].events[event.name]
    count, fields = len(declared.fields), event.fields
    if count and declared.fields[0].name is None:
        values = [fields] if count == 1 else fields
        fields = dict(zip(field_names(event.name, count), values))
    told: dict[str, Any] = _fields(reader, event.pallet, declared, fields)
    return told


def readable_error(reader: Reader, error: Any) -> str:
    """The name of a dispatch error, as an event has it."""
    if not isinstance(error, dict):
        return str(error)
    ((kind, inner),) = error.items()
    if kind == "Module":
        number = bytes.fromhex(inner["error"][2:])[0]
        for pallet in reader.metadata.pallets.values():
            found = pallet.errors.get(number) if pallet.index == inner["index"] else None
            if found is not None:
                return f"{pallet.name}.{found.name}"
    return f"{kind}.{inner}" if isinstance(inner, str) else f"{kind}: {inner}"


def _fields(reader: Reader, pallet: str, declared: VariantInfo, values: Any) -> Any:
    if not isinstance(values, dict):
        return plain(values)
    kinds = [str(field.type_name) for field in declared.fields]
    netuid = next((values[name] for name in _NETUIDS if name in values), None)
    told: dict[str, Any] = {}
    for kind, (name, value) in zip(kinds, values.items()):  # both in the declared order
        unit = meant(pallet, declared.name, name) or _unit(kind)
        if unit == ALPHA and netuid == 0:  # what is staked on root is TAO
            unit = TAO
        told[name] = _amounts(value, unit) if unit else _value(reader, kind, value)
    return told


def _unit(kind: str) -> str | None:
    if "AlphaBalance" in kind:
        return ALPHA
    return TAO if any(money in kind for money in _TAO) else None


def _amounts(value: Any, unit: str) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if unit == SHARES:
        return [{"$": "share", "share": share / U64_MAX, "of": who} for share, who in value]
    if isinstance(value, int):
        return {"$": "amount", "rao": plain(value), "unit": unit}
    if isinstance(value, list):
        return [_amounts(inner, unit) for inner in value]
    return plain(value)


def _value(reader: Reader, kind: str, value: Any) -> Any:
    if "RuntimeCall" in kind:
        return _calls(reader, value)
    if kind in _ERRORS:
        return {"$": "error", "error": readable_error(reader, value)}
    if kind == "DispatchResult":
        failed = value.get("Err") if isinstance(value, dict) else None
        return "ok" if failed is None else {"$": "error", "error": readable_error(reader, failed)}
    if kind == "NetUidStorageIndex" and value >= GLOBAL_MAX_SUBNET_COUNT:
        mechanism, netuid = divmod(value, GLOBAL_MAX_SUBNET_COUNT)
        return {"$": "mechanism", "netuid": netuid, "mechanism": mechanism}
    if kind == "T::Moment":
        return {"$": "moment", "ms": value}
    if isinstance(value, str) and ("Vec<u8>" in kind or "BoundedVec<u8" in kind):
        return _text(value)
    return plain(value)


def _text(value: str) -> Any:
    """Bytes that are text, as text."""
    try:
        raw = bytes.fromhex(value.removeprefix("0x"))
        text = raw.decode()
    except ValueError:
        return plain(value)
    if not all(letter.isprintable() or letter in "\n\t" for letter in text):
        return plain(value)
    cut = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(raw):,} bytes)"
    return {"$": "text", "text": cut}


def _calls(reader: Reader, value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_calls(reader, inner) for inner in value]
    if not isinstance(value, dict):
        return plain(value)
    ((pallet, inner),) = value.items()
    if isinstance(inner, str):
        return {"$": "call", "pallet": pallet, "call": inner, "args": {}}
    ((name, args),) = inner.items()
    return {
        "$": "call",
        "pallet": pallet,
        "call": name,
        "args": readable_call(reader, pallet, name, args),
    }
