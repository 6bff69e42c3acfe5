"""Secret URIs: ``phrase//hard/soft///password``, the way Substrate tools write a derived key.

Owns reading the text and turning each junction into a chain code. Does not own the curve
arithmetic (schemes.py) or key objects (keypair.py).

The head is a BIP-39 phrase, a 32-byte seed as ``0x`` and hex, or nothing, which means the
development phrase: ``//Alice`` is a complete URI. ``//x`` derives hard, ``/x`` soft (sr25519
only). Rules from Substrate's ``sp_core::crypto``: a junction that reads as a u64 is its eight
little-endian bytes, any other its SCALE-encoded text; up to 32 bytes are padded with zeros,
longer ones hashed with blake2b-256.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b

from taokit.wallet import schemes
from taokit.wallet.errors import InvalidSecretUri
from taokit.wallet.mnemonic import DEV_PHRASE, seed_from_phrase
from taokit.wallet.schemes import CryptoType

__all__ = ["Junction", "SecretUri", "derive", "parse_path"]

# The development phrase without a password, ready made: //Alice then needs no word list.
_DEV_SEED = bytes.fromhex("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")

_URI = re.compile(r"(?P<head>[^/]*)(?P<path>(?://?[^/]+)*)(?:///(?P<password>.*))?", re.DOTALL)
_JUNCTION = re.compile(r"(?P<slashes>//?)(?P<code>[^/]+)")
_NUMBER = re.compile(r"\+?[0-9]+")  # what Rust's u64 parser takes
_U64_MAX = 2**64 - 1


@dataclass(frozen=True)
class Junction:
    """One step of a derivation path: hard or soft, and its 32-byte chain code."""

    hard: bool
    chain_code: bytes

    @classmethod
    def from_text(cls, code: str, *, hard: bool) -> Junction:
        """Return the junction written as ``code`` after its slashes."""
        if _NUMBER.fullmatch(code) and int(code) <= _U64_MAX:
            encoded = int(code).to_bytes(8, "little")
        else:
            text = code.encode()
            encoded = _compact_length(len(text)) + text
        if len(encoded) > schemes.CHAIN_CODE_LENGTH:
            encoded = blake2b(encoded, digest_size=schemes.CHAIN_CODE_LENGTH).digest()
        return cls(hard=hard, chain_code=encoded.ljust(schemes.CHAIN_CODE_LENGTH, b"\0"))


@dataclass(frozen=True)
class SecretUri:
    """A secret URI taken apart. Exactly one of ``phrase`` and ``seed`` is set."""

    phrase: str | None = field(repr=False)
    seed: bytes | None = field(repr=False)
    junctions: tuple[Junction, ...] = field(repr=False)
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> SecretUri:
        """Read a secret URI. Raises InvalidSecretUri, which never quotes the text."""
        match = _URI.fullmatch(text)
        if match is None:
            raise InvalidSecretUri(
                "the secret URI cannot be read",
                hint="it is written phrase//hard/soft///password; no junction may be empty",
            )
        head, password = match["head"].strip(), match["password"]
        junctions = parse_path(match["path"])
        if not head.startswith("0x"):
            return cls(head or DEV_PHRASE, None, junctions, password)
        if password is not None:
            raise InvalidSecretUri("a password goes with a phrase, not with a seed in hex")
        return cls(None, _seed_from_hex(head), junctions, None)

    def root_seed(self) -> bytes:
        """Return the 32-byte seed before any junction. Raises InvalidMnemonic."""
        if self.seed is not None:
            return self.seed
        assert self.phrase is not None
        if self.phrase == DEV_PHRASE and not self.password:
            return _DEV_SEED
        return seed_from_phrase(self.phrase, self.password or "")


def parse_path(path: str) -> tuple[Junction, ...]:
    """Read a derivation path such as ``//hard/soft/7``; empty text is an empty path."""
    junctions = []
    position = 0
    for match in _JUNCTION.finditer(path):
        if match.start() != position:
            break
        junctions.append(Junction.from_text(match["code"], hard=match["slashes"] == "//"))
        position = match.end()
    if position != len(path):
        raise InvalidSecretUri(
            "the derivation path cannot be read",
            hint="each junction is //name (hard) or /name (soft)",
        )
    return tuple(junctions)


def derive(
    crypto: CryptoType, public: bytes, private: bytes, junctions: tuple[Junction, ...]
) -> tuple[bytes, bytes]:
    """Follow junctions from a key pair and return the last ``(public, private)``.

    Raises InvalidSecretUri for a soft junction with ed25519, which has no such derivation.
    """
    for junction in junctions:
        if junction.hard:
            public, private = schemes.derive_hard(crypto, public, private, junction.chain_code)
        elif crypto is CryptoType.SR25519:
            public, private = schemes.derive_soft(public, private, junction.chain_code)
        else:
            raise InvalidSecretUri(
                "an ed25519 key has no soft derivation", hint="use // instead of / in the path"
            )
    return public, private


def _seed_from_hex(text: str) -> bytes:
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
        raise InvalidSecretUri("a seed is 0x and 64 hex digits (32 bytes)")
    return bytes.fromhex(text[2:])


def _compact_length(length: int) -> bytes:
    """SCALE compact encoding of a text's length (below 2**30)."""
    if length < 1 << 6:
        return bytes([length << 2])
    if length < 1 << 14:
        return (length << 2 | 0b01).to_bytes(2, "little")
    return (length << 2 | 0b10).to_bytes(4, "little")
