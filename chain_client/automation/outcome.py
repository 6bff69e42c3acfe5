"""What became of a signed transaction, found out from the chain alone.

Owns the reasoning. A transaction that was recorded may or may not have been sent before a crash.
It is in a block of its era, or it can still get into one, or it never can; the last is certain only
when the final chain has left its era, or has used its nonce for another one. Does not own the
journal nor sending.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from taokit.chain_client.blocks import BlockRef
from taokit.chain_client.errors import ClientError, NotFound, TransportError
from taokit.chain_client.extrinsics.signing import SignedExtrinsic
from taokit.chain_client.transport.base import extrinsic_hash

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.receipt import Receipt

__all__ = ["Found", "find_outcome", "is_final"]

_AT_ONCE: Final = 16


@dataclass(frozen=True)
class Found:
    """``state`` is included (``block`` says where), possible or impossible (``why``).

    ``receipt`` is ``None`` where the node no longer has the events of that block.
    """

    state: Literal["included", "possible", "impossible"]
    block: BlockRef | None = None
    receipt: Receipt | None = None
    why: str = ""


async def find_outcome(chain: ChainClient, signed: SignedExtrinsic) -> Found:
    """Look for a transaction in the blocks of its era, best chain; then, whether it can come."""
    final = await chain.block_ref("finalized")
    async with chain.at(final):
        account = await chain.query("System", "Account", signed.signer)
    head = await chain.block_ref("head")
    last = head.number if signed.last_block is None else min(head.number, signed.last_block)
    block = await _block_with(chain, signed.hash, signed.birth_block, last)
    if block is not None:
        return Found("included", block, await _receipt(chain, signed.hash, block))
    # In this order: what was final when the search began cannot have changed since.
    if signed.last_block is not None and final.number > signed.last_block:
        return Found("impossible", why="its era ended")
    if account["nonce"] > signed.nonce and final.number <= head.number:
        return Found("impossible", why="another transaction took its nonce")
    return Found("possible")


async def is_final(chain: ChainClient, block: BlockRef) -> bool | None:
    """Whether a block is final; ``None`` when another block has taken its place."""
    final = await chain.block_ref("finalized")
    try:
        standing = await chain.block_ref(block.number)
    except NotFound:
        return None
    if standing.hash != block.hash:
        return None
    return final.number >= block.number


async def _block_with(chain: ChainClient, hash_: str, first: int, last: int) -> BlockRef | None:
    for start in range(first, last + 1, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, last + 1))
        for found in await asyncio.gather(*(_look(chain, hash_, number) for number in numbers)):
            if found is not None:
                return found
    return None


async def _look(chain: ChainClient, hash_: str, number: int) -> BlockRef | None:
    """The block of that number, if it holds the transaction. Needs no state of it."""
    block = await chain.transport.send("chain_getBlockHash", [number])
    if block is None:
        return None
    body = await chain.transport.send("chain_getBlock", [block])
    if body is None:
        raise NotFound(kind="block", name=number)
    for raw in body["block"]["extrinsics"]:
        if extrinsic_hash(bytes.fromhex(raw[2:])) == hash_:
            return BlockRef(number, str(block))
    return None


async def _receipt(chain: ChainClient, hash_: str, block: BlockRef) -> Receipt | None:
    try:
        return await chain.receipt(hash_, block)
    except TransportError:
        raise
    except ClientError:  # the state of an old block is gone; that it is in it is known all the same
        return None
