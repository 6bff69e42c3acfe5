"""The two signature schemes of a Bittensor account, on raw bytes.

Owns what sr25519 and ed25519 do with keys: expand a seed, sign, verify, derive. Does not own key
objects (keypair.py) or the text of derivation paths (derivation.py).

A private key is, as the ecosystem stores it: for sr25519, 64 bytes, the scalar and the nonce in
schnorrkel's own form (polkadot.js instead keeps the scalar multiplied by the cofactor, see
``sr25519_to_ed25519_form``); for ed25519, the 32-byte seed.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from hashlib import blake2b
from typing import Any, TypeVar

from taokit.wallet.errors import InvalidKey

__all__ = ["CryptoType"]

PUBLIC_KEY_LENGTH = 32
SEED_LENGTH = 32
SIGNATURE_LENGTH = 64
CHAIN_CODE_LENGTH = 32

_ED25519_HARD = b"\x2cEd25519HDKD"  # SCALE string that Substrate mixes into each ed25519 junction

T = TypeVar("T")


class CryptoType(IntEnum):
    """A signature scheme, numbered as in key files and in a chain's MultiSignature."""

    ED25519 = 0
    SR25519 = 1

    @property
    def private_key_length(self) -> int:
        """Bytes of a private key of this scheme."""
        return 32 if self is CryptoType.ED25519 else 64


def expand_seed(crypto: CryptoType, seed: bytes) -> tuple[bytes, bytes]:
    """Return ``(public key, private key)`` of a 32-byte seed (for sr25519, the mini secret)."""
    if len(seed) != SEED_LENGTH:
        raise InvalidKey(f"a seed has {SEED_LENGTH} bytes, this one has {len(seed)}")
    if crypto is CryptoType.SR25519:
        public, private = _sr25519().pair_from_seed(seed)
        return bytes(public), bytes(private)
    return _ed25519_public(seed), seed


def public_from_private(crypto: CryptoType, private: bytes) -> bytes:
    """Return the public key of a private key in the scheme's stored form."""
    if len(private) != crypto.private_key_length:
        raise InvalidKey(
            f"a private {crypto.name.lower()} key has {crypto.private_key_length} bytes, "
            f"this one has {len(private)}"
        )
    if crypto is CryptoType.ED25519:
        return _ed25519_public(private)
    return bytes(_checked(lambda: _sr25519().public_from_secret_key(private)))


def sign(crypto: CryptoType, public: bytes, private: bytes, payload: bytes) -> bytes:
    """Return a 64-byte signature. sr25519 signs in the context ``substrate``, as the chain does."""
    if crypto is CryptoType.SR25519:
        return bytes(_sr25519().sign((public, private), payload))
    from nacl.bindings import crypto_sign

    signed = crypto_sign(payload, private + public)
    return bytes(signed[:SIGNATURE_LENGTH])


def verify(crypto: CryptoType, public: bytes, payload: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's over exactly this payload; malformed ones are not."""
    if len(signature) != SIGNATURE_LENGTH:
        return False
    if crypto is CryptoType.SR25519:
        try:
            return bool(_sr25519().verify(signature, payload, public))
        except ValueError:  # not a curve point, or not a scalar: nobody can have signed with it
            return False
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import BadSignatureError

    try:
        crypto_sign_open(signature + payload, public)
    except BadSignatureError:
        return False
    return True


def derive_hard(
    crypto: CryptoType, public: bytes, private: bytes, chain_code: bytes
) -> tuple[bytes, bytes]:
    """Return the child ``(public, private)`` that nobody can link to its parent's public key."""
    if crypto is CryptoType.ED25519:
        seed = blake2b(_ED25519_HARD + private + chain_code, digest_size=32).digest()
        return _ed25519_public(seed), seed
    _, child_public, child_private = _sr25519().hard_derive_keypair(
        (chain_code, public, private), b""
    )
    return bytes(child_public), bytes(child_private)


def derive_soft(public: bytes, private: bytes, chain_code: bytes) -> tuple[bytes, bytes]:
    """Return the soft child of an sr25519 key.

    The scalar and the public key follow from the input; the nonce half of the private key is
    drawn anew each time (schnorrkel), so two derivations are the same key but not the same bytes.
    """
    _, child_public, child_private = _sr25519().derive_keypair((chain_code, public, private), b"")
    return bytes(child_public), bytes(child_private)


def derive_soft_public(public: bytes, chain_code: bytes) -> bytes:
    """Return the public key of an sr25519 soft child, from the parent's public key alone."""
    return bytes(_checked(lambda: _sr25519().derive_pubkey((chain_code, public), b""))[1])


def sr25519_to_ed25519_form(private: bytes) -> bytes:
    """Return a stored sr25519 private key in the form that polkadot.js files hold."""
    return bytes(_checked(lambda: _sr25519().convert_secret_key_to_ed25519(private)))


def sr25519_from_ed25519_form(expanded: bytes) -> bytes:
    """Return the stored form of an sr25519 private key taken from a polkadot.js file."""
    return bytes(_checked(lambda: _sr25519().pair_from_ed25519_secret_key(expanded))[1])


def _sr25519() -> Any:
    import sr25519  # type: ignore[import-untyped]

    return sr25519


def _ed25519_public(seed: bytes) -> bytes:
    from nacl.bindings import crypto_sign_seed_keypair

    return bytes(crypto_sign_seed_keypair(seed)[0])


def _checked(operation: Callable[[], T]) -> T:
    try:
        return operation()
    except ValueError:
        # Without the cause: its text could quote key bytes.
        raise InvalidKey("these bytes are not a key of the sr25519 scheme") from None
