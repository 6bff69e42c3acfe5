"""Key pairs: signing, verifying, sources, and secrets that stay inside."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.wallet.errors import CannotSign, InvalidKey, WalletError
from taokit.wallet.keypair import Keypair
from taokit.wallet.mnemonic import DEV_PHRASE
from taokit.wallet.schemes import CryptoType

SEED = bytes.fromhex("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")
PRIVATE = (
    "0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0a"
    "fd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34"
)
ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"
ED_ADDRESS = "5DFJF7tY4bpbpcKPJcBTQaKuCDEPCpiz8TRjpmLeTtweqmXL"

both = pytest.mark.parametrize("crypto", list(CryptoType))


def test_one_account_comes_from_its_phrase_seed_and_private_key():
    keys = [
        Keypair.from_mnemonic(DEV_PHRASE),
        Keypair.from_seed(SEED),
        Keypair.from_seed("0x" + SEED.hex()),
        Keypair.from_private_key(PRIVATE),
    ]
    assert {key.ss58_address for key in keys} == {ADDRESS}
    assert len(set(keys)) == 1
    assert Keypair.from_private_key(SEED, crypto_type=0).ss58_address == ED_ADDRESS


@both
@given(payload=st.binary(max_size=300), other=st.binary(max_size=300))
def test_signatures_hold_for_their_payload_and_no_other(crypto, payload, other):
    keypair = Keypair.from_seed(SEED, crypto_type=crypto)
    signature = keypair.sign(payload)
    assert len(signature) == 64
    assert Keypair.from_address(keypair.ss58_address, crypto_type=crypto).verify(payload, signature)
    assert keypair.verify(payload, "0x" + signature.hex())
    assert keypair.verify(other, signature) == (other == payload)
    assert not Keypair.from_uri("//Bob", crypto_type=crypto).verify(payload, signature)


def test_an_ed25519_signature_is_the_one_of_the_standard():
    # RFC 8032, section 7.1, test 2.
    keypair = Keypair.from_seed(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", crypto_type=0
    )
    assert keypair.public_key.hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    assert keypair.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@both
@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\0" * 65, "0xzz", "short"])
def test_malformed_signatures_are_false_and_not_errors(crypto, signature):
    assert Keypair.from_seed(SEED, crypto_type=crypto).verify(b"payload", signature) is False


@both
def test_a_public_key_off_the_curve_verifies_nothing(crypto):
    signature = Keypair.from_seed(SEED, crypto_type=crypto).sign(b"payload")
    assert not Keypair.from_public_key(b"\xff" * 32, crypto_type=crypto).verify(
        b"payload", signature
    )


def test_messages_are_wrapped_so_that_they_cannot_be_transactions():
    keypair = Keypair.from_seed(SEED)
    signature = keypair.sign_message("héllo")
    wrapped = b"<Bytes>" + "héllo".encode() + b"</Bytes>"
    assert keypair.verify(wrapped, signature)
    assert not keypair.verify("héllo".encode(), signature)
    assert keypair.verify_message("héllo", signature)
    assert keypair.verify_message(wrapped, signature)
    assert keypair.verify_message("héllo", keypair.sign("héllo".encode()))
    assert not keypair.verify_message("hello", signature)
    assert keypair.verify(wrapped, keypair.sign_message(wrapped))


def test_public_halves_verify_and_say_that_they_cannot_sign():
    public = Keypair.from_seed(SEED).public()
    assert not public.can_sign
    for refused in (lambda: public.sign(b""), public.unsafe_secrets):
        with pytest.raises(CannotSign):
            refused()


def test_the_scheme_is_part_of_the_identity_and_the_address_prefix_is_not():
    keypair = Keypair.from_seed(SEED)
    assert keypair == keypair.public()
    assert keypair == Keypair.from_seed(SEED, ss58_prefix=0)
    assert keypair != Keypair.from_public_key(keypair.public_key, crypto_type=0)
    assert Keypair.from_seed(SEED, ss58_prefix=0).ss58_address.startswith("1")


def test_the_phrase_is_kept_only_where_it_alone_restores_the_key():
    def phrase(keypair: Keypair) -> str | None:
        return keypair.unsafe_secrets().phrase

    assert phrase(Keypair.from_mnemonic(DEV_PHRASE.upper())) == DEV_PHRASE
    assert phrase(Keypair.from_uri(DEV_PHRASE)) == DEV_PHRASE
    assert phrase(Keypair.from_mnemonic(DEV_PHRASE, "password")) is None
    assert phrase(Keypair.from_uri(DEV_PHRASE + "//x")) is None
    assert phrase(Keypair.from_uri(DEV_PHRASE + "///p")) is None
    assert Keypair.from_uri(DEV_PHRASE + "//x").unsafe_secrets().seed is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Keypair.from_seed(b"\1" * 31),
        lambda: Keypair.from_seed("0xnothex"),
        lambda: Keypair.from_private_key(b"\1" * 32),
        lambda: Keypair.from_private_key(b"\xff" * 64),
        lambda: Keypair.from_private_key(SEED + b"\0" * 32, crypto_type=0),
        lambda: Keypair.from_public_key(b"\1" * 33),
        lambda: Keypair.from_seed(SEED, crypto_type=2),
    ],
)
def test_key_material_of_the_wrong_shape_is_refused(wrong):
    with pytest.raises(InvalidKey):
        wrong()


@pytest.mark.parametrize(
    "keypair",
    [Keypair.from_mnemonic(DEV_PHRASE), Keypair.from_mnemonic(DEV_PHRASE, crypto_type=0)],
)
def test_secrets_are_in_no_text_and_no_pickle(keypair):
    secrets = keypair.unsafe_secrets()
    shown = f"{keypair!r} {keypair} {secrets!r} {secrets} {keypair.__reduce_ex__.__name__}"
    for secret in ("bottom", SEED.hex(), secrets.private_key.hex()[:16], repr(SEED)[2:20]):
        assert secret not in shown
    for thing in (keypair, secrets):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
    assert not hasattr(keypair, "__dict__")
    assert copy.deepcopy(keypair) is keypair
    assert pickle.loads(pickle.dumps(keypair.public())) == keypair


def test_no_error_or_its_cause_quotes_what_it_was_given():
    secret = "5e" * 20 + "not hex"
    for make in (Keypair.from_seed, Keypair.from_private_key, Keypair.from_uri):
        with pytest.raises(WalletError) as caught:
            make(secret)
        told = "".join(traceback.format_exception_only(caught.type, caught.value))
        assert "5e5e" not in told
        assert caught.value.__cause__ is None


def test_errors_survive_the_way_between_processes():
    with pytest.raises(CannotSign) as caught:
        Keypair.from_address(ADDRESS).sign(b"")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is CannotSign
    assert (again.message, again.hint) == (caught.value.message, caught.value.hint)
