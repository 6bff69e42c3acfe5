"""What happens to a transaction, as it is told to whoever watches it.

Owns the statuses and their delivery in order. Does not own when they happen: `node.pool` and
`node.chain` say that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from taokit.local_chain.node.listeners import deliver

__all__ = ["StatusListener", "TransactionStatus", "Watch", "Watchers"]

FINAL = frozenset({"finalized", "finalityTimeout", "usurped", "dropped", "invalid"})


@dataclass(frozen=True)
class TransactionStatus:
    """One status, named as `author_extrinsicUpdate` names it.

    ``block`` is the block's hash for inBlock, retracted, finalized and finalityTimeout;
    ``by`` the replacing transaction's hash for usurped.
    """

    name: str
    block: bytes | None = None
    by: bytes | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self.name in FINAL


StatusListener = Callable[[TransactionStatus], None]


class Watch:
    """One watcher of one transaction; ``history`` holds what it was told so far."""

    def __init__(self, hash: bytes, watchers: Watchers, listener: StatusListener | None) -> None:
        self.hash = hash
        self.history: list[TransactionStatus] = []
        self._watchers = watchers
        self._listener = listener

    @property
    def done(self) -> bool:
        """Whether the last status was a final one."""
        return bool(self.history) and self.history[-1].is_final

    def tell(self, status: TransactionStatus) -> None:
        """Record a status and pass it on."""
        self.history.append(status)
        if self._listener is not None:
            deliver(self._listener, status)

    def cancel(self) -> None:
        """Stop watching; the transaction itself is not touched."""
        self._watchers.remove(self)


class Watchers:
    """Everyone who watches a transaction, by its hash.

    Statuses are noted when they happen and delivered when the chain says so, with nothing half
    done: a watcher may submit again. Everyone sees them in the order in which they happened.
    """

    def __init__(self) -> None:
        self._watches: dict[bytes, list[Watch]] = {}
        self._queue: deque[tuple[bytes, TransactionStatus]] = deque()
        self._delivering = False

    def add(self, hash: bytes, listener: StatusListener | None = None) -> Watch:
        """Watch a transaction from now on."""
        watch = Watch(hash, self, listener)
        self._watches.setdefault(hash, []).append(watch)
        return watch

    def remove(self, watch: Watch) -> None:
        """Stop delivering to a watch."""
        watches = self._watches.get(watch.hash, [])
        if watch in watches:
            watches.remove(watch)
            if not watches:
                del self._watches[watch.hash]

    def note(self, hash: bytes, status: TransactionStatus) -> None:
        """Keep a status for the watchers of `hash`."""
        if hash in self._watches:
            self._queue.append((hash, status))

    def deliver(self) -> None:
        """Tell the watchers what was noted; a final status ends their watch."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._queue:
                self._deliver(*self._queue.popleft())
        finally:
            self._delivering = False

    def _deliver(self, hash: bytes, status: TransactionStatus) -> None:
        watches = self._watches.get(hash, [])
        if status.is_final:
            self._watches.pop(hash, None)
        for watch in list(watches):
            watch.tell(status)
