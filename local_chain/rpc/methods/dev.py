"""`dev_*`: what only a development chain offers. Names follow chopsticks where it has them."""

from __future__ import annotations

from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.methods.dev_time import by_turns
from taokit.local_chain.rpc.params import (
    U64,
    AccountAddress,
    DrandPulse,
    MiningOrder,
    MomentMs,
    StorageValues,
    to_hex,
)
from taokit.local_chain.rpc.registry import Json, Node, method

MAX_PULSES = 200
"""Drand pulses in one request: each takes some milliseconds to be verified."""


@method("dev_newBlock", cheat="blocks")
async def new_block(node: Node, order: MiningOrder | None = None) -> Json:
    """Seal blocks: a count (1 if left out), `{"count": n}`, or `{"to": number}`; the last hash."""
    await _seal(node, order)
    return to_hex(node.chain.head.hash)


@method("dev_mine", cheat="blocks")
async def mine(node: Node, order: MiningOrder | None = None) -> Json:
    """As `dev_newBlock`; the new head's number and hash."""
    await _seal(node, order)
    head = node.chain.head
    return {"number": head.number, "hash": to_hex(head.hash)}


async def _seal(node: Node, order: tuple[int | None, int | None] | None) -> None:
    chain = node.chain
    count, to = order or (1, None)
    target = to if to is not None else chain.head.number + (1 if count is None else count)
    if to is not None and to < chain.head.number:
        raise invalid_params(f"block {to} is past: the head is {chain.head.number}")
    await by_turns(chain.dev.mining(target))


@method("dev_setStorage", cheat="storage")
def set_storage(node: Node, changes: StorageValues) -> Json:
    """Write storage, sealed in the next block; its hash.

    Raw pairs `[key, value or null]`, or by name `{pallet: {item: value}}`, where the value of a map
    is a list of `[keys, value]`.
    """
    dev = node.chain.dev
    if changes.raw is None:
        return to_hex(dev.set_values(changes.named).hash)
    return to_hex(dev.set_storage(changes.raw).hash)


@method("dev_fund", cheat="faucet")
def fund(node: Node, account: AccountAddress, rao: U64) -> Json:
    """Give an account that many rao more, sealed in the next block; its hash."""
    return to_hex(node.chain.dev.fund(account, rao).hash)


@method("dev_timeTravel", cheat="time")
def time_travel(node: Node, moment: MomentMs) -> Json:
    """Set the chain's clock forward; the timestamp in ms that the next block will carry."""
    return node.chain.dev.travel_to(moment)


@method("dev_injectPulses", cheat="pulses")
def inject_pulses(node: Node, pulses: list[DrandPulse]) -> Json:
    """Bring pulses of the drand beacon that the chain expects into the next blocks.

    All or none; what the chain has already is passed over. The head's number and hash after, the
    rounds that were new, and those that were known.
    """
    if len(pulses) > MAX_PULSES:
        raise invalid_params(f"{len(pulses)} pulses: at most {MAX_PULSES} at once")
    injected = node.chain.dev.inject_pulses(pulses)
    head = node.chain.head
    return {
        "number": head.number,
        "hash": to_hex(head.hash),
        "rounds": injected.rounds,
        "known": injected.known,
    }
