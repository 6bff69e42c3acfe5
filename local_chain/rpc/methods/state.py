"""`state_*`: storage, runtime calls, metadata and the runtime version, at any block."""

from __future__ import annotations

from collections.abc import Callable, Collection

from taokit.local_chain.errors import UnknownBlock
from taokit.local_chain.node.header import Block, blake2_256
from taokit.local_chain.node.listeners import all_of
from taokit.local_chain.node.runtime_protocol import Changes
from taokit.local_chain.rpc.errors import STATE_CLIENT_ERROR, RpcError
from taokit.local_chain.rpc.params import U32, BlockHash, HexBytes, to_hex
from taokit.local_chain.rpc.registry import Emit, Json, Node, method, subscription

MAX_PAGE = 1000


def _hex_or_null(value: bytes | None) -> str | None:
    return None if value is None else to_hex(value)


def _at(node: Node, at: bytes | None) -> bytes:
    """A block's hash, the head's for null; unknown ones in a runtime call's own words."""
    try:
        return node.chain.require_block(at).header.hash
    except UnknownBlock as error:
        why = f"UnknownBlock: Header was not found in the database: {error.block}"
        message = f"Client error: Api called for an unknown Block: {why}"
        raise RpcError(STATE_CLIENT_ERROR, message) from None


@method("state_getStorage", "state_getStorageAt")
def get_storage(node: Node, key: HexBytes, at: BlockHash | None = None) -> Json:
    return _hex_or_null(node.chain.storage(key, at))


@method("state_getStorageHash", "state_getStorageHashAt")
def get_storage_hash(node: Node, key: HexBytes, at: BlockHash | None = None) -> Json:
    value = node.chain.storage(key, at)
    return None if value is None else to_hex(blake2_256(value))


@method("state_getStorageSize", "state_getStorageSizeAt")
def get_storage_size(node: Node, key: HexBytes, at: BlockHash | None = None) -> Json:
    value = node.chain.storage(key, at)
    return None if value is None else len(value)


@method("state_getKeys")
def get_keys(node: Node, prefix: HexBytes | None = None, at: BlockHash | None = None) -> Json:
    return [to_hex(key) for key in node.chain.storage_keys(prefix or b"", at)]


@method("state_getPairs")
def get_pairs(node: Node, prefix: HexBytes | None = None, at: BlockHash | None = None) -> Json:
    keys = node.chain.storage_keys(prefix or b"", at)
    return [[to_hex(key), _hex_or_null(node.chain.storage(key, at))] for key in keys]


@method("state_getKeysPaged", "state_getKeysPagedAt")
def get_keys_paged(
    node: Node,
    prefix: HexBytes | None,
    count: U32,
    start_key: HexBytes | None = None,
    at: BlockHash | None = None,
) -> Json:
    if count > MAX_PAGE:
        raise RpcError(4002, f"count exceeds maximum value. value: {count}, max: {MAX_PAGE}")
    keys = node.chain.storage_keys_paged(prefix or b"", count, start_key, at)
    return [to_hex(key) for key in keys]


@method("state_queryStorageAt")
def query_storage_at(node: Node, keys: list[HexBytes], at: BlockHash | None = None) -> Json:
    block = node.chain.require_block(at).header.hash
    changes = [[to_hex(key), _hex_or_null(node.chain.storage(key, block))] for key in keys]
    return [{"block": to_hex(block), "changes": changes}]


@method("state_queryStorage")
def query_storage(
    node: Node, keys: list[HexBytes], from_block: BlockHash, to_block: BlockHash | None = None
) -> Json:
    """Values at the first block, then every change of them up to the last one."""
    chain = node.chain
    first = chain.require_block(from_block).header.number
    last = chain.require_block(to_block).header.number
    if first > last:
        raise RpcError(4001, f"Cannot resolve a block range: {first} comes after {last}")
    groups: list[Json] = []
    known: dict[HexBytes, bytes | None] = {}
    for number in range(first, last + 1):
        hash = chain.block_hash(number)
        if hash is None:  # it was passed over
            continue
        found = {key: chain.storage(key, hash) for key in keys}
        changes = [
            [to_hex(key), _hex_or_null(value)]
            for key, value in found.items()
            if number == first or known[key] != value
        ]
        known = found
        if changes:
            groups.append({"block": to_hex(hash), "changes": changes})
    return groups


@method("state_call", "state_callAt")
def call(node: Node, method_name: str, data: HexBytes, at: BlockHash | None = None) -> Json:
    return to_hex(node.chain.call(method_name, data, _at(node, at)))


@method("state_getMetadata")
def get_metadata(node: Node, at: BlockHash | None = None) -> Json:
    """Version 14, whatever else the runtime offers: older clients decode nothing newer."""
    metadata = node.chain.metadata(14, _at(node, at))
    if metadata is None:
        raise RpcError(STATE_CLIENT_ERROR, "Client error: the runtime offers no metadata V14")
    return to_hex(metadata)


@method("state_getRuntimeVersion", "chain_getRuntimeVersion")
def get_runtime_version(node: Node, at: BlockHash | None = None) -> Json:
    return node.chain.runtime_version(_at(node, at))


@method("state_getReadProof")
def get_read_proof(node: Node, keys: list[HexBytes], at: BlockHash | None = None) -> Json:
    message = (
        "Client error: this local chain keeps no state trie, so there is nothing to prove "
        "storage against; read the values with state_queryStorageAt"
    )
    raise RpcError(STATE_CLIENT_ERROR, message)


@subscription(
    "state_subscribeStorage",
    unsubscribe=("state_unsubscribeStorage",),
    notification="state_storage",
)
def storage_changes(
    node: Node, emit: Emit, keys: list[HexBytes] | None = None
) -> Callable[[], None]:
    """First every key with its value, then those that a block changed; null watches all keys.

    When the chain went back, those that may hold something else by that.
    """

    def told(block: Block, changes: Changes) -> None:
        watched = changes if keys is None else [key for key in keys if key in changes]
        if watched:
            changed = [[to_hex(key), _hex_or_null(changes[key])] for key in watched]
            emit({"block": to_hex(block.header.hash), "changes": changed})

    def went_back(head: Block, changed: Collection[bytes]) -> None:
        watched = changed if keys is None else [key for key in keys if key in changed]
        if watched:
            now = [[to_hex(key), _hex_or_null(node.chain.storage(key))] for key in watched]
            emit({"block": to_hex(head.header.hash), "changes": now})

    if keys is not None:
        emit(query_storage_at(node, keys)[0])
    return all_of(node.chain.on_new_block.add(told), node.chain.on_reverted.add(went_back))


@subscription(
    "state_subscribeRuntimeVersion",
    "chain_subscribeRuntimeVersion",
    unsubscribe=("state_unsubscribeRuntimeVersion", "chain_unsubscribeRuntimeVersion"),
    notification="state_runtimeVersion",
)
def runtime_version(node: Node, emit: Emit) -> Callable[[], None]:
    """The version now; it never changes, as this chain's runtime is never replaced."""
    emit(node.chain.runtime_version())
    return lambda: None
