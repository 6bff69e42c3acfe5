"""Declared types: known encodings, the forms values take, and what structs and enums can do."""

from __future__ import annotations

import copy
import pickle
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.chain_client import scale
from taokit.chain_client.errors import EncodeError, InvalidType
from taokit.chain_client.scale import (
    H160,
    H256,
    U256,
    AccountId,
    AccountId32,
    Array,
    BitSequence,
    Bool,
    BoundedBytesVec,
    BoundedVec,
    Box,
    BTreeMap,
    BTreeSet,
    Bytes,
    Char,
    Codec,
    Compact,
    Enum,
    Era,
    Err,
    FixedBytes,
    NewType,
    Ok,
    Option,
    OuterEnum,
    Result,
    Some,
    Struct,
    Text,
    Tuple,
    Unit,
    UnitEnum,
    Variant,
    Vec,
    VecDeque,
    WeakBoundedVec,
    codec,
    i8,
    i16,
    i64,
    i128,
    i256,
    to_json,
    u8,
    u16,
    u32,
    u64,
    u128,
    u256,
)

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
ALICE_BYTES = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")

NetUid = NewType("NetUid", u16, path="subtensor_runtime_common::NetUid")


class Point(Struct, path="test::Point"):
    """A point."""

    x: i16
    y: i16


class Box3(Struct, path="test::Box3"):
    low: Point
    high: Point
    label: Text = ""
    from_: Bool = False


class Tree(Struct):
    value: u8
    children: Vec[Tree]


class Shape(Enum, path="test::Shape"):
    class Empty(Variant, index=0):
        pass

    class Circle(Variant, index=2):
        centre: Point
        radius: Compact[u32]

    class Path(Variant, index=5, unnamed=True):
        points: Vec[Point]

    class None_(Variant, index=7):
        pass


class Proxy(UnitEnum, path="test::Proxy"):
    Any = 0
    NonTransfer = 3
    None_ = 9


