"""Nonces for many extrinsics under way at once.

Owns the next number of each account while something is being sent. The node is asked when
nothing is: ``account_nextIndex`` counts what its pool holds, so as soon as the pool has accepted
an extrinsic the node's answer is right again, and other programs that sign with the same account
are seen. Between asking and acceptance numbers are counted here.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

__all__ = ["NonceManager"]


@dataclass
class _Account:
    next: int | None = None
    sending: int = 0
    gaps: list[int] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class NonceManager:
    """Hands out nonces. ``ask`` is ``account_nextIndex`` for an SS58 address."""

    def __init__(self, ask: Callable[[str], Awaitable[int]]) -> None:
        self._ask = ask
        self._accounts: dict[str, _Account] = {}

    async def reserve(self, address: str, at_least: int = 0) -> int:
        """A nonce nobody else was given. End with :meth:`accepted`, :meth:`rejected` or
        :meth:`taken`. ``at_least`` passes over numbers known to be gone."""
        account = self._accounts.setdefault(address, _Account())
        account.sending += 1
        try:
            async with account.lock:
                if account.gaps and account.gaps[0] >= at_least:
                    return heapq.heappop(account.gaps)
                next_ = await self._ask(address) if account.next is None else account.next
                nonce = max(next_, at_least)
                account.next = nonce + 1
                return nonce
        except BaseException:
            self._done(address)
            raise

    def accepted(self, address: str, nonce: int) -> None:
        """The pool holds the extrinsic with this nonce."""
        self._done(address)

    def rejected(self, address: str, nonce: int) -> None:
        """The extrinsic was refused or never sent: its number is free again."""
        account = self._accounts[address]
        if account.next == nonce + 1:
            account.next = nonce
        else:
            heapq.heappush(account.gaps, nonce)
        self._done(address)

    async def taken(self, address: str, nonce: int) -> None:
        """The chain or the pool has this nonce already: catch up with the node."""
        account = self._accounts[address]
        try:
            asked = await self._ask(address)
            account.next = max(account.next or 0, nonce + 1, asked)
            account.gaps = [gap for gap in account.gaps if gap > nonce]
            heapq.heapify(account.gaps)
        finally:
            self._done(address)

    def _done(self, address: str) -> None:
        account = self._accounts[address]
        account.sending -= 1
        if account.sending == 0:
            del self._accounts[address]
