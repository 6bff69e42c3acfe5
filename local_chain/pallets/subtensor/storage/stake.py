"""Stake: shares of alpha by hotkey and coldkey, locks, and where earnings are staked."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, Bytes, Option, Unit, Vec, u64
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.types import U64F64, LockState, NetUid, SafeFloat


class StakeStorage(Pallet):
    """Stake: shares of alpha by hotkey and coldkey, locks, and where earnings are staked."""

    total_stake = StorageValue[u64]("TotalStake")
    staking_hotkeys = StorageMap[AccountId, Vec[AccountId]]("StakingHotkeys", Blake2_128Concat)
    auto_stake_destination = StorageMap[tuple[AccountId, NetUid], AccountId](
        "AutoStakeDestination", Blake2_128Concat, Identity, optional=True
    )
    auto_stake_destination_coldkeys = StorageMap[tuple[AccountId, NetUid], Vec[AccountId]](
        "AutoStakeDestinationColdkeys", Blake2_128Concat, Identity
    )
    total_hotkey_alpha = StorageMap[tuple[AccountId, NetUid], u64](
        "TotalHotkeyAlpha", Blake2_128Concat, Identity
    )
    total_hotkey_alpha_last_epoch = StorageMap[tuple[AccountId, NetUid], u64](
        "TotalHotkeyAlphaLastEpoch", Blake2_128Concat, Identity
    )
    total_hotkey_shares = StorageMap[tuple[AccountId, NetUid], U64F64](
        "TotalHotkeyShares", Blake2_128Concat, Identity
    )
    alpha = StorageMap[tuple[AccountId, AccountId, NetUid], U64F64](
        "Alpha", Blake2_128Concat, Blake2_128Concat, Identity
    )
    total_hotkey_shares_v2 = StorageMap[tuple[AccountId, NetUid], SafeFloat](
        "TotalHotkeySharesV2", Blake2_128Concat, Identity
    )
    alpha_v2 = StorageMap[tuple[AccountId, AccountId, NetUid], SafeFloat](
        "AlphaV2", Blake2_128Concat, Blake2_128Concat, Identity
    )
    alpha_map_last_key = StorageValue[Option[Bytes]]("AlphaMapLastKey")
    alpha_v2_map_last_key = StorageValue[Option[Bytes]]("AlphaV2MapLastKey")
    last_coldkey_hotkey_stake_block = StorageMap[tuple[AccountId, AccountId], u64](
        "LastColdkeyHotkeyStakeBlock", Twox64Concat, Twox64Concat, optional=True
    )
    nominator_min_required_stake = StorageValue[u64]("NominatorMinRequiredStake")
    stake_threshold = StorageValue[u64]("StakeThreshold")
    next_stake_job_id = StorageValue[u64]("NextStakeJobId")
    transfer_toggle = StorageMap[NetUid, Bool]("TransferToggle", Identity, default=True)
    lock = StorageMap[tuple[AccountId, NetUid, AccountId], LockState](
        "Lock", Blake2_128Concat, Identity, Blake2_128Concat, optional=True
    )
    locking_coldkeys = StorageMap[tuple[NetUid, AccountId, AccountId], Unit](
        "LockingColdkeys", Identity, Blake2_128Concat, Blake2_128Concat, optional=True
    )
    hotkey_lock = StorageMap[tuple[NetUid, AccountId], LockState](
        "HotkeyLock", Identity, Blake2_128Concat, optional=True
    )
    decaying_hotkey_lock = StorageMap[tuple[NetUid, AccountId], LockState](
        "DecayingHotkeyLock", Identity, Blake2_128Concat, optional=True
    )
    owner_lock = StorageMap[NetUid, LockState]("OwnerLock", Identity, optional=True)
    decaying_owner_lock = StorageMap[NetUid, LockState](
        "DecayingOwnerLock", Identity, optional=True
    )
    decaying_lock = StorageMap[tuple[AccountId, NetUid], Bool](
        "DecayingLock", Blake2_128Concat, Identity, optional=True
    )
    owner_cut_auto_lock_enabled = StorageMap[NetUid, Bool]("OwnerCutAutoLockEnabled", Identity)
    maturity_rate = StorageValue[u64]("MaturityRate", default=934_866)
    unlock_rate = StorageValue[u64]("UnlockRate", default=934_866)
