"""One client's view of the chain's head, as `chainHead_v1_follow` gives it.

Owns which blocks are pinned, which operations run, the limits of both, and the events in order:
initialized, newBlock, bestBlockChanged, finalized, operation*, stop. Does not own the methods
(`rpc.methods.chain_head`). Rules: paritytech/json-rpc-interface-spec, `chainHead_v1_follow`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.node.header import Block
from taokit.local_chain.rpc.connection import Connection, fresh_id
from taokit.local_chain.rpc.errors import RpcError
from taokit.local_chain.rpc.params import to_hex
from taokit.local_chain.rpc.registry import Emit, Json

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.runtime_protocol import Changes

__all__ = ["INVALID_BLOCK", "MAX_OPERATIONS", "MAX_PINNED", "WAIT", "Events", "Follow"]

INVALID_BLOCK, INVALID_CONTINUE, DUPLICATE_HASHES = -32801, -32803, -32804
FINALIZED_AT_FIRST = 16
"""Final blocks told at the beginning, as a Substrate node does."""
MAX_OPERATIONS = 16
"""Operations at once; each item of storage counts as one."""
MAX_PINNED = 4096
"""Blocks that a client may leave pinned. Nothing is pruned here: a pin is only remembered."""
SPEC = ("specName", "implName", "specVersion", "implVersion", "transactionVersion")
WAIT = {"event": "operationWaitingForContinue"}
"""What an operation yields where it goes on only once the client says so."""
_log = logging.getLogger("taokit.local_chain.rpc")

Events = Iterator[Json]
"""What an operation has to say, each without its id."""


class _Operation:
    def __init__(self, id: str, slots: int, events: Events) -> None:
        self.id = id
        self.slots = slots
        self.events = events
        self.waiting = False


class Follow:
    """A followed head. ``id`` is the subscription's; ends with `close`."""

    def __init__(
        self, chain: NodeChain, emit: Emit, connection: Connection, with_runtime: bool
    ) -> None:
        self.id = emit.id
        self.with_runtime = with_runtime
        self._chain = chain
        self._emit = emit
        self._connection = connection
        self._pinned: set[bytes] = set()
        self._operations: dict[str, _Operation] = {}
        self._tell_beginning()
        self._leave = (
            chain.on_new_block.add(self._imported),
            chain.on_finalized.add(self._final),
            chain.on_reverted.add(lambda *_: self._end()),
        )
        connection.add(self.id, self)

    def close(self) -> None:
        """Stop following, at once."""
        self._emit.stop()

    def cancel(self) -> None:
        """Let go of the chain and of every operation."""
        for leave in self._leave:
            leave()
        self._operations.clear()
        self._connection.remove(self.id)

    # -- blocks ----------------------------------------------------------------------------

    def _tell_beginning(self) -> None:
        chain, final = self._chain, self._chain.finalized.number
        first = max(0, final + 1 - FINALIZED_AT_FIRST)
        hashes = [self._pin(hash) for hash in self._hashes(first, final)]
        event: Json = {"event": "initialized", "finalizedBlockHashes": hashes}
        if self.with_runtime:
            spec = chain.runtime_version()
            shown = {**{name: spec[name] for name in SPEC}, "apis": dict(spec["apis"])}
            event["finalizedBlockRuntime"] = {"type": "valid", "spec": shown}
        self._emit(event)
        for hash in self._hashes(final + 1, chain.head.number):
            self._tell_new(chain.require_block(hash))
        self._tell_best(chain.head.hash)

    def _hashes(self, first: int, last: int) -> Iterator[bytes]:
        """Those of the blocks that there are; some were passed over."""
        hashes = (self._chain.block_hash(number) for number in range(first, last + 1))
        return (hash for hash in hashes if hash is not None)

    def _imported(self, block: Block, changes: Changes) -> None:
        self._tell_new(block)
        self._tell_best(block.header.hash)
        if len(self._pinned) > MAX_PINNED:
            self._end()

    def _end(self) -> None:
        """The client has to follow anew."""
        self.cancel()
        self._emit({"event": "stop"})
        self._emit.finish()

    def _tell_new(self, block: Block) -> None:
        event = {
            "event": "newBlock",
            "blockHash": self._pin(block.header.hash),
            "parentBlockHash": to_hex(block.header.parent_hash),
        }
        self._emit({**event, "newRuntime": None} if self.with_runtime else event)

    def _tell_best(self, hash: bytes) -> None:
        self._emit({"event": "bestBlockChanged", "bestBlockHash": to_hex(hash)})

    def _final(self, block: Block) -> None:
        hashes = [to_hex(block.header.hash)]
        self._emit({"event": "finalized", "finalizedBlockHashes": hashes, "prunedBlockHashes": []})

    def _pin(self, hash: bytes) -> str:
        self._pinned.add(hash)
        return to_hex(hash)

    def pinned(self, hash: bytes) -> Block:
        """A block that was told and is still pinned. Raises `RpcError` -32801."""
        if hash not in self._pinned:
            raise RpcError(INVALID_BLOCK, "Invalid block hash")
        return self._chain.require_block(hash)

    def unpin(self, hashes: Sequence[bytes]) -> None:
        """Let go of blocks, of all or none. Raises `RpcError`."""
        if len(set(hashes)) != len(hashes):
            raise RpcError(DUPLICATE_HASHES, "Received duplicate hashes for unpinning")
        for hash in hashes:
            self.pinned(hash)
        self._pinned.difference_update(hashes)

    # -- operations ------------------------------------------------------------------------

    @property
    def free_slots(self) -> int:
        """How many more operations may begin."""
        return MAX_OPERATIONS - sum(operation.slots for operation in self._operations.values())

    def begin(self, events: Events, slots: int = 1) -> Json:
        """Begin an operation, whose events come after this answer."""
        if slots > self.free_slots:
            return {"result": "limitReached"}
        operation = _Operation(fresh_id(), slots, events)
        self._operations[operation.id] = operation
        asyncio.get_running_loop().call_soon(self._advance, operation)
        return {"result": "started", "operationId": operation.id}

    def resume(self, id: str) -> None:
        """Go on with an operation that waits; none of this id is no fault."""
        operation = self._operations.get(id)
        if operation is None:
            return
        if not operation.waiting:
            raise RpcError(INVALID_CONTINUE, "Storage operation not waiting to be continued")
        operation.waiting = False
        asyncio.get_running_loop().call_soon(self._advance, operation)

    def stop_operation(self, id: str) -> None:
        """Say nothing more of an operation."""
        self._operations.pop(id, None)

    def _advance(self, operation: _Operation) -> None:
        while self._operations.get(operation.id) is operation:
            event = self._next(operation)
            if event is None:
                self._operations.pop(operation.id)
                return
            self._emit({"event": event["event"], "operationId": operation.id, **event})
            if event is WAIT:
                operation.waiting = True
                return

    def _next(self, operation: _Operation) -> Json | None:
        """The operation's next event; a fault is its last one."""
        try:
            return next(operation.events, None)
        except Exception as fault:  # noqa: BLE001 - told to the client, and logged if unforeseen
            if not isinstance(fault, LocalChainError):
                _log.error("an operation of chainHead failed", exc_info=fault)
            return {"event": "operationError", "error": str(fault) or type(fault).__name__}
