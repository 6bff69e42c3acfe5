"""`dev_*` to understand a chain: an epoch, an extrinsic, a difference. Nothing changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.methods.dev_snapshots import Place, number_of
from taokit.local_chain.rpc.params import U16, read_hex
from taokit.local_chain.rpc.registry import Json, Node, method


@method("dev_explain", cheat="insight")
def explain_epoch(
    node: Node, netuid: U16, mechanism: U16 | None = None, at: Place | None = None
) -> Json:
    """Every stage of the newest epoch of a subnet's mechanism, up to a block."""
    from taokit.local_chain.insight.epochs import explain

    return asdict(explain(node.chain, netuid, mechanism or 0, number_of(node, at)))


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
    from taokit.local_chain.insight.tracing import find_extrinsic, trace

    place = (extrinsic.block, extrinsic.index)
    if extrinsic.hash is not None:
        place = find_extrinsic(node.chain, extrinsic.hash)
    return asdict(trace(node.chain, *place))


@method("dev_diff", cheat="insight")
def diff_blocks(
    node: Node, first: Place, last: Place | None = None, pallet: str | None = None
) -> Json:
    """What storage another block left otherwise than a first one; null is the head."""
    from taokit.local_chain.insight.changes import diff

    return asdict(diff(node.chain, number_of(node, first), number_of(node, last), pallet))
