"""Unstaking everywhere, burning, claims, locks, children, takes: done, and refusals foreseen."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Alpha
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.alpha_supply import BurnAlpha, BuyAndBurn, RecycleAlpha
from taokit.chain_client.operations.auto_stake import SetAutoParent, SetAutoStake
from taokit.chain_client.operations.children import RevokeChildren, SetChildren, SetChildTake
from taokit.chain_client.operations.locks import LockStake, MoveLock, RejectLocked, SetLockMode
from taokit.chain_client.operations.root_claims import ProcessClaim, RegisterRoot, SetClaimType
from taokit.chain_client.operations.staking import AddStake, RemoveStake
from taokit.chain_client.operations.takes import SetTake
from taokit.chain_client.operations.unstaking import UnstakeAll, UnstakeAllAlpha
from taokit.chain_client.reads.availability import locks, stake_availability
from taokit.chain_client.reads.root_claims import claim_type, root_claims
from taokit.chain_client.reads.stake import stake_at
from taokit.chain_client.reads.takes import child_take, children, take

ONE, TWO, UNSTARTED = 2, 3, 4
HOT, OWNER_HOT, NOBODYS = ss58("staker/hot"), ss58("owner/hot"), ss58("nobody's")
STAKER = ss58("staker")
ALPHA = Alpha(10**9, ONE)
HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == ONE
        assert stage.subnet("owner2") == TWO
        assert stage.subnet("owner3", start=False) == UNSTARTED
        stage.store("SubtensorModule", "SubtokenEnabled", 0, value=True)
        stage.register(ONE, "staker")
        for netuid in (0, ONE, TWO):
            stage.done(AddStake(HOT, netuid, tao("50")), key("staker"))
        yield stage


def staked(stage: Stage, netuid: int, hotkey: str = HOT) -> int:
    return stage.run(stake_at(stage.client, STAKER, hotkey, netuid)).rao


# -- giving up alpha -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RecycleAlpha, BurnAlpha])
def test_alpha_that_is_given_up_is_gone(stage: Stage, kind) -> None:
    before = staked(stage, ONE)
    stage.done(kind(HOT, ONE, ALPHA), key("staker"))
    assert before - staked(stage, ONE) == pytest.approx(ALPHA.rao, rel=0.01)


def test_a_buyback_leaves_no_stake_behind(stage: Stage) -> None:
    before = staked(stage, TWO)
    op = BuyAndBurn(HOT, TWO, tao("1"), tolerance=Fraction(1, 10))
    receipt = stage.done(op, key("staker"))
    assert receipt.find("SubtensorModule", "AddStakeBurn")
    assert staked(stage, TWO) == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (BurnAlpha(HOT, 0, Alpha(10**9, 0)), "CannotBurnOrRecycleOnRootSubnet"),
        (RecycleAlpha(HOT, UNSTARTED, Alpha(1, UNSTARTED)), "SubtokenDisabled"),
        (RecycleAlpha(NOBODYS, ONE, ALPHA), "HotKeyAccountNotExists"),
        (BuyAndBurn(HOT, UNSTARTED, tao("1")), "SubtokenDisabled"),
        (BuyAndBurn(HOT, 0, tao("1")), "CannotBurnOrRecycleOnRootSubnet"),
        (SetAutoStake(ONE, NOBODYS), "HotKeyNotRegisteredInSubNet"),
        (SetAutoParent(HOT, enabled=False), "HotKeyNotRegisteredInSubNet"),
        (SetAutoParent(OWNER_HOT, enabled=False), "NonAssociatedColdKey"),
        (LockStake(ONE, ALPHA, NOBODYS), "HotKeyAccountNotExists"),
        (LockStake(ONE, Alpha(10**15, ONE), HOT), "InsufficientStakeForLock"),
        (MoveLock(TWO, OWNER_HOT), "NoExistingLock"),
        (MoveLock(TWO, NOBODYS), "HotKeyAccountNotExists"),
        (SetChildren(OWNER_HOT, ONE, [HOT], (TENTH,)), "NonAssociatedColdKey"),
        (SetChildren(HOT, 0, [OWNER_HOT], (TENTH,)), "RegistrationNotPermittedOnRootSubnet"),
        (SetChildTake(OWNER_HOT, ONE, TENTH), "NonAssociatedColdKey"),
        (SetChildTake(HOT, ONE, HALF), "InvalidChildkeyTake"),
        (SetTake(HOT, HALF), "DelegateTakeTooHigh"),
        (SetTake(NOBODYS, TENTH), "HotKeyAccountNotExists"),
        (SetTake(OWNER_HOT, TENTH), "NonAssociatedColdKey"),
        (UnstakeAll(NOBODYS), "HotKeyAccountNotExists"),
        (UnstakeAllAlpha(NOBODYS), "HotKeyAccountNotExists"),
        (ProcessClaim(), "InvalidSubnetNumber"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, name: str) -> None:
    stage.assert_foreseen(op, key("staker"), name)


# -- where stake goes by itself --------------------------------------------------------------------


def test_incentives_go_where_they_are_sent_and_not_there_twice(stage: Stage) -> None:
    op = SetAutoStake(ONE, OWNER_HOT)
    stage.done(op, key("staker"))
    (effect,) = stage.plan(SetAutoStake(ONE, HOT), key("staker")).effects
    assert (effect.before, effect.after) == (OWNER_HOT, HOT)
    stage.assert_foreseen(op, key("staker"), "SameAutoStakeHotkeyAlreadySet")


def test_a_hotkey_takes_its_seat_in_subnet_0_once(stage: Stage) -> None:
    stage.done(RegisterRoot(HOT), key("staker"))
    stage.assert_foreseen(RegisterRoot(HOT), key("staker"), "HotKeyAlreadyRegisteredInSubNet")
    stage.done(SetAutoParent(HOT, enabled=False), key("staker"))
    (effect,) = stage.plan(SetAutoParent(HOT, enabled=True), key("staker")).effects
    assert (effect.before, effect.after) == (False, True)


def test_a_full_subnet_0_wants_more_stake_than_its_least(stage: Stage) -> None:
    seats = stage.get("MaxAllowedUids", 0)
    stage.store("SubtensorModule", "MaxAllowedUids", 0, value=stage.get("SubnetworkN", 0))
    op = RegisterRoot(ss58("newcomer"))
    stage.assert_foreseen(op, key("staker"), "StakeTooLowForRoot")
    stage.store("SubtensorModule", "MaxAllowedUids", 0, value=seats)


# -- root claims -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "shown"),
    [
        (SetClaimType("keep"), "keep"),
        (SetClaimType("keep", (3, 2)), "keep in subnets 2, 3"),
        (SetClaimType("Swap"), "swap"),
    ],
)
def test_claims_become_what_was_chosen(stage: Stage, op, shown: str) -> None:
    stage.done(op, key("staker"))
    assert str(stage.run(claim_type(stage.client, STAKER))) == shown


def test_what_is_owed_is_claimed_and_kept(stage: Stage) -> None:
    stage.store("SubtensorModule", "NumRootClaim", value=0)  # the chain claims for people, too
    root = staked(stage, 0)
    rate = (2 * 10**9 << 32) // root  # two alpha for the whole stake
    stage.store("SubtensorModule", "RootClaimable", HOT, value={TWO: {"bits": rate}})
    (claim,) = stage.run(root_claims(stage.client, STAKER))
    assert claim.owed.rao == pytest.approx(2 * 10**9, rel=1e-6)
    assert claim.payable
    stage.done(SetClaimType("keep"), key("staker"))
    before = staked(stage, TWO)
    stage.done(ProcessClaim(), key("staker"))
    assert staked(stage, TWO) - before == pytest.approx(claim.owed.rao, rel=0.01)
    assert stage.run(root_claims(stage.client, STAKER)) == ()


# -- locks -----------------------------------------------------------------------------------------


def test_locked_stake_stays_and_gains_conviction(stage: Stage) -> None:
    stage.done(LockStake(ONE, Alpha(10 * 10**9, ONE), HOT), key("staker"))
    stage.mine(20)
    (lock,) = stage.run(locks(stage.client, STAKER))
    assert (lock.netuid, lock.hotkey, lock.mode) == (ONE, HOT, "decaying")
    assert 0 < lock.conviction.rao < lock.locked.rao <= 10 * 10**9
    (free,) = (
        found
        for found in stage.run(stake_availability(stage.client, STAKER))
        if found.netuid == ONE
    )
    assert free.locked + free.available == free.total
    too_much = RemoveStake(HOT, ONE, free.available + ALPHA)
    stage.assert_foreseen(too_much, key("staker"), "StakeUnavailable")
    stage.assert_foreseen(LockStake(ONE, ALPHA, OWNER_HOT), key("staker"), "LockHotkeyMismatch")
    stage.done(SetLockMode(ONE, "perpetual"), key("staker"))
    (lock,) = stage.run(locks(stage.client, STAKER, ONE))
    assert lock.mode == "perpetual"
    assert stage.plan(MoveLock(ONE, OWNER_HOT), key("staker")).warnings
    stage.done(MoveLock(ONE, OWNER_HOT), key("staker"))
    (lock,) = stage.run(locks(stage.client, STAKER, ONE))
    assert lock.hotkey == OWNER_HOT


def test_whether_locked_alpha_is_taken_can_be_chosen(stage: Stage) -> None:
    stage.done(RejectLocked(enabled=False), key("staker"))
    (effect,) = stage.plan(RejectLocked(), key("staker")).effects
    assert (effect.before, effect.after) == (False, True)


# -- takes and children ----------------------------------------------------------------------------


def test_a_take_is_lowered_and_raised_but_not_too_soon(stage: Stage) -> None:
    stage.store("SubtensorModule", "TxDelegateTakeRateLimit", value=20)
    assert stage.done(SetTake(HOT, TENTH), key("staker")).find("SubtensorModule", "TakeDecreased")
    assert float(stage.run(take(stage.client, HOT))) == pytest.approx(0.1, abs=1e-4)
    stage.assert_foreseen(SetTake(HOT, TENTH), key("staker"), "DelegateTakeTooLow")
    higher = SetTake(HOT, Fraction(12, 100))
    stage.assert_foreseen(higher, key("staker"), "DelegateTxRateLimitExceeded")
    problem = stage.plan(higher, key("staker")).problem
    stage.mine(problem.retry_after_blocks - 1)
    stage.assert_foreseen(higher, key("staker"), "DelegateTxRateLimitExceeded")
    stage.done(higher, key("staker"))


def test_children_are_set_shown_and_revoked(stage: Stage) -> None:
    shares = (Fraction(1, 4), Fraction(1, 2))
    op = SetChildren(HOT, ONE, [OWNER_HOT, ss58("child")], shares)
    assert "it counts after" in stage.plan(op, key("staker")).warnings[0]
    stage.done(op, key("staker"))
    stage.assert_foreseen(RevokeChildren(HOT, ONE), key("staker"), "TxRateLimitExceeded")
    (found,) = stage.run(children(stage.client, HOT, ONE))
    assert found.pending is not None
    assert {(link.hotkey, round(float(link.share), 6)) for link in found.pending.children} == {
        (OWNER_HOT, 0.25),
        (ss58("child"), 0.5),
    }
    stage.mine(200)
    (found,) = stage.run(children(stage.client, HOT))
    assert {link.hotkey for link in found.children} == {OWNER_HOT, ss58("child")}
    (theirs,) = stage.run(children(stage.client, OWNER_HOT))
    assert [link.hotkey for link in theirs.parents] == [HOT]
    circle = SetChildren(OWNER_HOT, ONE, [HOT], (TENTH,))
    stage.assert_foreseen(circle, key("owner"), "ChildParentInconsistency")
    stage.done(RevokeChildren(HOT, ONE), key("staker"))


def test_a_validator_with_little_stake_has_no_children(stage: Stage) -> None:
    stage.store("SubtensorModule", "StakeThreshold", value=10**15)
    op = SetChildren(HOT, TWO, [OWNER_HOT], (TENTH,))
    stage.assert_foreseen(op, key("staker"), "NotEnoughStakeToSetChildkeys")
    stage.store("SubtensorModule", "StakeThreshold", value=0)


def test_a_childkey_take_is_set_and_not_raised_too_soon(stage: Stage) -> None:
    stage.done(SetChildTake(HOT, ONE, Fraction(5, 100)), key("staker"))
    assert float(stage.run(child_take(stage.client, HOT, ONE))) == pytest.approx(0.05, abs=1e-4)
    stage.store("SubtensorModule", "TxChildkeyTakeRateLimit", value=10)
    raised = SetChildTake(HOT, ONE, TENTH)
    stage.assert_foreseen(raised, key("staker"), "TxChildkeyTakeRateLimitExceeded")
    stage.done(SetChildTake(HOT, ONE, Fraction(4, 100)), key("staker"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SetChildren(HOT, ONE, [HOT], (TENTH,)),
        lambda: SetChildren(HOT, ONE, [OWNER_HOT, OWNER_HOT], (TENTH, TENTH)),
        lambda: SetChildren(HOT, ONE, [OWNER_HOT], (TENTH, TENTH)),
        lambda: SetChildren(HOT, ONE, [OWNER_HOT, NOBODYS], (Fraction(6, 10), HALF)),
        lambda: SetClaimType("burn"),
        lambda: SetClaimType("swap", (1,)),
        lambda: ProcessClaim((1, 2, 3, 4, 5, 6)),
        lambda: SetLockMode(ONE, "forever"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(make) -> None:
    with pytest.raises(InvalidArgument):
        make()


# -- everything at once, last ----------------------------------------------------------------------


def test_all_alpha_goes_to_subnet_0_and_then_all_comes_back(stage: Stage) -> None:
    before = staked(stage, 0)
    effects = {e.what: e for e in stage.plan(UnstakeAllAlpha(HOT), key("staker")).effects}
    stage.done(UnstakeAllAlpha(HOT), key("staker"))
    assert staked(stage, TWO) < 10**7
    assert staked(stage, 0) > before
    assert effects["stake in subnet 0"].after.rao == pytest.approx(staked(stage, 0), rel=0.05)
    stage.done(UnstakeAll(HOT), key("staker"))
    assert staked(stage, 0) == 0


def test_what_is_paid_now_comes_before_what_is_worth_more(stage: Stage) -> None:
    stage.store("SubtensorModule", "NumRootClaim", value=0)
    stage.sudo("SubtensorModule", "sudo_set_root_claim_threshold", netuid=ONE, new_value=10**7)
    stage.done(AddStake(HOT, 0, tao("50")), key("staker"))
    root = staked(stage, 0)
    claimed = {n: stage.get("RootClaimed", n, HOT, STAKER) for n in (ONE, TWO)}
    owed = {ONE: 9 * 10**6, TWO: 10**6}
    rates = {n: {"bits": ((claimed[n] + owed[n]) << 32) // root} for n in owed}
    stage.store("SubtensorModule", "RootClaimable", HOT, value=rates)
    found = stage.run(root_claims(stage.client, STAKER))
    assert [(claim.netuid, claim.payable) for claim in found] == [(TWO, True), (ONE, False)]
    assert found[0].value < found[1].value
