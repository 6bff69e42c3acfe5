"""Crowdloans: who may begin one, give to it, take back, and what becomes of the money."""

from __future__ import annotations

from typing import Any

import pytest
from calls import made
from chain_under_test import Chain
from economy import TAO, fund, key

from taokit.local_chain.frame.call import PostDispatch
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.crowdloan import funds_account

CREATOR, ONE, TWO, TARGET = key(1), key(2), key(3), key(42)
DEPOSIT, LEAST, CAP = 50 * TAO, 10 * TAO, 300 * TAO
RICH = 1_000 * TAO


@pytest.fixture
def world(chain: Chain) -> Chain:
    """The open block 10, and accounts with a thousand TAO each."""
    chain.begin_block()
    at(chain, 10)
    for who in (CREATOR, ONE, TWO):
        fund(chain, who, RICH)
    return chain


def at(chain: Any, block: int) -> None:
    chain.runtime.system.number.put(block)


def terms(**other: Any) -> dict[str, Any]:
    usual = {
        "deposit": DEPOSIT,
        "min_contribution": LEAST,
        "cap": CAP,
        "end": 10 + 50,
        "call": None,
        "target_address": TARGET,
    }
    return {**usual, **other}


def create(chain: Any, **other: Any) -> int:
    """Begin a crowdloan; its number."""
    number: int = chain.runtime.crowdloan.next_crowdloan_id.get()
    chain.call(CREATOR, "Crowdloan", "create", **terms(**other))
    return number


def act(chain: Any, who: bytes, name: str, **arguments: Any) -> None:
    chain.call(who, "Crowdloan", name, crowdloan_id=0, **arguments)


def refusal(chain: Any, who: bytes, name: str, **arguments: Any) -> str:
    return str(chain.refusal(who, "Crowdloan", name, crowdloan_id=0, **arguments))


def free(chain: Any, who: bytes) -> int:
    return int(chain.runtime.balances.free(who))


# -- beginning -----------------------------------------------------------------------------------


def test_the_funds_account_is_made_from_the_pallets_id_and_the_number() -> None:
    assert funds_account(3) == b"modlbt/cloan\x03\0\0\0" + bytes(16)


def test_a_crowdloan_begins_with_the_creators_deposit(world: Chain) -> None:
    loans = world.runtime.crowdloan
    assert create(world) == 0
    info = loans.info(0)
    assert (info.creator, info.deposit, info.raised, info.cap) == (CREATOR, DEPOSIT, DEPOSIT, CAP)
    assert (info.min_contribution, info.end, info.target_address) == (LEAST, 60, TARGET)
    assert (info.call, info.finalized, info.contributors_count) == (None, False, 1)
    assert loans.contributions.items() == [((0, CREATOR), DEPOSIT)]
    assert free(world, info.funds_account) == DEPOSIT
    assert world.events("Crowdloan.Created") == [(0, CREATOR, 60, CAP)]
    assert create(world) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"deposit": 10 * TAO - 1}, "DepositTooLow"),
        ({"cap": DEPOSIT}, "CapTooLow"),
        ({"min_contribution": TAO // 10 - 1}, "MinimumContributionTooLow"),
        ({"target_address": None}, "InvalidFinalizationConfig"),
        ({"end": 10}, "CannotEndInPast"),
        ({"end": 10 + 49}, "BlockDurationTooShort"),
        ({"end": 10 + 20_001}, "BlockDurationTooLong"),
        ({"deposit": RICH + 1, "cap": RICH + 2}, "InsufficientBalance"),
    ],
)
def test_what_a_crowdloan_must_not_be(world: Chain, wrong: dict[str, Any], why: str) -> None:
    assert world.refusal(CREATOR, "Crowdloan", "create", **terms(**wrong)) == why


def test_a_crowdloan_is_for_a_call_or_an_address_not_both(world: Chain) -> None:
    remark = made("System", "remark", b"hello")
    refused = world.refusal(CREATOR, "Crowdloan", "create", **terms(call=remark))
    assert refused == "InvalidFinalizationConfig"
    create(world, call=remark, target_address=None)


def test_beginning_weighs_as_much_as_the_call_as_well(world: Chain) -> None:
    remark = made("System", "remark", b"hello")
    creation = made("Crowdloan", "create", DEPOSIT, LEAST, CAP, 60, remark, None)
    guard = weight(17_583_000, 4_198, reads=2)  # of every dispatch
    base = weight(59_829_000, 6_148, reads=3, writes=5).plus(guard)
    assert creation.weight == base.plus(remark.weight)
    assert made("Crowdloan", "create", 1, 1, 1, 1, None, TARGET).weight == base


# -- contributing --------------------------------------------------------------------------------


