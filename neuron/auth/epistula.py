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
from taokit.neuron.auth.codec import Codec, Stamp
from taokit.neuron.errors import MalformedAuth
from taokit.neuron.messages import Hotkey
from taokit.wallet.errors import SignerRefused
from taokit.wallet.schemes import CryptoType
from taokit.wallet.signer import Signer

__all__ = ["CODEC", "check_headers", "payload", "sign", "verify"]

MILLISECOND_NS = 1_000_000
TIMESTAMP_HEADER = "Epistula-Timestamp"
UUID_HEADER = "Epistula-Uuid"


def payload(body: bytes, uuid: str, timestamp_ms: int, receiver: Hotkey | None) -> bytes:
    """The bytes that are signed."""
    return f"{hashlib.sha256(body).hexdigest()}.{uuid}.{timestamp_ms}.{receiver or ''}".encode()


class _Epistula(Codec):
    NAME = "epistula"
    VERSION = "2"
    MAX_AGE = 8.0
    VERSION_HEADER = "Epistula-Version"
    HOTKEY_HEADER = "Epistula-Signed-By"
    RECEIVER_HEADER = "Epistula-Signed-For"
    SIGNATURE_HEADER = "Epistula-Request-Signature"

    def signed(
        self,
        stamp: Stamp,
        method: str,
        path: str,
        body: bytes,
        sender: Hotkey,
        receiver: Hotkey | None,
    ) -> bytes:
        return payload(body, stamp.nonce, stamp.nonce_ns // MILLISECOND_NS, receiver)

    def stamped(self, signer: Signer, nonce_ns: int | None) -> tuple[Stamp, dict[str, str]]:
        if signer.crypto_type != CryptoType.SR25519:
            raise SignerRefused("Epistula knows sr25519 keys only", hint="use btauth")
        timestamp = (time.time_ns() if nonce_ns is None else nonce_ns) // MILLISECOND_NS
        uuid = str(uuid4())
        headers = {TIMESTAMP_HEADER: str(timestamp), UUID_HEADER: uuid}
        return Stamp(uuid, timestamp * MILLISECOND_NS), headers

    def stamp_in(self, found: Mapping[str, str]) -> Stamp:
        text = claims.required(found, TIMESTAMP_HEADER)
        nonce_ns = claims.decimal(text, TIMESTAMP_HEADER) * MILLISECOND_NS
        return Stamp(_uuid(claims.required(found, UUID_HEADER)), nonce_ns)

    def receiver_in(self, found: Mapping[str, str]) -> Hotkey | None:
        return super().receiver_in(found) or None  # an empty one is signed as none


def _uuid(text: str) -> str:
    """The uuid as sent: it is signed in its text form, which has to be the canonical one."""
    try:
        canonical = str(UUID(text))
    except ValueError:
        canonical = ""
    if text != canonical:
        raise MalformedAuth(f"the header {UUID_HEADER} is not a uuid")
    return text


CODEC = _Epistula()
"""The format, of which these are the parts:"""
sign = CODEC.sign
check_headers = CODEC.check_headers
verify = CODEC.verify
