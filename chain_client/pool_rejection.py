"""From the node's error to a typed refusal by the transaction pool.

Owns the reading of the author errors 1010 to 1018 (``sc-rpc-api``'s ``author::error``) and of
``Custom error: n``. The words come from ``remedies``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from taokit.chain_client.errors import ChainError, PoolRejected, RpcError
from taokit.chain_client.remedies import CUSTOM_CODES, INVALID_REASONS, Advice, advice_for

__all__ = ["invalid_transaction", "pool_rejection"]

_CUSTOM: Final = re.compile(r"Custom error: (\d+)")
_INVALID: Final = 1010

_BY_CODE: Final[dict[int, tuple[str, str, Advice]]] = {
    1001: (
        "malformed",
        "the node cannot read the extrinsic",
        Advice("sign it anew here: it was made for another runtime, or was cut"),
    ),
    1002: (
        "verification",
        "the node could not verify it",
        Advice("another node may (--network URL)"),
    ),
    1011: (
        "unknown_validity",
        "the node cannot tell whether it is valid",
        Advice("send it again later: the node is not ready yet", True),
    ),
    1012: (
        "banned",
        "it was refused lately and is banned for a while",
        Advice("send it again in half an hour, or sign it anew with a --tip", True),
    ),
    1013: (
        "already_imported",
        "the pool has this very extrinsic",
        Advice("nothing to do: it waits for its block already"),
    ),
    1014: (
        "priority_too_low",
        "the pool has another extrinsic with this nonce",
        Advice("wait for that one, or send this with a higher --tip to replace it", True),
    ),
    1015: ("cycle", "it depends on itself", Advice("sign it again without --nonce")),
    1016: ("pool_full", "the pool is full", Advice("send it again later, or with a --tip", True)),
    1018: (
        "unactionable",
        "the node does not take such extrinsics",
        Advice("send it to another node (--network URL)"),
    ),
}

_RUNTIME_REASONS: Final[dict[str, str]] = {
    "Call": "Transaction call is not expected",
    "Payment": "Inability to pay some fees",
    "Future": "Transaction will be valid in the future",
    "Stale": "Transaction is outdated",
    "BadProof": "Transaction has a bad signature",
    "AncientBirthBlock": "Transaction has an ancient birth block",
    "ExhaustsResources": "Transaction would exhaust the block limits",
    "BadMandatory": "A call was labelled as mandatory",
    "MandatoryValidation": "Transaction dispatch is mandatory",
    "BadSigner": "Invalid signing address",
}


def pool_rejection(error: RpcError) -> ChainError | RpcError:
    """The typed refusal for ``error``; ``error`` itself when it is not the pool's."""
    if error.rpc_code == _INVALID:
        return _invalid(error.rpc_code, str(error.detail or error.text))
    if error.rpc_code not in _BY_CODE:
        return error
    reason, sentence, advice = _BY_CODE[error.rpc_code]
    said = f"{error.text}: {error.detail}" if error.detail else error.text
    return PoolRejected(
        f"the pool refused the extrinsic: {sentence}",
        reason=reason,
        rpc_code=error.rpc_code,
        detail=said,
        retryable=advice.retryable,
        hint=advice.remedy,
    )


def invalid_transaction(validity: Any) -> PoolRejected:
    """The refusal for a ``TransactionValidityError`` value that a runtime call returned."""
    kind, inner = next(iter(validity.items())) if isinstance(validity, dict) else (validity, None)
    if kind != "Invalid":
        return PoolRejected(
            "the chain cannot tell whether the extrinsic is valid",
            reason="unknown_validity",
            rpc_code=1011,
            detail=str(inner),
            retryable=True,
        )
    if isinstance(inner, dict) and "Custom" in inner:
        return _invalid(_INVALID, f"Custom error: {inner['Custom']}")
    return _invalid(_INVALID, _RUNTIME_REASONS.get(str(inner), str(inner)))


def _invalid(rpc_code: int, detail: str) -> PoolRejected:
    custom = _CUSTOM.search(detail)
    if custom is not None:
        return _custom(rpc_code, int(custom[1]), detail)
    for beginning, (reason, sentence, advice) in INVALID_REASONS.items():
        if beginning in detail:
            return PoolRejected(
                f"the pool refused the extrinsic: {sentence}",
                reason=reason,
                rpc_code=rpc_code,
                detail=detail,
                retryable=advice.retryable,
                hint=advice.remedy,
            )
    return PoolRejected(
        f"the pool refused the extrinsic: {detail}",
        reason="invalid",
        rpc_code=rpc_code,
        detail=detail,
    )


def _custom(rpc_code: int, number: int, detail: str) -> PoolRejected:
    name = CUSTOM_CODES.get(number)
    advice = advice_for(name) if name else None
    return PoolRejected(
        f"the chain refused the extrinsic with {name or f'custom error {number}'}",
        reason="custom",
        rpc_code=rpc_code,
        detail=detail,
        custom=number,
        name=name,
        retryable=advice.retryable if advice else False,
        hint=advice.remedy if advice else None,
    )
