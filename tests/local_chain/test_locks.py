"""Locked stake: the calls, what locks forbid, what they move with, and whom they make owner."""

from __future__ import annotations

from typing import Any

import pytest
from economy import TAO, add_hotkey, add_neuron, add_subnet, fund, give_stake, key, stake

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.pallets.subtensor import (
    coinbase,
    conviction,
    conviction_owner,
    dissolve,
    lock_swaps,
    locks,
    stake_operations,
)
from taokit.local_chain.pallets.subtensor.conviction import Kind
from taokit.local_chain.pallets.subtensor.database_use import DatabaseUse
from taokit.local_chain.pallets.subtensor.types import LockState

MODULE = "SubtensorModule"
ONE = U64F64.one
NETUID = 1
OWNER, OWNER_HOTKEY = key(1001), key(1002)
COLD, HOT, OTHER = key(1), key(2), key(5)
STAKE = 1_000_000_000
YEAR = 7_200 * 365 + 1_800


@pytest.fixture
def world(chain: Any) -> Any:
    """A subnet with an owner, and a coldkey with stake on it, in the open block 1."""
    chain.begin_block()
    sub = chain.runtime.subtensor
    add_subnet(chain, NETUID, tao=10**15, alpha=10**16)
    sub.subnet_alpha_out.insert(NETUID, 10**12)
    add_neuron(chain, NETUID, OWNER_HOTKEY, OWNER)
    sub.subnet_owner.insert(NETUID, OWNER)
    sub.subnet_owner_hotkey.insert(NETUID, OWNER_HOTKEY)
    add_hotkey(chain, HOT, COLD)
    give_stake(chain, HOT, COLD, NETUID, STAKE)
    return chain


def at(chain: Any, block: int) -> None:
    chain.runtime.system.number.put(block)


def lock(chain: Any, amount: int, who: bytes = COLD, hotkey: bytes = HOT) -> None:
    given = {"hotkey": hotkey, "netuid": NETUID, "amount": amount}
    chain.call(who, MODULE, "lock_stake", **given)


def perpetual(chain: Any, who: bytes = COLD) -> None:
    chain.call(who, MODULE, "set_perpetual_lock", netuid=NETUID, enabled=True)


def stored(chain: Any, who: bytes = COLD, hotkey: bytes = HOT) -> LockState | None:
    found: LockState | None = chain.runtime.subtensor.lock.get((who, NETUID, hotkey))
    return found


def state(mass: int, gathered: int, block: int) -> LockState:
    return LockState(locked_mass=mass, conviction=gathered * ONE, last_update=block)


# -- locking -------------------------------------------------------------------------------------


def test_a_lock_decays_unless_it_was_made_perpetual(world: Any) -> None:
    sub = world.runtime.subtensor
    lock(world, 5_000)
    assert stored(world) == sub.decaying_hotkey_lock.get((NETUID, HOT)) == state(5_000, 0, 1)
    assert sub.hotkey_lock.keys() == []
    assert sub.locking_coldkeys.keys() == [(NETUID, HOT, COLD)]
    assert world.events(f"{MODULE}.StakeLocked") == [(COLD, HOT, NETUID, 5_000)]
    perpetual(world)
    assert world.events(f"{MODULE}.PerpetualLockUpdated") == [(COLD, NETUID, True)]
    assert sub.hotkey_lock.get((NETUID, HOT)) == state(5_000, 0, 1)
    assert sub.decaying_hotkey_lock.keys() == []
    at(world, 1_000_000)
    assert locks.coldkey_lock(sub, COLD, NETUID).locked_mass == 5_000
    world.call(COLD, MODULE, "set_perpetual_lock", netuid=NETUID, enabled=False)
    assert sub.hotkey_lock.keys() == []
    assert sub.decaying_hotkey_lock.get((NETUID, HOT)) == stored(world)
    at(world, 2_000_000)
    assert locks.coldkey_lock(sub, COLD, NETUID).locked_mass < 5_000


def test_what_a_lock_needs(world: Any) -> None:
    given = {"hotkey": HOT, "netuid": NETUID}

    def refused(amount: int, **other: Any) -> str:
        return str(world.refusal(COLD, MODULE, "lock_stake", amount=amount, **{**given, **other}))

    assert refused(0) == "AmountTooLow"
    assert refused(1, hotkey=key(99)) == "HotKeyAccountNotExists"
    assert refused(STAKE + 1) == "InsufficientStakeForLock"
    lock(world, STAKE - 10)
    assert refused(11) == "InsufficientStakeForLock"
    assert refused(1, hotkey=OWNER_HOTKEY) == "LockHotkeyMismatch"
    lock(world, 10)
    assert stored(world) == state(STAKE, 0, 1)


