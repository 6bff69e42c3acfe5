"""Refusals that operations foresee: the chain's own name with our words for the case at hand.

Owns making that error. Does not own the advice (``remedies``) nor when it applies (each operation).
"""

from __future__ import annotations

from taokit.chain_client.errors import WouldFail
from taokit.chain_client.remedies import advice_for

__all__ = [
    "NOBODY",
    "not_owner_of",
    "not_registered",
    "not_started",
    "refusal",
    "too_soon",
    "unknown_hotkey",
]

NOBODY = bytes(32)
"""The account of 32 zeros: the chain's owner of hotkeys that it does not know."""


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
    advice = advice_for(name, pallet)
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


def unknown_hotkey(hotkey: str) -> WouldFail:
    """The chain does not know the hotkey."""
    return refusal("HotKeyAccountNotExists", f"the chain does not know the hotkey {hotkey}")


def not_owner_of(hotkey: str, signer: str) -> WouldFail:
    """The hotkey belongs to another coldkey than the signer, or to none."""
    return refusal("NonAssociatedColdKey", f"the hotkey {hotkey} does not belong to {signer}")


def not_started(netuid: int) -> WouldFail:
    """The subnet's token cannot be traded yet."""
    return refusal("SubtokenDisabled", f"subnet {netuid} has not been started")


def not_registered(
    hotkey: str, netuid: int, name: str = "HotKeyNotRegisteredInSubNet"
) -> WouldFail:
    """The hotkey has no uid in the subnet; ``name`` is what the call calls that."""
    return refusal(name, f"{hotkey} is not registered in subnet {netuid}")


def too_soon(name: str, what: str, *, since: int, limit: int) -> WouldFail:
    """``what`` was done ``since`` blocks ago, and ``limit`` blocks must lie between two."""
    ago = f"{since} block{'' if since == 1 else 's'} ago"
    return refusal(name, f"{what} {ago}, and {limit} must lie between", wait=limit - since)
