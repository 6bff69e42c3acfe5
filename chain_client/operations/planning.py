"""Making a plan: what a dry run shows of an operation or a call.

Owns putting together what the operation says of itself, the fee, and whether the signer can pay.
Nothing is signed, so nothing has to be unlocked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import ClientError, NotFound, PoolRejected
from taokit.chain_client.operations.base import Effect, Operation, Plan

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.money import Tao
    from taokit.wallet.errors import TaokitError

__all__ = ["plan"]


async def plan(chain: ChainClient, what: Operation | Call, signer: Any) -> Plan:
    """What ``what`` would do when ``signer`` (an address or a signer) signs it."""
    address = ss58_of(signer)
    async with chain.at("head"):
        operation = what if isinstance(what, Call) else await what.prepared(chain)
        call = operation if isinstance(operation, Call) else operation.call()
        chain.encode_call(call)  # a call that cannot be encoded is no plan: this raises
        (fee, problem), told = await asyncio.gather(
            _fee(chain, call, address), _told(chain, operation, address)
        )
    summary = str(call) if isinstance(operation, Call) else operation.summary()
    return Plan(
        operation=operation,
        call=call,
        signer=address,
        summary=summary,
        effects=told.effects,
        warnings=told.warnings,
        fee=fee,
        problem=told.problem or problem,
    )


@dataclass(frozen=True)
class _Told:
    """What the operation says of itself, as far as the chain could be asked."""

    effects: tuple[Effect, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: TaokitError | None = None


async def _told(chain: ChainClient, operation: Operation | Call, address: str) -> _Told:
    if isinstance(operation, Call):
        return _Told()
    try:
        effects, warnings = await asyncio.gather(
            operation.effects(chain, address), operation.warnings(chain, address)
        )
    except NotFound as missing:
        return _Told(problem=missing)
    except ClientError as error:
        # An older runtime may not offer what a preview reads. The operation itself may work.
        return _Told(warnings=(f"what it changes could not be found out: {error.message}",))
    return _Told(effects, warnings)


async def _fee(
    chain: ChainClient, call: Call, address: str
) -> tuple[Tao | None, TaokitError | None]:
    try:
        fee = (await chain.estimate_fee(call, address)).fee
    except ClientError as error:
        return None, error
    account = await chain.query("System", "Account", address)
    if account["data"]["free"] >= fee.rao:
        return fee, None
    return fee, PoolRejected(
        f"{address} cannot pay the fee of {fee}",
        reason="payment",
        rpc_code=1010,
        detail="",
        hint="send some TAO to the signing account first",
    )
