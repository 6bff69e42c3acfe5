"""Refusals that operations foresee: the chain's own name with our words for the case at hand.

Owns making that error. Does not own the advice (``remedies``) nor when it applies (each operation).
"""

from __future__ import annotations

from collections.abc import Mapping

from taokit.chain_client.errors import WouldFail
from taokit.chain_client.remedies import advice_for, filled

__all__ = [
    "NOBODY",
    "not_owner_of",
    "not_registered",
    "not_started",
    "nothing_staked",
    "refusal",
    "too_soon",
    "unknown_hotkey",
]

NOBODY = bytes(32)
"""The account of 32 zeros: the chain's owner of hotkeys that it does not know."""
_OPEN_ROOT = (
    "the chain's root opens subnet 0, on a local chain with "
    "`taokit sudo set --netuid 0 --param subtoken_enabled --value true --sudo -w //Alice`"
)


def refusal(
    name: str,
    reason: str,
    *,
    pallet: str | None = "SubtensorModule",
    wait: int | None = None,
    hint: str | None = None,
    told: Mapping[str, object] | None = None,
) -> WouldFail:
    """The refusal that the chain calls ``pallet.name``; ``reason`` is one sentence about this case.

    ``wait`` is the number of blocks after which the same may do. Without a hint, the advice known
    for the name is given; ``told`` is what stands in it for capitals (``NETUID``), where that is
    not what the operation's own fields say.
    """
    advice = advice_for(name, pallet)
    if hint is None and wait is not None:
        hint = f"wait {wait} block{'' if wait == 1 else 's'}"
    hint = hint or (advice.remedy if advice else None)
    if hint and told:
        hint = filled(hint, {place: str(value) for place, value in told.items()})
    return WouldFail(
        reason,
        pallet=pallet,
        name=name,
        retry_after_blocks=wait,
        retryable=advice.retryable if advice else False,
        hint=hint,
    )


def nothing_staked(reason: str, name: str = "AmountTooLow") -> WouldFail:
    """There is no stake in that place; ``name`` is what the call calls that."""
    hint = "`taokit stake list -w WALLET` shows what is staked, on which hotkey and where"
    return refusal(name, reason, hint=hint)


def unknown_hotkey(hotkey: str) -> WouldFail:
    """The chain does not know the hotkey."""
    reason = f"the chain does not know the hotkey {hotkey}"
    return refusal("HotKeyAccountNotExists", reason, told={"HOTKEY": hotkey})


def not_owner_of(hotkey: str, signer: str) -> WouldFail:
    """The hotkey belongs to another coldkey than the signer, or to none."""
    return refusal("NonAssociatedColdKey", f"the hotkey {hotkey} does not belong to {signer}")


def not_started(netuid: int) -> WouldFail:
    """The subnet's token cannot be traded yet."""
    reason = f"subnet {netuid} has not been started"
    hint = None if netuid else _OPEN_ROOT
    return refusal("SubtokenDisabled", reason, hint=hint, told={"NETUID": netuid})


def not_registered(
    hotkey: str, netuid: int, name: str = "HotKeyNotRegisteredInSubNet"
) -> WouldFail:
    """The hotkey has no uid in the subnet; ``name`` is what the call calls that."""
    reason = f"{hotkey} is not registered in subnet {netuid}"
    return refusal(name, reason, told={"HOTKEY": hotkey, "NETUID": netuid})


def too_soon(name: str, what: str, *, since: int, limit: int) -> WouldFail:
    """``what`` was done ``since`` blocks ago, and ``limit`` blocks must lie between two."""
    ago = f"{since} block{'' if since == 1 else 's'} ago"
    return refusal(name, f"{what} {ago}, and {limit} must lie between", wait=limit - since)
