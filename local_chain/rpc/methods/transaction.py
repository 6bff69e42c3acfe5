"""`transaction_v1_*` and `transactionWatch_v1_*`: submitting transactions the newer way."""

from __future__ import annotations

from collections.abc import Callable

from taokit.local_chain.errors import PoolError
from taokit.local_chain.node.header import blake2_256
from taokit.local_chain.node.transaction_status import TransactionStatus, Watch
from taokit.local_chain.rpc.broadcast import Broadcast
from taokit.local_chain.rpc.connection import Connection, fresh_id
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.params import HexBytes, to_hex
from taokit.local_chain.rpc.registry import Emit, Json, Node, method, subscription

MAX_BROADCASTS = 16
"""Transactions that one client may broadcast at once, as a Substrate node has it by default."""


@method("transaction_v1_broadcast")
def broadcast(node: Node, transaction: HexBytes, *, connection: Connection) -> Json:
    """An id to stop it by; null when there are too many. Whether it is valid is not told."""
    if connection.count(Broadcast) >= MAX_BROADCASTS:
        return None
    id = fresh_id()
    connection.add(id, Broadcast(node.chain, transaction))
    return id


@method("transaction_v1_stop")
def stop(node: Node, operation_id: str, *, connection: Connection) -> Json:
    broadcast = connection.get(operation_id, Broadcast)
    if broadcast is None:
        raise invalid_params("Invalid operation id")
    connection.remove(operation_id)
    broadcast.close()
    return None


class _Watched:
    """A transaction that a client follows."""

    def __init__(self, node: Node, emit: Emit, connection: Connection) -> None:
        self._node = node
        self._emit = emit
        self._connection = connection
        connection.add(emit.id, self)

    def close(self) -> None:
        """Tell nothing more; the transaction is not touched."""
        self._emit.stop()

    def follow(self, transaction: bytes) -> Callable[[], None]:
        """Submit it; what cancels the watch."""
        self._hash = blake2_256(transaction)
        watch: Watch | None = None
        try:
            watch = self._node.chain.watch(transaction, self._told)
        except PoolError as refused:
            what = f"{refused.message}: {refused.rpc_data}" if refused.rpc_data else refused.message
            self._last({"event": "invalid", "error": what})

        def cancel() -> None:
            self._connection.remove(self._emit.id)
            if watch is not None:
                watch.cancel()

        return cancel

    def _told(self, status: TransactionStatus) -> None:
        if status.name == "ready":
            self._emit({"event": "validated"})
        elif status.name == "inBlock":
            self._emit({"event": "bestChainBlockIncluded", "block": self._place(status.block)})
        elif status.name == "retracted":
            self._emit({"event": "bestChainBlockIncluded", "block": None})
        elif status.name == "finalized":
            self._last({"event": "finalized", "block": self._place(status.block)})
        elif status.name == "invalid":
            self._last({"event": "invalid", "error": "Extrinsic marked as invalid"})
        elif status.name == "usurped":
            what = "Extrinsic was rendered invalid by another extrinsic"
            self._last({"event": "invalid", "error": what})
        elif status.is_final:
            self._last({"event": "dropped", "error": "Extrinsic dropped from the pool"})

    def _last(self, event: Json) -> None:
        self._connection.remove(self._emit.id)
        self._emit(event)
        self._emit.finish()

    def _place(self, hash: bytes | None) -> Json:
        block = self._node.chain.require_block(hash)
        hashes = [blake2_256(extrinsic) for extrinsic in block.extrinsics]
        return {"hash": to_hex(block.header.hash), "index": hashes.index(self._hash)}


@subscription(
    "transactionWatch_v1_submitAndWatch",
    unsubscribe=(),
    notification="transactionWatch_v1_watchEvent",
)
def submit_and_watch(
    node: Node, emit: Emit, transaction: HexBytes, *, connection: Connection
) -> Callable[[], None]:
    return _Watched(node, emit, connection).follow(transaction)


@method("transactionWatch_v1_unwatch")
def unwatch(node: Node, subscription: str, *, connection: Connection) -> Json:
    watched = connection.get(subscription, _Watched)
    if watched is None:
        raise invalid_params("no such subscription")
    watched.close()
    return None
