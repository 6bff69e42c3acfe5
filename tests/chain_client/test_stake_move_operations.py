"""Moves, transfers and swaps of stake do what their plans say, and foresee the chain's refusals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Alpha
from taokit.chain_client.operations.stake_moves import (
    MoveAllStake,
    MoveStake,
    SwapAllStake,
    SwapStake,
    TransferAllStake,
    TransferStake,
)
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.reads.stake import stake_at

ONE, TWO, UNSTARTED = 2, 3, 4
HOT, OTHER_HOT, NOBODYS = ss58("staker/hot"), ss58("owner/hot"), ss58("nobody's")
STAKER, FRIEND = ss58("staker"), ss58("friend")
SOME, BIT = Alpha(10**9, ONE), Alpha(1_000, ONE)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == ONE
        assert stage.subnet("owner2") == TWO
        assert stage.subnet("owner3", start=False) == UNSTARTED
        stage.register(ONE, "staker")
        stage.done(AddStake(HOT, ONE, tao("200")), key("staker"))
        stage.done(AddStake(HOT, TWO, tao("10")), key("staker"))
        stage.store("SubtensorModule", "SubtokenEnabled", 0, value=True)
        stage.done(AddStake(HOT, 0, tao("10")), key("staker"))
        stage.fund("friend", 10**9)
        yield stage


def staked(stage: Stage, coldkey: str, hotkey: str, netuid: int) -> Alpha:
    return stage.run(stake_at(stage.client, coldkey, hotkey, netuid))


@pytest.mark.parametrize(
    ("op", "place"),
    [
        (MoveStake(HOT, OTHER_HOT, ONE, ONE, SOME), (STAKER, OTHER_HOT, ONE)),
        (MoveStake(HOT, OTHER_HOT, ONE, TWO, SOME), (STAKER, OTHER_HOT, TWO)),
        (MoveAllStake(OTHER_HOT, HOT, ONE, ONE), (STAKER, HOT, ONE)),
        (TransferStake(HOT, FRIEND, ONE, ONE, SOME), (FRIEND, HOT, ONE)),
        (TransferStake(HOT, FRIEND, ONE, 0, SOME), (FRIEND, HOT, 0)),
        (SwapStake(HOT, ONE, TWO, SOME), (STAKER, HOT, TWO)),
        (SwapStake(HOT, 0, TWO, Alpha(10**9, 0), tolerance=Fraction(1, 5)), (STAKER, HOT, TWO)),
        (SwapStake(HOT, ONE, TWO, SOME, tolerance=Fraction(1, 2)), (STAKER, HOT, TWO)),
        (SwapStake(HOT, ONE, 0, SOME, limit_price="0.1", allow_partial=True), (STAKER, HOT, 0)),
        (SwapAllStake(HOT, TWO, ONE), (STAKER, HOT, ONE)),
        (SwapAllStake(HOT, 0, ONE, tolerance=Fraction(1, 2)), (STAKER, HOT, ONE)),
        (TransferAllStake(OTHER_HOT, FRIEND, TWO, TWO), (FRIEND, OTHER_HOT, TWO)),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_arrives_is_what_the_plan_said(stage: Stage, op, place) -> None:
    effects = {effect.what: effect for effect in stage.plan(op, key("staker")).effects}
    coldkey, hotkey, netuid = place
    foreseen = effects[f"stake of {coldkey} on {hotkey} in subnet {netuid}"]
    source = effects[f"stake of {STAKER} on {op.hotkey} in subnet {op.origin_netuid}"]
    stage.done(op, key("staker"))
    # A block's emission comes between the plan and the move.
    assert staked(stage, *place).rao == pytest.approx(foreseen.after.rao, rel=0.05)
    left = staked(stage, STAKER, op.hotkey, op.origin_netuid)
    assert left.rao == pytest.approx(source.after.rao, rel=0.05, abs=10)


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (MoveStake(HOT, HOT, ONE, ONE, SOME), "SameNetuid"),
        (SwapStake(HOT, ONE, ONE, SOME), "SameNetuid"),
        (MoveStake(HOT, OTHER_HOT, ONE, UNSTARTED, SOME), "SubtokenDisabled"),
        (MoveStake(HOT, NOBODYS, ONE, ONE, SOME), "HotKeyAccountNotExists"),
        (MoveStake(NOBODYS, HOT, ONE, ONE, SOME), "HotKeyAccountNotExists"),
        (MoveStake(HOT, OTHER_HOT, ONE, ONE, BIT), "AmountTooLow"),
        (TransferStake(HOT, FRIEND, ONE, ONE, BIT), "AmountTooLow"),
        (SwapStake(HOT, ONE, TWO, BIT), "AmountTooLow"),
        (SwapAllStake(OTHER_HOT, TWO, ONE), "AmountTooLow"),
        (SwapStake(HOT, ONE, TWO, SOME, limit_price="1000"), "SlippageTooHigh"),
        (SwapStake(HOT, ONE, 0, SOME, limit_price="1000"), "PriceLimitExceeded"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, name: str) -> None:
    stage.assert_foreseen(op, key("staker"), name)


def test_a_subnet_that_lets_no_stake_be_given_away_is_known(stage: Stage) -> None:
    stage.store("SubtensorModule", "TransferToggle", ONE, value=False)
    op = TransferStake(HOT, FRIEND, ONE, ONE, SOME)
    stage.assert_foreseen(op, key("staker"), "TransferDisallowed")


def test_a_subnet_that_is_not_there_is_not_found(stage: Stage) -> None:
    problem = stage.plan(SwapStake(HOT, ONE, 77, SOME), key("staker")).problem
    assert problem is not None
    assert problem.code == "not_found"
