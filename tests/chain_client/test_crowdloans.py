"""Crowdloans and leased subnets on the bundled chain, and each refusal foreseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Call
from taokit.chain_client.errors import InvalidArgument, MissingArgument, NotFound
from taokit.chain_client.operations.crowdloan_changes import UpdateCrowdloan
from taokit.chain_client.operations.crowdloans import (
    ContributeToCrowdloan,
    CreateCrowdloan,
    DissolveCrowdloan,
    FinalizeCrowdloan,
    RefundCrowdloan,
    WithdrawContribution,
)
from taokit.chain_client.operations.hyperparameters import SetHyperparameter
from taokit.chain_client.operations.leases import TerminateLease
from taokit.chain_client.operations.wrappers import ForProxy
from taokit.chain_client.reads.balances import balance
from taokit.chain_client.reads.crowdloans import (
    crowdloan,
    crowdloan_contributors,
    crowdloans,
)
from taokit.chain_client.reads.leases import lease_shares, leases

BOB = ss58("Bob")
TEN, LEAST = tao("10"), tao("0.1")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        stage.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
        for name in ("maker", "giver", "other"):
            stage.fund(name, 10**13)
        yield stage


def begin(stage: Stage, **changed: object) -> int:
    values = {"duration": 100, "target_address": BOB, "cap": tao("30")} | changed
    receipt = stage.done(CreateCrowdloan(TEN, LEAST, **values), key("maker"))
    (event,) = receipt.find("Crowdloan", "Created")
    return int(event["crowdloan_id"])


def free(stage: Stage, address: str) -> int:
    return stage.run(balance(stage.client, address)).free.rao


def test_a_crowdloan_pays_its_target_when_its_cap_is_raised(stage: Stage) -> None:
    number = begin(stage)
    found = stage.run(crowdloan(stage.client, number))
    assert (found.status, found.kind, found.raised) == ("active", "fundraising", TEN)
    stage.assert_foreseen(FinalizeCrowdloan(number), key("maker"), "CapNotRaised")
    plan = stage.plan(ContributeToCrowdloan(number, tao("50")), key("giver"))
    assert "only τ20" in plan.warnings[0]
    assert (plan.effects[0].before - plan.effects[0].after) == tao("20")
    stage.done(ContributeToCrowdloan(number, tao("50")), key("giver"))
    stage.assert_foreseen(ContributeToCrowdloan(number, LEAST), key("other"), "CapRaised")
    stage.assert_foreseen(FinalizeCrowdloan(number), key("giver"), "InvalidOrigin")
    given = stage.run(crowdloan_contributors(stage.client, number))
    assert [(one.amount, one.is_creator) for one in given] == [(tao("20"), False), (TEN, True)]
    assert stage.run(crowdloan(stage.client, number)).status == "funded"
    before = free(stage, BOB)
    stage.done(FinalizeCrowdloan(number), key("maker"))
    assert free(stage, BOB) - before == 30 * 10**9
    for op, signer in (
        (FinalizeCrowdloan(number), "maker"),
        (WithdrawContribution(number), "giver"),
        (RefundCrowdloan(number), "maker"),
        (UpdateCrowdloan(number, cap=tao("90")), "maker"),
    ):
        stage.assert_foreseen(op, key(signer), "AlreadyFinalized")


def test_a_contribution_is_taken_back_and_the_rest_refunded(stage: Stage) -> None:
    number = begin(stage)
    stage.done(ContributeToCrowdloan(number, tao("5")), key("giver"))
    stage.done(ContributeToCrowdloan(number, tao("6")), key("other"))
    plan = stage.plan(WithdrawContribution(number), key("giver"))
    assert plan.effects[0].after - plan.effects[0].before == tao("5")
    stage.done(WithdrawContribution(number), key("giver"))
    stage.assert_foreseen(WithdrawContribution(number), key("giver"), "NoContribution")
    stage.assert_foreseen(WithdrawContribution(number), key("maker"), "DepositCannotBeWithdrawn")
    stage.assert_foreseen(DissolveCrowdloan(number), key("maker"), "NotReadyToDissolve")
    stage.assert_foreseen(RefundCrowdloan(number), key("other"), "InvalidOrigin")
    stage.done(RefundCrowdloan(number), key("maker"))
    stage.assert_foreseen(DissolveCrowdloan(number), key("other"), "InvalidOrigin")
    stage.done(DissolveCrowdloan(number), key("maker"))
    with pytest.raises(NotFound):
        stage.run(crowdloan(stage.client, number))


def test_a_crowdloan_is_changed_while_it_runs(stage: Stage) -> None:
    number = begin(stage)
    now = stage.get("Number", pallet="System")
    change = UpdateCrowdloan(
        number, min_contribution=tao("1"), max_contribution=tao("12"), end=now + 200, cap=tao("40")
    )
    plan = stage.plan(change, key("maker"))
    assert plan.call.name == "batch_all"
    assert len(plan.effects) == 4
    stage.done(change, key("maker"))
    found = stage.run(crowdloan(stage.client, number))
    assert (found.min_contribution, found.max_contribution) == (tao("1"), tao("12"))
    assert (found.end, found.cap) == (now + 200, tao("40"))
    stage.done(ContributeToCrowdloan(number, tao("20")), key("giver"))
    stage.assert_foreseen(
        ContributeToCrowdloan(number, tao("1")), key("giver"), "MaxContributionReached"
    )
    stage.done(UpdateCrowdloan(number, no_max_contribution=True), key("maker"))
    assert stage.run(crowdloan(stage.client, number)).max_contribution is None
    for values, name in (
        ({"end": now}, "CannotEndInPast"),
        ({"end": now + 40}, "BlockDurationTooShort"),
        ({"end": now + 30_000}, "BlockDurationTooLong"),
        ({"cap": tao("20")}, "CapTooLow"),
        ({"min_contribution": tao("0.01")}, "MinimumContributionTooLow"),
        ({"max_contribution": tao("2")}, "MaximumContributionTooLow"),
    ):
        stage.assert_foreseen(UpdateCrowdloan(number, **values), key("maker"), name)
    stage.done(UpdateCrowdloan(number, max_contribution=tao("15")), key("maker"))
    high = UpdateCrowdloan(number, min_contribution=tao("16"))
    stage.assert_foreseen(high, key("maker"), "MinimumContributionTooHigh")
    stage.assert_foreseen(
        ContributeToCrowdloan(number, tao("0.5")), key("other"), "ContributionTooLow"
    )
    stage.mine(200)
    stage.assert_foreseen(
        ContributeToCrowdloan(number, tao("5")), key("other"), "ContributionPeriodEnded"
    )
    assert stage.run(crowdloan(stage.client, number)).status == "ended"
    assert number in {one.crowdloan_id for one in stage.run(crowdloans(stage.client))}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((tao("9"), LEAST, tao("20"), 100), "DepositTooLow"),
        ((TEN, LEAST, TEN, 100), "CapTooLow"),
        ((TEN, tao("0.01"), tao("20"), 100), "MinimumContributionTooLow"),
        ((TEN, LEAST, tao("20"), 10), "BlockDurationTooShort"),
        ((TEN, LEAST, tao("20"), 25_000), "BlockDurationTooLong"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_of_a_new_one_are_foreseen(stage: Stage, values: tuple, name: str) -> None:
    stage.assert_foreseen(CreateCrowdloan(*values, target_address=BOB), key("maker"), name)


@pytest.mark.parametrize("kind", [FinalizeCrowdloan, WithdrawContribution, DissolveCrowdloan])
def test_one_that_does_not_exist_is_named(stage: Stage, kind: type) -> None:
    stage.assert_foreseen(kind(999), key("maker"), "InvalidCrowdloanId")


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="one of"):
        CreateCrowdloan(TEN, LEAST, tao("20"), 100)
    with pytest.raises(InvalidArgument, match="one of"):
        CreateCrowdloan(TEN, LEAST, tao("20"), 100, target_address=BOB, subnet_lease=True)
    with pytest.raises(MissingArgument, match="duration"):
        CreateCrowdloan(TEN, LEAST, tao("20"), target_address=BOB)
    with pytest.raises(MissingArgument):
        UpdateCrowdloan(1)


def test_a_crowdloan_makes_a_call(stage: Stage) -> None:
    inner = Call("System", "remark_with_event", {"remark": "x" * 200})
    number = begin(stage, target_address=None, inner=inner, cap=tao("11"))
    found = stage.run(crowdloan(stage.client, number))
    assert found.kind == "call"
    assert (found.call.name, found.call_hash is not None) == ("remark_with_event", True)
    stage.done(ContributeToCrowdloan(number, tao("1")), key("giver"))
    assert stage.done(FinalizeCrowdloan(number), key("maker")).find("System", "Remarked")


def test_a_subnet_is_leased_run_and_taken_over(stage: Stage) -> None:
    now = stage.get("Number", pallet="System")
    cap = tao("3000")
    number = begin(
        stage, target_address=None, subnet_lease=True, emissions_share=30, cap=cap,
        lease_end_block=now + 40,
    )  # fmt: skip
    assert stage.run(crowdloan(stage.client, number)).kind == "lease"
    stage.done(ContributeToCrowdloan(number, tao("2990")), key("giver"))
    stage.done(FinalizeCrowdloan(number), key("maker"))
    (lease,) = stage.run(leases(stage.client))
    assert (lease.beneficiary, lease.emissions_share) == (ss58("maker"), 30)
    (share,) = stage.run(lease_shares(stage.client, lease.lease_id))
    assert share.contributor == ss58("giver")
    assert float(share.share) == pytest.approx(2990 / 3000)
    stage.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
    change = SetHyperparameter("immunity_period", "100", lease.netuid)
    stage.done(ForProxy(change, lease.coldkey), key("maker"))
    hotkey = ss58("maker/hot")
    op = TerminateLease(lease.lease_id, hotkey)
    stage.assert_foreseen(op, key("giver"), "ExpectedBeneficiaryOrigin")
    stage.assert_foreseen(TerminateLease(77, hotkey), key("maker"), "LeaseDoesNotExist")
    problem = stage.plan(op, key("maker")).problem
    assert problem.name == "LeaseHasNotEnded"
    stage.assert_foreseen(op, key("maker"), "LeaseHasNotEnded")
    stage.mine(problem.retry_after_blocks - 1)
    stage.assert_foreseen(op, key("maker"), "BeneficiaryDoesNotOwnHotkey")
    stage.register(lease.netuid, "maker")
    stage.done(op, key("maker"))
    assert str(stage.get("SubnetOwner", lease.netuid)) == ss58("maker")
    assert stage.run(leases(stage.client)) == ()
