"""What was earned, handed on: to the owner, to be burned, to buy back alpha. Each part once.

Owns taking revenue out of the books in numbered parts. Does not own what becomes of it: that is the
hook that a project gives (``on_revenue``).

A part is set aside on disk before the hook is told of it, and is paid out on disk after the hook
has returned. Who is killed in between tells the hook of the same part again, with the same ``id``
and amount: a hook that moves money has to know by the id what it has done already, as with a
transfer that is looked for on chain before it is sent.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from taokit.neuron.gateway.books import Books
from taokit.neuron.gateway.charges import Charges
from taokit.neuron.gateway.ledger import OUTSIDE, REVENUE

__all__ = ["PAYOUT", "OnRevenue", "Payouts", "Revenue"]

PAYOUT = "payout"
"""Where a part is while the hook is at work."""


@dataclass(frozen=True)
class Revenue:
    """A part of what was earned, in micro-credits. ``id`` is its own, whatever happens."""

    id: str
    amount: int


OnRevenue = Callable[[Revenue], Awaitable[None] | None]


class Payouts:
    """Hands on what a gateway earned, every ``every_s`` seconds, once it is ``least`` or more."""

    def __init__(
        self, books: Books, hook: OnRevenue, *, every_s: float, least: int = 1, log: Any
    ) -> None:
        self._books = books
        self._hook = hook
        self._every_s = every_s
        self._least = least
        self._log = log

    async def run(self) -> None:
        """Go on until cancelled. A hook that fails is asked again, for the same part."""
        while True:
            try:
                await self.step()
            except Exception as error:  # noqa: BLE001 - the hook's, and it is asked again
                self._log.exception("on_revenue_failed", detail=str(error))
            await asyncio.sleep(self._every_s)

    async def step(self) -> Revenue | None:
        """Hand on what there is. Raises what the hook does."""
        part = await self._books.run(self._set_aside)
        if part is None:
            return None
        done = self._hook(part)
        if inspect.isawaitable(done):
            await done
        await self._books.run(
            lambda charges: charges.ledger.transfer(
                f"paid:{part.id}", PAYOUT, OUTSIDE, part.amount, "paid"
            )
        )
        return part

    def _set_aside(self, charges: Charges) -> Revenue | None:
        """The part that was not paid out yet, or a new one."""
        last = charges.store.row(
            "SELECT id, amount FROM gateway_transfers WHERE kind = 'payout' "
            "ORDER BY number DESC LIMIT 1"
        )
        if last is not None and charges.ledger.balance(PAYOUT):
            return Revenue(last["id"], last["amount"])
        amount = charges.ledger.balance(REVENUE)
        if amount < self._least:
            return None
        number = 1 if last is None else int(last["id"].partition(":")[2]) + 1
        charges.ledger.transfer(f"payout:{number}", REVENUE, PAYOUT, amount, "payout")
        return Revenue(f"payout:{number}", amount)
