"""The shapes of what is said about a subnet as a whole."""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import (
    AccountId,
    Array,
    Bool,
    Bytes,
    Compact,
    Enum,
    Option,
    Struct,
    Variant,
    Vec,
    u8,
    u16,
    u32,
    u64,
    u128,
)
from taokit.local_chain.pallets.subtensor.types import I32F32, I96F32, U64F64, SubnetIdentityV3


class SubnetInfo(
    Struct,
    path="pallet_subtensor::rpc_info::subnet_info::SubnetInfo",
    params={"AccountId": AccountId},
):
    """A subnet at a glance."""

    netuid: Compact[u16]
    rho: Compact[u16]
    kappa: Compact[u16]
    difficulty: Compact[u64]
    immunity_period: Compact[u16]
    max_allowed_validators: Compact[u16]
    min_allowed_weights: Compact[u16]
    max_weights_limit: Compact[u16]
    scaling_law_power: Compact[u16]
    subnetwork_n: Compact[u16]
    max_allowed_uids: Compact[u16]
    blocks_since_last_step: Compact[u64]
    tempo: Compact[u16]
    network_modality: Compact[u16]
    network_connect: Vec[Array[u16, Literal[2]]]
    emission_values: Compact[u64]
    burn: Compact[u64]
    owner: AccountId


class SubnetInfov2(
    Struct,
    path="pallet_subtensor::rpc_info::subnet_info::SubnetInfov2",
    params={"AccountId": AccountId},
):
    """A subnet at a glance, with its identity."""

    netuid: Compact[u16]
    rho: Compact[u16]
    kappa: Compact[u16]
    difficulty: Compact[u64]
    immunity_period: Compact[u16]
    max_allowed_validators: Compact[u16]
    min_allowed_weights: Compact[u16]
    max_weights_limit: Compact[u16]
    scaling_law_power: Compact[u16]
    subnetwork_n: Compact[u16]
    max_allowed_uids: Compact[u16]
    blocks_since_last_step: Compact[u64]
    tempo: Compact[u16]
    network_modality: Compact[u16]
    network_connect: Vec[Array[u16, Literal[2]]]
    emission_value: Compact[u64]
    burn: Compact[u64]
    owner: AccountId
    identity: Option[SubnetIdentityV3]


class SubnetHyperparams(Struct, path="pallet_subtensor::rpc_info::subnet_info::SubnetHyperparams"):
    """The hyperparameters of a subnet. Amounts are rao; the activity cutoff is in blocks."""

    rho: Compact[u16]
    kappa: Compact[u16]
    immunity_period: Compact[u16]
    min_allowed_weights: Compact[u16]
    max_weights_limit: Compact[u16]
    tempo: Compact[u16]
    min_difficulty: Compact[u64]
    max_difficulty: Compact[u64]
    weights_version: Compact[u64]
    weights_rate_limit: Compact[u64]
    adjustment_interval: Compact[u16]
    activity_cutoff: Compact[u64]
    registration_allowed: Bool
    target_regs_per_interval: Compact[u16]
    min_burn: Compact[u64]
    max_burn: Compact[u64]
    bonds_moving_avg: Compact[u64]
    max_regs_per_block: Compact[u16]
    serving_rate_limit: Compact[u64]
    max_validators: Compact[u16]
    adjustment_alpha: Compact[u64]
    difficulty: Compact[u64]
    commit_reveal_period: Compact[u64]
    commit_reveal_weights_enabled: Bool
    alpha_high: Compact[u16]
    alpha_low: Compact[u16]
    liquid_alpha_enabled: Bool


