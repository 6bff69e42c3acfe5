"""What a request's headers claim, and how a claim becomes a caller.

Owns the values, reading single headers, the freshness window, one signature check and the place of
the replay check behind it. Does not own their order (``codec``) nor a wire format (``btauth``,
``epistula``).

A request is judged twice. When its headers arrive: are they whole, meant for this receiver, and
fresh? That needs no body, so a stranger's body need never be read. When the body is there: did the
claimed hotkey sign it, and is the nonce new? Freshness is not judged again then, so a large body on
a slow line does not turn stale on its way; instead the body has ``BODY_SECONDS`` to arrive, and a
nonce is remembered for that much longer than its window.
"""

from __future__ import annotations

import string
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from taokit.neuron.errors import (
    BadSignature,
    MalformedAuth,
    ReplayedRequest,
    StaleRequest,
    WrongReceiver,
)
from taokit.neuron.messages import Hotkey
from taokit.wallet import ss58
from taokit.wallet.errors import InvalidAddress, SignerRefused
from taokit.wallet.schemes import SIGNATURE_LENGTH, CryptoType
from taokit.wallet.schemes import verify as verify_signature
from taokit.wallet.signer import Signer

__all__ = ["BODY_SECONDS", "Caller", "Claim", "NonceStore"]

BODY_SECONDS = 60.0
"""How long a body may take after its headers."""

SECOND_NS = 1_000_000_000
_HEX = frozenset(string.hexdigits)
_SCHEMES = {"sr25519": CryptoType.SR25519, "ed25519": CryptoType.ED25519}


class NonceStore(Protocol):
    """Remembers accepted nonces."""

    def add(self, hotkey: Hotkey, nonce: str, expires_ns: int) -> bool:
        """Remember a nonce until it expires (Unix time, ns); False when it was there before."""


@dataclass(frozen=True)
class Claim:
    """What headers say, whole and fresh but not proven. Times are Unix time in nanoseconds."""

    codec: str
    hotkey: Hotkey
    public_key: bytes
    crypto: CryptoType
    nonce: str
    nonce_ns: int
    receiver: Hotkey | None
    signature: bytes
    arrived_ns: int
    forget_ns: int


@dataclass(frozen=True)
class Caller:
    """Who sent a request, proven. ``delegator`` is the validator on whose behalf, if any."""

    hotkey: Hotkey
    nonce_ns: int
    crypto: CryptoType
    delegator: Hotkey | None = None

    @property
    def principal(self) -> Hotkey:
        """Whose right to ask counts: the delegator's, else the caller's own."""
        return self.delegator or self.hotkey


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lowercase name."""
    return {name.lower(): value for name, value in headers.items()}


def required(headers: Mapping[str, str], name: str) -> str:
    """A header that has to be there. ``headers`` are by lowercase name."""
    value = headers.get(name.lower())
    if not value:
        raise MalformedAuth(f"the header {name} is missing")
    return value


def decimal(text: str, name: str) -> int:
    """A number written in the one canonical way: ASCII digits, no sign, no leading zero."""
    if not (text.isascii() and text.isdigit() and len(text) <= 20) or (text[0] == "0" != text):
        raise MalformedAuth(f"the header {name} is not a decimal number")
    return int(text)


@lru_cache(maxsize=8192)
def public_key(hotkey: str) -> bytes:
    """The key in an address with Bittensor's prefix. Raises MalformedAuth."""
    try:
        return ss58.decode(hotkey, ss58.DEFAULT_PREFIX)
    except InvalidAddress:
        raise MalformedAuth("the sender is not a Bittensor address") from None


def scheme_of(name: str) -> CryptoType:
    """A signature scheme by name. Raises MalformedAuth."""
    try:
        return _SCHEMES[name]
    except KeyError:
        raise MalformedAuth("the signature scheme is neither sr25519 nor ed25519") from None


def scheme_name(crypto: int) -> str:
    """A signature scheme's name on the wire."""
    return CryptoType(crypto).name.lower()


def signature_bytes(text: str) -> bytes:
    """A signature in hex, with 0x or without. Raises MalformedAuth."""
    digits = text.removeprefix("0x")
    if len(digits) != 2 * SIGNATURE_LENGTH or not _HEX.issuperset(digits):
        raise MalformedAuth(f"the signature is not {SIGNATURE_LENGTH} bytes in hex")
    return bytes.fromhex(digits)


def sign_now(signer: Signer, payload: bytes) -> bytes:
    """A signature that is there at once. Raises SignerRefused for a signer that has to wait.

    A neuron signs every message, so its hotkey has to be in memory.
    """
    signature = signer.sign(payload)
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_LENGTH:
        if hasattr(signature, "close"):
            signature.close()
        raise SignerRefused(
            f"the signer of {signer.ss58_address} does not sign at once",
            hint="a neuron's hotkey has to be in memory; unlock it first",
        )
    return signature


def check_receiver(found: Hotkey | None, receiver: Hotkey, required_: bool) -> None:
    """Raise WrongReceiver unless a request is meant for this hotkey."""
    if found is None:
        if required_:
            raise WrongReceiver("the request names no receiver, and this server wants one")
    elif found != receiver:
        raise WrongReceiver("the request was signed for another hotkey")


def check_fresh(nonce_ns: int, now_ns: int, max_age: float, skew: float) -> None:
    """Raise StaleRequest outside the window: ``max_age`` seconds back, ``skew`` ahead."""
    if now_ns - nonce_ns > max_age * SECOND_NS:
        raise StaleRequest(f"the request is older than {max_age:g} s")
    if nonce_ns - now_ns > skew * SECOND_NS:
        raise StaleRequest(
            f"the request is more than {skew:g} s in the future",
            hint="set the clock of the machine that sends",
        )


def forget_at(nonce_ns: int, max_age: float) -> int:
    """When a nonce can no longer be accepted by anyone, whatever its body's speed."""
    return nonce_ns + int((max_age + BODY_SECONDS) * SECOND_NS)


def accept(claim: Claim, payload: bytes, nonces: NonceStore, now_ns: int | None) -> Caller:
    """Check the signature and then the nonce, which is remembered only if the signature holds.

    Raises BadSignature, StaleRequest (the body took too long) or ReplayedRequest.
    """
    if not verify_signature(claim.crypto, claim.public_key, payload, claim.signature):
        raise BadSignature("the signature is not the sender's over this request")
    now = time.time_ns() if now_ns is None else now_ns
    if now - claim.arrived_ns > BODY_SECONDS * SECOND_NS:
        raise StaleRequest(f"the body took longer than {BODY_SECONDS:g} s")
    if not nonces.add(claim.hotkey, claim.nonce, claim.forget_ns):
        raise ReplayedRequest("this nonce was accepted before")
    return Caller(claim.hotkey, claim.nonce_ns, claim.crypto)
