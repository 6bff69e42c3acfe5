"""Uids: who is pruned, what a newcomer finds, and how a subnet gives uids up."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import jump_to, key, new_subnet, register, seat
from vector_files import load

from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor import mechanisms, uids
from taokit.local_chain.pallets.subtensor.types import AxonInfo, NeuronCertificate, PrometheusInfo
from taokit.local_chain.pallets.subtensor.uid_trimming import trim_to_max_allowed_uids

VECTORS = load("subnets")
NETUID = 9


@pytest.fixture
def opened(chain: Any) -> Any:
    """A chain with a block open."""
    chain.run_block(1)
    chain.begin_block()
    return chain


def bare_subnet(chain: Any) -> Any:
    """A subnet without neurons or owner, under a netuid of its own; the pallet."""
    sub = chain.runtime.subtensor
    sub.networks_added.insert(NETUID, True)
    return sub


@pytest.mark.parametrize("vector", VECTORS["prune"], ids=lambda v: v["source"])
def test_the_pruned_uid_is_the_runtimes(opened: Any, vector: dict[str, Any]) -> None:
    sub = bare_subnet(opened)
    sub.immune_owner_uids_limit.insert(NETUID, 0)
    seat(opened, NETUID, vector["registered"])
    sub.emission.insert(NETUID, vector["emission"])
    sub.immunity_period.insert(NETUID, vector["immunity"])
    sub.min_non_immune_uids.insert(NETUID, vector["floor"])
    jump_to(opened, vector["now"])
    assert uids.neuron_to_prune(sub, NETUID) == vector["pruned"]


@pytest.mark.parametrize("vector", VECTORS["prune_owner"], ids=lambda v: str(v["limit"]))
def test_the_owners_hotkeys_are_spared_up_to_the_limit(opened: Any, vector: dict[str, Any]) -> None:
    sub = bare_subnet(opened)
    hotkeys = seat(opened, NETUID, vector["registered"])
    owner = key(1)
    sub.subnet_owner.insert(NETUID, owner)
    sub.subnet_owner_hotkey.insert(NETUID, hotkeys[0])
    sub.owned_hotkeys.insert(owner, hotkeys[:2])
    sub.immune_owner_uids_limit.insert(NETUID, vector["limit"])
    sub.immunity_period.insert(NETUID, vector["immunity"])
    sub.min_non_immune_uids.insert(NETUID, 0)
    sub.emission.insert(NETUID, vector["emission"])
    jump_to(opened, vector["now"])
    assert uids.neuron_to_prune(sub, NETUID) == vector["pruned"]


def test_nobody_is_pruned_where_all_are_the_owners(opened: Any) -> None:
    """uids::test_prune_all_owner_immortal_returns_none."""
    sub = bare_subnet(opened)
    hotkeys = seat(opened, NETUID, [1, 1, 1])
    sub.subnet_owner.insert(NETUID, key(1))
    sub.owned_hotkeys.insert(key(1), hotkeys)
    sub.immune_owner_uids_limit.insert(NETUID, 10)
    assert uids.neuron_to_prune(sub, NETUID) is None


def test_a_newcomer_finds_nothing_of_the_one_before(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    _, old = register(opened, netuid, 0)
    register(opened, netuid, 1)
    sub.max_allowed_uids.insert(netuid, 3)
    sub.min_non_immune_uids.insert(netuid, 0)
    sub.axons.insert((netuid, old), AxonInfo(1, 1, 1, 1, 4, 0, 0, 0))
    sub.prometheus.insert((netuid, old), PrometheusInfo(1, 1, 1, 1, 4))
    sub.neuron_certificates.insert((netuid, old), NeuronCertificate(b"key", 1))
    sub.emission.insert(netuid, [9, 0, 9])
    for item, value in ((sub.consensus, 7), (sub.dividends, 7), (sub.incentive, 7)):
        item.insert(netuid, [value] * 3)
    sub.validator_permit.insert(netuid, [True] * 3)
    sub.weights.insert((netuid, 1), [(0, 5)])
    sub.weights.insert((netuid, 2), [(0, 4), (1, 6)])
    sub.bonds.insert((netuid, 1), [(0, 5)])
    sub.immunity_period.insert(netuid, 0)
    jump_to(opened, 500)
    _, newcomer = register(opened, netuid, 2)
    assert sub.keys.get((netuid, 1)) == newcomer
    assert sub.block_at_registration.get((netuid, 1)) == 500
    assert not sub.uids.contains((netuid, old))
    assert not sub.is_network_member.contains((old, netuid))
    for item in (sub.axons, sub.prometheus, sub.neuron_certificates):
        assert not item.contains((netuid, old))
    assert sub.consensus.get(netuid) == [7, 0, 7]
    assert sub.incentive.get(netuid) == [7, 0, 7]
    assert sub.validator_permit.get(netuid) == [True, False, True]
    assert not sub.weights.contains((netuid, 1))
    assert not sub.bonds.contains((netuid, 1))
    assert sub.weights.get((netuid, 2)) == [(0, 4), (1, 0)]
    assert sub.last_update.get(netuid)[1] == 500


def test_the_subnet_owners_hotkey_keeps_its_uid(opened: Any) -> None:
    """uids::test_replace_neuron_subnet_owner_not_replaced_if_in_sn_owner_hotkey_map."""
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    uids.replace_neuron(sub, netuid, 0, key(1), 5)
    assert sub.keys.get((netuid, 0)) == account("//Alice_hk")
    assert not sub.uids.contains((netuid, key(1)))


def test_a_new_neuron_starts_in_every_mechanism(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    sub.mechanism_count_current.insert(netuid, 2)
    register(opened, netuid, 0)
    now = opened.runtime.system.block_number()
    second = mechanisms.storage_index(netuid, 1)
    assert second == 4096 + netuid
    assert sub.last_update.get(second) == [0, now]
    assert sub.incentive.get(second) == [0]
    assert sub.active.get(netuid) == [True, True]
    assert sub.stake_weight.get(netuid) == []


def test_trimming_keeps_the_best_and_numbers_them_anew(opened: Any) -> None:
    vector = VECTORS["trim"]
    values, size = vector["values"], len(vector["values"])
    sub = bare_subnet(opened)
    hotkeys = seat(opened, NETUID, [1] * size)
    sub.min_allowed_uids.insert(NETUID, 4)
    sub.mechanism_count_current.insert(NETUID, vector["mechanisms"])
    sub.immunity_period.insert(NETUID, 10)
    jump_to(opened, 100)
    sub.block_at_registration.insert((NETUID, vector["immune_uid"]), 100)
    vectors = (sub.emission, sub.consensus, sub.dividends, sub.validator_trust, sub.stake_weight)
    for item in vectors:
        item.insert(NETUID, values)
    flags = [bool(flag) for flag in vector["flags"]]
    sub.active.insert(NETUID, flags)
    indices = mechanisms.storage_indices(sub, NETUID)
    for index in indices:
        sub.incentive.insert(index, values)
        sub.last_update.insert(index, values)
        for uid in range(size):
            row = [(to, (uid + to) % 1000) for to in range(size) if to != uid]
            sub.weights.insert((index, uid), row)
    trim_to_max_allowed_uids(sub, NETUID, vector["to"])
    assert all(item.get(NETUID) == vector["left"] for item in vectors)
    kept = vector["kept_uids"]
    assert sub.active.get(NETUID) == [flags[uid] for uid in kept]
    assert [sub.keys.get((NETUID, uid)) for uid in range(8)] == [hotkeys[uid] for uid in kept]
    assert [sub.uids.get((NETUID, hotkeys[uid])) for uid in kept] == list(range(8))
    assert sub.subnetwork_n.get(NETUID) == sub.max_allowed_uids.get(NETUID) == 8
    gone = set(range(size)) - set(kept)
    assert not any(sub.uids.contains((NETUID, hotkeys[uid])) for uid in gone)
    for index in indices:
        assert sub.incentive.get(index) == sub.last_update.get(index) == vector["left"]
        for new, old in enumerate(kept):
            row = [(kept.index(to), (old + to) % 1000) for to in kept if to != old]
            assert sub.weights.get((index, new)) == row
        assert not any(sub.weights.contains((index, uid)) for uid in range(8, size))


def test_trimming_keeps_to_its_bounds(opened: Any) -> None:
    netuid = new_subnet(opened)
    trim = {"netuid": netuid}
    opened.call(None, "AdminUtils", "sudo_set_admin_freeze_window", window=0)

    def refusal(maximum: int) -> str:
        return str(
            opened.refusal(
                None, "AdminUtils", "sudo_trim_to_max_allowed_uids", max_n=maximum, **trim
            )
        )

    assert refusal(63) == "InvalidValue"
    assert refusal(257) == "InvalidValue"
    sub = opened.runtime.subtensor
    sub.min_allowed_uids.insert(netuid, 2)
    for number in range(4):
        register(opened, netuid, number)
    assert refusal(4) == "TrimmingWouldExceedMaxImmunePercentage"
