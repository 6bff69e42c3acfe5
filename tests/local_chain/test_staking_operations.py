"""What staking calls move, pay and refuse, seen through balances, stakes, reserves and events."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, add_hotkey, add_subnet, fund, give_stake, key, open_root, stake

from taokit.local_chain.pallets.subtensor import custody

COLD, OTHER_COLD, HOT, OTHER_HOT = key(101), key(102), key(201), key(202)
RESERVE = 1_000 * TAO
MODULE = "SubtensorModule"


@pytest.fixture
def market(chain: Chain) -> Chain:
    """Two markets at price 1, root open, and a coldkey with 100 TAO and two hotkeys."""
    add_subnet(chain, 2, tao=RESERVE, alpha=RESERVE)
    add_subnet(chain, 3, tao=RESERVE, alpha=RESERVE)
    open_root(chain)
    fund(chain, COLD, 100 * TAO)
    add_hotkey(chain, HOT, COLD)
    add_hotkey(chain, OTHER_HOT, COLD)
    chain.begin_block()
    for netuid in (2, 3):
        chain.runtime.subtensor.subnet_alpha_out.insert(netuid, 0)
    chain.runtime.events.clear()
    return chain


def add(chain: Chain, amount: int, netuid: int = 2, who: bytes = COLD, hotkey: bytes = HOT) -> None:
    chain.call(who, MODULE, "add_stake", hotkey=hotkey, netuid=netuid, amount_staked=amount)


def balance(chain: Chain, who: bytes) -> int:
    free: int = chain.runtime.balances.free(who)
    return free


def author(chain: Chain) -> bytes:
    found = chain.runtime.aura.author()
    assert found is not None
    return found


# -- add -------------------------------------------------------------------------------------------


def test_a_stake_buys_alpha_and_pays_the_author(market: Chain) -> None:
    earned = balance(market, author(market))
    add(market, 10 * TAO)
    fee = 10 * TAO * 33 // 65_535
    sub = market.runtime.subtensor
    alpha = stake(market, HOT, COLD, 2)
    paid_in = 10 * TAO - fee
    assert abs(alpha - RESERVE * paid_in // (RESERVE + paid_in)) <= 2
    assert balance(market, COLD) == 90 * TAO
    assert balance(market, author(market)) == earned + fee
    assert sub.subnet_tao.get(2) == RESERVE + paid_in
    assert sub.subnet_alpha_in.get(2) == RESERVE - alpha
    assert sub.subnet_alpha_out.get(2) == alpha
    assert sub.subnet_volume.get(2) == 10 * TAO
    assert sub.subnet_tao_flow.get(2) == paid_in
    assert market.events("SubtensorModule.StakeAdded") == [(COLD, HOT, 10 * TAO, alpha, 2, fee)]
    assert HOT in sub.staking_hotkeys.get(COLD)


def test_events_of_a_stake_come_in_the_runtimes_order(market: Chain) -> None:
    add(market, 10 * TAO)
    names = [f"{e.spec.pallet_name}.{e.spec.name}" for e in market.runtime.events]
    assert names == ["Balances.Transfer", "Balances.Transfer", "SubtensorModule.StakeAdded"]


def test_staking_the_whole_balance_leaves_the_existential_deposit(market: Chain) -> None:
    add(market, 100 * TAO)
    assert balance(market, COLD) == 500
    assert market.events("SubtensorModule.StakeAdded")[0][2] == 100 * TAO - 500


def test_a_root_stake_is_one_to_one_without_fee(market: Chain) -> None:
    add(market, 7 * TAO, netuid=ROOT)
    sub = market.runtime.subtensor
    assert stake(market, HOT, COLD, ROOT) == 7 * TAO
    assert sub.subnet_tao.get(ROOT) == 7 * TAO == sub.subnet_alpha_out.get(ROOT)
    assert sub.staking_coldkeys.contains(COLD)
    assert market.events("SubtensorModule.StakeAdded") == [(COLD, HOT, 7 * TAO, 7 * TAO, ROOT, 0)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"netuid": 9}, "SubnetNotExists"),
        ({"amount_staked": 2_000_000}, "AmountTooLow"),
        ({"amount_staked": 101 * TAO}, "NotEnoughBalanceToStake"),
        ({"hotkey": key(999)}, "HotKeyAccountNotExists"),
        ({"amount_staked": 1_000 * RESERVE + 1}, "InsufficientLiquidity"),
    ],
)
def test_a_stake_is_refused(market: Chain, change: dict[str, Any], error: str) -> None:
    args = {"hotkey": HOT, "netuid": 2, "amount_staked": TAO} | change
    assert market.refusal(COLD, MODULE, "add_stake", **args) == error
    assert balance(market, COLD) == 100 * TAO


def test_the_least_stake_is_the_minimum_and_its_fee(market: Chain) -> None:
    least = 2_000_000 + 2_000_000 * 33 // 65_535
    args = {"hotkey": HOT, "netuid": 2}
    refused = market.refusal(COLD, MODULE, "add_stake", **args, amount_staked=least - 1)
    assert refused == "AmountTooLow"
    add(market, least)


def test_a_subnet_that_has_not_started_takes_no_stake(market: Chain) -> None:
    market.runtime.subtensor.subtoken_enabled.insert(2, False)
    args = {"hotkey": HOT, "netuid": 2, "amount_staked": TAO}
    assert market.refusal(COLD, MODULE, "add_stake", **args) == "SubtokenDisabled"


def test_a_limited_stake_fills_or_is_refused(market: Chain) -> None:
    args = {"hotkey": HOT, "netuid": 2, "amount_staked": 50 * TAO, "limit_price": 1_010_000_000}
    refused = market.refusal(COLD, MODULE, "add_stake_limit", **args, allow_partial=False)
    assert refused == "SlippageTooHigh"
    market.call(COLD, MODULE, "add_stake_limit", **args, allow_partial=True)
    price = market.runtime.swap.current_alpha_price(2)
    assert 1_009_990_000 <= price <= 1_010_000_000
    # The price rises by 1 % when the pool's TAO rises by half of that.
    assert 4.9 * TAO < market.events("SubtensorModule.StakeAdded")[0][2] < 5.1 * TAO


def test_a_limit_below_the_price_is_refused_by_the_market(market: Chain) -> None:
    args = {"hotkey": HOT, "netuid": 2, "amount_staked": TAO, "limit_price": TAO}
    refused = market.refusal(COLD, MODULE, "add_stake_limit", **args, allow_partial=True)
    assert refused == "PriceLimitExceeded"


def test_nominating_with_a_limit_writes_the_hotkeys_take_down(market: Chain) -> None:
    fund(market, OTHER_COLD, 10 * TAO)
    args = {"hotkey": HOT, "netuid": 2, "amount_staked": TAO, "limit_price": 2 * TAO}
    market.call(COLD, MODULE, "add_stake_limit", **args, allow_partial=False)
    assert not market.runtime.subtensor.delegates.contains(HOT)
    market.call(OTHER_COLD, MODULE, "add_stake_limit", **args, allow_partial=False)
    assert market.runtime.subtensor.delegates.contains(HOT)


# -- remove ----------------------------------------------------------------------------------------


def test_unstaking_sells_alpha_and_its_fee(market: Chain) -> None:
    add(market, 10 * TAO)
    alpha = stake(market, HOT, COLD, 2)
    earned, held = balance(market, author(market)), balance(market, COLD)
    market.runtime.events.clear()
    market.call(COLD, MODULE, "remove_stake", hotkey=HOT, netuid=2, amount_unstaked=alpha)
    fee = alpha * 33 // 65_535
    (removed,) = market.events("SubtensorModule.StakeRemoved")
    coldkey, hotkey, tao, paid_in, netuid, paid_fee = removed
    assert (coldkey, hotkey, netuid) == (COLD, HOT, 2)
    assert abs(paid_fee - fee) <= 1
    assert paid_in == alpha - paid_fee
    assert balance(market, COLD) == held + tao
    assert balance(market, author(market)) > earned
    assert stake(market, HOT, COLD, 2) == 0
    assert market.runtime.subtensor.subnet_alpha_out.get(2) == 0
    assert HOT in market.runtime.subtensor.staking_hotkeys.get(COLD)


def test_asking_for_more_than_there_is_unstakes_everything(market: Chain) -> None:
    add(market, TAO)
    market.call(COLD, MODULE, "remove_stake", hotkey=HOT, netuid=2, amount_unstaked=10**18)
    assert stake(market, HOT, COLD, 2) == 0


def test_a_part_below_the_minimum_is_not_unstaked_but_a_rest_is(market: Chain) -> None:
    add(market, TAO)
    args = {"hotkey": HOT, "netuid": 2}
    refused = market.refusal(COLD, MODULE, "remove_stake", **args, amount_unstaked=1_000_000)
    assert refused == "AmountTooLow"
    market.call(
        COLD, MODULE, "remove_stake", **args, amount_unstaked=stake(market, HOT, COLD, 2) - 1_000
    )
    assert stake(market, HOT, COLD, 2) == 1_000
    market.call(COLD, MODULE, "remove_stake", **args, amount_unstaked=1_000)
    assert stake(market, HOT, COLD, 2) == 0


def test_nothing_to_unstake_is_refused(market: Chain) -> None:
    args = {"hotkey": HOT, "netuid": 2, "amount_unstaked": TAO}
    assert market.refusal(COLD, MODULE, "remove_stake", **args) == "AmountTooLow"


def test_a_limited_sale_refunds_what_it_did_not_sell(market: Chain) -> None:
    add(market, 50 * TAO)
    before = stake(market, HOT, COLD, 2)
    price = market.runtime.swap.current_alpha_price(2)
    args = {"hotkey": HOT, "netuid": 2, "amount_unstaked": before}
    limit = price * 99 // 100
    refused = market.refusal(
        COLD, MODULE, "remove_stake_limit", **args, limit_price=limit, allow_partial=False
    )
    assert refused == "SlippageTooHigh"
    market.call(COLD, MODULE, "remove_stake_limit", **args, limit_price=limit, allow_partial=True)
    sold, fee = market.events("SubtensorModule.StakeRemoved")[0][3::2]
    assert abs(before - stake(market, HOT, COLD, 2) - sold - fee) <= 1
    assert 0 < sold < before


def test_leaving_in_full_needs_no_amount(market: Chain) -> None:
    add(market, TAO)
    args = {"hotkey": HOT, "netuid": 2}
    refused = market.refusal(COLD, MODULE, "remove_stake_full_limit", **args, limit_price=2 * TAO)
    assert refused == "PriceLimitExceeded"
    market.call(COLD, MODULE, "remove_stake_full_limit", **args, limit_price=None)
    assert stake(market, HOT, COLD, 2) == 0


def test_unstake_all_leaves_no_subnet_out(market: Chain) -> None:
    for netuid in (ROOT, 2, 3):
        add(market, 5 * TAO, netuid=netuid)
    market.call(COLD, MODULE, "unstake_all", hotkey=HOT)
    assert [stake(market, HOT, COLD, netuid) for netuid in (ROOT, 2, 3)] == [0, 0, 0]
    assert not market.runtime.subtensor.staking_coldkeys.contains(COLD)


def test_unstake_all_alpha_moves_everything_to_root(market: Chain) -> None:
    for netuid in (2, 3):
        add(market, 5 * TAO, netuid=netuid)
    held = balance(market, COLD)
    market.call(COLD, MODULE, "unstake_all_alpha", hotkey=HOT)
    assert [stake(market, HOT, COLD, netuid) for netuid in (2, 3)] == [0, 0]
    assert 9.9 * TAO < stake(market, HOT, COLD, ROOT) < 10 * TAO
    assert balance(market, COLD) == held


def test_a_small_rest_of_a_nominator_is_swept_out(market: Chain) -> None:
    fund(market, OTHER_COLD, 10 * TAO)
    add(market, 2 * TAO, who=OTHER_COLD)
    # 500 times the least stake of 0.002 TAO, in millionths: one TAO.
    market.runtime.subtensor.nominator_min_required_stake.put(500_000_000)
    part = stake(market, HOT, OTHER_COLD, 2) - 500_000_000
    market.call(OTHER_COLD, MODULE, "remove_stake", hotkey=HOT, netuid=2, amount_unstaked=part)
    assert stake(market, HOT, OTHER_COLD, 2) == 0
    assert len(market.events("SubtensorModule.StakeRemoved")) == 2


def test_unstaking_below_the_threshold_drops_waiting_children(market: Chain) -> None:
    sub = market.runtime.subtensor
    add(market, 2 * TAO)
    sub.stake_threshold.put(TAO)
    sub.pending_child_keys.insert((2, HOT), ([(1, OTHER_HOT)], 10**9))
    market.call(COLD, MODULE, "remove_stake", hotkey=HOT, netuid=2, amount_unstaked=TAO // 2)
    assert sub.pending_child_keys.contains((2, HOT))
    market.call(COLD, MODULE, "remove_stake", hotkey=HOT, netuid=2, amount_unstaked=TAO)
    assert not sub.pending_child_keys.contains((2, HOT))


# -- move ------------------------------------------------------------------------------------------


def test_moving_on_one_subnet_costs_nothing(market: Chain) -> None:
    add(market, 10 * TAO)
    alpha = stake(market, HOT, COLD, 2)
    price = market.runtime.swap.price(2)
    market.runtime.events.clear()
    market.call(
        COLD,
        MODULE,
        "move_stake",
        origin_hotkey=HOT,
        destination_hotkey=OTHER_HOT,
        origin_netuid=2,
        destination_netuid=2,
        alpha_amount=alpha,
    )
    assert (stake(market, HOT, COLD, 2), stake(market, OTHER_HOT, COLD, 2)) == (0, alpha)
    worth = price * alpha >> 64
    assert market.events("SubtensorModule.StakeMoved") == [(COLD, HOT, 2, OTHER_HOT, 2, worth)]
    assert market.events("SubtensorModule.StakeRemoved") == [(COLD, HOT, worth, alpha, 2, 0)]
    assert market.events("SubtensorModule.StakeAdded") == [(COLD, OTHER_HOT, worth, alpha, 2, 0)]
    assert market.runtime.swap.price(2) == price


def swap_stake(chain: Chain, origin: int, destination: int, alpha: int) -> None:
    chain.call(
        COLD,
        MODULE,
        "swap_stake",
        hotkey=HOT,
        origin_netuid=origin,
        destination_netuid=destination,
        alpha_amount=alpha,
    )


def test_swapping_between_subnets_pays_one_fee(market: Chain) -> None:
    add(market, 10 * TAO)
    alpha = stake(market, HOT, COLD, 2)
    market.runtime.events.clear()
    swap_stake(market, 2, 3, alpha)
    (removed,) = market.events("SubtensorModule.StakeRemoved")
    (added,) = market.events("SubtensorModule.StakeAdded")
    assert removed[5] > 0
    assert added[5] == 0
    assert market.events("SubtensorModule.StakeSwapped") == [(COLD, HOT, 2, 3, removed[2])]
    assert stake(market, HOT, COLD, 3) == added[3] > 0


def test_from_root_the_other_side_pays_the_fee(market: Chain) -> None:
    add(market, 10 * TAO, netuid=ROOT)
    market.runtime.events.clear()
    swap_stake(market, ROOT, 2, 10 * TAO)
    assert market.events("SubtensorModule.StakeRemoved")[0][5] == 0
    assert market.events("SubtensorModule.StakeAdded")[0][5] > 0


def test_stake_worth_exactly_the_minimum_is_not_moved_between_subnets(market: Chain) -> None:
    give_stake(market, HOT, COLD, ROOT, 10 * TAO)
    market.runtime.subtensor.subnet_tao.insert(ROOT, 10 * TAO)
    fund(market, custody.account_of_netuid(ROOT), 10 * TAO)
    args = {"hotkey": HOT, "origin_netuid": ROOT, "destination_netuid": 2}
    refused = market.refusal(COLD, MODULE, "swap_stake", **args, alpha_amount=2_000_000)
    assert refused == "AmountTooLow"
    swap_stake(market, ROOT, 2, 2_000_001)


def test_what_shrinks_below_the_minimum_on_the_way_stays_as_tao(market: Chain) -> None:
    add(market, 10 * TAO)
    held = balance(market, COLD)
    alpha = 2_000_000 + 1_500
    while market.runtime.swap.simulate_sell(2, alpha).paid_out <= 2_000_000:
        alpha += 1
    market.runtime.subtensor.subnet_tao.insert(3, RESERVE)
    market.runtime.events.clear()
    swap_stake(market, 2, 3, alpha)
    # The simulated sale clears the minimum by one rao, so that the real one is restaked.
    assert balance(market, COLD) == held
    assert len(market.events("SubtensorModule.StakeAdded")) == 1


def test_transferred_stake_changes_owner_unless_switched_off(market: Chain) -> None:
    add(market, 10 * TAO)
    alpha = stake(market, HOT, COLD, 2)
    args = {
        "destination_coldkey": OTHER_COLD,
        "hotkey": HOT,
        "origin_netuid": 2,
        "destination_netuid": 2,
        "alpha_amount": alpha,
    }
    market.runtime.subtensor.transfer_toggle.insert(2, False)
    assert market.refusal(COLD, MODULE, "transfer_stake", **args) == "TransferDisallowed"
    market.runtime.subtensor.transfer_toggle.insert(2, True)
    market.call(COLD, MODULE, "transfer_stake", **args)
    assert (stake(market, HOT, COLD, 2), stake(market, HOT, OTHER_COLD, 2)) == (0, alpha)


def test_a_move_that_moves_nothing_is_refused(market: Chain) -> None:
    add(market, 10 * TAO)
    args = {"hotkey": HOT, "origin_netuid": 2, "destination_netuid": 2, "alpha_amount": TAO}
    assert market.refusal(COLD, MODULE, "swap_stake", **args) == "SameNetuid"


# -- recycle, burn, associate ----------------------------------------------------------------------


def test_recycled_alpha_leaves_the_issuance_and_burned_alpha_does_not(market: Chain) -> None:
    add(market, 10 * TAO)
    sub, assets = market.runtime.subtensor, market.runtime.alpha_assets
    out = sub.subnet_alpha_out.get(2)
    market.call(COLD, MODULE, "recycle_alpha", hotkey=HOT, amount=TAO, netuid=2)
    assert sub.subnet_alpha_out.get(2) == out - TAO
    assert assets.alpha_recycled.get(2) == TAO
    market.call(COLD, MODULE, "burn_alpha", hotkey=HOT, amount=TAO, netuid=2)
    assert sub.subnet_alpha_out.get(2) == out - TAO
    assert assets.alpha_burned.get(2) == TAO
    assert abs(stake(market, HOT, COLD, 2) - (out - 2 * TAO)) <= 2
    assert market.events("SubtensorModule.AlphaRecycled") == [(COLD, HOT, TAO, 2)]
    assert market.events("SubtensorModule.AlphaBurned") == [(COLD, HOT, TAO, 2)]
    refused = market.refusal(COLD, MODULE, "burn_alpha", hotkey=HOT, amount=TAO, netuid=ROOT)
    assert refused == "CannotBurnOrRecycleOnRootSubnet"


def test_burning_in_a_pool_of_few_shares_is_exact(market: Chain) -> None:
    """The numbers of the runtime's test_burn_precision."""
    from taokit.local_chain.arithmetic import SafeFloat

    sub = market.runtime.subtensor
    tiny = SafeFloat.from_int(1).div(SafeFloat.from_int(TAO))
    assert tiny is not None
    sub.total_hotkey_shares_v2.insert((HOT, 2), tiny)
    sub.alpha_v2.insert((HOT, COLD, 2), tiny)
    sub.total_hotkey_alpha.insert((HOT, 2), 200_000)
    sub.staking_hotkeys.insert(COLD, [HOT])
    sub.subnet_alpha_out.insert(2, 200_000)
    market.call(COLD, MODULE, "burn_alpha", hotkey=HOT, amount=100_000, netuid=2)
    assert stake(market, HOT, COLD, 2) == 100_000


