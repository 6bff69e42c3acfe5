"""Blocks as people read them: calls, events and errors by name.

Owns the shapes of `taokit_blocks` and `taokit_block`. What is decoded is remembered by block hash.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from taokit.local_chain.extensions import ChargeTransactionPayment, CheckNonce
from taokit.local_chain.insight.typed import Reader, reader_of
from taokit.local_chain.node.header import Block, blake2_256
from taokit.local_chain.page.past import Past, lowest_block, runtime_of
from taokit.local_chain.page.plain import plain
from taokit.local_chain.page.readable import readable_call, readable_event
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["block_told", "blocks_told", "events_told"]

REMEMBERED = 128
EVENT_BLOCKS = 100
_told: WeakKeyDictionary[NodeChain, OrderedDict[bytes, dict[str, Any]]] = WeakKeyDictionary()


def blocks_told(chain: NodeChain, newest: int, count: int) -> list[dict[str, Any]]:
    """Up to `count` blocks from `newest` down, each at a glance; of a fork only its own."""
    found: list[dict[str, Any]] = []
    for number in islice(_down_from(chain, newest), count):
        whole = block_told(chain, number)
        called = [e for e in whole["extrinsics"] if e["signer"] is not None]
        found.append(
            {
                **{key: whole[key] for key in ("number", "hash", "timestamp", "event_count")},
                "extrinsic_count": len(whole["extrinsics"]),
                "signed": [
                    {key: one[key] for key in ("index", "signer", "pallet", "call", "ok", "error")}
                    for one in called[:8]
                ],
                "signed_count": len(called),
            }
        )
    return found


def events_told(chain: NodeChain, count: int) -> dict[str, Any]:
    """Up to `count` of the newest events, of no more than `EVENT_BLOCKS` blocks, newest first.

    Those of a fork are its own blocks': each earlier one would have to be asked for.
    """
    head = oldest = chain.head.number
    found = list[dict[str, Any]]()
    for number in islice(_down_from(chain, head), EVENT_BLOCKS):
        if len(found) >= count:
            break
        block, oldest = block_told(chain, number), number
        events = [event for one in block["extrinsics"] for event in one["events"]]
        events += block["events"]
        found += [{"block": number, "index": at, **event} for at, event in enumerate(events)][::-1]
    return {"newest": head, "oldest": oldest, "events": found[:count]}


def _down_from(chain: NodeChain, number: int) -> Iterator[int]:
    """The numbers of the chain's own blocks from `number` down; some were leapt over."""
    least = lowest_block(chain)
    while number > least:
        number = chain.at_or_before(number)
        yield number
        number -= 1
    if number == least:
        yield number


def block_told(chain: NodeChain, number: int) -> dict[str, Any]:
    """Everything in block `number`, which exists."""
    hash = chain.block_hash(number)
    assert hash is not None
    remembered = _told.setdefault(chain, OrderedDict())
    if hash in remembered:
        remembered.move_to_end(hash)
        return remembered[hash]
    told = _decoded(chain, chain.require_block(hash))
    remembered[hash] = told
    if len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
    return told


def _decoded(chain: NodeChain, block: Block) -> dict[str, Any]:
    reader, past = reader_of(chain), Past(chain, block.header.number)
    runtime = runtime_of(chain)
    records = past.get(runtime.system.events)
    by_extrinsic: dict[int, list[Any]] = {}
    own: list[Any] = []
    for record in records:
        phase = type(record.phase).__name__
        event = reader.event(record.event)
        fields = readable_event(reader, event)
        told = {"pallet": event.pallet, "name": event.name, "fields": fields}
        if phase == "ApplyExtrinsic":
            by_extrinsic.setdefault(record.phase.value, []).append(told)
        else:
            own.append({**told, "phase": phase})
    return {
        "number": block.header.number,
        "hash": "0x" + block.header.hash.hex(),
        "parent": "0x" + block.header.parent_hash.hex(),
        "before": chain.before(block.header.number) if block.header.number else None,
        "timestamp": past.get(runtime.timestamp.now),
        "event_count": len(records),
        "extrinsics": [
            _extrinsic(chain, reader, index, raw, by_extrinsic.get(index, []))
            for index, raw in enumerate(block.extrinsics)
        ],
        "events": own,
    }


def _extrinsic(
    chain: NodeChain, reader: Reader, index: int, raw: bytes, events: list[dict[str, Any]]
) -> dict[str, Any]:
    decoded = runtime_of(chain).decode(raw)
    pallet, call, args = reader.call(decoded.call)
    failed = next((e for e in events if _is(e, "System", "ExtrinsicFailed")), None)
    signed = decoded.signer is not None
    return {
        "index": index,
        "hash": "0x" + blake2_256(raw).hex(),
        "signer": None if decoded.signer is None else address_of(decoded.signer),
        "nonce": decoded.extras[CheckNonce.identifier] if signed else None,
        "tip": plain(decoded.extras[ChargeTransactionPayment.identifier]) if signed else None,
        "pallet": pallet,
        "call": call,
        "args": readable_call(reader, pallet, call, args),
        "ok": failed is None,
        "error": None if failed is None else failed["fields"]["dispatch_error"]["error"],
        "fee": _fee(events),
        "events": events,
    }


def _fee(events: list[dict[str, Any]]) -> Any:
    """What was paid: TAO, or alpha of a signer who had none."""
    for pallet, name, field in (
        ("SubtensorModule", "TransactionFeePaidWithAlpha", "alpha_fee"),
        ("TransactionPayment", "TransactionFeePaid", "actual_fee"),
    ):
        paid = next((event for event in events if _is(event, pallet, name)), None)
        if paid is not None:
            return paid["fields"][field]
    return None


def _is(event: dict[str, Any], pallet: str, name: str) -> bool:
    return bool(event["pallet"] == pallet and event["name"] == name)
