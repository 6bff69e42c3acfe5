"""What the chain declares is what runtime 424 declares: same indices, names, hashers and types.

The recorded metadata of the main network is the reference. The chain may declare less than it,
never something else.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from taokit.chain_client.metadata import Metadata
from taokit.local_chain.frame.metadata import metadata_of
from taokit.local_chain.runtime import Runtime

RECORDED = Path(__file__).parents[1] / "data" / "finney-424" / "metadata-v16.scale.xz"
PALLETS = [pallet.name for pallet in Runtime.pallet_classes().values()]
# Enums over the pallets of a runtime: the chain has fewer pallets.
OUTER = {"node_subtensor_runtime::RuntimeCall", "node_subtensor_runtime::RuntimeEvent"}


@cache
def recorded() -> Metadata:
    return Metadata.decode(lzma.decompress(RECORDED.read_bytes()))


@cache
def declared(preset: str = "mainnet") -> Metadata:
    return metadata_of(Runtime, preset)


class Shapes:
    """Compares types of two registries; a pair under comparison counts as equal."""

    def __init__(self) -> None:
        self.ours, self.theirs = declared().types, recorded().types
        self.seen: set[tuple[int, int]] = set()

    def differ(self, ours: int, theirs: int, where: str = "") -> str | None:
        """Where two types differ in shape or path; None if nowhere."""
        if (ours, theirs) in self.seen:
            return None
        self.seen.add((ours, theirs))
        a, b = self.ours[ours], self.theirs[theirs]
        path = "::".join(b.path)
        if "::".join(a.path) != path:
            return f"{where}: {'::'.join(a.path) or a.definition} is not {path or b.definition}"
        if type(a.definition) is not type(b.definition):
            return f"{where}: {a.definition} is not {b.definition}"
        if path in OUTER:
            return None
        found = [
            self.differ(x, y, f"{where}.{name}") if isinstance(x, int) else None
            for name, x, y in self._parts(a.definition, b.definition, where)
        ]
        return next((problem for problem in found if problem), None)

    def _parts(self, a: Any, b: Any, where: str) -> list[tuple[str, int, int]]:
        kind = type(a).__name__
        if kind == "Composite":
            assert [f.name for f in a.fields] == [f.name for f in b.fields], where
            return [
                (f.name or "0", f.type, g.type) for f, g in zip(a.fields, b.fields, strict=True)
            ]
        if kind == "Variants":
            mine = {v.index: v for v in a.variants}
            real = {v.index: v for v in b.variants}
            assert {i: v.name for i, v in mine.items()} == {i: v.name for i, v in real.items()}, (
                where
            )
            pairs = []
            for index, variant in mine.items():
                names = [f.name for f in variant.fields]
                assert names == [f.name for f in real[index].fields], f"{where}.{variant.name}"
                pairs += [
                    (variant.name, f.type, g.type)
                    for f, g in zip(variant.fields, real[index].fields, strict=True)
                ]
            return pairs
        if kind in ("Sequence", "Compact"):
            return [(kind, a.type, b.type)]
        if kind == "Array":
            assert a.len == b.len, where
            return [(kind, a.type, b.type)]
        if kind == "Tuple":
            assert len(a.types) == len(b.types), where
            return [(kind, x, y) for x, y in zip(a.types, b.types, strict=True)]
        assert a == b, where
        return []


def check(problem: str | None) -> None:
    assert problem is None, problem


@pytest.mark.parametrize("name", PALLETS)
def test_a_pallet_has_the_real_index_and_storage_prefix(name: str) -> None:
    ours, theirs = declared().pallets[name], recorded().pallets[name]
    assert ours.index == theirs.index


@pytest.mark.parametrize("name", PALLETS)
def test_every_storage_item_is_the_real_one(name: str) -> None:
    shapes = Shapes()
    theirs = recorded().pallets[name].storage
    for item, ours in declared().pallets[name].storage.items():
        real = theirs[item]
        assert [h.name for h in ours.hashers] == [h.name for h in real.hashers], item
        assert ours.modifier == real.modifier, item
        check(shapes.differ(ours.value_type, real.value_type, item))
        assert len(ours.key_types) == len(real.key_types), item
        for mine, other in zip(ours.key_types, real.key_types, strict=True):
            check(shapes.differ(mine, other, item))
        assert ours.default == real.default, item


@pytest.mark.parametrize("kind", ["calls", "events", "errors"])
@pytest.mark.parametrize("name", PALLETS)
def test_every_call_event_and_error_is_the_real_one(name: str, kind: str) -> None:
    shapes = Shapes()
    theirs = getattr(recorded().pallets[name], kind)
    for item, ours in getattr(declared().pallets[name], kind).items():
        real = theirs[item]
        assert ours.index == real.index, item
        assert [f.name for f in ours.fields] == [f.name for f in real.fields], item
        for mine, other in zip(ours.fields, real.fields, strict=True):
            check(shapes.differ(mine.type, other.type, f"{item}.{mine.name}"))


@pytest.mark.parametrize("name", PALLETS)
def test_the_types_of_arguments_are_spelled_as_clients_know_them(name: str) -> None:
    theirs = recorded().pallets[name].calls
    for call, ours in declared().pallets[name].calls.items():
        spelled = {field.name: field.type_name for field in ours.fields}
        assert spelled == {field.name: field.type_name for field in theirs[call].fields}, call


@pytest.mark.parametrize("name", PALLETS)
def test_the_types_of_events_fields_are_spelled_as_clients_know_them(name: str) -> None:
    theirs = recorded().pallets[name].events
    for event, ours in declared().pallets[name].events.items():
        spelled = [field.type_name for field in ours.fields]
        assert spelled == [field.type_name for field in theirs[event].fields], ours.name


@pytest.mark.parametrize("name", PALLETS)
def test_every_constant_has_the_main_networks_value_under_the_mainnet_preset(name: str) -> None:
    shapes = Shapes()
    theirs = recorded().pallets[name].constants
    for item, ours in declared().pallets[name].constants.items():
        check(shapes.differ(ours.type, theirs[item].type, item))
        assert ours.value == theirs[item].value, item


def test_every_runtime_api_method_is_the_real_one() -> None:
    shapes = Shapes()
    for name, api in declared().apis.items():
        real = recorded().apis[name]
        for method, ours in api.methods.items():
            theirs = real.methods[method]
            where = f"{name}.{method}"
            assert [p.name for p in ours.inputs] == [p.name for p in theirs.inputs], where
            for mine, other in zip(ours.inputs, theirs.inputs, strict=True):
                check(shapes.differ(mine.type, other.type, f"{where}.{mine.name}"))
            check(shapes.differ(ours.output, theirs.output, where))


def test_transaction_extensions_are_the_real_ones_in_order() -> None:
    shapes = Shapes()
    ours, theirs = declared().extrinsic, recorded().extrinsic
    assert [e.identifier for e in ours.extensions] == [e.identifier for e in theirs.extensions]
    for mine, other in zip(ours.extensions, theirs.extensions, strict=True):
        check(shapes.differ(mine.type, other.type, mine.identifier))
        check(shapes.differ(mine.implicit, other.implicit, mine.identifier))


def test_all_storage_events_and_errors_of_subtensor_are_declared() -> None:
    ours, theirs = declared().pallets["SubtensorModule"], recorded().pallets["SubtensorModule"]
    assert set(ours.storage) == set(theirs.storage)
    assert set(ours.events) == set(theirs.events)
    assert set(ours.errors) == set(theirs.errors)
    assert set(ours.constants) == set(theirs.constants)
