"""Subnets: which exist, who owns them, their life cycle, leases and epoch schedule."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, Bytes, Vec, u8, u16, u32, u64
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.types import U64F64, NetUid, SubnetIdentityV3, SubnetLease


class NetworksStorage(Pallet):
    """Subnets: which exist, who owns them, their life cycle, leases and epoch schedule."""

    subnet_limit = StorageValue[u16]("SubnetLimit", default=128)
    token_symbol = StorageMap[NetUid, Bytes]("TokenSymbol", Identity, default=b"\xf0\x9d\x9c\x8f")
    total_networks = StorageValue[u16]("TotalNetworks")
    network_immunity_period = StorageValue[u64]("NetworkImmunityPeriod", default=1_296_000)
    start_call_delay = StorageValue[u64]("StartCallDelay")
    network_min_lock_cost = StorageValue[u64]("NetworkMinLockCost", default=1_000_000_000_000)
    network_last_lock_cost = StorageValue[u64]("NetworkLastLockCost", default=1_000_000_000_000)
    network_lock_reduction_interval = StorageValue[u64](
        "NetworkLockReductionInterval", default=100_800
    )
    network_rate_limit = StorageValue[u64]("NetworkRateLimit", default=7_200, fast=0)
    subnet_locked = StorageMap[NetUid, u64]("SubnetLocked", Identity)
    largest_locked = StorageMap[NetUid, u64]("LargestLocked", Identity)
    tempo = StorageMap[NetUid, u16]("Tempo", Identity, default=360, fast=10)
    last_epoch_block = StorageMap[NetUid, u64]("LastEpochBlock", Identity)
    pending_epoch_at = StorageMap[NetUid, u64]("PendingEpochAt", Identity)
    subnet_epoch_index = StorageMap[NetUid, u64]("SubnetEpochIndex", Identity)
    max_epochs_per_block = StorageValue[u8]("MaxEpochsPerBlock", default=2, fast=32)
    blocks_since_last_step = StorageMap[NetUid, u64]("BlocksSinceLastStep", Identity)
    last_mechansim_step_block = StorageMap[NetUid, u64]("LastMechansimStepBlock", Identity)
    first_emission_block_number = StorageMap[NetUid, u64](
        "FirstEmissionBlockNumber", Identity, optional=True
    )
    subnet_mechanism = StorageMap[NetUid, u16]("SubnetMechanism", Identity)
    subnetwork_n = StorageMap[NetUid, u16]("SubnetworkN", Identity)
    networks_added = StorageMap[NetUid, Bool]("NetworksAdded", Identity)
    network_registration_allowed = StorageMap[NetUid, Bool](
        "NetworkRegistrationAllowed", Identity, default=True
    )
    network_pow_registration_allowed = StorageMap[NetUid, Bool](
        "NetworkPowRegistrationAllowed", Identity, default=True
    )
    network_registered_at = StorageMap[NetUid, u64]("NetworkRegisteredAt", Identity)
    registered_subnet_counter = StorageMap[NetUid, u64]("RegisteredSubnetCounter", Identity)
    network_registration_start_block = StorageValue[u64]("NetworkRegistrationStartBlock")
    tao_in_refund_deployment_block = StorageValue[u64]("TaoInRefundDeploymentBlock")
    subnet_owner = StorageMap[NetUid, AccountId]("SubnetOwner", Identity)
    subnet_owner_hotkey = StorageMap[NetUid, AccountId]("SubnetOwnerHotkey", Identity)
    subtoken_enabled = StorageMap[NetUid, Bool]("SubtokenEnabled", Identity)
    subnet_identities_v3 = StorageMap[NetUid, SubnetIdentityV3](
        "SubnetIdentitiesV3", Blake2_128Concat, optional=True
    )
    max_mechanism_count = StorageValue[u8]("MaxMechanismCount", default=2)
    mechanism_count_current = StorageMap[NetUid, u8](
        "MechanismCountCurrent", Twox64Concat, default=1
    )
    mechanism_emission_split = StorageMap[NetUid, Vec[u16]](
        "MechanismEmissionSplit", Twox64Concat, optional=True
    )
    subnet_leases = StorageMap[u32, SubnetLease]("SubnetLeases", Twox64Concat, optional=True)
    subnet_lease_shares = StorageMap[tuple[u32, AccountId], U64F64](
        "SubnetLeaseShares", Twox64Concat, Identity
    )
    subnet_uid_to_lease_id = StorageMap[NetUid, u32](
        "SubnetUidToLeaseId", Twox64Concat, optional=True
    )
    next_subnet_lease_id = StorageValue[u32]("NextSubnetLeaseId")
    accumulated_lease_dividends = StorageMap[u32, u64]("AccumulatedLeaseDividends", Twox64Concat)
    dissolve_network_schedule_duration = StorageValue[u32](
        "DissolveNetworkScheduleDuration", default=36_000
    )
