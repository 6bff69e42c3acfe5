"""StakeInfoRuntimeApi: what is staked, by whom, and what may leave."""

from __future__ import annotations

from taokit.chain_client.scale import (
    AccountId,
    Bool,
    BTreeMap,
    Compact,
    Option,
    Struct,
    Vec,
    u16,
    u64,
)
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.pallets.subtensor import conviction_owner, locks, networks, shares, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.types import U64F64, LockState, NetUid


class StakeInfo(
    Struct,
    path="pallet_subtensor::rpc_info::stake_info::StakeInfo",
    params={"AccountId": AccountId},
):
    """A coldkey's stake with one hotkey on one subnet (rao); what is deprecated is 0."""

    hotkey: AccountId
    coldkey: AccountId
    netuid: Compact[u16]
    stake: Compact[u64]
    locked: Compact[u64]
    emission: Compact[u64]
    tao_emission: Compact[u64]
    drain: Compact[u64]
    is_registered: Bool


class StakeAvailability(Struct, path="pallet_subtensor::rpc_info::stake_info::StakeAvailability"):
    """A coldkey's stake on a subnet: all, what is locked, what may leave (rao)."""

    total: Compact[u64]
    locked: Compact[u64]
    available: Compact[u64]


class StakeInfoApi(SubtensorBase):
    """Stakes and locks by coldkey, conviction by hotkey."""

    @runtime_api("StakeInfoRuntimeApi")
    def get_stake_info_for_coldkey(self, coldkey_account: AccountId) -> Vec[StakeInfo]:
        """What a coldkey has staked, by subnet and then by hotkey; nothing that is 0."""
        return _stakes(self, coldkey_account)

    @runtime_api("StakeInfoRuntimeApi")
    def get_stake_info_for_coldkeys(
        self, coldkey_accounts: Vec[AccountId]
    ) -> Vec[tuple[AccountId, Vec[StakeInfo]]]:
        """The same for several coldkeys."""
        return [(coldkey, _stakes(self, coldkey)) for coldkey in coldkey_accounts]

    @runtime_api("StakeInfoRuntimeApi")
    def get_stake_info_for_hotkey_coldkey_netuid(
        self, hotkey_account: AccountId, coldkey_account: AccountId, netuid: NetUid
    ) -> Option[StakeInfo]:
        """What a coldkey has staked with one hotkey on one subnet, 0 included."""
        alpha = shares.stake_of_pair(self, hotkey_account, coldkey_account, netuid)
        return _stake(self, hotkey_account, coldkey_account, netuid, alpha)

    @runtime_api("StakeInfoRuntimeApi")
    def get_stake_availability_for_coldkeys(
        self, coldkey_accounts: Vec[AccountId], netuids: Option[Vec[NetUid]]
    ) -> BTreeMap[AccountId, BTreeMap[NetUid, StakeAvailability]]:
        """What may leave, on every subnet or those named; subnets without stake are left out."""
        existing = self.networks_added.keys()
        wanted = existing if netuids is None else sorted(set(netuids))
        if netuids is not None and len(wanted) > len(existing):
            wanted = []
        return {
            coldkey: {
                netuid: StakeAvailability(*found)
                for netuid in wanted
                if self.networks_added.get(netuid)
                and any((found := locks.stake_availability(self, coldkey, netuid))[:2])
            }
            for coldkey in coldkey_accounts
        }

    @runtime_api("StakeInfoRuntimeApi")
    def get_stake_fee(
        self,
        origin: Option[tuple[AccountId, NetUid]],
        origin_coldkey_account: AccountId,
        destination: Option[tuple[AccountId, NetUid]],
        destination_coldkey_account: AccountId,
        amount: u64,
    ) -> u64:
        """The swap fee on moving `amount`: nothing between the same places."""
        if origin == destination:
            return 0
        place = destination or origin
        return self.runtime.swap.fee(place[1] if place else ROOT, amount)

    @runtime_api("StakeInfoRuntimeApi")
    def get_coldkey_lock(self, coldkey: AccountId, netuid: NetUid) -> Option[LockState]:
        """A coldkey's lock on a subnet, as of now."""
        return locks.coldkey_lock(self, coldkey, netuid)

    @runtime_api("StakeInfoRuntimeApi")
    def get_hotkey_conviction(self, hotkey: AccountId, netuid: NetUid) -> U64F64:
        """The conviction that locks give a hotkey, as of now."""
        return conviction_owner.hotkey_conviction(self, hotkey, netuid)

    @runtime_api("StakeInfoRuntimeApi")
    def get_most_convicted_hotkey_on_subnet(self, netuid: NetUid) -> Option[AccountId]:
        """The hotkey of most conviction, as of now."""
        return conviction_owner.king(self, netuid)


def _stakes(sub: SubtensorBase, coldkey: bytes) -> list[StakeInfo]:
    hotkeys = sub.staking_hotkeys.get(coldkey)
    found = []
    for netuid in networks.netuids(sub):
        for hotkey in hotkeys:
            alpha = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
            if alpha:
                found.append(_stake(sub, hotkey, coldkey, netuid, alpha))
    return found


def _stake(sub: SubtensorBase, hotkey: bytes, coldkey: bytes, netuid: int, alpha: int) -> StakeInfo:
    return StakeInfo(
        hotkey=hotkey,
        coldkey=coldkey,
        netuid=netuid,
        stake=alpha,
        locked=0,
        emission=sub.alpha_dividends_per_subnet.get((netuid, hotkey)),
        tao_emission=0,
        drain=0,
        is_registered=uids.is_registered(sub, netuid, hotkey),
    )
