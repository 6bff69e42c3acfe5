"""The request format ``btauth/1``, as bittensor 11 signs and verifies it.

Owns the payload and the headers. The signed bytes are eight lines joined by newlines: protocol,
scheme, method in capitals, path with its query as sent, sha256 of the body, nonce (Unix time in
nanoseconds), sender, receiver (``-`` for none).

Stricter than the SDK where it costs no honest sender anything: a nonce in the canonical decimal
form only, an address with prefix 42 only, a signature of 64 bytes, all judged before the body.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

from taokit.neuron.auth import claims
from taokit.neuron.auth.claims import Caller, Claim, NonceStore
from taokit.neuron.auth.nonces import fresh_nonce
from taokit.neuron.errors import MalformedAuth
from taokit.neuron.messages import Hotkey
from taokit.wallet.schemes import CryptoType
from taokit.wallet.signer import Signer

__all__ = ["check_headers", "payload", "sign", "verify"]

NAME = "btauth"
PROTOCOL = "btauth/1"
VERSION = "1"
MAX_AGE = 10.0
SKEW = 2.0

VERSION_HEADER = "X-Bittensor-Version"
HOTKEY_HEADER = "X-Bittensor-Hotkey"
RECEIVER_HEADER = "X-Bittensor-Receiver"
NONCE_HEADER = "X-Bittensor-Nonce"
CRYPTO_HEADER = "X-Bittensor-Crypto"
SIGNATURE_HEADER = "X-Bittensor-Signature"


def payload(
    crypto: int,
    method: str,
    path: str,
    body: bytes,
    nonce_ns: int,
    sender: Hotkey,
    receiver: Hotkey | None,
) -> bytes:
    """The bytes that are signed."""
    digest = hashlib.sha256(body).hexdigest()
    scheme = claims.scheme_name(crypto)
    return (
        f"{PROTOCOL}\n{scheme}\n{method.upper()}\n{path}\n{digest}\n{nonce_ns}\n{sender}\n"
        f"{receiver or '-'}"
    ).encode()


def sign(
    signer: Signer,
    method: str,
    path: str,
    body: bytes = b"",
    receiver: Hotkey | None = None,
    nonce_ns: int | None = None,
) -> dict[str, str]:
    """Headers that prove a request. ``path`` is what goes over the wire, query included.

    Every attempt at a request needs a nonce of its own, which it gets unless one is given.
    """
    nonce = fresh_nonce() if nonce_ns is None else nonce_ns
    sender, crypto = signer.ss58_address, signer.crypto_type
    signed = payload(crypto, method, path, body, nonce, sender, receiver)
    headers = {
        VERSION_HEADER: VERSION,
        HOTKEY_HEADER: sender,
        NONCE_HEADER: str(nonce),
        SIGNATURE_HEADER: "0x" + claims.sign_now(signer, signed).hex(),
    }
    if crypto != CryptoType.SR25519:
        headers[CRYPTO_HEADER] = claims.scheme_name(crypto)
    if receiver is not None:
        headers[RECEIVER_HEADER] = receiver
    return headers


def check_headers(
    headers: Mapping[str, str],
    *,
    receiver: Hotkey,
    now_ns: int,
    max_age: float = MAX_AGE,
    skew: float = SKEW,
    require_receiver: bool = True,
) -> Claim:
    """Judge the headers when they arrive: shape, then receiver, then freshness.

    ``receiver`` is the hotkey of whoever is asked. Raises MalformedAuth, WrongReceiver or
    StaleRequest.
    """
    found = claims.lowered(headers)
    if found.get(VERSION_HEADER.lower()) != VERSION:
        raise MalformedAuth(f"the header {VERSION_HEADER} is not {VERSION!r}")
    hotkey = claims.required(found, HOTKEY_HEADER)
    nonce = claims.decimal(claims.required(found, NONCE_HEADER), NONCE_HEADER)
    crypto = claims.scheme_of(found.get(CRYPTO_HEADER.lower(), "sr25519"))
    signature = claims.signature_bytes(claims.required(found, SIGNATURE_HEADER))
    key = claims.public_key(hotkey)
    meant_for = found.get(RECEIVER_HEADER.lower())
    claims.check_receiver(meant_for, receiver, require_receiver)
    claims.check_fresh(nonce, now_ns, max_age, skew)
    return Claim(
        codec=NAME,
        hotkey=hotkey,
        public_key=key,
        crypto=crypto,
        nonce=str(nonce),
        nonce_ns=nonce,
        receiver=meant_for,
        signature=signature,
        arrived_ns=now_ns,
        forget_ns=claims.forget_at(nonce, max_age),
    )


def verify(
    claim: Claim,
    method: str,
    path: str,
    body: bytes,
    nonces: NonceStore,
    *,
    now_ns: int | None = None,
) -> Caller:
    """Judge the request once its body is there. Raises BadSignature or ReplayedRequest.

    The signature is tried under the declared scheme only. ``now_ns`` is when the body was whole
    (now, unless told).
    """
    signed = payload(claim.crypto, method, path, body, claim.nonce_ns, claim.hotkey, claim.receiver)
    return claims.accept(claim, signed, nonces, time.time_ns() if now_ns is None else now_ns)
