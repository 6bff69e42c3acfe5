"""Declared types become a registry, and a declared runtime becomes metadata that others read."""

from __future__ import annotations

from typing import Any

import pytest

from taokit.chain_client.errors import MetadataError
from taokit.chain_client.metadata import (
    ApiSpec,
    ConstantSpec,
    ExtensionSpec,
    ExtrinsicSpec,
    Metadata,
    MethodSpec,
    PalletSpec,
    RegistryBuilder,
    StorageSpec,
    TypeRegistry,
    build_metadata,
)
from taokit.chain_client.metadata.portable import Primitive, TypeDef
from taokit.chain_client.scale import (
    H256,
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
    Codec,
    Compact,
    Enum,
    Era,
    FixedBytes,
    NewType,
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
    to_json,
    u8,
    u16,
    u32,
    u64,
    u128,
)
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat

NetUid = NewType("NetUid", u16, path="subtensor_runtime_common::NetUid", doc="A subnet's number.")
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


class AccountData(
    Struct,
    path="pallet_balances::types::AccountData",
    params={"Balance": u64},
    types={"free": "Balance", "flags": "ExtraFlags"},
):
    """All balance information.

    For one account.
    """

    free: u64
    flags: u128


class Kind(UnitEnum, path="test::Kind"):
    Small = 0
    Large = 4


class MultiAddress(Enum, path="sp_runtime::multiaddress::MultiAddress"):
    class Id(Variant, index=0, unnamed=True):
        value: AccountId

    class Index(Variant, index=1, unnamed=True):
        value: Compact[Unit]


class Call(Enum, path="pallet_test::pallet::Call", params={"T": None}):
    class transfer(Variant, index=0, types={"value": "T::Balance"}):
        """Move money."""

        dest: MultiAddress
        value: Compact[u64]

    class batch(Variant, index=3):
        calls: Vec[RuntimeCall]

    class sudo(Variant, index=5):
        call: Box[RuntimeCall]

    class stop(Variant, index=9):
        pass


class Event(Enum, path="pallet_test::pallet::Event"):
    class Moved(Variant, index=0):
        from_: AccountId
        amount: u64


class Error(UnitEnum, path="pallet_test::pallet::Error"):
    TooPoor = 0
    TooRich = 1


RuntimeCall = OuterEnum(
    "RuntimeCall", lambda: [("Test", 7, codec(Call))], path="runtime::RuntimeCall"
)
RuntimeEvent = OuterEnum(
    "RuntimeEvent", lambda: [("Test", 7, codec(Event))], path="runtime::RuntimeEvent"
)
RuntimeError_ = OuterEnum(
    "RuntimeError", lambda: [("Test", 7, codec(Error))], path="runtime::RuntimeError"
)


def registered(*declared: Any) -> tuple[TypeRegistry, list[int]]:
    builder = RegistryBuilder()
    ids = [builder.register(each) for each in declared]
    entries = builder.types
    assert [entry.id for entry in entries] == list(range(len(entries)))
    return TypeRegistry({entry.id: entry.type for entry in entries}), ids


def test_ids_follow_the_order_of_first_mention() -> None:
    types, ids = registered(AccountData, u64, Kind)
    assert ids == [0, 1, 3]
    assert [types.name(i) for i in types] == ["AccountData<u64>", "u64", "u128", "Kind"]


def test_a_struct_is_described_whole() -> None:
    types, (found,) = registered(AccountData)
    described = types[found]
    assert described.path == ["pallet_balances", "types", "AccountData"]
    assert [(p.name, types.name(p.type)) for p in described.params] == [("Balance", "u64")]
    assert described.docs == [" All balance information.", "", " For one account."]
    assert isinstance(described.definition, TypeDef.Composite)
    assert [(f.name, types.name(f.type), f.type_name) for f in described.definition.fields] == [
        ("free", "u64", "Balance"),
        ("flags", "u128", "ExtraFlags"),
    ]


