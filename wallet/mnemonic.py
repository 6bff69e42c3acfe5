"""Recovery phrases: BIP-39 words, and the secret that Substrate derives from them.

Owns generating, checking and turning a phrase into a seed. Does not own derivation paths
(derivation.py). Words are English, which is what every reader of these wallets understands.

The word list is the data file of the ``bip-utils`` distribution, read without importing that
package (0.4 s), and taken only if its SHA-256 is the one of the standard's English list.

Substrate departs from BIP-39 in one step: PBKDF2 runs over the *entropy*, not over the text of
the phrase (substrate-bip39), so these seeds differ from those of other chains' wallets.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

from taokit.wallet.errors import InvalidMnemonic

__all__ = [
    "DEV_PHRASE",
    "WORD_COUNTS",
    "entropy_from_phrase",
    "generate_phrase",
    "normalize_phrase",
    "phrase_from_entropy",
    "seed_from_phrase",
]

WORD_COUNTS = (12, 15, 18, 21, 24)
"""Lengths of a phrase, from 128 to 256 bits of entropy in steps of 32."""

DEV_PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
"""The public phrase behind ``//Alice`` and the other development keys. Never hold funds on it."""

_WORDLIST = Path("bip", "bip39", "wordlist", "english.txt")
_WORDLIST_SHA256 = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
_WORD_BITS = 11
_ROUNDS = 2048


def generate_phrase(words: int = 12) -> str:
    """Return a new random phrase of 12, 15, 18, 21 or 24 words."""
    if words not in WORD_COUNTS:
        raise InvalidMnemonic(
            f"a phrase cannot have {words} words", hint=f"choose one of {_counts()}"
        )
    return phrase_from_entropy(secrets.token_bytes(words * 4 // 3))


def normalize_phrase(phrase: str) -> str:
    """Return the phrase in lower case with single spaces, or raise InvalidMnemonic."""
    normal = " ".join(normalize("NFKD", phrase).lower().split())
    entropy_from_phrase(normal)
    return normal


def phrase_from_entropy(entropy: bytes) -> str:
    """Return the phrase that stands for 16, 20, 24, 28 or 32 bytes of entropy."""
    bits = len(entropy) * 8
    if len(entropy) * 3 // 4 not in WORD_COUNTS or len(entropy) % 4:
        raise InvalidMnemonic(f"a phrase cannot stand for {len(entropy)} bytes of entropy")
    checksum_bits = bits // 32
    number = int.from_bytes(entropy, "big") << checksum_bits | _checksum(entropy, checksum_bits)
    words, _ = _wordlist()
    count = (bits + checksum_bits) // _WORD_BITS
    return " ".join(words[number >> _WORD_BITS * i & 0x7FF] for i in reversed(range(count)))


def entropy_from_phrase(phrase: str) -> bytes:
    """Return the entropy behind a phrase after checking words, count and checksum.

    Raises InvalidMnemonic, which tells positions and counts but never a word.
    """
    given = normalize("NFKD", phrase).lower().split()
    if len(given) not in WORD_COUNTS:
        raise InvalidMnemonic(
            f"a phrase cannot have {len(given)} words", hint=f"it has {_counts()}"
        )
    _, positions = _wordlist()
    number = 0
    for place, word in enumerate(given, 1):
        index = positions.get(word)
        if index is None:
            raise InvalidMnemonic(
                f"word {place} of the phrase is not in the English BIP-39 list",
                hint="check its spelling",
            )
        number = number << _WORD_BITS | index
    checksum_bits = len(given) * _WORD_BITS // 33
    entropy = (number >> checksum_bits).to_bytes(len(given) * 4 // 3, "big")
    if number & (1 << checksum_bits) - 1 != _checksum(entropy, checksum_bits):
        raise InvalidMnemonic(
            "the checksum of the phrase does not hold",
            hint="a word is wrong, or two have changed places",
        )
    return entropy


def seed_from_phrase(phrase: str, password: str = "") -> bytes:
    """Return the 32-byte seed of a phrase, as Substrate derives it.

    PBKDF2-HMAC-SHA512 over the entropy with salt ``"mnemonic" + password`` and 2048 rounds; the
    first 32 of its 64 bytes (substrate-bip39 ``mini_secret_from_entropy``). An ed25519 key takes
    the same seed.
    """
    salt = b"mnemonic" + normalize("NFKD", password).encode()
    return hashlib.pbkdf2_hmac("sha512", entropy_from_phrase(phrase), salt, _ROUNDS)[:32]


def _checksum(entropy: bytes, bits: int) -> int:
    return hashlib.sha256(entropy).digest()[0] >> 8 - bits


def _counts() -> str:
    return ", ".join(map(str, WORD_COUNTS[:-1])) + f" or {WORD_COUNTS[-1]}"


@lru_cache(maxsize=1)
def _wordlist() -> tuple[list[str], dict[str, int]]:
    spec = find_spec("bip_utils")
    roots = list(spec.submodule_search_locations or ()) if spec else []
    for root in roots:
        path = Path(root) / _WORDLIST
        if path.is_file():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == _WORDLIST_SHA256:
                words = data.decode("ascii").split()
                return words, {word: i for i, word in enumerate(words)}
    raise InvalidMnemonic(
        "the English BIP-39 word list is missing or altered",
        hint="reinstall the bip-utils distribution: pip install --force-reinstall 'bip-utils<3'",
    )
