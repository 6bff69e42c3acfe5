"""Whether locked stake may go to another coldkey, which takes its lock over with it.

Owns that reading. Source of the rules: ``transfer_lock`` in
``pallets/subtensor/src/staking/lock.rs``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.reads.availability import locks

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["locked_transfer_problem"]

_TAKES_LOCKED = 1
"""The bit of ``AccountFlags`` that takes locked alpha."""


async def locked_transfer_problem(
    chain: ChainClient, netuid: int, sender: str, receiver: str
) -> TaokitError | None:
    """Why a part of ``sender``'s stake that is locked may not go to ``receiver``'s coldkey."""
    mine, theirs, flags = await asyncio.gather(
        locks(chain, sender, netuid),
        locks(chain, receiver, netuid),
        chain.query("SubtensorModule", "AccountFlags", receiver),
    )
    if mine and theirs and mine[0].hotkey != theirs[0].hotkey:
        to = (mine[0].hotkey, theirs[0].hotkey)
        reason = f"a part of it is locked to {to[0]}, and {receiver} locks to {to[1]}"
        return refusal("LockHotkeyMismatch", reason)
    if flags & _TAKES_LOCKED:
        return None
    reason = f"a part of it is locked, and {receiver} takes no locked alpha"
    return refusal("AccountRejectsLockedAlpha", reason)