def test_buying_to_burn_leaves_no_stake(market: Chain) -> None:
    market.call(COLD, MODULE, "add_stake_burn", hotkey=HOT, netuid=2, amount=TAO, limit=None)
    assert stake(market, HOT, COLD, 2) == 0
    (event,) = market.events("SubtensorModule.AddStakeBurn")
    assert event[:3] == (2, HOT, TAO)
    assert event[3] > 0
    assert market.runtime.alpha_assets.alpha_burned.get(2) == event[3]


def test_an_unowned_hotkey_is_associated_once(market: Chain) -> None:
    market.call(COLD, MODULE, "try_associate_hotkey", hotkey=key(300))
    assert market.runtime.subtensor.owner.get(key(300)) == COLD
    market.call(OTHER_COLD, MODULE, "try_associate_hotkey", hotkey=key(300))
    assert market.runtime.subtensor.owner.get(key(300)) == COLD
    system = custody.account_of_netuid(2)
    refused = market.refusal(COLD, MODULE, "try_associate_hotkey", hotkey=system)
    assert refused == "CannotUseSystemAccount"


def test_a_pool_that_lost_its_value_takes_no_stake(market: Chain) -> None:
    from taokit.local_chain.arithmetic import SafeFloat

    market.runtime.subtensor.total_hotkey_shares_v2.insert((HOT, 2), SafeFloat.from_int(TAO))
    args = {"hotkey": HOT, "netuid": 2, "amount_staked": TAO}
    assert market.refusal(COLD, MODULE, "add_stake", **args) == "InsufficientLiquidity"
    assert balance(market, COLD) == 100 * TAO
