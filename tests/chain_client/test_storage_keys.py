"""Storage keys agree with those of real chains."""

from __future__ import annotations

import hashlib

import pytest

from taokit.chain_client import storage_keys as keys

ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")


@pytest.mark.parametrize(
    ("pallet", "item", "prefix"),
    [
        (
            "System",
            "Account",
            "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9",
        ),
        (
            "System",
            "Events",
            "26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7",
        ),
        ("Timestamp", "Now", "f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb"),
        ("Sudo", "Key", "5c0d1176a568c1f92944340dbfed9e9c530ebca703c85910e7164cb7d1c9e47b"),
    ],
)
def test_prefixes_are_those_of_real_chains(pallet: str, item: str, prefix: str) -> None:
    assert keys.storage_prefix(pallet, item).hex() == prefix


def test_an_account_key_is_the_one_polkadot_js_shows() -> None:
    assert keys.Blake2_128Concat.hash(ALICE).hex() == (
        "de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6"
        "822c8558854ccde39a5684e7a56da27d"
    )


@pytest.mark.parametrize("hasher", keys.HASHERS.values(), ids=lambda hasher: hasher.name)
def test_a_hashed_key_has_the_announced_length(hasher: keys.StorageHasher) -> None:
    hashed = hasher.hash(ALICE)
    assert len(hashed) == hasher.digest_length + (32 if hasher.reversible else 0)
    assert hashed.endswith(ALICE) == hasher.reversible


def test_wide_hashes_extend_narrow_ones() -> None:
    assert keys.twox_256(b"x")[:16] == keys.twox_128(b"x")
    assert keys.twox_128(b"x")[:8] == keys.twox_64(b"x")
    assert keys.blake2_256(b"x") == hashlib.blake2b(b"x", digest_size=32).digest()
    assert keys.blake2_128(b"x") != keys.blake2_256(b"x")[:16]


def test_xxhash_vectors() -> None:
    # xxh64("", seed 0) is a published vector.
    assert keys.twox_64(b"")[::-1].hex() == "ef46db3751d8e999"
