"""Locks: the mode that a new one is given, and what becomes of one in a year."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Alpha
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.locks import LockStake, SetLockMode
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.reads.availability import locks
from taokit.chain_client.reads.lock_outlook import LockRates, lock_outlook
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.pallets.subtensor.conviction import Kind, LockState, Rates, rolled

ONE, TWO = 2, 3
HOT, STAKER = ss58("staker/hot"), ss58("staker")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == ONE
        assert stage.subnet("owner2") == TWO
        stage.register(ONE, "staker")
        for netuid in (ONE, TWO):
            stage.done(AddStake(HOT, netuid, tao("50")), key("staker"))
        yield stage


def ten(netuid: int) -> Alpha:
    return Alpha(10 * 10**9, netuid)


def test_a_new_lock_has_the_mode_that_it_was_given_in_one_transaction(stage: Stage) -> None:
    wanted = LockStake(ONE, ten(ONE), HOT, "Perpetual")
    plan = stage.plan(wanted, key("staker"))
    assert (plan.call.pallet, plan.call.name) == ("Utility", "batch_all")
    assert ("decaying", "perpetual") in [(one.before, one.after) for one in plan.effects]
    stage.done(wanted, key("staker"))
    (lock,) = stage.run(locks(stage.client, STAKER, ONE))
    assert lock.mode == "perpetual"
    more = stage.plan(LockStake(ONE, ten(ONE), HOT, "perpetual"), key("staker"))
    assert (more.call.name, more.problem) == ("lock_stake", None)


def test_the_mode_of_a_lock_that_is_there_is_not_changed_by_adding_to_it(stage: Stage) -> None:
    stage.done(LockStake(TWO, ten(TWO), HOT), key("staker"))
    problem = stage.plan(LockStake(TWO, ten(TWO), HOT, "perpetual"), key("staker")).problem
    assert isinstance(problem, InvalidArgument)
    assert "taokit lock mode" in problem.message
    stage.done(SetLockMode(TWO, "perpetual"), key("staker"))
    stage.done(LockStake(TWO, ten(TWO), HOT, "perpetual"), key("staker"))
    stage.done(SetLockMode(TWO, "decaying"), key("staker"))


def test_no_other_mode_is_taken() -> None:
    with pytest.raises(InvalidArgument):
        LockStake(ONE, ten(ONE), HOT, "melting")


def test_the_outlook_of_a_lock_begins_with_what_it_is(stage: Stage) -> None:
    decaying = stage.run(lock_outlook(stage.client, STAKER, TWO))[0]
    assert decaying.points[0].locked == decaying.locked
    left = [point.locked.rao for point in decaying.points]
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0] / 10
    assert decaying.available.rao > 0
    assert not decaying.to_owner
    perpetual = stage.run(lock_outlook(stage.client, STAKER, ONE))[0]
    assert {point.locked for point in perpetual.points} == {perpetual.locked}
    convictions = [point.conviction.rao for point in perpetual.points]
    assert convictions == sorted(convictions)
    assert [point.days for point in perpetual.points][6:19:12] == [30, 90]


@given(
    st.integers(0, 10**15),
    st.integers(0, 10**15),
    st.integers(1, 3_000_000),
    st.sampled_from([(934_866, 934_866), (934_866, 311_622), (0, 934_866), (500, 0)]),
    st.booleans(),
    st.booleans(),
)
def test_looking_ahead_agrees_with_the_chain(
    locked: int, conviction: int, blocks: int, rates: tuple[int, int], perpetual: bool, owner: bool
) -> None:
    before = LockState(locked_mass=locked, conviction=U64F64.from_int(conviction), last_update=0)
    chains = rolled(before, blocks, Rates(*rates), Kind(perpetual=perpetual, owner=owner))
    left, grown = LockRates(*rates).after(
        locked, conviction, blocks, perpetual=perpetual, to_owner=owner
    )
    assert left == pytest.approx(chains.locked_mass, rel=1e-6, abs=1_000)
    assert grown == pytest.approx(chains.conviction >> 64, rel=1e-6, abs=1_000)
