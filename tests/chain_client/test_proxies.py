"""Proxies of a coldkey, accounts without a key, and announced calls, on the bundled chain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Call, Tao
from taokit.chain_client.derived_accounts import call_hash, pure_account
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.announcements import (
    AnnounceCall,
    ExecuteAnnounced,
    RejectAnnouncement,
    WithdrawAnnouncement,
)
from taokit.chain_client.operations.hyperparameters import SetHyperparameter
from taokit.chain_client.operations.proxies import (
    PROXY_TYPES,
    AddProxy,
    CreatePure,
    KillPure,
    RefreshProxyDeposits,
    RemoveAllProxies,
    RemoveProxy,
    SetRealPaysFee,
)
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.operations.transfers import Transfer, TransferAll
from taokit.chain_client.operations.weights import CommitWeights
from taokit.chain_client.operations.wrappers import BatchAll, ForProxy
from taokit.chain_client.reads.balances import balance
from taokit.chain_client.reads.proxies import announcements, proxies, proxy_kinds

REAL, HELPER, LATE = "real", "proxy one", "late proxy"
BOB = ss58("Bob")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        for name in (REAL, HELPER, LATE, "other", "spawner"):
            stage.fund(name)
        stage.done(AddProxy(ss58(LATE), "Transfer", delay=5), key(REAL))
        yield stage


def free(stage: Stage, address: str) -> int:
    return stage.run(balance(stage.client, address)).free.rao


def test_a_proxy_acts_for_a_coldkey_until_it_is_removed(stage: Stage) -> None:
    op = ForProxy(Transfer(BOB, tao("1")), ss58(REAL))
    stage.assert_foreseen(op, key(HELPER), "NotProxy")
    plan = stage.plan(AddProxy(ss58(HELPER), "transfer"), key(REAL))
    count, money = plan.effects
    assert (count.before, count.after) == (1, 2)
    assert (money.before - money.after).rao == 33_000_000
    stage.done(AddProxy(ss58(HELPER), "Transfer"), key(REAL))
    acting = stage.plan(op, key(HELPER))
    assert acting.effects[0].what == f"balance of {ss58(REAL)}"
    assert acting.summary.startswith(f"for {ss58(REAL)}: transfer")
    before = free(stage, ss58(REAL))
    receipt = stage.done(op, key(HELPER))
    assert before - free(stage, ss58(REAL)) == 10**9
    assert receipt.find("Proxy", "ProxyExecuted")
    stage.done(RemoveProxy(ss58(HELPER), "Transfer"), key(REAL))
    stage.assert_foreseen(op, key(HELPER), "NotProxy")


def test_of_several_kinds_the_one_that_fits_is_taken(stage: Stage) -> None:
    stage.done(AddProxy(ss58(HELPER), "Staking"), key(REAL))
    stage.assert_foreseen(
        ForProxy(Transfer(BOB, tao("1")), ss58(REAL)), key(HELPER), "CallFiltered"
    )
    stage.done(AddProxy(ss58(HELPER), "SmallTransfer"), key(REAL))
    small = ForProxy(Transfer(BOB, tao("0.4")), ss58(REAL))
    plan = stage.plan(small, key(HELPER))
    assert plan.call.args["force_proxy_type"] == "SmallTransfer"
    stage.done(small, key(HELPER))
    large = ForProxy(Transfer(BOB, tao("0.5")), ss58(REAL), proxy_type="SmallTransfer")
    stage.assert_foreseen(large, key(HELPER), "CallFiltered")
    batch = BatchAll((Transfer(BOB, tao("0.1")), Transfer(BOB, tao("0.1"))))
    stage.assert_foreseen(ForProxy(batch, ss58(REAL)), key(HELPER), "CallFiltered")
    stage.done(RemoveProxy(ss58(HELPER), "Staking"), key(REAL))
    stage.done(RemoveProxy(ss58(HELPER), "SmallTransfer"), key(REAL))


def test_problems_and_money_of_a_proxied_operation_are_the_real_accounts(stage: Stage) -> None:
    stage.done(AddProxy(ss58(HELPER), "Any"), key(REAL))
    stage.assert_foreseen(
        ForProxy(AddStake(ss58("nobody's"), 1, tao("1")), ss58(REAL)), key(HELPER),
        "SubtokenDisabled",
    )  # fmt: skip
    too_much = ForProxy(Transfer(BOB, tao("9000000")), ss58(REAL))
    assert stage.plan(too_much, key(HELPER)).problem.code == "insufficient_balance"
    missing = ForProxy(SetHyperparameter("rho", "1", 77), ss58(REAL))
    assert stage.plan(missing, key(HELPER)).problem.kind == "subnet"
    raw = ForProxy(Call("System", "remark", {"remark": "hello"}), ss58(REAL))
    stage.done(raw, key(HELPER))
    stage.done(RemoveProxy(ss58(HELPER), "Any"), key(REAL))


@pytest.mark.parametrize(
    ("op", "signer", "name"),
    [
        (AddProxy(ss58(REAL), "Any"), REAL, "NoSelfProxy"),
        (AddProxy(ss58(LATE), "Transfer", delay=5), REAL, "Duplicate"),
        (RemoveProxy(ss58(LATE), "Transfer"), REAL, "NotFound"),
        (SetRealPaysFee(ss58("other")), REAL, "NotProxy"),
        (ForProxy(Transfer(BOB, tao("1")), ss58(REAL)), LATE, "Unannounced"),
        (AnnounceCall(ss58(REAL), Transfer(BOB, tao("1"))), "other", "NotProxy"),
        (ExecuteAnnounced(ss58(REAL), Transfer(BOB, tao("7"))), LATE, "Unannounced"),
        (ExecuteAnnounced(ss58(REAL), Transfer(BOB, tao("7"))), "other", "NotProxy"),
        (RejectAnnouncement(ss58(LATE), "11" * 32), REAL, "NotFound"),
        (WithdrawAnnouncement(ss58(REAL), "0x" + "11" * 32), LATE, "NotFound"),
        (KillPure(1, 1), "other", "NotProxy"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, signer: str, name: str) -> None:
    stage.assert_foreseen(op, key(signer), name)


def test_no_more_proxies_than_the_chain_takes(stage: Stage) -> None:
    stage.fund("many")
    for number in range(20):
        stage.send(AddProxy(ss58(f"proxy {number}"), "Any"), key("many")).raise_for_failure()
    stage.assert_foreseen(AddProxy(ss58("one more"), "Any"), key("many"), "TooMany")
    stage.done(RemoveAllProxies(), key("many"))
    assert stage.run(proxies(stage.client, ss58("many"))) == ()


def test_an_announced_call_is_made_when_it_is_time(stage: Stage) -> None:
    inner = Transfer(BOB, tao("2"))
    announced = stage.done(AnnounceCall(ss58(REAL), inner), key(LATE))
    (one,) = stage.run(announcements(stage.client, ss58(LATE)))
    assert one.call_hash == call_hash(stage.client.encode_call(inner.call()))
    assert one.ready_at == announced.block.number + 5
    op = ExecuteAnnounced(ss58(REAL), inner, delegate=ss58(LATE))
    problem = stage.plan(op, key("other")).problem
    assert (problem.name, problem.retry_after_blocks) == ("Unannounced", 4)
    stage.assert_foreseen(op, key("other"), "Unannounced")
    stage.mine(3)
    before = free(stage, BOB)
    stage.done(op, key("other"))
    assert free(stage, BOB) - before == 2 * 10**9
    assert stage.run(announcements(stage.client, ss58(LATE))) == ()


def test_an_announcement_is_rejected_or_taken_back(stage: Stage) -> None:
    inner = Transfer(BOB, tao("3"))
    hash_ = call_hash(stage.client.encode_call(inner.call()))
    stage.done(AnnounceCall(ss58(REAL), inner), key(LATE))
    stage.done(RejectAnnouncement(ss58(LATE), hash_), key(REAL))
    stage.done(AnnounceCall(ss58(REAL), call_hash=hash_), key(LATE))
    stage.done(WithdrawAnnouncement(ss58(REAL), hash_), key(LATE))
    assert stage.run(announcements(stage.client, ss58(LATE))) == ()


def test_a_pure_account_is_made_used_and_given_up(stage: Stage) -> None:
    made = stage.done(CreatePure(index=3), key("spawner"))
    (event,) = made.find("Proxy", "PureCreated")
    pure = str(event["pure"])
    assert pure == pure_account(ss58("spawner"), 0, 3, made.block.number, made.index)
    stage.send(Transfer(pure, tao("5")), key("spawner")).raise_for_failure()
    stage.done(ForProxy(Transfer(BOB, tao("1")), pure), key("spawner"))
    kill = KillPure(made.block.number, made.index, index=3)
    assert "would be lost" in stage.plan(kill, key("spawner")).warnings[0]
    stage.done(ForProxy(TransferAll(BOB, keep_alive=False), pure), key("spawner"))
    stage.done(kill, key("spawner"))
    stage.assert_foreseen(kill, key("spawner"), "NotProxy")


def test_a_pure_account_of_another_kind_cannot_be_given_up(stage: Stage) -> None:
    made = stage.done(CreatePure("Staking"), key("spawner"))
    kill = KillPure(made.block.number, made.index, proxy_type="staking")
    stage.assert_foreseen(kill, key("spawner"), "CallFiltered")


def test_who_pays_is_chosen(stage: Stage) -> None:
    stage.done(AddProxy(ss58(HELPER), "Any"), key(REAL))
    stage.done(SetRealPaysFee(ss58(HELPER)), key(REAL))
    before = free(stage, ss58(HELPER))
    stage.done(ForProxy(Transfer(BOB, tao("1")), ss58(REAL)), key(HELPER))
    assert free(stage, ss58(HELPER)) == before
    stage.done(SetRealPaysFee(ss58(HELPER), pays_fee=False), key(REAL))
    stage.done(RefreshProxyDeposits(), key(REAL))


@pytest.mark.parametrize("values", [("Everything", 0), ("Any", -1), ("Senate", 0)])
def test_a_kind_or_delay_that_cannot_be_is_refused(values: tuple[str, int]) -> None:
    with pytest.raises(InvalidArgument):
        AddProxy(BOB, *values)


def test_kinds_are_those_of_the_chain(stage: Stage) -> None:
    kinds = stage.run(proxy_kinds(stage.client))
    assert {one.name for one in kinds if not one.deprecated} == set(PROXY_TYPES)
    staking = next(one for one in kinds if one.name == "Staking")
    assert staking.mode == "allow"
    assert "SubtensorModule.add_stake" in staking.calls


def test_what_a_proxy_commits_to_can_be_revealed_and_salts_are_not_lost(stage: Stage) -> None:
    netuid = stage.subnet("weighing")
    stage.done(AddProxy(ss58(HELPER), "NonTransfer"), key("weighing"))
    op = CommitWeights(netuid, (0,), (65535,))
    prepared = stage.run(ForProxy(op, ss58("weighing")).prepared_for(stage.client, ss58(HELPER)))
    assert prepared.committed.salt == prepared.operation.salt != ()
    hash_ = prepared.committed.hash_for(ss58("weighing"))
    assert prepared.call().args["call"].args["commit_hash"] == hash_
    with pytest.raises(InvalidArgument, match="salt"):
        stage.plan(BatchAll((op,)), key("weighing"))
    salted = CommitWeights(netuid, (0,), (65535,), salt=(1, 2, 3))
    assert stage.plan(BatchAll((salted,)), key("weighing")).call.name == "batch_all"


def test_a_proxied_transfer_leaves_the_real_account_alive(stage: Stage) -> None:
    stage.done(AddProxy(ss58(HELPER), "Any"), key("other"))
    held = free(stage, ss58("other"))
    op = ForProxy(Transfer(BOB, Tao(held)), ss58("other"))
    assert stage.plan(op, key(HELPER)).problem.code == "insufficient_balance"
    assert stage.refusal(op, key(HELPER))
