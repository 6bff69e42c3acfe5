"""Accounts of several signers, and calls made together or as root, on the bundled chain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from operation_stage import ALICE, Stage, a_stage, key, ss58, tao

from taokit.chain_client import Call
from taokit.chain_client.derived_accounts import call_hash, derivative_account, multisig_account
from taokit.chain_client.errors import InvalidArgument, NotFound
from taokit.chain_client.operations import get_operation
from taokit.chain_client.operations.burning import BurnTao
from taokit.chain_client.operations.multisigs import (
    ApproveProposal,
    CancelProposal,
    ExecuteProposal,
    ProposeCall,
    RefreshProposalDeposit,
)
from taokit.chain_client.operations.preimages import ForgetPreimage, NotePreimage, Remark
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.operations.transfers import Transfer
from taokit.chain_client.operations.wrappers import AsDerivative, AsSudo, BatchAll, IfElse
from taokit.chain_client.reads.balances import balance
from taokit.chain_client.reads.multisigs import multisig

NAMES = ("ann", "ben", "cid")
SIGNERS = tuple(ss58(name) for name in NAMES)
ACCOUNT = multisig_account(SIGNERS, 2)
BOB = ss58("Bob")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        for name in (*NAMES, "stranger"):
            stage.fund(name)
        for account in (ACCOUNT, multisig_account(SIGNERS, 1), multisig_account(SIGNERS, 3)):
            stage.rpc("dev_fund", account, 10**12)
        yield stage


def free(stage: Stage, address: str) -> int:
    return stage.run(balance(stage.client, address)).free.rao


def hash_of(stage: Stage, op) -> str:
    return call_hash(stage.client.encode_call(op.call()))


def test_two_of_three_make_a_call_by_its_hash(stage: Stage) -> None:
    inner = Transfer(BOB, tao("1.5"))
    hash_ = hash_of(stage, inner)
    plan = stage.plan(ProposeCall(SIGNERS, 2, inner), key("ann"))
    assert (plan.effects[0].before - plan.effects[0].after).rao == 132_000_000 + 2 * 32_000_000
    assert hash_ in plan.effects[1].what
    stage.done(ProposeCall(SIGNERS, 2, inner), key("ann"))
    (one,) = stage.run(multisig(stage.client, ACCOUNT))
    assert (one.call_hash, one.depositor, one.approvals) == (hash_, SIGNERS[0], (SIGNERS[0],))
    assert one.call.name == "transfer_keep_alive"
    before = free(stage, BOB)
    execute = ExecuteProposal(SIGNERS, 2, call_hash=hash_)
    receipt = stage.done(execute, key("ben"))
    assert receipt.find("Multisig", "MultisigExecuted")
    assert free(stage, BOB) - before == 1_500_000_000
    assert stage.run(multisig(stage.client, ACCOUNT)) == ()


def test_all_three_approve_before_it_is_made(stage: Stage) -> None:
    account = multisig_account(SIGNERS, 3)
    inner = Transfer(BOB, tao("2"))
    hash_ = hash_of(stage, inner)
    stage.done(ProposeCall(SIGNERS, 3, inner), key("ann"))
    early = stage.plan(ExecuteProposal(SIGNERS, 3, inner), key("ben"))
    assert "1 more approval" in early.warnings[0]
    assert early.effects == ()
    stage.done(ApproveProposal(SIGNERS, 3, call_hash=hash_), key("ben"))
    again = ApproveProposal(SIGNERS, 3, inner)
    stage.assert_foreseen(again, key("ben"), "AlreadyApproved")
    stage.assert_foreseen(ExecuteProposal(SIGNERS, 3, inner), key("ann"), "AlreadyApproved")
    plan = stage.plan(ExecuteProposal(SIGNERS, 3, inner), key("cid"))
    assert plan.effects[0].what == f"balance of {account}"
    before = free(stage, BOB)
    stage.done(ExecuteProposal(SIGNERS, 3, inner), key("cid"))
    assert free(stage, BOB) - before == 2 * 10**9


def test_a_proposal_is_given_up_by_who_made_it(stage: Stage) -> None:
    inner = Transfer(BOB, tao("3"))
    cancel = CancelProposal(SIGNERS, 2, inner)
    stage.assert_foreseen(cancel, key("ann"), "NotFound")
    stage.done(ProposeCall(SIGNERS, 2, inner), key("ann"))
    stage.assert_foreseen(ProposeCall(SIGNERS, 2, inner), key("ben"), "NoTimepoint")
    stage.assert_foreseen(cancel, key("ben"), "NotOwner")
    stage.done(RefreshProposalDeposit(SIGNERS, 2, inner), key("ann"))
    plan = stage.plan(cancel, key("ann"))
    assert (plan.effects[0].after - plan.effects[0].before).rao == 196_000_000
    stage.done(cancel, key("ann"))
    assert stage.plan(ApproveProposal(SIGNERS, 2, inner), key("ben")).problem.name == "NotFound"
    with pytest.raises(InvalidArgument, match="0xff"):
        stage.plan(ProposeCall(SIGNERS, 2, b"\xff\xff"), key("ann"))


def test_one_of_three_acts_at_once(stage: Stage) -> None:
    before = free(stage, BOB)
    stage.done(ProposeCall(SIGNERS, 1, Transfer(BOB, tao("1"))), key("cid"))
    assert free(stage, BOB) - before == 10**9


def test_what_is_proposed_is_held_against_the_multisigs_own_state(stage: Stage) -> None:
    op = ProposeCall(SIGNERS, 1, AddStake(ss58("nobody's"), 1, tao("1")))
    stage.assert_foreseen(op, key("ann"), "SubtokenDisabled")


def test_a_stranger_and_a_bad_set_are_refused(stage: Stage) -> None:
    inner = Transfer(BOB, tao("1"))
    problem = stage.plan(ProposeCall(SIGNERS, 2, inner), key("stranger")).problem
    assert isinstance(problem, InvalidArgument)
    with pytest.raises(InvalidArgument, match="once"):
        ProposeCall((*SIGNERS, SIGNERS[0]), 2, inner)
    with pytest.raises(InvalidArgument, match="threshold"):
        ProposeCall(SIGNERS, 4, inner)
    with pytest.raises(InvalidArgument, match="64 hex"):
        ApproveProposal(SIGNERS, 2, call_hash="0x12")


def test_an_approval_by_hash_alone_needs_the_call_from_its_maker(stage: Stage) -> None:
    inner = Transfer(BOB, tao("4"))
    args = {
        "threshold": 2,
        "other_signatories": sorted(SIGNERS[1:], key=lambda one: key(_name(one)).public_key),
        "maybe_timepoint": None,
        "call_hash": hash_of(stage, inner),
        "max_weight": {"ref_time": 0, "proof_size": 0},
    }
    stage.send(Call("Multisig", "approve_as_multi", args), key("ann")).raise_for_failure()
    with pytest.raises(NotFound, match="call with the hash"):
        stage.plan(ExecuteProposal(SIGNERS, 2, call_hash=hash_of(stage, inner)), key("ben"))
    stage.done(ExecuteProposal(SIGNERS, 2, inner), key("ben"))


def _name(address: str) -> str:
    return NAMES[SIGNERS.index(address)]


# -- together --------------------------------------------------------------------------------------


def test_a_batch_is_all_or_none_unless_it_is_told_otherwise(stage: Stage) -> None:
    good, bad = Transfer(BOB, tao("1")), Transfer(BOB, tao("90000000"))
    before = free(stage, BOB)
    assert stage.refusal(BatchAll((good, bad)), key("ann")) == "Token.FundsUnavailable"
    assert free(stage, BOB) == before
    assert stage.refusal(BatchAll((good, bad), mode="each"), key("ann"))
    assert free(stage, BOB) - before == 10**9
    stage.done(BatchAll((good, good)), key("ann"))
    assert free(stage, BOB) - before == 3 * 10**9
    plan = stage.plan(BatchAll((AddStake(ss58("nobody's"), 1, tao("1")), good)), key("ann"))
    assert plan.problem.name == "SubtokenDisabled"


def test_a_batch_is_read_from_a_script(stage: Stage) -> None:
    entry = get_operation("tx.batch")
    op = entry.build(
        {
            "calls": [
                {"operation": "wallet.transfer", "to": BOB, "amount": "1.5"},
                {"pallet": "System", "name": "remark", "args": {"remark": "hello"}},
                "0x000014776f726c64",
            ]
        }
    )
    plan = stage.plan(op, key("ann"))
    assert [call.name for call in plan.call.args["calls"]] == [
        "transfer_keep_alive", "remark", "remark",
    ]  # fmt: skip
    stage.done(op, key("ann"))
    with pytest.raises(InvalidArgument):
        entry.build({"calls": [{"to": BOB}]})
    with pytest.raises(InvalidArgument):
        entry.build({"calls": "not json"})
    with pytest.raises(InvalidArgument):
        entry.build({"calls": []})


def test_a_second_call_is_made_where_the_first_fails(stage: Stage) -> None:
    before = free(stage, BOB)
    bad, good = Transfer(BOB, tao("90000000")), Transfer(BOB, tao("1"))
    receipt = stage.done(IfElse(bad, good), key("ann"))
    assert receipt.find("Utility", "IfElseFallbackCalled")
    assert free(stage, BOB) - before == 10**9


def test_a_derived_account_is_acted_for(stage: Stage) -> None:
    account = derivative_account(ss58("ann"), 7)
    stage.rpc("dev_fund", account, 5 * 10**9)
    plan = stage.plan(AsDerivative(7, Transfer(BOB, tao("1"))), key("ann"))
    assert plan.effects[0].what == f"balance of {account}"
    stage.done(AsDerivative(7, Transfer(BOB, tao("1"))), key("ann"))
    assert free(stage, account) == 4 * 10**9


def test_root_makes_any_call(stage: Stage) -> None:
    inner = Call("Balances", "force_set_balance", {"who": {"Id": BOB}, "new_free": 77 * 10**9})
    assert stage.plan(AsSudo(inner), key("ann")).problem.name == "RequireSudo"
    stage.done(AsSudo(inner), ALICE)
    assert free(stage, BOB) == 77 * 10**9


def test_a_preimage_is_kept_and_forgotten(stage: Stage) -> None:
    inner = Call("System", "remark", {"remark": "later"})
    hash_ = call_hash(stage.client.encode_call(inner))
    stage.assert_foreseen(ForgetPreimage(hash_), key("ann"), "NotNoted")
    stage.done(NotePreimage(inner), key("ann"))
    stage.assert_foreseen(NotePreimage(inner), key("ann"), "AlreadyNoted")
    stage.assert_foreseen(ForgetPreimage(hash_), key("ben"), "NotAuthorized")
    stage.done(ForgetPreimage(hash_), key("ann"))


def test_a_remark_is_in_an_event(stage: Stage) -> None:
    assert stage.done(Remark("0xhello"), key("ann")).find("System", "Remarked")


def test_tao_is_destroyed(stage: Stage) -> None:
    before = stage.get("TotalIssuance", pallet="Balances")
    held = free(stage, ss58("cid"))
    stage.done(BurnTao(tao("2")), key("cid"))
    assert held - free(stage, ss58("cid")) >= 2 * 10**9
    assert stage.get("TotalIssuance", pallet="Balances") <= before
