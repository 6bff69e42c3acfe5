"""Root dividends: what is owed, what a claim pays, and who is claimed for."""

from __future__ import annotations

import pytest
from chain_under_test import Chain
from economy import (
    ROOT,
    TAO,
    U64_MAX,
    add_neuron,
    add_subnet,
    fund,
    give_stake,
    key,
    open_root,
    stake,
)
from vector_files import load

from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.pallets.subtensor import custody, distribution, root_claims
from taokit.local_chain.pallets.subtensor.types import RootClaimTypeEnum

NETUID = 2
OWNER, HOT, COLD, OTHER = key(1001), key(1002), key(1003), key(10_010)
MODULE = "SubtensorModule"
INDICES = load("root_claims")["block_hash_to_indices"]


@pytest.fixture
def subnet(chain: Chain) -> Chain:
    """A subnet at price one half with one validator, whose alpha stake is its owner's."""
    sub = chain.runtime.subtensor
    add_subnet(chain, NETUID, tao=50 * TAO, alpha=100 * TAO)
    open_root(chain)
    add_neuron(chain, NETUID, HOT, OWNER)
    sub.tao_weight.put(U64_MAX)
    sub.commit_reveal_weights_enabled.insert(NETUID, False)
    chain.begin_block()
    chain.runtime.events.clear()
    return chain


def pay_root(chain: Chain, amount: int) -> None:
    distribution.distribute_emission(chain.runtime.subtensor, NETUID, 0, 0, amount, 0)


def claim(chain: Chain, who: bytes = COLD) -> None:
    chain.call(who, MODULE, "claim_root", subnets=[NETUID])


def set_type(chain: Chain, kind: RootClaimTypeEnum) -> None:
    chain.call(COLD, MODULE, "set_root_claim_type", new_root_claim_type=kind)


def test_a_kept_claim_is_staked_where_it_was_earned(subnet: Chain) -> None:
    """claim_root.rs test_claim_root_with_drain_emissions."""
    sub = subnet.runtime.subtensor
    give_stake(subnet, HOT, COLD, ROOT, 2_000_000)
    give_stake(subnet, HOT, OWNER, NETUID, 10_000_000)
    pay_root(subnet, 1_000_000)
    assert abs(stake(subnet, HOT, OWNER, NETUID) - (10_000_000 + 180_000)) <= 100
    rate = sub.root_claimable.get(HOT)[NETUID]
    assert abs(rate / 2**32 - 0.41) < 0.001
    set_type(subnet, RootClaimTypeEnum.Keep())
    claim(subnet)
    first = stake(subnet, HOT, COLD, NETUID)
    assert abs(first - (2_000_000 * rate >> 32)) <= 10
    assert sub.root_claimed.get((NETUID, HOT, COLD)) == first
    pay_root(subnet, 1_000_000)
    rate = sub.root_claimable.get(HOT)[NETUID]
    claim(subnet)
    second = stake(subnet, HOT, COLD, NETUID)
    assert abs(second - (2_000_000 * rate >> 32)) <= 10
    assert abs(sub.root_claimed.get((NETUID, HOT, COLD)) - second) <= 1


def test_a_swapped_claim_becomes_root_stake(subnet: Chain) -> None:
    """claim_root.rs test_claim_root_with_drain_emissions_and_swap_claim_type."""
    sub = subnet.runtime.subtensor
    give_stake(subnet, HOT, COLD, ROOT, 2_000_000)
    give_stake(subnet, HOT, OTHER, ROOT, 9 * 2_000_000)
    give_stake(subnet, HOT, OWNER, NETUID, 10_000_000)
    sub.subnet_alpha_out.insert(NETUID, 10_000_000)
    staked, increments = 2_000_000, [0.0]
    for _ in range(3):
        pay_root(subnet, 10_000_000)
        claim(subnet)
        part = (2_000_000 + sum(increments)) / (20_000_000 + sum(increments))
        increments.append(10_000_000 * 0.82 * 0.5 * part)
        now = stake(subnet, HOT, COLD, ROOT)
        assert abs(now - (staked + increments[-1])) <= 10_000
        staked = now
    assert sub.subnet_root_sell_tao.get(NETUID) == staked - 2_000_000
    assert sub.subnet_tao.get(ROOT) == staked - 2_000_000
    assert sub.subnet_protocol_flow.get(NETUID) == -(staked - 2_000_000)
    held = subnet.runtime.balances.free(custody.account_of_netuid(ROOT))
    assert held == 1_000 + staked - 2_000_000


