"""API keys: ``tk_`` and 256 random bits, of which only a hash is kept.

Owns keys and what each is for. Does not own credit (``ledger``): several keys may spend from one
account. A plain hash is enough, because nobody can guess 256 bits.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from taokit.neuron.errors import RateLimited
from taokit.neuron.gateway.errors import BadKey, NotInScope
from taokit.neuron.serving.rates import TokenBuckets
from taokit.neuron.store import Store

__all__ = ["CALL", "PREFIX", "USAGE", "Key", "KeyRates", "Keys"]

PREFIX = "tk_"
CALL = "call"
"""The scope of requests that miners serve."""
USAGE = "usage"
"""The scope of reading the account's usage and receipts."""


@dataclass(frozen=True)
class Key:
    """An API key without its secret. ``rate`` is requests a second; None for the gateway's own."""

    id: str
    account: str
    scopes: frozenset[str]
    label: str = ""
    rate: float | None = None
    burst: float | None = None
    made_ms: int = 0
    revoked_ms: int | None = None

    def need(self, scope: str) -> None:
        """Raise NotInScope unless the key is for this."""
        if scope not in self.scopes:
            raise NotInScope(
                f"this key is for {', '.join(sorted(self.scopes)) or 'nothing'}, not for {scope}",
                hint="use a key that has this scope",
            )


class Keys:
    """The keys in a store."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def make(
        self,
        account: str,
        *,
        scopes: Collection[str] = (CALL, USAGE),
        label: str = "",
        rate: float | None = None,
        burst: float | None = None,
    ) -> tuple[str, Key]:
        """A new key: its secret, which is never shown again, and what is kept of it."""
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(
            f"key_{secrets.token_hex(6)}",
            account,
            frozenset(scopes),
            label,
            rate,
            burst,
            int(self._clock() * 1000),
        )
        self._store.execute(
            "INSERT INTO gateway_keys (id, account, hash, scopes, label, rate, burst, made_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key.id,
                account,
                _hash(secret),
                json.dumps(sorted(key.scopes)),
                label,
                rate,
                burst,
                key.made_ms,
            ),
        )
        return secret, key

    def find(self, authorization: str | None) -> Key:
        """The key of an ``Authorization`` header. Raises BadKey."""
        kind, _, secret = (authorization or "").partition(" ")
        secret = secret.strip()
        if kind.lower() != "bearer" or not secret.startswith(PREFIX):
            raise BadKey("no API key was given", hint=f"send Authorization: Bearer {PREFIX}...")
        row = self._store.row("SELECT * FROM gateway_keys WHERE hash = ?", (_hash(secret),))
        if row is None or row["revoked_ms"] is not None:
            what = "is not known" if row is None else "was revoked"
            raise BadKey(f"this API key {what}", hint="ask whoever runs the gateway for another")
        return _key(row)

    def revoke(self, id_: str) -> bool:
        """End a key, from the next request on; False when there is none that is alive."""
        return (
            self._store.execute(
                "UPDATE gateway_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL",
                (int(self._clock() * 1000), id_),
            )
            == 1
        )

    def of(self, account: str) -> list[Key]:
        """The keys of an account, revoked ones too, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM gateway_keys WHERE account = ? ORDER BY made_ms, id", (account,)
        )
        return [_key(row) for row in rows]


class KeyRates:
    """How often each key may ask: its own rate, or ``rate`` and ``burst``."""

    def __init__(
        self, rate: float, burst: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._usual = (rate, burst)
        self._clock = clock
        self._buckets: dict[tuple[float, float], TokenBuckets] = {}

    def take(self, key: Key) -> None:
        """Count a request. Raises RateLimited."""
        rate, burst = self._usual
        if key.rate is not None:
            rate, burst = key.rate, key.burst or max(1.0, key.rate)
        buckets = self._buckets.get((rate, burst))
        if buckets is None:
            buckets = self._buckets[rate, burst] = TokenBuckets(rate, burst, clock=self._clock)
        try:
            buckets.take(key.id)
        except RateLimited as error:
            raise RateLimited(
                f"this key may ask {rate:g} times a second",
                retry_after=error.retry_after,
                hint=f"try again in {error.retry_after:.3g} s",
            ) from None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: sqlite3.Row) -> Key:
    return Key(
        row["id"],
        row["account"],
        frozenset(json.loads(row["scopes"])),
        row["label"],
        row["rate"],
        row["burst"],
        row["made_ms"],
        row["revoked_ms"],
    )
