"""The shapes of metagraphs, whole and selective."""

from __future__ import annotations

from taokit.chain_client.scale import (
    AccountId,
    Bool,
    Compact,
    Option,
    Struct,
    Vec,
    u8,
    u16,
    u64,
    u128,
)
from taokit.local_chain.pallets.subtensor.types import (
    I96F32,
    AxonInfo,
    ChainIdentityV2,
    SubnetIdentityV3,
)


class Metagraph(
    Struct, path="pallet_subtensor::rpc_info::metagraph::Metagraph", params={"AccountId": AccountId}
):
    """A subnet and all its neurons, vectors by uid; what is not computed any more is empty or 0."""

    netuid: Compact[u16]
    name: Vec[Compact[u8]]
    symbol: Vec[Compact[u8]]
    identity: Option[SubnetIdentityV3]
    network_registered_at: Compact[u64]
    owner_hotkey: AccountId
    owner_coldkey: AccountId
    block: Compact[u64]
    tempo: Compact[u16]
    last_step: Compact[u64]
    blocks_since_last_step: Compact[u64]
    subnet_emission: Compact[u64]
    alpha_in: Compact[u64]
    alpha_out: Compact[u64]
    tao_in: Compact[u64]
    alpha_out_emission: Compact[u64]
    alpha_in_emission: Compact[u64]
    tao_in_emission: Compact[u64]
    pending_alpha_emission: Compact[u64]
    pending_root_emission: Compact[u64]
    subnet_volume: Compact[u128]
    moving_price: I96F32
    rho: Compact[u16]
    kappa: Compact[u16]
    min_allowed_weights: Compact[u16]
    max_weights_limit: Compact[u16]
    weights_version: Compact[u64]
    weights_rate_limit: Compact[u64]
    activity_cutoff: Compact[u64]
    max_validators: Compact[u16]
    num_uids: Compact[u16]
    max_uids: Compact[u16]
    burn: Compact[u64]
    difficulty: Compact[u64]
    registration_allowed: Bool
    pow_registration_allowed: Bool
    immunity_period: Compact[u16]
    min_difficulty: Compact[u64]
    max_difficulty: Compact[u64]
    min_burn: Compact[u64]
    max_burn: Compact[u64]
    adjustment_alpha: Compact[u64]
    adjustment_interval: Compact[u16]
    target_regs_per_interval: Compact[u16]
    max_regs_per_block: Compact[u16]
    serving_rate_limit: Compact[u64]
    commit_reveal_weights_enabled: Bool
    commit_reveal_period: Compact[u64]
    liquid_alpha_enabled: Bool
    alpha_high: Compact[u16]
    alpha_low: Compact[u16]
    bonds_moving_avg: Compact[u64]
    hotkeys: Vec[AccountId]
    coldkeys: Vec[AccountId]
    identities: Vec[Option[ChainIdentityV2]]
    axons: Vec[AxonInfo]
    active: Vec[Bool]
    validator_permit: Vec[Bool]
    pruning_score: Vec[Compact[u16]]
    last_update: Vec[Compact[u64]]
    emission: Vec[Compact[u64]]
    dividends: Vec[Compact[u16]]
    incentives: Vec[Compact[u16]]
    consensus: Vec[Compact[u16]]
    trust: Vec[Compact[u16]]
    rank: Vec[Compact[u16]]
    block_at_registration: Vec[Compact[u64]]
    alpha_stake: Vec[Compact[u64]]
    tao_stake: Vec[Compact[u64]]
    total_stake: Vec[Compact[u64]]
    tao_dividends_per_hotkey: Vec[tuple[AccountId, Compact[u64]]]
    alpha_dividends_per_hotkey: Vec[tuple[AccountId, Compact[u64]]]


