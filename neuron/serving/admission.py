"""How a request gets in: everything that is checked before a handler sees it, in one order.

Owns the order: header shape, receiver, freshness; delegation; gate; rate; declared size; only then
the body, counted while it is read; signature and replay. Whoever fails before the signature holds
is answered without a signature of ours, so that a stranger cannot make us work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope

from taokit.neuron.auth import delegation
from taokit.neuron.auth.claims import BODY_SECONDS, Caller, Claim, NonceStore
from taokit.neuron.auth.codecs import CODECS, codec_for
from taokit.neuron.auth.responses import Exchange
from taokit.neuron.errors import NotPermitted
from taokit.neuron.messages import Hotkey
from taokit.neuron.serving.bodies import check_declared, read_body
from taokit.neuron.serving.gate import Gate
from taokit.neuron.serving.rates import TokenBuckets
from taokit.neuron.serving.snapshots import SnapshotCache

__all__ = ["Admission", "Admitted"]

_LOOK_AGAIN_S = 1.0  # a refusal by a metagraph older than this is checked against a newer one


@dataclass(frozen=True)
class Admitted:
    """A proven request. ``priority`` is what the gate said, ``exchange`` what answers sign."""

    caller: Caller
    priority: float
    body: bytes
    exchange: Exchange


class Admission:
    """The checks of one server."""

    def __init__(
        self,
        hotkey: Hotkey,
        netuid: int,
        *,
        gate: Gate,
        snapshots: SnapshotCache,
        buckets: TokenBuckets,
        nonces: NonceStore,
        codecs: Collection[str],
        max_body: int,
        body_seconds: float,
        max_age: float | None = None,
    ) -> None:
        if body_seconds > BODY_SECONDS:
            raise ValueError(f"a body may take {BODY_SECONDS:g} s at most")
        self._hotkey = hotkey
        self._netuid = netuid
        self._gate = gate
        self._snapshots = snapshots
        self._buckets = buckets
        self._nonces = nonces
        self._codecs = codecs
        self._max_body = max_body
        self._body_seconds = body_seconds
        self._max_age = max_age

    async def admit(self, scope: Scope, receive: Receive, arrived_ns: int) -> Admitted:
        """Let a request in. Raises AuthError, NotPermitted, RateLimited, BodyTooLarge, ..."""
        headers = _headers(scope)
        claim, delegator = self._claim(headers, scope["path"], arrived_ns)
        principal = delegator or claim.hotkey
        priority = await self._priority(principal)
        self._buckets.look(claim.hotkey)
        check_declared(headers, self._max_body)
        body = await read_body(receive, self._max_body, self._body_seconds)
        codec = CODECS[claim.codec]
        caller = codec.verify(claim, scope["method"], _target(scope), body, self._nonces)
        return Admitted(
            caller if delegator is None else replace(caller, delegator=delegator),
            priority,
            body,
            Exchange(
                responder=self._hotkey,
                requester=claim.hotkey,
                req=hashlib.sha256(body).hexdigest(),
                request_signature=claim.signature.hex(),
            ),
        )

    def pay(self, caller: Caller) -> None:
        """Count a proven request against its sender's rate. Raises RateLimited."""
        self._buckets.take(caller.hotkey)

    def _claim(
        self, headers: dict[str, str], path: str, arrived_ns: int
    ) -> tuple[Claim, Hotkey | None]:
        codec = codec_for(headers, self._codecs)
        claim = codec.check_headers(
            headers, receiver=self._hotkey, now_ns=arrived_ns, max_age=self._max_age
        )
        token = headers.get(delegation.HEADER.lower())
        if token is None:
            return claim, None
        given = delegation.check_delegation(
            token, caller=claim.hotkey, netuid=self._netuid, path=path, now_s=arrived_ns / 1e9
        )
        return claim, given.delegator

    async def _priority(self, hotkey: Hotkey) -> float:
        snapshot = await self._snapshots.get()
        try:
            return self._gate.admit(hotkey, snapshot)
        except NotPermitted:
            newer = await self._snapshots.get(at_most_s=_LOOK_AGAIN_S)
            if newer is snapshot:
                raise
            return self._gate.admit(hotkey, newer)


def _headers(scope: Scope) -> dict[str, str]:
    """Headers by lowercase name; one that comes twice is joined, and so proves nothing."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _target(scope: Scope) -> str:
    """The request's target as it came over the wire."""
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    return bytes(raw + b"?" + query if query else raw).decode("latin-1")
