"""Maps and sets: ``BTreeMap`` and ``BTreeSet``, written in the order of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Codec, Path
from .jsonable import pairs_to_json
from .numbers import write_compact
from .products import Field, TupleCodec
from .sequences import VecCodec

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription


class MapCodec(Codec[Any]):
    """``BTreeMap<K, V>`` as a dict, written in the order of its keys.

    Where decoded keys cannot be dictionary keys (a dict for a struct read from metadata), the
    value is a list of (key, value) pairs instead; both forms are accepted when encoding.
    """

    min_size = 1
    _hashable = False

    def __init__(self, key: Codec[Any], value: Codec[Any]) -> None:
        self.key = key
        self.value = value
        pair = TupleCodec(f"({key.name}, {value.name})", [Field(None, key), Field(None, value)])
        self.pairs = VecCodec(pair)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"BTreeMap<{self.key.name}, {self.value.name}>"

    def default(self) -> Any:
        return self._from_pairs([])

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.composite(
            path="BTreeMap",
            params={"K": self.key, "V": self.value},
            fields=[Field(None, self.pairs)],
        )

    def to_json(self, value: Any) -> Any:
        pairs = value.items() if isinstance(value, dict) else value
        return pairs_to_json((self.key.to_json(k), self.value.to_json(v)) for k, v in pairs)

    def _from_pairs(self, pairs: list[tuple[Any, Any]]) -> Any:
        return dict(pairs) if self.key._hashable else pairs

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        pairs, end = self.pairs._reader(d, o, n)
        return self._from_pairs(pairs), end

    def _writer(self, value: Any, out: bytearray) -> None:
        self.pairs._writer(self._sorted(value), out)

    def _sorted(self, value: Any) -> list[tuple[Any, Any]]:
        pairs = list(value.items() if isinstance(value, dict) else value)
        return in_order(pairs, lambda pair: pair[0])

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        return self.pairs._locate(d, o, n, path)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if not isinstance(value, dict | list | tuple):
            raise self._misfit(value, path)
        pairs = []
        for pair in value.items() if isinstance(value, dict) else value:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise self._misfit(value, path)
            pairs.append((canonical(self.key, pair[0], path), pair[1]))
        pairs = self._sorted(pairs)
        write_compact(len(pairs), out)
        for key, item in pairs:
            inner = (*path, f"[{key!r}]")
            self.key._write_any(key, out, inner)
            self.value._write_any(item, out, inner)


class SetCodec(Codec[Any]):
    """``BTreeSet<T>`` as a list in order; sets and other collections are accepted."""

    min_size = 1
    _hashable = False

    def __init__(self, element: Codec[Any]) -> None:
        self.element = element
        self.items = VecCodec(element)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"BTreeSet<{self.element.name}>"

    def default(self) -> Any:
        return []

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.composite(
            path="BTreeSet", params={"T": self.element}, fields=[Field(None, self.items)]
        )

    def to_json(self, value: Any) -> Any:
        return [self.element.to_json(item) for item in value]

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        return self.items._reader(d, o, n)

    def _writer(self, value: Any, out: bytearray) -> None:
        self.items._writer(self._sorted(value), out)

    def _sorted(self, value: Any) -> list[Any]:
        items = list(dict.fromkeys(value)) if self.element._hashable else list(value)
        return in_order(items, lambda item: item)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        return self.items._locate(d, o, n, path)

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if not isinstance(value, set | frozenset | list | tuple):
            raise self._misfit(value, path)
        items = [canonical(self.element, item, path) for item in value]
        self.items._write_any(self._sorted(items), out, path)


def canonical(codec: Codec[Any], value: Any, path: Path) -> Any:
    """A key in the form it decodes to, so that convenient forms sort like proper ones."""
    raw = bytearray()
    codec._write_any(value, raw, (*path, f"[{value!r}]"))
    return codec.decode(raw)


def in_order(items: list[Any], key: Any) -> list[Any]:
    """Sorted as Rust orders them, where Python orders alike (numbers, bytes, text, tuples).

    Values without an order of their own (dicts) are left as they came, which a node accepts.
    """
    try:
        return sorted(items, key=key)
    except TypeError:
        return items
