"""Uids: the places on a subnet, who holds each, and what a change of holder resets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import mechanisms
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import GLOBAL_MAX_SUBNET_COUNT

T = TypeVar("T")


def is_registered(sub: SubtensorBase, netuid: int, hotkey: bytes) -> bool:
    """True if the hotkey holds a uid on the subnet."""
    return sub.uids.contains((netuid, hotkey))


def is_registered_anywhere(sub: SubtensorBase, hotkey: bytes) -> bool:
    """True if the hotkey is a member of any network, the root included."""
    return any(sub.is_network_member.values((hotkey,)))


def registered_networks(sub: SubtensorBase, hotkey: bytes) -> list[int]:
    """The networks that the hotkey is a member of, in storage order."""
    return [netuid for (_, netuid), member in sub.is_network_member.items((hotkey,)) if member]


def uid_of(sub: SubtensorBase, netuid: int, hotkey: bytes) -> int:
    """The hotkey's uid; HotKeyNotRegisteredInSubNet if it has none."""
    uid: int | None = sub.uids.get((netuid, hotkey))
    if uid is None:
        raise sub.Error.HotKeyNotRegisteredInSubNet
    return uid


def hotkeys(sub: SubtensorBase, netuid: int) -> list[bytes]:
    """The hotkeys of uids 0 to n-1; the zero account where a uid has no holder."""
    get = sub.keys.get
    return [get((netuid, uid)) for uid in range(sub.subnetwork_n.get(netuid))]


def owner_uid(sub: SubtensorBase, netuid: int) -> int | None:
    """The uid of the subnet owner's hotkey, if one is set and registered."""
    if not sub.subnet_owner_hotkey.contains(netuid):
        return None
    uid: int | None = sub.uids.get((netuid, sub.subnet_owner_hotkey.get(netuid)))
    return uid


def is_immune(sub: SubtensorBase, netuid: int, uid: int) -> bool:
    """True within the immunity period after registration."""
    age = sub.runtime.system.block_number() - sub.block_at_registration.get((netuid, uid))
    return max(age, 0) < sub.immunity_period.get(netuid)


def at(vector: Sequence[T], position: int, otherwise: T) -> T:
    """The element, or `otherwise` beyond the end."""
    return vector[position] if position < len(vector) else otherwise


def last_update(sub: SubtensorBase, index: int, uid: int) -> int:
    """The block of a uid's last weights or commit under a mechanism's index; 0 if none."""
    return at(sub.last_update.get(index), uid, 0)


def set_last_update(sub: SubtensorBase, index: int, uid: int, block: int) -> None:
    """Record the block of a uid's last weights or commit; nothing beyond the subnet's size."""
    blocks = list(sub.last_update.get(index))
    size = sub.subnetwork_n.get(index % GLOBAL_MAX_SUBNET_COUNT)
    blocks += [0] * (size - len(blocks))
    if uid < len(blocks):
        blocks[uid] = block
        sub.last_update.insert(index, blocks)


def append_neuron(sub: SubtensorBase, netuid: int, hotkey: bytes, block: int) -> int:
    """Give the hotkey the next uid; returns it. The stake weight is left to the next epoch."""
    uid = sub.subnetwork_n.get(netuid)
    sub.subnetwork_n.insert(netuid, min(uid + 1, mechanisms.U16_MAX))
    _push(sub.active, netuid, True)
    _push(sub.emission, netuid, 0)
    _push(sub.consensus, netuid, 0)
    for index in mechanisms.storage_indices(sub, netuid):
        _push(sub.incentive, index, 0)
        set_last_update(sub, index, uid, block)
    _push(sub.dividends, netuid, 0)
    _push(sub.validator_trust, netuid, 0)
    _push(sub.validator_permit, netuid, False)
    _seat(sub, netuid, uid, hotkey, block)
    return uid


def replace_neuron(sub: SubtensorBase, netuid: int, uid: int, hotkey: bytes, block: int) -> None:
    """Give a held uid to another hotkey. The subnet owner's hotkey keeps its uid."""
    old = sub.keys.get((netuid, uid))
    if sub.subnet_owner_hotkey.contains(netuid) and sub.subnet_owner_hotkey.get(netuid) == old:
        return
    sub.uids.remove((netuid, old))
    sub.associated_evm_address.remove((netuid, uid))
    sub.is_network_member.remove((old, netuid))
    active = list(sub.active.get(netuid))
    if uid < len(active):
        active[uid] = True
        sub.active.insert(netuid, active)
    _seat(sub, netuid, uid, hotkey, block)
    sub.axons.remove((netuid, old))
    sub.neuron_certificates.remove((netuid, old))
    sub.prometheus.remove((netuid, old))
    clear_neuron(sub, netuid, uid)
    for index in mechanisms.storage_indices(sub, netuid):
        set_last_update(sub, index, uid, block)


