"""What holds of subnets, neurons, keys and their links between two extrinsics.

* `TotalNetworks` counts `NetworksAdded`, and nothing but an existing subnet has neurons.
* Uids and keys of a subnet are each other's inverse, and run from 0 to `SubnetworkN` less one.
* Every vector with an entry for each uid has `SubnetworkN` entries; `StakeWeight`, which only an
  epoch writes, and `LastUpdate` and `Incentive` of mechanisms that were added later may have fewer.
* A member is who has a uid.
* Owners and owned hotkeys agree; children and parents agree.
* Root stakers are indexed without gaps.
"""

from __future__ import annotations

from random_world import World

from taokit.local_chain.pallets.subtensor import mechanisms

NOBODY = bytes(32)
"""The owner, and the hotkey, of the subnet at genesis; written without its list."""


def check_networks(world: World) -> None:
    """Subnets and the neurons on them."""
    sub = world.sub
    netuids = sub.networks_added.keys()
    assert all(sub.networks_added.values())
    assert sub.total_networks.get() == len(netuids)
    for item in (sub.subnetwork_n, sub.subnet_owner, sub.subnet_tao, sub.subnet_alpha_in):
        assert set(item.keys()) <= set(netuids), item.name
    assert {netuid for netuid, _ in sub.keys.keys()} <= set(netuids)
    for netuid in netuids:
        _check_neurons(world, netuid)
    members = {key for key, member in sub.is_network_member.items() if member}
    assert members == {(hotkey, netuid) for netuid, hotkey in sub.uids.keys()}


def _check_neurons(world: World, netuid: int) -> None:
    sub = world.sub
    n = sub.subnetwork_n.get(netuid)
    keys = {uid: hotkey for (_, uid), hotkey in sub.keys.items((netuid,))}
    uids = {hotkey: uid for (_, hotkey), uid in sub.uids.items((netuid,))}
    assert sorted(keys) == list(range(n)), f"uids of subnet {netuid}"
    assert uids == {hotkey: uid for uid, hotkey in keys.items()}, f"keys of subnet {netuid}"
    assert {uid for _, uid in sub.block_at_registration.keys((netuid,))} == set(keys)
    for item in (
        sub.active,
        sub.emission,
        sub.consensus,
        sub.dividends,
        sub.validator_trust,
        sub.validator_permit,
    ):
        assert len(item.get(netuid)) == n, f"{item.name} of subnet {netuid}"
    assert len(sub.stake_weight.get(netuid)) <= n
    if netuid:
        assert n <= sub.max_allowed_uids.get(netuid), f"too many uids on {netuid}"
    for index in mechanisms.storage_indices(sub, netuid):
        assert len(sub.incentive.get(index)) <= n
        assert len(sub.last_update.get(index)) <= n
        for item in (sub.weights, sub.bonds):
            for (_, uid), row in item.items((index,)):
                assert uid < n, f"{item.name} of uid {uid} on {netuid}"
                assert all(target < n for target, _ in row), f"{item.name} to nobody on {netuid}"
    assert len(sub.incentive.get(netuid)) == n == len(sub.last_update.get(netuid))


def check_keys(world: World) -> None:
    """Who owns which hotkey, and whose child is whose."""
    sub = world.sub
    owned = {
        (hotkey, coldkey) for coldkey, hotkeys in sub.owned_hotkeys.items() for hotkey in hotkeys
    }
    assert owned == {pair for pair in sub.owner.items() if pair != (NOBODY, NOBODY)}
    for coldkey, hotkeys in [*sub.owned_hotkeys.items(), *sub.staking_hotkeys.items()]:
        assert len(set(hotkeys)) == len(hotkeys), coldkey.hex()
    assert all(sub.owner.contains(hotkey) for _, hotkey in sub.uids.keys())
    children = {
        (parent, child, netuid, part)
        for (parent, netuid), links in sub.child_keys.items()
        for part, child in links
    }
    parents = {
        (parent, child, netuid, part)
        for (child, netuid), links in sub.parent_keys.items()
        for part, parent in links
    }
    assert children == parents
    for links in sub.child_keys.values():
        assert sum(part for part, _ in links) <= 2**64 - 1


def check_root_index(world: World) -> None:
    """The coldkeys with root stake, numbered."""
    sub = world.sub
    numbered = dict(sub.staking_coldkeys_by_index.items())
    assert sorted(numbered) == list(range(sub.num_staking_coldkeys.get()))
    assert {who: number for number, who in numbered.items()} == dict(sub.staking_coldkeys.items())
