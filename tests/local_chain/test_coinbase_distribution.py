"""Who is paid at an epoch: owner, miners, validators with parents and stakers, root."""

from __future__ import annotations

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, U16_MAX, U64_MAX, add_neuron, add_subnet, give_stake, key, stake

from taokit.local_chain.arithmetic.fixed import U96F32
from taokit.local_chain.pallets.subtensor import distribution
from taokit.local_chain.pallets.subtensor.types import RecycleOrBurnEnum

NETUID = 2
COLD, HOT_1, HOT_2 = key(3), key(1), key(2)


@pytest.fixture
def subnet(chain: Chain) -> Chain:
    """A subnet with two hotkeys of one coldkey that take nothing."""
    chain.begin_block()
    add_subnet(chain, NETUID, tao=TAO, alpha=TAO, tempo=1)
    sub = chain.runtime.subtensor
    sub.commit_reveal_weights_enabled.insert(NETUID, False)
    for hotkey in (HOT_1, HOT_2):
        add_neuron(chain, NETUID, hotkey, COLD)
        sub.delegates.insert(hotkey, 0)
    sub.tao_weight.put(U64_MAX)
    return chain


def distribute(chain: Chain, server: int, validator: int, root: int = 0, cut: int = 0) -> None:
    sub = chain.runtime.subtensor
    distribution.distribute_emission(sub, NETUID, server, validator, root, cut)


