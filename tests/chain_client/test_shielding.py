"""Shielded extrinsics: nobody reads them before their block, and they are found in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Call, Terms
from taokit.chain_client.errors import InvalidArgument, NotFound
from taokit.chain_client.extrinsics.shielding import encrypt
from taokit.chain_client.operations.transfers import Transfer

SHIELDED = Terms(shielded=True)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        stage.fund("sender")
        stage.mine(4)
        yield stage


def test_it_is_done_in_the_block_that_holds_it_and_costs_what_was_said(stage: Stage) -> None:
    op, sender = Transfer(ss58("receiver"), tao("1")), key("sender")
    before = stage.get("Account", sender.ss58_address, pallet="System")
    plan = stage.run(stage.client.plan(op, sender, SHIELDED))
    receipt = stage.run(stage.client.submit(op, sender, SHIELDED, timeout=60))
    assert receipt.raise_for_failure().find("Balances", "Transfer")
    names = [
        f"{extrinsic.call.pallet}.{extrinsic.call.name}"
        for extrinsic in stage.run(stage.client.extrinsics(receipt.block.number))
    ]
    assert names[-2:] == ["MevShield.submit_encrypted", "Balances.transfer_keep_alive"]
    after = stage.get("Account", sender.ss58_address, pallet="System")
    paid = before["data"]["free"] - after["data"]["free"] - tao("1").rao
    assert plan.fee.rao == pytest.approx(paid, rel=0.01)
    assert after["nonce"] == before["nonce"] + 2


def test_the_next_one_has_the_next_nonce(stage: Stage) -> None:
    op, sender = Transfer(ss58("receiver"), tao("1")), key("sender")
    for terms in (SHIELDED, Terms(), SHIELDED, Terms(shielded=True, period=64)):
        stage.run(stage.client.submit(op, sender, terms, timeout=60)).raise_for_failure()


def test_a_call_that_fails_inside_is_told(stage: Stage) -> None:
    nobody = Call("SubtensorModule", "clear_coldkey_swap_announcement", {})
    receipt = stage.run(stage.client.submit(nobody, key("sender"), SHIELDED, timeout=60))
    assert receipt.error.name == "ColdkeySwapAnnouncementNotFound"


def test_a_chain_without_a_key_is_told_and_takes_no_nonce() -> None:
    with a_stage() as early:
        alice = early.fund("alice")
        op = Transfer(ss58("receiver"), tao("1"))
        with pytest.raises(NotFound, match="key to encrypt to"):
            early.run(early.client.submit(op, alice, SHIELDED))
        early.run(early.client.submit(op, alice, timeout=60)).raise_for_failure()


def test_what_is_too_long_is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidArgument, match="too long"):
        encrypt(bytes(stage.get("NextKey", pallet="MevShield")), bytes(8000))
