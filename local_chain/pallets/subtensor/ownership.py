"""Which coldkey owns a hotkey: decided once, by the first that uses it."""

from __future__ import annotations

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import custody, shares
from taokit.local_chain.pallets.subtensor.base import SubtensorBase


def exists(sub: SubtensorBase, hotkey: bytes) -> bool:
    """True if some coldkey owns the hotkey (`hotkey_account_exists`)."""
    return sub.owner.contains(hotkey)


def owns(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> bool:
    """True if this coldkey owns the hotkey (`coldkey_owns_hotkey`)."""
    return exists(sub, hotkey) and sub.owner.get(hotkey) == coldkey


def create_if_new(sub: SubtensorBase, coldkey: bytes, hotkey: bytes) -> None:
    """Give an unowned hotkey to the coldkey; nothing if it is owned, by whomever.

    CannotUseSystemAccount for a subnet's own account (`create_account_if_non_existent`).
    """
    ensure(custody.netuid_of_account(hotkey) is None, sub.Error.CannotUseSystemAccount)
    if exists(sub, hotkey):
        return
    sub.owner.insert(hotkey, coldkey)
    owned = sub.owned_hotkeys.get(coldkey)
    if hotkey not in owned:
        sub.owned_hotkeys.insert(coldkey, [*owned, hotkey])
    shares.note_staking_hotkey(sub, coldkey, hotkey)
