"""Swaps of hotkeys and coldkeys, commitments and limit orders: done, and refusals foreseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Alpha
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.limit_orders import (
    LimitOrder,
    SignedOrder,
    evm_chain_id,
    order_status,
    sign_order,
)
from taokit.chain_client.operations.coldkey_swaps import (
    AnnounceColdkeySwap,
    ClearColdkeySwap,
    DisputeColdkeySwap,
    ExecuteColdkeySwap,
    ResetColdkeySwap,
)
from taokit.chain_client.operations.commitments import SetCommitment
from taokit.chain_client.operations.hotkeys import AssociateEvmKey, AssociateHotkey, SwapHotkey
from taokit.chain_client.operations.orders import CancelOrder, ExecuteOrder
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.reads.coldkey_swaps import coldkey_swap, coldkey_swaps
from taokit.chain_client.reads.commitments import commitments
from taokit.chain_client.reads.stake import stake_at
from taokit.wallet import dev_key

NET = 2
HOT, NEW_HOT, OWNER_HOT = ss58("staker/hot"), ss58("staker/new"), ss58("owner/hot")
STAKER, ALICE = key("staker"), dev_key("Alice")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == NET
        stage.register(NET, "staker")
        stage.register(NET, "miner")
        for name in ("miner/hot", "stranger", "victim"):
            stage.fund(name, 10**12)
        stage.mine(3)
        yield stage


# -- hotkeys ---------------------------------------------------------------------------------------


def test_a_hotkey_that_nobody_has_gets_an_owner_once(stage: Stage) -> None:
    op = AssociateHotkey(ss58("staker/spare"))
    stage.done(op, STAKER)
    assert stage.get("Owner", ss58("staker/spare")) == STAKER.public_key
    assert "yours already" in stage.plan(op, STAKER).problem.message
    assert "belongs to" in stage.plan(op, key("stranger")).problem.message


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (SwapHotkey(OWNER_HOT, NEW_HOT), "NonAssociatedColdKey"),
        (SwapHotkey(HOT, OWNER_HOT), "NonAssociatedColdKey"),
        (SwapHotkey(HOT, HOT), "NewHotKeyIsSameWithOld"),
        (ClearColdkeySwap(), "ColdkeySwapAnnouncementNotFound"),
        (DisputeColdkeySwap(), "ColdkeySwapAnnouncementNotFound"),
        (ExecuteColdkeySwap(ss58("fresh")), "ColdkeySwapAnnouncementNotFound"),
        (SetCommitment(NET, "from a coldkey"), "AccountNotAllowedCommit"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, name: str) -> None:
    stage.assert_foreseen(op, STAKER, name)


def test_a_new_hotkey_takes_the_place_of_the_old_one(stage: Stage) -> None:
    stage.store("SubtensorModule", "TxRateLimit", value=20)
    uid = stage.get("Uids", NET, HOT)
    op = SwapHotkey(HOT, NEW_HOT, NET)
    before = stage.plan(op, STAKER).effects[0]
    assert (before.before - before.after).rao == stage.client.constant(
        "SubtensorModule", "KeySwapOnSubnetCost"
    )
    stage.done(op, STAKER)
    assert stage.get("Uids", NET, NEW_HOT) == uid
    again = SwapHotkey(NEW_HOT, HOT)
    stage.assert_foreseen(again, STAKER, "HotKeySetTxRateLimitExceeded")
    stage.mine(stage.plan(again, STAKER).problem.retry_after_blocks)
    taken = SwapHotkey(ss58("staker/spare"), NEW_HOT)
    stage.assert_foreseen(taken, STAKER, "HotKeyAlreadyRegisteredInSubNet")
    stage.store("SubtensorModule", "TotalHotkeyAlpha", ss58("staker/rooted"), 0, value=5)
    rooted = SwapHotkey(NEW_HOT, ss58("staker/rooted"))
    stage.assert_foreseen(rooted, STAKER, "NewHotKeyNotCleanForRootSwap")
    stage.done(SwapHotkey(NEW_HOT, ss58("staker/newest"), keep_stake=True), STAKER)
    assert stage.get("Uids", NET, ss58("staker/newest")) == uid


def test_an_ethereum_key_is_associated_by_its_signature(stage: Stage) -> None:
    from coincurve import PrivateKey
    from Crypto.Hash import keccak

    def hashed(data: bytes) -> bytes:
        return keccak.new(digest_bits=256, data=data).digest()

    private, miner = PrivateKey(b"\x07" * 32), key("miner/hot")
    address = hashed(private.public_key.format(compressed=False)[1:])[12:]
    message = bytes(miner.public_key) + hashed((5).to_bytes(8, "little"))
    signed = private.sign_recoverable(
        hashed(b"\x19Ethereum Signed Message:\n%d" % len(message) + message), hasher=None
    )
    op = AssociateEvmKey(NET, "0x" + address.hex(), 5, "0x" + signed.hex())
    stage.assert_foreseen(op, key("stranger"), "HotKeyNotRegisteredInSubNet")
    stage.done(op, miner)
    assert bytes(stage.get("AssociatedEvmAddress", NET, 2)[0]) == address
    future = stage.get("Number", pallet="System") + 100
    stage.store("SubtensorModule", "AssociatedEvmAddress", NET, 2, value=(address, future))
    stage.assert_foreseen(op, miner, "EvmKeyAssociateRateLimitExceeded")
    with pytest.raises(InvalidArgument):
        AssociateEvmKey(NET, "0x12", 5, "0x" + signed.hex())


# -- coldkeys --------------------------------------------------------------------------------------


def test_a_coldkey_is_swapped_when_its_time_has_come(stage: Stage) -> None:
    old, new = stage.fund("old", 10**12), ss58("new")
    stage.done(AnnounceColdkeySwap(new), old)
    swap = stage.run(coldkey_swap(stage.client, old.ss58_address))
    assert [found.coldkey for found in stage.run(coldkey_swaps(stage.client))] == [swap.coldkey]
    stage.assert_foreseen(
        ExecuteColdkeySwap(ss58("other")), old, "AnnouncedColdkeyHashDoesNotMatch"
    )
    stage.assert_foreseen(ExecuteColdkeySwap(new), old, "ColdkeySwapTooEarly")
    again = AnnounceColdkeySwap(ss58("other"))
    stage.assert_foreseen(again, old, "ColdkeySwapReannouncedTooEarly")
    stage.assert_foreseen(ClearColdkeySwap(), old, "ColdkeySwapClearTooEarly")
    stage.mine(stage.plan(ExecuteColdkeySwap(new), old).problem.retry_after_blocks)
    stage.done(ExecuteColdkeySwap(new), old)
    assert stage.get("Account", new, pallet="System")["data"]["free"] > 9 * 10**11


def test_an_announcement_is_taken_back_or_disputed_and_reset(stage: Stage) -> None:
    victim = key("victim")
    stage.done(AnnounceColdkeySwap(ss58("thief")), victim)
    stage.mine(stage.plan(ClearColdkeySwap(), victim).problem.retry_after_blocks)
    stage.done(ClearColdkeySwap(), victim)
    assert stage.run(coldkey_swap(stage.client, victim.ss58_address)) is None
    stage.done(AnnounceColdkeySwap(ss58("thief")), victim)
    stage.done(DisputeColdkeySwap(), victim)
    stage.assert_foreseen(ExecuteColdkeySwap(ss58("thief")), victim, "ColdkeySwapDisputed")
    stage.done(ResetColdkeySwap(victim.ss58_address), ALICE)
    assert stage.run(coldkey_swap(stage.client, victim.ss58_address)) is None
    assert stage.plan(ResetColdkeySwap(victim.ss58_address), victim).problem.name == "RequireSudo"


# -- commitments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["short", "x" * 128, "y" * 300])
def test_what_is_published_can_be_read(stage: Stage, text: str) -> None:
    miner = key("miner/hot")
    stage.done(SetCommitment(NET, text), miner)
    (found,) = stage.run(commitments(stage.client, NET, miner.ss58_address))
    assert [field.text for field in found.fields] == [text]


def test_a_sealed_text_is_nobodys_until_the_chain_opens_it(stage: Stage) -> None:
    miner = key("miner/hot")
    stage.done(SetCommitment(NET, "the answer is 42", blocks=100), miner)
    (found,) = stage.run(commitments(stage.client, NET, miner.ss58_address))
    assert (found.fields[0].text, found.revealed) == (None, ())
    stage.mine(160)
    (found,) = stage.run(commitments(stage.client, NET))
    assert (found.fields, found.revealed) == ((), ("the answer is 42",))


def test_the_space_of_an_epoch_runs_out(stage: Stage) -> None:
    stage.store("Commitments", "MaxSpace", value=10)
    stage.assert_foreseen(SetCommitment(NET, "more"), key("miner/hot"), "SpaceLimitExceeded")


# -- limit orders ----------------------------------------------------------------------------------


def order(stage: Stage, **changed) -> SignedOrder:
    chain_id = stage.run(evm_chain_id(stage.client))
    fields = {
        "signer": STAKER.ss58_address, "hotkey": OWNER_HOT, "netuid": NET, "kind": "buy",
        "amount": 10**9, "limit_price": 10**13, "expiry": 1 << 62, "chain_id": chain_id,
    }  # fmt: skip
    wanted = LimitOrder(**{**fields, **changed})
    return stage.run(sign_order(stage.client, wanted, STAKER))


def test_an_order_is_executed_once_by_whoever_brings_it(stage: Stage) -> None:
    signed = order(stage)
    assert SignedOrder.from_text(signed.to_text()) == signed
    relayer = key("stranger")
    stage.done(ExecuteOrder(signed.to_text()), relayer)
    bought = stage.run(stake_at(stage.client, STAKER.ss58_address, OWNER_HOT, NET))
    assert bought > Alpha(0, NET)
    stage.assert_foreseen(ExecuteOrder(signed.to_text()), relayer, "OrderAlreadyProcessed")
    stage.assert_foreseen(CancelOrder(signed.to_text()), STAKER, "OrderAlreadyProcessed")
    name = signed.order.id(stage.client)
    assert stage.run(order_status(stage.client, name)) == "fulfilled"


def test_orders_wait_for_price_time_and_relayer(stage: Stage) -> None:
    stage.done(AddStake(OWNER_HOT, NET, tao("1")), STAKER)
    for changed, name in (
        ({"limit_price": 1}, "PriceConditionNotMet"),
        ({"kind": "take-profit", "limit_price": 10**14}, "PriceConditionNotMet"),
        ({"expiry": 1}, "OrderExpired"),
        ({"chain_id": 9}, "ChainIdMismatch"),
        ({"relayers": (OWNER_HOT,)}, "RelayerMissMatch"),
    ):
        stage.assert_foreseen(
            ExecuteOrder(order(stage, **changed).to_text()), key("stranger"), name
        )


def test_only_its_signer_cancels_an_order_which_then_stays_undone(stage: Stage) -> None:
    signed = order(stage, kind="stop-loss", amount=10**8)
    stage.assert_foreseen(CancelOrder(signed.to_text()), key("stranger"), "Unauthorized")
    stage.done(CancelOrder(signed.to_text()), STAKER)
    stage.assert_foreseen(ExecuteOrder(signed.to_text()), key("stranger"), "OrderCancelled")
