"""Registering neurons: the price, who pays, who is refused, and the root network."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import RICH, TAO, fund, jump_to, key, new_subnet, register
from vector_files import load

from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor import custody, uids

VECTORS = load("subnets")
U64_MAX = 2**64 - 1


@pytest.fixture
def opened(chain: Any) -> Any:
    """A chain with a block open."""
    chain.run_block(1)
    chain.begin_block()
    return chain


@pytest.mark.parametrize("vector", VECTORS["burn"], ids=lambda v: v["source"])
def test_the_price_falls_each_block_and_jumps_with_a_registration(
    opened: Any, vector: dict[str, Any]
) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    sub.burn_half_life.insert(netuid, vector["half_life"])
    sub.burn_increase_mult.insert(netuid, vector["multiplier"] << 64)
    sub.min_burn.insert(netuid, 0)
    sub.max_burn.insert(netuid, U64_MAX)
    sub.burn.insert(netuid, vector["burn"])
    for number in range(vector["registrations"]):
        register(opened, netuid, number)
    assert sub.burn.get(netuid) == vector["after_registrations"]
    opened.end_block()
    seen = []
    for _ in vector["after_blocks"]:
        opened.run_block(1)
        seen.append(sub.burn.get(netuid))
    assert seen == vector["after_blocks"]


def test_the_price_stays_between_its_bounds(opened: Any) -> None:
    """registration::test_burn_min_and_max_clamps_prevent_zero_stuck_and_cap_bump."""
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    sub.burn_half_life.insert(netuid, 1)
    sub.burn_increase_mult.insert(netuid, 2 << 64)
    sub.min_burn.insert(netuid, 100_000)
    sub.max_burn.insert(netuid, 150_000)
    sub.burn.insert(netuid, 1)
    opened.end_block()
    opened.run_block(1)
    assert sub.burn.get(netuid) == 100_000
    opened.begin_block()
    register(opened, netuid, 0)
    assert sub.burn.get(netuid) == 150_000


def test_a_registration_costs_the_burn_and_takes_the_bought_alpha_out(opened: Any) -> None:
    netuid = new_subnet(opened, start=False)
    sub, balances = opened.runtime.subtensor, opened.runtime.balances
    cost, out, pool = (
        sub.burn.get(netuid),
        sub.subnet_alpha_out.get(netuid),
        sub.subnet_tao.get(netuid),
    )
    coldkey, hotkey = fund(opened, key(1)), key(2)
    held = balances.free(custody.account_of_netuid(netuid))
    opened.call(coldkey, "SubtensorModule", "burned_register", netuid=netuid, hotkey=hotkey)
    assert balances.free(coldkey) == RICH - cost
    assert balances.free(custody.account_of_netuid(netuid)) == held + cost
    assert sub.subnet_alpha_out.get(netuid) == out
    assert pool < sub.subnet_tao.get(netuid) <= pool + cost
    assert sub.rao_recycled_for_registration.get(netuid) == cost
    assert sub.subnet_tao_flow.get(netuid) == cost
    assert uids.uid_of(sub, netuid, hotkey) == 1
    assert sub.owner.get(hotkey) == coldkey
    assert opened.events("SubtensorModule.NeuronRegistered")[-1] == (netuid, 1, hotkey)
    assert opened.events("SubtensorModule.RAORecycledForRegistrationSet")[-1] == (netuid, cost)


def test_a_poor_coldkey_pays_what_leaves_it_alive(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    coldkey = fund(opened, key(1), sub.burn.get(netuid))
    opened.call(coldkey, "SubtensorModule", "burned_register", netuid=netuid, hotkey=key(2))
    assert opened.runtime.balances.free(coldkey) == 500


def test_register_ignores_the_work_that_is_given(opened: Any) -> None:
    netuid = new_subnet(opened)
    coldkey, hotkey = fund(opened, key(1)), key(2)
    opened.call(
        coldkey,
        "SubtensorModule",
        "register",
        netuid=netuid,
        block_number=99,
        nonce=0,
        work=b"",
        hotkey=hotkey,
        coldkey=key(7),
    )
    assert opened.runtime.subtensor.owner.get(hotkey) == coldkey


def test_refusals_come_in_the_order_of_the_runtime(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    _, taken = register(opened, netuid, 0)
    poor, rich = key(8), fund(opened, key(9))

    def refusal(who: bytes, where: int, hotkey: bytes) -> str:
        return str(
            opened.refusal(who, "SubtensorModule", "burned_register", netuid=where, hotkey=hotkey)
        )

    assert refusal(poor, 0, taken) == "RegistrationNotPermittedOnRootSubnet"
    assert refusal(poor, 77, taken) == "SubnetNotExists"
    assert refusal(poor, netuid, taken) == "HotKeyAlreadyRegisteredInSubNet"
    assert refusal(poor, netuid, key(5)) == "NotEnoughBalanceToStake"
    assert refusal(rich, netuid, custody.account_of_netuid(5)) == "CannotUseSystemAccount"
    foreign = key(6)
    sub.owner.insert(foreign, key(7))
    assert refusal(rich, netuid, foreign) == "NonAssociatedColdKey"
    sub.max_allowed_uids.insert(netuid, 0)
    assert refusal(rich, netuid, key(5)) == "NoNeuronIdAvailable"
    sub.network_registration_allowed.insert(netuid, False)
    assert refusal(poor, netuid, taken) == "SubNetRegistrationDisabled"


def test_a_full_subnet_without_a_candidate_takes_no_money(opened: Any) -> None:
    """registration::test_registration_without_neuron_slot_doesnt_burn."""
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    sub.max_allowed_uids.insert(netuid, 1)
    coldkey = fund(opened, key(1))
    name = opened.refusal(
        coldkey, "SubtensorModule", "burned_register", netuid=netuid, hotkey=key(2)
    )
    assert name == "NoNeuronIdAvailable"
    assert opened.runtime.balances.free(coldkey) == RICH
    assert not sub.owner.contains(key(2))


def test_a_limit_is_held_against_the_price_before_anything_else(opened: Any) -> None:
    netuid = new_subnet(opened)
    cost = opened.runtime.subtensor.burn.get(netuid)
    coldkey = fund(opened, key(1))
    given = {"netuid": netuid, "hotkey": key(2)}
    refused = opened.refusal(
        coldkey, "SubtensorModule", "register_limit", limit_price=cost - 1, **given
    )
    assert refused == "RegistrationPriceLimitExceeded"
    opened.call(coldkey, "SubtensorModule", "register_limit", limit_price=cost, **given)
    assert uids.is_registered(opened.runtime.subtensor, netuid, key(2))


def test_the_root_takes_one_hotkey_a_block_and_three_in_its_first_interval(chain: Any) -> None:
    sub = chain.runtime.subtensor
    for number in range(3):
        chain.begin_block()
        coldkey, hotkey = key(number), key(100 + number)
        chain.call(coldkey, "SubtensorModule", "root_register", hotkey=hotkey)
        assert sub.uids.get((0, hotkey)) == number
        assert sub.delegates.get(hotkey) == 11_796
        refused = chain.refusal(key(50), "SubtensorModule", "root_register", hotkey=key(51))
        assert refused == "TooManyRegistrationsThisBlock"
        chain.end_block()
    chain.begin_block()
    refused = chain.refusal(key(50), "SubtensorModule", "root_register", hotkey=key(51))
    assert refused == "TooManyRegistrationsThisInterval"


def test_the_roots_interval_starts_anew_once_its_tempo_has_passed(chain: Any) -> None:
    sub = chain.runtime.subtensor
    sub.registrations_this_interval.insert(0, 3)
    chain.run_block(99)
    assert sub.registrations_this_interval.get(0) == 3
    chain.run_block(1)
    assert sub.registrations_this_interval.get(0) == 0


def test_a_full_root_gives_the_place_of_its_lowest_stake_to_a_higher_one(opened: Any) -> None:
    sub = opened.runtime.subtensor
    sub.max_allowed_uids.insert(0, 2)
    for uid, stake in enumerate((5 * TAO, 3 * TAO)):
        uids.append_neuron(sub, 0, key(uid), 1)
        sub.total_hotkey_alpha.insert((key(uid), 0), stake)
    newcomer = key(9)
    refused = opened.refusal(key(8), "SubtensorModule", "root_register", hotkey=newcomer)
    assert refused == "StakeTooLowForRoot"
    sub.total_hotkey_alpha.insert((newcomer, 0), 3 * TAO + 1)
    opened.call(key(8), "SubtensorModule", "root_register", hotkey=newcomer)
    assert sub.keys.get((0, 1)) == newcomer
    assert not sub.uids.contains((0, key(1)))


def test_genesis_is_the_localnets(chain: Any, mainnet_chain: Any) -> None:
    for one, owner in ((chain, account("//Alice")), (mainnet_chain, bytes(32))):
        sub = one.runtime.subtensor
        assert sub.networks_added.keys() == [0, 1]
        assert sub.total_networks.get() == 2
        assert sub.total_issuance.get() == 0
        assert sub.subnet_owner.get(0) == owner
        assert sub.token_symbol.get(0).decode() == "Τ"
        assert (sub.tempo.get(0), sub.tempo.get(1)) == (100, 100)
        assert sub.subnet_tao.get(1) == sub.subnet_alpha_in.get(1) == 10 * TAO
        assert sub.subnet_alpha_out.get(1) == sub.total_hotkey_alpha.get((bytes(32), 1)) == TAO
        assert sub.keys.get((1, 0)) == bytes(32)
        assert sub.first_emission_block_number.get(1) is None
        assert not sub.subtoken_enabled.get(0)
    assert (
        chain.runtime.subtensor.initial_tempo,
        mainnet_chain.runtime.subtensor.initial_tempo,
    ) == (
        10,
        360,
    )


def test_a_block_number_set_by_hand_counts_for_immunity(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    period = sub.immunity_period.get(netuid)
    registered = sub.block_at_registration.get((netuid, 0))
    jump_to(opened, registered + period - 1)
    assert uids.is_immune(sub, netuid, 0)
    jump_to(opened, registered + period)
    assert not uids.is_immune(sub, netuid, 0)
