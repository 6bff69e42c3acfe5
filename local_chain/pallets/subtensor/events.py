"""The events of SubtensorModule, under the indices of the real runtime."""

from __future__ import annotations

from taokit.chain_client.scale import (
    H160,
    H256,
    AccountId,
    Bool,
    Bytes,
    Compact,
    Option,
    Vec,
    i16,
    u8,
    u16,
    u32,
    u64,
)
from taokit.local_chain.frame.dispatch_error import DispatchErrorType as DispatchError
from taokit.local_chain.frame.dispatch_error import DispatchResult
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.pallets.subtensor.types import U64F64, RootClaimTypeEnum


class SubtensorEvent(Events):
    """What SubtensorModule reports."""

    NetworkAdded = event(0, u16, u16)
    NetworkRemoved = event(1, u16)
    StakeAdded = event(2, AccountId, AccountId, u64, u64, u16, u64)
    StakeRemoved = event(3, AccountId, AccountId, u64, u64, u16, u64)
    StakeMoved = event(4, AccountId, AccountId, u16, AccountId, u16, u64)
    WeightsSet = event(5, u16, u16)
    NeuronRegistered = event(6, u16, u16, AccountId)
    BulkNeuronsRegistered = event(7, u16, u16)
    BulkBalancesSet = event(8, u16, u16)
    MaxAllowedUidsSet = event(9, u16, u16)
    MaxWeightLimitSet = event(10, u16, u16)
    DifficultySet = event(11, u16, u64)
    AdjustmentIntervalSet = event(12, u16, u16)
    RegistrationPerIntervalSet = event(13, u16, u16)
    MaxRegistrationsPerBlockSet = event(14, u16, u16)
    ActivityCutoffSet = event(15, u16, u16)
    RhoSet = event(16, u16, u16)
    AlphaSigmoidSteepnessSet = event(17, u16, i16)
    KappaSet = event(18, u16, u16)
    MinAllowedWeightSet = event(19, u16, u16)
    ValidatorPruneLenSet = event(20, u16, u64)
    ScalingLawPowerSet = event(21, u16, u16)
    WeightsSetRateLimitSet = event(22, u16, u64)
    ImmunityPeriodSet = event(23, u16, u16)
    BondsMovingAverageSet = event(24, u16, u64)
    BondsPenaltySet = event(25, u16, u16)
    BondsResetOnSet = event(26, u16, Bool)
    MaxAllowedValidatorsSet = event(27, u16, u16)
    AxonServed = event(28, u16, AccountId)
    PrometheusServed = event(29, u16, AccountId)
    DelegateAdded = event(30, AccountId, AccountId, u16)
    DefaultTakeSet = event(31, u16)
    WeightsVersionKeySet = event(32, u16, u64)
    MinDifficultySet = event(33, u16, u64)
    MaxDifficultySet = event(34, u16, u64)
    ServingRateLimitSet = event(35, u16, u64)
    BurnSet = event(36, u16, u64)
    MaxBurnSet = event(37, u16, u64)
    MinBurnSet = event(38, u16, u64)
    MaxEpochsPerBlockSet = event(39, u8)
    TxRateLimitSet = event(40, u64)
    TxDelegateTakeRateLimitSet = event(41, u64)
    TxChildKeyTakeRateLimitSet = event(42, u64)
    AdminFreezeWindowSet = event(43, u16)
    OwnerHyperparamRateLimitSet = event(44, u16)
    MinChildKeyTakeSet = event(45, u16)
    MinChildKeyTakePerSubnetSet = event(46, u16, u16)
    MaxChildKeyTakeSet = event(47, u16)
    ChildKeyTakeSet = event(48, AccountId, u16)
    Sudid = event(49, DispatchResult)
    RegistrationAllowed = event(50, u16, Bool)
    PowRegistrationAllowed = event(51, u16, Bool)
    TempoSet = event(52, u16, u16)
    RAORecycledForRegistrationSet = event(53, u16, u64)
    StakeThresholdSet = event(54, u64)
    AdjustmentAlphaSet = event(55, u16, u64)
    Faucet = event(56, AccountId, u64)
    SubnetOwnerCutSet = event(57, u16)
    NetworkRateLimitSet = event(58, u64)
    NetworkImmunityPeriodSet = event(59, u64)
    StartCallDelaySet = event(60, u64)
    NetworkMinLockCostSet = event(61, u64)
    SubnetLimitSet = event(62, u16)
    NetworkLockCostReductionIntervalSet = event(63, u64)
    TakeDecreased = event(64, AccountId, AccountId, u16)
    TakeIncreased = event(65, AccountId, AccountId, u16)
    HotkeySwapped = event(66, coldkey=AccountId, old_hotkey=AccountId, new_hotkey=AccountId)
    MaxDelegateTakeSet = event(67, u16)
    MinDelegateTakeSet = event(68, u16)
    ColdkeySwapAnnounced = event(69, who=AccountId, new_coldkey_hash=H256)
    ColdkeySwapReset = event(70, who=AccountId)
    ColdkeySwapped = event(71, old_coldkey=AccountId, new_coldkey=AccountId)
    ColdkeySwapDisputed = event(72, coldkey=AccountId)
    AllBalanceUnstakedAndTransferredToNewColdkey = event(
        73, current_coldkey=AccountId, new_coldkey=AccountId, total_balance=u64
    )
    ArbitrationPeriodExtended = event(74, coldkey=AccountId)
    SetChildrenScheduled = event(75, AccountId, u16, u64, Vec[tuple[u64, AccountId]])
    SetChildren = event(76, AccountId, u16, Vec[tuple[u64, AccountId]])
    ChainIdentitySet = event(77, AccountId)
    SubnetIdentitySet = event(78, u16)
    SubnetIdentityRemoved = event(79, u16)
    DissolveNetworkScheduled = event(80, account=AccountId, netuid=u16, execution_block=u32)
    ColdkeySwapAnnouncementDelaySet = event(81, u32)
    ColdkeySwapReannouncementDelaySet = event(82, u32)
    DissolveNetworkScheduleDurationSet = event(83, u32)
    CRV3WeightsCommitted = event(84, AccountId, u16, H256)
    WeightsCommitted = event(85, AccountId, u16, H256)
    WeightsRevealed = event(86, AccountId, u16, H256)
    WeightsBatchRevealed = event(87, AccountId, u16, Vec[H256])
    BatchWeightsCompleted = event(88, Vec[Compact[u16]], AccountId)
    BatchCompletedWithErrors = event(89)
    BatchWeightItemFailed = event(90, u16, DispatchError)
    StakeTransferred = event(91, AccountId, AccountId, AccountId, u16, u16, u64)
    StakeSwapped = event(92, AccountId, AccountId, u16, u16, u64)
    TransferToggle = event(93, u16, Bool)
    SubnetOwnerHotkeySet = event(94, u16, AccountId)
    FirstEmissionBlockNumberSet = event(95, u16, u64)
    AlphaRecycled = event(96, AccountId, AccountId, u64, u16)
    AlphaBurned = event(97, AccountId, AccountId, u64, u16)
    EvmKeyAssociated = event(98, netuid=u16, hotkey=AccountId, evm_key=H160, block_associated=u64)
    CRV3WeightsRevealed = event(99, u16, AccountId)
    CommitRevealPeriodsSet = event(100, u16, u64)
    CommitRevealEnabled = event(101, u16, Bool)
    HotkeySwappedOnSubnet = event(
        102, coldkey=AccountId, old_hotkey=AccountId, new_hotkey=AccountId, netuid=u16
    )
    SubnetLeaseCreated = event(
        103,
        beneficiary=AccountId,
        lease_id=u32,
        netuid=u16,
        end_block=Option[u32],  # type: ignore[misc]
    )
    SubnetLeaseTerminated = event(104, beneficiary=AccountId, netuid=u16)
    SymbolUpdated = event(105, netuid=u16, symbol=Bytes)
    CommitRevealVersionSet = event(106, u16)
    TimelockedWeightsCommitted = event(107, AccountId, u16, H256, u64)
    TimelockedWeightsRevealed = event(108, u16, AccountId)
    AutoStakeAdded = event(
        109, netuid=u16, destination=AccountId, hotkey=AccountId, owner=AccountId, incentive=u64
    )
    IncentiveAlphaEmittedToMiners = event(110, netuid=u16, emissions=Vec[u64])
    MinAllowedUidsSet = event(111, u16, u16)
    AutoStakeDestinationSet = event(112, coldkey=AccountId, netuid=u16, hotkey=AccountId)
    MinNonImmuneUidsSet = event(113, u16, u16)
    RootClaimed = event(114, coldkey=AccountId)
    RootClaimTypeSet = event(115, coldkey=AccountId, root_claim_type=RootClaimTypeEnum)
    VotingPowerTrackingEnabled = event(116, netuid=u16)
    VotingPowerTrackingDisableScheduled = event(117, netuid=u16, disable_at_block=u64)
    VotingPowerTrackingDisabled = event(118, netuid=u16)
    VotingPowerEmaAlphaSet = event(119, netuid=u16, alpha=u64)
    SubnetLeaseDividendsDistributed = event(120, lease_id=u32, contributor=AccountId, alpha=u64)
    AddStakeBurn = event(121, netuid=u16, hotkey=AccountId, amount=u64, alpha=u64)
    ColdkeySwapCleared = event(122, who=AccountId)
    TransactionFeePaidWithAlpha = event(
        123, who=AccountId, netuid=u16, alpha_fee=u64, tao_amount=u64
    )
    BurnHalfLifeSet = event(124, netuid=u16, burn_half_life=u16)
    BurnIncreaseMultSet = event(125, netuid=u16, burn_increase_mult=U64F64)
    AutoParentDelegationEnabledSet = event(126, hotkey=AccountId, enabled=Bool)
    StakeLocked = event(127, coldkey=AccountId, hotkey=AccountId, netuid=u16, amount=u64)
    StakeUnlocked = event(128, coldkey=AccountId, hotkey=AccountId, netuid=u16, amount=u64)
    LockMoved = event(
        129, coldkey=AccountId, origin_hotkey=AccountId, destination_hotkey=AccountId, netuid=u16
    )
    ActivityCutoffFactorMilliSet = event(130, netuid=u16, factor_milli=u32)
    EpochTriggered = event(131, netuid=u16, by=AccountId, fires_at=u64)
    EpochDeferred = event(132, netuid=u16, from_block=u64, to_block=u64)
    EpochSkipped = event(133, netuid=u16, block=u64)
    SubnetOwnerChanged = event(134, netuid=u16, old_coldkey=AccountId, new_coldkey=AccountId)
    PerpetualLockUpdated = event(135, coldkey=AccountId, netuid=u16, enabled=Bool)
    RejectLockedAlphaUpdated = event(136, coldkey=AccountId, enabled=Bool)