VECTORS = [
    (u8, 69, "45"),
    (i8, -1, "ff"),
    (u16, 42, "2a00"),
    (u32, 16777215, "ffffff00"),
    (i64, -2, "feffffffffffffff"),
    (u128, 1 << 64 | 1, "0100000000000000" + "0100000000000000"),
    (i128, -1, "ff" * 16),
    (u256, 1, "01" + "00" * 31),
    (i256, -(1 << 255), "00" * 31 + "80"),
    (U256, 258, "0201" + "00" * 30),
    (Bool, True, "01"),
    (Char, "☺", "3a260000"),
    (Compact[u8], 0, "00"),
    (Compact[u8], 1, "04"),
    (Compact[u8], 42, "a8"),
    (Compact[u16], 69, "1501"),
    (Compact[u32], 65535, "feff0300"),
    (Compact[u64], (1 << 30) - 1, "feffffff"),
    (Compact[u64], 1 << 30, "0300000040"),
    (Compact[u128], 100000000000000, "0b00407a10f35a"),
    (Compact[u128], (1 << 128) - 1, "33" + "ff" * 16),
    (Compact[Unit], (), ""),
    (Compact[NetUid], 64, "0101"),
    (NetUid, 64, "4000"),
    (Unit, (), ""),
    (Bytes, b"\1\2", "080102"),
    (Text, "Hamlet", "1848616d6c6574"),
    (Text, "Война и мир", "50d092d0bed0b9d0bdd0b020d0b820d0bcd0b8d180"),
    (Vec[u16], [4, 8, 15, 16, 23, 42], "18040008000f00100017002a00"),
    (VecDeque[u8], b"ab", "086162"),
    (Vec[Tuple[u16, u16]], [(1, 2), (3, 4)], "080100020003000400"),
    (Vec[Text], ["a", ""], "08046100"),
    (Vec[Bool], [True, False], "080100"),
    (Vec[Unit], [(), ()], "08"),
    (Array[u16, 2], [1, 2], "01000200"),
    (Array[Text, Literal[1]], ["a"], "0461"),
    (FixedBytes[3], b"abc", "616263"),
    (FixedBytes[0], b"", ""),
    (Vec[FixedBytes[2]], [b"ab", b"cd"], "0861626364"),
    (Vec[AccountId], [ALICE_BYTES, bytes(32)], "08" + ALICE_BYTES.hex() + "00" * 32),
    (Vec[H160], [b"\1" * 20], "04" + "01" * 20),
    (H160, bytes(20), "00" * 20),
    (H256, b"\1" * 32, "01" * 32),
    (AccountId, ALICE_BYTES, ALICE_BYTES.hex()),
    (BoundedVec[u16], [1], "040100"),
    (BoundedVec[u8, 4], b"ab", "086162"),
    (BoundedBytesVec[4], b"ab", "086162"),
    (WeakBoundedVec[u16, Literal[1]], [1, 2], "0801000200"),
    (Option[u8], None, "00"),
    (Option[u8], 1, "0101"),
    (Option[Bool], False, "0100"),
    (Option[Option[u8]], None, "00"),
    (Option[Option[u8]], Some(None), "0100"),
    (Option[Option[u8]], Some(5), "010105"),
    (Option[Unit], Some(()), "01"),
    (Result[u8, Text], Ok(42), "002a"),
    (Result[u8, Text], Err("x"), "010478"),
    (Tuple[Compact[u8], Bool], (3, False), "0c00"),
    (Tuple[()], (), ""),
    (BTreeMap[u16, Text], {1: "b", 256: "a"}, "08010004620001" + "0461"),
    (BTreeMap[Tuple[u8, u8], u8], {(0, 1): 2}, "04000102"),
    (BTreeSet[u16], [1, 256], "0801000001"),
    (BitSequence(8), [True, False, True], "0c05"),
    (BitSequence(8, most_first=True), [True, False, True], "0ca0"),
    (BitSequence(16), [True] * 9, "24ff01"),
    (Point, Point(1, -1), "0100ffff"),
    (Box3, Box3(Point(1, 2), Point(3, 4), "hi", True), "0100020003000400" + "08686901"),
    (Tree, Tree(1, [Tree(2, []), Tree(3, [])]), "010802000300"),
    (Shape, Shape.Empty(), "00"),
    (Shape, Shape.Circle(Point(1, 2), 64), "02010002000101"),
    (Shape, Shape.Path([Point(1, 2)]), "050401000200"),
    (Shape, Shape.None_(), "07"),
    (Proxy, Proxy.NonTransfer, "03"),
    (Vec[Proxy], [Proxy.Any, Proxy.None_], "080009"),
    (Vec[Point], [Point(1, 2), Point(3, 4)], "080100020003000400"),
    (Vec[u128], [1, 2], "08" + "01" + "00" * 15 + "02" + "00" * 15),
    (Era, Era.immortal(), "00"),
    (Era, Era(64, 36), "4502"),
    (Era, Era(32768, 20000), "4e9c"),
    (dict[u8, bytes], {1: b""}, "040100"),
    (tuple[u8, bool], (1, True), "0101"),
    (list[u8], b"\1", "0401"),
    (Annotated[int, NetUid], 1, "0100"),
    (u8 | None, 3, "0103"),
    (Vec[u16] | None, None, "00"),
    (Point | None, Point(1, 2), "0101000200"),
    (bool, False, "00"),
    (str, "a", "0461"),
    (bytes, b"a", "0461"),
]