def test_what_is_below_the_threshold_waits(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    give_stake(subnet, HOT, COLD, ROOT, 2_000_000)
    give_stake(subnet, HOT, OWNER, NETUID, 10_000_000)
    set_type(subnet, RootClaimTypeEnum.Keep())
    pay_root(subnet, 600_000)
    claim(subnet)
    assert stake(subnet, HOT, COLD, NETUID) == 0
    subnet.call(None, MODULE, "sudo_set_root_claim_threshold", netuid=NETUID, new_value=400_000)
    assert sub.root_claimable_threshold.get(NETUID) == I96F32.from_int(400_000)
    claim(subnet)
    assert stake(subnet, HOT, COLD, NETUID) > 400_000


def test_claims_may_be_kept_on_some_subnets_only(subnet: Chain) -> None:
    give_stake(subnet, HOT, COLD, ROOT, 2_000_000)
    give_stake(subnet, HOT, OWNER, NETUID, 10_000_000)
    subnet.runtime.subtensor.subnet_alpha_out.insert(NETUID, 20_000_000)
    pay_root(subnet, 1_500_000)
    set_type(subnet, RootClaimTypeEnum.KeepSubnets([9]))
    claim(subnet)
    assert stake(subnet, HOT, COLD, NETUID) == 0
    assert stake(subnet, HOT, COLD, ROOT) > 2_000_000
    pay_root(subnet, 1_500_000)
    set_type(subnet, RootClaimTypeEnum.KeepSubnets([NETUID]))
    claim(subnet)
    assert stake(subnet, HOT, COLD, NETUID) > 0


def test_stake_added_later_earned_nothing_before(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    give_stake(subnet, HOT, COLD, ROOT, 2_000_000)
    give_stake(subnet, HOT, OWNER, NETUID, 10_000_000)
    pay_root(subnet, 1_000_000)
    fund(subnet, OTHER, 10 * TAO)
    call = {"hotkey": HOT, "netuid": ROOT}
    subnet.call(OTHER, MODULE, "add_stake", **call, amount_staked=TAO)
    assert root_claims.owed_alpha(sub, HOT, OTHER, NETUID) == 0
    owed = root_claims.owed_alpha(sub, HOT, COLD, NETUID)
    assert 810_000 < owed < 830_000
    subnet.call(OTHER, MODULE, "remove_stake", **call, amount_unstaked=TAO)
    assert sub.root_claimed.get((NETUID, HOT, OTHER)) == 0
    assert root_claims.owed_alpha(sub, HOT, COLD, NETUID) == owed


def test_more_alpha_than_root_stake_goes_to_the_owner(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    give_stake(subnet, HOT, COLD, ROOT, 1_000)
    root_claims.increase_claimable(sub, HOT, NETUID, 1_001)
    assert stake(subnet, HOT, OWNER, NETUID) == 1_001
    assert sub.root_claimable.get(HOT) == {}
    root_claims.increase_claimable(sub, HOT, NETUID, 1_000)
    assert sub.root_claimable.get(HOT) == {NETUID: I96F32.one}


@pytest.mark.parametrize(("block_hash", "expected"), INDICES["rows"])
def test_the_block_hash_picks_who_is_claimed_for(block_hash: str, expected: list[int]) -> None:
    raw = bytes.fromhex(block_hash)
    assert root_claims.indices_from_hash(raw, INDICES["picks"], INDICES["count"]) == expected
    assert root_claims.indices_from_hash(raw, 0, 10) == []


def test_a_block_claims_for_indexed_coldkeys(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    fund(subnet, COLD, 10 * TAO)
    subnet.call(COLD, MODULE, "add_stake", hotkey=HOT, netuid=ROOT, amount_staked=TAO)
    give_stake(subnet, HOT, OWNER, NETUID, 10_000_000)
    set_type(subnet, RootClaimTypeEnum.Keep())
    pay_root(subnet, 1_000_000)
    subnet.end_block()
    subnet.begin_block()
    assert (COLD,) in subnet.events("SubtensorModule.RootClaimed")
    assert stake(subnet, HOT, COLD, NETUID) > 800_000
    assert sub.num_staking_coldkeys.get() == 1


def test_leaving_the_index_moves_the_last_one_up(chain: Chain) -> None:
    sub = chain.runtime.subtensor
    for number in range(4):
        root_claims.add_coldkey_to_index(sub, key(number))
    root_claims.add_coldkey_to_index(sub, key(2))
    root_claims.remove_coldkey_from_index(sub, key(1))
    root_claims.remove_coldkey_from_index(sub, key(1))
    assert sub.num_staking_coldkeys.get() == 3
    assert [sub.staking_coldkeys_by_index.get(i) for i in range(4)] == [
        key(0),
        key(3),
        key(2),
        None,
    ]
    assert sub.staking_coldkeys.get(key(3)) == 1


def test_root_stakers_are_found_in_batches_of_thirty(chain: Chain) -> None:
    sub = chain.runtime.subtensor
    for number in range(70):
        give_stake(chain, key(500), key(600 + number), ROOT, 1_000)
    found, positions = [], []
    for _ in range(3):
        root_claims.index_next_batch(sub)
        found.append(sub.num_staking_coldkeys.get())
        positions.append(sub.alpha_v2_map_last_key.get())
    # Subnet 1 of the genesis has one share, which is not on root.
    assert found[2] == 70
    assert 59 <= found[1] <= 60
    assert 29 <= found[0] <= 30
    assert positions[0] is not None
    assert positions[2] is None


@pytest.mark.parametrize("subnets", [[], [1, 2, 3, 4, 5, 6]])
def test_a_claim_names_one_to_five_subnets(subnet: Chain, subnets: list[int]) -> None:
    refused = subnet.refusal(COLD, MODULE, "claim_root", subnets=subnets)
    assert refused == "InvalidSubnetNumber"


def test_a_subnet_named_twice_counts_once(subnet: Chain) -> None:
    subnet.call(COLD, MODULE, "claim_root", subnets=[1, 2, 3, 4, 5, 5, 1])
    refused = subnet.refusal(COLD, MODULE, "claim_root", subnets=[1, 2, 3, 4, 5, 6])
    assert refused == "InvalidSubnetNumber"


def test_keeping_no_subnets_is_refused(subnet: Chain) -> None:
    kind = RootClaimTypeEnum.KeepSubnets([])
    refused = subnet.refusal(COLD, MODULE, "set_root_claim_type", new_root_claim_type=kind)
    assert refused == "InvalidSubnetNumber"
