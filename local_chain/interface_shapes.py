"""A runtime's interface as a table of names, indices and fingerprints of type shapes.

Owns what of metadata makes two items the same to a client: index, hashers, modifier, field names,
and the shape of every type down to its primitives, paths included. Docs, type parameters and
constants' values are not part of it. The table of runtime 424 is recorded beside this module
(`recorded_interface.json`, made by `docs/make_recorded_interface.py`).
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.chain_client.metadata import Metadata

RECORDED = Path(__file__).with_name("recorded_interface.json")
PARTS = ("calls", "storage", "events", "errors", "constants")
Table = dict[str, Any]
# Enums over the pallets of a runtime: equal if their paths are.
_OUTER = frozenset(
    f"node_subtensor_runtime::{name}"
    for name in ("RuntimeCall", "RuntimeEvent", "RuntimeError", "OriginCaller")
)


@cache
def recorded() -> Table:
    """The interface of the main network's runtime 424."""
    table: Table = json.loads(RECORDED.read_text(encoding="utf-8"))
    return table


def interface_of(metadata: Metadata, runtime: str) -> Table:
    """The table of a runtime's interface: `{runtime, pallets, apis}`."""
    shapes = _Shapes(metadata)
    return {
        "runtime": runtime,
        "pallets": {name: shapes.pallet(pallet) for name, pallet in metadata.pallets.items()},
        "apis": {name: shapes.api(api) for name, api in metadata.apis.items()},
    }


class _Shapes:
    """Fingerprints of the items of one metadata."""

    def __init__(self, metadata: Metadata) -> None:
        self._types = metadata.types
        self._told: dict[int, str] = {}
        self._open: list[int] = []

    def pallet(self, pallet: Any) -> Table:
        """Index, and each item's fingerprint by part and name."""
        table: Table = {"index": pallet.index}
        for part in ("calls", "events", "errors"):
            variants = getattr(pallet, part).values()
            table[part] = {v.name: _mark(v.index, self._fields(v.fields)) for v in variants}
        table["storage"] = {name: self._item(item) for name, item in pallet.storage.items()}
        table["constants"] = {
            name: _mark(self._shape(constant.type)) for name, constant in pallet.constants.items()
        }
        return table

    def api(self, api: Any) -> Table:
        """Each method's fingerprint by name."""
        return {
            name: _mark(self._fields(method.inputs), self._shape(method.output))
            for name, method in api.methods.items()
        }

    def _item(self, item: Any) -> str:
        hashers = [hasher.name for hasher in item.hashers]
        keys = [self._shape(key) for key in item.key_types]
        return _mark(hashers, item.modifier, keys, self._shape(item.value_type))

    def _fields(self, fields: Any) -> str:
        return ",".join(f"{field.name}:{self._shape(field.type)}" for field in fields)

    def _shape(self, type_id: int) -> str:
        if type_id in self._open:
            return f"^{len(self._open) - self._open.index(type_id)}"
        if type_id not in self._told:
            self._open.append(type_id)
            shape = self._describe(type_id)
            self._open.pop()
            if "^" in shape:  # it depends on where it stands
                return shape
            self._told[type_id] = shape
        return self._told[type_id]

    def _describe(self, type_id: int) -> str:
        found = self._types[type_id]
        path = "::".join(found.path)
        definition: Any = found.definition
        if path in _OUTER:
            return path
        kind = type(definition).__name__
        if kind == "Composite":
            inside = self._fields(definition.fields)
        elif kind == "Variants":
            inside = ";".join(
                f"{v.index} {v.name}({self._fields(v.fields)})"
                for v in sorted(definition.variants, key=lambda v: v.index)
            )
        elif kind in ("Sequence", "Compact"):
            inside = self._shape(definition.type)
        elif kind == "Array":
            inside = f"{definition.len} {self._shape(definition.type)}"
        elif kind == "Tuple":
            inside = ",".join(map(self._shape, definition.types))
        else:
            inside = str(definition)
        shape = f"{path} {kind}[{inside}]"
        return shape if len(shape) < 200 or "^" in shape else f"#{_digest(shape)}"


def _mark(*parts: Any) -> str:
    """An item's fingerprint; the index leads it where it has one."""
    index = f"{parts[0]}:" if isinstance(parts[0], int) else ""
    return index + _digest(repr(parts))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