class SelectiveMetagraph(
    Struct,
    path="pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph",
    params={"AccountId": AccountId},
):
    """A metagraph of chosen fields; the others are None, and the netuid is 0 unless chosen."""

    netuid: Compact[u16]
    name: Option[Vec[Compact[u8]]]
    symbol: Option[Vec[Compact[u8]]]
    identity: Option[Option[SubnetIdentityV3]]
    network_registered_at: Option[Compact[u64]]
    owner_hotkey: Option[AccountId]
    owner_coldkey: Option[AccountId]
    block: Option[Compact[u64]]
    tempo: Option[Compact[u16]]
    last_step: Option[Compact[u64]]
    blocks_since_last_step: Option[Compact[u64]]
    subnet_emission: Option[Compact[u64]]
    alpha_in: Option[Compact[u64]]
    alpha_out: Option[Compact[u64]]
    tao_in: Option[Compact[u64]]
    alpha_out_emission: Option[Compact[u64]]
    alpha_in_emission: Option[Compact[u64]]
    tao_in_emission: Option[Compact[u64]]
    pending_alpha_emission: Option[Compact[u64]]
    pending_root_emission: Option[Compact[u64]]
    subnet_volume: Option[Compact[u128]]
    moving_price: Option[I96F32]
    rho: Option[Compact[u16]]
    kappa: Option[Compact[u16]]
    min_allowed_weights: Option[Compact[u16]]
    max_weights_limit: Option[Compact[u16]]
    weights_version: Option[Compact[u64]]
    weights_rate_limit: Option[Compact[u64]]
    activity_cutoff: Option[Compact[u64]]
    max_validators: Option[Compact[u16]]
    num_uids: Option[Compact[u16]]
    max_uids: Option[Compact[u16]]
    burn: Option[Compact[u64]]
    difficulty: Option[Compact[u64]]
    registration_allowed: Option[Bool]
    pow_registration_allowed: Option[Bool]
    immunity_period: Option[Compact[u16]]
    min_difficulty: Option[Compact[u64]]
    max_difficulty: Option[Compact[u64]]
    min_burn: Option[Compact[u64]]
    max_burn: Option[Compact[u64]]
    adjustment_alpha: Option[Compact[u64]]
    adjustment_interval: Option[Compact[u16]]
    target_regs_per_interval: Option[Compact[u16]]
    max_regs_per_block: Option[Compact[u16]]
    serving_rate_limit: Option[Compact[u64]]
    commit_reveal_weights_enabled: Option[Bool]
    commit_reveal_period: Option[Compact[u64]]
    liquid_alpha_enabled: Option[Bool]
    alpha_high: Option[Compact[u16]]
    alpha_low: Option[Compact[u16]]
    bonds_moving_avg: Option[Compact[u64]]
    hotkeys: Option[Vec[AccountId]]
    coldkeys: Option[Vec[AccountId]]
    identities: Option[Vec[Option[ChainIdentityV2]]]
    axons: Option[Vec[AxonInfo]]
    active: Option[Vec[Bool]]
    validator_permit: Option[Vec[Bool]]
    pruning_score: Option[Vec[Compact[u16]]]
    last_update: Option[Vec[Compact[u64]]]
    emission: Option[Vec[Compact[u64]]]
    dividends: Option[Vec[Compact[u16]]]
    incentives: Option[Vec[Compact[u16]]]
    consensus: Option[Vec[Compact[u16]]]
    trust: Option[Vec[Compact[u16]]]
    rank: Option[Vec[Compact[u16]]]
    block_at_registration: Option[Vec[Compact[u64]]]
    alpha_stake: Option[Vec[Compact[u64]]]
    tao_stake: Option[Vec[Compact[u64]]]
    total_stake: Option[Vec[Compact[u64]]]
    tao_dividends_per_hotkey: Option[Vec[tuple[AccountId, Compact[u64]]]]
    alpha_dividends_per_hotkey: Option[Vec[tuple[AccountId, Compact[u64]]]]
    validators: Option[Vec[Compact[u16]]]
    commitments: Option[Vec[tuple[AccountId, Vec[Compact[u8]]]]]