def test_two_stakers_with_different_root_stake_share_what_waited(subnet: Chain) -> None:
    """coinbase.rs test_drain_base_..._registered_and_root_different_amounts, but by stake.

    Without weights an epoch pays by stake: 3 to 2 of alpha and root together; of that each
    hotkey's dividends go to alpha by its own alpha's part.
    """
    for hotkey, root_stake in ((HOT_1, 2 * TAO), (HOT_2, TAO)):
        give_stake(subnet, hotkey, COLD, NETUID, TAO)
        give_stake(subnet, hotkey, COLD, ROOT, root_stake)
    distribute(subnet, TAO // 2, TAO // 2)
    assert abs(stake(subnet, HOT_1, COLD, NETUID) - (TAO + TAO // 2)) <= 10
    assert abs(stake(subnet, HOT_2, COLD, NETUID) - (TAO + TAO // 2)) <= 10


def test_a_child_with_full_take_keeps_everything(subnet: Chain) -> None:
    """coinbase.rs test_get_root_children_drain_with_take."""
    sub = subnet.runtime.subtensor
    alice, bob, cold_alice, cold_bob = key(11), key(12), key(13), key(14)
    for hotkey, coldkey in ((alice, cold_alice), (bob, cold_bob)):
        add_neuron(subnet, NETUID, hotkey, coldkey)
        sub.delegates.insert(hotkey, 0)
        give_stake(subnet, hotkey, coldkey, ROOT, TAO)
        give_stake(subnet, hotkey, coldkey, NETUID, TAO)
    sub.childkey_take.insert((bob, NETUID), U16_MAX)
    sub.child_keys.insert((alice, NETUID), [(U64_MAX, bob)])
    sub.parent_keys.insert((bob, NETUID), [(U64_MAX, alice)])
    distribute(subnet, TAO // 2, TAO // 2)
    assert sub.alpha_dividends_per_subnet.get((NETUID, alice)) <= 10
    assert abs(sub.alpha_dividends_per_subnet.get((NETUID, bob)) - TAO) <= 10


def test_a_parent_of_the_same_owner_pays_no_take(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    give_stake(subnet, HOT_1, COLD, NETUID, TAO)
    give_stake(subnet, HOT_2, COLD, NETUID, TAO)
    sub.childkey_take.insert((HOT_2, NETUID), U16_MAX)
    sub.child_keys.insert((HOT_1, NETUID), [(U64_MAX, HOT_2)])
    sub.parent_keys.insert((HOT_2, NETUID), [(U64_MAX, HOT_1)])
    distribute(subnet, 0, TAO)
    for hotkey in (HOT_1, HOT_2):
        assert abs(sub.alpha_dividends_per_subnet.get((NETUID, hotkey)) - TAO // 2) <= 10


def test_delegates_keep_their_take_and_stakers_share_the_rest(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    nominator = key(50)
    give_stake(subnet, HOT_1, COLD, NETUID, TAO)
    give_stake(subnet, HOT_1, nominator, NETUID, 3 * TAO)
    sub.delegates.insert(HOT_1, U16_MAX // 5)
    distribute(subnet, 0, TAO)
    rest = TAO - TAO // 5
    assert abs(sub.alpha_dividends_per_subnet.get((NETUID, HOT_1)) - rest) <= 2
    # The take is staked first, so that it shares in the rest.
    owner_before = TAO + TAO // 5
    owner = owner_before + rest * owner_before // (4 * TAO + TAO // 5)
    assert abs(stake(subnet, HOT_1, COLD, NETUID) - owner) <= 3
    total = sub.total_hotkey_alpha.get((HOT_1, NETUID))
    assert total == sub.total_hotkey_alpha_last_epoch.get((HOT_1, NETUID))
    assert abs(total - 5 * TAO) <= 3


def test_the_owner_gets_the_cut(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    sub.subnet_owner.insert(NETUID, key(60))
    sub.subnet_owner_hotkey.insert(NETUID, key(61))
    distribute(subnet, 0, 0, cut=12_345)
    assert stake(subnet, key(61), key(60), NETUID) == 12_345


@pytest.mark.parametrize("recycle", [False, True])
def test_the_owners_miners_earn_nothing(subnet: Chain, recycle: bool) -> None:
    """coinbase.rs test_incentive_to_subnet_owner_is_burned, with the withheld part recorded."""
    sub, assets = subnet.runtime.subtensor, subnet.runtime.alpha_assets
    owner, owned, other = key(70), key(71), key(72)
    sub.subnet_owner.insert(NETUID, owner)
    sub.subnet_owner_hotkey.insert(NETUID, owned)
    add_neuron(subnet, NETUID, owned, owner)
    add_neuron(subnet, NETUID, other, key(73))
    sub.subnet_alpha_out.insert(NETUID, TAO)
    if recycle:
        sub.recycle_or_burn.insert(NETUID, RecycleOrBurnEnum.Recycle)
    distribution._pay_miners(sub, NETUID, {owned: 10_000_000, other: 30_000_000})
    assert stake(subnet, owned, owner, NETUID) == 0
    assert stake(subnet, other, key(73), NETUID) == 30_000_000
    assert sub.miner_burned.get(NETUID) == U96F32.one // 4
    counted = assets.alpha_recycled if recycle else assets.alpha_burned
    assert counted.get(NETUID) == 10_000_000
    assert sub.subnet_alpha_out.get(NETUID) == (TAO - 10_000_000 if recycle else TAO)


def test_incentives_go_where_their_owner_has_them_staked(subnet: Chain) -> None:
    """coinbase.rs test_incentive_is_autostaked_to_owner_destination."""
    sub = subnet.runtime.subtensor
    call = {"netuid": NETUID, "hotkey": HOT_2}
    subnet.call(COLD, "SubtensorModule", "set_coldkey_auto_stake_hotkey", **call)
    refused = subnet.refusal(COLD, "SubtensorModule", "set_coldkey_auto_stake_hotkey", **call)
    assert refused == "SameAutoStakeHotkeyAlreadySet"
    distribution._pay_miners(sub, NETUID, {HOT_1: 5_000})
    assert stake(subnet, HOT_1, COLD, NETUID) == 0
    assert stake(subnet, HOT_2, COLD, NETUID) == 5_000
    assert subnet.events("SubtensorModule.AutoStakeAdded") == [(NETUID, HOT_2, HOT_1, COLD, 5_000)]


def test_a_subnets_owner_hotkeys_are_the_newest_first(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    sub.subnet_owner.insert(NETUID, COLD)
    sub.block_at_registration.insert((NETUID, 0), 5)
    sub.block_at_registration.insert((NETUID, 1), 9)
    assert distribution.owner_hotkeys(sub, NETUID) == [HOT_2, HOT_1]
    stranger = key(80)
    add_neuron(subnet, NETUID, stranger, key(81))
    sub.subnet_owner_hotkey.insert(NETUID, stranger)
    assert distribution.owner_hotkeys(sub, NETUID) == [stranger, HOT_2, HOT_1]


def test_everything_that_waited_is_paid_but_for_floors(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    for hotkey in (HOT_1, HOT_2):
        give_stake(subnet, hotkey, COLD, NETUID, 7 * TAO)
        give_stake(subnet, hotkey, COLD, ROOT, 5 * TAO)
        sub.delegates.insert(hotkey, 11_796)
    distribute(subnet, 600_000_001, 399_999_999, root=123_456_789)
    paid = sum(sub.total_hotkey_alpha.get((hotkey, NETUID)) - 7 * TAO for hotkey in (HOT_1, HOT_2))
    root_part = sum(
        sub.root_alpha_dividends_per_subnet.get((NETUID, hotkey)) for hotkey in (HOT_1, HOT_2)
    )
    assert 0 <= 1_000_000_000 + 123_456_789 - paid - root_part <= 20
