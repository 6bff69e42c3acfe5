"""The request format ``btauth/1``, as bittensor 11 signs and verifies it.

Owns the payload and the headers. The signed bytes are eight lines joined by newlines: protocol,
scheme, method in capitals, path with its query as sent, sha256 of the body, nonce (Unix time in
nanoseconds), sender, receiver (``-`` for none).

Stricter than the SDK where it costs no honest sender anything: a nonce in the canonical decimal
form only, an address with prefix 42 only, a signature of 64 bytes, all judged before the body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from taokit.neuron.auth import claims
from taokit.neuron.auth.codec import Codec, Stamp
from taokit.neuron.auth.nonces import fresh_nonce
from taokit.neuron.messages import Hotkey
from taokit.wallet.schemes import CryptoType
from taokit.wallet.signer import Signer

__all__ = ["CODEC", "check_headers", "payload", "sign", "verify"]

PROTOCOL = "btauth/1"
NONCE_HEADER = "X-Bittensor-Nonce"
CRYPTO_HEADER = "X-Bittensor-Crypto"


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


class _Btauth(Codec):
    NAME = "btauth"
    VERSION = "1"
    MAX_AGE = 10.0
    VERSION_HEADER = "X-Bittensor-Version"
    HOTKEY_HEADER = "X-Bittensor-Hotkey"
    RECEIVER_HEADER = "X-Bittensor-Receiver"
    SIGNATURE_HEADER = "X-Bittensor-Signature"

    def signed(
        self,
        stamp: Stamp,
        method: str,
        path: str,
        body: bytes,
        sender: Hotkey,
        receiver: Hotkey | None,
    ) -> bytes:
        return payload(stamp.crypto, method, path, body, stamp.nonce_ns, sender, receiver)

    def stamped(self, signer: Signer, nonce_ns: int | None) -> tuple[Stamp, dict[str, str]]:
        nonce = fresh_nonce() if nonce_ns is None else nonce_ns
        crypto = CryptoType(signer.crypto_type)
        headers = {NONCE_HEADER: str(nonce)}
        if crypto != CryptoType.SR25519:
            headers[CRYPTO_HEADER] = claims.scheme_name(crypto)
        return Stamp(str(nonce), nonce, crypto), headers

    def stamp_in(self, found: Mapping[str, str]) -> Stamp:
        nonce = claims.decimal(claims.required(found, NONCE_HEADER), NONCE_HEADER)
        crypto = claims.scheme_of(found.get(CRYPTO_HEADER.lower(), "sr25519"))
        return Stamp(str(nonce), nonce, crypto)


CODEC = _Btauth()
"""The format, of which these are the parts:"""
sign = CODEC.sign
check_headers = CODEC.check_headers
verify = CODEC.verify
