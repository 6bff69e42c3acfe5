"""Forgetting old requests without losing count: sums stay, single ones go.

Owns what goes together: a charge, its transfers, its receipt. Their amounts are carried forward, in
the ledger as one transfer between each two accounts, so that it balances as before, and in the
totals that ``/v1/usage`` tells. Grants, deposits and what was paid out are never forgotten: their
ids are what keeps them from happening twice.
"""

from __future__ import annotations

import json
from collections import defaultdict

from taokit.neuron.gateway.charges import OPEN, SETTLED
from taokit.neuron.store import Store

__all__ = ["prune"]

MOST_AT_ONCE = 500
_STEPS = ("reserve", "settle", "release")


def prune(store: Store, before_ms: int, *, most: int = MOST_AT_ONCE) -> int:
    """Forget requests that ended earlier, the oldest ``most`` of them; how many there were."""
    with store.transaction():
        rows = store.rows(
            "SELECT id, account, route, state, cost, units FROM gateway_charges "
            "WHERE ended_ms < ? AND state != ? AND idempotency IS NULL ORDER BY ended_ms LIMIT ?",
            (before_ms, OPEN, most),
        )
        moved: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            if row["state"] == SETTLED:
                _count(store, row["account"], row["route"], row["cost"], json.loads(row["units"]))
            names = tuple(f"{step}:{row['id']}" for step in _STEPS)
            for line in store.rows(
                "SELECT source, target, amount FROM gateway_transfers WHERE id IN (?, ?, ?)", names
            ):
                moved[line["source"], line["target"]] += line["amount"]
            store.execute("DELETE FROM gateway_transfers WHERE id IN (?, ?, ?)", names)
            store.execute("DELETE FROM receipts WHERE id = ?", (row["id"],))
            store.execute("DELETE FROM gateway_charges WHERE id = ?", (row["id"],))
        for (source, target), amount in moved.items():
            store.execute(
                "INSERT INTO gateway_transfers (id, source, target, amount, kind, at_ms) "
                "VALUES (?, ?, ?, ?, 'carried', ?) ON CONFLICT (id) DO UPDATE SET "
                "amount = amount + excluded.amount, at_ms = excluded.at_ms",
                (f"carried:{source}:{target}", source, target, amount, before_ms),
            )
        return len(rows)


def _count(store: Store, account: str, route: str, cost: int, units: dict[str, float]) -> None:
    """Add a request to the totals of its account; the unit ``""`` is of requests and their cost."""
    add = (
        "INSERT INTO gateway_used (account, route, unit, total, cost) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account, route, unit) DO UPDATE SET total = total + excluded.total, "
        "cost = cost + excluded.cost"
    )
    store.execute(add, (account, route, "", 1, cost))
    for unit, total in units.items():
        store.execute(add, (account, route, unit, total, 0))
