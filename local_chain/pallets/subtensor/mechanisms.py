"""Mechanisms: several incentive mechanisms on one subnet, and how its emission is split.

A mechanism's weights, bonds, incentives and last updates are stored under one
index, `mechanism * 4096 + netuid`. It does not run them; the epoch does, and
splits the emission (`taokit.local_chain.yuma`).
"""

from __future__ import annotations

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import (
    DEFAULT_MAX_ALLOWED_UIDS,
    GLOBAL_MAX_SUBNET_COUNT,
    MAX_MECHANISM_COUNT_PER_SUBNET,
)

U16_MAX = 65_535


def storage_index(netuid: int, mechanism: int) -> int:
    """The index that a mechanism's storage lies under; 65535 beyond what fits."""
    return min(mechanism * GLOBAL_MAX_SUBNET_COUNT + netuid, U16_MAX)


def storage_indices(sub: SubtensorBase, netuid: int) -> list[int]:
    """The indices of a subnet's mechanisms, in order."""
    count = sub.mechanism_count_current.get(netuid)
    return [storage_index(netuid, mechanism) for mechanism in range(count)]


def exists(sub: SubtensorBase, netuid: int, mechanism: int) -> bool:
    """True if the subnet exists and has that mechanism."""
    return sub.networks_added.get(netuid) and sub.mechanism_count_current.get(netuid) > mechanism


def ensure_exists(sub: SubtensorBase, netuid: int, mechanism: int) -> None:
    """MechanismDoesNotExist unless subnet and mechanism exist."""
    ensure(exists(sub, netuid, mechanism), sub.Error.MechanismDoesNotExist)


def netuid_of(sub: SubtensorBase, index: int) -> int | None:
    """The subnet of a storage index; None if it or the mechanism does not exist."""
    mechanism, netuid = divmod(index, GLOBAL_MAX_SUBNET_COUNT)
    return netuid if exists(sub, netuid, mechanism) else None


def ensure_uids_fit(sub: SubtensorBase, max_uids: int, count: int) -> None:
    """TooManyUIDsPerMechanism if uids times mechanisms pass 256."""
    total = min(max_uids * count, U16_MAX)
    ensure(total <= DEFAULT_MAX_ALLOWED_UIDS, sub.Error.TooManyUIDsPerMechanism)


def set_count(sub: SubtensorBase, netuid: int, count: int) -> None:
    """Change how many mechanisms a subnet has; those that go lose their weights and commits."""
    ensure(sub.networks_added.get(netuid), sub.Error.MechanismDoesNotExist)
    ensure(count > 0, sub.Error.InvalidValue)
    ensure(count <= sub.max_mechanism_count.get(), sub.Error.InvalidValue)
    ensure_uids_fit(sub, sub.max_allowed_uids.get(netuid), count)
    ensure(count <= MAX_MECHANISM_COUNT_PER_SUBNET, sub.Error.InvalidValue)
    old = sub.mechanism_count_current.get(netuid)
    if old == count:
        return
    for mechanism in range(count, old):
        index = storage_index(netuid, mechanism)
        sub.weights.clear((index,))
        sub.incentive.remove(index)
        sub.last_update.remove(index)
        sub.bonds.clear((index,))
        sub.weight_commits.clear((index,))
        sub.timelocked_weight_commits.clear((index,))
    sub.mechanism_count_current.insert(netuid, count)
    sub.mechanism_emission_split.remove(netuid)


def set_max_count(sub: SubtensorBase, count: int) -> None:
    """Change how many mechanisms any subnet may have."""
    ensure(0 < count <= MAX_MECHANISM_COUNT_PER_SUBNET, sub.Error.InvalidValue)
    sub.max_mechanism_count.put(count)


def set_emission_split(sub: SubtensorBase, netuid: int, split: list[int] | None) -> None:
    """Split emission in parts of 65535, one part for each mechanism; None splits evenly."""
    ensure(sub.networks_added.get(netuid), sub.Error.MechanismDoesNotExist)
    if split is None:
        sub.mechanism_emission_split.remove(netuid)
        return
    ensure(bool(split), sub.Error.InvalidValue)
    ensure(len(split) <= sub.mechanism_count_current.get(netuid), sub.Error.InvalidValue)
    ensure(sum(split) == U16_MAX, sub.Error.InvalidValue)
    sub.mechanism_emission_split.insert(netuid, list(split))
