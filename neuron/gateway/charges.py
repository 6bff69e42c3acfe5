"""Paying for a request exactly once: credit is reserved, then settled or released.

Owns the life of a charge. Does not own the ledger that it moves credit in, nor the request.

``begin`` sets aside the most that a request can cost; ``settle`` takes what it did cost and gives
back the rest; ``release`` gives back all. Each is one transaction of the store, and a charge ends
once. A process that dies in between leaves an open charge, which ``recover`` releases at the next
start: a crash bills nothing, or once. One gateway has a store at a time.

A buyer that names an idempotency key may send a request again: while the first is under way it is
refused, after it was served the same reply comes again, unbilled, and after it failed it runs anew.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from taokit.neuron.gateway.errors import InProgress, KeyReused, NotFound
from taokit.neuron.gateway.keys import Key
from taokit.neuron.gateway.ledger import REVENUE, Ledger, held
from taokit.neuron.gateway.prices import Units
from taokit.neuron.messages import Hotkey, Receipt
from taokit.neuron.store import Receipts, Store

__all__ = ["Charge", "Charges", "Reply"]

OPEN, SETTLED, RELEASED = "open", "settled", "released"


@dataclass(frozen=True)
class Reply:
    """What the buyer was sent: the body and its content type."""

    body: bytes
    kind: str = "application/json"


@dataclass(frozen=True)
class Charge:
    """A request and what it is paid with, in micro-credits. ``id`` is its receipt's too (a UUID).

    ``reply`` is there when the request was served before, under the same idempotency key.
    """

    id: str
    account: str
    route: str
    state: str
    reserved: int
    cost: int = 0
    units: Units = field(default_factory=dict)
    miner: Hotkey | None = None
    began_ms: int = 0
    reply: Reply | None = None


class Charges:
    """The charges in a store. A gateway at work makes them through ``Books``."""

    def __init__(
        self, store: Store, ledger: Ledger, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.store = store
        self.ledger = ledger
        self._receipts = Receipts(store)
        self._clock = clock

    def begin(
        self, key: Key, route: str, most: int, digest: str, *, idempotency: str | None = None
    ) -> Charge:
        """Set aside ``most``; or, with its ``reply``, the charge of the same request served before.

        ``digest`` is of the request's body. Raises NoCredit, InProgress, KeyReused.
        """
        with self.store.transaction():
            if idempotency is not None:
                known = self.store.row(
                    "SELECT * FROM gateway_charges WHERE account = ? AND idempotency = ?",
                    (key.account, idempotency),
                )
                if known is not None:
                    return _again(known, route, digest)
            charge = Charge(str(uuid4()), key.account, route, OPEN, most, began_ms=self._now())
            if most:
                target = held(key.account)
                self.ledger.transfer(f"reserve:{charge.id}", key.account, target, most, "reserve")
            self.store.execute(
                "INSERT INTO gateway_charges (id, account, key, route, state, reserved, "
                "idempotency, digest, began_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    charge.id,
                    key.account,
                    key.id,
                    route,
                    OPEN,
                    most,
                    idempotency,
                    digest,
                    charge.began_ms,
                ),
            )
        return charge

    def settle(
        self,
        id_: str,
        cost: int,
        *,
        units: Units,
        reply: Reply,
        miner: Hotkey | None = None,
        receipt: Receipt | None = None,
        block: int = 0,
    ) -> Charge:
        """Take the cost, at most what was set aside, and keep receipt and reply.

        What the gateway served itself has no miner and no receipt. A charge that has ended is
        returned as it is; nothing moves.
        """
        with self.store.transaction():
            charge = self._get(id_)
            if charge.state != OPEN:
                return charge
            paid = min(max(0, cost), charge.reserved)
            source = held(charge.account)
            if paid:
                self.ledger.transfer(f"settle:{id_}", source, REVENUE, paid, "settle")
            self._give_back(charge, charge.reserved - paid)
            if receipt is not None:
                self._receipts.add(receipt, block)
            self.store.execute(
                "UPDATE gateway_charges SET state = ?, cost = ?, units = ?, miner = ?, "
                "ended_ms = ?, reply = CASE WHEN idempotency IS NULL THEN NULL ELSE ? END, "
                "reply_kind = ? WHERE id = ?",
                (
                    SETTLED,
                    paid,
                    json.dumps(dict(units), sort_keys=True),
                    miner,
                    self._now(),
                    reply.body,
                    reply.kind,
                    id_,
                ),
            )
            return self._get(id_)

    def release(self, id_: str) -> Charge:
        """Give back what was set aside; the idempotency key may be used again."""
        with self.store.transaction():
            charge = self._get(id_)
            if charge.state != OPEN:
                return charge
            self._give_back(charge, charge.reserved)
            self.store.execute(
                "UPDATE gateway_charges SET state = ?, ended_ms = ?, idempotency = NULL "
                "WHERE id = ?",
                (RELEASED, self._now(), id_),
            )
            return self._get(id_)

    def recover(self) -> int:
        """Release what a process left open that is no more; how many. Call before serving."""
        with self.store.transaction():
            rows = self.store.rows("SELECT id FROM gateway_charges WHERE state = ?", (OPEN,))
            for row in rows:
                self.release(row["id"])
            return len(rows)

    def get(self, id_: str, account: str) -> Charge:
        """A charge of an account. Raises NotFound."""
        charge = self._get(id_)
        if charge.account != account:
            raise NotFound(f"this account has no request {id_}")
        return charge

    def receipt(self, id_: str, account: str) -> Receipt:
        """What the miner signed for a request of this account. Raises NotFound."""
        self.get(id_, account)
        found = self._receipts.get(id_)
        if found is None:
            raise NotFound(
                f"request {id_} has no receipt",
                hint="only what was served has one, and not for ever",
            )
        return found

    def forget_replies(self, before_ms: int) -> int:
        """Drop the kept replies (and idempotency keys) of requests that ended earlier; how many."""
        return self.store.execute(
            "UPDATE gateway_charges SET reply = NULL, idempotency = NULL "
            "WHERE idempotency IS NOT NULL AND ended_ms < ?",
            (before_ms,),
        )

    def _give_back(self, charge: Charge, amount: int) -> None:
        if amount:
            source = held(charge.account)
            self.ledger.transfer(f"release:{charge.id}", source, charge.account, amount, "release")

    def _get(self, id_: str) -> Charge:
        row = self.store.row("SELECT * FROM gateway_charges WHERE id = ?", (id_,))
        if row is None:
            raise NotFound(f"there is no request {id_}")
        return _charge(row)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _again(row: sqlite3.Row, route: str, digest: str) -> Charge:
    if (row["route"], row["digest"]) != (route, digest):
        raise KeyReused(
            "this idempotency key belongs to another request",
            hint="use a new key for each new request",
        )
    if row["state"] == OPEN:
        raise InProgress(
            "a request of this idempotency key is being served",
            hint="send it again in a moment to get its reply",
        )
    return _charge(row)


def _charge(row: sqlite3.Row) -> Charge:
    reply = None if row["reply"] is None else Reply(row["reply"], row["reply_kind"])
    return Charge(
        row["id"],
        row["account"],
        row["route"],
        row["state"],
        row["reserved"],
        row["cost"],
        json.loads(row["units"]),
        row["miner"],
        row["began_ms"],
        reply,
    )