def test_an_enum_is_described_whole() -> None:
    types, (found,) = registered(Call)
    described = types[found]
    assert isinstance(described.definition, TypeDef.Variants)
    assert [(v.name, v.index, v.docs) for v in described.definition.variants] == [
        ("transfer", 0, [" Move money."]),
        ("batch", 3, []),
        ("sudo", 5, []),
        ("stop", 9, []),
    ]
    assert [p.type for p in described.params] == [None]
    transfer, _, sudo, _ = described.definition.variants
    assert [(f.name, f.type_name) for f in transfer.fields] == [
        ("dest", "MultiAddress"),
        ("value", "T::Balance"),
    ]
    assert sudo.fields[0].type_name == "Box<RuntimeCall>"
    assert types.path(sudo.fields[0].type) == "runtime::RuntimeCall"


def test_types_are_listed_once() -> None:
    types, ids = registered(Vec[u16], Tuple[u16, u16], Vec[u16], Option[u16], u16, Bytes, Vec[u8])
    assert ids[0] == ids[2]
    assert ids[5] == ids[6]
    assert sum(types.name(i) == "u16" for i in types) == 1


def test_bounds_are_not_part_of_the_inner_type() -> None:
    types, ids = registered(BoundedVec[u16, 3], BoundedVec[u16, 4], BoundedBytesVec[5], Vec[u16])
    assert len(set(ids)) == 4
    first = types[ids[0]].definition
    assert isinstance(first, TypeDef.Composite)
    assert first.fields[0].type == ids[3]
    assert first.fields[0].type_name == "Vec<T>"
    assert types.path(ids[0]) == "bounded_collections::bounded_vec::BoundedVec"


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        (NetUid, "NetUid"),
        (AccountId, "AccountId32"),
        (H256, "H256"),
        (Option[u8], "Option<u8>"),
        (Result[Unit, Kind], "Result<(), Kind>"),
        (BTreeMap[u16, Text], "BTreeMap<u16, str>"),
        (BTreeSet[NetUid], "BTreeSet<NetUid>"),
        (Array[u64, 4], "[u64; 4]"),
        (FixedBytes[48], "[u8; 48]"),
        (Compact[NetUid], "Compact<NetUid>"),
        (Vec[Tuple[AccountId, Bool]], "Vec<(AccountId32, bool)>"),
        (Kind, "Kind"),
        (Unit, "()"),
        (Era, "Era"),
        (Bytes, "Vec<u8>"),
        (BitSequence(16, most_first=True), "BitSequence"),
    ],
)
def test_a_registered_type_is_read_back_as_the_same_type(declared: Any, name: str) -> None:
    types, (found,) = registered(declared)
    assert types.name(found) == name
    default = [True, False] if name == "BitSequence" else codec(declared).default()
    raw = codec(declared).encode(default)
    assert types.codec(found).encode(to_json(default)) == raw
    assert types.codec(found).encode(types.codec(found).decode(raw)) == raw


def test_declared_and_dynamic_values_of_one_type_have_the_same_bytes() -> None:
    types, (found,) = registered(Call)
    value = Call.batch(
        [("Test", Call.sudo(("Test", Call.transfer(MultiAddress.Id(bytes(32)), 5))))]
    )
    raw = codec(Call).encode(value)
    dynamic = types.codec(found).decode(raw)
    assert dynamic == {
        "batch": {
            "calls": [
                {
                    "Test": {
                        "sudo": {
                            "call": {
                                "Test": {
                                    "transfer": {"dest": {"Id": AccountId32(bytes(32))}, "value": 5}
                                }
                            }
                        }
                    }
                }
            ]
        }
    }
    assert types.codec(found).encode(dynamic) == raw
    assert codec(Call).encode(dynamic) == raw


def test_a_hand_written_codec_describes_itself() -> None:
    class Odd(Codec[int]):
        name = "Odd"

        def read(self, data: bytes, offset: int) -> tuple[int, int]:
            return data[offset], offset + 1

        def write(self, value: int, out: bytearray) -> None:
            out.append(value)

        def describe(self, builder: RegistryBuilder) -> Any:
            return codec(Kind).describe(builder)

    types, (found,) = registered(Vec[Odd()])
    assert types.name(found) == "Vec<Kind>"


