"""The transaction pool: what waits to be included, and in what order it will be.

Owns the ready and the future queue, replacement, limits and bans; behaves as `sc-transaction-pool`
does on one node. Does not own validity (the runtime says it), nor when blocks are made. The pool
knows transactions only by the tags they provide and require; a sender's nonces are such tags.

A transaction is ready when every tag it requires is provided by a ready one or by the chain, and
future until then. Ready ones leave by priority, then by the block at which they expire, then by
arrival; never before one they require.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from taokit.local_chain.errors import PoolError
from taokit.local_chain.node import pool_errors
from taokit.local_chain.node.pool_order import BestTransactions, PoolLimits, PoolTransaction
from taokit.local_chain.node.runtime_protocol import ValidTransaction
from taokit.local_chain.node.transaction_status import TransactionStatus

__all__ = ["Pool"]

StatusSink = Callable[[bytes, TransactionStatus], None]
READY, FUTURE = TransactionStatus("ready"), TransactionStatus("future")
DROPPED, INVALID = TransactionStatus("dropped"), TransactionStatus("invalid")


class _Queue:
    """Transactions by hash, with their total size."""

    def __init__(self) -> None:
        self.by_hash: dict[bytes, PoolTransaction] = {}
        self.bytes = 0

    def add(self, transaction: PoolTransaction) -> None:
        self.by_hash[transaction.hash] = transaction
        self.bytes += len(transaction.extrinsic)

    def discard(self, transaction: PoolTransaction) -> None:
        if self.by_hash.pop(transaction.hash, None) is not None:
            self.bytes -= len(transaction.extrinsic)

    def exceeds(self, count: int, size: int) -> bool:
        return len(self.by_hash) > count or self.bytes > size


class Pool:
    """The ready and future queues. `tell` receives every change of a transaction's status."""

    def __init__(
        self, tell: StatusSink, now_ms: Callable[[], int], limits: PoolLimits | None = None
    ) -> None:
        self.limits = limits or PoolLimits()
        self._tell = tell
        self._now_ms = now_ms
        self._arrivals = itertools.count()
        self._ready = _Queue()
        self._future = _Queue()
        self._provider: dict[bytes, PoolTransaction] = {}
        self._dependents: dict[bytes, dict[bytes, PoolTransaction]] = {}
        self._waiting: dict[bytes, dict[bytes, PoolTransaction]] = {}
        self._expiry: list[tuple[int, bytes]] = []
        self._banned: dict[bytes, int] = {}

    # -- asking ----------------------------------------------------------------------------

    @property
    def has_ready(self) -> bool:
        """Whether a block could take something."""
        return bool(self._ready.by_hash)

    @property
    def ready_count(self) -> int:
        """Number of ready transactions."""
        return len(self._ready.by_hash)

    @property
    def future_count(self) -> int:
        """Number of transactions that wait for another."""
        return len(self._future.by_hash)

    def find(self, hash: bytes) -> PoolTransaction | None:
        """The transaction of this hash, ready or future."""
        return self._ready.by_hash.get(hash) or self._future.by_hash.get(hash)

    def provides(self, tag: bytes) -> bool:
        """Whether a ready transaction provides `tag`."""
        return tag in self._provider

    def best(self) -> BestTransactions:
        """The ready transactions in the order in which a block takes them."""
        return BestTransactions(self._ready.by_hash.values(), self._provider, self._dependents)

    def ready(self) -> list[PoolTransaction]:
        """Every ready transaction, best first."""
        best = self.best()
        found = []
        while (transaction := best.next()) is not None:
            found.append(transaction)
            best.unlock(transaction)
        return found

    def all(self) -> list[PoolTransaction]:
        """Every transaction, ready ones first."""
        return [*self._ready.by_hash.values(), *self._future.by_hash.values()]

    # -- entering --------------------------------------------------------------------------

    def check_unknown(self, hash: bytes) -> None:
        """Raise `PoolError` for a transaction that is in the pool or was banned."""
        if self.find(hash) is not None:
            raise pool_errors.already_imported(hash)
        until = self._banned.get(hash)
        if until is not None:
            if self._now_ms() < until:
                raise pool_errors.banned()
            del self._banned[hash]

    def add(self, hash: bytes, extrinsic: bytes, validity: ValidTransaction, head: int) -> None:
        """Take a transaction that is valid at block `head`. Raises `PoolError`."""
        provides, requires = tuple(validity.provides), tuple(validity.requires)
        if not provides:
            raise pool_errors.no_tags()
        if set(provides) & set(requires):
            raise pool_errors.cycle_detected()
        transaction = PoolTransaction(
            hash,
            extrinsic,
            validity.priority,
            requires,
            provides,
            head + validity.longevity,
            next(self._arrivals),
            {tag for tag in requires if tag not in self._provider},
        )
        if transaction.missing:
            self._add_future(transaction)
        else:
            self._add_ready(transaction)
            self._promote(provides)
        self._note_expiry(transaction)
        self._enforce_limits()
        if self.find(hash) is None:
            raise pool_errors.immediately_dropped()

    def _add_future(self, transaction: PoolTransaction) -> None:
        self._future.add(transaction)
        for tag in transaction.missing:
            self._waiting.setdefault(tag, {})[transaction.hash] = transaction
        self._tell(transaction.hash, FUTURE)

    def _add_ready(self, transaction: PoolTransaction) -> None:
        conflicts = {
            other.hash: other
            for tag in transaction.provides
            if (other := self._provider.get(tag)) is not None
        }
        if conflicts:
            old = sum(other.priority for other in conflicts.values())
            if old >= transaction.priority:
                raise pool_errors.too_low_priority(old, transaction.priority)
            usurped = TransactionStatus("usurped", by=transaction.hash)
            for gone in self._remove_with_dependents(conflicts, keep=set(transaction.provides)):
                self._tell(gone.hash, usurped)
        self._ready.add(transaction)
        for tag in transaction.provides:
            self._provider[tag] = transaction
        for tag in transaction.requires:
            self._dependents.setdefault(tag, {})[transaction.hash] = transaction
        self._tell(transaction.hash, READY)

    def _promote(self, tags: Iterable[bytes]) -> None:
        """Move to ready whatever waited for nothing but these tags, and so on."""
        queue = list(tags)
        while queue:
            tag = queue.pop()
            for transaction in list(self._waiting.pop(tag, {}).values()):
                transaction.missing.discard(tag)
                if transaction.missing:
                    continue
                self._future.discard(transaction)
                try:
                    self._add_ready(transaction)
                except PoolError:  # another one with its nonce got there first and pays more
                    self._tell(transaction.hash, INVALID)
                else:
                    queue += transaction.provides

    def _enforce_limits(self) -> None:
        limits = self.limits
        while self._ready.exceeds(limits.ready_count, limits.ready_bytes):
            worst = min(self._ready.by_hash.values(), key=lambda t: (t.priority, t.arrival))
            for gone in self._remove_with_dependents({worst.hash: worst}):
                self._tell(gone.hash, DROPPED)
        while self._future.exceeds(limits.future_count, limits.future_bytes):
            oldest = next(iter(self._future.by_hash.values()))
            self._forget_future(oldest)
            self._tell(oldest.hash, DROPPED)

    # -- leaving ---------------------------------------------------------------------------

    def prune(self, hashes: Sequence[bytes]) -> None:
        """Take out what a block included; what waited for it becomes ready."""
        if not hashes:
            return
        tags: list[bytes] = []
        for hash in hashes:
            transaction = self._ready.by_hash.get(hash)
            if transaction is None:
                continue
            self._forget_ready(transaction)
            tags += transaction.provides
        self._promote(tags)
        self.ban(hashes)

    def provide(self, tags: Sequence[bytes]) -> None:
        """Note tags that a block provided by other means; what waited for them becomes ready."""
        for tag in tags:
            rival = self._provider.get(tag)
            if rival is not None:
                self._forget_ready(rival)
                self._tell(rival.hash, INVALID)
        self._promote(tags)

    def remove_invalid(self, hashes: Iterable[bytes], *, ban: bool = True) -> list[bytes]:
        """Take out transactions that turned invalid, with all that depend on them."""
        found = {hash: t for hash in hashes if (t := self.find(hash)) is not None}
        if not found:
            return []
        gone = [t.hash for t in self._remove_with_dependents(found)]
        for hash in gone:
            self._tell(hash, INVALID)
        if ban:
            self.ban(gone)
        return gone

    def clear(self) -> None:
        """Drop every transaction, and forget who is banned."""
        for transaction in self.all():
            self._tell(transaction.hash, TransactionStatus("dropped"))
        self._ready, self._future = _Queue(), _Queue()
        for index in (self._provider, self._dependents, self._waiting, self._banned):
            index.clear()
        self._expiry.clear()

    def expire(self, head: int) -> None:
        """Take out what was only valid up to block `head`."""
        expired = []
        while self._expiry and self._expiry[0][0] <= head:
            expired.append(heapq.heappop(self._expiry)[1])
        if expired:
            self.remove_invalid(expired)

    def _note_expiry(self, transaction: PoolTransaction) -> None:
        if len(self._expiry) > 2 * (self.ready_count + self.future_count) + 1024:
            self._expiry = [(t.valid_till, t.hash) for t in self.all()]
            heapq.heapify(self._expiry)
        heapq.heappush(self._expiry, (transaction.valid_till, transaction.hash))

    def ban(self, hashes: Iterable[bytes]) -> None:
        """Refuse these for a while."""
        until = self._now_ms() + self.limits.ban_ms
        for hash in hashes:
            self._banned[hash] = until
        while len(self._banned) > self.limits.ban_count:
            del self._banned[next(iter(self._banned))]

    def forgive(self, hash: bytes) -> None:
        """Do not refuse it for what it was before."""
        self._banned.pop(hash, None)

    def settle(self, transaction: PoolTransaction, validity: ValidTransaction) -> None:
        """Note what a fresh validation of a future transaction says; it may be ready now."""
        if transaction.hash not in self._future.by_hash:
            return
        missing = {tag for tag in validity.requires if tag not in self._provider}
        self._forget_future(transaction)
        transaction.requires = tuple(validity.requires)
        transaction.missing = missing
        if missing:
            self._future.add(transaction)
            for tag in missing:
                self._waiting.setdefault(tag, {})[transaction.hash] = transaction
            return
        try:
            self._add_ready(transaction)
        except PoolError:
            self._tell(transaction.hash, INVALID)
        else:
            self._promote(transaction.provides)

    def _remove_with_dependents(
        self, roots: Mapping[bytes, PoolTransaction], keep: Collection[bytes] = ()
    ) -> list[PoolTransaction]:
        """Remove `roots` and what required them, unless for a tag in `keep`; in that order."""
        removed: list[PoolTransaction] = []
        queue = list(roots.values())
        while queue:
            transaction = queue.pop(0)
            if transaction.hash in self._future.by_hash:
                self._forget_future(transaction)
                removed.append(transaction)
                continue
            if transaction.hash not in self._ready.by_hash:
                continue
            self._forget_ready(transaction)
            removed.append(transaction)
            for tag in transaction.provides:
                if tag not in keep:
                    queue += self._dependents.get(tag, {}).values()
        return removed

    def _forget_ready(self, transaction: PoolTransaction) -> None:
        self._ready.discard(transaction)
        for tag in transaction.provides:
            if self._provider.get(tag) is transaction:
                del self._provider[tag]
        for tag in transaction.requires:
            _drop(self._dependents, tag, transaction.hash)

    def _forget_future(self, transaction: PoolTransaction) -> None:
        self._future.discard(transaction)
        for tag in transaction.missing:
            _drop(self._waiting, tag, transaction.hash)


def _drop(index: dict[bytes, dict[bytes, PoolTransaction]], tag: bytes, hash: bytes) -> None:
    entries = index.get(tag)
    if entries is not None:
        entries.pop(hash, None)
        if not entries:
            del index[tag]
