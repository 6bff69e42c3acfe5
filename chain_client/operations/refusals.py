"""Refusals that operations foresee: the chain's own name with our words for the case at hand.

Owns making that error. Does not own the advice (``remedies``) nor when it applies (each operation).
"""

from __future__ import annotations

from taokit.chain_client.errors import WouldFail
from taokit.chain_client.remedies import advice_for

__all__ = ["refusal"]


def refusal(
    name: str,
    reason: str,
    *,
    pallet: str | None = "SubtensorModule",
    wait: int | None = None,
    hint: str | None = None,
) -> WouldFail:
    """The refusal that the chain calls ``pallet.name``; ``reason`` is one sentence about this case.

    ``wait`` is the number of blocks after which the same may do. Without a hint, the advice known
    for the name is given.
    """
    advice = advice_for(name)
    if hint is None and wait is not None:
        hint = f"wait {wait} block{'' if wait == 1 else 's'}"
    return WouldFail(
        reason,
        pallet=pallet,
        name=name,
        retry_after_blocks=wait,
        retryable=advice.retryable if advice else False,
        hint=hint or (advice.remedy if advice else None),
    )
