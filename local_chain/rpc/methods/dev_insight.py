"""`dev_*` to understand a chain: an epoch, an extrinsic, a difference, a trial. Nothing changes.

`dev_dryRun` is chopsticks' name, and takes what it takes there but messages of other chains.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from taokit.local_chain.insight.changes import diff
from taokit.local_chain.insight.epochs import explain
from taokit.local_chain.insight.tracing import dry_run, find_extrinsic, trace
from taokit.local_chain.insight.typed import Change
from taokit.local_chain.rpc.errors import RpcError, invalid_params
from taokit.local_chain.rpc.methods.dev_snapshots import Place
from taokit.local_chain.rpc.params import U16, AccountAddress, decoder_for, read_hex
from taokit.local_chain.rpc.registry import Json, Node, method

REFUSED = -32000


def _number(node: Node, place: Place | None) -> int:
    if place is None:
        return node.chain.head.number
    if place.number is not None:
        return place.number
    return node.chain.require_block(place.hash).header.number


@method("dev_explain", cheat="insight")
def explain_epoch(
    node: Node, netuid: U16, mechanism: U16 | None = None, at: Place | None = None
) -> Json:
    """Every stage of the newest epoch of a subnet's mechanism, up to a block."""
    return asdict(explain(node.chain, netuid, mechanism or 0, _number(node, at)))


@dataclass(frozen=True)
class Which:
    """An extrinsic by hash, or by block and index."""

    hash: bytes | None
    block: int = 0
    index: int = 0

    @classmethod
    def from_json(cls, value: Any) -> Which:
        """Read 32 bytes of hex text, or `BLOCK-INDEX`."""
        if isinstance(value, str) and not value.startswith("0x"):
            block, _, index = value.partition("-")
            if not (block.isdecimal() and index.isdecimal()):
                raise invalid_params("an extrinsic is its hash, or BLOCK-INDEX such as 12-2")
            return cls(None, int(block), int(index))
        hash = read_hex(value)
        if len(hash) != 32:
            raise invalid_params("the hash of an extrinsic has 32 bytes")
        return cls(hash)


@method("dev_trace", cheat="insight")
def trace_extrinsic(node: Node, extrinsic: Which) -> Json:
    """What an extrinsic of the chain did: calls, storage read and written, events, weight, fee."""
    place = (extrinsic.block, extrinsic.index)
    if extrinsic.hash is not None:
        place = find_extrinsic(node.chain, extrinsic.hash)
    return asdict(trace(node.chain, *place))


@method("dev_diff", cheat="insight")
def diff_blocks(
    node: Node, first: Place, last: Place | None = None, pallet: str | None = None
) -> Json:
    """What storage another block left otherwise than a first one; null is the head."""
    return asdict(diff(node.chain, _number(node, first), _number(node, last), pallet))


@dataclass(frozen=True)
class Attempt:
    """What to try: the bytes of an extrinsic, or a call and who would sign it."""

    extrinsic: bytes | None
    call: bytes
    account: bytes
    at: Place | None
    raw: bool

    @classmethod
    def from_json(cls, value: Any) -> Attempt:
        """Read `{"extrinsic": hex | {"call": hex, "address": address}, "at"?, "raw"?}`."""
        if not isinstance(value, dict) or "extrinsic" not in value:
            raise invalid_params("expected an object with an extrinsic")
        unknown = set(value) - {"extrinsic", "at", "raw"}
        if unknown:
            raise invalid_params(f"{sorted(unknown)[0]} is not offered here")
        given, at = value["extrinsic"], value.get("at")
        place = None if at is None else Place.from_json(at)
        raw = value.get("raw") is True
        if not isinstance(given, dict):
            return cls(read_hex(given), b"", b"", place, raw)
        if set(given) != {"call", "address"}:
            raise invalid_params("an extrinsic is its bytes, or a call and an address")
        account: bytes = decoder_for(AccountAddress)(given["address"])
        return cls(None, read_hex(given["call"]), account, place, raw)


@method("dev_dryRun", cheat="insight")
def try_extrinsic(node: Node, attempt: Attempt) -> Json:
    """What an extrinsic would do in the next block. Without a signature where a call is given.

    Of what it would change: `old` and `new` by pallet, item and key, `changes` one by one; with
    `raw` the pairs of keys and values alone.
    """
    at = None if attempt.at is None else _number(node, attempt.at)
    trial = dry_run(
        node.chain, attempt.extrinsic, call=attempt.call, account=attempt.account, at=at
    )
    if attempt.raw:
        if trial.invalid is not None:
            raise RpcError(REFUSED, f"the extrinsic would be refused: {trial.invalid['kind']}")
        return [[key, value] for key, value in trial.raw_changes]
    told = asdict(trial)
    del told["raw_changes"]
    old, new = _by_name(trial.changes)
    return {"old": old, "new": new, **told}


def _by_name(changes: list[Change]) -> tuple[Json, Json]:
    """Values before and after by pallet, item and key, in camel case, as chopsticks tells them."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for change in changes:
        if change.pallet is None or change.item is None:
            path = [change.raw_key]
        else:
            path = [_camel(change.pallet), _camel(change.item), *map(str, change.key)]
        for told, value in ((old, change.before), (new, change.after)):
            place = told
            for name in path[:-1]:
                place = place.setdefault(name, {})
            place[path[-1]] = value
    return old, new


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