def test_a_lock_to_the_owners_hotkey_has_conviction_at_once(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    lock(world, 5_000, hotkey=OWNER_HOTKEY)
    assert stored(world, hotkey=OWNER_HOTKEY) == sub.owner_lock.get(NETUID)
    assert sub.owner_lock.get(NETUID) == state(5_000, 5_000, 1)
    assert sub.hotkey_lock.keys() == sub.decaying_hotkey_lock.keys() == []
    assert conviction_owner.hotkey_conviction(sub, OWNER_HOTKEY, NETUID) == 5_000 * ONE


def test_a_top_up_keeps_the_conviction_gathered(world: Any) -> None:
    perpetual(world)
    lock(world, 50_000)
    at(world, 10_001)
    before = locks.coldkey_lock(world.runtime.subtensor, COLD, NETUID)
    assert before is not None
    assert before.conviction > 500 * ONE
    lock(world, 30_000)
    assert stored(world) == before.replace(locked_mass=80_000)


def test_a_lock_keeps_stake_from_leaving(world: Any) -> None:
    perpetual(world)
    lock(world, STAKE - 500_000_000)
    available = locks.stake_availability(world.runtime.subtensor, COLD, NETUID)
    assert available == (STAKE, STAKE - 500_000_000, 500_000_000)
    given = {"hotkey": HOT, "netuid": NETUID}
    refused = world.refusal(COLD, MODULE, "remove_stake", amount_unstaked=500_000_001, **given)
    assert refused == "StakeUnavailable"
    for name in ("recycle_alpha", "burn_alpha"):
        assert world.refusal(COLD, MODULE, name, amount=STAKE, **given) == "StakeUnavailable"
    world.call(COLD, MODULE, "remove_stake", amount_unstaked=500_000_000, **given)
    assert stake(world, HOT, COLD, NETUID) == STAKE - 500_000_000


def test_a_move_keeps_conviction_only_between_hotkeys_of_one_owner(world: Any) -> None:
    sub = world.runtime.subtensor
    add_hotkey(world, key(3), COLD)
    add_hotkey(world, key(4), OTHER)
    perpetual(world)
    given = {"netuid": NETUID}
    refused = world.refusal(COLD, MODULE, "move_lock", destination_hotkey=key(3), **given)
    assert refused == "NoExistingLock"
    refused = world.refusal(COLD, MODULE, "move_lock", destination_hotkey=key(98), **given)
    assert refused == "HotKeyAccountNotExists"
    lock(world, 50_000)
    at(world, 10_001)
    before = locks.coldkey_lock(sub, COLD, NETUID)
    world.call(COLD, MODULE, "move_lock", destination_hotkey=key(3), **given)
    assert stored(world) is None
    assert stored(world, hotkey=key(3)) == sub.hotkey_lock.get((NETUID, key(3))) == before
    assert sub.hotkey_lock.keys() == [(NETUID, key(3))]
    assert sub.locking_coldkeys.keys() == [(NETUID, key(3), COLD)]
    world.call(COLD, MODULE, "move_lock", destination_hotkey=key(4), **given)
    assert stored(world, hotkey=key(4)) == state(50_000, 0, 10_001)
    assert world.events(f"{MODULE}.LockMoved")[-1] == (COLD, key(3), key(4), NETUID)


def test_the_owners_cut_is_locked_where_the_subnet_asks_for_it(world: Any) -> None:
    sub = world.runtime.subtensor
    give_stake(world, OWNER_HOTKEY, OWNER, NETUID, STAKE)
    locks.auto_lock_owner_cut(sub, NETUID, 1_000_000)
    assert sub.lock.keys() == []
    sub.owner_cut_auto_lock_enabled.insert(NETUID, True)
    locks.auto_lock_owner_cut(sub, NETUID, 0)
    locks.auto_lock_owner_cut(sub, NETUID, 1_000_000)
    assert stored(world, OWNER, OWNER_HOTKEY) == state(1_000_000, 1_000_000, 1)


def test_an_epoch_locks_the_owners_cut(world: Any) -> None:
    sub = world.runtime.subtensor
    sub.owner_cut_auto_lock_enabled.insert(NETUID, True)
    sub.pending_owner_cut.insert(NETUID, 777_000)
    at(world, 360)
    sub.last_epoch_block.insert(NETUID, 0)
    coinbase.distribution.distribute_emission(sub, NETUID, 0, 0, 0, 777_000)
    assert stake(world, OWNER_HOTKEY, OWNER, NETUID) == 777_000
    assert stored(world, OWNER, OWNER_HOTKEY) == state(777_000, 777_000, 360)


# -- what locks move with ------------------------------------------------------------------------


def transfer(chain: Any, amount: int) -> dict[str, Any]:
    return {
        "destination_coldkey": OTHER,
        "hotkey": HOT,
        "origin_netuid": NETUID,
        "destination_netuid": NETUID,
        "alpha_amount": amount,
    }


def test_transferred_stake_takes_its_part_of_the_lock_along(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    perpetual(world, OTHER)
    lock(world, 500_000_000)
    sub.lock.insert((COLD, NETUID, HOT), state(500_000_000, 1_000, 1))
    sub.hotkey_lock.insert((NETUID, HOT), state(500_000_000, 1_000, 1))
    refused = world.refusal(COLD, MODULE, "transfer_stake", **transfer(world, 600_000_000))
    assert refused == "AccountRejectsLockedAlpha"
    world.call(OTHER, MODULE, "set_reject_locked_alpha", enabled=False)
    assert world.events(f"{MODULE}.RejectLockedAlphaUpdated") == [(OTHER, False)]
    world.call(COLD, MODULE, "transfer_stake", **transfer(world, 600_000_000))
    moved = stored(world, OTHER)
    assert moved is not None
    assert moved.locked_mass == 100_000_000
    # A fifth of the mass takes a fifth of the conviction, floored to the fixed point.
    assert 0 <= 200 * ONE - moved.conviction <= 1_000
    left = stored(world)
    assert left is not None
    assert left.locked_mass == 400_000_000
    assert left.conviction + moved.conviction == 1_000 * ONE
    assert sub.hotkey_lock.get((NETUID, HOT)) == state(500_000_000, 1_000, 1)


def test_free_stake_is_transferred_to_whom_takes_no_locked_alpha(world: Any) -> None:
    lock(world, 400_000_000)
    world.call(COLD, MODULE, "transfer_stake", **transfer(world, 600_000_000))
    assert stake(world, HOT, OTHER, NETUID) == 600_000_000
    assert stored(world) == state(400_000_000, 0, 1)
    assert stored(world, OTHER) is None


def test_locked_stake_does_not_join_a_lock_to_another_hotkey(world: Any) -> None:
    lock(world, STAKE)
    give_stake(world, OWNER_HOTKEY, OTHER, NETUID, STAKE)
    lock(world, 1_000, OTHER, OWNER_HOTKEY)
    world.call(OTHER, MODULE, "set_reject_locked_alpha", enabled=False)
    refused = world.refusal(COLD, MODULE, "transfer_stake", **transfer(world, STAKE))
    assert refused == "LockHotkeyMismatch"


def test_taken_stake_reduces_the_lock_and_its_conviction_alike(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    lock(world, 1_000)
    sub.lock.insert((COLD, NETUID, HOT), state(1_000, 1_000, 1))
    sub.hotkey_lock.insert((NETUID, HOT), state(1_000, 1_000, 1))
    locks.force_reduce(sub, COLD, NETUID, 400)
    for found in (stored(world), sub.hotkey_lock.get((NETUID, HOT))):
        assert found is not None
        assert found.locked_mass == 600
        assert U64F64.to_float(found.conviction) == pytest.approx(600, abs=1e-10)
    locks.force_reduce(sub, COLD, NETUID, 1_000)
    assert sub.lock.keys() == sub.hotkey_lock.keys() == sub.locking_coldkeys.keys() == []
    locks.force_reduce(sub, OTHER, NETUID, 100)


def test_a_lock_that_has_decayed_to_dust_is_forgotten_with_the_next_unstaking(world: Any) -> None:
    sub = world.runtime.subtensor
    lock(world, 1_000)
    at(world, 934_866 * 50)
    given = {"hotkey": HOT, "netuid": NETUID, "amount_unstaked": 500_000_000}
    world.call(COLD, MODULE, "remove_stake", **given)
    assert sub.lock.keys() == sub.decaying_hotkey_lock.keys() == sub.locking_coldkeys.keys() == []


# -- swaps and dissolution -----------------------------------------------------------------------


def swap_coldkey(chain: Any) -> None:
    given = {"old_coldkey": COLD, "new_coldkey": OTHER, "swap_cost": 0}
    chain.call(None, MODULE, "swap_coldkey", **given)


def test_a_coldkey_swap_moves_locks_their_mode_and_the_flags(world: Any) -> None:
    sub = world.runtime.subtensor
    fund(world, COLD, TAO)
    perpetual(world)
    lock(world, 5_000)
    swap_coldkey(world)
    assert stored(world) is None
    assert stored(world, OTHER) == sub.hotkey_lock.get((NETUID, HOT)) == state(5_000, 0, 1)
    assert sub.locking_coldkeys.keys() == [(NETUID, HOT, OTHER)]
    assert sub.decaying_lock.items() == [((OTHER, NETUID), False)]
    assert locks.rejects_locked_alpha(sub, OTHER)
    assert locks.stake_availability(sub, OTHER, NETUID) == (STAKE, 5_000, STAKE - 5_000)


def test_a_coldkey_swap_wants_a_coldkey_without_a_lock(world: Any) -> None:
    sub = world.runtime.subtensor
    fund(world, COLD, TAO)
    lock(world, 5_000)
    sub.lock.insert((OTHER, NETUID, OWNER_HOTKEY), state(500, 0, 1))
    given = {"old_coldkey": COLD, "new_coldkey": OTHER, "swap_cost": 0}
    assert world.refusal(None, MODULE, "swap_coldkey", **given) == "ActiveLockExists"


def test_a_hotkey_swap_moves_locks_and_sums_as_they_are(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    lock(world, 5_000)
    give_stake(world, HOT, OTHER, NETUID, STAKE)
    lock(world, 7_000, OTHER)
    lock_swaps.swap_hotkey(sub, HOT, key(3), [NETUID], DatabaseUse())
    assert stored(world, COLD, key(3)) == sub.hotkey_lock.get((NETUID, key(3)))
    assert stored(world, OTHER, key(3)) == sub.decaying_hotkey_lock.get((NETUID, key(3)))
    assert sub.lock.keys((COLD,)) == [(COLD, NETUID, key(3))]
    assert sub.locking_coldkeys.keys((NETUID, HOT)) == []
    assert len(sub.locking_coldkeys.keys((NETUID, key(3)))) == 2


def test_a_swap_of_the_owners_hotkey_keeps_its_sums_the_owners(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    lock(world, 5_000, hotkey=OWNER_HOTKEY)
    lock_swaps.swap_hotkey(sub, OWNER_HOTKEY, key(3), [NETUID], DatabaseUse())
    assert stored(world, hotkey=key(3)) == sub.owner_lock.get(NETUID) == state(5_000, 5_000, 1)
    assert sub.hotkey_lock.keys() == []


def test_a_dissolved_subnet_takes_its_locks_along(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    lock(world, 5_000)
    give_stake(world, OWNER_HOTKEY, OWNER, NETUID, STAKE)
    lock(world, 5_000, OWNER, OWNER_HOTKEY)
    dissolve.dissolve_network(sub, NETUID)
    for item in (sub.lock, sub.locking_coldkeys, sub.hotkey_lock, sub.decaying_owner_lock):
        assert item.keys() == []
    assert sub.decaying_lock.keys() == []


def test_a_small_nomination_that_is_cleared_leaves_the_lock(world: Any) -> None:
    sub = world.runtime.subtensor
    sub.nominator_min_required_stake.put(10**9)
    give_stake(world, OWNER_HOTKEY, COLD, NETUID, 1_000)
    perpetual(world)
    lock(world, STAKE)
    stake_operations.clear_small_nomination(sub, OWNER_HOTKEY, COLD, NETUID)
    assert stake(world, OWNER_HOTKEY, COLD, NETUID) == 0
    found = stored(world)
    assert found is not None
    assert found.locked_mass == STAKE - 1_000


# -- conviction and the owner --------------------------------------------------------------------


def test_conviction_of_a_hotkey_is_that_of_all_who_lock_to_it(world: Any) -> None:
    sub = world.runtime.subtensor
    perpetual(world)
    lock(world, 300_000)
    give_stake(world, HOT, OTHER, NETUID, STAKE)
    lock(world, 200_000, OTHER)
    assert conviction_owner.hotkey_conviction(sub, HOT, NETUID) == 0
    at(world, 500)
    mine, theirs = (locks.coldkey_lock(sub, who, NETUID) for who in (COLD, OTHER))
    assert mine is not None
    assert theirs is not None
    total = conviction_owner.hotkey_conviction(sub, HOT, NETUID)
    assert total == mine.conviction + theirs.conviction > 0
    assert conviction_owner.total_conviction(sub, NETUID) == total
    assert conviction_owner.king(sub, NETUID) == HOT
    assert conviction_owner.king(sub, 2) is None


def challenge(
    chain: Any,
    alpha_out: int = 10_000,
    registered_at: int = 1,
    owner_conviction: int = 0,
    king_conviction: int = 1_000,
) -> None:
    """A hotkey with that much conviction against the owner's, at the end of the first year."""
    sub = chain.runtime.subtensor
    at(chain, YEAR + 1)
    add_hotkey(chain, key(6), OTHER)
    sub.network_registered_at.insert(NETUID, registered_at)
    sub.subnet_alpha_out.insert(NETUID, alpha_out)
    now = YEAR + 1
    sub.hotkey_lock.insert((NETUID, OWNER_HOTKEY), state(1_000, owner_conviction, now))
    sub.hotkey_lock.insert((NETUID, key(6)), state(1_000, king_conviction, now))


def test_a_tenth_of_the_alpha_after_a_year_makes_another_owner(world: Any) -> None:
    sub = world.runtime.subtensor
    challenge(world)
    sub.decaying_owner_lock.insert(NETUID, state(500, 500, YEAR + 1))
    conviction_owner.change_owner_if_due(sub, NETUID)
    assert (sub.subnet_owner.get(NETUID), sub.subnet_owner_hotkey.get(NETUID)) == (OTHER, key(6))
    assert sub.uids.contains((NETUID, key(6)))
    assert sub.owner_lock.get(NETUID) == state(1_000, 1_000, YEAR + 1)
    assert not sub.decaying_owner_lock.contains(NETUID)
    assert sub.decaying_hotkey_lock.get((NETUID, OWNER_HOTKEY)) == state(500, 500, YEAR + 1)
    assert sub.hotkey_lock.keys() == [(NETUID, OWNER_HOTKEY)]
    assert world.events(f"{MODULE}.SubnetOwnerChanged") == [(NETUID, OWNER, OTHER)]


@pytest.mark.parametrize(
    "lacking",
    [
        {"alpha_out": 30_000, "owner_conviction": 500},
        {"alpha_out": 0},
        {"registered_at": 2, "owner_conviction": 500},
        {"alpha_out": 20_000, "owner_conviction": 2_000},
    ],
)
def test_otherwise_the_owner_stays(world: Any, lacking: dict[str, int]) -> None:
    sub = world.runtime.subtensor
    challenge(world, **lacking)
    conviction_owner.change_owner_if_due(sub, NETUID)
    assert (sub.subnet_owner.get(NETUID), sub.subnet_owner_hotkey.get(NETUID)) == (
        OWNER,
        OWNER_HOTKEY,
    )


def test_the_owner_changes_with_an_epoch(world: Any) -> None:
    sub = world.runtime.subtensor
    challenge(world)
    sub.last_epoch_block.insert(NETUID, YEAR + 1 - 360)
    assert coinbase.drain_pending(sub, [NETUID], YEAR + 1)
    assert sub.subnet_owner.get(NETUID) == OTHER


def test_runtime_apis_answer_for_locks(world: Any) -> None:
    sub = world.runtime.subtensor
    assert sub.get_coldkey_lock(COLD, NETUID) is None
    assert sub.get_most_convicted_hotkey_on_subnet(NETUID) is None
    perpetual(world)
    lock(world, 500_000)
    at(world, 100_001)
    expected = conviction.rolled(
        state(500_000, 0, 1), 100_001, locks.rates_of(sub), Kind(False, True)
    )
    assert sub.get_coldkey_lock(COLD, NETUID) == expected
    assert sub.get_hotkey_conviction(HOT, NETUID) == expected.conviction
    assert sub.get_most_convicted_hotkey_on_subnet(NETUID) == HOT
    answer = sub.get_stake_availability_for_coldkeys([COLD], None)
    found = answer[COLD][NETUID]
    expected_parts = (STAKE, 500_000, STAKE - 500_000)
    assert (found.total, found.locked, found.available) == expected_parts
