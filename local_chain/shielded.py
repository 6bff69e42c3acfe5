"""The layout of a shielded extrinsic's ciphertext, which the runtime checks and the node opens.

`key hash (16) | length of the KEM ciphertext (u16, little endian) | KEM ciphertext | nonce (24) |
AEAD ciphertext`. The hash is twox-128 of the key encrypted to. Source: `stp_shield`.
"""

from __future__ import annotations

from typing import NamedTuple

HASH, NONCE = 16, 24


class ShieldedParts(NamedTuple):
    """A ciphertext in its parts."""

    key_hash: bytes
    kem_ct: bytes
    nonce: bytes
    aead_ct: bytes

    @classmethod
    def parse(cls, ciphertext: bytes) -> ShieldedParts | None:
        """The parts; None if the ciphertext ends before its nonce does."""
        kem = HASH + 2
        nonce = kem + int.from_bytes(ciphertext[HASH:kem], "little")
        rest = nonce + NONCE
        if len(ciphertext) < max(kem, rest):
            return None
        return cls(
            ciphertext[:HASH], ciphertext[kem:nonce], ciphertext[nonce:rest], ciphertext[rest:]
        )


def opened(shared: bytes, nonce: bytes, aead_ct: bytes) -> bytes | None:
    """The plaintext under a shared secret (XChaCha20-Poly1305); None if it was tampered with."""
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
    from nacl.exceptions import CryptoError

    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(aead_ct, None, nonce, shared)
    except (ValueError, CryptoError):
        return None
