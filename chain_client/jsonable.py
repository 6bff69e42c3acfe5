"""Typed results as JSON values: one rule for reads, plans, receipts and events.

Owns the mapping and its stability: it is part of the ``--json`` interface. Does not own printing.

Amounts become ``{"rao": 1500000000, "unit": "TAO"}`` (alpha also carries ``netuid``), prices
``{"rao": ..., "unit": "TAO/alpha", "netuid": ...}``, accounts SS58, bytes ``0x`` hex, ratios
decimal text of at most 18 places. Integers beyond 2^53 become text, because most
JSON readers would round them. Dataclasses become objects, tuples and lists arrays.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping, Set
from fractions import Fraction
from typing import Any, Final

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import DispatchFailed, PoolRejected, WouldFail
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.prices import Price
from taokit.wallet.errors import TaokitError

__all__ = ["to_json"]

_EXACT_IN_JSON: Final = 1 << 53
_PLACES: Final = 18


def to_json(value: Any) -> Any:
    """``value`` as what ``json.dumps`` takes; raises ``TypeError`` for what has no rule."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, int):
        return int(value) if -_EXACT_IN_JSON <= value <= _EXACT_IN_JSON else str(int(value))
    if isinstance(value, (bytes, bytearray)):
        return _bytes(value)
    if isinstance(value, (Tao, Alpha, Price, Fraction)):
        return _quantity(value)
    if isinstance(value, TaokitError):
        return _error(value)
    if isinstance(value, Call):
        return {"pallet": value.pallet, "name": value.name, "args": to_json(dict(value.args))}
    return _container(value)


def _container(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_json(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.repr
        }
    if isinstance(value, Mapping):
        return {_key(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(inner) for inner in value]
    if isinstance(value, Set):
        return sorted((to_json(inner) for inner in value), key=str)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _error(error: TaokitError) -> dict[str, Any]:
    """Code, message and hint, with the pallet and name of what a chain refused."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint}
    if isinstance(error, (DispatchFailed, PoolRejected, WouldFail)):
        named = {key: to_json(error.data.get(key)) for key in ("pallet", "name", "index")}
        shown["chain"] = named
    return shown


def _bytes(value: bytes | bytearray) -> str:
    from taokit.chain_client.scale.account import AccountId

    return str(value) if isinstance(value, AccountId) else "0x" + value.hex()


def _key(key: Any) -> str:
    shown = to_json(key)
    return shown if isinstance(shown, str) else str(shown)


def _quantity(value: Tao | Alpha | Price | Fraction) -> Any:
    if isinstance(value, Tao):
        return {"rao": to_json(value.rao), "unit": "TAO"}
    if isinstance(value, Alpha):
        return {"rao": to_json(value.rao), "unit": "alpha", "netuid": value.netuid}
    if isinstance(value, Price):
        return {"rao": to_json(value.rao), "unit": "TAO/alpha", "netuid": value.netuid}
    return fraction_text(value)


def fraction_text(value: Fraction) -> str:
    """Decimal text: exact where 18 places are enough, cut there otherwise."""
    scaled = abs(value.numerator) * 10**_PLACES // value.denominator
    whole, part = divmod(scaled, 10**_PLACES)
    decimals = f"{part:0{_PLACES}d}".rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
