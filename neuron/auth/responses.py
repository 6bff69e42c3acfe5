"""Signatures over responses: a miner cannot deny an answer, and nobody can swap it.

Owns the payload ``tkresp/1``, its header, and receipts, which a third party can check with nothing
but the receipt. Does not own streams' framing (``streaming``), which ends in the same payload.

The signed bytes are eight lines: protocol, scheme, HTTP status, sha256 of the request's body,
sha256 of the response's body, the request's signature in hex, responder, requester. Through the
request's signature an answer belongs to one request and cannot be given to another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import uuid4

from taokit.neuron.auth import claims
from taokit.neuron.errors import BadSignature, MalformedAuth
from taokit.neuron.messages import Hotkey, Receipt
from taokit.wallet.schemes import CryptoType
from taokit.wallet.schemes import verify as verify_signature
from taokit.wallet.signer import Signer

__all__ = [
    "HEADER",
    "Exchange",
    "Seal",
    "payload",
    "seal",
    "sign_response",
    "verify_receipt",
    "verify_response",
    "verify_seal",
]

PROTOCOL = "tkresp/1"
HEADER = "X-Taokit-Signature"


@dataclass(frozen=True)
class Exchange:
    """Who asked whom, and what. ``req`` is sha256 of the request's body in hex.

    ``request_signature`` is the request's, as 128 hex digits.
    """

    responder: Hotkey
    requester: Hotkey
    req: str
    request_signature: str


@dataclass(frozen=True)
class Seal:
    """A responder's signature over a response. ``resp`` is sha256 of its body in hex."""

    status: int
    resp: str
    crypto: CryptoType
    signature: bytes

    @property
    def header(self) -> str:
        """The header's value: ``scheme:hex``."""
        return f"{claims.scheme_name(self.crypto)}:{self.signature.hex()}"

    def receipt(
        self, exchange: Exchange, *, ttft_ms: int = 0, ms: int = 0, units: float = 0.0
    ) -> Receipt:
        """The exchange as a record that anyone can check."""
        return Receipt(
            id=uuid4(),
            miner=exchange.responder,
            caller=exchange.requester,
            req=exchange.req,
            resp=self.resp,
            units=units,
            ttft_ms=ttft_ms,
            ms=ms,
            status=self.status,
            request_sig=exchange.request_signature,
            crypto="ed25519" if self.crypto == CryptoType.ED25519 else "sr25519",
            sig=self.signature.hex(),
        )


def payload(exchange: Exchange, crypto: int, status: int, resp: str) -> bytes:
    """The bytes that are signed."""
    return (
        f"{PROTOCOL}\n{claims.scheme_name(crypto)}\n{status}\n{exchange.req}\n{resp}\n"
        f"{exchange.request_signature}\n{exchange.responder}\n{exchange.requester}"
    ).encode()


def seal(signer: Signer, exchange: Exchange, status: int, resp: str) -> Seal:
    """Sign a response by its digest."""
    signed = claims.sign_now(signer, payload(exchange, signer.crypto_type, status, resp))
    return Seal(status, resp, CryptoType(signer.crypto_type), signed)


def sign_response(signer: Signer, exchange: Exchange, status: int, body: bytes) -> str:
    """The value of the header ``X-Taokit-Signature``."""
    return seal(signer, exchange, status, hashlib.sha256(body).hexdigest()).header


def verify_response(exchange: Exchange, status: int, body: bytes, header: str | None) -> Seal:
    """Check a response's header. Raises MalformedAuth (none, or unreadable) or BadSignature."""
    if not header:
        raise MalformedAuth("the response is not signed")
    scheme, _, digits = header.partition(":")
    found = Seal(
        status,
        hashlib.sha256(body).hexdigest(),
        claims.scheme_of(scheme),
        claims.signature_bytes(digits),
    )
    verify_seal(exchange, found)
    return found


def verify_seal(exchange: Exchange, found: Seal) -> None:
    """Raise BadSignature unless the responder signed this response to this request."""
    signed = payload(exchange, found.crypto, found.status, found.resp)
    key = claims.public_key(exchange.responder)
    if not verify_signature(found.crypto, key, signed, found.signature):
        raise BadSignature("the response is not signed by the hotkey that was asked")


def verify_receipt(receipt: Receipt) -> None:
    """Raise BadSignature unless the miner signed the exchange that the receipt tells of.

    Proven are miner, caller, both digests, status and request; not the times and not the units,
    which are the caller's own measure.
    """
    exchange = Exchange(receipt.miner, receipt.caller, receipt.req, receipt.request_sig)
    crypto = claims.scheme_of(receipt.crypto)
    verify_seal(exchange, Seal(receipt.status, receipt.resp, crypto, bytes.fromhex(receipt.sig)))
