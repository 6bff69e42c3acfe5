"""`payment_*`: what an extrinsic would cost."""

from __future__ import annotations

from taokit.local_chain.errors import ExecutionFailed
from taokit.local_chain.rpc.params import BlockHash, HexBytes
from taokit.local_chain.rpc.registry import Json, Node, method

CLASSES = ("normal", "operational", "mandatory")


@method("payment_queryInfo")
def query_info(node: Node, extrinsic: HexBytes, at: BlockHash | None = None) -> Json:
    from taokit.chain_client.scale import Compact, codec, u64

    answer = _ask(node, "query_info", extrinsic, at)
    compact = codec(Compact[u64])
    ref_time, offset = compact.read(answer, 0)
    proof_size, offset = compact.read(answer, offset)
    return {
        "weight": {"ref_time": ref_time, "proof_size": proof_size},
        "class": CLASSES[answer[offset]],
        "partialFee": str(int.from_bytes(answer[offset + 1 :], "little")),
    }


@method("payment_queryFeeDetails")
def query_fee_details(node: Node, extrinsic: HexBytes, at: BlockHash | None = None) -> Json:
    answer = _ask(node, "query_fee_details", extrinsic, at)
    if not answer[0]:
        return {"inclusionFee": None}
    parts = ("baseFee", "lenFee", "adjustedWeightFee")
    size = (len(answer) - 1) // 4  # the tip follows, which the node does not tell either
    fees = [answer[1 + i * size : 1 + (i + 1) * size] for i in range(3)]
    inclusion = {
        part: hex(int.from_bytes(fee, "little")) for part, fee in zip(parts, fees, strict=True)
    }
    return {"inclusionFee": inclusion}


def _ask(node: Node, what: str, extrinsic: bytes, at: bytes | None) -> bytes:
    data = extrinsic + len(extrinsic).to_bytes(4, "little")
    answer = node.chain.call(f"TransactionPaymentApi_{what}", data, at)
    if not answer:
        raise ExecutionFailed(f"the runtime answered nothing to {what}")
    return answer
