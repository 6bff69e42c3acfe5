"""The local chain as one object: what the RPC server, tests and tools talk to.

Owns the order of things: how a transaction enters, what sealing a block sets off, what is final.
Does not own any of the parts (pool, history, headers, clock), nor the rules of the chain, which
are the runtime's. Nothing here is async and nothing is locked: use it from one thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from contextlib import nullcontext
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain.errors import (
    BlockFailed,
    ClockError,
    LocalChainError,
    PoolError,
    UnknownBlock,
)
from taokit.local_chain.node import pool_errors
from taokit.local_chain.node.block_builder import BuiltBlock, Worker, build_block
from taokit.local_chain.node.block_history import BlockHistory
from taokit.local_chain.node.chain_reading import ChainReading
from taokit.local_chain.node.clock import Clock, RealClock
from taokit.local_chain.node.dev.control import DevControl
from taokit.local_chain.node.header import (
    ZERO_HASH,
    Block,
    BlockRef,
    Header,
    blake2_256,
    next_state_root,
    slot_digest,
    slot_of,
)
from taokit.local_chain.node.leaping import Waker, leap_length
from taokit.local_chain.node.listeners import Listeners
from taokit.local_chain.node.outside import Outside
from taokit.local_chain.node.pool import Pool
from taokit.local_chain.node.pool_order import PoolLimits
from taokit.local_chain.node.runtime_protocol import (
    Changes,
    Journal,
    Runtime,
    RuntimeState,
    is_invalid,
    nonce_tag,
)
from taokit.local_chain.node.shield_keys import ShieldKeys
from taokit.local_chain.node.snapshots import Point, Snapshots
from taokit.local_chain.node.transaction_status import (
    StatusListener,
    TransactionStatus,
    Watch,
    Watchers,
)
from taokit.local_chain.node.trie_root import EMPTY_ROOT, ordered_trie_root
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.local_chain.beacon import PulseWorker
    from taokit.local_chain.node.dev.powers import Powers

__all__ = ["NodeChain"]

_log = logging.getLogger("taokit.local_chain.node")
TIMESTAMP = storage_prefix("Timestamp", "Now")


class NodeChain(ChainReading):
    """A chain of one node over a runtime and its state; genesis is sealed on construction.

    With ``blocks`` it goes on after them instead, over a state that is theirs; ``journal`` is told
    each block before anybody else is, and what it cannot keep is not sealed.

    ``slot_duration_ms`` is Aura's; ``finality_lag`` is how many blocks finality is behind;
    ``worker`` brings extrinsics of the node's own; ``powers`` change the state as no call can, and
    ``pulses`` takes pulses of a drand beacon, both for :attr:`dev`.
    Listeners: ``on_new_block(block, changes)``, ``on_finalized(block)``, ``on_ready()`` once the
    pool holds something that a block could take, ``on_reverted(head, keys)`` after the chain went
    back to a snapshot, with the raw keys whose values may have changed by that.
    """

    def __init__(
        self,
        runtime: Runtime,
        state: RuntimeState,
        *,
        slot_duration_ms: int,
        clock: Clock | None = None,
        finality_lag: int = 0,
        pool_limits: PoolLimits | None = None,
        powers: Powers | None = None,
        pulses: PulseWorker | None = None,
        worker: Worker | None = None,
        journal: Journal | None = None,
        blocks: BlockHistory | None = None,
    ) -> None:
        self.clock: Clock = clock or RealClock()
        self.on_new_block: Listeners[[Block, Changes]] = Listeners()
        self.on_finalized: Listeners[[Block]] = Listeners()
        self.on_ready: Listeners[[]] = Listeners()
        self.on_reverted: Listeners[[Block, Collection[bytes]]] = Listeners()
        self.wakers: list[Waker] = []
        """Who is to be asked which block must not be passed over."""
        self.snapshots = Snapshots(self)
        self.dev = DevControl(self, powers, pulses)
        self._watchers = Watchers()
        self.pool = Pool(self._watchers.note, self.clock.now_ms, pool_limits)
        self._runtime = runtime
        self._state = state
        self.slot_duration_ms = slot_duration_ms
        self._finality_lag = finality_lag
        self._shield_keys = ShieldKeys()
        self._worker = worker
        self.pulses = pulses
        self._slot = 0
        self._exact_ms: int | None = None
        self._finalized = 0
        self.finality_stalled = False
        """Whether nothing more becomes final; `finalize` makes up for it."""
        self.seal_seconds = 0.0
        """How long the newest block took to make."""
        self._unfinalized: dict[int, list[bytes]] = {}
        self._earlier: dict[int, Runtime] = {}
        self._outside: dict[int, bytes] = {}
        self._version = runtime.version()
        # `RuntimeVersion::extrinsics_root_state_version`: version 1 from system version 2 on.
        self._root_version = 1 if self._version.get("systemVersion", 1) >= 2 else 0
        self._journal = journal
        self._blocks = blocks or self._genesis()
        head = self._blocks.head.header
        if head.number:
            self._slot = self._slot_used(head)
            self._finalized = self.at_or_before(max(0, head.number - finality_lag))

    def _genesis(self) -> BlockHistory:
        self._runtime.genesis()
        changes = self._state.commit_block()
        root = next_state_root(ZERO_HASH, changes)
        block = Block(Header(ZERO_HASH, 0, root, EMPTY_ROOT), ())
        if self._journal is not None:
            self._journal.append(block, changes)
        blocks = BlockHistory()
        blocks.append(block)
        return blocks

    # -- transactions ----------------------------------------------------------------------

    def submit(self, extrinsic: bytes) -> bytes:
        """Put an extrinsic into the pool; returns its hash. Raises `PoolError`."""
        return self._submit(extrinsic, None)

    def watch(self, extrinsic: bytes, listener: StatusListener | None = None) -> Watch:
        """Submit an extrinsic and follow it; the statuses go to `listener` and into the history."""
        watch = self._watchers.add(blake2_256(extrinsic), listener)
        try:
            self._submit(extrinsic, watch)
        except BaseException:
            watch.cancel()
            raise
        return watch

    def _submit(self, extrinsic: bytes, watch: Watch | None) -> bytes:
        pool_errors.check_length_prefix(extrinsic)
        hash = watch.hash if watch else blake2_256(extrinsic)
        self.pool.check_unknown(hash)
        try:
            verdict = self._runtime.validate(extrinsic, self.head.hash)
        except TaokitError as error:  # it does not decode
            raise pool_errors.verification_failed(error.message) from error
        if is_invalid(verdict):
            self.pool.ban([hash])
            raise pool_errors.invalid(verdict)
        try:
            self.pool.add(hash, extrinsic, verdict, self.head.number)
        finally:
            self._watchers.deliver()
        if self.pool.has_ready:
            self.on_ready.tell()
        return hash

    def pending(self) -> list[bytes]:
        """The extrinsics that the next blocks would take, in order."""
        return [transaction.extrinsic for transaction in self.pool.ready()]

    def withdraw(self, hashes: list[bytes]) -> list[bytes]:
        """Take transactions, and what depends on them, out of the pool; returns their hashes."""
        gone = self.pool.remove_invalid(hashes)
        self._watchers.deliver()
        return gone

    def next_index(self, account: bytes) -> int:
        """The nonce that the account's next transaction needs, the pool's ready ones counted."""
        answer = self.call("AccountNonceApi_account_nonce", account)
        nonce = int.from_bytes(answer, "little")
        while self.pool.provides(nonce_tag(account, nonce)):
            nonce += 1
        return nonce

    # -- sealing ---------------------------------------------------------------------------

    def next_timestamp_ms(self) -> int:
        """The timestamp that the next block would carry: the start of its slot."""
        if self._exact_ms is not None:
            return self._exact_ms
        return self._next_slot() * self.slot_duration_ms

    def set_next_timestamp(self, time_ms: int) -> None:
        """Let the next block carry exactly this timestamp, and the clock go on from there.

        Raises `ClockError` if the next block could not be so early: it is one slot later than its
        parent, and not before what the clock says.
        """
        earliest = self._next_slot() * self.slot_duration_ms
        if time_ms < earliest:
            raise ClockError(f"the next block is at {earliest} ms, or later, not at {time_ms} ms")
        self.clock.travel_to(max(time_ms, self.clock.now_ms()))
        self._exact_ms = time_ms

    def _slot_used(self, head: Header) -> int:
        """The slot after which the next one is free: not that of the next half of a slot."""
        if not head.number:
            return 0
        now = self.storage(TIMESTAMP)
        late = int.from_bytes(now, "little") % self.slot_duration_ms if now else 0
        return slot_of(head) + (2 * late > self.slot_duration_ms)

    def _next_slot(self) -> int:
        return max(self._slot + 1, self.clock.now_ms() // self.slot_duration_ms)

    def seal(self, count: int = 1) -> list[BlockRef]:
        """Make `count` blocks now. Raises `BlockFailed` if the runtime faults.

        A block is at least one slot later than its parent: faster than that, chain time runs
        ahead of the clock, always by the same amount for the same blocks.
        """
        return [self._seal_one() for _ in range(count)]

    def leap(self, limit: int) -> BlockRef:
        """Make one block now, up to number `limit`, but the first that is not to be passed over.

        The hooks of those below it run, but there are no such blocks. Raises `BlockFailed`.
        """
        with self.pulses.spared() if self.pulses is not None else nullcontext():
            return self._seal_one(0 if self._exact_ms is not None else leap_length(self, limit))

    def _pass_over(self, count: int) -> None:
        """Let `count` blocks pass, unsealed."""
        first, slot_ms = self.head.number + 1, self.slot_duration_ms
        numbers, begin_ms = range(first, first + count), self._next_slot() * slot_ms
        self._state.open_block()
        try:
            self._runtime.pass_over(numbers, self.head.hash, begin_ms, slot_ms)
        except Exception as fault:
            self._state.discard_block()
            raise BlockFailed(f"passing over failed: {fault!r}", number=first) from fault
        self._state.skip(count)

    def _seal_one(self, skipped: int = 0) -> BlockRef:
        begun = time.perf_counter()
        parent = self._blocks.head.header
        number = parent.number + 1 + skipped
        timestamp_ms = self.next_timestamp_ms() + skipped * self.slot_duration_ms
        slot = timestamp_ms // self.slot_duration_ms
        logs = (slot_digest(slot),)
        outside = Outside(self._state.unsealed(), self.dev.limits_ignored)
        if skipped:
            self._pass_over(skipped)
        try:
            built = build_block(
                self._runtime,
                self._state,
                self.pool,
                self._shield_keys,
                number=number,
                parent_hash=parent.hash,
                logs=logs,
                timestamp_ms=timestamp_ms,
                worker=self._worker,
            )
        except BlockFailed:
            self._watchers.deliver()
            raise
        header = Header(
            parent.hash,
            number,
            next_state_root(parent.state_root, built.changes),
            ordered_trie_root(built.body, self._root_version),
            tuple(built.logs),
        )
        block = Block(header, tuple(built.body))
        if self._journal is not None:
            self._keep_block(self._journal, block, built.changes, outside)
        # As `_slot_used`: after a timestamp late in its slot the next slot is too early.
        late = 2 * (timestamp_ms % self.slot_duration_ms) > self.slot_duration_ms
        self._slot, self._exact_ms = slot + late, None
        self._blocks.append(block)
        self.seal_seconds = time.perf_counter() - begun
        self._note_outside(number, outside)
        self._after_seal(block, built)
        return header.ref

    def _keep_block(
        self, journal: Journal, block: Block, changes: Changes, outside: Outside
    ) -> None:
        number = block.header.number
        try:
            journal.append(block, changes, outside)
        except LocalChainError as failed:
            self._state.revert_to(self.head.number)
            raise BlockFailed(f"it could not be kept: {failed}", number=number) from failed

    def _after_seal(self, block: Block, built: BuiltBlock) -> None:
        number, included = block.header.number, built.included
        self.on_new_block.tell(block, built.changes)
        in_block = TransactionStatus("inBlock", block=block.header.hash)
        for hash in included:
            self._watchers.note(hash, in_block)
        self.pool.remove_invalid(built.refused)
        self.pool.prune(included)
        self.pool.provide(built.tags)
        self.pool.expire(number)
        self._watchers.deliver()
        self._unfinalized[number] = included
        self.finalize()
        if self.pool.has_ready and (included or built.refused):  # else nothing left would fit
            self.on_ready.tell()

    def finalize(self) -> None:
        """Make final what is to be by now, unless finality is stalled."""
        number = self.head.number - self._finality_lag
        for next_one in range(self._finalized + 1, number + 1):
            if self.finality_stalled or (block := self._blocks.at(next_one)) is None:
                continue  # it was passed over
            self._finalized = next_one
            self.on_finalized.tell(block)
            status = TransactionStatus("finalized", block=block.header.hash)
            for hash in self._unfinalized.pop(next_one, ()):
                self._watchers.note(hash, status)
            self._watchers.deliver()

    def revalidate_pool(self) -> None:
        """Check every waiting transaction again, after the state was changed from outside."""
        invalid = []
        for transaction in self.pool.all():
            verdict = self._runtime.validate(transaction.extrinsic, self.head.hash)
            if is_invalid(verdict):
                invalid.append(transaction.hash)
            else:
                self.pool.settle(transaction, verdict)
        self.pool.remove_invalid(invalid)
        self._watchers.deliver()
        if self.pool.has_ready:
            self.on_ready.tell()

    def put_storage(self, changes: Changes) -> BlockRef:
        """Write raw state and seal it in the next block, so that history stays true."""
        for key, value in changes.items():
            self._state.raw_put(key, value)
        ref = self._seal_one()
        self.revalidate_pool()
        return ref

    # -- going back ------------------------------------------------------------------------

    def lay_aside(self) -> Point:
        """What the chain is now, for `take_up`; O(1) but for what is in the pool."""
        point = Point(
            history=self._state.layer(),
            blocks=self._blocks,
            slot=self._slot,
            finalized=self._finalized,
            unfinalized=dict(self._unfinalized),
            pending=tuple(transaction.extrinsic for transaction in self.pool.all()),
            clock=self.clock.mark(),
        )
        self._blocks = BlockHistory(point.blocks)
        return point

    def take_up(self, point: Point, *, again: bool) -> None:
        """Be what the chain was at `point`, which can be taken up `again` if so.

        Transactions of later blocks, and those that came in later, are dropped; those that
        waited then wait again.
        """
        changed = self._state.fall_back(point.history)
        if again:
            self._state.layer()
        blocks = BlockHistory(point.blocks) if again else point.blocks
        self.clock.back_to(point.clock)
        self._go_back(blocks, point.slot, point.finalized, dict(point.unfinalized))
        for extrinsic in point.pending:
            try:
                self._submit(extrinsic, None)
            except PoolError as refused:  # it was valid then, but time went on
                _log.info("a transaction that waited was refused: %s", refused)
        self.on_reverted.tell(self._blocks.head, changed)

    def _go_back(
        self, blocks: BlockHistory, slot: int, finalized: int, unfinalized: dict[int, list[bytes]]
    ) -> None:
        later = [hash for hashes in self._unfinalized.values() for hash in hashes]
        kept = {hash for hashes in unfinalized.values() for hash in hashes}
        self._blocks, self._slot, self._exact_ms = blocks, slot, None
        self._finalized, self._unfinalized = finalized, unfinalized
        self._earlier.clear()
        self._outside = {n: told for n, told in self._outside.items() if n <= blocks.height}
        if self._journal is not None:
            self._journal.truncate(blocks.height)
        for hash in later:
            if hash not in kept:
                self._watchers.note(hash, TransactionStatus("dropped"))
        self.pool.clear()
        self._watchers.deliver()

    def set_head(self, number: int) -> None:
        """Be what the chain was after block `number`; later blocks never were.

        Costs what was changed since, and all that is cached. Raises `UnknownBlock` for a block that
        is not there, or lies deeper than this chain can go back.
        """
        header = self._blocks.at(number)
        if header is None or number > self.head.number:
            raise UnknownBlock(str(number))
        above = range(number + 1, self.head.number + 1)
        try:
            changed = {key for one in above for key in self._state.history.changes(one)}
            self._state.revert_to(number)
        except (ValueError, LocalChainError) as too_deep:
            raise UnknownBlock(str(number)) from too_deep
        self.snapshots.forget_above(number)
        later = {n: hashes for n, hashes in self._unfinalized.items() if n > number}
        self._go_back(
            self._blocks.reverted(number),
            self._slot_used(header.header),
            min(self._finalized, number),
            {n: hashes for n, hashes in self._unfinalized.items() if n not in later},
        )
        self.on_reverted.tell(self._blocks.head, changed)

    def join(self, point: Point) -> None:
        """Forget `point`: what was laid on it becomes one with it."""
        self._state.join(point.history)
        self._blocks = self._blocks.joined(point.blocks)
        self._earlier.clear()
