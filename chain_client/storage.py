"""Reading storage: values, several keys at once, whole maps, changes as they happen.

Owns the requests and the pairing of raw keys with decoded values. Everything here works on raw
parameters (a transport, a runtime, a block hash); ``client`` fills those in. Keys and types come
from the metadata.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.errors import BadAnswer
from taokit.chain_client.streams import Stream
from taokit.chain_client.transport.base import Transport

if TYPE_CHECKING:
    from taokit.chain_client.metadata import StorageEntry
    from taokit.chain_client.runtime import Runtime

__all__ = ["PAGE_SIZE", "StorageChange", "StorageKey", "read_many", "read_map", "read_value"]

PAGE_SIZE: Final = 512
"""Keys asked for at once. Nodes refuse more than 1000."""


@dataclass(frozen=True)
class StorageKey:
    """One value in storage: a pallet's item, and the keys into it where it is a map."""

    pallet: str
    item: str
    keys: tuple[Any, ...] = ()


@dataclass(frozen=True)
class StorageChange:
    """What a storage subscription reports: the block hash, and the watched values that are new."""

    block_hash: str
    values: Mapping[int, Any]
    """By position among the watched keys."""


async def read_value(
    transport: Transport, runtime: Runtime, at: str | None, key: StorageKey
) -> Any:
    """The decoded value; the item's default, or ``None`` for an optional one, where unset."""
    entry = runtime.storage(key.pallet, key.item)
    params = ["0x" + entry.key(*key.keys).hex()] + ([] if at is None else [at])
    return entry.decode(_raw(transport, await transport.send("state_getStorage", params)))


async def read_many(
    transport: Transport, runtime: Runtime, at: str | None, keys: Sequence[StorageKey]
) -> list[Any]:
    """The decoded values in the order of ``keys``, all of one block."""
    entries = [runtime.storage(key.pallet, key.item) for key in keys]
    raw_keys = ["0x" + entry.key(*key.keys).hex() for entry, key in zip(entries, keys, strict=True)]
    found: dict[str, bytes | None] = {}
    for start in range(0, len(raw_keys), PAGE_SIZE):
        found |= await _values(transport, raw_keys[start : start + PAGE_SIZE], at)
    return [entry.decode(found.get(raw)) for entry, raw in zip(entries, raw_keys, strict=True)]


async def read_map(
    transport: Transport,
    runtime: Runtime,
    at: str,
    prefix: StorageKey,
    page_size: int = PAGE_SIZE,
) -> AsyncIterator[tuple[Any, Any]]:
    """Every entry under ``prefix`` at block hash ``at``, in the order of raw keys.

    Yields ``(key, value)``: the parts of the key after the prefix, as a tuple where there are
    several. A part whose hasher cannot be reversed is ``None``.
    """
    entry = runtime.storage(prefix.pallet, prefix.item)
    start = "0x" + entry.prefix_key(*prefix.keys).hex()
    given = len(prefix.keys)
    last = start
    while True:
        page = await transport.send("state_getKeysPaged", [start, page_size, last, at])
        if not isinstance(page, list):
            raise BadAnswer(url=transport.url, what="storage keys that are no list")
        values = await _values(transport, page, at) if page else {}
        for raw in page:
            parts = entry.decode_key(bytes.fromhex(raw[2:]))[given:]
            yield parts[0] if len(parts) == 1 else parts, entry.decode(values.get(raw))
        if len(page) < page_size:
            return
        last = page[-1]


async def watch(
    transport: Transport, runtime: Runtime, keys: Sequence[StorageKey]
) -> Stream[StorageChange]:
    """The values of ``keys`` now, then each change; see :class:`StorageChange`."""
    entries: dict[str, list[tuple[int, StorageEntry]]] = {}
    for position, key in enumerate(keys):
        entry = runtime.storage(key.pallet, key.item)
        entries.setdefault("0x" + entry.key(*key.keys).hex(), []).append((position, entry))

    def convert(notification: Any) -> StorageChange:
        values = {
            position: entry.decode(_raw(transport, value))
            for raw, value in notification["changes"]
            for position, entry in entries.get(raw, [])
        }
        return StorageChange(notification["block"], values)

    subscription = await transport.subscribe(
        "state_subscribeStorage", [list(entries)], "state_unsubscribeStorage"
    )
    return Stream(subscription, convert)


async def _values(
    transport: Transport, raw_keys: list[str], at: str | None
) -> dict[str, bytes | None]:
    params: list[Any] = [raw_keys] + ([] if at is None else [at])
    groups = await transport.send("state_queryStorageAt", params)
    try:
        return {raw: _raw(transport, value) for group in groups for raw, value in group["changes"]}
    except (TypeError, KeyError, ValueError) as error:
        raise BadAnswer(url=transport.url, what="storage values of an unknown shape") from error


def _raw(transport: Transport, value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        return bytes.fromhex(value.removeprefix("0x"))
    except (AttributeError, ValueError) as error:
        raise BadAnswer(url=transport.url, what="a storage value that is not hex") from error
