"""`dev_*` for going back: snapshots by name, the head set to an earlier block, and dumps.

`dev_setHead` is chopsticks' name. A chain that went back tells its subscribers: new and final heads
get the head that is now, storage subscriptions their keys with what these hold now, and who follows
`chainHead` is told to stop, and follows anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taokit.local_chain.node.header import BlockRef
from taokit.local_chain.node.snapshots import Snapshot
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.params import read_hex, to_hex
from taokit.local_chain.rpc.registry import Json, Node, method


@dataclass(frozen=True)
class Place:
    """A block by number or by hash."""

    number: int | None
    hash: bytes | None

    @classmethod
    def from_json(cls, value: Any) -> Place:
        """Read a number, or 32 bytes of hex text."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return cls(value, None)
        hash = read_hex(value)
        if len(hash) != 32:
            raise invalid_params("a block is its number or its hash")
        return cls(None, hash)


def number_of(node: Node, place: Place | None) -> int:
    """The number of a block that was named; the head's for None. Raises `UnknownBlock`."""
    if place is None:
        return node.chain.head.number
    if place.number is not None:
        return place.number
    return node.chain.require_block(place.hash).header.number


def _told(ref: BlockRef) -> Json:
    return {"number": ref.number, "hash": to_hex(ref.hash)}


def _snapshot(taken: Snapshot) -> Json:
    return {"name": taken.name, **_told(taken.block), "timestamp": taken.timestamp_ms}


@method("dev_snapshot", cheat="snapshots")
def snapshot(node: Node, name: str | None = None) -> Json:
    """Keep this moment under a name, or the next number: name, block, and the next timestamp."""
    return _snapshot(node.chain.snapshots.take(name))


@method("dev_snapshots", cheat="snapshots")
def snapshots(node: Node) -> Json:
    """Every snapshot, oldest first."""
    return [_snapshot(taken) for taken in node.chain.snapshots]


@method("dev_revert", cheat="snapshots")
def revert(node: Node, name: str | None = None) -> Json:
    """Go back to a snapshot (the newest if none is named), which stays; the head then."""
    return _told(node.chain.snapshots.revert(name))


@method("dev_dropSnapshot", cheat="snapshots")
def drop(node: Node, name: str | None = None) -> Json:
    """Forget a snapshot; the chain stays as it is. The names that are left."""
    node.chain.snapshots.drop(name)
    return [taken.name for taken in node.chain.snapshots]


@method("dev_setHead", cheat="snapshots")
def set_head(node: Node, block: Place) -> Json:
    """Be what the chain was after a block, by hash or number; the head's hash."""
    chain = node.chain
    number = block.number
    if number is None:
        number = chain.require_block(block.hash).header.number
    if number > chain.head.number:
        raise invalid_params(f"block {number} is not there yet: the head is {chain.head.number}")
    chain.set_head(number)
    return to_hex(chain.head.hash)


@method("dev_dump", cheat="dump")
def dump(node: Node, path: str) -> Json:
    """Write the whole chain into a file of the node's machine, by absolute path; its bytes."""
    place = Path(path)
    if not place.is_absolute():
        raise invalid_params("the path has to be absolute: the node has a folder of its own")
    return node.chain.dev.dump(place)