@pytest.mark.parametrize(("declared", "value", "raw"), VECTORS, ids=lambda v: str(v)[:40])
def test_known_encodings_both_ways(declared, value, raw) -> None:
    found = codec(declared)
    assert found.encode(value).hex() == raw
    decoded = found.decode(bytes.fromhex(raw))
    assert decoded == value
    assert type(decoded) is type(value)
    assert found.read(b"\xee" + bytes.fromhex(raw) + b"\xee", 1) == (value, 1 + len(raw) // 2)
    out = bytearray(b"\xee")
    found.write(value, out)
    assert out.hex() == "ee" + raw


@pytest.mark.parametrize(("declared", "value", "raw"), VECTORS, ids=lambda v: str(v)[:40])
def test_the_slow_path_agrees_with_the_fast_one(declared, value, raw) -> None:
    found = codec(declared)
    out = bytearray()
    found._write_any(value, out, ())
    assert out.hex() == raw
    assert found._locate(bytes.fromhex(raw), 0, 256, ()) == len(raw) // 2


@pytest.mark.parametrize(("declared", "value", "raw"), VECTORS, ids=lambda v: str(v)[:40])
def test_json_forms_are_accepted_back(declared, value, raw) -> None:
    assert codec(declared).encode(codec(declared).to_json(value)).hex() == raw


@pytest.mark.parametrize(("declared", "value", "raw"), VECTORS, ids=lambda v: str(v)[:40])
def test_sizes_bound_every_encoding(declared, value, raw) -> None:
    found = codec(declared)
    assert found.min_size <= len(raw) // 2
    assert found.fixed_size in (None, len(raw) // 2)


@pytest.mark.parametrize("bits", [8, 16, 32, 64, 128, 256])
@pytest.mark.parametrize("signed", [False, True])
def test_integers_take_their_whole_range_and_nothing_else(bits: int, signed: bool) -> None:
    found = codec(getattr(scale, f"{'i' if signed else 'u'}{bits}"))
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    for value in (low, high, 0):
        raw = value.to_bytes(bits // 8, "little", signed=signed)
        assert found.encode(value) == raw
        assert found.decode(raw) == value
    for value in (low - 1, high + 1):
        with pytest.raises(EncodeError, match=str(high)):
            found.encode(value)


@given(st.integers(0, (1 << 536) - 1))
def test_compact_integers_round_trip_in_their_shortest_form(value: int) -> None:
    from taokit.chain_client.scale.numbers import read_compact, write_compact

    out = bytearray()
    write_compact(value, out)
    assert read_compact(bytes(out), 0) == (value, len(out))
    if value < 1 << 128:
        assert codec(Compact[u128]).decode(bytes(out)) == value
        assert codec(Compact[u128]).encode(value) == out


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)), max_size=300))
def test_long_vectors_of_pairs(pairs: list[tuple[int, int]]) -> None:
    found = codec(Vec[Tuple[u16, u16]])
    raw = found.encode(pairs)
    each = codec(Tuple[u16, u16])
    assert raw.endswith(b"".join(each.encode(pair) for pair in pairs))
    assert found.decode(raw) == pairs


def test_defaults_are_those_of_rust() -> None:
    assert codec(Box3).default() == Box3(Point(0, 0), Point(0, 0), "", False)
    assert Tree.default() == Tree(0, [])
    assert codec(Shape).default() == Shape.Empty()
    assert codec(Proxy).default() is Proxy.Any
    assert codec(Tuple[u8, Option[u8], Vec[u8], BTreeMap[u8, u8]]).default() == (0, None, b"", {})
    assert codec(Array[u16, 2]).default() == [0, 0]
    assert codec(H256).default() == bytes(32)


def test_maps_and_sets_are_written_in_the_order_of_their_keys() -> None:
    found = codec(BTreeMap[u16, u8])
    assert found.encode({256: 1, 1: 2}) == found.encode({1: 2, 256: 1})
    assert found.encode({"256": 1, "9": 2}) == found.encode({9: 2, 256: 1})
    assert codec(BTreeSet[u16]).encode({256, 1}) == codec(BTreeSet[u16]).encode([1, 256, 1])


def test_convenient_forms() -> None:
    assert codec(AccountId).encode(ALICE) == ALICE_BYTES
    assert codec(AccountId).encode("0x" + ALICE_BYTES.hex()) == ALICE_BYTES
    assert codec(AccountId).encode(AccountId32(ALICE)) == ALICE_BYTES
    assert codec(Bytes).encode("0x0102") == b"\x08\1\2"
    assert codec(Bytes).encode("text") == b"\x10text"
    assert codec(Bytes).encode(bytearray(b"x")) == b"\4x"
    assert codec(H256).encode("0x" + "01" * 32) == b"\1" * 32
    assert codec(u64).encode("1_000") == codec(u64).encode(1000)
    assert codec(u64).encode("0x10") == codec(u64).encode(16)
    assert codec(Point).encode({"x": 1, "y": "2"}) == codec(Point).encode(Point(1, 2))
    assert codec(Point).encode((1, 2)) == codec(Point).encode(Point(1, 2))
    assert codec(Shape).encode({"Circle": {"centre": [1, 2], "radius": 3}}) == codec(Shape).encode(
        Shape.Circle(Point(1, 2), 3)
    )
    assert codec(Shape).encode("Empty") == b"\0"
    assert codec(Proxy).encode("NonTransfer") == b"\3"
    assert codec(Proxy).encode(3) == b"\3"
    assert codec(Result[u8, u8]).encode({"Err": 3}) == b"\1\3"


