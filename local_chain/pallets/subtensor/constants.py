"""The constants of SubtensorModule, and the limits that the pallet keeps to itself.

`SubtensorConstants` holds what the metadata lists, under both presets. The
names at module level are not in the metadata: they are fixed in the pallet.
It does not hold storage defaults; those stand with the storage items.
"""

from __future__ import annotations

from taokit.chain_client.scale import Bool, i16, u8, u16, u32, u64
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.pallets.subtensor.types import Percent
from taokit.local_chain.pallets.swap.types import PalletId

ROOT = 0
GLOBAL_MAX_SUBNET_COUNT = 4096
MAX_MECHANISM_COUNT_PER_SUBNET = 16
MIN_REVEAL_PERIOD, MAX_REVEAL_PERIOD = 1, 100
MAX_UNREVEALED_COMMITS = 10
MAX_BURN_HALF_LIFE = 36_100
MIN_IMMUNE_OWNER_UIDS, MAX_IMMUNE_OWNER_UIDS = 1, 10
DEFAULT_MAX_ALLOWED_UIDS = 256
NEW_SUBNET_BURN = 1_000_000_000
ROOT_DELEGATE_TAKE = 11_796


class SubtensorConstants(Pallet):
    """What the metadata lists."""

    initial_issuance = Constant[u64]("InitialIssuance", 0)
    initial_min_allowed_weights = Constant[u16]("InitialMinAllowedWeights", 1_024)
    initial_emission_value = Constant[u16]("InitialEmissionValue", 0)
    initial_tempo = Constant[u16]("InitialTempo", 360, fast=10)
    initial_difficulty = Constant[u64]("InitialDifficulty", 10_000_000)
    initial_max_difficulty = Constant[u64]("InitialMaxDifficulty", 4_611_686_018_427_387_903)
    initial_min_difficulty = Constant[u64]("InitialMinDifficulty", 10_000_000)
    initial_raorecycled_for_registration = Constant[u64]("InitialRAORecycledForRegistration", 0)
    initial_burn = Constant[u64]("InitialBurn", 100_000_000)
    initial_max_burn = Constant[u64]("InitialMaxBurn", 100_000_000_000)
    initial_min_burn = Constant[u64]("InitialMinBurn", 500_000)
    initial_min_stake = Constant[u64]("InitialMinStake", 2_000_000)
    min_burn_upper_bound = Constant[u64]("MinBurnUpperBound", 1_000_000_000)
    max_burn_lower_bound = Constant[u64]("MaxBurnLowerBound", 100_000_000)
    min_tempo = Constant[u16]("MinTempo", 360)
    max_tempo = Constant[u16]("MaxTempo", 50_400)
    min_activity_cutoff_factor_milli = Constant[u32]("MinActivityCutoffFactorMilli", 1_000)
    max_activity_cutoff_factor_milli = Constant[u32]("MaxActivityCutoffFactorMilli", 50_000)
    initial_adjustment_interval = Constant[u16]("InitialAdjustmentInterval", 100)
    initial_bonds_moving_average = Constant[u64]("InitialBondsMovingAverage", 900_000)
    initial_bonds_penalty = Constant[u16]("InitialBondsPenalty", 65_535)
    initial_bonds_reset_on = Constant[Bool]("InitialBondsResetOn", False)
    initial_target_registrations_per_interval = Constant[u16](
        "InitialTargetRegistrationsPerInterval", 2
    )
    initial_rho = Constant[u16]("InitialRho", 10)
    initial_alpha_sigmoid_steepness = Constant[i16]("InitialAlphaSigmoidSteepness", 1_000)
    initial_kappa = Constant[u16]("InitialKappa", 32_767)
    initial_min_allowed_uids = Constant[u16]("InitialMinAllowedUids", 64)
    initial_max_allowed_uids = Constant[u16]("InitialMaxAllowedUids", 256)
    initial_validator_prune_len = Constant[u64]("InitialValidatorPruneLen", 1)
    initial_scaling_law_power = Constant[u16]("InitialScalingLawPower", 50)
    initial_immunity_period = Constant[u16]("InitialImmunityPeriod", 4_096)
    initial_activity_cutoff = Constant[u16]("InitialActivityCutoff", 5_000)
    initial_max_registrations_per_block = Constant[u16]("InitialMaxRegistrationsPerBlock", 1)
    initial_pruning_score = Constant[u16]("InitialPruningScore", 65_535)
    initial_max_allowed_validators = Constant[u16]("InitialMaxAllowedValidators", 128)
    initial_default_delegate_take = Constant[u16]("InitialDefaultDelegateTake", 11_796)
    initial_min_delegate_take = Constant[u16]("InitialMinDelegateTake", 0)
    initial_default_child_key_take = Constant[u16]("InitialDefaultChildKeyTake", 0)
    initial_min_child_key_take = Constant[u16]("InitialMinChildKeyTake", 0)
    initial_max_child_key_take = Constant[u16]("InitialMaxChildKeyTake", 11_796)
    initial_weights_version_key = Constant[u64]("InitialWeightsVersionKey", 0)
    initial_serving_rate_limit = Constant[u64]("InitialServingRateLimit", 50)
    initial_tx_rate_limit = Constant[u64]("InitialTxRateLimit", 1_000)
    initial_tx_delegate_take_rate_limit = Constant[u64]("InitialTxDelegateTakeRateLimit", 216_000)
    initial_tx_child_key_take_rate_limit = Constant[u64](
        "InitialTxChildKeyTakeRateLimit", 216_000, fast=5
    )
    initial_adjustment_alpha = Constant[u64]("InitialAdjustmentAlpha", 0)
    initial_network_immunity_period = Constant[u64]("InitialNetworkImmunityPeriod", 1_296_000)
    initial_network_min_lock_cost = Constant[u64]("InitialNetworkMinLockCost", 1_000_000_000_000)
    initial_subnet_owner_cut = Constant[u16]("InitialSubnetOwnerCut", 11_796)
    initial_network_lock_reduction_interval = Constant[u64](
        "InitialNetworkLockReductionInterval", 100_800
    )
    initial_network_rate_limit = Constant[u64]("InitialNetworkRateLimit", 7_200)
    key_swap_cost = Constant[u64]("KeySwapCost", 100_000_000)
    alpha_high = Constant[u16]("AlphaHigh", 58_982)
    alpha_low = Constant[u16]("AlphaLow", 45_875)
    default_liquid_alpha_on = Constant[Bool]("LiquidAlphaOn", False)
    default_yuma3_on = Constant[Bool]("Yuma3On", False)
    initial_coldkey_swap_announcement_delay = Constant[u32](
        "InitialColdkeySwapAnnouncementDelay", 36_000, fast=50
    )
    initial_coldkey_swap_reannouncement_delay = Constant[u32](
        "InitialColdkeySwapReannouncementDelay", 7_200, fast=10
    )
    initial_dissolve_network_schedule_duration = Constant[u32](
        "InitialDissolveNetworkScheduleDuration", 36_000
    )
    initial_tao_weight = Constant[u64]("InitialTaoWeight", 971_718_665_099_567_868)
    initial_ema_price_halving_period = Constant[u64]("InitialEmaPriceHalvingPeriod", 201_600)
    initial_start_call_delay = Constant[u64]("InitialStartCallDelay", 0)
    key_swap_on_subnet_cost = Constant[u64]("KeySwapOnSubnetCost", 1_000_000)
    hotkey_swap_on_subnet_interval = Constant[u64]("HotkeySwapOnSubnetInterval", 7_200, fast=1)
    lease_dividends_distribution_interval = Constant[u32]("LeaseDividendsDistributionInterval", 100)
    max_immune_uids_percentage = Constant[Percent]("MaxImmuneUidsPercentage", 80)
    subtensor_pallet_id = Constant[PalletId]("SubtensorPalletId", b"subtensr")
    burn_account_id = Constant[PalletId]("BurnAccountId", b"burntnsr")
    initial_max_epochs_per_block = Constant[u8]("InitialMaxEpochsPerBlock", 2, fast=32)