class SubnetHyperparamsV2(
    Struct, path="pallet_subtensor::rpc_info::subnet_info::SubnetHyperparamsV2"
):
    """The hyperparameters of a subnet, with the newer ones."""

    rho: Compact[u16]
    kappa: Compact[u16]
    immunity_period: Compact[u16]
    min_allowed_weights: Compact[u16]
    max_weights_limit: Compact[u16]
    tempo: Compact[u16]
    min_difficulty: Compact[u64]
    max_difficulty: Compact[u64]
    weights_version: Compact[u64]
    weights_rate_limit: Compact[u64]
    adjustment_interval: Compact[u16]
    activity_cutoff: Compact[u64]
    registration_allowed: Bool
    target_regs_per_interval: Compact[u16]
    min_burn: Compact[u64]
    max_burn: Compact[u64]
    bonds_moving_avg: Compact[u64]
    max_regs_per_block: Compact[u16]
    serving_rate_limit: Compact[u64]
    max_validators: Compact[u16]
    adjustment_alpha: Compact[u64]
    difficulty: Compact[u64]
    commit_reveal_period: Compact[u64]
    commit_reveal_weights_enabled: Bool
    alpha_high: Compact[u16]
    alpha_low: Compact[u16]
    liquid_alpha_enabled: Bool
    alpha_sigmoid_steepness: I32F32
    yuma_version: Compact[u16]
    subnet_is_active: Bool
    transfers_enabled: Bool
    bonds_reset_enabled: Bool
    user_liquidity_enabled: Bool


class HyperparamValue(Enum, path="pallet_subtensor::rpc_info::subnet_info::HyperparamValue"):
    """A value under its type's name."""

    class Bool(Variant, index=0, unnamed=True):
        """True or false."""

        value: Bool

    class U16(Variant, index=1, unnamed=True):
        """A number of 16 bits."""

        value: Compact[u16]

    class U32(Variant, index=2, unnamed=True):
        """A number of 32 bits."""

        value: Compact[u32]

    class U64(Variant, index=3, unnamed=True):
        """A number of 64 bits."""

        value: Compact[u64]

    class U128(Variant, index=4, unnamed=True):
        """A number of 128 bits."""

        value: Compact[u128]

    class TaoBalance(Variant, index=5, unnamed=True):
        """An amount of rao."""

        value: Compact[u64]

    class I32F32(Variant, index=6, unnamed=True):
        """A signed fixed-point number."""

        value: I32F32

    class U64F64(Variant, index=7, unnamed=True):
        """An unsigned fixed-point number."""

        value: U64F64


class HyperparamEntry(Struct, path="pallet_subtensor::rpc_info::subnet_info::HyperparamEntry"):
    """A hyperparameter by name."""

    name: Bytes
    value: HyperparamValue


class DynamicInfo(
    Struct,
    path="pallet_subtensor::rpc_info::dynamic_info::DynamicInfo",
    params={"AccountId": AccountId},
):
    """A subnet's market: reserves, emission, price (rao and alpha rao)."""

    netuid: Compact[u16]
    owner_hotkey: AccountId
    owner_coldkey: AccountId
    subnet_name: Vec[Compact[u8]]
    token_symbol: Vec[Compact[u8]]
    tempo: Compact[u16]
    last_step: Compact[u64]
    blocks_since_last_step: Compact[u64]
    emission: Compact[u64]
    alpha_in: Compact[u64]
    alpha_out: Compact[u64]
    tao_in: Compact[u64]
    alpha_out_emission: Compact[u64]
    alpha_in_emission: Compact[u64]
    tao_in_emission: Compact[u64]
    pending_alpha_emission: Compact[u64]
    pending_root_emission: Compact[u64]
    subnet_volume: Compact[u128]
    network_registered_at: Compact[u64]
    subnet_identity: Option[SubnetIdentityV3]
    moving_price: I96F32


class SubnetState(
    Struct,
    path="pallet_subtensor::rpc_info::show_subnet::SubnetState",
    params={"AccountId": AccountId},
):
    """What the neurons of a subnet stand for. Vectors are by uid."""

    netuid: Compact[u16]
    hotkeys: Vec[AccountId]
    coldkeys: Vec[AccountId]
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
    emission_history: Vec[Vec[Compact[u64]]]