def test_numpy_integers_are_integers() -> None:
    numpy = pytest.importorskip("numpy")
    values = numpy.array([1, 2], dtype=numpy.uint16)
    assert codec(Vec[u16]).encode(list(values)) == b"\x08\1\0\2\0"
    assert codec(u128).encode(values[0]) == (1).to_bytes(16, "little")
    assert codec(Compact[u32]).encode(values[1]) == b"\x08"


class TestStructs:
    def test_construction_by_position_keyword_and_default(self) -> None:
        a, b = Point(1, 2), Point(3, 4)
        made = Box3(a, high=b)
        assert (made.low, made.high, made.label, made.from_) == (a, b, "", False)
        with pytest.raises(TypeError):
            Box3(a)  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            Box3(a, b, bogus=1)  # type: ignore[call-arg]

    def test_immutable(self) -> None:
        with pytest.raises(AttributeError):
            Point(1, 2).x = 3  # type: ignore[misc]

    def test_replace_changes_only_what_is_named(self) -> None:
        made = Box3(Point(1, 2), Point(3, 4))
        assert made.replace(label="x") == Box3(Point(1, 2), Point(3, 4), "x")
        assert made.label == ""
        with pytest.raises(TypeError, match="bogus"):
            made.replace(bogus=1)

    def test_equality_is_by_class_and_fields(self) -> None:
        class Other(Struct):
            x: i16
            y: i16

        assert Point(1, 2) == Point(1, 2)
        assert Point(1, 2) != Point(1, 3)
        assert Point(1, 2) != Other(1, 2)
        assert Point(1, 2) != (1, 2)
        assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2

    def test_always_true_and_sortable(self) -> None:
        assert Shape.Empty()
        assert sorted([Point(2, 0), Point(1, 9)])[0] == Point(1, 9)

    def test_repr_shows_accounts_and_bytes(self) -> None:
        class Owner(Struct):
            who: AccountId
            code: FixedBytes[2]

        assert repr(Owner(ALICE_BYTES, b"\0\1")) == (
            f"Owner(who=AccountId('{ALICE}'), code=bytes.fromhex('0001'))"
        )
        assert repr(Shape.Circle(Point(1, 2), 3)) == (
            "Shape.Circle(centre=Point(x=1, y=2), radius=3)"
        )

    def test_pickle_and_copy(self) -> None:
        made = Box3(Point(1, 2), Point(3, 4), "x")
        assert pickle.loads(pickle.dumps(made)) == made
        assert copy.deepcopy(made) == made
        assert type(pickle.loads(pickle.dumps(made))) is Box3

    def test_match_statement(self) -> None:
        match Shape.Circle(Point(1, 2), 3):
            case Shape.Circle(centre=Point(x, y), radius=radius):
                assert (x, y, radius) == (1, 2, 3)
            case _:
                pytest.fail("did not match")

    def test_variants_are_instances_of_their_enum(self) -> None:
        assert isinstance(Shape.Empty(), Shape)
        assert not isinstance(Point(1, 2), Shape)

    def test_a_field_without_default_after_one_with_is_refused(self) -> None:
        with pytest.raises(TypeError, match="without a default"):

            class Bad(Struct):
                a: u8 = 0
                b: u8

    def test_int_has_no_width(self) -> None:
        class Bad(Struct):
            a: int

        with pytest.raises(InvalidType, match="width"):
            codec(Bad).encode(Bad(1))
        with pytest.raises(InvalidType, match="Unknown"):
            codec(Missing).decode(b"")

    def test_a_variant_may_be_called_by_a_reserved_option(self) -> None:
        class Named(Enum):
            class Other(Variant, name="Renamed"):
                name: u8

        assert codec(Named).encode({"Renamed": {"name": 1}}) == b"\0\1"
        assert to_json(Named.Other(1)) == {"Renamed": {"name": 1}}


