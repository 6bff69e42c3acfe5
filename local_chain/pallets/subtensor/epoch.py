"""A subnet's epoch over storage: gather what it depends on, run Yuma, store what it found.

Owns the reading of one mechanism's inputs and the writing of results. The computation is
`taokit.local_chain.yuma`, payment is `distribution`.
Source: the runtime's epoch/run_epoch.rs and subnets/mechanism.rs (`epoch_with_mechanisms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from taokit.local_chain import yuma
from taokit.local_chain.dividends import epoch_stake
from taokit.local_chain.pallets.subtensor import (
    epoch_schedule,
    mechanisms,
    stake_weight,
    uids,
    voting_power,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import GLOBAL_MAX_SUBNET_COUNT
from taokit.local_chain.pallets.subtensor.epoch_record import EpochRecord
from taokit.local_chain.yuma import (
    EpochInput,
    EpochOutput,
    activity_cutoff_blocks,
    combine_mechanisms,
    split_emissions,
)

T = TypeVar("T")


def run_epoch(
    sub: SubtensorBase, netuid: int, emission: int, record: EpochRecord | None = None
) -> list[tuple[bytes, int, int]]:
    """Run every mechanism of a subnet for `emission` rao, and store the results.

    A `record` gets the stages, too. Returns (hotkey, incentive, dividends) in rao, in the order of
    the hotkeys' bytes.
    """
    parts = split_emissions(
        emission,
        sub.mechanism_count_current.get(netuid),
        sub.mechanism_emission_split.get(netuid),
    )
    hotkeys = uids.hotkeys(sub, netuid)
    stake = stake_of_uids(sub, netuid, hotkeys)
    outputs = []
    for mechanism, part in enumerate(parts):
        index = mechanisms.storage_index(netuid, mechanism)
        given = epoch_input(sub, index, hotkeys, stake, part)
        output = yuma.epoch_mechanism(given, explain=record is not None)
        if record is not None:
            record.hotkeys = hotkeys
            record.given.append(given)
            record.found.append(output)
        _store_mechanism(sub, index, output)
        outputs.append(output)
    # A single mechanism weighs exactly one.
    result = outputs[0] if len(outputs) == 1 else combine_mechanisms(outputs, parts, emission)
    if record is not None:
        record.result = result
    _store_subnet(sub, netuid, result)
    permits = result.new_validator_permits
    order = sorted(range(len(hotkeys)), key=hotkeys.__getitem__)
    voting_power.update(
        sub, netuid, [(hotkeys[uid], permits[uid], result.stake[uid]) for uid in order]
    )
    server, validator = result.server_emission, result.validator_emission
    return [(hotkeys[uid], server[uid], validator[uid]) for uid in order]


def stake_of_uids(sub: SubtensorBase, netuid: int, hotkeys: Sequence[bytes]) -> list[int]:
    """Raw I64F64 stake weight of each uid (`get_stake_weights_for_network`)."""
    weight = stake_weight.tao_weight(sub)
    alpha, tao = stake_weight.inherited_alpha, stake_weight.inherited_tao
    return [
        epoch_stake(alpha(sub, hotkey, netuid), tao(sub, hotkey, netuid), weight)
        if sub.keys.contains((netuid, uid))
        else 0
        for uid, hotkey in enumerate(hotkeys)
    ]


def epoch_input(
    sub: SubtensorBase, index: int, hotkeys: Sequence[bytes], stake: Sequence[int], emission: int
) -> EpochInput:
    """What the epoch of one mechanism (by storage index) depends on, as it stands."""
    netuid = index % GLOBAL_MAX_SUBNET_COUNT
    count = len(hotkeys)
    tempo = sub.tempo.get(netuid)
    registered, weights, bonds = sub.block_at_registration, sub.weights, sub.bonds
    alpha_low, alpha_high = sub.alpha_values.get(netuid)
    return EpochInput(
        block=sub.runtime.system.block_number(),
        tempo=tempo,
        activity_cutoff=activity_cutoff_blocks(tempo, sub.activity_cutoff_factor_milli.get(netuid)),
        stake=stake,
        last_update=_padded(sub.last_update.get(index), count, 0),
        block_at_registration=[registered.get((netuid, uid)) for uid in range(count)],
        validator_permits=_padded(sub.validator_permit.get(netuid), count, False),
        weights=[weights.get((index, uid)) for uid in range(count)],
        bonds=[bonds.get((index, uid)) for uid in range(count)],
        emission=emission,
        commit_blocks=commit_blocks(sub, index, hotkeys)
        if sub.commit_reveal_weights_enabled.get(netuid)
        else None,
        owner_uid=uids.owner_uid(sub, netuid),
        stake_threshold=sub.stake_threshold.get(),
        max_allowed_validators=sub.max_allowed_validators.get(netuid),
        last_mechanism_step_block=sub.last_mechansim_step_block.get(netuid),
        kappa=sub.kappa.get(netuid),
        bonds_penalty=sub.bonds_penalty.get(netuid),
        bonds_moving_average=sub.bonds_moving_average.get(netuid),
        yuma3=sub.yuma3_on.get(netuid),
        liquid_alpha=sub.liquid_alpha_on.get(netuid),
        alpha_low=alpha_low,
        alpha_high=alpha_high,
        alpha_sigmoid_steepness=sub.alpha_sigmoid_steepness.get(netuid),
    )


def commit_blocks(sub: SubtensorBase, index: int, hotkeys: Sequence[bytes]) -> list[int | None]:
    """The block of each uid's earliest commit that has not expired; None without one."""
    netuid = index % GLOBAL_MAX_SUBNET_COUNT
    found: list[int | None] = [None] * len(hotkeys)
    uid_of = {hotkey: uid for uid, hotkey in enumerate(hotkeys)}
    oldest = epoch_schedule.current_epoch(sub, netuid) - sub.reveal_period_epochs.get(netuid)

    def note(who: bytes, block: int) -> None:
        uid = uid_of.get(who)
        if uid is not None:
            known = found[uid]
            found[uid] = block if known is None else min(known, block)

    for (_, who), queue in sub.weight_commits.items((index,)):
        for _, epoch, block, _ in queue or ():
            if epoch >= oldest:
                note(who, block)
                break
    for (_, epoch), commits in sub.timelocked_weight_commits.items((index,)):
        if epoch >= oldest:
            for who, block, *_ in commits:
                note(who, block)
    return found


def _padded(values: Sequence[T], count: int, otherwise: T) -> Sequence[T]:
    missing = count - len(values)
    return values if missing == 0 else [*values[:count], *[otherwise] * missing]


def _store_mechanism(sub: SubtensorBase, index: int, output: EpochOutput) -> None:
    sub.incentive.insert(index, output.incentive)
    sub.deposit(sub.Event.IncentiveAlphaEmittedToMiners(index, output.server_emission))
    stored = sub.bonds
    for uid, row in enumerate(output.bonds):
        key = (index, uid)
        if row or stored.get(key) or not stored.contains(key):
            stored.insert(key, row)


def _store_subnet(sub: SubtensorBase, netuid: int, result: EpochOutput) -> None:
    sub.active.insert(netuid, result.active)
    sub.emission.insert(netuid, result.emission)
    sub.consensus.insert(netuid, result.consensus)
    sub.dividends.insert(netuid, result.dividends)
    sub.validator_trust.insert(netuid, result.validator_trust)
    sub.validator_permit.insert(netuid, result.new_validator_permits)
    sub.stake_weight.insert(netuid, result.stake_weight)