def small_runtime() -> Metadata:
    return build_metadata(
        pallets=[
            PalletSpec(
                "Test",
                7,
                storage=[
                    StorageSpec("Total", u64, docs=[" All of it."]),
                    StorageSpec("Account", AccountData, (Blake2_128Concat,), (AccountId,)),
                    StorageSpec(
                        "Stake",
                        Kind,
                        (Twox64Concat, Identity),
                        (AccountId, NetUid),
                        optional=True,
                    ),
                    StorageSpec("Tempo", u16, (Identity,), (NetUid,), default=b"\x68\x01"),
                ],
                calls=Call,
                events=Event,
                errors=Error,
                constants=[ConstantSpec("ExistentialDeposit", u64, 500, [" The least."])],
                docs=[" A pallet."],
            ),
            PalletSpec("Empty", 9),
        ],
        extrinsic=ExtrinsicSpec(
            address=MultiAddress,
            call=RuntimeCall,
            signature=FixedBytes[64],
            extensions=[
                ExtensionSpec("CheckNonce", Compact[u32], Unit),
                ExtensionSpec("CheckGenesis", Unit, H256),
            ],
        ),
        event=RuntimeEvent,
        error=RuntimeError_,
        apis=[ApiSpec("TestApi", [MethodSpec("get", [("who", AccountId)], Option[u64])])],
    )


@pytest.mark.parametrize("version", [14, 15, 16])
def test_a_declared_runtime_can_be_read_back(version: int) -> None:
    raw = small_runtime().encode(version)
    found = Metadata.decode(raw)
    assert found.encode() == raw
    pallet = found.pallets["Test"]
    assert pallet.index == 7
    assert list(pallet.storage) == ["Total", "Account", "Stake", "Tempo"]
    assert pallet.storage["Total"].decode(None) == 0
    assert pallet.storage["Total"].docs == [" All of it."]
    assert pallet.storage["Account"].decode(None) == {"free": 0, "flags": 0}
    assert pallet.storage["Stake"].decode(None) is None
    assert pallet.storage["Stake"].decode(b"\4") == "Large"
    assert pallet.storage["Tempo"].decode(None) == 360
    key = pallet.storage["Stake"].key(ALICE, 5)
    assert pallet.storage["Stake"].decode_key(key) == (AccountId32(ALICE), 5)
    assert pallet.constants["ExistentialDeposit"].decode() == 500
    assert pallet.errors[1].name == "TooRich"
    assert pallet.events["Moved"].fields[0].name == "from"
    assert found.pallets["Empty"].calls == {}
    call = {"Test": {"transfer": {"dest": ALICE, "value": 1}}}
    assert found.call_codec.encode(call) == codec(RuntimeCall).encode(
        ("Test", Call.transfer(MultiAddress.Id(AccountId32(ALICE)), 1))
    )
    if version > 14:
        method = found.apis["TestApi"].methods["get"]
        assert found.types.name(method.output) == "Option<u64>"


@pytest.mark.parametrize("version", [14, 15])
def test_cyscale_reads_a_declared_runtime(version: int) -> None:
    base = pytest.importorskip("scalecodec.base")
    presets = pytest.importorskip("scalecodec.type_registry")
    reader = base.RuntimeConfigurationObject(ss58_format=42, implements_scale_info=True)
    reader.update_type_registry(presets.load_type_registry_preset("core"))
    data = base.ScaleBytes(small_runtime().encode(version))
    found = reader.create_scale_object("MetadataVersioned", data=data)
    found.decode()
    reader.add_portable_registry(found)
    assert [pallet.value["name"] for pallet in found.pallets] == ["Test", "Empty"]
    call = reader.create_scale_object("Call", metadata=found)
    raw = call.encode(
        {
            "call_module": "Test",
            "call_function": "transfer",
            "call_args": {"dest": ALICE, "value": 1},
        }
    )
    assert bytes(raw.data) == codec(RuntimeCall).encode(
        ("Test", Call.transfer(MultiAddress.Id(AccountId32(ALICE)), 1))
    )


def test_hashers_and_keys_go_in_pairs() -> None:
    with pytest.raises(MetadataError, match="hashers"):
        build_metadata(
            pallets=[PalletSpec("P", 1, storage=[StorageSpec("S", u8, (Identity,), ())])],
            extrinsic=ExtrinsicSpec(address=u8, call=u8, signature=u8),
            event=u8,
            error=u8,
        )


def test_primitives() -> None:
    types, ids = registered(u8, Bool, Text)
    assert [types[i].definition for i in ids] == [
        TypeDef.Primitive(Primitive.U8),
        TypeDef.Primitive(Primitive.Bool),
        TypeDef.Primitive(Primitive.Str),
    ]