def clear_neuron(sub: SubtensorBase, netuid: int, uid: int) -> None:
    """Forget what epochs wrote of a uid, the weights it set, and the weights set to it."""
    _set(sub.emission, netuid, uid, 0)
    _set(sub.consensus, netuid, uid, 0)
    for index in mechanisms.storage_indices(sub, netuid):
        _set(sub.incentive, index, uid, 0)
        sub.bonds.remove((index, uid))
        sub.weights.remove((index, uid))
        for key, row in sub.weights.items((index,)):
            if any(target == uid and weight for target, weight in row):
                cleared = [(target, 0 if target == uid else weight) for target, weight in row]
                sub.weights.insert(key, cleared)
    _set(sub.dividends, netuid, uid, 0)
    _set(sub.stake_weight, netuid, uid, 0)
    _set(sub.validator_trust, netuid, uid, 0)
    _set(sub.validator_permit, netuid, uid, False)


def neuron_to_prune(sub: SubtensorBase, netuid: int) -> int | None:
    """The uid that a newcomer replaces: the lowest emission, then the oldest, then the lowest uid.

    The owner's protected hotkeys are left out. While more than
    `MinNonImmuneUids` uids have outlived immunity one of those goes, else the
    worst immune one; None if there is neither.
    """
    protected = {hotkey for _, hotkey in immune_owner_uids(sub, netuid)}
    emission = sub.emission.get(netuid)
    free: list[tuple[int, int, int]] = []
    immune: list[tuple[int, int, int]] = []
    for uid in range(sub.subnetwork_n.get(netuid)):
        if not sub.keys.contains((netuid, uid)) or sub.keys.get((netuid, uid)) in protected:
            continue
        registered = sub.block_at_registration.get((netuid, uid))
        candidate = (at(emission, uid, 0), registered, uid)
        (immune if is_immune(sub, netuid, uid) else free).append(candidate)
    if free and len(free) > sub.min_non_immune_uids.get(netuid):
        return min(free)[2]
    return min(immune)[2] if immune else None


def immune_owner_uids(sub: SubtensorBase, netuid: int) -> list[tuple[int, bytes]]:
    """The owner's uids and hotkeys that are never pruned, at most `ImmuneOwnerUidsLimit`.

    The oldest of the owner's hotkeys; the subnet's owner hotkey goes first if it is not there.
    """
    found = []
    for hotkey in sub.owned_hotkeys.get(sub.subnet_owner.get(netuid)):
        uid = sub.uids.get((netuid, hotkey))
        if uid is not None:
            found.append((sub.block_at_registration.get((netuid, uid)), uid, hotkey))
    limit = sub.immune_owner_uids_limit.get(netuid)
    found.sort(key=lambda entry: entry[:2])
    chosen = [(uid, hotkey) for _, uid, hotkey in found[:limit]]
    seat = owner_uid(sub, netuid)
    if seat is not None:
        own = (seat, sub.subnet_owner_hotkey.get(netuid))
        if own not in chosen:
            chosen = [own, *chosen][:limit]
    return chosen


def ensure_capacity(sub: SubtensorBase, netuid: int) -> None:
    """NoNeuronIdAvailable if the subnet is full and nobody may be replaced."""
    maximum = sub.max_allowed_uids.get(netuid)
    ensure(maximum != 0, sub.Error.NoNeuronIdAvailable)
    if sub.subnetwork_n.get(netuid) >= maximum:
        ensure(neuron_to_prune(sub, netuid) is not None, sub.Error.NoNeuronIdAvailable)


def register_neuron(sub: SubtensorBase, netuid: int, hotkey: bytes) -> int:
    """Seat a hotkey, on a new uid while there is room, else in place of another."""
    block = sub.runtime.system.block_number()
    if sub.subnetwork_n.get(netuid) < sub.max_allowed_uids.get(netuid):
        return append_neuron(sub, netuid, hotkey, block)
    uid = neuron_to_prune(sub, netuid)
    if uid is None:
        raise sub.Error.NoNeuronIdAvailable
    replace_neuron(sub, netuid, uid, hotkey, block)
    return uid


def _seat(sub: SubtensorBase, netuid: int, uid: int, hotkey: bytes, block: int) -> None:
    sub.keys.insert((netuid, uid), hotkey)
    sub.uids.insert((netuid, hotkey), uid)
    sub.block_at_registration.insert((netuid, uid), block)
    sub.is_network_member.insert((hotkey, netuid), True)


def _push(item: Any, key: Any, value: Any) -> None:
    item.insert(key, [*item.get(key), value])


def _set(item: Any, key: Any, position: int, value: Any) -> None:
    vector = list(item.get(key))
    if position < len(vector):
        vector[position] = value
    item.insert(key, vector)
