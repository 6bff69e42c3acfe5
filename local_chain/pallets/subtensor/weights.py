"""Setting weights: what a validator must hold, what a vector must be, and how it is stored.

It does not know commits (`weight_commits`), which end here once revealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import mechanisms, rate_limits, stake_weight, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.yuma import max_upscale_to_u16

I32F32_BITS = 32
I64F64_BITS = 64


def has_min_stake(sub: SubtensorBase, hotkey: bytes, netuid: int) -> bool:
    """True if the hotkey's stake weight reaches the threshold; the owner's hotkey needs none."""
    owner = uids.owner_uid(sub, netuid)
    if owner is not None and sub.uids.get((netuid, hotkey)) == owner:
        return True
    threshold = sub.stake_threshold.get()
    if threshold == 0:
        return True
    return stake_weight.total_stake_weight(sub, hotkey, netuid) >= threshold << I64F64_BITS


def limit_has_passed(sub: SubtensorBase, index: int, uid: int, block: int) -> bool:
    """True if a uid may set or commit weights under a mechanism's index again."""
    netuid = mechanisms.netuid_of(sub, index)
    if netuid is None or not sub.keys.contains((netuid, uid)):
        return False
    last = uids.last_update(sub, index, uid)
    if last == 0 or rate_limits.ignored(sub):
        return True
    return max(block - last, 0) >= sub.weights_set_rate_limit.get(netuid)


def set_plain_weights(
    sub: SubtensorBase,
    origin: Origin,
    netuid: int,
    mechanism: int,
    targets: Sequence[int],
    values: Sequence[int],
    version_key: int,
) -> None:
    """Set weights in the open: refused where the subnet uses commit-reveal."""
    ensure(not sub.commit_reveal_weights_enabled.get(netuid), sub.Error.CommitRevealEnabled)
    set_weights(sub, origin, netuid, mechanism, targets, values, version_key)


def set_weights(
    sub: SubtensorBase,
    origin: Origin,
    netuid: int,
    mechanism: int,
    targets: Sequence[int],
    values: Sequence[int],
    version_key: int,
) -> None:
    """Store a validator's weights, scaled so that the largest is 65535.

    The order of the checks is the runtime's. A uid that weighs only itself
    needs no permit; neither does the subnet owner's.
    """
    error = sub.Error
    index = mechanisms.storage_index(netuid, mechanism)
    hotkey = ensure_signed(origin)
    ensure(netuid != ROOT, error.CanNotSetRootNetworkWeights)
    ensure(len(targets) == len(values), error.WeightVecNotEqualSize)
    mechanisms.ensure_exists(sub, netuid, mechanism)
    size = sub.subnetwork_n.get(netuid)
    ensure(len(targets) <= size, error.UidsLengthExceedUidsInSubNet)
    uid = uids.uid_of(sub, netuid, hotkey)
    ensure(has_min_stake(sub, hotkey, netuid), error.NotEnoughStakeToSetWeights)
    required = sub.weights_version_key.get(netuid)
    ensure(required == 0 or version_key >= required, error.IncorrectWeightVersionKey)
    block = sub.runtime.system.block_number()
    committed = sub.commit_reveal_weights_enabled.get(netuid)
    if not committed:
        ensure(limit_has_passed(sub, index, uid, block), error.SettingWeightsTooFast)
    only_itself = list(targets) == [uid]
    ensure(only_itself or _may_weigh_others(sub, netuid, uid), error.NeuronNoValidatorPermit)
    ensure(len(set(targets)) == len(targets), error.DuplicateUids)
    ensure(
        all(sub.keys.contains((netuid, target)) for target in targets),
        error.UidVecContainInvalidOne,
    )
    shortest = min(size, sub.min_allowed_weights.get(netuid))
    ensure(only_itself or len(values) >= shortest, error.WeightVecLengthIsLow)
    scaled = max_upscale_to_u16([value << I32F32_BITS for value in values])
    sub.weights.insert((index, uid), list(zip(targets, scaled)))
    if not committed:
        uids.set_last_update(sub, index, uid, block)
    sub.deposit(sub.Event.WeightsSet(index, uid))


def batch_set_weights(
    sub: SubtensorBase,
    origin: Origin,
    netuids: Sequence[int],
    weights: Sequence[Sequence[tuple[int, int]]],
    version_keys: Sequence[int],
) -> None:
    """Set weights on several subnets; an item that fails is told in an event and the rest go on."""
    hotkey = ensure_signed(origin)
    ensure(len(netuids) == len(weights) == len(version_keys), sub.Error.InputLengthsUnequal)
    failed: list[tuple[int, DispatchError]] = []
    for netuid, pairs, version_key in zip(netuids, weights, version_keys):
        targets = [target for target, _ in pairs]
        values = [value for _, value in pairs]
        try:
            set_plain_weights(sub, origin, netuid, 0, targets, values, version_key)
        except DispatchError as reason:
            failed.append((netuid, reason))
    report_batch(sub, netuids, hotkey, failed)


def report_batch(
    sub: SubtensorBase,
    netuids: Sequence[int],
    hotkey: bytes,
    failed: Sequence[tuple[int, DispatchError]],
) -> None:
    """Deposit the events that end a batch: first its failures, then that it is complete."""
    if failed:
        sub.deposit(sub.Event.BatchCompletedWithErrors())
    for netuid, reason in failed:
        sub.deposit(sub.Event.BatchWeightItemFailed(netuid, reason))
    sub.deposit(sub.Event.BatchWeightsCompleted(list(netuids), hotkey))


def _may_weigh_others(sub: SubtensorBase, netuid: int, uid: int) -> bool:
    permits = sub.validator_permit.get(netuid)
    return uids.owner_uid(sub, netuid) == uid or uids.at(permits, uid, False)
