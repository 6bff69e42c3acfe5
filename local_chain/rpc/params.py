"""Parameters: from what clients send to what methods work with.

Owns the accepted forms of hashes, keys, numbers and addresses. A method declares its parameters by
annotation with the names below; `decoder_for` finds how to read each. Unreadable ones raise
`RpcError` -32602.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NewType, Union, cast, get_args, get_origin

from taokit.local_chain.errors import InvalidPulse
from taokit.local_chain.rpc.errors import invalid_params

if TYPE_CHECKING:
    from taokit.local_chain.pallets.drand_types import Pulse as DrandPulse
else:
    DrandPulse = NewType("DrandPulse", object)
    """A drand pulse as relays publish it: `{"round": n, "signature": hex, "randomness": hex}`."""

__all__ = [
    "U8",
    "U16",
    "U32",
    "U64",
    "AccountAddress",
    "AccountBytes",
    "BlockHash",
    "BlockNumber",
    "DrandPulse",
    "HexBytes",
    "HexChanges",
    "MiningOrder",
    "MomentMs",
    "StorageValues",
    "decoder_for",
    "read_hex",
    "to_hex",
]

HexBytes = NewType("HexBytes", bytes)
"""Hex text, with or without `0x`, possibly empty."""
BlockHash = NewType("BlockHash", bytes)
"""32 bytes of hex text."""
BlockNumber = NewType("BlockNumber", int)
"""A number, or hex text of one (`NumberOrHex`)."""
AccountAddress = NewType("AccountAddress", bytes)
"""An SS58 address, or 32 bytes of hex text."""
AccountBytes = NewType("AccountBytes", bytes)
"""An account as an array of its 32 bytes; an address is taken too."""
HexChanges = NewType("HexChanges", "dict[bytes, bytes | None]")
"""Pairs `[key, value or null]` of hex text."""
MiningOrder = NewType("MiningOrder", "tuple[int | None, int | None]")
"""How many blocks: a count, `{"count": n}`, or `{"to": number}`; read as `(count, to)`."""
MomentMs = NewType("MomentMs", int)
"""Milliseconds since the Unix epoch, or an ISO 8601 date (UTC unless it says otherwise)."""
U8 = NewType("U8", int)
U16 = NewType("U16", int)
U32 = NewType("U32", int)
U64 = NewType("U64", int)

Decoder = Callable[[Any], Any]


@dataclass(frozen=True)
class StorageValues:
    """What to write: `raw` keys and values, or values by the names of pallet and item."""

    raw: dict[bytes, bytes | None] | None
    named: dict[str, Any]

    @classmethod
    def from_json(cls, value: Any) -> StorageValues:
        """Read `HexChanges`, or an object of pallets."""
        return cls(None, value) if isinstance(value, dict) else cls(_changes(value), {})


def to_hex(data: bytes) -> str:
    """Bytes as clients expect them in JSON."""
    return "0x" + data.hex()


def decoder_for(annotation: Any) -> Decoder:
    """How to read a parameter of this declared type; a class with `from_json` says it itself."""
    if annotation in _DECODERS:
        return _DECODERS[annotation]
    if isinstance(annotation, type) and hasattr(annotation, "from_json"):
        return cast("Decoder", annotation.from_json)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _union([arg for arg in args if arg is not type(None)], type(None) in args)
    if origin is list:
        item = decoder_for(args[0])
        return lambda value: [item(entry) for entry in _list(value)]
    raise TypeError(f"no way to read a parameter of type {annotation}")


def _union(alternatives: list[Any], nullable: bool) -> Decoder:
    """One type, or a list and one type that is not; either or null."""
    lists = [decoder_for(kind) for kind in alternatives if get_origin(kind) is list]
    others = [decoder_for(kind) for kind in alternatives if get_origin(kind) is not list]
    if len(lists) > 1 or len(others) > 1:
        raise TypeError(f"no way to tell {alternatives} apart")

    def read(value: Any) -> Any:
        if value is None and nullable:
            return None
        if lists and (isinstance(value, list) or not others):
            return lists[0](value)
        return others[0](value)

    return read


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise invalid_params(f"expected an array, got {_shown(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise invalid_params(f"expected text, got {_shown(value)}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid_params(f"expected true or false, got {_shown(value)}")
    return value


def read_hex(value: Any) -> bytes:
    """Bytes of hex text, with or without `0x`. Raises `RpcError` -32602."""
    text = _text(value)
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    try:
        if not digits.isascii() or " " in digits:  # fromhex would skip the spaces
            raise ValueError
        return bytes.fromhex(digits)
    except ValueError:
        raise invalid_params(f"{_shown(value)} is not hex of whole bytes") from None


def _hash(value: Any) -> bytes:
    data = read_hex(value)
    if len(data) != 32:
        raise invalid_params(f"invalid length {len(data)}, expected a hash of 32 bytes in hex")
    return data


def _integer(bits: int) -> Decoder:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid_params(f"expected u{bits}, got {_shown(value)}")
        if not 0 <= value < 1 << bits:
            raise invalid_params(f"{_shown(value)} does not fit u{bits}")
        return value

    return read


def _number(value: Any) -> int:
    if isinstance(value, str):
        try:
            value = int(value, 16)
        except ValueError:
            raise invalid_params(f"{_shown(value)} is not a number in hex") from None
    return int(_integer(256)(value))


def _address(value: Any) -> bytes:
    from taokit.wallet.errors import InvalidAddress
    from taokit.wallet.ss58 import decode

    text = _text(value)
    if text[:2] == "0x":
        return _hash(text)
    try:
        return decode(text)
    except InvalidAddress as error:
        raise invalid_params(error.message) from None


def _account_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return _address(value)
    read = _integer(8)
    data = bytes([read(entry) for entry in _list(value)])
    if len(data) != 32:
        raise invalid_params(f"an account has 32 bytes, got {len(data)}")
    return data


def _changes(value: Any) -> dict[bytes, bytes | None]:
    changes: dict[bytes, bytes | None] = {}
    for pair in _list(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise invalid_params(f"expected [key, value], got {_shown(pair)}")
        changes[read_hex(pair[0])] = None if pair[1] is None else read_hex(pair[1])
    return changes


def _mining_order(value: Any) -> tuple[int | None, int | None]:
    read = _integer(32)
    if not isinstance(value, dict):
        return read(value), None
    if set(value) - {"count", "to"} or len(value) > 1:
        raise invalid_params('expected a count, {"count": n} or {"to": number}')
    count, to = value.get("count"), value.get("to")
    return None if count is None else read(count), None if to is None else read(to)


def _moment(value: Any) -> int:
    from datetime import datetime, timezone

    if not isinstance(value, str):
        return int(_integer(63)(value))
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise invalid_params(f"{_shown(value)} is not a date") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 256:  # Python refuses to print enormous ones
        return f"a number of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _pulse(value: Any) -> Any:
    from taokit.local_chain.pulses import read_pulse

    try:
        return read_pulse(value)
    except InvalidPulse as error:
        raise invalid_params(error.message) from None


_DECODERS: dict[Any, Decoder] = {
    DrandPulse: _pulse,
    HexBytes: read_hex,
    BlockHash: _hash,
    BlockNumber: _number,
    AccountAddress: _address,
    AccountBytes: _account_bytes,
    HexChanges: _changes,
    MiningOrder: _mining_order,
    MomentMs: _moment,
    U8: _integer(8),
    U16: _integer(16),
    U32: _integer(32),
    U64: _integer(64),
    str: _text,
    bool: _flag,
}
