"""Making a plan: what a dry run shows of an operation or a call.

Owns putting together what the operation says of itself, the fee, and whether the signer can pay.
Nothing is signed, so nothing has to be unlocked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import (
    ClientError,
    InsufficientBalance,
    NotFound,
    PoolRejected,
)
from taokit.chain_client.operations.base import Effect, Operation, Plan
from taokit.chain_client.operations.coldkey_swaps import swap_in_the_way
from taokit.chain_client.operations.recognising import recognised
from taokit.chain_client.remedies import INVALID_REASONS, filled, values_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.chain_client.money import Tao
    from taokit.wallet.errors import TaokitError

__all__ = ["plan"]


async def plan(
    chain: ChainClient, what: Operation | Call, signer: Any, terms: Terms | None = None
) -> Plan:
    """What ``what`` would do when ``signer`` (an address or a signer) signs it."""
    address = ss58_of(signer)
    async with chain.at("head"):
        operation = what if isinstance(what, Call) else await what.prepared_for(chain, address)
        call = operation if isinstance(operation, Call) else operation.call()
        encoded = chain.encode_call(call)  # a call that cannot be encoded is no plan: this raises
        known = recognised(chain, encoded, address) if isinstance(operation, Call) else operation
        (fee, problem, fee_note), told, swapping = await asyncio.gather(
            _fee(chain, call, address, terms),
            _told(chain, known, address),
            swap_in_the_way(chain, call, address),
        )
        paid = None if fee is None else fee + _tip(terms)
        short = _shortage(chain, known, told.effects, address, paid)
        forbidden = await _forbidden(chain, encoded, address, terms)
    found = forbidden or swapping or told.problem or short or problem
    if found is not None and found.hint:
        found.hint = filled(found.hint, values_of(known))
    summary = str(call) if isinstance(operation, Call) else operation.summary()
    return Plan(
        operation=operation,
        call=call,
        signer=address,
        summary=summary,
        effects=told.effects,
        warnings=(*told.warnings, *fee_note),
        fee=fee,
        problem=found,
    )


async def _forbidden(
    chain: ChainClient, call: bytes, address: str, terms: Terms | None
) -> TaokitError | None:
    """The refusal of the client's guard, if it has one."""
    if chain.guard is None:
        return None
    return await chain.guard.problem(chain, call, address, tip=terms.tip if terms else 0)


@dataclass(frozen=True)
class _Told:
    """What the operation says of itself, as far as the chain could be asked."""

    effects: tuple[Effect, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: TaokitError | None = None


async def _told(chain: ChainClient, operation: Operation | None, address: str) -> _Told:
    if operation is None:
        return _Told()
    from taokit.chain_client.reads.subnets import no_subnet

    netuid = getattr(operation, "netuid", None)
    try:
        if netuid is not None and not await chain.query("SubtensorModule", "NetworksAdded", netuid):
            return _Told(problem=no_subnet(netuid))
    except ClientError as error:
        return _Told(warnings=(f"what it changes could not be found out: {error.message}",))
    problem, changes = await asyncio.gather(
        _foreseen(chain, operation, address), _changes(chain, operation, address)
    )
    return replace(changes, problem=problem or changes.problem)


async def _foreseen(chain: ChainClient, operation: Operation, address: str) -> TaokitError | None:
    try:
        return await operation.problem(chain, address)
    except NotFound as missing:
        return missing
    except ClientError:
        # What it reads may be missing in an older runtime; then the chain itself is the judge.
        return None


async def _changes(chain: ChainClient, operation: Operation, address: str) -> _Told:
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


def _shortage(
    chain: ChainClient,
    operation: Operation | None,
    effects: tuple[Effect, ...],
    address: str,
    paid: Tao | None,
) -> InsufficientBalance | None:
    """The refusal that is certain because more would go than is there.

    ``paid`` is fee and tip, which leave the signer's balance before the call is made.
    """
    from taokit.chain_client.money import Amount
    from taokit.chain_client.reads.balances import existential

    if operation is None or not operation.all_or_nothing:
        return None
    spender = getattr(operation, "real", address)  # of a proxy's operation, whom it acts for
    for effect in effects:
        before, after = effect.before, effect.after
        if not (isinstance(before, Amount) and isinstance(after, Amount) and after < before):
            continue
        needs = before - after
        if operation.keeps_alive and effect.what == f"balance of {spender}":
            needs += existential(chain)
        if paid is not None and effect.what == f"balance of {address}":
            needs += paid
        if needs > before:
            return InsufficientBalance(holder=effect.what, holds=before, needs=needs)
    return None


def _tip(terms: Terms | None) -> Tao:
    from taokit.chain_client.money import Tao

    return Tao(0 if terms is None else terms.tip)


async def _fee(
    chain: ChainClient, call: Call, address: str, terms: Terms | None
) -> tuple[Tao | None, TaokitError | None, tuple[str, ...]]:
    """The fee, why it cannot be paid, and what is unusual about how it is paid."""
    from taokit.chain_client.operations.alpha_fees import fee_in_alpha

    try:
        fee = (await chain.estimate_fee(call, address, terms)).fee
        if terms is not None and terms.shielded:
            fee += await _envelope_fee(chain, call, address, terms)
    except ClientError as error:
        return None, error, ()
    account = await chain.query("System", "Account", address)
    paid = fee + _tip(terms)
    if account["data"]["free"] >= paid.rao:
        return fee, None, ()
    alpha = await fee_in_alpha(chain, call, address, paid)
    if alpha is not None:
        return fee, None, (f"no TAO to pay the fee with: about {alpha} of the stake goes for it",)
    tip = " and the tip" if paid != fee else ""
    refused = PoolRejected(
        f"{address} cannot pay the fee of {fee}{tip}",
        reason="payment",
        rpc_code=1010,
        detail="",
        hint=INVALID_REASONS["Inability to pay some fees"][2].remedy,
    )
    return fee, refused, ()


async def _envelope_fee(chain: ChainClient, call: Call, address: str, terms: Terms) -> Tao:
    """What sending it encrypted costs beside its own fee."""
    from taokit.chain_client.extrinsics.shielding import envelope_like

    size = len(chain.encode_call(call)) + 110  # signer, signature and extensions
    return (await chain.estimate_fee(envelope_like(size), address, terms)).fee
