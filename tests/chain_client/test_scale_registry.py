"""Every type of the real runtime round-trips, and agrees with cyscale, the ecosystem's codec."""

from __future__ import annotations

import functools
import lzma
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_values import EMPTY, random_value

from taokit.chain_client.errors import DecodeError, EncodeError, InvalidType
from taokit.chain_client.metadata import Metadata, TypeRegistry
from taokit.chain_client.metadata.portable import TypeDef
from taokit.chain_client.scale import AccountId32, to_json

DATA = Path(__file__).parents[1] / "data" / "finney-424" / "metadata-v16.scale.xz"
TYPE_IDS = range(753)
# cyscale reads these in ways of its own: events as flat records, calls only with the metadata at
# hand; and it takes a byte for Compact<()>, which parity-scale-codec does not.
OWN_WAYS = {"RuntimeEvent", "RuntimeCall", "Compact<()>"}


@functools.cache
def metadata() -> Metadata:
    return Metadata.decode(lzma.decompress(DATA.read_bytes()))


@functools.cache
def types() -> TypeRegistry:
    return metadata().types


@functools.cache
def cyscale() -> Any:
    base = pytest.importorskip("scalecodec.base")
    presets = pytest.importorskip("scalecodec.type_registry")
    found = base.RuntimeConfigurationObject(ss58_format=42, implements_scale_info=True)
    found.update_type_registry(presets.load_type_registry_preset("core"))
    # It reads no V16.
    data = base.ScaleBytes(metadata().encode(15))
    described = found.create_scale_object("MetadataVersioned", data=data)
    described.decode()
    found.add_portable_registry(described)
    return found


@functools.cache
def reaches(type_id: int) -> frozenset[str]:
    """Names of those in OWN_WAYS that lie anywhere inside a type."""
    found: set[str] = set()
    todo, seen = [type_id], {type_id}
    while todo:
        current = todo.pop()
        name = types().name(current)
        if name in OWN_WAYS:
            found.add(name)
            continue
        fresh = set(children(current)) - seen
        seen |= fresh
        todo += fresh
    return frozenset(found)


def children(type_id: int) -> list[int]:
    match types()[type_id].definition:
        case TypeDef.Composite(fields=fields):
            return [field.type for field in fields]
        case TypeDef.Variants(variants=variants):
            return [field.type for variant in variants for field in variant.fields]
        case TypeDef.Sequence(type=inner) | TypeDef.Array(type=inner) | TypeDef.Compact(type=inner):
            return [inner]
        case TypeDef.Tuple(types=inner):
            return inner
    return []


def decode_by_cyscale(type_id: int, raw: bytes) -> Any:
    from scalecodec.base import ScaleBytes

    return cyscale().create_scale_object(f"scale_info::{type_id}", data=ScaleBytes(raw)).decode()


@pytest.mark.parametrize("seed", range(2))
def test_every_type_round_trips(seed: int) -> None:
    tried = 0
    for type_id in TYPE_IDS:
        value = random_value(types(), type_id, Random(seed * 1000 + type_id))
        if value is EMPTY:
            continue
        found = types().codec(type_id)
        raw = found.encode(value)
        assert found.decode(raw) == value, types().name(type_id)
        out = bytearray()
        found._write_any(value, out, ())
        assert out == raw, types().name(type_id)
        assert found._locate(raw, 0, 256, ()) == len(raw)
        tried += 1
    assert tried >= 749


def test_every_type_takes_its_json_form_back() -> None:
    for type_id in TYPE_IDS:
        value = random_value(types(), type_id, Random(type_id))
        if value is EMPTY:
            continue
        found = types().codec(type_id)
        assert found.encode(to_json(value)) == found.encode(value), types().name(type_id)


def test_every_type_encodes_its_default() -> None:
    without = []
    for type_id in TYPE_IDS:
        found = types().codec(type_id)
        try:
            default = found.default()
        except InvalidType:
            without.append(types().name(type_id))
            continue
        assert found.decode(found.encode(default)) == default, types().name(type_id)
    # An enum without variants has no value at all, nor has what must contain one.
    assert without == ["Call", "Void", "IdAmount<RuntimeFreezeReason, u64>", "RuntimeFreezeReason"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TYPE_IDS), st.integers(0, 1 << 32))
