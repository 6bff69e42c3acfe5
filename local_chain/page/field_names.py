"""Names for the fields of events that the runtime declares without any, and what some numbers are.

Owns both tables: the runtime's metadata has neither. What the metadata does say (types as the
runtime spells them) is read where it is needed (`readable`).
"""

from __future__ import annotations

__all__ = ["ALPHA", "SHARES", "TAO", "field_names", "meant"]

TAO, ALPHA, SHARES = "TAO", "alpha", "shares"
"""Amounts in rao of either, and pairs of a share of 2^64 - 1 and an account."""

_STAKE = "coldkey hotkey tao alpha netuid fee"
_COMMIT = "hotkey netuid commit"
_UNNAMED = {
    "AlphaBurned": "coldkey hotkey alpha netuid",
    "AlphaRecycled": "coldkey hotkey alpha netuid",
    "AxonServed": "netuid hotkey",
    "BatchWeightItemFailed": "netuid error",
    "BatchWeightsCompleted": "netuids hotkey",
    "BulkBalancesSet": "netuid count",
    "BulkNeuronsRegistered": "netuid count",
    "CRV3WeightsCommitted": _COMMIT,
    "CRV3WeightsRevealed": "netuid hotkey",
    "ChainIdentitySet": "coldkey",
    "ChildKeyTakeSet": "hotkey take",
    "CommitRevealEnabled": "netuid enabled",
    "DelegateAdded": "coldkey hotkey take",
    "Faucet": "coldkey tao",
    "NetworkAdded": "netuid mechanism",
    "NetworkRemoved": "netuid",
    "NeuronRegistered": "netuid uid hotkey",
    "PowRegistrationAllowed": "netuid allowed",
    "PrometheusServed": "netuid hotkey",
    "RegistrationAllowed": "netuid allowed",
    "SetChildren": "hotkey netuid children",
    "SetChildrenScheduled": "hotkey netuid block children",
    "StakeAdded": _STAKE,
    "StakeMoved": "coldkey hotkey netuid to_hotkey to_netuid tao",
    "StakeRemoved": _STAKE,
    "StakeSwapped": "coldkey hotkey netuid to_netuid tao",
    "StakeTransferred": "coldkey to_coldkey hotkey netuid to_netuid tao",
    "SubnetIdentityRemoved": "netuid",
    "SubnetIdentitySet": "netuid",
    "SubnetOwnerHotkeySet": "netuid hotkey",
    "Sudid": "result",
    "TakeDecreased": "coldkey hotkey take",
    "TakeIncreased": "coldkey hotkey take",
    "TimelockedWeightsCommitted": f"{_COMMIT} round",
    "TimelockedWeightsRevealed": "netuid hotkey",
    "TransferToggle": "netuid allowed",
    "WeightsBatchRevealed": "hotkey netuid commits",
    "WeightsCommitted": _COMMIT,
    "WeightsRevealed": _COMMIT,
    "WeightsSet": "netuid uid",
}

_MEANT = {
    "AdminUtils.sudo_set_nominator_min_required_stake.min_stake": TAO,
    "SubtensorModule.Faucet.tao": TAO,
    "SubtensorModule.SetChildren.children": SHARES,
    "SubtensorModule.SetChildrenScheduled.children": SHARES,
    "SubtensorModule.StakeAdded.fee": TAO,
    "SubtensorModule.StakeRemoved.fee": ALPHA,
    "SubtensorModule.register_limit.limit_price": TAO,
    "SubtensorModule.set_children.children": SHARES,
}


def field_names(event: str, count: int) -> list[str]:
    """Names for that many fields of an event without any."""
    known = _UNNAMED.get(event, "").split()
    if len(known) == count:
        return known
    if event.endswith("Set"):  # a setting, of a subnet or of the whole chain
        return ["netuid", "value"][-count:] if count <= 2 else []
    return [f"{at}" for at in range(count)]


def meant(pallet: str, item: str, field: str) -> str | None:
    """What a number is whose type does not say so."""
    return _MEANT.get(f"{pallet}.{item}.{field}")
