"""`taokit_*`: what the node's web page asks for. Ours alone, and read only.

Numbers that JavaScript would round are text; amounts are rao, unless said otherwise. Every answer
is about the head. Does not own the readings (`local_chain.page`).
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from taokit.local_chain.errors import UnknownBlock
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.params import U8, U16, U32, AccountAddress
from taokit.local_chain.rpc.registry import Json, Node, method

MAX_BLOCKS = 100
MAX_EVENTS = 1000
MAX_ACCOUNTS = 200
TURN_SECONDS = 0.02


@method("taokit_overview")
def overview(node: Node) -> Json:
    """The chain at a glance: head, time, preset, issuance, subnets, what waits in the pool."""
    from taokit.local_chain.page.overview import overview_told

    return overview_told(node.chain)


@method("taokit_blocks")
def blocks(node: Node, newest: U32 | None = None, count: U8 = U8(25)) -> Json:
    """Up to 100 blocks from `newest` (the head if left out) down, with their signed extrinsics."""
    from taokit.local_chain.page.blocks import blocks_told

    if count > MAX_BLOCKS:
        raise invalid_params(f"{count} blocks: at most {MAX_BLOCKS} at once")
    head = node.chain.head.number
    return blocks_told(node.chain, head if newest is None else min(newest, head), count)


@method("taokit_block")
def block(node: Node, number: U32) -> Json:
    """A block with its extrinsics and events, decoded."""
    from taokit.local_chain.page.blocks import block_told

    if node.chain.block_hash(number) is None:
        raise UnknownBlock(str(number))
    return block_told(node.chain, number)


@method("taokit_events")
def events(node: Node, count: U16 = U16(200)) -> Json:
    """The newest events, newest first: at most 1,000, of the last 100 blocks."""
    from taokit.local_chain.page.blocks import events_told

    if count > MAX_EVENTS:
        raise invalid_params(f"{count} events: at most {MAX_EVENTS} at once")
    return events_told(node.chain, count)


@method("taokit_accounts")
def accounts(node: Node, further: list[AccountAddress] | None = None) -> Json:
    """The development accounts and `further` ones: balance, nonce, stake."""
    from taokit.local_chain.page.overview import accounts_told

    asked = further or []
    if len(asked) > MAX_ACCOUNTS:
        raise invalid_params(f"{len(asked)} accounts: at most {MAX_ACCOUNTS} at once")
    return accounts_told(node.chain, list(asked))


@method("taokit_subnets")
def subnets(node: Node) -> Json:
    """Every subnet at a glance: price, pool, emission, neurons, epochs."""
    from taokit.local_chain.page.subnets import subnets_told

    return subnets_told(node.chain)


@method("taokit_subnet")
def subnet(node: Node, netuid: U16, mechanism: U8 = U8(0)) -> Json:
    """A subnet and its neurons, or null. Its `stamp` changes whenever its matrices may have."""
    from taokit.local_chain.page.subnets import subnet_told

    return subnet_told(node.chain, netuid, mechanism)


@method("taokit_matrix")
def matrix(node: Node, netuid: U16, kind: str, mechanism: U8 = U8(0)) -> Json:
    """`weights` or `bonds` of a subnet: rows of uid, columns and values of 0 to 65535."""
    from taokit.local_chain.page.subnets import MATRICES, matrix_told

    if kind not in MATRICES:
        raise invalid_params(f"there is no matrix {kind!r}: {' or '.join(MATRICES)}")
    return matrix_told(node.chain, netuid, kind, mechanism)


@method("taokit_series")
async def series(
    node: Node, netuids: list[U16], points: U8 = U8(60), first: U32 | None = None
) -> Json:
    """How subnets went from block `first` on: `blocks`, and by netuid the values of `fields`.

    TAO and alpha, not rao. At most 200 points.
    """
    from taokit.local_chain.page.series import FIELDS, MAX_POINTS, sample, sampled_blocks

    if not 1 <= points <= MAX_POINTS:
        raise invalid_params(f"{points} points: 1 to {MAX_POINTS}")
    numbers = sampled_blocks(node.chain, points, first)
    turn_ends = time.monotonic() + TURN_SECONDS
    values: dict[str, Any] = {}
    for netuid in dict.fromkeys(netuids):
        found = values[str(netuid)] = []
        for one in sample(node.chain, netuid, numbers):
            found.append(one)
            if time.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = time.monotonic() + TURN_SECONDS
    return {"blocks": numbers, "fields": FIELDS, "subnets": values}
