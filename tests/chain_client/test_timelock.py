"""Timelocks: what is sealed for a round opens with that round's signature, and with nothing else.

The sealed text below was made by bittensor_drand 2.0, for round 1000 of quicknet; key, round and
signature are quicknet's own.
"""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.chain_client import timelock
from taokit.chain_client.hash_to_g1 import COFACTOR, mapped_points

ROUND = 1_000
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
    "e342b73a8dd2bacbe47e4b6b63ed5e39"
)
RANDOMNESS = "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"
SEALED = bytes.fromhex(
    "a2998fd934df3afeaf9fa761fb7e32ecdf5fe70fdc4f75633a5e08bca9b5bec02d75d85391c987bdb94ff406f960"
    "9c0309e8e1f75bc11bed322ea23e7b35b3a3d5666e2bb75bf4fb2cb51649e42d0c0cc8c29969e7c54e14f1ddaad8"
    "c15175c32000000000000000a47532d7d73312423cb4a0faf901b2cc19ce84792d5c7017bb42ac2c5cc377b32000"
    "000000000000dc120c75cbd948e38966a46d3a8775503a4e1420b35645aa4e5e29d3bf4e6e463700000000000000"
    "1b000000000000002437c460b7d68ade98e08f63e4664999780741819da607c2c76b750c00000000000000c802f6"
    "61b1f136ca60e1edeb08000000000000004145535f47434d5f"
)
SECRET = 0x1234_5678_9ABC_DEF0


def test_the_public_networks_round_verifies_under_its_key() -> None:
    assert timelock.verify_round(timelock.QUICKNET_KEY, ROUND, SIGNATURE)
    assert hashlib.sha256(SIGNATURE).hexdigest() == RANDOMNESS
    assert not timelock.verify_round(timelock.QUICKNET_KEY, ROUND + 1, SIGNATURE)


def test_the_hash_to_the_curve_is_the_librarys() -> None:
    from py_arkworks_bls12381 import G1Point, Scalar

    if not hasattr(G1Point, "hash_to_curve"):
        pytest.skip("this release of the library has none; the public network's round tells")
    cofactor = Scalar.from_le_bytes(COFACTOR.to_bytes(32, "little"))
    for message in (b"", b"abc", bytes(range(200))):
        first, second = map(
            G1Point.from_compressed_bytes_unchecked, mapped_points(message, b"DOMAIN")
        )
        assert (first + second) * cofactor == G1Point.hash_to_curve(message, b"DOMAIN")


def test_a_text_that_the_peer_sealed_opens() -> None:
    assert timelock.open_sealed(SEALED, SIGNATURE) == b"hello world"


def test_bytes_after_the_sealed_text_are_passed_over() -> None:
    after = SEALED + ROUND.to_bytes(8, "little")
    assert timelock.open_sealed(after, SIGNATURE) == b"hello world"


def test_a_beacon_signs_rounds_that_verify_under_its_key_only() -> None:
    key, signature = timelock.beacon_key(SECRET), timelock.sign_round(SECRET, 7)
    assert timelock.verify_round(key, 7, signature)
    assert not timelock.verify_round(key, 8, signature)
    assert not timelock.verify_round(timelock.QUICKNET_KEY, 7, signature)


@settings(max_examples=5, deadline=None)
@given(st.binary(max_size=500), st.integers(0, 2**64 - 1))
def test_what_is_sealed_opens_with_the_rounds_signature(plain: bytes, number: int) -> None:
    sealed = timelock.seal(plain, number, timelock.beacon_key(SECRET))
    assert timelock.open_sealed(sealed, timelock.sign_round(SECRET, number)) == plain


def test_another_rounds_signature_does_not_open() -> None:
    sealed = timelock.seal(b"text", 5, timelock.beacon_key(SECRET))
    assert timelock.open_sealed(sealed, timelock.sign_round(SECRET, 6)) is None
    assert timelock.open_sealed(sealed, timelock.sign_round(SECRET + 1, 5)) is None


@pytest.mark.parametrize("position", [10, 100, 140, 180, 200, 215, 240])
def test_a_changed_text_does_not_open(position: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= 1
    assert timelock.open_sealed(bytes(changed), SIGNATURE) is None


@pytest.mark.parametrize("length", [0, 1, 95, 96, 100, 136, 180, 254])
def test_a_cut_text_does_not_open(length: int) -> None:
    assert timelock.open_sealed(SEALED[:length], SIGNATURE) is None


def test_a_part_that_claims_to_be_enormous_does_not_open() -> None:
    assert timelock.open_sealed(SEALED[:96] + b"\xff" * 8 + SEALED[104:], SIGNATURE) is None


def test_bytes_that_are_no_points_are_refused() -> None:
    for key, signature in [
        (timelock.QUICKNET_KEY, bytes(48)),
        (timelock.QUICKNET_KEY, SIGNATURE[:47]),
        (bytes([1] * 96), SIGNATURE),
    ]:
        with pytest.raises(ValueError):
            timelock.verify_round(key, ROUND, signature)
    with pytest.raises(ValueError):
        timelock.seal(b"", 1, b"")


def test_rounds_follow_the_public_networks_time() -> None:
    genesis = 1_692_803_367_000
    assert timelock.round_at(genesis - 1) == 0
    assert timelock.round_at(genesis) == 1
    assert timelock.round_at(genesis + 2_999) == 1
    assert timelock.round_at(genesis + 3_000) == 2
    assert timelock.round_at(genesis + 999 * 3_000) == ROUND
