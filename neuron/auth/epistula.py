"""The request format Epistula, version 2, as several subnets speak it.

Owns the payload and the headers. The signed text is ``sha256(body).uuid.timestamp.receiver``, the
timestamp in milliseconds, sr25519 only. Neither method nor path is signed, so whoever holds a
request may send it to another path of the same receiver, once: unlike the copies in the wild, ours
remembers the uuid. Prefer ``btauth``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from uuid import UUID, uuid4

from taokit.neuron.auth import claims
from taokit.neuron.auth.claims import Caller, Claim, NonceStore
from taokit.neuron.errors import MalformedAuth
from taokit.neuron.messages import Hotkey
from taokit.wallet.errors import SignerRefused
from taokit.wallet.schemes import CryptoType
from taokit.wallet.signer import Signer

__all__ = ["check_headers", "payload", "sign", "verify"]

NAME = "epistula"
VERSION = "2"
MAX_AGE = 8.0
SKEW = 2.0
MILLISECOND_NS = 1_000_000

VERSION_HEADER = "Epistula-Version"
TIMESTAMP_HEADER = "Epistula-Timestamp"
UUID_HEADER = "Epistula-Uuid"
HOTKEY_HEADER = "Epistula-Signed-By"
RECEIVER_HEADER = "Epistula-Signed-For"
SIGNATURE_HEADER = "Epistula-Request-Signature"


def payload(body: bytes, uuid: str, timestamp_ms: int, receiver: Hotkey | None) -> bytes:
    """The bytes that are signed."""
    return f"{hashlib.sha256(body).hexdigest()}.{uuid}.{timestamp_ms}.{receiver or ''}".encode()


def sign(
    signer: Signer,
    method: str,
    path: str,
    body: bytes = b"",
    receiver: Hotkey | None = None,
    nonce_ns: int | None = None,
) -> dict[str, str]:
    """Headers that prove a request. Method and path are not part of what is signed."""
    if signer.crypto_type != CryptoType.SR25519:
        raise SignerRefused("Epistula knows sr25519 keys only", hint="use btauth")
    timestamp = (time.time_ns() if nonce_ns is None else nonce_ns) // MILLISECOND_NS
    uuid = str(uuid4())
    signature = claims.sign_now(signer, payload(body, uuid, timestamp, receiver))
    headers = {
        VERSION_HEADER: VERSION,
        TIMESTAMP_HEADER: str(timestamp),
        UUID_HEADER: uuid,
        HOTKEY_HEADER: signer.ss58_address,
        SIGNATURE_HEADER: "0x" + signature.hex(),
    }
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

    Raises MalformedAuth, WrongReceiver or StaleRequest.
    """
    found = claims.lowered(headers)
    if found.get(VERSION_HEADER.lower()) != VERSION:
        raise MalformedAuth(f"the header {VERSION_HEADER} is not {VERSION!r}")
    hotkey = claims.required(found, HOTKEY_HEADER)
    text = claims.required(found, TIMESTAMP_HEADER)
    nonce_ns = claims.decimal(text, TIMESTAMP_HEADER) * MILLISECOND_NS
    uuid = _uuid(claims.required(found, UUID_HEADER))
    signature = claims.signature_bytes(claims.required(found, SIGNATURE_HEADER))
    key = claims.public_key(hotkey)
    meant_for = found.get(RECEIVER_HEADER.lower()) or None
    claims.check_receiver(meant_for, receiver, require_receiver)
    claims.check_fresh(nonce_ns, now_ns, max_age, skew)
    return Claim(
        codec=NAME,
        hotkey=hotkey,
        public_key=key,
        crypto=CryptoType.SR25519,
        nonce=uuid,
        nonce_ns=nonce_ns,
        receiver=meant_for,
        signature=signature,
        arrived_ns=now_ns,
        forget_ns=claims.forget_at(nonce_ns, max_age),
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
    """Judge the request once its body is there. Raises BadSignature or ReplayedRequest."""
    timestamp = claim.nonce_ns // MILLISECOND_NS
    signed = payload(body, claim.nonce, timestamp, claim.receiver)
    return claims.accept(claim, signed, nonces, time.time_ns() if now_ns is None else now_ns)


def _uuid(text: str) -> str:
    """The uuid as sent: it is signed in its text form, which has to be the canonical one."""
    try:
        canonical = str(UUID(text))
    except ValueError:
        canonical = ""
    if text != canonical:
        raise MalformedAuth(f"the header {UUID_HEADER} is not a uuid")
    return text
