"""Metadata V14, V15 and V16 are read and written without loss, and can be asked."""

from __future__ import annotations

import functools
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.chain_client.errors import (
    ClientError,
    DecodeError,
    EncodeError,
    MetadataError,
    UnknownName,
)
from taokit.chain_client.metadata import Metadata
from taokit.chain_client.scale import AccountId32

DATA = Path(__file__).parents[1] / "data" / "finney-424"
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
ALICE_BYTES = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")


@functools.cache
def raw(version: int) -> bytes:
    path = DATA / f"metadata-v{version}.scale"
    return path.read_bytes() if path.exists() else lzma.decompress(Path(f"{path}.xz").read_bytes())


@functools.cache
def metadata(version: int = 16) -> Metadata:
    return Metadata.decode(raw(version))


@functools.cache
def cached() -> Metadata:
    return Metadata.from_cache(metadata().to_cache())


@pytest.mark.parametrize("version", [14, 15, 16])
def test_the_real_bytes_are_reproduced(version: int) -> None:
    assert metadata(version).version == version
    assert metadata(version).encode() == raw(version)


@pytest.mark.parametrize(("of", "to"), [(16, 15), (16, 14), (15, 14)])
def test_older_versions_come_out_as_the_node_writes_them(of: int, to: int) -> None:
    assert metadata(of).encode(to) == raw(to)


@pytest.mark.parametrize(("of", "to"), [(14, 15), (14, 16), (15, 16)])
def test_newer_versions_keep_what_the_older_one_knew(of: int, to: int) -> None:
    upgraded = Metadata.decode(metadata(of).encode(to))
    assert upgraded.version == to
    assert upgraded.encode(of) == raw(of)


@pytest.mark.parametrize("version", [14, 15])
def test_cyscale_reads_what_we_write(version: int) -> None:
    base = pytest.importorskip("scalecodec.base")
    presets = pytest.importorskip("scalecodec.type_registry")
    reader = base.RuntimeConfigurationObject(ss58_format=42, implements_scale_info=True)
    reader.update_type_registry(presets.load_type_registry_preset("core"))
    data = base.ScaleBytes(metadata(16).encode(version))
    found = reader.create_scale_object("MetadataVersioned", data=data)
    found.decode()
    reader.add_portable_registry(found)
    theirs = {pallet.value["name"]: pallet for pallet in found.pallets}
    ours = metadata(16).pallets
    assert list(theirs) == list(ours)
    assert theirs["Balances"].get_identifier() == "Balances"
    for name, pallet in ours.items():
        if pallet.calls:
            assert [call.name for call in theirs[name].calls] == list(pallet.calls)
        items = [item.value["name"] for item in theirs[name].storage or []]
        assert [item for item in items if not item.startswith(":")] == list(pallet.storage)


@pytest.mark.parametrize("prefix", [b"", b"\xa6\x9b\x15\x00"], ids=["bare", "with a length"])
def test_a_length_before_the_magic_is_tolerated(prefix: bytes) -> None:
    assert Metadata.decode(prefix + raw(14)).encode() == raw(14)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        (b"", DecodeError, "magic"),
        (b"nonsense", DecodeError, "magic"),
        (b"meta", DecodeError, "magic"),
        (b"meta\x0d\x00", MetadataError, "V13"),
        (b"meta\x11\x00", MetadataError, "V17"),
        (b"meta\x0e\xfe\xff\xff\xff", DecodeError, "claims 1073741823"),
    ],
)
def test_what_is_no_metadata_is_refused(given: bytes, error: type, match: str) -> None:
    with pytest.raises(error, match=match):
        Metadata.decode(given)


def test_trailing_bytes_and_unknown_versions_are_refused() -> None:
    with pytest.raises(DecodeError, match="left after"):
        Metadata.decode(raw(14) + b"\0")
    with pytest.raises(MetadataError, match="V13"):
        metadata().encode(13)


@settings(max_examples=25, deadline=None)
@given(st.integers(5, 337_000), st.integers(0, 255), st.booleans())
def test_damage_is_noticed_or_harmless(at: int, byte: int, cut: bool) -> None:
    damaged = raw(16)[:at] if cut else raw(16)[:at] + bytes([byte]) + raw(16)[at + 1 :]
    try:
        Metadata.decode(damaged)
    except ClientError:
        return
    assert not cut


