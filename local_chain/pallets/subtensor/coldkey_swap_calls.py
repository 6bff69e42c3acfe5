"""The calls that move a coldkey's belongings to another one."""

from __future__ import annotations

from taokit.chain_client.scale import H256, AccountId, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import coldkey_swap
from taokit.local_chain.pallets.subtensor.base import SubtensorBase


class ColdkeySwapCalls(SubtensorBase):
    """Announcing, making, disputing and clearing swaps of coldkeys."""

    @call(71, weight=weight(312_301_000, 13_056, reads=37, writes=19))
    def swap_coldkey(
        self, origin: Origin, old_coldkey: AccountId, new_coldkey: AccountId, swap_cost: u64
    ) -> None:
        """Swap a coldkey at once, for a cost in rao. Only root may."""
        ensure_root(origin)
        if swap_cost:
            coldkey_swap.charge(self, old_coldkey, swap_cost)
        coldkey_swap.swap(self, old_coldkey, new_coldkey)
        coldkey_swap.forget(self, old_coldkey)

    @call(73, weight=weight(0, reads=5))
    def schedule_swap_coldkey(self, origin: Origin, new_coldkey: AccountId) -> None:
        """Always refused: swaps are announced instead."""
        raise self.Error.Deprecated

    @call(125, weight=weight(47_248_000, 4_159, reads=4, writes=3))
    def announce_coldkey_swap(self, origin: Origin, new_coldkey_hash: H256) -> None:
        """Announce a swap to the coldkey of a Blake2-256 hash; until then nothing else goes."""
        coldkey_swap.announce(self, ensure_signed(origin), new_coldkey_hash)

    @call(126, weight=weight(288_156_000, 13_000, reads=37, writes=15))
    def swap_coldkey_announced(self, origin: Origin, new_coldkey: AccountId) -> None:
        """Make the announced swap."""
        coldkey_swap.execute(self, ensure_signed(origin), new_coldkey)

    @call(127, weight=weight(23_293_000, 4_130, reads=2, writes=1))
    def dispute_coldkey_swap(self, origin: Origin) -> None:
        """Stop the announced swap; from then on only root can help."""
        coldkey_swap.dispute(self, ensure_signed(origin))

    @call(128, weight=weight(8_857_000, writes=2))
    def reset_coldkey_swap(self, origin: Origin, coldkey: AccountId) -> None:
        """Drop a coldkey's announcement and dispute. Only root may."""
        ensure_root(origin)
        coldkey_swap.forget(self, coldkey)
        self.deposit(self.Event.ColdkeySwapReset(who=coldkey))

    @call(133, weight=weight(17_890_000, reads=2, writes=1))
    def clear_coldkey_swap_announcement(self, origin: Origin) -> None:
        """Take the announcement back."""
        coldkey_swap.clear(self, ensure_signed(origin))
