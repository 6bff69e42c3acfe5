"""Secret URIs against addresses that subkey and other wallets give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.wallet import schemes
from taokit.wallet.derivation import Junction, SecretUri, parse_path
from taokit.wallet.devkeys import DEV_NAMES, dev_key, dev_keys
from taokit.wallet.errors import InvalidSecretUri, WalletError
from taokit.wallet.keypair import Keypair
from taokit.wallet.mnemonic import DEV_PHRASE

SR25519 = {
    "Alice": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
    "Bob": "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
    "Charlie": "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y",
    "Dave": "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy",
    "Eve": "5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw",
    "Ferdie": "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL",
}
ED25519 = {
    "Alice": "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu",
    "Bob": "5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E",
    "Charlie": "5DbKjhNLpqX3zqZdNBc9BGb4fHU1cRBaDhJUskrvkwfraDi6",
    "Dave": "5ECTwv6cZ5nJQPk6tWfaTrEk8YH2L7X1VT4EL5Tx2ikfFwb7",
    "Eve": "5Ck2miBfCe1JQ4cY3NDsXyBaD6EcsgiVmEFTWwqNSs25XDEq",
    "Ferdie": "5E2BmpVFzYGd386XRCZ76cDePMB3sfbZp5ZKGUsrG1m6gomN",
}
DEV_SEED = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"


@pytest.mark.parametrize("name", SR25519)
def test_development_accounts_have_their_published_addresses(name):
    assert Keypair.from_uri(f"//{name}").ss58_address == SR25519[name]
    assert Keypair.from_uri(f"//{name}", crypto_type=0).ss58_address == ED25519[name]
    assert dev_key(name.lower()).ss58_address == SR25519[name]


def test_development_accounts_are_complete_and_unknown_ones_are_refused():
    assert list(dev_keys()) == list(DEV_NAMES)
    assert dev_keys(crypto_type=0)["Bob"].ss58_address == ED25519["Bob"]
    with pytest.raises(WalletError):
        dev_key("mallory")


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("", "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"),
        (DEV_PHRASE, "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"),
        (DEV_SEED, "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"),
        (DEV_SEED + "//Alice", SR25519["Alice"]),
        (DEV_PHRASE + "//x", "5HKLvipdG48BJKkNkf1oCv6BvVTcryWSW21DYcXj8XbAWcJg"),
        (DEV_PHRASE + "///x", "5EKr8dpmjQkETNSkoCnohZdcXqoEayDGWtEskPJXiuQw7ibG"),
        (DEV_PHRASE + "//hard/soft///pw", "5DWnnftpTTCagJ73tGKztufauyx6ejCjKgP3vM4RcRx8En36"),
        (
            "caution juice atom organ advance problem want pledge someone senior holiday very",
            "5Gv8YYFu8H1btvmrJy9FjjAWfb99wrhV3uhPFoNEr918utyR",
        ),
    ],
)
def test_secret_uris_give_the_addresses_that_other_tools_give(uri, address):
    assert Keypair.from_uri(uri).ss58_address == address


@pytest.mark.parametrize(
    ("code", "chain_code"),
    [
        ("0", bytes(32)),
        ("258", b"\x02\x01" + bytes(30)),
        ("+7", b"\x07" + bytes(31)),
        ("007", b"\x07" + bytes(31)),
        (str(2**64 - 1), b"\xff" * 8 + bytes(24)),
        ("Alice", b"\x14Alice" + bytes(26)),
        (str(2**64), b"\x5018446744073709551616" + bytes(11)),
        ("1_0", b"\x0c1_0" + bytes(28)),
        ("٣", b"\x08" + "٣".encode() + bytes(29)),
        ("a" * 31, b"\x7c" + b"a" * 31),
    ],
)
def test_junctions_become_chain_codes_as_substrate_encodes_them(code, chain_code):
    assert Junction.from_text(code, hard=True).chain_code == chain_code


def test_junctions_too_long_for_a_chain_code_are_hashed():
    from hashlib import blake2b

    text = "a" * 70
    encoded = (70 << 2 | 1).to_bytes(2, "little") + text.encode()
    hashed = blake2b(encoded, digest_size=32).digest()
    assert Junction.from_text(text, hard=False).chain_code == hashed


def test_soft_children_follow_from_the_public_key_alone():
    parent = Keypair.from_uri("//Alice")
    (junction,) = parse_path("/7")
    public = schemes.derive_soft_public(parent.public_key, junction.chain_code)
    assert public == Keypair.from_uri("//Alice/7").public_key


def test_soft_keys_sign_although_their_nonce_is_drawn_anew():
    one, two = Keypair.from_uri("//Alice/7"), Keypair.from_uri("//Alice/7")
    assert one == two
    assert two.verify(b"payload", one.sign(b"payload"))


def test_ed25519_has_no_soft_derivation():
    with pytest.raises(InvalidSecretUri):
        Keypair.from_uri("//Alice/soft", crypto_type=0)


@pytest.mark.parametrize(
    "uri",
    ["0x12", DEV_SEED + "00", DEV_SEED + "///pw", "//", "//a//", "a/"],
)
def test_uris_that_cannot_be_read_are_refused_without_being_quoted(uri):
    with pytest.raises(InvalidSecretUri) as caught:
        SecretUri.parse(uri)
    assert uri not in caught.value.message


def test_a_password_may_hold_slashes():
    assert SecretUri.parse("//a////b/c//").password == "/b/c//"


@given(st.lists(st.tuples(st.booleans(), st.text("abcXYZ019 -_é", min_size=1)), max_size=5))
def test_paths_are_read_junction_by_junction(steps):
    path = "".join(("//" if hard else "/") + code for hard, code in steps)
    expected = tuple(Junction.from_text(code, hard=hard) for hard, code in steps)
    assert parse_path(path) == expected
    assert SecretUri.parse(DEV_PHRASE + path + "///p").junctions == expected


def test_a_parsed_uri_shows_no_secret():
    shown = repr(SecretUri.parse(DEV_PHRASE + "//very/secret///password"))
    assert not any(word in shown for word in ("bottom", "very", "secret", "password='"))