def test_contributions_add_up_and_are_cut_at_the_cap(world: Chain) -> None:
    loans = world.runtime.crowdloan
    create(world)
    act(world, ONE, "contribute", amount=100 * TAO)
    act(world, ONE, "contribute", amount=50 * TAO)
    act(world, CREATOR, "contribute", amount=20 * TAO)
    assert loans.info(0).contributors_count == 2
    act(world, TWO, "contribute", amount=500 * TAO)
    assert loans.info(0).raised == CAP
    assert dict(loans.contributions.items((0,))) == {
        (0, CREATOR): 70 * TAO,
        (0, ONE): 150 * TAO,
        (0, TWO): 80 * TAO,
    }
    assert free(world, TWO) == RICH - 80 * TAO
    assert free(world, funds_account(0)) == CAP
    assert world.events("Crowdloan.Contributed")[-1] == (0, TWO, 80 * TAO)
    assert refusal(world, ONE, "contribute", amount=LEAST) == "CapRaised"


def test_what_is_not_taken(world: Chain) -> None:
    assert refusal(world, ONE, "contribute", amount=LEAST) == "InvalidCrowdloanId"
    create(world, cap=10_000 * TAO)
    assert refusal(world, ONE, "contribute", amount=LEAST - 1) == "ContributionTooLow"
    assert refusal(world, ONE, "contribute", amount=RICH + 1) == "InsufficientBalance"
    at(world, 60)
    assert refusal(world, ONE, "contribute", amount=LEAST) == "ContributionPeriodEnded"


def test_five_hundred_contributors_are_enough_even_for_one_of_them(world: Chain) -> None:
    loans = world.runtime.crowdloan
    create(world)
    act(world, ONE, "contribute", amount=LEAST)
    loans.crowdloans.insert(0, loans.info(0).replace(contributors_count=500))
    for who in (ONE, TWO):
        assert refusal(world, who, "contribute", amount=LEAST) == "MaxContributorsReached"


def test_nobody_gives_more_than_the_most(world: Chain) -> None:
    create(world)
    assert refusal(world, ONE, "set_max_contribution", new_max_contribution=None) == "InvalidOrigin"
    too_low = refusal(world, CREATOR, "set_max_contribution", new_max_contribution=DEPOSIT - 1)
    assert too_low == "MaximumContributionTooLow"
    act(world, CREATOR, "set_max_contribution", new_max_contribution=60 * TAO)
    assert world.events("Crowdloan.MaxContributionUpdated") == [(0, 60 * TAO)]
    act(world, ONE, "contribute", amount=40 * TAO)
    act(world, ONE, "contribute", amount=40 * TAO)
    assert world.runtime.crowdloan.contributions.get((0, ONE)) == 60 * TAO
    assert refusal(world, ONE, "contribute", amount=LEAST) == "MaxContributionReached"
    least = {"new_min_contribution": 60 * TAO + 1}
    assert refusal(world, CREATOR, "update_min_contribution", **least) == (
        "MinimumContributionTooHigh"
    )
    act(world, CREATOR, "set_max_contribution", new_max_contribution=None)
    act(world, ONE, "contribute", amount=LEAST)


# -- taking back ---------------------------------------------------------------------------------


def test_a_contributor_takes_everything_back_the_creator_all_but_the_deposit(world: Chain) -> None:
    loans = world.runtime.crowdloan
    create(world)
    assert refusal(world, ONE, "withdraw") == "NoContribution"
    assert refusal(world, CREATOR, "withdraw") == "DepositCannotBeWithdrawn"
    act(world, ONE, "contribute", amount=100 * TAO)
    act(world, CREATOR, "contribute", amount=20 * TAO)
    at(world, 1_000)
    act(world, ONE, "withdraw")
    act(world, CREATOR, "withdraw")
    assert (free(world, ONE), free(world, CREATOR)) == (RICH, RICH - DEPOSIT)
    assert loans.contributions.items() == [((0, CREATOR), DEPOSIT)]
    assert (loans.info(0).raised, loans.info(0).contributors_count) == (DEPOSIT, 1)
    assert world.events("Crowdloan.Withdrew") == [(0, ONE, 100 * TAO), (0, CREATOR, 20 * TAO)]


def test_fifty_are_refunded_at_a_time(world: Chain) -> None:
    loans = world.runtime.crowdloan
    create(world, cap=900 * TAO)
    others = [key(100 + number) for number in range(52)]
    for who in others:
        fund(world, who, 20 * TAO)
        act(world, who, "contribute", amount=LEAST)
    assert refusal(world, ONE, "refund") == "InvalidOrigin"
    call = made("Crowdloan", "refund", 0)
    first = world.runtime.dispatch(call, Origin.signed(CREATOR))
    assert first == PostDispatch()
    assert world.events("Crowdloan.PartiallyRefunded") == [(0,)]
    assert (loans.info(0).raised, loans.info(0).contributors_count) == (DEPOSIT + 2 * LEAST, 3)
    second = world.runtime.dispatch(call, Origin.signed(CREATOR))
    expected = weight(110_703_000 + 2 * 39_503_253, 3_747 + 2 * 2_579, reads=6, writes=4)
    assert second.actual_weight == expected
    assert world.events("Crowdloan.AllRefunded") == [(0,)]
    assert all(free(world, who) == 20 * TAO for who in others)
    assert loans.contributions.items() == [((0, CREATOR), DEPOSIT)]


