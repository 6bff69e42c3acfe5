"""Trimming: a subnet gives up uids, the lowest emission first, and the rest move together."""

from __future__ import annotations

from typing import Any

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import mechanisms, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase


def trim_to_max_allowed_uids(sub: SubtensorBase, netuid: int, maximum: int) -> None:
    """Lower the number of uids to `maximum`; immune neurons and the owner's stay.

    InvalidValue outside MinAllowedUids..MaxAllowedUids;
    TrimmingWouldExceedMaxImmunePercentage if 80% of what remains would be immune.
    """
    ensure(sub.networks_added.get(netuid), sub.Error.SubnetNotExists)
    ensure(maximum >= sub.min_allowed_uids.get(netuid), sub.Error.InvalidValue)
    ensure(maximum <= sub.max_allowed_uids.get(netuid), sub.Error.InvalidValue)
    sub.max_allowed_uids.insert(netuid, maximum)
    size = sub.subnetwork_n.get(netuid)
    if size <= maximum:
        return
    owned = {uid for uid, _ in uids.immune_owner_uids(sub, netuid)}
    staying = {u for u in range(size) if u in owned or uids.is_immune(sub, netuid, u)}
    percentage = min(len(staying) * 100 // max(maximum, 1), 100)
    ensure(
        percentage < sub.max_immune_uids_percentage,
        sub.Error.TrimmingWouldExceedMaxImmunePercentage,
    )
    kept = _drop_lowest(sub, netuid, size, maximum, staying)
    _compress(sub, netuid, kept)
    sub.subnetwork_n.insert(netuid, maximum)


def _drop_lowest(
    sub: SubtensorBase, netuid: int, size: int, maximum: int, staying: set[int]
) -> list[int]:
    """Remove the lowest emitters (of equals the highest uid); the uids that stay, ascending."""
    ranked = sorted(enumerate(sub.emission.get(netuid)), key=lambda pair: -pair[1])
    kept = {uid for uid, _ in ranked}
    left = size
    for uid, _ in reversed(ranked[:size]):
        if left == maximum:
            break
        if uid in staying:
            continue
        _remove(sub, netuid, uid)
        kept.discard(uid)
        left -= 1
    return sorted(kept)


def _remove(sub: SubtensorBase, netuid: int, uid: int) -> None:
    if sub.keys.contains((netuid, uid)):
        hotkey = sub.keys.get((netuid, uid))
        sub.uids.remove((netuid, hotkey))
        sub.is_network_member.remove((hotkey, netuid))
        sub.last_hotkey_emission_on_netuid.remove((hotkey, netuid))
        sub.alpha_dividends_per_subnet.remove((netuid, hotkey))
        sub.axons.remove((netuid, hotkey))
        sub.neuron_certificates.remove((netuid, hotkey))
        sub.prometheus.remove((netuid, hotkey))
    sub.keys.remove((netuid, uid))
    sub.block_at_registration.remove((netuid, uid))
    sub.associated_evm_address.remove((netuid, uid))
    for index in mechanisms.storage_indices(sub, netuid):
        sub.weights.remove((index, uid))
        sub.bonds.remove((index, uid))


def _compress(sub: SubtensorBase, netuid: int, kept: list[int]) -> None:
    """Number the kept uids anew from 0, and everything that refers to them."""
    indices = mechanisms.storage_indices(sub, netuid)
    for item, default in (
        (sub.emission, 0),
        (sub.active, False),
        (sub.consensus, 0),
        (sub.dividends, 0),
        (sub.validator_trust, 0),
        (sub.validator_permit, False),
        (sub.stake_weight, 0),
    ):
        _pick(item, netuid, kept, default)
    for index in indices:
        _pick(sub.incentive, index, kept, 0)
        _pick(sub.last_update, index, kept, 0)
    new_uid = {old: new for new, old in enumerate(kept)}
    for old, new in new_uid.items():
        for seat in (sub.keys, sub.associated_evm_address, sub.block_at_registration):
            _swap(seat, (netuid, old), (netuid, new))
        for index in indices:
            for rows in (sub.weights, sub.bonds):
                _swap(rows, (index, old), (index, new))
                row = rows.get((index, new))
                rows.insert((index, new), [(new_uid[t], v) for t, v in row if t in new_uid])
    sub.uids.clear((netuid,))
    for uid in new_uid.values():
        sub.uids.insert((netuid, sub.keys.get((netuid, uid))), uid)


def _pick(item: Any, key: int, kept: list[int], default: Any) -> None:
    vector = item.get(key)
    item.insert(key, [uids.at(vector, uid, default) for uid in kept])


def _swap(item: Any, one: Any, other: Any) -> None:
    if one == other:
        return
    values = [item.get(key) if item.contains(key) else None for key in (one, other)]
    for key, value in zip((other, one), values):
        if value is None:
            item.remove(key)
        else:
            item.insert(key, value)
