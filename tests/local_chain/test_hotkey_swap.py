"""Hotkey swaps: who may, how often and for what; what moves, and what stays."""

from __future__ import annotations

from typing import Any

import pytest
from economy import TAO, add_hotkey, add_neuron, add_subnet, fund, give_stake, key, open_root, stake

from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import children, custody, mechanisms
from taokit.local_chain.pallets.subtensor.database_use import DatabaseUse
from taokit.local_chain.pallets.subtensor.types import AxonInfo, RateLimitKey

MODULE = "SubtensorModule"
ROOT, ONE, TWO = 0, 1, 2
COLD, OTHER = key(3), key(4)
OLD, NEW = key(1), key(2)
STAKE = 1_000_000_000
U64_MAX = 2**64 - 1


@pytest.fixture
def world(chain: Any) -> Any:
    """A hotkey with a uid and stake on two subnets, in the open block 1 made block 100."""
    chain.begin_block()
    at(chain, 100)
    open_root(chain)
    for netuid in (ONE, TWO):
        add_subnet(chain, netuid, tao=10**15, alpha=10**16)
        add_neuron(chain, netuid, OLD, COLD)
        give_stake(chain, OLD, COLD, netuid, STAKE)
        give_stake(chain, OLD, OTHER, netuid, STAKE // 2)
    fund(chain, COLD, 10 * TAO)
    return chain


def at(chain: Any, block: int) -> None:
    chain.runtime.system.number.put(block)


def given(netuid: int | None = None, **other: Any) -> dict[str, Any]:
    return {"hotkey": OLD, "new_hotkey": NEW, "netuid": netuid, **other}


def swap(chain: Any, netuid: int | None = None, **other: Any) -> None:
    chain.call(COLD, MODULE, "swap_hotkey", **given(netuid, **other))


def refusal(chain: Any, netuid: int | None = None, who: bytes = COLD, **other: Any) -> str:
    return str(chain.refusal(who, MODULE, "swap_hotkey", **given(netuid, **other)))


# -- who may, how often and for what -------------------------------------------------------------


def test_only_the_owner_of_both_hotkeys_swaps(world: Any) -> None:
    assert refusal(world, who=OTHER) == "NonAssociatedColdKey"
    add_hotkey(world, key(7), OTHER)
    assert refusal(world, new_hotkey=key(7)) == "NonAssociatedColdKey"
    assert refusal(world, new_hotkey=OLD) == "NewHotKeyIsSameWithOld"
    add_neuron(world, TWO, key(8), COLD)
    assert refusal(world, new_hotkey=key(8)) == "HotKeyAlreadyRegisteredInSubNet"
    assert refusal(world, TWO, new_hotkey=key(8)) == "HotKeyAlreadyRegisteredInSubNet"
    swap(world, ONE, new_hotkey=key(8))


@pytest.mark.parametrize("netuid", [None, ONE])
def test_a_system_account_is_no_hotkey(world: Any, netuid: int | None) -> None:
    account = custody.account_of_netuid(TWO)
    assert refusal(world, netuid, new_hotkey=account) == "CannotUseSystemAccount"


@pytest.mark.parametrize("netuid", [None, ROOT])
def test_a_swap_on_root_wants_a_hotkey_that_is_clean_there(world: Any, netuid: int | None) -> None:
    sub = world.runtime.subtensor
    sub.networks_added.insert(ROOT, True)
    sub.root_claimable.insert(NEW, {ONE: I96F32.one})
    assert refusal(world, netuid) == "NewHotKeyNotCleanForRootSwap"
    sub.root_claimable.remove(NEW)
    sub.root_claimed.insert((ROOT, NEW, OTHER), 1)
    assert refusal(world, netuid) == "NewHotKeyNotCleanForRootSwap"
    sub.root_claimed.remove((ROOT, NEW, OTHER))
    give_stake(world, NEW, OTHER, ROOT, 1)
    assert refusal(world, netuid) == "NewHotKeyNotCleanForRootSwap"
    swap(world, ONE)


def test_a_coldkey_waits_for_the_limit_of_its_transactions(world: Any) -> None:
    sub = world.runtime.subtensor
    sub.tx_rate_limit.put(1_000)
    swap(world)
    at(world, 1_100)
    back = {"hotkey": NEW, "new_hotkey": key(9), "netuid": None}
    refused = world.refusal(COLD, MODULE, "swap_hotkey", **back)
    assert refused == "HotKeySetTxRateLimitExceeded"
    at(world, 1_101)
    world.call(COLD, MODULE, "swap_hotkey", **back)


def test_swaps_wait_for_the_interval_on_each_subnet(mainnet_chain: Any) -> None:
    chain = mainnet_chain
    chain.begin_block()
    sub = chain.runtime.subtensor
    sub.tx_rate_limit.put(0)
    add_subnet(chain, ONE)
    add_neuron(chain, ONE, OLD, COLD)
    fund(chain, COLD, 10 * TAO)
    at(chain, 7_200)
    # Never having swapped counts as a swap in block 0, but only for a swap on one subnet.
    assert refusal(chain, ONE) == "HotKeySwapOnSubnetIntervalNotPassed"
    swap(chain)
    assert sub.last_hotkey_swap_on_netuid.items() == [((ONE, COLD), 7_200)]
    back = {"hotkey": NEW, "new_hotkey": key(9)}
    at(chain, 14_400)
    for netuid in (None, ONE):
        refused = chain.refusal(COLD, MODULE, "swap_hotkey", netuid=netuid, **back)
        assert refused == "HotKeySwapOnSubnetIntervalNotPassed"
    at(chain, 14_401)
    chain.call(COLD, MODULE, "swap_hotkey", netuid=ONE, **back)


def test_a_swap_everywhere_costs_a_hundred_times_one_on_a_subnet(world: Any) -> None:
    balances = world.runtime.balances
    before = balances.free(COLD)
    swap(world, ONE)
    assert before - balances.free(COLD) == TAO // 1_000
    at(world, 2_000)
    swap(world, new_hotkey=key(9))
    assert before - balances.free(COLD) == TAO // 1_000 + TAO // 10
    add_hotkey(world, key(50), OTHER)
    poor = {"hotkey": key(50), "new_hotkey": key(51), "netuid": None}
    refused = world.refusal(OTHER, MODULE, "swap_hotkey", **poor)
    assert refused == "NotEnoughBalanceToPaySwapHotKey"


def test_the_fee_is_that_of_the_reads_and_writes_that_were_counted(world: Any) -> None:
    runtime, sub = world.runtime, world.runtime.subtensor
    spec = next(spec for spec in sub.calls.values() if spec.name == "swap_hotkey_v2")
    call = Call(type(sub), spec, (OLD, NEW, ONE, True))
    outcome = runtime.dispatch(call, Origin.signed(COLD))
    # 4 checks; 3 limits; 5 on the subnet; cost and owner; hotkeys; locks; member, uid and key;
    # links with nothing in them; no owner's hotkey; the records of the swap.
    reads = 4 + 3 + 5 + 2 + 1 + 5 + 1 + 1 + (2 + 1)
    writes = 3 + 2 + 1 + 2 + 3 + (2 + 1) + 2
    assert outcome.actual_weight == weight(0, reads=reads, writes=writes)


# -- what moves ----------------------------------------------------------------------------------


def test_a_swap_everywhere_moves_all_that_a_hotkey_has(world: Any) -> None:
    sub = world.runtime.subtensor
    axon = AxonInfo(1, 2, 3, 4, 4, 0, 0, 0)
    for netuid in (ONE, TWO):
        sub.axons.insert((netuid, OLD), axon)
        sub.weight_commits.insert((netuid, OLD), [(bytes(32), 1, 2, 3)])
    sub.mechanism_count_current.insert(TWO, 2)
    second = mechanisms.storage_index(TWO, 1)
    sub.weight_commits.insert((second, OLD), [])
    sub.childkey_take.insert((OLD, ONE), 7)
    sub.delegates.insert(OLD, 100)
    sub.subnet_owner_hotkey.insert(TWO, OLD)
    sub.auto_stake_destination.insert((OTHER, ONE), OLD)
    sub.auto_stake_destination_coldkeys.insert((OLD, ONE), [OTHER])
    sub.loaded_emission.insert(ONE, [(OLD, 1, 2), (key(9), 3, 4)])
    uid = sub.uids.get((ONE, OLD))
    swap(world)
    assert sub.owner.get(NEW) == COLD
    assert not sub.owner.contains(OLD)
    assert sub.owned_hotkeys.get(COLD) == [NEW]
    for netuid in (ONE, TWO):
        assert stake(world, NEW, COLD, netuid) == STAKE
        assert stake(world, NEW, OTHER, netuid) == STAKE // 2
        assert sub.axons.keys((netuid,)) == [(netuid, NEW)]
        assert sub.weight_commits.contains((netuid, NEW))
        assert sub.is_network_member.get((NEW, netuid))
    assert sub.weight_commits.get((second, NEW)) == []
    assert sub.alpha_v2.keys((OLD,)) == []
    assert sub.total_hotkey_alpha.get((OLD, ONE)) == 0
    assert (sub.uids.get((ONE, NEW)), sub.keys.get((ONE, uid))) == (uid, NEW)
    assert sub.uids.get((ONE, OLD)) is None
    assert sub.childkey_take.items() == [((NEW, ONE), 7)]
    assert sub.delegates.items() == [(NEW, 100)]
    assert sub.subnet_owner_hotkey.get(TWO) == NEW
    assert sub.auto_stake_destination.get((OTHER, ONE)) == NEW
    assert sub.auto_stake_destination_coldkeys.items() == [((NEW, ONE), [OTHER])]
    assert sub.loaded_emission.get(ONE) == [(NEW, 1, 2), (key(9), 3, 4)]
    assert sub.staking_hotkeys.get(OTHER) == [NEW]
    assert world.events(f"{MODULE}.HotkeySwapped") == [(COLD, OLD, NEW)]
    assert world.events(f"{MODULE}.SubnetOwnerHotkeySet") == [(TWO, NEW)]


def test_a_swap_on_one_subnet_leaves_the_others_and_the_owner(world: Any) -> None:
    sub = world.runtime.subtensor
    swap(world, ONE)
    assert sub.owner.get(OLD) == sub.owner.get(NEW) == COLD
    assert sub.owned_hotkeys.get(COLD) == [OLD, NEW]
    assert (stake(world, NEW, COLD, ONE), stake(world, OLD, COLD, ONE)) == (STAKE, 0)
    assert (stake(world, NEW, COLD, TWO), stake(world, OLD, COLD, TWO)) == (0, STAKE)
    assert sub.uids.contains((TWO, OLD))
    assert not sub.uids.contains((ONE, OLD))
    assert sub.staking_hotkeys.get(OTHER) == [OLD, NEW]
    assert world.events(f"{MODULE}.HotkeySwappedOnSubnet") == [(COLD, OLD, NEW, ONE)]


def test_stake_may_stay_with_the_old_hotkey(world: Any) -> None:
    sub = world.runtime.subtensor
    sub.alpha_dividends_per_subnet.insert((ONE, OLD), 5)
    sub.voting_power.insert((ONE, OLD), 6)
    arguments = given(ONE, keep_stake=True)
    world.call(COLD, MODULE, "swap_hotkey_v2", **arguments)
    assert (stake(world, NEW, COLD, ONE), stake(world, OLD, COLD, ONE)) == (0, STAKE)
    assert sub.alpha_dividends_per_subnet.items() == [((ONE, OLD), 5)]
    assert sub.voting_power.items() == [((ONE, OLD), 6)]
    assert sub.uids.contains((ONE, NEW))


def test_dividends_and_voting_power_add_to_those_of_the_new_hotkey(world: Any) -> None:
    sub = world.runtime.subtensor
    for item, at_key in (
        (sub.total_hotkey_alpha_last_epoch, lambda hotkey: (hotkey, ONE)),
        (sub.alpha_dividends_per_subnet, lambda hotkey: (ONE, hotkey)),
        (sub.voting_power, lambda hotkey: (ONE, hotkey)),
    ):
        item.insert(at_key(OLD), 20)
        item.insert(at_key(NEW), 3)
    swap(world, ONE)
    assert sub.total_hotkey_alpha_last_epoch.items() == [((NEW, ONE), 23)]
    assert sub.alpha_dividends_per_subnet.items() == [((ONE, NEW), 23)]
    assert sub.voting_power.items() == [((ONE, NEW), 23)]


def test_the_limits_of_the_old_hotkey_bind_the_new_one(world: Any) -> None:
    sub = world.runtime.subtensor
    keys = (
        RateLimitKey.LastTxBlock,
        RateLimitKey.LastTxBlockDelegateTake,
        RateLimitKey.LastTxBlockChildKeyTake,
    )
    for number, kind in enumerate(keys):
        sub.last_rate_limited_block.insert(kind(OLD), 50 + number)
    swap(world)
    last = sub.last_rate_limited_block
    assert [last.get(kind(NEW)) for kind in keys] == [50, 51, 52]
    assert not any(last.contains(kind(OLD)) for kind in keys)
    assert last.get(RateLimitKey.LastTxBlock(COLD)) == 100


def test_claims_move_only_with_root(world: Any) -> None:
    sub = world.runtime.subtensor
    sub.networks_added.insert(ROOT, True)
    sub.root_claimable.insert(OLD, {ONE: 5 * I96F32.one})
    sub.root_claimed.insert((ONE, OLD, OTHER), 77)
    sub.auto_parent_delegation_enabled.insert(OLD, False)
    swap(world, ONE)
    assert sub.root_claimable.keys() == [OLD]
    assert sub.root_claimed.keys() == [(ONE, OLD, OTHER)]
    at(world, 2_000)
    swap(world, ROOT, new_hotkey=key(9))
    assert sub.root_claimable.get(key(9)) == {ONE: 5 * I96F32.one}
    assert sub.root_claimed.items() == [((ONE, key(9), OTHER), 77)]
    assert sub.auto_parent_delegation_enabled.items() == [(key(9), False)]


def test_links_waiting_ones_included_name_the_new_hotkey(world: Any) -> None:
    sub = world.runtime.subtensor
    child, parent = key(60), key(61)
    half = U64_MAX // 2
    sub.child_keys.insert((OLD, ONE), [(half, child)])
    sub.parent_keys.insert((child, ONE), [(half, OLD)])
    sub.child_keys.insert((parent, ONE), [(5, OLD)])
    sub.parent_keys.insert((OLD, ONE), [(5, parent)])
    sub.pending_child_keys.insert((ONE, OLD), ([(9, child)], 500))
    sub.pending_child_keys.insert((ONE, parent), ([(1, OLD), (2, child)], 600))
    use = DatabaseUse()
    children.swap_hotkey(sub, OLD, NEW, ONE, use)
    assert sub.child_keys.get((NEW, ONE)) == [(half, child)]
    assert sub.parent_keys.get((child, ONE)) == [(half, NEW)]
    assert sub.child_keys.get((parent, ONE)) == [(5, NEW)]
    assert sub.parent_keys.get((NEW, ONE)) == [(5, parent)]
    assert sub.child_keys.contains((OLD, ONE))
    assert sub.child_keys.get((OLD, ONE)) == []
    assert not sub.parent_keys.contains((OLD, ONE))
    assert sub.pending_child_keys.get((ONE, NEW)) == ([(9, child)], 500)
    assert sub.pending_child_keys.get((ONE, parent)) == ([(2, child), (1, NEW)], 600)
    assert (use.reads, use.writes) == (2 + 2 + 1 + 3 + 2 + 1, 2 + 2 + 2 + 3 + 2)


@pytest.mark.parametrize("pending", [False, True])
def test_a_hotkey_does_not_take_the_place_of_its_own_parent(world: Any, pending: bool) -> None:
    sub = world.runtime.subtensor
    if pending:
        sub.pending_child_keys.insert((ONE, OLD), ([(9, NEW)], 500))
    else:
        sub.child_keys.insert((OLD, ONE), [(9, NEW)])
    assert refusal(world) == "InvalidChild"
    assert stake(world, OLD, COLD, ONE) == STAKE


def test_a_swap_and_its_reverse_leave_the_stake_as_it_was(world: Any) -> None:
    world.runtime.subtensor.tx_rate_limit.put(0)
    swap(world, ONE)
    at(world, 2_000)
    back = {"hotkey": NEW, "new_hotkey": OLD, "netuid": ONE}
    world.call(COLD, MODULE, "swap_hotkey", **back)
    for coldkey, amount in ((COLD, STAKE), (OTHER, STAKE // 2)):
        assert stake(world, OLD, coldkey, ONE) == amount
        assert stake(world, NEW, coldkey, ONE) == 0


@pytest.mark.parametrize("netuid", [None, ONE])
def test_locks_go_with_their_hotkey(world: Any, netuid: int | None) -> None:
    sub = world.runtime.subtensor
    for on in (ONE, TWO):
        arguments = {"hotkey": OLD, "netuid": on, "amount": 5_000}
        world.call(OTHER, MODULE, "lock_stake", **arguments)
    swap(world, netuid)
    assert sub.lock.keys((OTHER, ONE)) == [(OTHER, ONE, NEW)]
    assert sub.decaying_hotkey_lock.contains((ONE, NEW))
    assert sub.lock.keys((OTHER, TWO)) == [(OTHER, TWO, NEW if netuid is None else OLD)]
