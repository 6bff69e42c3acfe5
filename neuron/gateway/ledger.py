"""Who holds how much: a ledger of transfers between accounts, in whole micro-credits.

Owns accounts and balances. Does not own what a request costs (``prices``) nor when (``charges``).

Every change is a transfer from one account to another, so the books balance by construction: what
is credited comes from ``outside`` (the one balance that may be negative: minus what was ever paid
in), what is spent goes to ``revenue``. A transfer has an id and happens once, however often it is
asked for. SQLite refuses a balance below zero.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from taokit.neuron.errors import NoCredit
from taokit.neuron.gateway.errors import LedgerBroken, NotFound
from taokit.neuron.gateway.prices import MICRO
from taokit.neuron.store import Store

__all__ = ["OUTSIDE", "REVENUE", "Ledger", "Transfer", "held"]

OUTSIDE = "outside"
REVENUE = "revenue"
_ADD = (
    "INSERT INTO gateway_balances (account, amount) VALUES (?, ?) "
    "ON CONFLICT (account) DO UPDATE SET amount = amount + excluded.amount"
)


@dataclass(frozen=True)
class Transfer:
    """One line of the ledger: ``amount`` micro-credits moved."""

    number: int
    id: str
    source: str
    target: str
    amount: int
    kind: str
    at_ms: int


def held(account: str) -> str:
    """Where an account's reserved credit is."""
    return f"{account}/held"


class Ledger:
    """The ledger in a store."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def open_account(self, name: str) -> str:
        """A new account; its id."""
        account = f"ac_{secrets.token_hex(8)}"
        self._store.execute(
            "INSERT INTO gateway_accounts (id, name, made_ms) VALUES (?, ?, ?)",
            (account, name, self._now()),
        )
        return account

    def accounts(self) -> list[tuple[str, str]]:
        """Every account: id and name, oldest first."""
        rows = self._store.rows("SELECT id, name FROM gateway_accounts ORDER BY made_ms, id")
        return [(row["id"], row["name"]) for row in rows]

    def grant(self, account: str, amount: int, key: str) -> bool:
        """Credit an account, once for each ``key``; False when that was done before."""
        if self._store.row("SELECT 1 FROM gateway_accounts WHERE id = ?", (account,)) is None:
            raise NotFound(f"there is no account {account}", hint="open one first")
        return self.transfer(f"grant:{key}", OUTSIDE, account, amount, "grant")

    def transfer(self, id_: str, source: str, target: str, amount: int, kind: str) -> bool:
        """Move credit, once for each id; False when that was done before.

        Raises NoCredit when the source holds too little, LedgerBroken when the id stands for
        another transfer, ValueError for an amount that is not a whole number above 0.
        """
        if not isinstance(amount, int) or amount <= 0:
            raise ValueError(f"a transfer is of whole micro-credits above 0, not {amount!r}")
        with self._store.transaction():
            done = self._store.row("SELECT * FROM gateway_transfers WHERE id = ?", (id_,))
            if done is not None:
                was = (done["source"], done["target"], done["amount"])
                if was != (source, target, amount):
                    raise LedgerBroken(
                        f"{id_} was a transfer of {was[2]} from {was[0]} to {was[1]}"
                    )
                return False
            if not self._take(source, amount):
                raise NoCredit(
                    f"this needs {amount / MICRO:.6f} credits and the account holds "
                    f"{self.balance(source) / MICRO:.6f}",
                    hint="add credit to the account; GET /v1/usage tells what is left",
                )
            self._store.execute(
                "INSERT INTO gateway_transfers (id, source, target, amount, kind, at_ms) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (id_, source, target, amount, kind, self._now()),
            )
            self._store.execute(_ADD, (target, amount))
        return True

    def balance(self, account: str) -> int:
        """What an account holds, in micro-credits; what is reserved is not in it."""
        row = self._store.row("SELECT amount FROM gateway_balances WHERE account = ?", (account,))
        return 0 if row is None else int(row["amount"])

    def transfers(self, account: str, *, after: int = 0, limit: int = 1_000) -> list[Transfer]:
        """The transfers from and to an account, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM gateway_transfers WHERE (source = ? OR target = ?) AND number > ? "
            "ORDER BY number LIMIT ?",
            (account, account, after, limit),
        )
        return [Transfer(**dict(row)) for row in rows]

    def check(self) -> None:
        """Raise LedgerBroken unless every balance is the sum of its transfers, and all sum to 0."""
        wrong = self._store.rows(
            "SELECT account FROM (SELECT account, amount FROM gateway_balances UNION ALL "
            "SELECT source, amount FROM gateway_transfers UNION ALL "
            "SELECT target, -amount FROM gateway_transfers) GROUP BY account "
            "HAVING sum(amount) <> 0"
        )
        if wrong:
            names = ", ".join(row["account"] for row in wrong)
            raise LedgerBroken(f"balance and transfers differ for {names}")
        total = self._store.row("SELECT coalesce(sum(amount), 0) AS n FROM gateway_balances")
        if total is not None and total["n"] != 0:
            raise LedgerBroken(f"all balances sum to {total['n']}, not 0")

    def _take(self, source: str, amount: int) -> bool:
        """Lower a balance; False when it is too small."""
        if source == OUTSIDE:
            self._store.execute(_ADD, (source, -amount))
            return True
        taken = self._store.execute(
            "UPDATE gateway_balances SET amount = amount - ?1 WHERE account = ?2 AND amount >= ?1",
            (amount, source),
        )
        return taken == 1

    def _now(self) -> int:
        return int(self._clock() * 1000)
