"""Blocks as people read them: calls, events and errors by name.

Owns the shapes of `taokit_blocks` and `taokit_block`. What is decoded is remembered by block hash.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from taokit.local_chain.extensions import ChargeTransactionPayment, CheckNonce
from taokit.local_chain.insight.typed import Reader, reader_of
from taokit.local_chain.node.header import Block, blake2_256
from taokit.local_chain.page.past import Past, runtime_of
from taokit.local_chain.page.plain import plain
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["block_told", "blocks_told", "events_told"]

REMEMBERED = 128
EVENT_BLOCKS = 100
_told: WeakKeyDictionary[NodeChain, OrderedDict[bytes, dict[str, Any]]] = WeakKeyDictionary()


def blocks_told(chain: NodeChain, newest: int, count: int) -> list[dict[str, Any]]:
    """Up to `count` blocks from `newest` down, each at a glance."""
    found = []
    for number in range(newest, max(newest - count, -1), -1):
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
    """Up to `count` of the newest events, of no more than `EVENT_BLOCKS` blocks, newest first."""
    head = chain.head.number
    number, found = head, list[dict[str, Any]]()
    while number >= 0 and len(found) < count and head - number < EVENT_BLOCKS:
        block = block_told(chain, number)
        events = [event for one in block["extrinsics"] for event in one["events"]]
        events += block["events"]
        found += [{"block": number, "index": at, **event} for at, event in enumerate(events)][::-1]
        number -= 1
    return {"newest": head, "oldest": number + 1, "events": found[:count]}


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
        told = _event(reader, record.event)
        if phase == "ApplyExtrinsic":
            by_extrinsic.setdefault(record.phase.value, []).append(told)
        else:
            own.append({**told, "phase": phase})
    return {
        "number": block.header.number,
        "hash": "0x" + block.header.hash.hex(),
        "parent": "0x" + block.header.parent_hash.hex(),
        "timestamp": past.get(runtime.timestamp.now),
        "event_count": len(records),
        "extrinsics": [
            _extrinsic(chain, reader, index, raw, by_extrinsic.get(index, []))
            for index, raw in enumerate(block.extrinsics)
        ],
        "events": own,
    }


def _event(reader: Reader, event: Any) -> dict[str, Any]:
    told = reader.event(event)
    return {"pallet": told.pallet, "name": told.name, "fields": plain(told.fields)}


def _extrinsic(
    chain: NodeChain, reader: Reader, index: int, raw: bytes, events: list[dict[str, Any]]
) -> dict[str, Any]:
    decoded = runtime_of(chain).decode(raw)
    pallet, call, args = reader.call(decoded.call)
    failed = next((e for e in events if _is(e, "System", "ExtrinsicFailed")), None)
    paid = next((e for e in events if _is(e, "TransactionPayment", "TransactionFeePaid")), None)
    signed = decoded.signer is not None
    return {
        "index": index,
        "hash": "0x" + blake2_256(raw).hex(),
        "signer": None if decoded.signer is None else address_of(decoded.signer),
        "nonce": decoded.extras[CheckNonce.identifier] if signed else None,
        "tip": plain(decoded.extras[ChargeTransactionPayment.identifier]) if signed else None,
        "pallet": pallet,
        "call": call,
        "args": plain(args),
        "ok": failed is None,
        "error": None if failed is None else _error(reader, failed["fields"]["dispatch_error"]),
        "fee": None if paid is None else paid["fields"]["actual_fee"],
        "events": events,
    }


def _is(event: dict[str, Any], pallet: str, name: str) -> bool:
    return bool(event["pallet"] == pallet and event["name"] == name)


def _error(reader: Reader, error: Any) -> str:
    """The name of a dispatch error, as its event has it."""
    if not isinstance(error, dict):
        return str(error)
    ((kind, inner),) = error.items()
    if kind == "Module":
        number = bytes.fromhex(inner["error"][2:])[0]
        for pallet in reader.metadata.pallets.values():
            found = pallet.errors.get(number) if pallet.index == inner["index"] else None
            if found is not None:
                return f"{pallet.name}.{found.name}"
    return f"{kind}: {inner}"
