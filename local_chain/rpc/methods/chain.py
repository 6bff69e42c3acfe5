"""`chain_*`: headers, blocks, and following them."""

from __future__ import annotations

from collections.abc import Callable

from taokit.local_chain.node.header import Block, Header
from taokit.local_chain.node.listeners import all_of
from taokit.local_chain.rpc.params import BlockHash, BlockNumber, to_hex
from taokit.local_chain.rpc.registry import Emit, Json, Node, method, subscription


def header_json(header: Header) -> Json:
    """A header as `sp_runtime::generic::Header` serialises it."""
    return {
        "parentHash": to_hex(header.parent_hash),
        "number": hex(header.number),
        "stateRoot": to_hex(header.state_root),
        "extrinsicsRoot": to_hex(header.extrinsics_root),
        "digest": {"logs": [to_hex(log) for log in header.logs]},
    }


@method("chain_getHeader")
def get_header(node: Node, hash: BlockHash | None = None) -> Json:
    header = node.chain.header(hash)
    return header_json(header) if header else None


@method("chain_getBlock")
def get_block(node: Node, hash: BlockHash | None = None) -> Json:
    block = node.chain.block(hash)
    if block is None:
        return None
    body = [to_hex(extrinsic) for extrinsic in block.extrinsics]
    return {
        "block": {"header": header_json(block.header), "extrinsics": body},
        "justifications": None,
    }


@method("chain_getBlockHash", "chain_getHead")
def get_block_hash(node: Node, number: list[BlockNumber] | BlockNumber | None = None) -> Json:
    if isinstance(number, list):
        return [_hash_at(node, entry) for entry in number]
    return to_hex(node.chain.head.hash) if number is None else _hash_at(node, number)


def _hash_at(node: Node, number: int) -> str | None:
    hash = node.chain.block_hash(number)
    return to_hex(hash) if hash else None


@method("chain_getFinalizedHead", "chain_getFinalisedHead")
def get_finalized_head(node: Node) -> Json:
    return to_hex(node.chain.finalized.hash)


@subscription(
    "chain_subscribeNewHeads",
    "chain_subscribeNewHead",
    "subscribe_newHead",
    unsubscribe=("chain_unsubscribeNewHeads", "chain_unsubscribeNewHead", "unsubscribe_newHead"),
    notification="chain_newHead",
)
def new_heads(node: Node, emit: Emit) -> Callable[[], None]:
    return _imported_heads(node, emit)


@subscription(
    "chain_subscribeAllHeads",
    unsubscribe=("chain_unsubscribeAllHeads",),
    notification="chain_allHead",
)
def all_heads(node: Node, emit: Emit) -> Callable[[], None]:
    return _imported_heads(node, emit)


def _imported_heads(node: Node, emit: Emit) -> Callable[[], None]:
    emit(header_json(node.chain.require_block(None).header))
    return all_of(
        node.chain.on_new_block.add(lambda block, _: emit(header_json(block.header))),
        node.chain.on_reverted.add(lambda head, _: emit(header_json(head.header))),
    )


@subscription(
    "chain_subscribeFinalizedHeads",
    "chain_subscribeFinalisedHeads",
    unsubscribe=("chain_unsubscribeFinalizedHeads", "chain_unsubscribeFinalisedHeads"),
    notification="chain_finalizedHead",
)
def finalized_heads(node: Node, emit: Emit) -> Callable[[], None]:
    def told(block: Block) -> None:
        emit(header_json(block.header))

    def told_now() -> None:
        told(node.chain.require_block(node.chain.finalized.hash))

    told_now()
    return all_of(
        node.chain.on_finalized.add(told), node.chain.on_reverted.add(lambda *_: told_now())
    )
