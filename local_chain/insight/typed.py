"""Raw storage, calls, events and errors in terms of the runtime's metadata, as JSON has them.

Owns the reading: accounts become addresses, bytes hex text. What the metadata does not know stays
raw. Does not own where any of it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.metadata import Metadata
from taokit.chain_client.scale import codec
from taokit.chain_client.scale.jsonable import to_json
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.dispatch_error import DispatchErrorType
from taokit.local_chain.frame.errors import DispatchError, ModuleError
from taokit.local_chain.frame.event import EventValue, RuntimeEventCodec

if TYPE_CHECKING:
    from taokit.chain_client.metadata.model import StorageEntry
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["Change", "Event", "Read", "Reader", "Unlike", "hexed", "reader_of"]


@dataclass(frozen=True)
class Read:
    """One storage entry and its value. ``pallet`` and ``item`` are None for an unknown raw key.

    ``key`` has one item for each part, None for one that its hash hides. Nothing stored is None,
    and so is the value of a raw key of which all entries were asked for (``listed``).
    """

    pallet: str | None
    item: str | None
    key: list[Any]
    value: Any
    raw_key: str
    listed: bool = False


@dataclass(frozen=True)
class Change:
    """One storage entry before and after; None where nothing was stored."""

    pallet: str | None
    item: str | None
    key: list[Any]
    before: Any
    after: Any
    raw_key: str


@dataclass(frozen=True)
class Unlike:
    """An entry where running a block again came to something else than the chain holds."""

    pallet: str | None
    item: str | None
    key: list[Any]
    held: Any
    rerun: Any
    raw_key: str


@dataclass(frozen=True)
class Event:
    """An event: its fields by name, or in a list where they have none."""

    pallet: str
    name: str
    fields: Any


def hexed(data: bytes | None) -> str | None:
    """Bytes as hex text."""
    return None if data is None else "0x" + data.hex()


class Reader:
    """The metadata of one runtime, as what it says of bytes."""

    def __init__(self, metadata: Metadata) -> None:
        self.metadata = metadata

    @property
    def entries(self) -> list[StorageEntry]:
        """Every storage item."""
        return list(self._entries.values())

    @cached_property
    def _entries(self) -> dict[bytes, StorageEntry]:
        return {
            entry.prefix: entry
            for pallet in self.metadata.pallets.values()
            for entry in pallet.storage.values()
        }

    # -- storage ---------------------------------------------------------------------------

    def entry(self, key: bytes) -> StorageEntry | None:
        """The storage item that a raw key is of."""
        return self._entries.get(key[:32])

    def change(self, key: bytes, before: bytes | None, after: bytes | None) -> Change:
        """What a change of a raw key means."""
        entry = self.entry(key)
        if entry is not None:
            try:
                return Change(
                    entry.pallet,
                    entry.name,
                    to_json(list(entry.decode_key(key))),
                    _value(entry, before),
                    _value(entry, after),
                    "0x" + key.hex(),
                )
            except DecodeError:
                pass  # bytes that are not of its type: told as they are
        return Change(None, None, [], hexed(before), hexed(after), "0x" + key.hex())

    def unlike(self, key: bytes, held: bytes | None, rerun: bytes | None) -> Unlike:
        """What it means that running a block again came to something else."""
        told = self.change(key, held, rerun)
        return Unlike(told.pallet, told.item, told.key, told.before, told.after, told.raw_key)

    def read(self, key: bytes, value: bytes | None) -> Read:
        """What a value read means."""
        told = self.change(key, None, value)
        return Read(told.pallet, told.item, told.key, told.after, told.raw_key)

    def listing(self, prefix: bytes) -> Read:
        """The storage item whose keys were listed."""
        entry = self.entry(prefix)
        pallet, item = (entry.pallet, entry.name) if entry else (None, None)
        return Read(pallet, item, [], None, "0x" + prefix.hex(), listed=True)

    # -- what runs -------------------------------------------------------------------------

    def call(self, call: Call) -> tuple[str, str, Any]:
        """Pallet, name and arguments."""
        decoded = self.metadata.call_codec.decode(RuntimeCallCodec.shared.encode(call))
        ((pallet, inner),) = to_json(decoded).items()
        if isinstance(inner, str):
            return pallet, inner, {}
        ((name, args),) = inner.items()
        return pallet, name, args

    def event(self, event: EventValue) -> Event:
        """An event as the metadata has it."""
        decoded = self.metadata.event_codec.decode(RuntimeEventCodec.shared.encode(event))
        ((pallet, inner),) = to_json(decoded).items()
        if isinstance(inner, str):
            return Event(pallet, inner, {})
        ((name, fields),) = inner.items()
        return Event(pallet, name, fields)

    def error(self, error: DispatchError) -> dict[str, Any]:
        """The error's name, the runtime's words for it, and it as an event has it."""
        raw = codec(DispatchErrorType).encode(error)
        (type_id,) = self.metadata.types.find("sp_runtime::DispatchError")
        value = to_json(self.metadata.types.codec(type_id).decode(raw))
        if not isinstance(error, ModuleError):
            return {"name": error.name, "docs": "", "value": value}
        for pallet in self.metadata.pallets.values():
            found = pallet.errors.get(error.error_index)
            if pallet.index == error.pallet_index and found is not None:
                docs = " ".join(found.docs).strip()
                return {"name": f"{pallet.name}.{found.name}", "docs": docs, "value": value}
        return {"name": error.name, "docs": "", "value": value}


def _value(entry: StorageEntry, raw: bytes | None) -> Any:
    return None if raw is None else to_json(entry.codec.decode(raw))


@lru_cache(maxsize=4)
def _reader(encoded: bytes) -> Reader:
    return Reader(Metadata.decode(encoded))


def reader_of(chain: NodeChain) -> Reader:
    """What the metadata of the chain's runtime says."""
    encoded = chain.metadata(15)
    assert encoded is not None
    return _reader(encoded)
