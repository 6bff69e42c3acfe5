"""The JSON documents that commands answer with.

Owns plain values (paths, numbers, lists of records). What comes from the chain has its JSON form
where it is defined, in ``taokit.chain_client.jsonable``, which is imported only when such a value
is met: amounts are ``{"rao": 1500000000, "unit": "TAO"}``, accounts SS58 text, bytes ``0x`` hex.
Integers beyond 2^53 are text everywhere, because JavaScript would round them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["dumps", "jsonable"]

_EXACT = 1 << 53


def dumps(value: object, *, indent: int | None = 2) -> str:
    """One JSON document, its keys in the order they were given."""
    return json.dumps(jsonable(value), indent=indent, ensure_ascii=False)


def jsonable(value: Any) -> Any:
    """The value in plain JSON types."""
    if value is None or type(value) in (str, bool):
        return value
    if isinstance(value, int) and not isinstance(value, Enum):
        return int(value) if -_EXACT <= value <= _EXACT else str(int(value))
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None  # JSON has no infinity and no NaN
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {_key(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    from taokit.chain_client.jsonable import to_json

    return to_json(value)


def _key(key: Any) -> str:
    shaped = jsonable(key)
    return shaped if isinstance(shaped, str) else json.dumps(shaped, separators=(",", ":"))
