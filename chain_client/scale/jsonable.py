"""Values in JSON's terms: accounts as addresses, bytes as hex, enums by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .options import Err, Ok, Some


def to_json(value: Any) -> Any:
    """``value`` as dicts, lists, numbers, text, booleans and None.

    Encoding takes the result back. Integers are left alone, however large; a dict whose keys are
    no scalars becomes a list of pairs.

    >>> to_json({"who": AccountId(bytes(32)), "data": b"\\x01"})
    {'who': '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM', 'data': '0x01'}
    """
    from .account import AccountId

    if isinstance(value, AccountId):
        return value.ss58
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    declared = getattr(type(value), "__codec__", None)
    if declared is not None:
        return _declared(value, declared)
    if isinstance(value, dict):
        return pairs_to_json((to_json(key), to_json(item)) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    if isinstance(value, Some):
        return {"Some": to_json(value.value)}
    if isinstance(value, Ok | Err):
        return {type(value).__name__: to_json(value.value)}
    return value


def pairs_to_json(pairs: Iterable[tuple[Any, Any]]) -> Any:
    """A dict of entries in JSON's terms; a list of pairs where a key is no scalar."""
    found = list(pairs)
    if any(isinstance(key, list | dict) for key, _ in found):
        return [[key, item] for key, item in found]
    return {str(key): item for key, item in found}


def _declared(value: Any, declared: Any) -> Any:
    from .declared_enums import Variant

    found = declared.to_json(value)
    if isinstance(value, Variant):
        name = type(value)._options.get("name") or type(value).__name__.rstrip("_")
        return {name: found} if declared.fields else name
    return found
