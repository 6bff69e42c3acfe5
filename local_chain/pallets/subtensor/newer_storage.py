"""Storage of SubtensorModule in runtimes after 424, for clients that read it before they sign.

Owns a declaration of each item, with the hashers, types and defaults of runtimes around spec 459
and 475, and what keeps it true. Every class is a feature of its own, to be joined with the pallet
(`features`). What is declared alone and never written says by its default how 424 behaves: it
takes no collateral, runs every epoch by Yuma, suspends no children, holds no root stake back, and
registers and dissolves networks at once.
"""

from __future__ import annotations

from collections import Counter

from taokit.chain_client.scale import AccountId, Option, Struct, Unit, UnitEnum, Vec, u16, u32, u64
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.pallet import SubtensorModule
from taokit.local_chain.pallets.subtensor.types import U64F64, NetUid, SubnetIdentityV3

__all__ = [
    "AlphaTotals",
    "ChildkeyThreshold",
    "Collateral",
    "EpochConsensusMode",
    "NetworkQueues",
    "RootUnlock",
]

ONE = 1 << 64


class MinerCollateralState(Struct, path="pallet_subtensor::pallet::MinerCollateralState"):
    """Alpha of a position that cannot be withdrawn until it was earned."""

    locked: u64
    drain_ratio: U64F64
    min_locked: u64
    earned: u64


class Collateral(SubtensorModule):
    """What a registration locks: nothing."""

    collateral_lock_share = StorageMap[NetUid, u16]("CollateralLockShare", Identity, default=0)
    collateral_drain_ratio = StorageMap[NetUid, U64F64](
        "CollateralDrainRatio", Identity, default=ONE
    )
    miner_collateral = StorageMap[tuple[NetUid, AccountId, AccountId], MinerCollateralState](
        "MinerCollateral", Identity, Blake2_128Concat, Blake2_128Concat, optional=True
    )


class EpochConsensus(UnitEnum, path="pallet_subtensor::pallet::EpochConsensus"):
    """How an epoch turns weights into earnings."""

    Yuma = 0
    Null = 1


class EpochConsensusMode(SubtensorModule):
    """How each subnet's epochs are run: by Yuma."""

    subnet_epoch_consensus = StorageMap[NetUid, EpochConsensus](
        "SubnetEpochConsensus", Identity, default=EpochConsensus.Yuma
    )


class ChildkeyThreshold(SubtensorModule):
    """Parents whose children are suspended: none."""

    childkey_threshold_suspended = StorageMap[AccountId, Unit](
        "ChildkeyThresholdSuspended", Blake2_128Concat, optional=True
    )


class RootUnlock(SubtensorModule):
    """How many blocks root stake is held back: 0."""

    root_stake_unlock_interval = StorageValue[u64]("RootStakeUnlockInterval")


class NetworkRegistrationInfo(
    Struct,
    path="pallet_subtensor::subnets::subnet::NetworkRegistrationInfo",
    params={"AccountId": AccountId},
):
    """A network that waits for another one to be gone."""

    coldkey: AccountId
    hotkey: AccountId
    mechid: u16
    identity: Option[SubnetIdentityV3]
    lock_amount: u64
    median_subnet_alpha_price: U64F64
    registration_block: u64
    lock_id: u32


class NetworkQueues(SubtensorModule):
    """Networks that wait to be dissolved or registered: none, as both happen at once."""

    dissolve_cleanup_queue = StorageValue[Vec[NetUid]]("DissolveCleanupQueue")
    network_registration_queue = StorageValue[Vec[NetworkRegistrationInfo]](
        "NetworkRegistrationQueue"
    )


class AlphaTotals(SubtensorModule):
    """The sum of `TotalHotkeyAlpha` over the hotkeys of a subnet, as of the end of the block."""

    total_alpha_staked = StorageMap[NetUid, u64]("TotalAlphaStaked", Identity, default=0)

    def build_genesis(self) -> None:
        """Add up what genesis stakes."""
        super().build_genesis()
        self._add_up()

    def on_finalize(self, block: int) -> None:
        """Bring the sums up to date with what the block staked and unstaked."""
        super().on_finalize(block)
        self._add_up()

    def _add_up(self) -> None:
        grown: Counter[NetUid] = Counter()
        for (_, netuid), before, now in self.total_hotkey_alpha.unsealed():
            grown[netuid] += now - before
        for netuid, alpha in grown.items():
            total = self.total_alpha_staked.sealed(netuid) + alpha
            if total:
                self.total_alpha_staked.insert(netuid, total)
            else:
                self.total_alpha_staked.remove(netuid)
