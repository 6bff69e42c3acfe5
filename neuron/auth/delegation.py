"""Delegation: a validator lets a gateway ask in its place, without lending its hotkey.

Owns the token: the validator signs who may ask (the gateway's hotkey), in which subnet, on which
paths and until when. The gateway signs its requests with its own hotkey and sends the token along;
a miner then asks whether the *delegator* may ask. A token in other hands is worth nothing.

The signed bytes are seven lines: protocol, scheme, delegator, gateway, netuid, scope, expiry in
Unix seconds. The header is the same fields and the signature as base64url of JSON.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache

from taokit.neuron.auth import claims
from taokit.neuron.errors import BadSignature, MalformedAuth, StaleRequest, WrongReceiver
from taokit.neuron.messages import Hotkey, Message
from taokit.wallet.schemes import verify as verify_signature
from taokit.wallet.signer import Signer

__all__ = ["HEADER", "Delegation", "check_delegation", "delegate"]

PROTOCOL = "tkdeleg/1"
HEADER = "X-Taokit-Delegation"
EVERYWHERE = "*"
_LONGEST = 2048


@dataclass(frozen=True)
class Delegation:
    """Who lets whom ask. ``scope`` is ``*`` or the start of the paths; ``exp`` Unix seconds."""

    delegator: Hotkey
    gateway: Hotkey
    netuid: int
    scope: str
    exp: int

    def payload(self, crypto: int) -> bytes:
        """The bytes that the delegator signs."""
        return (
            f"{PROTOCOL}\n{claims.scheme_name(crypto)}\n{self.delegator}\n{self.gateway}\n"
            f"{self.netuid}\n{self.scope}\n{self.exp}"
        ).encode()


class _Token(Message):
    delegator: str
    gateway: str
    netuid: int
    scope: str
    exp: int
    crypto: str
    sig: str


def delegate(
    signer: Signer, gateway: Hotkey, netuid: int, *, exp: int, scope: str = EVERYWHERE
) -> str:
    """The value of the header that lets a gateway ask until ``exp`` (Unix seconds)."""
    if scope != EVERYWHERE and (not scope.startswith("/") or not scope.isprintable()):
        raise ValueError(f"a scope is {EVERYWHERE!r} or the start of a path, not {scope!r}")
    claims.public_key(gateway)
    given = Delegation(signer.ss58_address, gateway, netuid, scope, exp)
    signature = claims.sign_now(signer, given.payload(signer.crypto_type))
    token = _Token(
        **vars(given), crypto=claims.scheme_name(signer.crypto_type), sig=signature.hex()
    )
    return urlsafe_b64encode(token.model_dump_json().encode()).decode()


def check_delegation(
    text: str, *, caller: Hotkey, netuid: int, path: str, now_s: float
) -> Delegation:
    """The delegation in a header, if it holds for this caller, subnet, path and time.

    Raises MalformedAuth, BadSignature, WrongReceiver (another gateway, subnet or path) or
    StaleRequest (expired).
    """
    given = _proven(text)
    if given.gateway != caller:
        raise WrongReceiver("the delegation is another gateway's")
    if given.netuid != netuid:
        raise WrongReceiver("the delegation is for another subnet")
    if given.scope != EVERYWHERE and not path.startswith(given.scope):
        raise WrongReceiver("the delegation does not cover this path")
    if now_s >= given.exp:
        raise StaleRequest("the delegation has expired")
    return given


@lru_cache(maxsize=1024)
def _proven(text: str) -> Delegation:
    """Read a token and check its signature; remembered, for a gateway sends it every time."""
    if len(text) > _LONGEST:
        raise MalformedAuth("the delegation is too long")
    try:
        token = _Token.model_validate_json(urlsafe_b64decode(text), strict=True)
    except ValueError:
        raise MalformedAuth("the delegation cannot be read") from None
    given = Delegation(token.delegator, token.gateway, token.netuid, token.scope, token.exp)
    scheme = claims.scheme_of(token.crypto)
    key = claims.public_key(given.delegator)
    raw = claims.signature_bytes(token.sig)
    if not verify_signature(scheme, key, given.payload(scheme), raw):
        raise BadSignature("the delegation is not signed by its delegator")
    return given
