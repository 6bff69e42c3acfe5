"""`chainHead_v1_*`: following the head, and asking about blocks that it told of.

The state of it is a `Follow`; an unknown one is no error but an answer of its own, since a client
may ask before it hears that its subscription ended. Rules: paritytech/json-rpc-interface-spec.
"""

from __future__ import annotations

from collections.abc import Callable

from taokit.local_chain.node.header import Block
from taokit.local_chain.rpc.connection import Connection
from taokit.local_chain.rpc.errors import RpcError
from taokit.local_chain.rpc.follow import WAIT, Events, Follow
from taokit.local_chain.rpc.params import BlockHash, HexBytes, to_hex
from taokit.local_chain.rpc.registry import Emit, Json, Node, method, subscription
from taokit.local_chain.rpc.storage_queries import StorageQuery, find

MAX_FOLLOWS = 4
"""Heads that one client may follow at once, as a Substrate node has it by default."""
TOO_MANY_FOLLOWS, NO_RUNTIME = -32800, -32802
LIMIT_REACHED = {"result": "limitReached"}


@subscription("chainHead_v1_follow", unsubscribe=(), notification="chainHead_v1_followEvent")
def follow(
    node: Node, emit: Emit, with_runtime: bool, *, connection: Connection
) -> Callable[[], None]:
    if connection.count(Follow) >= MAX_FOLLOWS:
        raise RpcError(TOO_MANY_FOLLOWS, "Maximum number of chainHead_follow has been reached")
    return Follow(node.chain, emit, connection, with_runtime).cancel


@method("chainHead_v1_unfollow")
def unfollow(node: Node, follow: str, *, connection: Connection) -> Json:
    if following := connection.get(follow, Follow):
        following.close()
    return None


@method("chainHead_v1_header")
def header(node: Node, follow: str, hash: BlockHash, *, connection: Connection) -> Json:
    following = connection.get(follow, Follow)
    return to_hex(following.pinned(hash).header.encode()) if following else None


@method("chainHead_v1_body")
def body(node: Node, follow: str, hash: BlockHash, *, connection: Connection) -> Json:
    following = connection.get(follow, Follow)
    if following is None:
        return LIMIT_REACHED
    return following.begin(_body(following.pinned(hash)))


def _body(block: Block) -> Events:
    extrinsics = [to_hex(extrinsic) for extrinsic in block.extrinsics]
    yield {"event": "operationBodyDone", "value": extrinsics}


@method("chainHead_v1_call")
def call(
    node: Node,
    follow: str,
    hash: BlockHash,
    function: str,
    call_parameters: HexBytes,
    *,
    connection: Connection,
) -> Json:
    following = connection.get(follow, Follow)
    if following is None:
        return LIMIT_REACHED
    at = following.pinned(hash).header.hash
    if not following.with_runtime:
        why = "The runtime updates flag must be set"
        raise RpcError(NO_RUNTIME, f"Invalid runtime call: {why}")
    return following.begin(_call(node, function, call_parameters, at))


def _call(node: Node, function: str, parameters: bytes, at: bytes) -> Events:
    output = node.chain.call(function, parameters, at)
    yield {"event": "operationCallDone", "output": to_hex(output)}


@method("chainHead_v1_storage")
def storage(
    node: Node,
    follow: str,
    hash: BlockHash,
    items: list[StorageQuery],
    child_trie: HexBytes | None = None,
    *,
    connection: Connection,
) -> Json:
    following = connection.get(follow, Follow)
    if following is None:
        return LIMIT_REACHED
    at = following.pinned(hash).header.hash
    taken = items[: following.free_slots]
    if items and not taken:
        return LIMIT_REACHED
    found = _storage(node, [] if child_trie is not None else taken, at)
    begun = following.begin(found, len(taken))
    return {**begun, "discardedItems": len(items) - len(taken)}


def _storage(node: Node, items: list[StorageQuery], at: bytes) -> Events:
    """Single values together, then everything under each key, page by page."""
    singles = [page for item in items if not item.many for page in find(node.chain, at, item)]
    if singles:
        entries = [entry for page in singles for entry in page]
        yield {"event": "operationStorageItems", "items": entries}
    told = False
    for item in items:
        if item.many:
            for page in find(node.chain, at, item):
                if told:
                    yield WAIT
                yield {"event": "operationStorageItems", "items": page}
                told = True
    yield {"event": "operationStorageDone"}


@method("chainHead_v1_continue")
def resume(node: Node, follow: str, operation_id: str, *, connection: Connection) -> Json:
    if following := connection.get(follow, Follow):
        following.resume(operation_id)
    return None


@method("chainHead_v1_stopOperation")
def stop_operation(node: Node, follow: str, operation_id: str, *, connection: Connection) -> Json:
    if following := connection.get(follow, Follow):
        following.stop_operation(operation_id)
    return None


@method("chainHead_v1_unpin")
def unpin(
    node: Node, follow: str, hashes: list[BlockHash] | BlockHash, *, connection: Connection
) -> Json:
    if following := connection.get(follow, Follow):
        following.unpin(hashes if isinstance(hashes, list) else [hashes])
    return None