def test_a_crowdloan_is_dissolved_once_only_its_creator_is_in_it(world: Chain) -> None:
    runtime = world.runtime
    create(world)
    act(world, ONE, "contribute", amount=100 * TAO)
    act(world, CREATOR, "set_max_contribution", new_max_contribution=200 * TAO)
    assert refusal(world, ONE, "dissolve") == "InvalidOrigin"
    assert refusal(world, CREATOR, "dissolve") == "NotReadyToDissolve"
    act(world, CREATOR, "refund")
    act(world, CREATOR, "dissolve")
    assert free(world, CREATOR) == RICH
    for item in ("crowdloans", "contributions", "max_contributions"):
        assert getattr(runtime.crowdloan, item).keys() == []
    assert not runtime.system.account.contains(funds_account(0))
    assert world.events("Crowdloan.Dissolved") == [(0,)]
    assert refusal(world, CREATOR, "dissolve") == "InvalidCrowdloanId"


def test_a_large_call_is_kept_as_a_preimage_until_the_crowdloan_is_dissolved(world: Chain) -> None:
    preimages = world.runtime.preimage
    create(world, call=made("System", "remark", bytes(200)), target_address=None)
    assert len(preimages.preimage_for.keys()) == 1
    act(world, CREATOR, "dissolve")
    assert preimages.preimage_for.keys() == preimages.request_status_for.keys() == []


# -- finalizing ----------------------------------------------------------------------------------


def test_a_raised_cap_is_paid_to_the_target(world: Chain) -> None:
    create(world)
    assert refusal(world, ONE, "finalize") == "InvalidOrigin"
    assert refusal(world, CREATOR, "finalize") == "CapNotRaised"
    act(world, ONE, "contribute", amount=RICH)
    act(world, CREATOR, "finalize")
    assert free(world, TARGET) == CAP
    assert world.runtime.crowdloan.info(0).finalized
    assert world.events("Crowdloan.Finalized") == [(0,)]
    for name in ("finalize", "refund", "dissolve", "withdraw"):
        assert refusal(world, CREATOR, name) == "AlreadyFinalized"
    assert refusal(world, CREATOR, "update_cap", new_cap=CAP) == "AlreadyFinalized"


@pytest.mark.parametrize("size", [5, 300])
def test_a_raised_cap_lets_the_creator_make_the_call(world: Chain, size: int) -> None:
    create(world, call=made("System", "remark_with_event", bytes(size)), target_address=None)
    act(world, ONE, "contribute", amount=RICH)
    act(world, CREATOR, "finalize")
    assert [who for who, _ in world.events("System.Remarked")] == [CREATOR]
    assert not world.runtime.crowdloan.current_crowdloan_id.exists()
    assert world.runtime.crowdloan.info(0).finalized


def test_a_call_that_fails_leaves_the_crowdloan_open(world: Chain) -> None:
    transfer = made("System", "set_storage", [])
    create(world, call=transfer, target_address=None)
    act(world, ONE, "contribute", amount=RICH)
    assert refusal(world, CREATOR, "finalize") == "BadOrigin"
    assert not world.runtime.crowdloan.info(0).finalized
    assert not world.runtime.crowdloan.current_crowdloan_id.exists()


def test_a_call_that_the_chain_lost_cannot_be_made(world: Chain) -> None:
    create(world, call=made("System", "remark", bytes(200)), target_address=None)
    act(world, ONE, "contribute", amount=RICH)
    preimages = world.runtime.preimage.preimage_for
    preimages.remove(preimages.keys()[0])
    assert refusal(world, CREATOR, "finalize") == "CallUnavailable"


# -- changing ------------------------------------------------------------------------------------


def test_the_creator_changes_least_end_and_cap(world: Chain) -> None:
    create(world)
    act(world, CREATOR, "update_min_contribution", new_min_contribution=TAO // 10)
    act(world, CREATOR, "update_end", new_end=10 + 20_000)
    act(world, CREATOR, "update_cap", new_cap=DEPOSIT)
    info = world.runtime.crowdloan.info(0)
    assert (info.min_contribution, info.end, info.cap) == (TAO // 10, 20_010, DEPOSIT)
    assert world.events("Crowdloan.MinContributionUpdated") == [(0, TAO // 10)]
    assert world.events("Crowdloan.EndUpdated") == [(0, 20_010)]
    assert world.events("Crowdloan.CapUpdated") == [(0, DEPOSIT)]


@pytest.mark.parametrize(
    ("name", "field", "value", "why"),
    [
        ("update_min_contribution", "new_min_contribution", 1, "MinimumContributionTooLow"),
        ("update_end", "new_end", 10, "CannotEndInPast"),
        ("update_end", "new_end", 59, "BlockDurationTooShort"),
        ("update_end", "new_end", 20_011, "BlockDurationTooLong"),
        ("update_cap", "new_cap", DEPOSIT - 1, "CapTooLow"),
    ],
)
def test_changes_keep_to_the_limits(
    world: Chain, name: str, field: str, value: int, why: str
) -> None:
    create(world)
    assert refusal(world, CREATOR, name, **{field: value}) == why
    assert refusal(world, ONE, name, **{field: value}) == "InvalidOrigin"
