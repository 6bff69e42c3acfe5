"""Transactions travel as files and text; what is signed is what was shown, or nothing is."""

from __future__ import annotations

import dataclasses
import json

import pytest
from script_world import ALICE, BOB, world

from taokit.chain_client import Call, Tao, Terms
from taokit.chain_client.errors import InvalidTransactionFile, PoolRejected, WrongChain
from taokit.chain_client.offline import (
    OfflineTransaction,
    fetch_metadata,
    readable,
    signed,
    submit,
    unsigned,
)
from taokit.chain_client.operations.transfers import Transfer
from taokit.chain_client.policy import Ledger, Policy, PolicyGuard

OP = Transfer(BOB.ss58_address, Tao(1_500_000_000))


@pytest.mark.parametrize(
    ("period", "form"), [(64, "json"), (4, "text"), (5000, "text"), (None, "json")]
)
async def test_one_machine_makes_it_another_signs_a_third_sends(period, form, tmp_path):
    async with world(tmp_path) as here:
        here.seal(70)
        made = await unsigned(here.chain, OP, ALICE.ss58_address, Terms(tip=7, period=period))

        def carried(transaction):
            if form == "json":
                return OfflineTransaction.parse(json.dumps(transaction.document()))
            text = transaction.text()
            assert len(text) < 700
            assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567:-")
            return OfflineTransaction.parse(f" {text.lower()[:40]}{text[40:]}\n")

        metadata = await fetch_metadata(here.chain)
        there = carried(made)
        shown = readable(there, metadata)
        assert shown.call == Call(
            "Balances",
            "transfer_keep_alive",
            {"dest": BOB.ss58_address, "value": Tao(1_500_000_000)},
        )
        done = carried(await signed(there, ALICE, metadata=metadata))
        readable(done, metadata)
        submission = await submit(here.chain, done)
        receipt = (await submission.included(20)).raise_for_failure()
        assert receipt.extrinsic_hash == done.extrinsic.hash
        with pytest.raises(PoolRejected):
            await submit(here.chain, done)


async def test_a_nonce_of_ones_own_and_calls_inside_calls(tmp_path):
    async with world(tmp_path) as here:
        made = await unsigned(here.chain, OP, ALICE, Terms(nonce=9))
        assert made.nonce == 9
        batch = Call("Utility", "batch_all", {"calls": [OP.call(), OP.call()]})
        shown = readable(await unsigned(here.chain, batch, ALICE)).call
        assert [inner.args["value"] for inner in shown.args["calls"]] == [OP.amount, OP.amount]


async def test_whatever_is_changed_on_the_way_is_noticed(tmp_path):
    async with world(tmp_path) as here:
        made = await unsigned(here.chain, OP, ALICE)
        done = await signed(made, ALICE)
        other = await unsigned(here.chain, Transfer(ALICE.ss58_address, Tao(5)), ALICE)
        change = dataclasses.replace
        version = 425
        for wrong, said in [
            (change(made, call=made.call[:-1]), "cannot be read"),
            (change(made, call=made.call + b"\x00"), "cannot be read"),
            (change(made, metadata=made.metadata + b"\x00"), "not the one"),
            (change(made, metadata=None), "metadata of the chain is needed"),
            (change(made, spec_version=version), "metadata is of runtime"),
            (change(done, call=other.call), "not what the file says"),
            (change(done, nonce=5), "not what the file says"),
            (change(done, signer=BOB.ss58_address), "not what the file says"),
        ]:
            with pytest.raises(InvalidTransactionFile, match=said):
                readable(wrong)
        with pytest.raises(InvalidTransactionFile, match="to be signed by"):
            await signed(made, BOB)
        with pytest.raises(InvalidTransactionFile, match="not signed"):
            await submit(here.chain, made)
        with pytest.raises(WrongChain):
            await submit(here.chain, change(done, genesis_hash="0x" + "00" * 32))
        with pytest.raises(InvalidTransactionFile, match="by now"):
            await submit(here.chain, change(done, spec_version=version))


async def test_text_and_files_that_are_damaged_are_refused(tmp_path):
    async with world(tmp_path) as here:
        made = await unsigned(here.chain, OP, ALICE)
    text = made.text()
    document = made.document()
    for wrong, said in [
        (text[:-9], "damaged|letters"),
        (text[:30] + ("A" if text[30] != "A" else "B") + text[31:], "damaged"),
        ("TAOKIT-TX:", "damaged"),
        ("TAOKIT-TX:!!!", "letters"),
        ("hello", "no transaction"),
        ("{}", "not a transaction"),
        (json.dumps({**document, "version": 2}), "version 2"),
        (json.dumps({**document, "nonce": -1}), "nonce makes no sense"),
        (json.dumps({**document, "signer": "5F"}), "not an address"),
        (json.dumps({**document, "metadata": "AAAA"}), "cannot be read"),
        (json.dumps({**document, "metadata_hash": "0x" + "00" * 32}), "not what its hash says"),
        (json.dumps({k: v for k, v in document.items() if k != "call"}), "cannot be read"),
    ]:
        with pytest.raises(InvalidTransactionFile, match=said):
            OfflineTransaction.parse(wrong)


async def test_a_policy_is_obeyed_without_a_network(tmp_path):
    async with world(tmp_path) as here:
        made = await unsigned(here.chain, OP, ALICE)
        register = Call(
            "SubtensorModule", "burned_register", {"netuid": 1, "hotkey": BOB.ss58_address}
        )
        unknown = await unsigned(here.chain, register, ALICE)
    genesis = made.genesis_hash

    def guard(text: str) -> PolicyGuard:
        return PolicyGuard(Policy.parse(text, path="p"), Ledger(tmp_path / "spends"))

    for text, transaction, said in [
        ('[max_spend]\nper_day = "1"', made, "more than"),
        ('[max_spend]\nper_day = "100"', unknown, "asked of the chain"),
        ('networks = ["finney"]', made, "nothing may be signed"),
        ('operations = ["stake.*"]', made, "not among the operations"),
    ]:
        with pytest.raises(Exception, match=said):
            await signed(transaction, ALICE, guard=guard(text))
    allowed = guard(f'networks = ["{genesis}"]\n[max_spend]\nper_day = "2"')
    assert (await signed(made, ALICE, guard=allowed)).raw is not None
    assert (await signed(made, ALICE, guard=allowed)).raw is not None  # the same nonce again
