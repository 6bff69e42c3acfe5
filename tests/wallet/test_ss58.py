"""SS58 addresses: known ones, round trips under every prefix, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.wallet import ss58
from taokit.wallet.errors import InvalidAddress, InvalidKey

ALICE_KEY = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"

keys = st.binary(min_size=32, max_size=32)
prefixes = st.integers(0, 16383).filter(lambda n: n not in (46, 47))


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        (42, ALICE),
        (0, "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"),
        (2, "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"),
    ],
)
def test_alice_has_her_published_address_on_each_network(prefix, address):
    assert ss58.encode(ALICE_KEY, prefix) == address
    assert ss58.decode_with_prefix(address) == (prefix, ALICE_KEY)


def test_the_zero_key_keeps_its_leading_ones():
    address = ss58.encode(bytes(32), 0)
    assert address.startswith("1111111111111111111111111111111")
    assert ss58.decode(address, 0) == bytes(32)


@given(keys, prefixes)
def test_every_key_under_every_prefix_comes_back(key, prefix):
    assert ss58.decode_with_prefix(ss58.encode(key, prefix)) == (prefix, key)


@given(keys, prefixes, st.integers(0, 60), st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZ"))
def test_one_changed_character_never_passes_for_the_same_key(key, prefix, place, character):
    address = ss58.encode(key, prefix)
    place %= len(address)
    changed = address[:place] + character + address[place + 1 :]
    if changed != address:
        try:
            assert ss58.decode_with_prefix(changed) != (prefix, key)
        except InvalidAddress:
            pass


@pytest.mark.parametrize(
    "text",
    ["", "5", ALICE[:-1], ALICE + "1", ALICE[:-1] + "Z", "0" + ALICE[1:], "é" * 48, "1" * 500],
)
def test_what_is_no_address_is_refused(text):
    assert not ss58.is_address(text)
    with pytest.raises(InvalidAddress):
        ss58.decode(text)


def test_another_networks_address_is_refused_and_the_hint_gives_ours():
    with pytest.raises(InvalidAddress) as caught:
        ss58.decode("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5", 42)
    assert ALICE in (caught.value.hint or "")


@pytest.mark.parametrize("prefix", [46, 47, -1, 16384])
def test_reserved_and_impossible_prefixes_are_refused(prefix):
    with pytest.raises(InvalidKey):
        ss58.encode(ALICE_KEY, prefix)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_only_32_byte_keys_have_addresses(length):
    with pytest.raises(InvalidKey):
        ss58.encode(bytes(length))


def test_a_phrase_in_the_wrong_field_is_not_repeated_by_the_error():
    phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
    with pytest.raises(InvalidAddress) as caught:
        ss58.decode(phrase)
    assert "bottom" not in f"{caught.value!r} {caught.value.data} {caught.value.hint}"
