"""The calls about takes, children, and how automatic delegation behaves."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, Vec, u16, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import children as links
from taokit.local_chain.pallets.subtensor import ownership, takes
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.types import NetUid


class DelegationCalls(SubtensorBase):
    """What delegates and children keep, and whose child a hotkey is."""

    @call(65, weight=weight(29_895_000, 4_295, reads=3, writes=2), pays=False)
    def decrease_take(self, origin: Origin, hotkey: AccountId, take: u16) -> None:
        """Lower a delegate's take (parts of 65535)."""
        takes.decrease_take(self, ensure_signed(origin), hotkey, take)

    @call(66, weight=weight(37_710_000, 4_388, reads=5, writes=2), pays=False)
    def increase_take(self, origin: Origin, hotkey: AccountId, take: u16) -> None:
        """Raise a delegate's take (parts of 65535); limited in how often."""
        takes.increase_take(self, ensure_signed(origin), hotkey, take)

    @call(67, weight=weight(119_000_000, reads=6, writes=31))
    def set_children(
        self,
        origin: Origin,
        hotkey: AccountId,
        netuid: NetUid,
        children: Vec[tuple[u64, AccountId]],
    ) -> None:
        """Pass parts of a hotkey's stake (of 2**64 - 1) on to other hotkeys of a subnet."""
        links.schedule_children(self, ensure_signed(origin), hotkey, netuid, children)

    @call(75, weight=weight(53_870_000, 4_498, reads=7, writes=2))
    def set_childkey_take(
        self, origin: Origin, hotkey: AccountId, netuid: NetUid, take: u16
    ) -> None:
        """Set what a child keeps of its parents' dividends (parts of 65535)."""
        links.set_childkey_take(self, ensure_signed(origin), hotkey, netuid, take)

    @call(69, weight=weight(5_760_000, writes=1))
    def sudo_set_tx_childkey_take_rate_limit(self, origin: Origin, tx_rate_limit: u64) -> None:
        """Set the blocks between two increases of a childkey take. Root only."""
        ensure_root(origin)
        self.tx_childkey_take_rate_limit.put(tx_rate_limit)
        self.deposit(self.Event.TxChildKeyTakeRateLimitSet(tx_rate_limit))

    @call(76, weight=weight(6_000, reads=1, writes=1))
    def sudo_set_min_childkey_take(self, origin: Origin, take: u16) -> None:
        """Set the least childkey take. Root only."""
        ensure_root(origin)
        self.min_childkey_take.put(take)
        self.deposit(self.Event.MinChildKeyTakeSet(take))

    @call(77, weight=weight(6_000, reads=1, writes=1))
    def sudo_set_max_childkey_take(self, origin: Origin, take: u16) -> None:
        """Set the most childkey take. Root only."""
        ensure_root(origin)
        self.max_childkey_take.put(take)
        self.deposit(self.Event.MaxChildKeyTakeSet(take))

    @call(109, weight=weight(3_000_000, writes=1))
    def set_pending_childkey_cooldown(self, origin: Origin, cooldown: u64) -> None:
        """Set how many blocks new children wait. Root only."""
        ensure_root(origin)
        self.pending_child_key_cooldown.put(cooldown)

    @call(135, weight=weight(28_023_000, 4_364, reads=2, writes=1))
    def set_auto_parent_delegation_enabled(
        self, origin: Origin, hotkey: AccountId, enabled: Bool
    ) -> None:
        """Let a root validator become, or not, a parent of every new subnet's owner hotkey."""
        coldkey = ensure_signed(origin)
        ensure(ownership.owns(self, coldkey, hotkey), self.Error.NonAssociatedColdKey)
        ensure(self.is_network_member.get((hotkey, ROOT)), self.Error.HotKeyNotRegisteredInSubNet)
        self.auto_parent_delegation_enabled.insert(hotkey, enabled)
        self.deposit(self.Event.AutoParentDelegationEnabledSet(hotkey, enabled))
