"""Storage keys: the hash functions of the storage trie, and the hashers of storage maps.

Owns everything about raw keys that does not need types: hashing, the prefix of a storage item,
and what each hasher leaves of a key. Sources: sp-crypto-hashing, and ``StorageHasher`` of
frame-support.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from xxhash import xxh64_intdigest

__all__ = [
    "HASHERS",
    "Blake2_128",
    "Blake2_128Concat",
    "Blake2_256",
    "Identity",
    "StorageHasher",
    "Twox64Concat",
    "Twox128",
    "Twox256",
    "blake2_128",
    "blake2_256",
    "storage_prefix",
    "twox_64",
    "twox_128",
    "twox_256",
]


def twox_64(data: bytes) -> bytes:
    """xxHash64 with seed 0, little-endian: 8 bytes."""
    return xxh64_intdigest(data, 0).to_bytes(8, "little")


def twox_128(data: bytes) -> bytes:
    """xxHash64 with the seeds 0 and 1: 16 bytes.

    >>> twox_128(b"System").hex()
    '26aa394eea5630e07c48ae0c9558cef7'
    """
    high = xxh64_intdigest(data, 1)
    return (xxh64_intdigest(data, 0) | high << 64).to_bytes(16, "little")


def twox_256(data: bytes) -> bytes:
    """xxHash64 with the seeds 0 to 3: 32 bytes."""
    return b"".join(xxh64_intdigest(data, seed).to_bytes(8, "little") for seed in range(4))


def blake2_128(data: bytes) -> bytes:
    """BLAKE2b with a digest of 16 bytes."""
    return blake2b(data, digest_size=16).digest()


def blake2_256(data: bytes) -> bytes:
    """BLAKE2b with a digest of 32 bytes."""
    return blake2b(data, digest_size=32).digest()


@dataclass(frozen=True)
class StorageHasher:
    """How a storage map turns one encoded key into its part of the raw key.

    That part is ``digest_length`` bytes of hash and, where the hasher is ``reversible``, the
    encoded key itself after it, so that a raw key can be split again.
    """

    name: str
    digest_length: int
    reversible: bool
    digest: Callable[[bytes], bytes]

    def hash(self, encoded: bytes) -> bytes:
        """The part of the raw key for an encoded key."""
        return self.digest(encoded) + encoded if self.reversible else self.digest(encoded)

    def __repr__(self) -> str:
        return self.name


def _nothing(data: bytes) -> bytes:
    return b""


Identity = StorageHasher("Identity", 0, True, _nothing)
Twox64Concat = StorageHasher("Twox64Concat", 8, True, twox_64)
Blake2_128Concat = StorageHasher("Blake2_128Concat", 16, True, blake2_128)
Twox128 = StorageHasher("Twox128", 16, False, twox_128)
Twox256 = StorageHasher("Twox256", 32, False, twox_256)
Blake2_128 = StorageHasher("Blake2_128", 16, False, blake2_128)
Blake2_256 = StorageHasher("Blake2_256", 32, False, blake2_256)

#: Every hasher by the name that metadata gives it.
HASHERS = {
    hasher.name: hasher
    for hasher in (
        Blake2_128,
        Blake2_256,
        Blake2_128Concat,
        Twox128,
        Twox256,
        Twox64Concat,
        Identity,
    )
}


@lru_cache(maxsize=4096)
def storage_prefix(pallet: str, item: str) -> bytes:
    """The 32 bytes that every key of a storage item starts with.

    >>> storage_prefix("System", "Account").hex()
    '26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9'
    """
    return twox_128(pallet.encode()) + twox_128(item.encode())
