"""A format of signed requests: signing one, and judging one in two steps, the same for all.

Owns the order of the checks. Does not own what differs between formats, which is a subclass's to
say (``btauth``, ``epistula``): the headers' names, what they hold besides, and the bytes signed.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from taokit.neuron.auth import claims
from taokit.neuron.auth.claims import Caller, Claim, NonceStore
from taokit.neuron.errors import MalformedAuth
from taokit.neuron.messages import Hotkey
from taokit.wallet.schemes import CryptoType
from taokit.wallet.signer import Signer

__all__ = ["Codec", "Stamp"]


@dataclass(frozen=True)
class Stamp:
    """What makes one request different from every other: its nonce and its time (Unix, ns)."""

    nonce: str
    nonce_ns: int
    crypto: CryptoType = CryptoType.SR25519


class Codec(ABC):
    """A format. ``MAX_AGE`` and ``SKEW`` are how old and how far ahead a request may be, in s."""

    NAME: ClassVar[str]
    VERSION: ClassVar[str]
    MAX_AGE: ClassVar[float]
    SKEW: ClassVar[float] = 2.0
    VERSION_HEADER: ClassVar[str]
    HOTKEY_HEADER: ClassVar[str]
    RECEIVER_HEADER: ClassVar[str]
    SIGNATURE_HEADER: ClassVar[str]

    @abstractmethod
    def signed(
        self,
        stamp: Stamp,
        method: str,
        path: str,
        body: bytes,
        sender: Hotkey,
        receiver: Hotkey | None,
    ) -> bytes:
        """The bytes that are signed."""

    @abstractmethod
    def stamped(self, signer: Signer, nonce_ns: int | None) -> tuple[Stamp, dict[str, str]]:
        """A new request's stamp, and the headers that carry it. Raises SignerRefused."""

    @abstractmethod
    def stamp_in(self, found: Mapping[str, str]) -> Stamp:
        """The stamp that headers (by lowercase name) carry. Raises MalformedAuth."""

    def receiver_in(self, found: Mapping[str, str]) -> Hotkey | None:
        """For whom headers say that the request is."""
        return found.get(self.RECEIVER_HEADER.lower())

    def sign(
        self,
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
        sender = signer.ss58_address
        stamp, own = self.stamped(signer, nonce_ns)
        signature = claims.sign_now(
            signer, self.signed(stamp, method, path, body, sender, receiver)
        )
        headers = {
            self.VERSION_HEADER: self.VERSION,
            self.HOTKEY_HEADER: sender,
            **own,
            self.SIGNATURE_HEADER: "0x" + signature.hex(),
        }
        if receiver is not None:
            headers[self.RECEIVER_HEADER] = receiver
        return headers

    def check_headers(
        self,
        headers: Mapping[str, str],
        *,
        receiver: Hotkey,
        now_ns: int,
        max_age: float | None = None,
        skew: float | None = None,
        require_receiver: bool = True,
    ) -> Claim:
        """Judge the headers when they arrive: shape, then receiver, then freshness.

        ``receiver`` is the hotkey of whoever is asked. Raises MalformedAuth, WrongReceiver or
        StaleRequest.
        """
        found = claims.lowered(headers)
        if found.get(self.VERSION_HEADER.lower()) != self.VERSION:
            raise MalformedAuth(f"the header {self.VERSION_HEADER} is not {self.VERSION!r}")
        hotkey = claims.required(found, self.HOTKEY_HEADER)
        stamp = self.stamp_in(found)
        signature = claims.signature_bytes(claims.required(found, self.SIGNATURE_HEADER))
        key = claims.public_key(hotkey)
        meant_for = self.receiver_in(found)
        age = self.MAX_AGE if max_age is None else max_age
        claims.check_receiver(meant_for, receiver, require_receiver)
        claims.check_fresh(stamp.nonce_ns, now_ns, age, self.SKEW if skew is None else skew)
        return Claim(
            codec=self.NAME,
            hotkey=hotkey,
            public_key=key,
            crypto=stamp.crypto,
            nonce=stamp.nonce,
            nonce_ns=stamp.nonce_ns,
            receiver=meant_for,
            signature=signature,
            arrived_ns=now_ns,
            forget_ns=claims.forget_at(stamp.nonce_ns, age),
        )

    def verify(
        self,
        claim: Claim,
        method: str,
        path: str,
        body: bytes,
        nonces: NonceStore,
        *,
        now_ns: int | None = None,
    ) -> Caller:
        """Judge the request once its body is there. Raises BadSignature or ReplayedRequest.

        The signature is tried under the declared scheme only. ``now_ns`` is when the body was
        whole (now, unless told).
        """
        stamp = Stamp(claim.nonce, claim.nonce_ns, claim.crypto)
        signed = self.signed(stamp, method, path, body, claim.hotkey, claim.receiver)
        return claims.accept(claim, signed, nonces, time.time_ns() if now_ns is None else now_ns)
