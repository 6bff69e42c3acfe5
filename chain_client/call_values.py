"""Calls inside calls, as scripts and command lines give them: what is batched, proposed, proxied.

Owns reading one: an operation by its name, a call of the metadata by its own, or the bytes of
either. Does not own composing them (``operations.composed``).

    {"operation": "stake.add", "hotkey": "5F...", "netuid": 2, "amount": "1.5"}
    {"pallet": "System", "name": "remark", "args": {"remark": "hello"}}
    "0x00000c616263"
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from taokit.chain_client.calls import Call

if TYPE_CHECKING:
    from taokit.chain_client.operations.base import Operation

__all__ = ["parse_call", "parse_calls"]


def parse_call(value: object) -> Operation | Call | bytes:
    """What ``value`` means. Raises ``ValueError`` or :class:`ArgumentError` for what is no call."""
    from taokit.chain_client.operations.base import Operation

    if isinstance(value, (Operation, Call)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, Mapping):
        return _from_object(value)
    raise TypeError("it must be an operation or a call")


def parse_calls(value: object) -> tuple[Operation | Call | bytes, ...]:
    """A list of calls; text is JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError("it must be a JSON list of operations or calls") from None
    if not isinstance(value, (list, tuple)):
        raise TypeError("it must be a list of operations or calls")
    return tuple(parse_call(item) for item in value)


def _from_text(text: str) -> Operation | Call | bytes:
    if text.startswith("0x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            raise ValueError("the bytes of a call are 0x and pairs of hex digits") from None
    try:
        found = json.loads(text)
    except ValueError:
        raise ValueError("a call is JSON, or 0x and its bytes in hex") from None
    if not isinstance(found, dict):
        raise ValueError("a call is a JSON object")
    return _from_object(found)


def _from_object(value: Mapping[str, Any]) -> Operation | Call:
    from taokit.chain_client.operations.registry import get_operation

    if "operation" in value:
        fields = {name: inner for name, inner in value.items() if name != "operation"}
        return get_operation(str(value["operation"])).build(fields)
    if _is_call(value):
        call: Call = _as_call(value)
        return call
    raise ValueError('give {"operation": NAME, ...} or {"pallet": ..., "name": ..., "args": {...}}')


def _is_call(value: object) -> bool:
    return isinstance(value, Mapping) and {"pallet", "name"} <= set(value) <= {
        "pallet",
        "name",
        "args",
    }


def _as_call(value: Any) -> Any:
    """Calls within the arguments too."""
    if _is_call(value):
        args = value.get("args") or {}
        return Call(str(value["pallet"]), str(value["name"]), _as_call(dict(args)))
    if isinstance(value, Mapping):
        return {name: _as_call(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_call(inner) for inner in value]
    return value
