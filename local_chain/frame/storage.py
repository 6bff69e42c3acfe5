"""Storage items as a pallet declares and uses them.

    class Balances(Pallet, index=5):
        total_issuance = StorageValue[u64]("TotalIssuance")
        account = StorageMap[AccountId, AccountData]("Account", Blake2_128Concat)

A declaration names the item, its hashers and its types; the pallet's instance
holds the same object bound to an `Overlay`, with the values of the head cached
decoded. With several hashers a key is one tuple. Iteration follows raw key
order, as the real runtime's does. Values are immutable: to change a list, put
a new one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Generic, TypeVar, cast

from sortedcontainers import SortedDict

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Codec, codec
from taokit.chain_client.storage_keys import StorageHasher, storage_prefix
from taokit.local_chain.frame.key_form import KeyForm
from taokit.local_chain.state.overlay import Overlay

K = TypeVar("K")
V = TypeVar("V")


class _Absent:
    """The mark of a key known to hold nothing."""

    def __repr__(self) -> str:
        return "<absent>"


ABSENT: Any = _Absent()
_UNKNOWN: Any = _Absent()


class _Values(dict[Any, Any]):
    """Decoded values by key, the default for keys that hold nothing; asks its item when missing."""

    __slots__ = ("_load",)

    def __init__(self, item: StorageMap[Any, Any]) -> None:
        self._load = item._load

    def __missing__(self, key: Any) -> Any:
        return self._load(key)


class StorageMap(Generic[K, V]):
    """A map from keys to values. Reads, writes and membership are O(1) on cached keys."""

    type_args: tuple[Any, ...] = ()

    def __class_getitem__(cls, types: Any) -> Any:
        """Bind key and value types; `StorageMap[K, V]` makes declarations of those types."""
        args = types if isinstance(types, tuple) else (types,)
        if any(isinstance(arg, TypeVar) for arg in args):
            return cls
        return type(cls.__name__, (cls,), {"type_args": args, "__module__": cls.__module__})

    def __init__(
        self,
        name: str,
        *hashers: StorageHasher,
        optional: bool = False,
        default: V | Callable[[], V] | None = None,
        fast: V | None = None,
        doc: str = "",
    ) -> None:
        self.name = name
        self.hashers = hashers
        self.optional = optional
        self.doc = doc
        self._declared_default = default
        self._fast_default = fast
        self.prefix = b""

    # -- declaration ---------------------------------------------------------------------

    @property
    def key_type(self) -> Any:
        """The declared key type (a tuple type where there are several hashers)."""
        return self.type_args[0]

    @property
    def value_type(self) -> Any:
        """The declared value type."""
        return self.type_args[-1]

    def bind(self, pallet_prefix: str, overlay: Overlay, preset: str) -> StorageMap[K, V]:
        """This item over `overlay`, ready for use."""
        bound = copy.copy(self)
        bound.prefix = storage_prefix(pallet_prefix, self.name)
        bound._overlay = overlay
        bound._codec = codec(self.value_type)
        codecs = [codec(part) for part in self.key_parts]
        bound._form = KeyForm(bound.prefix, self.hashers, codecs)
        bound._default = self.default_value(preset)
        bound._values = _Values(bound)
        bound._absent, bound._dirty, bound._raw = set(), set(), {}
        bound._index = bound._listed = None
        bound._bind_get()
        overlay.attach(bound)
        return bound

    def _bind_get(self) -> None:
        # Nearly everything a block does is reading cached values: let the dict itself answer.
        self.get = self._values.__getitem__

    def default_value(self, preset: str) -> Any:
        """What an absent key reads as: None, the declared default, or the type's own."""
        if self.optional:
            return None
        declared = self._declared_default
        if preset == "fast" and self._fast_default is not None:
            declared = self._fast_default
        if declared is None:
            return codec(self.value_type).default()
        return declared() if callable(declared) else declared

    @property
    def key_parts(self) -> list[Any]:
        """The type of each hashed part of a key."""
        if not self.hashers:
            return []
        return [self.key_type] if len(self.hashers) == 1 else list(self.key_type.__args__)

    _overlay: Overlay
    _codec: Codec[Any]
    _form: KeyForm
    _default: Any
    _values: _Values
    _absent: set[Any]
    _dirty: set[Any]
    _raw: dict[Any, bytes]
    _index: SortedDict[bytes, Any] | None
    _listed: list[Any] | None

    # -- use -----------------------------------------------------------------------------

    get: Callable[[K], V]
    """The value at a key; the default (or None for an optional item) if absent."""

    def contains(self, key: K) -> bool:
        """True if a value is stored at `key`, default or not."""
        values = self._values
        if key not in values:
            self._load(key)
            return key in values and key not in self._absent
        return key not in self._absent

    def insert(self, key: K, value: V) -> None:
        """Store `value` at `key`."""
        overlay, dirty = self._overlay, self._dirty
        values, absent = self._values, self._absent
        if overlay.journaling:
            known = values.get(key, _UNKNOWN)
            overlay.journal.append((self, key, known, key in absent, key in dirty))
        if self._index is not None and (key in absent or key not in values):
            self._note(key, True)
        absent.discard(key)
        values[key] = value
        if not dirty:
            overlay.dirty.add(self)
        dirty.add(key)

    def remove(self, key: K) -> None:
        """Store nothing at `key`."""
        if self.contains(key):
            self._erase(key)

    def take(self, key: K) -> V:
        """The value at `key`, which is removed."""
        value = self.get(key)
        self.remove(key)
        return value

    def mutate(self, key: K, change: Callable[[V], V]) -> V:
        """Store `change(value)` at `key`; returns the new value."""
        value = change(self.get(key))
        self.insert(key, value)
        return value

    def keys(self, first: tuple[Any, ...] = ()) -> list[K]:
        """Every key (those that begin with `first`), in raw key order."""
        if first and self._index is None and not self._dirty and self._overlay.at is not None:
            # An earlier block is seldom asked for more: do not list what else it holds.
            some = map(self._decode_key, self._overlay.keys(self._hashed(first)))
            return [key for key in some if key is not None]
        index = self._load_index()
        if not first:
            if self._listed is None:
                self._listed = list(index.values())
            return self._listed[:]
        if not index:
            return []
        start = self._hashed(first)
        found = []
        for raw in index.irange(minimum=start):
            if not raw.startswith(start):
                break
            found.append(index[raw])
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored at any key."""
        return not (self._index if self._index is not None else self._load_index())

    def batch(self, after: bytes | None, size: int) -> list[K]:
        """Up to `size` keys after a raw key (None: from the first), in raw key order."""
        index = self._load_index()
        start = self.prefix if after is None else after
        found = islice(index.irange(minimum=start, inclusive=(after is None, True)), size)
        return [index[raw] for raw in found]

    def items(self, first: tuple[Any, ...] = ()) -> list[tuple[K, V]]:
        """Every key and value (keys that begin with `first`), in raw key order."""
        return [(key, self.get(key)) for key in self.keys(first)]

    def values(self, first: tuple[Any, ...] = ()) -> list[V]:
        """Every value (of keys that begin with `first`), in raw key order."""
        return [self.get(key) for key in self.keys(first)]

    def sealed(self, key: K) -> V:
        """The value at a key as of the last sealed block."""
        raw = self._overlay.load(self.raw_key(key))
        try:
            return cast(V, self._default if raw is None else self._codec.decode(raw))
        except DecodeError:
            return cast(V, self._default)

    def unsealed(self) -> list[tuple[K, V, V]]:
        """Every key that was written since the last sealed block: sealed value, and value now."""
        return [(key, self.sealed(key), self.get(key)) for key in self._dirty]

    def clear(self, first: tuple[Any, ...] = ()) -> int:
        """Remove every key (that begins with `first`); returns how many there were."""
        keys = self.keys(first)
        for key in keys:
            self._erase(key)
        return len(keys)

    def raw_key(self, key: K) -> bytes:
        """The key of the state trie that holds `key`."""
        raw = self._raw.get(key)
        if raw is None:
            parts = key if len(self.hashers) > 1 else (key,)
            raw = self._raw[key] = self._hashed(cast("tuple[Any, ...]", parts))
        return raw

    # -- what the overlay asks -----------------------------------------------------------

    def forget(self) -> None:
        """Drop every cached value."""
        self._values.clear()
        self._absent.clear()
        self._dirty.clear()
        self._raw.clear()
        self._index = self._listed = None

    def forget_raw(self, keys: Iterable[bytes]) -> None:
        """Drop the values cached for these raw keys."""
        for raw in keys:
            key = self._decode_key(raw)
            self._values.pop(key, None)
            self._absent.discard(key)
        self._index = self._listed = None

    def discard(self) -> None:
        """Drop the unsealed values: the sealed ones are read again when they are asked for."""
        for key in self._dirty:
            self._values.pop(key, None)
            self._absent.discard(key)
        self._dirty.clear()
        self._index = self._listed = None

    def drain(self, changes: dict[bytes, bytes | None]) -> None:
        """Encode the unsealed values into `changes`."""
        values, absent, encode = self._values, self._absent, self._codec.encode
        find_raw = self._raw.get
        for key in self._dirty:
            raw = find_raw(key) or self.raw_key(key)
            if key in absent:
                changes[raw] = None
                # What was deleted is seldom asked for again.
                absent.remove(key)
                del values[key], self._raw[key]
            else:
                changes[raw] = encode(values[key])
        self._dirty.clear()

    def read_raw(self, key: bytes) -> bytes | None:
        """The raw value at a raw key, unsealed writes included."""
        decoded = self._decode_key(key)
        if decoded is not None and decoded in self._dirty:
            return None if decoded in self._absent else self._codec.encode(self._values[decoded])
        return self._overlay.load(key)

    def write_raw(self, key: bytes, value: bytes | None) -> bool:
        """Take a raw write if both key and value are of this item's types."""
        decoded = self._decode_key(key)
        if decoded is None:
            return False
        if value is None:
            self._erase(decoded)
            return True
        try:
            self.insert(decoded, self._codec.decode(value))
        except DecodeError:
            return False
        return True

    def restore(self, key: Any, value: Any, absent: bool, dirty: bool) -> None:
        """Take back one write."""
        if value is _UNKNOWN:
            del self._values[key]
        else:
            self._values[key] = value
        if absent:
            self._absent.add(key)
        else:
            self._absent.discard(key)
        if not dirty:
            self._dirty.discard(key)
        if self._index is not None:
            self._note(key, self.contains(key))

    # -- inside --------------------------------------------------------------------------

    @property
    def _cache(self) -> dict[Any, Any]:
        """Every value that was read or written, `ABSENT` for keys known to hold nothing."""
        return {
            key: ABSENT if key in self._absent else value for key, value in self._values.items()
        }

    def _load(self, key: Any) -> Any:
        if self.prefix not in self._overlay.history.prefixes:
            # Nothing was ever stored here: not worth a hash, nor a place in the cache, but for the
            # few keys that every block asks for.
            if type(key) is int or key == ():
                self._absent.add(key)
                self._values[key] = self._default
            return self._default
        raw = self._overlay.load(self.raw_key(key))
        if raw is not None:
            try:
                value = self._values[key] = self._codec.decode(raw)
                return value
            except DecodeError:
                # Undecodable bytes read as absent, as in the real runtime.
                pass
        self._absent.add(key)
        self._values[key] = self._default
        return self._default

    def _erase(self, key: Any) -> None:
        overlay, dirty = self._overlay, self._dirty
        known = self._values.get(key, _UNKNOWN)
        overlay.record(self, key, known, key in self._absent, key in dirty)
        self._absent.add(key)
        self._values[key] = self._default
        if not dirty:
            overlay.dirty.add(self)
        dirty.add(key)
        if self._index is not None:
            self._note(key, False)

    def _note(self, key: Any, present: bool) -> None:
        index = cast("SortedDict[bytes, Any]", self._index)
        raw = self.raw_key(key)
        if present:
            if raw not in index:
                self._listed = None
                index[raw] = key
        elif index.pop(raw, None) is not None:
            self._listed = None

    def _load_index(self) -> SortedDict[bytes, Any]:
        if self._index is None:
            found: dict[bytes, Any] = {}
            for raw in self._overlay.keys(self.prefix):
                key = self._decode_key(raw)
                if key is not None:
                    found[raw] = key
            for key in self._dirty:
                if key in self._absent:
                    found.pop(self.raw_key(key), None)
                else:
                    found[self.raw_key(key)] = key
            self._index = SortedDict(found)
        return self._index

    def _hashed(self, parts: tuple[Any, ...]) -> bytes:
        return self._form.hashed(parts)

    def _decode_key(self, raw: bytes) -> Any:
        """The key that a raw key stands for; None if it is not one of this item's."""
        key = self._form.read(raw)
        return key if key is not None and self.raw_key(key) == raw else None


class StorageValue(StorageMap[tuple[()], V]):
    """A single value."""

    def __init__(
        self,
        name: str,
        *,
        optional: bool = False,
        default: V | Callable[[], V] | None = None,
        fast: V | None = None,
        doc: str = "",
    ) -> None:
        super().__init__(name, optional=optional, default=default, fast=fast, doc=doc)

    def _bind_get(self) -> None:
        """The method below answers."""

    def get(self, key: tuple[()] = ()) -> V:
        """The value; the default (or None for an optional item) if absent."""
        value: V = self._values[()]
        return value

    def put(self, value: V) -> None:
        """Store `value`."""
        self.insert((), value)

    def kill(self) -> None:
        """Store nothing."""
        self.remove(())

    def exists(self) -> bool:
        """True if a value is stored, default or not."""
        return self.contains(())

    def update(self, change: Callable[[V], V]) -> V:
        """Store `change(value)`; returns the new value."""
        return self.mutate((), change)
