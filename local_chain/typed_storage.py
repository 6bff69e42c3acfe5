"""Storage named by pallet and item, with values as JSON has them, to raw keys and values.

Owns what is taken for a value: records may leave out fields, which are then what their types begin
with, and names may be in camel case, both as chopsticks takes them. Does not own the encoding
(`chain_client.metadata`), nor writing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from taokit.chain_client.errors import ClientError
from taokit.chain_client.metadata import Metadata
from taokit.chain_client.metadata.model import StorageEntry
from taokit.chain_client.metadata.portable import TypeDef
from taokit.local_chain.errors import LocalChainError

__all__ = ["raw_changes"]

REMOVE = "$removePrefix"
Keys = Callable[[bytes], Iterable[bytes]]


def raw_changes(
    metadata: Metadata, values: Mapping[str, Any], keys: Keys
) -> dict[bytes, bytes | None]:
    """Raw changes of `{pallet: {item: value}}`; of a map's `value` each `[keys, value]`.

    Null deletes; ``"$removePrefix": [item, ...]`` deletes every key of those items that is not set
    beside it. `keys` tells the raw keys under a prefix. Raises `LocalChainError` for what is not
    there, or does not fit.
    """
    changes: dict[bytes, bytes | None] = {}
    for pallet, items in values.items():
        if not isinstance(items, Mapping):
            raise LocalChainError(f"{pallet}: expected an object of storage items")
        for name in items.get(REMOVE, ()):
            changes.update(dict.fromkeys(keys(_entry(metadata, pallet, name).prefix)))
        for name, value in items.items():
            if name != REMOVE:
                changes.update(_of_item(metadata, _entry(metadata, pallet, name), value))
    return changes


def _entry(metadata: Metadata, pallet: str, name: str) -> StorageEntry:
    found = _like(metadata.pallets, pallet)
    if found is None:
        raise LocalChainError(f"there is no pallet {pallet!r}")
    item = _like(metadata.pallets[found].storage, name)
    if item is None:
        raise LocalChainError(f"there is no storage item {name!r} in {found}")
    return metadata.pallets[found].storage[item]


def _like(names: Iterable[str], wanted: str) -> str | None:
    """A name as it is, or but for its first letter's case (polkadot.js writes `totalIssuance`)."""
    asked = {wanted, wanted[:1].upper() + wanted[1:]}
    return next((name for name in names if name in asked), None)


def _of_item(metadata: Metadata, entry: StorageEntry, value: Any) -> dict[bytes, bytes | None]:
    where = f"{entry.pallet}.{entry.name}"
    pairs: list[tuple[list[Any], Any]] = [([], value)]
    if entry.hashers:
        if not isinstance(value, list) or not all(
            isinstance(pair, list) and len(pair) in (1, 2) for pair in value
        ):
            raise LocalChainError(
                f"{where} is a map", hint="give a list of [keys, value], keys being a list too"
            )
        pairs = [
            (pair[0] if isinstance(pair[0], list) else [pair[0]], pair[1] if pair[1:] else None)
            for pair in value
        ]
    changes: dict[bytes, bytes | None] = {}
    for keys, wanted in pairs:
        try:
            raw = entry.key(*keys)
            if wanted is None:
                changes[raw] = None
            else:
                whole = _whole(metadata, entry.value_type, wanted)
                changes[raw] = entry.codec.encode(whole)
        except ClientError as wrong:
            raise LocalChainError(f"{where}: {wrong.message}") from wrong
    return changes


def _whole(metadata: Metadata, type_id: int, value: Any) -> Any:
    """The value with every field of its records, in the names of the chain."""
    if isinstance(value, list):
        match metadata.types[type_id].definition:
            case TypeDef.Sequence(type=inner) | TypeDef.Array(type=inner):
                return [_whole(metadata, inner, one) for one in value]
            case TypeDef.Tuple(types=types) if len(types) == len(value):
                return tuple(_whole(metadata, one, at) for one, at in zip(types, value))
            case TypeDef.Composite(fields=[only]):
                return _whole(metadata, only.type, value)
        return value
    if not isinstance(value, Mapping):
        return value
    definition = metadata.types[type_id].definition
    if not isinstance(definition, TypeDef.Composite) or any(
        field.name is None for field in definition.fields
    ):
        return value
    given = {_snake(name): one for name, one in value.items()}
    whole = {}
    for field in definition.fields:
        name = str(field.name)
        if name in given:
            whole[name] = _whole(metadata, field.type, given.pop(name))
        else:
            whole[name] = metadata.types.codec(field.type).default()
    return {**whole, **given}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: "_" + found[1].lower(), name)
