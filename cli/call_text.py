"""A chain call as a person reads it, spelled as ``taokit call`` takes it.

Owns that spelling. Does not own calls, nor amounts: those are written by the output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from taokit.cli.document import dumps
from taokit.cli.raw_values import raw_value

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call

__all__ = ["call_lines", "call_text"]


def call_text(call: Call, text: Callable[[Any], str]) -> str:
    """``Balances.transfer_all(dest=5F..., keep_alive=true)``; ``text`` writes the amounts."""
    return f"{call.pallet}.{call.name}({', '.join(_arguments(call, text))})"


def call_lines(call: Call, text: Callable[[Any], str], room: int) -> list[str]:
    """The same in so many columns: where it does not fit, each argument on a line of its own."""
    whole = call_text(call, text)
    if len(whole) <= room:
        return [whole]
    return [f"{call.pallet}.{call.name}", *(f"  {given}" for given in _arguments(call, text))]


def _arguments(call: Call, text: Callable[[Any], str]) -> list[str]:
    return [f"{name}={_value(value, text)}" for name, value in call.args.items()]


def _value(value: Any, text: Callable[[Any], str]) -> str:
    if hasattr(value, "pallet") and hasattr(value, "args"):
        return call_text(value, text)
    if hasattr(value, "rao"):
        return text(value)
    if isinstance(value, Mapping) and list(value) == ["Id"]:
        return _value(value["Id"], text)
    if isinstance(value, str) and isinstance(raw_value(value), str) and value.isprintable():
        return value if value and not set(value) & set(' ,"()=') else dumps(value)
    return dumps(value, indent=None)
