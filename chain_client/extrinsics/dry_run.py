"""Asking what would happen: the fee of a call, and whether the pool would take it.

Owns the two questions (``TransactionPaymentApi_query_info`` and
``TaggedTransactionQueue_validate_transaction``) and, where the node offers it, ``system_dryRun``,
which also runs the call. Nothing reaches the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import account_bytes, ss58_of
from taokit.chain_client.blocks import BlockRef
from taokit.chain_client.dispatch_errors import dispatch_failure
from taokit.chain_client.errors import ChainError, RpcError
from taokit.chain_client.extrinsics.extensions import Signing
from taokit.chain_client.extrinsics.signing import unsigned_stand_in
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.money import Tao
from taokit.chain_client.pool_rejection import invalid_transaction
from taokit.chain_client.runtime_calls import call_raw
from taokit.chain_client.scale import Era

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.runtime import Runtime
    from taokit.wallet.signer import Signer

__all__ = ["DryRun", "FeeEstimate", "dry_run", "estimate_fee"]

_EXTERNAL = b"\x02"  # TransactionSource::External


@dataclass(frozen=True)
class FeeEstimate:
    """What a call costs now. Weight is in picoseconds of time and bytes of proof."""

    fee: Tao
    ref_time: int
    proof_size: int
    dispatch_class: str


@dataclass(frozen=True)
class DryRun:
    """Whether the pool would take the extrinsic, and how it would rank there.

    ``executed`` says that the call itself was run too; ``problem`` is the refusal or the failure.
    """

    problem: ChainError | None
    executed: bool
    priority: int | None = None
    longevity: int | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against sending it."""
        return self.problem is None


@dataclass(frozen=True)
class _StandIn:
    """An address in the place of a signer: it has everything but a signature."""

    ss58_address: str
    public_key: bytes
    crypto_type: int = 1

    def sign(self, payload: bytes) -> bytes:
        raise AssertionError("nothing is signed for an estimate")


async def estimate_fee(
    chain: ChainClient, call: Call, signer: Any, terms: Terms | None = None
) -> FeeEstimate:
    """The fee of ``call`` without its tip; ``signer`` is an address or a signer."""
    runtime = chain.runtime
    stand_in = (
        signer
        if hasattr(signer, "public_key")
        else _StandIn(ss58_of(signer), account_bytes(signer))
    )
    signing = _signing_like(runtime, terms or Terms())
    raw = unsigned_stand_in(runtime, chain.encode_call(call), signing, stand_in)
    data = raw + len(raw).to_bytes(4, "little")
    _, output = runtime.api_method("TransactionPaymentApi", "query_info")
    answer = await call_raw(chain.transport, None, "TransactionPaymentApi_query_info", data)
    info = output.decode(answer)
    weight = info["weight"]
    return FeeEstimate(
        Tao(info["partial_fee"]), weight["ref_time"], weight["proof_size"], str(info["class"])
    )


async def dry_run(
    chain: ChainClient, call: Call, signer: Signer, terms: Terms | None = None
) -> DryRun:
    """Sign ``call``, have it validated and, where the node offers that, executed."""
    runtime = chain.runtime
    signed = await chain.submitter.sign(call, signer, terms or Terms())
    chain.submitter.withdraw(signed.signer, signed.nonce)
    head = await chain.block_ref("head")
    method = "TaggedTransactionQueue_validate_transaction"
    data = _EXTERNAL + signed.raw + bytes.fromhex(head.hash[2:])
    _, output = runtime.api_method("TaggedTransactionQueue", "validate_transaction")
    validity = output.decode(await call_raw(chain.transport, head.hash, method, data))
    refused = validity.get("Err") if isinstance(validity, dict) else None
    if refused is not None:
        return DryRun(invalid_transaction(refused), executed=False)
    valid = validity["Ok"]
    executed, problem = await _execute(chain, runtime, signed.raw, head)
    return DryRun(problem, executed, valid["priority"], valid["longevity"])


async def _execute(
    chain: ChainClient, runtime: Runtime, raw: bytes, head: BlockRef
) -> tuple[bool, ChainError | None]:
    try:
        answer = await chain.transport.send("system_dryRun", ["0x" + raw.hex(), head.hash])
    except RpcError:
        return False, None  # most nodes keep this method to themselves
    _, output = runtime.api_method("BlockBuilder", "apply_extrinsic")
    result = output.decode(bytes.fromhex(answer[2:]))
    if "Err" in result:
        return True, invalid_transaction(result["Err"])
    inner = result["Ok"]
    if isinstance(inner, dict) and "Err" in inner:
        return True, dispatch_failure(runtime.metadata, inner["Err"])
    return True, None


def _signing_like(runtime: Runtime, terms: Terms) -> Signing:
    """Terms of the same encoded size as real ones; a fee depends on nothing else of them."""
    era = Era() if terms.period is None else Era.mortal(terms.period, current=0)
    return Signing(terms.nonce or 0, era, runtime.genesis_hash, terms.tip)
