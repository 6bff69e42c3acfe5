"""SS58 addresses: 32-byte public keys as text with a network prefix and a checksum.

Owns the encoding of account addresses. Does not know networks by name: a prefix is a number, and
Bittensor, like Substrate in general, uses 42. The other SS58 payload sizes (account indices,
33-byte ECDSA keys) do not occur on Bittensor and are refused.

Layout (Substrate wiki, "SS58 Address Format"): base58 of ``prefix ++ key ++ checksum``. The prefix
is one byte below 64 and two bytes from 64 to 16383; the checksum is the first two bytes of
``blake2b-512("SS58PRE" ++ prefix ++ key)``.
"""

from __future__ import annotations

from hashlib import blake2b

from taokit.wallet.errors import InvalidAddress, InvalidKey

__all__ = ["DEFAULT_PREFIX", "decode", "decode_with_prefix", "encode", "is_address"]

DEFAULT_PREFIX = 42
"""The generic Substrate prefix, used by Bittensor's networks."""

MAX_PREFIX = 0x3FFF
RESERVED_PREFIXES = frozenset({46, 47})
KEY_LENGTH = 32
CHECKSUM_LENGTH = 2

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_LONGEST = 50  # base58 characters of 2 + 32 + 2 bytes


def encode(public_key: bytes, prefix: int = DEFAULT_PREFIX) -> str:
    """Return the address of a 32-byte public key under a network prefix.

    >>> encode(bytes(32))
    '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM'
    """
    if len(public_key) != KEY_LENGTH:
        raise InvalidKey(f"a public key has {KEY_LENGTH} bytes, this one has {len(public_key)}")
    body = _prefix_bytes(prefix) + public_key
    return _base58_encode(body + _checksum(body))


def decode(address: str, prefix: int | None = None) -> bytes:
    """Return the public key in an address; with ``prefix``, accept only that network's.

    Raises InvalidAddress when the text is no address, its checksum does not hold, or it belongs
    to another network than the one asked for.
    """
    found, public_key = decode_with_prefix(address)
    if prefix is not None and found != prefix:
        raise InvalidAddress(
            f"{address} belongs to network prefix {found}, not {prefix}",
            address=address,
            hint=f"the same account with prefix {prefix} is {encode(public_key, prefix)}",
        )
    return public_key


def decode_with_prefix(address: str) -> tuple[int, bytes]:
    """Return ``(prefix, public key)`` of an address. Raises InvalidAddress."""
    raw = _base58_decode(address)
    prefix_length = 2 if raw and raw[0] & 0x40 else 1
    if len(raw) != prefix_length + KEY_LENGTH + CHECKSUM_LENGTH or raw[0] & 0x80:
        raise _invalid(address, "is not an SS58 address")
    body, checksum = raw[:-CHECKSUM_LENGTH], raw[-CHECKSUM_LENGTH:]
    if _checksum(body) != checksum:
        raise _invalid(
            address,
            "has a wrong checksum",
            hint="a character was changed or lost; copy the whole address again",
        )
    prefix = _prefix_number(body)
    if prefix in RESERVED_PREFIXES or (prefix_length == 2 and prefix < 64):
        raise _invalid(address, f"has the unusable network prefix {prefix}")
    return prefix, body[prefix_length:]


def is_address(text: str, prefix: int | None = None) -> bool:
    """Whether the text is a valid address (of that network, when a prefix is given)."""
    try:
        decode(text, prefix)
    except InvalidAddress:
        return False
    return True


def _prefix_bytes(prefix: int) -> bytes:
    if not 0 <= prefix <= MAX_PREFIX or prefix in RESERVED_PREFIXES:
        raise InvalidKey(f"{prefix} is not a usable SS58 prefix (0 to {MAX_PREFIX}, not 46 or 47)")
    if prefix < 64:
        return bytes([prefix])
    # 14 bits over two bytes: bits 2..7 under the marker 01, then bits 0..1 above bits 8..13.
    return bytes([(prefix & 0xFC) >> 2 | 0x40, prefix >> 8 | (prefix & 0x03) << 6])


def _prefix_number(body: bytes) -> int:
    first = body[0]
    if not first & 0x40:
        return first
    second = body[1]
    return (first & 0x3F) << 2 | second >> 6 | (second & 0x3F) << 8


def _checksum(body: bytes) -> bytes:
    return blake2b(b"SS58PRE" + body).digest()[:CHECKSUM_LENGTH]


def _invalid(text: str, what: str, hint: str | None = None) -> InvalidAddress:
    # The text may be anything, even a secret pasted into the wrong field: then it is not repeated.
    plausible = 46 <= len(text) <= _LONGEST and all(c in _DIGITS for c in text)
    shown = text if plausible else ""
    return InvalidAddress(f"{shown or 'the text'} {what}", address=shown, hint=hint)


def _base58_encode(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    digits: list[str] = []
    while number:
        number, pair = divmod(number, 58 * 58)
        high, low = divmod(pair, 58)
        digits += _ALPHABET[low], _ALPHABET[high]
    leading = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * leading + "".join(reversed(digits)).lstrip(_ALPHABET[0])


def _base58_decode(text: str) -> bytes:
    if not text or len(text) > _LONGEST or not all(c in _DIGITS for c in text):
        raise _invalid(text, "is not an SS58 address")
    number = 0
    for character in text:
        number = number * 58 + _DIGITS[character]
    leading = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(leading) + number.to_bytes((number.bit_length() + 7) // 8, "big")
