"""Neurons: uids and keys, what each epoch wrote of them, where they serve."""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import H256, AccountId, Bool, BoundedBytesVec, Bytes, Vec, u16, u64
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor.row_codec import UidRow
from taokit.local_chain.pallets.subtensor.types import (
    AxonInfo,
    MechIndex,
    NetUid,
    NeuronCertificate,
    PrometheusInfo,
    RateLimitKey,
)


class NeuronsStorage(Pallet):
    """Neurons: uids and keys, what each epoch wrote of them, where they serve."""

    is_network_member = StorageMap[tuple[AccountId, NetUid], Bool](
        "IsNetworkMember", Blake2_128Concat, Identity
    )
    uids = StorageMap[tuple[NetUid, AccountId], u16](
        "Uids", Identity, Blake2_128Concat, optional=True
    )
    keys = StorageMap[tuple[NetUid, u16], AccountId]("Keys", Identity, Identity)
    block_at_registration = StorageMap[tuple[NetUid, u16], u64](
        "BlockAtRegistration", Identity, Identity
    )
    active = StorageMap[NetUid, Vec[Bool]]("Active", Identity)
    consensus = StorageMap[NetUid, Vec[u16]]("Consensus", Identity)
    incentive = StorageMap[MechIndex, Vec[u16]]("Incentive", Identity)
    dividends = StorageMap[NetUid, Vec[u16]]("Dividends", Identity)
    emission = StorageMap[NetUid, Vec[u64]]("Emission", Identity)
    last_update = StorageMap[MechIndex, Vec[u64]]("LastUpdate", Identity)
    validator_trust = StorageMap[NetUid, Vec[u16]]("ValidatorTrust", Identity)
    validator_permit = StorageMap[NetUid, Vec[Bool]]("ValidatorPermit", Identity)
    stake_weight = StorageMap[NetUid, Vec[u16]]("StakeWeight", Identity)
    weights = StorageMap[tuple[MechIndex, u16], UidRow]("Weights", Identity, Identity)
    bonds = StorageMap[tuple[MechIndex, u16], UidRow]("Bonds", Identity, Identity)
    loaded_emission = StorageMap[NetUid, Vec[tuple[AccountId, u64, u64]]](
        "LoadedEmission", Identity, optional=True
    )
    axons = StorageMap[tuple[NetUid, AccountId], AxonInfo](
        "Axons", Identity, Blake2_128Concat, optional=True
    )
    neuron_certificates = StorageMap[tuple[NetUid, AccountId], NeuronCertificate](
        "NeuronCertificates", Identity, Blake2_128Concat, optional=True
    )
    prometheus = StorageMap[tuple[NetUid, AccountId], PrometheusInfo](
        "Prometheus", Identity, Blake2_128Concat, optional=True
    )
    weight_commits = StorageMap[tuple[MechIndex, AccountId], Vec[tuple[H256, u64, u64, u64]]](
        "WeightCommits", Twox64Concat, Twox64Concat, optional=True
    )
    timelocked_weight_commits = StorageMap[
        tuple[MechIndex, u64], Vec[tuple[AccountId, u64, BoundedBytesVec[Literal[5000]], u64]]
    ]("TimelockedWeightCommits", Twox64Concat, Twox64Concat)
    crv3_weight_commits = StorageMap[
        tuple[MechIndex, u64], Vec[tuple[AccountId, BoundedBytesVec[Literal[5000]], u64]]
    ]("CRV3WeightCommits", Twox64Concat, Twox64Concat)
    crv3_weight_commits_v2 = StorageMap[
        tuple[MechIndex, u64], Vec[tuple[AccountId, u64, BoundedBytesVec[Literal[5000]], u64]]
    ]("CRV3WeightCommitsV2", Twox64Concat, Twox64Concat)
    voting_power = StorageMap[tuple[NetUid, AccountId], u64](
        "VotingPower", Identity, Blake2_128Concat
    )
    voting_power_tracking_enabled = StorageMap[NetUid, Bool]("VotingPowerTrackingEnabled", Identity)
    voting_power_disable_at_block = StorageMap[NetUid, u64]("VotingPowerDisableAtBlock", Identity)
    voting_power_ema_alpha = StorageMap[NetUid, u64](
        "VotingPowerEmaAlpha", Identity, default=3_570_000_000_000_000
    )
    used_work = StorageMap[Bytes, u64]("UsedWork", Identity)
    registrations_this_block = StorageMap[NetUid, u16]("RegistrationsThisBlock", Identity)
    registrations_this_interval = StorageMap[NetUid, u16]("RegistrationsThisInterval", Identity)
    pow_registrations_this_interval = StorageMap[NetUid, u16](
        "POWRegistrationsThisInterval", Identity
    )
    burn_registrations_this_interval = StorageMap[NetUid, u16](
        "BurnRegistrationsThisInterval", Identity
    )
    last_adjustment_block = StorageMap[NetUid, u64]("LastAdjustmentBlock", Identity)
    rao_recycled_for_registration = StorageMap[NetUid, u64]("RAORecycledForRegistration", Identity)
    last_rate_limited_block = StorageMap[RateLimitKey, u64]("LastRateLimitedBlock", Identity)
    transaction_key_last_block = StorageMap[tuple[AccountId, NetUid, u16], u64](
        "TransactionKeyLastBlock", Blake2_128Concat, Identity, Identity
    )
    last_tx_block = StorageMap[AccountId, u64]("LastTxBlock", Identity)
    last_tx_block_child_key_take = StorageMap[AccountId, u64]("LastTxBlockChildKeyTake", Identity)
    last_tx_block_delegate_take = StorageMap[AccountId, u64]("LastTxBlockDelegateTake", Identity)
    has_migration_run = StorageMap[Bytes, Bool]("HasMigrationRun", Identity)