@pytest.mark.parametrize("source", [metadata, cached], ids=["decoded", "from the cache"])
class TestModel:
    def test_pallets(self, source: Any) -> None:
        pallets = source().pallets
        assert len(pallets) == 28
        balances = pallets["Balances"]
        assert (balances.name, balances.index) == ("Balances", 5)
        transfer = balances.calls["transfer_keep_alive"]
        assert transfer.index == 3
        assert balances.calls[3] is transfer
        assert [(f.name, f.type_name) for f in transfer.fields] == [
            ("dest", "AccountIdLookupOf<T>"),
            ("value", "T::Balance"),
        ]
        assert balances.events["Transfer"].index == 2
        assert balances.errors[2].name == "InsufficientBalance"
        assert balances.errors["InsufficientBalance"].index == 2
        assert balances.errors.get(200) is None
        assert 2 in balances.errors
        assert 200 not in balances.errors
        assert balances.constants["ExistentialDeposit"].decode() == 500

    def test_storage_values_and_defaults(self, source: Any) -> None:
        account = source().pallets["System"].storage["Account"]
        raw_value = bytes([7, 0, 0, 0] + [0] * 12 + [5] + [0] * 7) + bytes(32)
        value = account.decode(raw_value)
        assert value["nonce"] == 7
        assert value["data"]["free"] == 5
        assert account.encode(value) == raw_value
        assert account.decode(None)["data"]["flags"] == 1 << 127
        assert source().pallets["Sudo"].storage["Key"].decode(None) is None

    def test_storage_keys(self, source: Any) -> None:
        account = source().pallets["System"].storage["Account"]
        key = account.key(ALICE)
        assert key.hex() == (
            "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
            "de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6"
            "822c8558854ccde39a5684e7a56da27d"
        )
        assert account.key(ALICE_BYTES) == key
        assert account.decode_key(key) == (AccountId32(ALICE),)
        assert account.prefix == account.prefix_key() == key[:32]

    def test_storage_keys_of_several_parts(self, source: Any) -> None:
        alpha = source().pallets["SubtensorModule"].storage["Alpha"]
        assert [hasher.name for hasher in alpha.hashers] == [
            "Blake2_128Concat",
            "Blake2_128Concat",
            "Identity",
        ]
        key = alpha.key(ALICE, ALICE, 258)
        assert len(key) == 32 + 48 + 48 + 2
        assert key.endswith(ALICE_BYTES + b"\x02\x01")
        assert key.startswith(alpha.prefix_key(ALICE))
        assert alpha.decode_key(key) == (AccountId32(ALICE), AccountId32(ALICE), 258)
        with pytest.raises(EncodeError, match="3 keys"):
            alpha.key(ALICE)
        with pytest.raises(EncodeError, match="3 keys"):
            alpha.prefix_key(1, 2, 3, 4)
        for bad in (key[:-1], key + b"\0", b"\0" * len(key)):
            with pytest.raises(DecodeError):
                alpha.decode_key(bad)

    def test_apis(self, source: Any) -> None:
        api = source().apis["SubnetInfoRuntimeApi"]
        method = api.methods["get_subnet_info"]
        assert [(given.name, source().types.name(given.type)) for given in method.inputs] == [
            ("netuid", "u16")
        ]
        assert source().types.name(method.output).startswith("Option<SubnetInfo")

    def test_extrinsic(self, source: Any) -> None:
        extrinsic = source().extrinsic
        assert extrinsic.versions == [4, 5]
        assert source().types.name(extrinsic.address_type) == "MultiAddress<AccountId32, ()>"
        assert source().types.path(extrinsic.call_type).endswith("::RuntimeCall")
        names = [extension.identifier for extension in extrinsic.extensions]
        assert names[:4] == [
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
        ]
        assert extrinsic.by_version == {0: list(range(13))}

    def test_types(self, source: Any) -> None:
        types = source().types
        assert len(types) == 753
        assert types.find("frame_system::AccountInfo") == types.find("AccountInfo") == [3]
        assert types.path(3) == "frame_system::AccountInfo"
        assert types.name(3) == "AccountInfo<u32, AccountData<u64>>"
        assert types.codec(3) is types.codec(3)
        with pytest.raises(UnknownName) as caught:
            types.find("AccountInfos")
        assert "AccountInfo" in caught.value.near
        with pytest.raises(UnknownName):
            types.codec(10_000)

    def test_every_default_and_constant_is_a_value_of_its_type(self, source: Any) -> None:
        found = source()
        for pallet in found.pallets.values():
            for entry in pallet.storage.values():
                if entry.modifier == "Default":
                    assert entry.encode(entry.decode(None)) == entry.default, entry
            for constant in pallet.constants.values():
                codec = found.types.codec(constant.type)
                assert codec.encode(constant.decode()) == constant.value

    def test_the_whole_can_be_written_back(self, source: Any) -> None:
        assert source().encode(16) == raw(16)
        assert source().encode(14) == raw(14)


def test_v16_says_more() -> None:
    pallets = metadata().pallets.values()
    assert any(pallet.associated_types for pallet in pallets)
    assert any(pallet.view_functions for pallet in pallets)
    assert metadata().apis["Core"].version > 0
    assert metadata(15).apis["Core"].version == 0


@pytest.mark.parametrize("version", [14, 15])
def test_the_cache_keeps_the_version_that_was_read(version: int) -> None:
    again = Metadata.from_cache(metadata(version).to_cache())
    assert again.version == version
    assert again.encode() == raw(version)


def test_something_else_is_not_a_cache() -> None:
    for content in (b"", raw(16), b"taokit metadata 0" + raw(16)):
        with pytest.raises(MetadataError):
            Metadata.from_cache(content)


def test_one_hidden_key_is_none() -> None:
    # No item of this runtime hashes a key away, so one is made from a real entry.
    from taokit.chain_client.metadata import wire
    from taokit.chain_client.metadata.model import StorageEntry

    record = metadata().pallets["System"].storage["BlockHash"]
    hidden = wire.StorageEntryV16(
        "Hidden",
        wire.Modifier.Optional,
        wire.StorageType.Map([wire.Hasher.Twox128], record.key_types[0], record.value_type),
        b"\0",
        [],
        wire.ItemDeprecation.NotDeprecated(),
    )
    entry = StorageEntry("System", hidden, metadata().types, "System")
    assert entry.decode_key(entry.key(5)) == (None,)
