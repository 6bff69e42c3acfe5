"""Refusals: by the transaction pool, by the blocks, by the call itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.chain_client.errors.base import ChainError

if TYPE_CHECKING:
    from taokit.chain_client.money import Amount

__all__ = [
    "DispatchFailed",
    "InsufficientBalance",
    "NotIncluded",
    "OutcomePending",
    "PoolRejected",
    "WouldFail",
]


class PoolRejected(ChainError):
    """The transaction pool refused an extrinsic; it was not and will not be included.

    ``reason`` is a stable name ("stale", "payment", "bad_signature", "custom", ...), ``rpc_code``
    the node's number, ``custom`` the n of ``Custom error: n`` with ``name`` the chain's name for
    it, ``detail`` the node's own words.
    """

    code = "pool_rejected"

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        rpc_code: int,
        detail: str,
        custom: int | None = None,
        name: str | None = None,
        retryable: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.rpc_code = rpc_code
        self.detail = detail
        self.custom = custom
        self.name = name
        self.retryable = retryable


class InsufficientBalance(ChainError):
    """The signer holds less than this would take; the chain would refuse it, so it was not sent.

    ``holder`` says whose and what ("balance of 5F..."), ``holds`` and ``needs`` are amounts. What
    is needed includes the fee and the tip where they are paid from the same balance, and what has
    to stay on the account so that it lives on.
    """

    code = "insufficient_balance"

    def __init__(self, *, holder: str, holds: Amount, needs: Amount) -> None:
        super().__init__(
            f"the {holder} is {holds}, and this needs {needs}",
            hint="use a smaller amount, or add to what is there first: "
            "`taokit wallet balance -w WALLET` and `taokit stake list -w WALLET` show it",
        )
        self.holder = holder
        self.holds = holds
        self.needs = needs


class WouldFail(ChainError):
    """The chain would refuse this as things are; found out by reading, so nothing was sent.

    ``pallet`` and ``name`` are the chain's own for that refusal; ``pallet`` is ``None`` where it
    belongs to none. ``retry_after_blocks`` is how long to wait, where waiting is all it takes.
    """

    code = "would_fail"

    def __init__(
        self,
        reason: str,
        *,
        pallet: str | None,
        name: str,
        retry_after_blocks: int | None = None,
        retryable: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(reason, hint=hint)
        self.pallet = pallet
        self.name = name
        self.retry_after_blocks = retry_after_blocks
        self.retryable = retryable or retry_after_blocks is not None


class NotIncluded(ChainError):
    """An accepted extrinsic left the pool without reaching a block.

    ``status`` is the pool's word: "dropped", "invalid", "usurped", "retracted",
    "finality_timeout" or "expired". ``extrinsic_hash`` is ``0x`` hex.
    """

    code = "not_included"

    def __init__(self, *, status: str, extrinsic_hash: str, detail: str = "") -> None:
        said = f" ({detail})" if detail else ""
        super().__init__(f"extrinsic {extrinsic_hash} was not included: {status}{said}")
        self.status = status
        self.extrinsic_hash = extrinsic_hash
        self.detail = detail


class OutcomePending(ChainError):
    """The wait ended before the outcome was known; the extrinsic may still be included.

    ``seconds`` is how long was waited, or ``None`` when the node went out of reach instead; then
    ``reason`` says how.
    """

    code = "outcome_pending"

    def __init__(
        self,
        *,
        extrinsic_hash: str,
        waited_for: str,
        seconds: float | None = None,
        reason: str | None = None,
    ) -> None:
        ended = reason if seconds is None else f"not within {seconds:g} s"
        super().__init__(
            f"extrinsic {extrinsic_hash} was sent, but not seen to reach {waited_for}: {ended}",
            hint="the pool accepted it: look for its hash before you send anything again",
        )
        self.extrinsic_hash = extrinsic_hash
        self.seconds = seconds
        self.waited_for = waited_for
        self.reason = reason


class DispatchFailed(ChainError):
    """The extrinsic is in a block, but its call (or a call inside it) failed.

    ``pallet``, ``name`` and ``index`` are the chain's own; for errors that belong to no pallet
    ``pallet`` is ``None`` and ``name`` is for instance "BadOrigin" or "Token.FundsUnavailable".
    ``docs`` is the metadata's text, ``within`` says which nested call failed
    ("Sudo.Sudid", "Utility.BatchInterrupted at 2"; ``None`` for the extrinsic's own call).
    """

    code = "dispatch_failed"

    def __init__(
        self,
        *,
        pallet: str | None,
        name: str,
        index: int | None = None,
        docs: str = "",
        within: str | None = None,
        extrinsic_hash: str | None = None,
        retryable: bool = False,
        hint: str | None = None,
    ) -> None:
        shown = f"{pallet}.{name}" if pallet else name
        inside = f" in {within}" if within else ""
        super().__init__(f"the call failed{inside} with {shown}", hint=hint)
        self.pallet = pallet
        self.name = name
        self.index = index
        self.docs = docs
        self.within = within
        self.extrinsic_hash = extrinsic_hash
        self.retryable = retryable