class Missing(Struct):
    a: Unknown  # type: ignore[name-defined]  # noqa: F821


class Call(Enum):
    class Remark(Variant, index=0):
        text: Bytes

    class Nested(Variant, index=1):
        call: Box[RuntimeCall]

    class Many(Variant, index=2):
        calls: Vec[RuntimeCall]


RuntimeCall = OuterEnum(
    "RuntimeCall", lambda: [("System", 3, codec(Call))], path="test::RuntimeCall"
)


def test_an_outer_enum_may_contain_itself() -> None:
    value = ("System", Call.Nested(("System", Call.Many([("System", Call.Remark(b"x"))] * 2))))
    raw = codec(RuntimeCall).encode(value)
    assert raw.hex() == "0301" + "0302" + "08" + "03000478" * 2
    assert codec(RuntimeCall).decode(raw) == value


def test_a_hand_written_codec_works_everywhere() -> None:
    class Reversed(Codec[bytes]):
        name = "Reversed"

        def read(self, data: bytes, offset: int) -> tuple[bytes, int]:
            end = offset + 1 + data[offset]
            return data[offset + 1 : end][::-1], end

        def write(self, value: bytes, out: bytearray) -> None:
            out.append(len(value))
            out += value[::-1]

    found = codec(Vec[Tuple[Reversed(), u8]])
    raw = found.encode([(b"abc", 1), (b"", 2)])
    assert raw == b"\x08\3cba\1\0\2"
    assert found.decode(raw) == [(b"abc", 1), (b"", 2)]
    assert codec(Option[Reversed()]).decode(b"\1\1x") == b"x"


def test_the_same_type_is_the_same_codec() -> None:
    assert codec(Vec[Tuple[u16, Option[u8]]]) is codec(Vec[Tuple[u16, Option[u8]]])
    assert codec(Vec[u8]) is codec(Bytes)


class TestAccountId:
    def test_is_its_bytes(self) -> None:
        account = AccountId32(ALICE)
        assert account == ALICE_BYTES
        assert hash(account) == hash(ALICE_BYTES)
        assert str(account) == ALICE
        assert repr(account) == f"AccountId('{ALICE}')"
        assert pickle.loads(pickle.dumps(account)).ss58 == ALICE

    def test_refuses_other_lengths(self) -> None:
        with pytest.raises(ValueError, match="32"):
            AccountId32(b"short")


class TestEra:
    @pytest.mark.parametrize("current", [0, 1, 63, 64, 100, 4095, 123456])
    @pytest.mark.parametrize("period", [4, 64, 4096, 65536])
    def test_starts_at_or_just_before_the_current_block(self, period: int, current: int) -> None:
        era = Era.mortal(period, current=current)
        birth = era.birth(current)
        assert current - max(period // 4096, 1) < birth <= current
        assert era.death(current) == birth + period
        assert codec(Era).decode(codec(Era).encode(era)) == era

    def test_periods_are_rounded_up_to_powers_of_two(self) -> None:
        assert [Era.mortal(n, current=0).period for n in (1, 4, 5, 64, 65, 10**6)] == [
            4, 4, 8, 64, 128, 65536,
        ]  # fmt: skip

    def test_immortal_never_dies(self) -> None:
        assert Era.immortal().is_immortal
        assert Era.immortal().death(5) is None


def test_to_json_shapes() -> None:
    class Owner(Struct):
        who: AccountId
        others: Option[Vec[Tuple[AccountId, u8]]]
        shape: Shape
        proxy: Proxy
        tags: BTreeMap[u8, Bytes]

    path = Shape.Path([Point(1, 2)])
    value = Owner(ALICE_BYTES, [(ALICE_BYTES, 1)], path, Proxy.None_, {1: b"\xff"})
    assert to_json(value) == {
        "who": ALICE,
        "others": [[ALICE, 1]],
        "shape": {"Path": [{"x": 1, "y": 2}]},
        "proxy": "None",
        "tags": {"1": "0xff"},
    }
    assert codec(Owner).encode(to_json(value)) == codec(Owner).encode(value)
    assert to_json([AccountId32(ALICE), (b"", Some(None)), Ok(1)]) == [
        ALICE,
        ["0x", {"Some": None}],
        {"Ok": 1},
    ]
