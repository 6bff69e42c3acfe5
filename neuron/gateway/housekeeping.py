"""What a gateway does between requests: saves what it learned, forgets what is old.

Owns when. Does not own what is saved (``kept_routing``) nor what is forgotten (``charges``,
``pruning``). It is all done where the books are written, off the event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from taokit.neuron.gateway.books import Books
from taokit.neuron.gateway.kept_routing import KeptRouting
from taokit.neuron.gateway.pruning import prune

__all__ = ["Housekeeping"]

SWEEP_S = 600.0


class Housekeeping:
    """Of one gateway. ``replies_s`` is how long replies of idempotency keys are kept, ``records_s``
    how long requests with their receipts are; both in seconds after they ended."""

    def __init__(
        self,
        books: Books,
        kept: KeptRouting,
        *,
        replies_s: float,
        records_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._books = books
        self._kept = kept
        self._replies_s = replies_s
        self._records_s = records_s
        self._clock = clock
        self._swept = clock()

    def tick(self) -> None:
        """Do what is due; called after each request."""
        if self._kept.due():
            self.save()
        now = self._clock()
        if now - self._swept >= SWEEP_S:
            self._swept = now
            replies = int((now - self._replies_s) * 1000)
            records = int((now - max(self._records_s, self._replies_s)) * 1000)
            self._books.soon(lambda charges: charges.forget_replies(replies))
            self._books.soon(lambda charges: prune(charges.store, records))

    def save(self) -> None:
        """Save what was learned."""
        save = self._kept.taken()
        self._books.soon(lambda charges: save(charges.store))
