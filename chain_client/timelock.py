"""Timelocks: data sealed to a future round of a drand beacon, which the round's signature opens.

Owns the cipher, and the BLS signatures of rounds that are its keys. Signatures are points of G1
(48 bytes), public keys points of G2 (96 bytes), both compressed, as in drand's scheme
`bls-unchained-g1-rfc9380`. Does not own which round is when, nor where signatures come from.

A sealed text is the identity-based encryption (Boneh-Franklin, FullIdent) of a random AES-256 key,
for the round as identity, and the text under that key in AES-GCM. Its layout is that of the Rust
crate `tle`: U (96 bytes), V and W, the body (text and nonce), the name of the cipher, each with its
length before it as u64, little endian. What follows is passed over: clients put the round there.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, NamedTuple

from taokit.chain_client.hash_to_g1 import COFACTOR, mapped_points

if TYPE_CHECKING:
    from py_arkworks_bls12381 import G1Point, G2Point, Scalar

__all__ = [
    "QUICKNET_GENESIS",
    "QUICKNET_KEY",
    "QUICKNET_PERIOD",
    "beacon_key",
    "open_sealed",
    "round_at",
    "seal",
    "sign_round",
    "verify_round",
]

QUICKNET_KEY = bytes.fromhex(
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
QUICKNET_GENESIS = 1_692_803_367
QUICKNET_PERIOD = 3
CIPHER = b"AES_GCM_"
# Domain of the hash to G1 (`QUICKNET_CTX` of the crate `tle`).
_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
_U, _KEY, _NONCE = 96, 32, 12


def round_at(
    time_ms: int, *, genesis: int = QUICKNET_GENESIS, period: int = QUICKNET_PERIOD
) -> int:
    """The newest round at a time (ms since 1970); 0 before the first. Others in seconds."""
    passed = time_ms - genesis * 1000
    return 0 if passed < 0 else passed // (period * 1000) + 1


def beacon_key(secret: int) -> bytes:
    """The public key of a beacon's secret, 96 bytes."""
    return _g2(secret)


def sign_round(secret: int, number: int) -> bytes:
    """The signature of a round by a beacon's secret, 48 bytes."""
    return bytes((_identity(number) * _scalar(secret)).to_compressed_bytes())


def verify_round(key: bytes, number: int, signature: bytes) -> bool:
    """Whether the beacon of this key signed the round.

    Raises ValueError for bytes that are not points of the curves. Bytes beyond a point's are
    passed over.
    """
    from py_arkworks_bls12381 import GT, G2Point

    public, signed = _read_g2(key), _read_g1(signature)
    paired = GT.multi_pairing([-signed, _identity(number)], [G2Point(), public])
    return bool(paired == GT.one())


def seal(plain: bytes, number: int, key: bytes = QUICKNET_KEY) -> bytes:
    """Seal a text until a round of the beacon of this key. The text may have any length.

    Raises ValueError for a key that is not a point.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from py_arkworks_bls12381 import GT

    secret, nonce = secrets.token_bytes(_KEY), secrets.token_bytes(_NONCE)
    sigma = secrets.token_bytes(_KEY)
    blind = _blind(sigma, secret)
    mask = _hash_target(GT.pairing(_identity(number), _read_g2(key) * _scalar(blind)))
    body = _prefixed(AESGCM(secret).encrypt(nonce, plain, None)) + _prefixed(nonce)
    parts = (_xor(sigma, mask), _xor(secret, _sha256(sigma)), body, CIPHER)
    return _g2(blind) + b"".join(map(_prefixed, parts))


def open_sealed(sealed: bytes, signature: bytes) -> bytes | None:
    """The text that a round's signature opens; None if it does not, or nothing readable is there.

    Bytes beyond the signature's 48 are passed over.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from py_arkworks_bls12381 import GT

    try:
        parts = _read(sealed)
        mask = _hash_target(GT.pairing(_read_g1(signature), _read_g2(parts.point)))
        sigma = _xor(parts.masked_sigma, mask)
        secret = _xor(parts.masked_secret, _sha256(sigma))
        if _g2(_blind(sigma, secret)) != parts.point:
            return None
        return AESGCM(secret).decrypt(parts.nonce, parts.text, None)
    except (ValueError, InvalidTag):
        # Not a sealed text, or not this round's: to whoever holds it that is the same.
        return None


class _Sealed(NamedTuple):
    point: bytes
    masked_sigma: bytes
    masked_secret: bytes
    text: bytes
    nonce: bytes


def _read(sealed: bytes) -> _Sealed:
    point, offset = sealed[:_U], _U
    sigma, offset = _take(sealed, offset)
    secret, offset = _take(sealed, offset)
    body, offset = _take(sealed, offset)
    _take(sealed, offset)
    text, offset = _take(body, 0)
    nonce, _ = _take(body, offset)
    if len(sigma) != _KEY or len(secret) != _KEY or len(nonce) != _NONCE:
        raise ValueError("parts of other lengths than the cipher's")
    return _Sealed(point, sigma, secret, text, nonce)


def _take(data: bytes, offset: int) -> tuple[bytes, int]:
    start = offset + 8
    end = start + int.from_bytes(data[offset:start], "little")
    if end > len(data) or start > len(data):
        raise ValueError("the text ends within a part")
    return data[start:end], end


def _prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


def _blind(sigma: bytes, secret: bytes) -> int:
    """H3 of the scheme: the scalar that blinds a key."""
    return int.from_bytes(_sha256(sigma + secret), "big") % _ORDER


def _hash_target(element: object) -> bytes:
    """H2 of the scheme: the hash of a pairing's value, in its 576 bytes."""
    return _sha256(bytes.fromhex(str(element)))


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right))


def _scalar(number: int) -> Scalar:
    from py_arkworks_bls12381 import Scalar

    return Scalar.from_le_bytes((number % _ORDER).to_bytes(32, "little"))


def _g2(scalar: int) -> bytes:
    from py_arkworks_bls12381 import G2Point

    return bytes((G2Point() * _scalar(scalar)).to_compressed_bytes())


def _identity(number: int) -> G1Point:
    """The point of G1 that stands for a round: the hash of what the beacon signs."""
    from py_arkworks_bls12381 import G1Point

    message = _sha256(number.to_bytes(8, "big"))
    if hasattr(G1Point, "hash_to_curve"):
        return G1Point.hash_to_curve(message, _DOMAIN)
    # The last release of the library for Python 3.10 has none.
    first, second = map(G1Point.from_compressed_bytes_unchecked, mapped_points(message, _DOMAIN))
    return (first + second) * _scalar(COFACTOR)


def _read_g1(data: bytes) -> G1Point:
    from py_arkworks_bls12381 import G1Point

    return G1Point.from_compressed_bytes(_leading(data, 48))


def _read_g2(data: bytes) -> G2Point:
    from py_arkworks_bls12381 import G2Point

    return G2Point.from_compressed_bytes(_leading(data, _U))


def _leading(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise ValueError(f"a point has {size} bytes, not {len(data)}")
    return data[:size]
