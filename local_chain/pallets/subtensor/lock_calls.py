"""The calls that lock stake."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import locks
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid


class LockCalls(SubtensorBase):
    """Making and moving locks, and how they behave."""

    @call(136, weight=weight(115_995_000, 7_655, reads=17, writes=3))
    def lock_stake(self, origin: Origin, hotkey: AccountId, netuid: NetUid, amount: u64) -> None:
        """Lock alpha (rao) of one's stake on a subnet to a hotkey; conviction gathers for it."""
        locks.lock_stake(self, ensure_signed(origin), netuid, hotkey, amount)

    @call(137, weight=weight(149_819_000, 7_339, reads=14, writes=6))
    def move_lock(self, origin: Origin, destination_hotkey: AccountId, netuid: NetUid) -> None:
        """Lock to another hotkey; its conviction begins anew unless both have one owner."""
        locks.move(self, ensure_signed(origin), destination_hotkey, netuid)

    @call(138, weight=weight(0, reads=4, writes=3))
    def set_perpetual_lock(self, origin: Origin, netuid: NetUid, enabled: Bool) -> None:
        """Let one's locks on a subnet keep their mass, or decay again."""
        locks.set_perpetual(self, ensure_signed(origin), netuid, enabled)

    @call(142, weight=weight(0, reads=1, writes=1))
    def set_reject_locked_alpha(self, origin: Origin, enabled: Bool) -> None:
        """Refuse locked alpha that others transfer, which is the default, or take it."""
        coldkey = ensure_signed(origin)
        locks.accept_locked_alpha(self, coldkey, not enabled)
        self.deposit(self.Event.RejectLockedAlphaUpdated(coldkey, enabled))
