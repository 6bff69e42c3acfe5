"""The calls that move stake."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, Option, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import ownership, stake_operations
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid


class StakingCalls(SubtensorBase):
    """Add, remove, move, recycle and burn stake; amounts in rao."""

    @call(2, weight=weight(664_064_000, 8_727, reads=32, writes=16))
    def add_stake(
        self, origin: Origin, hotkey: AccountId, netuid: NetUid, amount_staked: u64
    ) -> None:
        """Stake TAO to a hotkey on a subnet, buying the subnet's alpha at the market's price."""
        stake_operations.add_stake(self, ensure_signed(origin), hotkey, netuid, amount_staked)

    @call(88, weight=weight(853_005_000, 8_727, reads=32, writes=16))
    def add_stake_limit(
        self,
        origin: Origin,
        hotkey: AccountId,
        netuid: NetUid,
        amount_staked: u64,
        limit_price: u64,
        allow_partial: Bool,
    ) -> None:
        """Stake TAO as long as the price is at most `limit_price` (rao per alpha)."""
        coldkey = ensure_signed(origin)
        stake_operations.add_stake_limit(
            self, coldkey, hotkey, netuid, amount_staked, limit_price, allow_partial
        )

    @call(3, weight=weight(569_198_000, 10_557, reads=28, writes=13))
    def remove_stake(
        self, origin: Origin, hotkey: AccountId, netuid: NetUid, amount_unstaked: u64
    ) -> None:
        """Unstake alpha, selling it at the market's price."""
        stake_operations.remove_stake(self, ensure_signed(origin), hotkey, netuid, amount_unstaked)

    @call(89, weight=weight(740_696_000, 10_591, reads=27, writes=13))
    def remove_stake_limit(
        self,
        origin: Origin,
        hotkey: AccountId,
        netuid: NetUid,
        amount_unstaked: u64,
        limit_price: u64,
        allow_partial: Bool,
    ) -> None:
        """Unstake alpha as long as the price is at least `limit_price` (rao per alpha)."""
        coldkey = ensure_signed(origin)
        stake_operations.remove_stake_limit(
            self, coldkey, hotkey, netuid, amount_unstaked, limit_price, allow_partial
        )

    @call(103, weight=weight(754_292_000, 10_591, reads=27, writes=13))
    def remove_stake_full_limit(
        self, origin: Origin, hotkey: AccountId, netuid: NetUid, limit_price: Option[u64]
    ) -> None:
        """Unstake everything from a hotkey on a subnet, with an optional price limit."""
        coldkey = ensure_signed(origin)
        stake_operations.remove_stake_full(self, coldkey, hotkey, netuid, limit_price)

    @call(83, weight=weight(26_830_000, 9_189, reads=6))
    def unstake_all(self, origin: Origin, hotkey: AccountId) -> None:
        """Unstake everything from a hotkey on every subnet."""
        stake_operations.unstake_all(self, ensure_signed(origin), hotkey)

    @call(84, weight=weight(700_873_000, 11_306, reads=43, writes=25))
    def unstake_all_alpha(self, origin: Origin, hotkey: AccountId) -> None:
        """Unstake all alpha from a hotkey and stake the TAO on root with it."""
        stake_operations.unstake_all_alpha(self, ensure_signed(origin), hotkey)

    @call(85, weight=weight(216_061_000, 7_919, reads=19, writes=7))
    def move_stake(
        self,
        origin: Origin,
        origin_hotkey: AccountId,
        destination_hotkey: AccountId,
        origin_netuid: NetUid,
        destination_netuid: NetUid,
        alpha_amount: u64,
    ) -> None:
        """Move one's stake to another hotkey, on the same or another subnet."""
        coldkey = ensure_signed(origin)
        tao = stake_operations.transition(
            self,
            coldkey,
            coldkey,
            origin_hotkey,
            destination_hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
        )
        self.deposit(
            self.Event.StakeMoved(
                coldkey, origin_hotkey, origin_netuid, destination_hotkey, destination_netuid, tao
            )
        )

    @call(86, weight=weight(258_541_000, 7_994, reads=19, writes=6))
    def transfer_stake(
        self,
        origin: Origin,
        destination_coldkey: AccountId,
        hotkey: AccountId,
        origin_netuid: NetUid,
        destination_netuid: NetUid,
        alpha_amount: u64,
    ) -> None:
        """Give one's stake with a hotkey to another coldkey."""
        coldkey = ensure_signed(origin)
        tao = stake_operations.transition(
            self,
            coldkey,
            destination_coldkey,
            hotkey,
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
            check_transfer_toggle=True,
        )
        self.deposit(
            self.Event.StakeTransferred(
                coldkey, destination_coldkey, hotkey, origin_netuid, destination_netuid, tao
            )
        )

    @call(87, weight=weight(742_019_000, 10_920, reads=47, writes=24))
    def swap_stake(
        self,
        origin: Origin,
        hotkey: AccountId,
        origin_netuid: NetUid,
        destination_netuid: NetUid,
        alpha_amount: u64,
    ) -> None:
        """Move one's stake with a hotkey to another subnet."""
        coldkey = ensure_signed(origin)
        tao = stake_operations.transition(
            self,
            coldkey,
            coldkey,
            hotkey,
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
        )
        self.deposit(
            self.Event.StakeSwapped(coldkey, hotkey, origin_netuid, destination_netuid, tao)
        )

    @call(90, weight=weight(944_515_000, 11_077, reads=47, writes=24))
    def swap_stake_limit(
        self,
        origin: Origin,
        hotkey: AccountId,
        origin_netuid: NetUid,
        destination_netuid: NetUid,
        alpha_amount: u64,
        limit_price: u64,
        allow_partial: Bool,
    ) -> None:
        """As `swap_stake` while the ratio of prices, origin's first, is at least limit / 10**9."""
        coldkey = ensure_signed(origin)
        tao = stake_operations.transition(
            self,
            coldkey,
            coldkey,
            hotkey,
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
            limit=limit_price,
            allow_partial=allow_partial,
        )
        self.deposit(
            self.Event.StakeSwapped(coldkey, hotkey, origin_netuid, destination_netuid, tao)
        )

    @call(91, weight=weight(25_337_000, 4_283, reads=3, writes=3))
    def try_associate_hotkey(self, origin: Origin, hotkey: AccountId) -> None:
        """Become the owner of a hotkey that nobody owns."""
        ownership.create_if_new(self, ensure_signed(origin), hotkey)

    @call(101, weight=weight(172_139_000, 5_219, reads=13, writes=6))
    def recycle_alpha(self, origin: Origin, hotkey: AccountId, amount: u64, netuid: NetUid) -> None:
        """Take one's own alpha out of the issuance."""
        stake_operations.recycle_alpha(self, ensure_signed(origin), hotkey, amount, netuid)

    @call(102, weight=weight(168_964_000, 5_219, reads=12, writes=4))
    def burn_alpha(self, origin: Origin, hotkey: AccountId, amount: u64, netuid: NetUid) -> None:
        """Give one's own alpha up; the issuance keeps counting it."""
        stake_operations.burn_alpha(self, ensure_signed(origin), hotkey, amount, netuid)

    @call(132, weight=weight(967_308_000, 8_727, reads=33, writes=17))
    def add_stake_burn(
        self, origin: Origin, hotkey: AccountId, netuid: NetUid, amount: u64, limit: Option[u64]
    ) -> None:
        """Buy alpha with TAO and burn it."""
        coldkey = ensure_signed(origin)
        stake_operations.add_stake_burn(self, coldkey, hotkey, netuid, amount, limit)

    @call(114, weight=weight(33_853_000, 4_274, reads=4, writes=2))
    def set_coldkey_auto_stake_hotkey(
        self, origin: Origin, netuid: NetUid, hotkey: AccountId
    ) -> None:
        """Have all incentives of one's own hotkeys on a subnet staked to one hotkey."""
        coldkey = ensure_signed(origin)
        ensure(self.networks_added.get(netuid), self.Error.SubnetNotExists)
        ensure(self.uids.contains((netuid, hotkey)), self.Error.HotKeyNotRegisteredInSubNet)
        before = self.auto_stake_destination.get((coldkey, netuid))
        followers = self.auto_stake_destination_coldkeys
        if before is not None:
            ensure(before != hotkey, self.Error.SameAutoStakeHotkeyAlreadySet)
            left = [other for other in followers.get((before, netuid)) if other != coldkey]
            followers.insert((before, netuid), left)
        self.auto_stake_destination.insert((coldkey, netuid), hotkey)
        if coldkey not in followers.get((hotkey, netuid)):
            followers.insert((hotkey, netuid), [*followers.get((hotkey, netuid)), coldkey])
        self.deposit(self.Event.AutoStakeDestinationSet(coldkey, netuid, hotkey))
