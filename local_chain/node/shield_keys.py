"""The secret halves of the keys that the node announces for shielded extrinsics.

Owns making, announcing and forgetting of keys, and decryption. Which key clients use when is the
runtime's (`MevShield`).

One node authors every block here, so it holds the keys of all authors. A key serves for the blocks
of `PERIOD_MS` of chain time: where slots last 12 s every block announces a new one, as on the main
network, and where they last 250 ms a client has the seconds that it needs. Keys derive from the
time alone, so that the same blocks stay the same blocks: this chain keeps no secrets.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import twox_128
from taokit.local_chain.shielded import ShieldedParts, opened

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

__all__ = ["ShieldKeys"]

PERIOD_MS = 12_000
KEPT = 16
"""Keys that still decrypt: 192 s of chain time without gaps. A key is one to four blocks old when
clients are told to use it, and a transaction may wait 8 blocks."""


class ShieldKeys:
    """ML-KEM-768 key pairs, by the period of chain time that they were announced in."""

    def __init__(self) -> None:
        self._announced = (-1, b"")
        self._secret: dict[bytes, MLKEM768PrivateKey] = {}

    def announced(self, timestamp_ms: int) -> bytes:
        """The encapsulation key (1184 bytes) that the block of this time announces."""
        period = timestamp_ms // PERIOD_MS
        if self._announced[0] != period:
            self._announced = (period, self._make(period))
        return self._announced[1]

    def knows(self, key_hash: bytes) -> bool:
        """Whether the key of this hash was announced lately."""
        return key_hash in self._secret

    def decrypt(self, shielded: ShieldedParts) -> bytes | None:
        """What was encrypted; None if it was not encrypted to this key, or was tampered with."""
        try:
            shared = self._secret[shielded.key_hash].decapsulate(shielded.kem_ct)
        except ValueError:
            return None
        return opened(shared, shielded.nonce, shielded.aead_ct)

    def _make(self, period: int) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

        seed = hashlib.blake2b(b"taokit shield key" + period.to_bytes(8, "little")).digest()
        secret = MLKEM768PrivateKey.from_seed_bytes(seed)
        public = secret.public_key().public_bytes_raw()
        self._secret[twox_128(public)] = secret
        while len(self._secret) > KEPT:
            del self._secret[next(iter(self._secret))]
        return public
