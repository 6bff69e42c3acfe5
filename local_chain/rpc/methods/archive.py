"""`archive_v1_*`: any block there ever was, by hash or height. Nothing is ever pruned here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.rpc.connection import Connection
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.params import U64, BlockHash, HexBytes, to_hex
from taokit.local_chain.rpc.registry import Emit, Json, Node, method, subscription
from taokit.local_chain.rpc.storage_diff import DiffQuery, differences
from taokit.local_chain.rpc.storage_queries import StorageQuery, find

Pages = Iterator[list[Json]]


@method("archive_v1_body")
def body(node: Node, hash: BlockHash) -> Json:
    block = node.chain.block(hash)
    return [to_hex(extrinsic) for extrinsic in block.extrinsics] if block else None


@method("archive_v1_header")
def header(node: Node, hash: BlockHash) -> Json:
    found = node.chain.header(hash)
    return to_hex(found.encode()) if found else None


@method("archive_v1_finalizedHeight")
def finalized_height(node: Node) -> Json:
    return node.chain.finalized.number


@method("archive_v1_hashByHeight")
def hash_by_height(node: Node, height: U64) -> Json:
    hash = node.chain.block_hash(height)
    return [to_hex(hash)] if hash else []


@method("archive_v1_call")
def call(node: Node, hash: BlockHash, function: str, call_parameters: HexBytes) -> Json:
    if node.chain.block(hash) is None:
        return None
    try:
        output = node.chain.call(function, call_parameters, hash)
    except LocalChainError as fault:
        return {"success": False, "error": fault.message}
    return {"success": True, "value": to_hex(output)}


@subscription("archive_v1_storage", unsubscribe=(), notification="archive_v1_storageEvent")
def storage(
    node: Node,
    emit: Emit,
    hash: BlockHash,
    items: list[StorageQuery],
    child_trie: HexBytes | None = None,
    *,
    connection: Connection,
) -> Callable[[], None]:
    known = node.chain.block(hash) is not None
    pages = _found(node.chain, hash, [] if child_trie is not None else items)
    told = pages if known else _unknown(hash)
    return _Telling(emit, connection, "storage", told).cancel


def _found(chain: NodeChain, at: bytes, items: list[StorageQuery]) -> Pages:
    for item in items:
        yield from find(chain, at, item)


def _unknown(hash: bytes) -> Pages:
    raise NoBlock(f"Header was not found in the database: {to_hex(hash)}")
    yield []


class NoBlock(LocalChainError):
    """The block that was asked about is not on this chain."""


@subscription("archive_v1_storageDiff", unsubscribe=(), notification="archive_v1_storageDiffEvent")
def storage_diff(
    node: Node,
    emit: Emit,
    hash: BlockHash,
    items: list[DiffQuery] | None = None,
    previous_hash: BlockHash | None = None,
    *,
    connection: Connection,
) -> Callable[[], None]:
    block = node.chain.block(hash)
    if block is None:
        told = _unknown(hash)
    else:
        before = node.chain.block(previous_hash or block.header.parent_hash)
        if previous_hash is not None and before is None:
            told = _unknown(previous_hash)
        elif before is not None and before.header.number > block.header.number:
            raise invalid_params("previousHash is no ancestor of hash")
        else:
            told = differences(node.chain, hash, before.header.hash if before else None, items)
    return _Telling(emit, connection, "storageDiff", told).cancel


@method("archive_v1_stopStorage", "archive_v1_stopStorageDiff")
def stop(node: Node, subscription: str, *, connection: Connection) -> Json:
    if telling := connection.get(subscription, _Telling):
        telling.close()
    return None


class _Telling:
    """Entries going out one by one, a page each turn of the loop."""

    def __init__(self, emit: Emit, connection: Connection, event: str, pages: Pages) -> None:
        self._emit = emit
        self._connection = connection
        self._event = event
        self._pages = pages
        self._ended = False
        connection.add(emit.id, self)
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._tell_page)

    def close(self) -> None:
        """Tell nothing more."""
        self._emit.stop()

    def cancel(self) -> None:
        """Let go of the pages."""
        self._ended = True
        self._connection.remove(self._emit.id)

    def _tell_page(self) -> None:
        if self._ended:
            return
        try:
            page = next(self._pages, None)
        except LocalChainError as fault:
            self._finish({"event": f"{self._event}Error", "error": str(fault)})
            return
        if page is None:
            self._finish({"event": f"{self._event}Done"})
            return
        for entry in page:
            self._emit({"event": self._event, **entry})
        self._loop.call_soon(self._tell_page)

    def _finish(self, event: Json) -> None:
        self.cancel()
        self._emit(event)
        self._emit.finish()
