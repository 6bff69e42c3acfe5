"""How the runtime's source spells the types of its events' fields, where our names differ.

Clients go by it: it says which `u64` is TAO, which is alpha, and which `u16` is a subnet. Owns the
spellings of runtime 424; those of calls' arguments are `argument_types`'.
"""

from __future__ import annotations

__all__ = ["spelled_in_event"]

_ANYWHERE = {
    "(u32, u32)": "TaskAddress<BlockNumberFor<T>>",
    "AccountId32": "T::AccountId",
    "BalanceStatus": "Status",
    "H256": "T::Hash",
    "Option<AccountId32>": "Option<T::AccountId>",
    "Option<[u8; 32]>": "Option<TaskName>",
    "Option<u32>": "Option<BlockNumberFor<T>>",
    "Option<u64>": "Option<BalanceOf<T>>",
    "ProxyType": "T::ProxyType",
    "Result<(), DispatchError>": "DispatchResult",
    "Timepoint": "Timepoint<BlockNumberFor<T>>",
    "Vec<(Public, u64)>": "AuthorityList",
    "Vec<(u64, AccountId32)>": "Vec<(u64, T::AccountId)>",
    "Vec<Compact<u16>>": "Vec<Compact<NetUid>>",
    "Vec<u64>": "Vec<AlphaBalance>",
    "[u8; 32]": "CallHash",
    "u16": "NetUid",
    "u32": "BlockNumberFor<T>",
}
"""By our name of the type."""

_MONEY = {
    "Balances": "T::Balance",
    "Crowdloan": "BalanceOf<T>",
    "Multisig": "BalanceOf<T>",
    "Proxy": "BalanceOf<T>",
    "SafeMode": "BalanceOf<T>",
    "TransactionPayment": "BalanceOf<T>",
}
"""Pallets whose events have no other `u64` than amounts."""

_FIELDS = {
    ("call_hash", "H256"): "CallHashOf<T>",
    ("crowdloan_id", "u32"): "CrowdloanId",
    ("index", "u32"): "u32",
    ("lease_id", "u32"): "LeaseId",
    ("order_id", "H256"): "H256",
    ("value", "u32"): "u32",
    ("burn_half_life", "u16"): "u16",
    ("disambiguation_index", "u16"): "u16",
}
"""By a field's name and our name of its type."""

_ONCE = {
    "AlphaBalance": (
        "AddStakeBurn.alpha AlphaBurned.2 AlphaRecycled.2 AutoStakeAdded.incentive StakeAdded.3 "
        "StakeLocked.amount StakeRemoved.3 StakeUnlocked.amount "
        "SubnetLeaseDividendsDistributed.alpha TransactionFeePaidWithAlpha.alpha_fee"
    ),
    "H256": (
        "CRV3WeightsCommitted.2 TimelockedWeightsCommitted.2 WeightsCommitted.2 WeightsRevealed.2"
    ),
    "NetUid": "SubnetIdentitySet.0",
    "NetUidStorageIndex": (
        "CRV3WeightsCommitted.1 IncentiveAlphaEmittedToMiners.netuid TimelockedWeightsCommitted.1 "
        "TimelockedWeightsRevealed.0 WeightsCommitted.1 WeightsRevealed.1 WeightsSet.0"
    ),
    "TaoBalance": (
        "AddStakeBurn.amount BurnSet.1 MaxBurnSet.1 MinBurnSet.1 NetworkMinLockCostSet.0 "
        "RAORecycledForRegistrationSet.1 StakeAdded.2 StakeMoved.5 StakeRemoved.2 StakeSwapped.4 "
        "StakeTransferred.5 TransactionFeePaidWithAlpha.tao_amount"
    ),
    "<<T as Config>::Currency as fungible::Inspect<<T as frame_system::\nConfig>::AccountId,"
    ">>::Balance": "AllBalanceUnstakedAndTransferredToNewColdkey.total_balance",
    "Vec<RoundNumber>": "NewPulse.rounds",
    "sp_runtime::DispatchError": "BatchWeightItemFailed.1 OrderSkipped.reason",
    "u16": (
        "BulkBalancesSet.0 BulkNeuronsRegistered.0 BulkNeuronsRegistered.1 DelegateAdded.2 "
        "FeeRateSet.rate NetworkAdded.1 NeuronRegistered.1 TakeDecreased.2 TakeIncreased.2"
    ),
    "u32": "ActivityCutoffFactorMilliSet.factor_milli GroupExecutionSummary.executed_count",
}
"""By spelling: the fields that no rule says, by event and field, or its place if it has no name."""

_SPELLED = {place: spelling for spelling, places in _ONCE.items() for place in places.split()}


def spelled_in_event(
    pallet: str, event: str, place: int, name: str | None, ours: str, last: bool
) -> str:
    """The type of an event's field as the runtime spells it; `ours` is the name of its codec.

    ``last`` is whether it is the event's last one: what `...Set` events report is that.
    """
    once = _SPELLED.get(f"{event}.{place if name is None else name}")
    if once is not None:
        return once
    if ours == "u64":
        return _MONEY.get(pallet, ours)
    if ours == "u16" and name is None and last and event.endswith("Set"):
        return ours
    return _FIELDS.get((name or "", ours)) or _ANYWHERE.get(ours, ours)
