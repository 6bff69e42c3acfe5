"""What a gateway tells: buyers what they used, miners why they earn what they do.

Owns these two answers. Does not own the books (``ledger``, ``taokit.neuron.store.ScoreBook``).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from taokit.neuron.gateway.charges import SETTLED
from taokit.neuron.gateway.errors import NotFound
from taokit.neuron.gateway.ledger import Ledger, held
from taokit.neuron.gateway.routing import Router
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.store import ScoreBook, Store

if TYPE_CHECKING:
    from taokit.neuron.gateway.deposits import DepositWatcher

__all__ = ["deposits", "usage", "why"]

NEWEST = 20
DEDUCTIONS = 50
LOOKED_AT = 500


def usage(store: Store, ledger: Ledger, account: str) -> dict[str, Any]:
    """What an account holds and has used, in micro-credits, and its newest requests."""
    routes: dict[str, dict[str, Any]] = {}
    for row in store.rows(
        "SELECT route, count(*) AS requests, sum(cost) AS cost FROM gateway_charges "
        "WHERE account = ? AND state = ? GROUP BY route ORDER BY route",
        (account, SETTLED),
    ):
        routes[row["route"]] = {"requests": row["requests"], "cost": row["cost"], "units": {}}
    for row in store.rows(
        "SELECT route, unit.key AS name, sum(unit.value) AS total "
        "FROM gateway_charges, json_each(units) AS unit "
        "WHERE account = ? AND state = ? GROUP BY route, unit.key",
        (account, SETTLED),
    ):
        routes[row["route"]]["units"][row["name"]] = row["total"]
    for row in store.rows("SELECT * FROM gateway_used WHERE account = ?", (account,)):
        known = routes.setdefault(row["route"], {"requests": 0, "cost": 0, "units": {}})
        if row["unit"]:
            known["units"][row["unit"]] = known["units"].get(row["unit"], 0) + row["total"]
        else:
            known["requests"] += int(row["total"])
            known["cost"] += row["cost"]
    newest = store.rows(
        "SELECT id, route, state, cost, miner, key, began_ms FROM gateway_charges "
        "WHERE account = ? ORDER BY began_ms DESC, id LIMIT ?",
        (account, NEWEST),
    )
    return {
        "account": account,
        "balance": ledger.balance(account),
        "reserved": ledger.balance(held(account)),
        "unit": "micro-credits",
        "routes": routes,
        "newest": [dict(row) for row in newest],
    }


def deposits(watcher: DepositWatcher | None, account: str) -> dict[str, Any]:
    """Where an account deposits TAO and what it has deposited. Raises NotFound where none are."""
    if watcher is None:
        raise NotFound("this gateway takes no deposits", hint="ask whoever runs it for credit")
    return {
        "address": watcher.address(account),
        "micro_credits_per_tao": watcher.per_tao,
        "confirmations": watcher.confirmations,
        "read_to_block": watcher.block,
        "deposits": [asdict(deposit) for deposit in watcher.deposits(account)],
    }


def why(hotkey: Hotkey, book: ScoreBook, router: Router, snap: Snapshot) -> dict[str, Any]:
    """Everything that was held against a miner, and what it comes to. Raises NotFound."""
    neuron, entry = snap.get(hotkey), book.entry(hotkey)
    if neuron is None and entry is None:
        raise NotFound(f"{hotkey} is not known here", hint="it has to be registered in this subnet")
    weights = router.weights(snap)
    total = sum(weights.values())
    deductions = [
        {
            "block": seen.block,
            "task": seen.verdict.task,
            "quality": seen.verdict.quality,
            "reason": seen.verdict.reason.value,
            "evidence": seen.verdict.evidence,
        }
        for seen in book.verdicts(hotkey, limit=LOOKED_AT)
        if not seen.verdict.ok or seen.verdict.quality < 1.0
    ]
    return {
        "hotkey": hotkey,
        "uid": None if neuron is None else neuron.uid,
        "block": snap.block,
        "score": 0.0 if entry is None else entry.value,
        "samples": 0 if entry is None else entry.samples,
        "passed": 0 if entry is None else entry.passed,
        "reasons": {reason.value: n for reason, n in sorted(book.reasons(hotkey).items())},
        "deductions": deductions[:DEDUCTIONS],
        "routing": {
            "share": weights.get(hotkey, 0.0) / total if total else 0.0,
            "left_alone": not router.breakers.allows(hotkey),
        },
    }
