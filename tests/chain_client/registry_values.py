"""Random values for any type of a registry, in the shapes that taokit promises.

Written from the definitions alone, without a look at the codec: what comes out here is what the
codec must take and give back.
"""

from __future__ import annotations

from random import Random
from typing import Any

from taokit.chain_client.metadata import TypeRegistry
from taokit.chain_client.metadata.portable import TypeDef, TypeField
from taokit.chain_client.scale import AccountId32, Era, Some

EMPTY = object()
_INTEGERS = {"U8": 8, "U16": 16, "U32": 32, "U64": 64, "U128": 128, "U256": 256}
_TEXT = ["", "a", "taokit", "τ = 1", "0x", "zażółć gęślą jaźń" * 4]


def random_value(types: TypeRegistry, type_id: int, rnd: Random, depth: int = 0) -> Any:
    """A value of the type; ``EMPTY`` when it has none (an enum without variants)."""
    found = types[type_id]
    path = "::".join(found.path)
    definition = found.definition
    if path == "sp_core::crypto::AccountId32":
        return AccountId32(rnd.randbytes(32))
    if path == "primitive_types::U256":
        return _integer(rnd, 256)
    if path == "sp_runtime::generic::era::Era":
        if rnd.random() < 0.3:
            return Era.immortal()
        return Era.mortal(2 ** rnd.randint(2, 16), current=rnd.getrandbits(30))
    params = [p.type for p in found.params if p.type is not None]
    if path == "BTreeMap":
        return _map(types, params, rnd, depth)
    if path == "BTreeSet":
        items = [random_value(types, params[0], rnd, depth + 1) for _ in range(rnd.randint(0, 3))]
        return sorted(set(items))
    match definition:
        case TypeDef.Composite(fields=fields):
            return _fields(types, fields, rnd, depth)
        case TypeDef.Variants():
            return _variant(types, path, definition.variants, rnd, depth)
        case TypeDef.Sequence(type=inner):
            return _sequence(types, inner, rnd.choice([0, 1, 2, 5]), rnd, depth)
        case TypeDef.Array(len=size, type=inner):
            return _sequence(types, inner, size, rnd, depth)
        case TypeDef.Tuple(types=parts):
            values = [random_value(types, part, rnd, depth + 1) for part in parts]
            return EMPTY if EMPTY in values else tuple(values)
        case TypeDef.Compact(type=inner):
            return random_value(types, inner, rnd, depth)
        case TypeDef.Primitive(kind=kind):
            return _primitive(kind.name, rnd)
    raise AssertionError(f"no values for {definition}")


def _integer(rnd: Random, bits: int) -> int:
    """Of any magnitude, extremes included."""
    return rnd.choice([0, 1, (1 << bits) - 1, rnd.getrandbits(rnd.randint(1, bits))])


def _primitive(name: str, rnd: Random) -> Any:
    if name == "Bool":
        return rnd.random() < 0.5
    if name == "Str":
        return rnd.choice(_TEXT)
    if name in _INTEGERS:
        return _integer(rnd, _INTEGERS[name])
    bits = int(name[1:])
    return _integer(rnd, bits) - (1 << bits - 1)


def _sequence(types: TypeRegistry, inner: int, size: int, rnd: Random, depth: int) -> Any:
    if types.name(inner) == "u8":
        return rnd.randbytes(size) if rnd.random() < 0.7 else b"a" * size
    if depth > 6 and size < 6:
        size = 0
    values = [random_value(types, inner, rnd, depth + 1) for _ in range(size)]
    return [] if EMPTY in values else values


def _map(types: TypeRegistry, params: list[int], rnd: Random, depth: int) -> Any:
    pairs = {}
    for _ in range(rnd.randint(0, 3)):
        key = random_value(types, params[0], rnd, depth + 1)
        pairs[key] = random_value(types, params[1], rnd, depth + 1)
    return dict(sorted(pairs.items()))


def _fields(types: TypeRegistry, fields: list[TypeField], rnd: Random, depth: int) -> Any:
    values = [random_value(types, field.type, rnd, depth + 1) for field in fields]
    if any(value is EMPTY for value in values):
        return EMPTY
    if fields and fields[0].name is not None:
        return {field.name: value for field, value in zip(fields, values, strict=True)}
    return values[0] if len(values) == 1 else tuple(values)


def _variant(types: TypeRegistry, path: str, variants: list[Any], rnd: Random, depth: int) -> Any:
    if not variants:
        return EMPTY
    if path == "Option":
        inner = variants[1].fields[0].type
        if rnd.random() < 0.4 or depth > 8:
            return None
        value = random_value(types, inner, rnd, depth + 1)
        nested = "::".join(types[inner].path) == "Option" or types.name(inner) == "()"
        return None if value is EMPTY else Some(value) if nested else value
    order = rnd.sample(variants, len(variants))
    if depth > 8:
        order.sort(key=lambda variant: len(variant.fields))
    for variant in order:
        value = _fields(types, variant.fields, rnd, depth + 1)
        if value is not EMPTY:
            return {variant.name: value} if variant.fields else variant.name
    return EMPTY
