"""What does not fit is refused, with the place and the reason, whatever the bytes or the value."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.chain_client.errors import ClientError, DecodeError, EncodeError
from taokit.chain_client.scale import (
    H256,
    AccountId,
    Array,
    BitSequence,
    Bool,
    BoundedVec,
    Box,
    BTreeMap,
    BTreeSet,
    Bytes,
    Char,
    Compact,
    Enum,
    Era,
    FixedBytes,
    Option,
    OuterEnum,
    Result,
    Struct,
    Text,
    Tuple,
    Unit,
    UnitEnum,
    Variant,
    Vec,
    codec,
    i128,
    to_json,
    u8,
    u16,
    u32,
    u64,
    u128,
)


class Data(Struct):
    free: u64
    flags: u128


class Info(Struct):
    nonce: u32
    data: Data
    names: Vec[Text]


class Kind(UnitEnum):
    A = 0
    B = 2


class Address(Enum):
    class Id(Variant, index=0, unnamed=True):
        who: AccountId

    class Raw(Variant, index=2):
        data: Bytes
        kind: Kind


class Call(Enum):
    class Stop(Variant):
        pass

    class Wrap(Variant):
        call: Box[Outer]

    class Batch(Variant):
        calls: Vec[Outer]


Outer = OuterEnum("Outer", lambda: [("Utility", 4, codec(Call))], path="test::Outer")
HUGE = b"\xfe\xff\xff\xff"  # a claim of 2**30 - 1 elements


@pytest.mark.parametrize(
    ("declared", "raw", "offset", "path", "what"),
    [
        (u32, "0102", 0, "", "needs 4 bytes, 2 left"),
        (u8, "", 0, "", "needs 1 bytes, 0 left"),
        (u8, "0102", 1, "", "1 bytes left after the value"),
        (Info, "01000000" + "00" * 8, 12, "data.flags", "needs 16 bytes, 0 left"),
        (Info, "01000000" + "00" * 24 + "04", 29, "names", "claims 1 elements"),
        (Info, "01000000" + "00" * 24 + "0408ff41", 30, "names[0]", "UTF-8"),
        (Bool, "02", 0, "", "neither 0 nor 1"),
        (Vec[Bool], "080102", 2, "[1]", "neither 0 nor 1"),
        (Option[u8], "02", 0, "", "neither 0"),
        (Option[u8], "", 0, "", "ends"),
        (Result[u8, u8], "0200", 0, "", "neither 0"),
        (Kind, "01", 0, "", "no variant has index 1"),
        (Vec[Kind], "080001", 2, "[1]", "no variant has index 1"),
        (Address, "01", 0, "", "no variant has index 1"),
        (Address, "", 0, "", "before the variant's index"),
        (Address, "0000", 1, "Id", "needs 32 bytes, 1 left"),
        (Address, "020401", 3, "Raw.kind", "before the variant's index"),
        (Outer, "0300", 0, "", "no variant has index 3"),
        (Outer, "04020804000409", 6, "Utility.Batch.calls[1].Utility", "no variant has index 9"),
        (Text, "08c3", 0, "", "claims 2 bytes, 1 left"),
        (Text, "04ff", 1, "", "not valid UTF-8"),
        (Bytes, "0c0102", 0, "", "claims 3 bytes, 2 left"),
        (Char, "00d80000", 0, "", "not a Unicode scalar value"),
        (Char, "00001100", 0, "", "not a Unicode scalar value"),
        (Compact[u32], "01", 0, "", "ends inside a compact"),
        (Compact[u32], "0100", 0, "", "shortest"),
        (Compact[u32], "fe000000", 0, "", "shortest"),
        (Compact[u32], "03ffffff3f", 0, "", "shortest"),
        (Compact[u64], "0b0000000000" + "00", 0, "", "shortest"),
        (Compact[u32], "0700000000" + "01", 0, "", "above 4294967295"),
        (Compact[u8], "0104", 0, "", "above 255"),
        (Vec[u8], HUGE.hex(), 0, "", "claims 1073741823"),
        (Vec[u16], HUGE.hex() + "00", 4, "", "claims 1073741823"),
        (Vec[Text], HUGE.hex() + "00", 4, "", "claims 1073741823"),
        (Vec[Unit], HUGE.hex(), 4, "", "claims 1073741823"),
        (Vec[Info], HUGE.hex(), 4, "", "claims 1073741823"),
        (BTreeMap[u8, u8], HUGE.hex(), 4, "", "claims 1073741823"),
        (BTreeSet[Text], HUGE.hex(), 4, "", "claims 1073741823"),
        (BitSequence(8), HUGE.hex(), 0, "", "claims 1073741823 bits"),
        (BoundedVec[u16, 2], "0c010001000100", 0, "", "above 2"),
        (BoundedVec[u8, 2], "0c010101", 0, "", "above 2"),
        (Array[u16, 3], "0100", 0, "", "claims 3"),
        (FixedBytes[3], "0100", 0, "", "needs 3 bytes, 2 left"),
        (H256, "00" * 31, 0, "", "needs 32 bytes"),
        (Tuple[u8, Bool, u8], "010301", 1, "[1]", "neither"),
        (Era, "4100", 0, "", "no era"),
        (Era, "05", 0, "", "ends"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_malformed_input_is_located(declared, raw, offset, path, what) -> None:
    with pytest.raises(DecodeError) as caught:
        codec(declared).decode(bytes.fromhex(raw))
    assert what in caught.value.what
    assert caught.value.offset == offset
    assert caught.value.path == path
    assert isinstance(caught.value, ClientError)


def test_absurd_lengths_allocate_nothing() -> None:
    for declared in (Vec[u64], Vec[Text], Vec[Unit], Vec[Vec[u8]], Bytes, Text, Vec[Array[u8, 0]]):
        found = codec(declared)
        tracemalloc.start()
        with pytest.raises(DecodeError):
            found.decode(HUGE + b"\0" * 8)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1 << 20


def nested_call(levels: int, kind: bytes) -> bytes:
    return (b"\4" + kind) * levels + b"\4\0"


@pytest.mark.parametrize("kind", [b"\1", b"\2\4"], ids=["boxed", "in a vector"])
def test_calls_nest_as_deep_as_asked_and_no_deeper(kind: bytes) -> None:
    found = codec(Outer)
    assert found.decode(nested_call(8, kind), depth=8)
    with pytest.raises(DecodeError, match="nested too deeply"):
        found.decode(nested_call(9, kind), depth=8)
    with pytest.raises(DecodeError, match="nested too deeply"):
        found.decode(nested_call(257, kind))


def test_recursion_without_end_is_an_error_of_ours() -> None:
    with pytest.raises(DecodeError, match="nested too deeply"):
        codec(Outer).decode(nested_call(100_000, b"\1"))
    value = ("Utility", Call.Stop())
    for _ in range(5000):
        value = ("Utility", Call.Wrap(value))
    with pytest.raises(EncodeError, match="nested too deeply"):
        codec(Outer).encode(value)


@pytest.mark.parametrize(
    ("declared", "value", "path", "expected", "got"),
    [
        (u8, 256, "", "u8 (0 to 255)", "int 256"),
        (u8, -1, "", "u8", "int -1"),
        (u8, "x", "", "u8", "str 'x'"),
        (u16, 1.5, "", "u16", "float 1.5"),
        (u32, None, "", "u32", "None"),
        (u128, 1 << 128, "", "u128", "int"),
        (i128, 1 << 127, "", "i128", "int"),
        (Compact[u8], 256, "", "Compact<u8>", "int 256"),
        (Compact[u8], -1, "", "Compact<u8>", "int -1"),
        (Compact[u8], "one", "", "Compact<u8>", "str 'one'"),
        (Bool, 2, "", "bool", "int 2"),
        (Bool, "yes", "", "bool", "str 'yes'"),
        (Text, 5, "", "str", "int 5"),
        (Bytes, 5, "", "Vec<u8>", "int 5"),
        (Bytes, [256], "", "Vec<u8>", "list [256]"),
        (Bytes, "0xzz", "", "Vec<u8>", "str '0xzz'"),
        (Char, "ab", "", "char", "str 'ab'"),
        (Char, "\ud800", "", "char", "str"),
        (FixedBytes[2], b"abc", "", "[u8; 2]", "bytes b'abc'"),
        (H256, "0x01", "", "[u8; 32]", "str '0x01'"),
        (AccountId, "5Grw", "", "account", "str '5Grw'"),
        (AccountId, b"short", "", "account", "bytes b'short'"),
        (Vec[u16], [1, 70000], "[1]", "u16", "int 70000"),
        (Vec[u16], 5, "", "Vec<u16>", "int 5"),
        (Vec[Text], "abc", "", "Vec<str>", "str 'abc'"),
        (Vec[Tuple[u8, u8]], [(1, 2), (3,)], "[1]", "tuple of 2", "tuple (3,)"),
        (Vec[Tuple[u8, u8]], [(1, 2, 3), (3,)], "[0]", "tuple of 2", "tuple"),
        (Vec[H256], [bytes(32), bytes(31), bytes(33)], "[1]", "[u8; 32]", "bytes"),
        (Array[u16, 2], [1], "", "[u16; 2] (2 elements)", "list [1]"),
        (BoundedVec[u16, 2], [1, 2, 3], "", "at most 2", "list"),
        (BoundedVec[u8, 2], b"abc", "", "at most 2 bytes", "bytes"),
        (Tuple[u8, u8], (1,), "", "tuple of 2", "tuple (1,)"),
        (Tuple[u8, u8], "ab", "", "tuple of 2", "str 'ab'"),
        (Unit, 1, "", "unit", "int 1"),
        (BTreeMap[u8, u8], {1: 300}, "[1]", "u8", "int 300"),
        (BTreeMap[u8, u8], 5, "", "BTreeMap<u8, u8>", "int 5"),
        (BTreeSet[u8], [1, 300], "[300]", "u8", "int 300"),
        (Result[u8, u8], 5, "", "Ok(...) or Err(...)", "int 5"),
        (Kind, 1, "", "variant of Kind (A, B)", "int 1"),
        (Kind, "C", "", "variant of Kind (A, B)", "str 'C'"),
        (Address, "Id", "Id", "account", "tuple ()"),
        (Address, {"Raw": {"data": b"", "kind": "Z"}}, "Raw.kind", "Kind", "str 'Z'"),
        (Info, Data(1, 2), "", "Info", "Data"),
        (Info, Info(1, Data(-1, 2), []), "data.free", "u64", "int -1"),
        (Info, Info(1, Data(1, 2), ["a", b"\xff"]), "names[1]", "str", "bytes"),
        (Era, Era(5, 0), "", "an Era", "Era(period=5, phase=0)"),
        (Era, "Never", "", "an Era", "str 'Never'"),
        (BitSequence(8), [2], "", "BitVec", "list [2]"),
        (Outer, ("Utilty", Call.Stop()), "", "Outer", "tuple"),
        (Outer, ("Utility", 5), "Utility", "variant of Call", "int 5"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_value_that_does_not_fit_is_located(declared, value, path, expected, got) -> None:
    out = bytearray(b"kept")
    with pytest.raises(EncodeError) as caught:
        codec(declared).write(value, out)
    assert out == b"kept"
    assert caught.value.path == path
    assert expected in caught.value.expected
    assert caught.value.got.startswith(got)
    with pytest.raises(EncodeError):
        codec(declared).encode(value)


def test_hints_name_what_was_meant() -> None:
    with pytest.raises(EncodeError) as caught:
        codec(Address).encode({"Rwa": 1})
    assert caught.value.hint == "did you mean Raw?"
    with pytest.raises(EncodeError) as caught:
        codec(Info).encode({"nonce": 1, "data": {"free": 1, "flags": 2}})
    assert caught.value.hint == "field 'names' is missing"
    with pytest.raises(EncodeError) as caught:
        codec(Data).encode({"free": 1, "flags": 2, "extra": 3})
    assert caught.value.hint == "it has no field extra"


TYPES = [
    codec(t)
    for t in (
        Info,
        Address,
        Outer,
        Vec[Info],
        Option[Option[Address]],
        BTreeMap[Text, Vec[Kind]],
        Result[Tuple[Compact[u64], Bool], Address],
        Vec[Tuple[u16, u16]],
        Array[Option[u8], 3],
        BitSequence(16),
        Era,
        BoundedVec[Data, 3],
        Tuple[Char, i128, Vec[Bool]],
    )
]


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(TYPES), st.binary(max_size=80))
def test_any_bytes_either_decode_or_raise_decode_error(found, raw: bytes) -> None:
    try:
        value = found.decode(raw)
    except DecodeError as failure:
        assert 0 <= failure.offset <= len(raw)
        return
    again = found.encode(value)
    assert found.decode(again) == value
    assert found.encode(to_json(value)) == again
    assert found._locate(raw, 0, 256, ()) == len(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(TYPES),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.binary(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(
                st.sampled_from(["Id", "Raw", "Ok", "nonce", "free"]), inner, max_size=2
            )
        ),
        max_leaves=6,
    ),
)
def test_any_value_either_encodes_or_raises_encode_error(found, value) -> None:
    try:
        raw = found.encode(value)
    except EncodeError:
        return
    assert found.encode(found.decode(raw)) == raw
