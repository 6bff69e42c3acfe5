"""What a subnet's owner or root may set."""

from __future__ import annotations

from taokit.chain_client.scale import Bool, i16, u16, u32, u64
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.types import U64F64, NetUid


class HyperparametersStorage(Pallet):
    """What a subnet's owner or root may set."""

    admin_freeze_window = StorageValue[u16]("AdminFreezeWindow", default=10)
    owner_hyperparam_rate_limit = StorageValue[u16]("OwnerHyperparamRateLimit", default=2)
    min_activity_cutoff = StorageValue[u16]("MinActivityCutoff", default=360)
    activity_cutoff = StorageMap[NetUid, u16]("ActivityCutoff", Identity, default=5_000)
    activity_cutoff_factor_milli = StorageMap[NetUid, u32](
        "ActivityCutoffFactorMilli", Identity, default=13_889
    )
    rho = StorageMap[NetUid, u16]("Rho", Identity, default=10)
    alpha_sigmoid_steepness = StorageMap[NetUid, i16](
        "AlphaSigmoidSteepness", Identity, default=1_000
    )
    kappa = StorageMap[NetUid, u16]("Kappa", Identity, default=32_767)
    min_allowed_uids = StorageMap[NetUid, u16]("MinAllowedUids", Identity, default=64)
    max_allowed_uids = StorageMap[NetUid, u16]("MaxAllowedUids", Identity, default=256)
    min_non_immune_uids = StorageMap[NetUid, u16]("MinNonImmuneUids", Identity, default=10)
    immune_owner_uids_limit = StorageMap[NetUid, u16]("ImmuneOwnerUidsLimit", Identity, default=1)
    immunity_period = StorageMap[NetUid, u16]("ImmunityPeriod", Identity, default=4_096)
    max_weights_limit = StorageMap[NetUid, u16]("MaxWeightsLimit", Identity, default=65_535)
    weights_version_key = StorageMap[NetUid, u64]("WeightsVersionKey", Identity)
    weights_version_key_rate_limit = StorageValue[u64]("WeightsVersionKeyRateLimit", default=5)
    min_allowed_weights = StorageMap[NetUid, u16]("MinAllowedWeights", Identity, default=1_024)
    max_allowed_validators = StorageMap[NetUid, u16]("MaxAllowedValidators", Identity, default=128)
    adjustment_interval = StorageMap[NetUid, u16]("AdjustmentInterval", Identity, default=100)
    adjustment_alpha = StorageMap[NetUid, u64]("AdjustmentAlpha", Identity)
    bonds_moving_average = StorageMap[NetUid, u64]("BondsMovingAverage", Identity, default=900_000)
    bonds_penalty = StorageMap[NetUid, u16]("BondsPenalty", Identity, default=65_535)
    bonds_reset_on = StorageMap[NetUid, Bool]("BondsResetOn", Identity)
    weights_set_rate_limit = StorageMap[NetUid, u64]("WeightsSetRateLimit", Identity, default=100)
    validator_prune_len = StorageMap[NetUid, u64]("ValidatorPruneLen", Identity, default=1)
    scaling_law_power = StorageMap[NetUid, u16]("ScalingLawPower", Identity, default=50)
    target_registrations_per_interval = StorageMap[NetUid, u16](
        "TargetRegistrationsPerInterval", Identity, default=2
    )
    max_registrations_per_block = StorageMap[NetUid, u16](
        "MaxRegistrationsPerBlock", Identity, default=1
    )
    commit_reveal_weights_enabled = StorageMap[NetUid, Bool](
        "CommitRevealWeightsEnabled", Identity, default=True
    )
    commit_reveal_weights_version = StorageValue[u16]("CommitRevealWeightsVersion", default=4)
    reveal_period_epochs = StorageMap[NetUid, u64]("RevealPeriodEpochs", Twox64Concat, default=1)
    burn = StorageMap[NetUid, u64]("Burn", Identity, default=100_000_000)
    difficulty = StorageMap[NetUid, u64]("Difficulty", Identity, default=10_000_000)
    min_burn = StorageMap[NetUid, u64]("MinBurn", Identity, default=500_000)
    max_burn = StorageMap[NetUid, u64]("MaxBurn", Identity, default=100_000_000_000)
    min_difficulty = StorageMap[NetUid, u64]("MinDifficulty", Identity, default=10_000_000)
    max_difficulty = StorageMap[NetUid, u64](
        "MaxDifficulty", Identity, default=4_611_686_018_427_387_903
    )
    burn_half_life = StorageMap[NetUid, u16]("BurnHalfLife", Identity, default=360)
    burn_increase_mult = StorageMap[NetUid, U64F64](
        "BurnIncreaseMult", Identity, default=23_242_897_532_874_035_200
    )
    serving_rate_limit = StorageMap[NetUid, u64]("ServingRateLimit", Identity, default=50)
    liquid_alpha_on = StorageMap[NetUid, Bool]("LiquidAlphaOn", Blake2_128Concat)
    yuma3_on = StorageMap[NetUid, Bool]("Yuma3On", Blake2_128Concat)
    alpha_values = StorageMap[NetUid, tuple[u16, u16]](
        "AlphaValues", Identity, default=(45875, 58982)
    )
    tx_rate_limit = StorageValue[u64]("TxRateLimit", default=1_000)
    tx_delegate_take_rate_limit = StorageValue[u64]("TxDelegateTakeRateLimit", default=216_000)
    tx_childkey_take_rate_limit = StorageValue[u64](
        "TxChildkeyTakeRateLimit", default=216_000, fast=5
    )