def test_cyscale_reads_the_same_from_our_bytes(type_id: int, seed: int) -> None:
    value = random_value(types(), type_id, Random(seed))
    if value is EMPTY or reaches(type_id) or "Some(None)" in repr(value):
        return
    found = types().codec(type_id)
    raw = found.encode(value)
    theirs = decode_by_cyscale(type_id, raw)
    # Their value says the same as ours if it makes the same bytes, and looks the same in JSON.
    assert found.encode(theirs) == raw
    assert alike(to_json(value), theirs)


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two JSON-like values are the same but for how bytes and empty things are shown."""
    if isinstance(ours, dict) and isinstance(theirs, list):  # maps: theirs are pairs
        return alike([[key, item] for key, item in ours.items()], theirs)
    if isinstance(ours, dict) and set(ours) == {"Some"}:
        return alike(ours["Some"], theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        theirs = {str(key): item for key, item in theirs.items()}
        return ours.keys() == theirs.keys() and all(alike(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, dict) and set(ours) == {"Mortal"}:
        return alike(list(ours["Mortal"].values()), theirs)
    if isinstance(ours, list) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if (ours == [] and theirs in ({}, None, ())) or (ours == "0x" and theirs == []):
        return True
    if isinstance(ours, list) and len(ours) == 1 and isinstance(theirs, dict | str | int):
        return alike(ours[0], theirs)
    if isinstance(ours, str) and ours.startswith("0x") and isinstance(theirs, str):
        return theirs in (ours, bytes.fromhex(ours[2:]).decode("utf-8", "replace"))
    if isinstance(ours, str) and isinstance(theirs, int):
        return ours == str(theirs)
    if ours == "Immortal":
        return theirs in ("00", "Immortal")
    return bool(ours == theirs)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TYPE_IDS), st.integers(0, 1 << 32))
def test_cyscale_writes_the_same_bytes_where_it_can(type_id: int, seed: int) -> None:
    from scalecodec.base import ScaleBytes

    value = random_value(types(), type_id, Random(seed))
    if value is EMPTY or reaches(type_id) or '"0x"' in repr(value) or "'0x'" in repr(value):
        return
    raw = types().codec(type_id).encode(value)
    writer = cyscale().create_scale_object(f"scale_info::{type_id}")
    try:
        theirs = bytes(writer.encode(decode_by_cyscale(type_id, raw)).data)
    except (ValueError, AttributeError, TypeError, NotImplementedError):
        return  # it cannot write back what it reads of wrapped vectors, maps and some enums
    assert ScaleBytes(theirs).data == raw or "Some(None)" in repr(value)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TYPE_IDS), st.binary(max_size=60))
def test_any_bytes_either_decode_or_raise_decode_error(type_id: int, raw: bytes) -> None:
    found = types().codec(type_id)
    try:
        value = found.decode(raw)
    except DecodeError as failure:
        assert failure.offset <= len(raw)
        return
    again = found.encode(value)
    assert found.decode(again) == value


class TestCalls:
    ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"

    def test_a_transfer(self) -> None:
        call = {"Balances": {"transfer_keep_alive": {"dest": self.ALICE, "value": 10**9}}}
        raw = metadata().call_codec.encode(call)
        assert raw.hex() == (
            "0503" + "00d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d02286bee"
        )
        decoded = metadata().call_codec.decode(raw)
        (arguments,) = decoded["Balances"].values()
        assert arguments == {"dest": {"Id": AccountId32(self.ALICE)}, "value": 10**9}

    def test_calls_inside_calls_decode_to_the_depth_asked(self) -> None:
        found = metadata().call_codec
        call: Any = {"System": {"remark": {"remark": b"x"}}}
        for _ in range(8):
            call = {"Sudo": {"sudo": {"call": call}}}
        raw = found.encode(call)
        assert found.decode(raw, depth=8) == call
        with pytest.raises(DecodeError, match="nested too deeply"):
            found.decode(raw, depth=7)

    @pytest.mark.parametrize(
        ("call", "path", "hint"),
        [
            ({"Balance": {}}, "", "Balances"),
            ({"Balances": {"transfer_al": {}}}, "Balances", "transfer_all"),
            (
                {"Balances": {"transfer_all": {"dst": 1, "keep_alive": True}}},
                "Balances.transfer_all",
                "did you mean dest?",
            ),
            ({"Balances": {"transfer_all": {"dest": b""}}}, "Balances.transfer_all", "keep_alive"),
        ],
    )
    def test_mistakes_are_located_and_explained(self, call: Any, path: str, hint: str) -> None:
        with pytest.raises(EncodeError) as caught:
            metadata().call_codec.encode(call)
        assert caught.value.path == path
        assert hint in (caught.value.hint or "")

    def test_wrong_arguments_are_located(self) -> None:
        call = {"Balances": {"transfer_all": {"dest": "5Bad", "keep_alive": True}}}
        with pytest.raises(EncodeError) as caught:
            metadata().call_codec.encode(call)
        assert caught.value.path == "Balances.transfer_all.dest.Id"
