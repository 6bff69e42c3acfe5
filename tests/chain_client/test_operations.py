"""Operations: the call each makes, what a plan shows, and the registry that describes them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import pytest
from recorded_chain import RecordedChain

from taokit.chain_client import (
    Alpha,
    Call,
    ChainClient,
    InProcessTransport,
    Price,
    Tao,
    to_json,
)
from taokit.chain_client.errors import (
    EncodeError,
    InsufficientBalance,
    InvalidArgument,
    MissingArgument,
    NotFound,
    PoolRejected,
    UnitError,
    UnknownOperation,
)
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.operations import (
    Operation,
    all_operations,
    get_operation,
    operation,
    registry,
)
from taokit.chain_client.operations.serving import ServeAxon
from taokit.chain_client.operations.staking import AddStake, RemoveAllStake, RemoveStake
from taokit.chain_client.operations.subnets import CreateSubnet, RegisterNeuron, StartSubnet
from taokit.chain_client.operations.transfers import Transfer, TransferAll, TransferAllowDeath
from taokit.chain_client.operations.weights import SetWeights, weights_from_scores
from taokit.chain_client.parameters import Arg, NetUid
from taokit.wallet import dev_key

ALICE, BOB = dev_key("Alice").ss58_address, dev_key("Bob").ss58_address
BOB_BYTES = dev_key("Bob").public_key
TAO = 10**9


def scripted_chain() -> RecordedChain:
    chain = RecordedChain()
    data = {"free": 100 * TAO, "reserved": 0, "frozen": 0, "flags": 0}
    account = {"nonce": 0, "consumers": 0, "providers": 1, "sufficients": 0, "data": data}
    chain.set("System", "Account", ALICE, value=account)
    weight = {"ref_time": 5, "proof_size": 6}
    chain.answer(
        "TransactionPaymentApi",
        "query_info",
        {"weight": weight, "class": "Normal", "partial_fee": 124_000},
    )
    chain.answer("SwapRuntimeApi", "current_alpha_price", 250_000_000)
    swap = {"tao_fee": 0, "alpha_fee": 0, "tao_slippage": 0, "alpha_slippage": 0}
    amounts = {"tao_amount": 1 * TAO, "alpha_amount": 4 * TAO}
    chain.answer("SwapRuntimeApi", "sim_swap_tao_for_alpha", swap | amounts)
    chain.answer("SwapRuntimeApi", "sim_swap_alpha_for_tao", swap | amounts)
    chain.answer("StakeInfoRuntimeApi", "get_stake_info_for_hotkey_coldkey_netuid", None)
    chain.answer("SubnetRegistrationRuntimeApi", "get_network_registration_cost", 10 * TAO)
    chain.set("SubtensorModule", "NetworksAdded", 2, value=True)
    chain.set("SubtensorModule", "SubtokenEnabled", 2, value=True)
    chain.set("SubtensorModule", "Owner", BOB, value=ALICE)
    chain.set("SubtensorModule", "Burn", 2, value=3 * TAO)
    return chain


@asynccontextmanager
async def connected(chain: RecordedChain):
    chain.seal()
    async with await ChainClient.over(InProcessTransport(chain)) as client:
        yield client


U16, U64 = (lambda n: n.to_bytes(2, "little")), (lambda n: n.to_bytes(8, "little"))


@pytest.mark.parametrize(
    ("op", "encoded"),
    [
        (Transfer(BOB, Tao(1)), bytes([5, 3, 0]) + BOB_BYTES + b"\x04"),
        (TransferAllowDeath(BOB, Tao(1)), bytes([5, 0, 0]) + BOB_BYTES + b"\x04"),
        (TransferAll(BOB), bytes([5, 4, 0]) + BOB_BYTES + b"\x01"),
        (TransferAll(BOB, keep_alive=False), bytes([5, 4, 0]) + BOB_BYTES + b"\x00"),
        (AddStake(BOB, 2, Tao(7)), bytes([7, 2]) + BOB_BYTES + U16(2) + U64(7)),
        (
            AddStake(BOB, 2, Tao(7), limit_price=Price(9, 2), allow_partial=True),
            bytes([7, 88]) + BOB_BYTES + U16(2) + U64(7) + U64(9) + b"\x01",
        ),
        (RemoveStake(BOB, 2, Alpha(7, 2)), bytes([7, 3]) + BOB_BYTES + U16(2) + U64(7)),
        (
            RemoveStake(BOB, 2, Alpha(7, 2), limit_price=Price(9, 2)),
            bytes([7, 89]) + BOB_BYTES + U16(2) + U64(7) + U64(9) + b"\x00",
        ),
        (RemoveAllStake(BOB, 2), bytes([7, 103]) + BOB_BYTES + U16(2) + b"\x00"),
        (
            RemoveAllStake(BOB, 2, limit_price=Price(9, 2)),
            bytes([7, 103]) + BOB_BYTES + U16(2) + b"\x01" + U64(9),
        ),
        (CreateSubnet(BOB), bytes([7, 59]) + BOB_BYTES),
        (
            CreateSubnet(BOB, subnet_name="0xtrees", discord_handle="ö", additional_info="a"),
            bytes([7, 79]) + BOB_BYTES + b"\x01\x1c0xtrees\0\0\0\x08\xc3\xb6\0\0\x04a",
        ),
        (StartSubnet(2), bytes([7, 92]) + U16(2)),
        (RegisterNeuron(2, BOB), bytes([7, 7]) + U16(2) + BOB_BYTES),
        (
            ServeAxon(2, "8.8.4.4", 8091),
            bytes([7, 4]) + U16(2) + bytes(4) + bytes([4, 4, 8, 8]) + bytes(12)
            + U16(8091) + bytes([4, 4, 0, 0]),
        ),
        (
            SetWeights(2, (0, 3), (65535, 1), version_key=5),
            bytes([7, 0]) + U16(2) + b"\x08" + U16(0) + U16(3) + b"\x08" + U16(65535) + U16(1)
            + U64(5),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Operation) else "",
)  # fmt: skip
async def test_an_operation_makes_exactly_its_call(op, encoded):
    async with connected(scripted_chain()) as client:
        assert client.encode_call(op.call()) == encoded


@pytest.mark.parametrize(
    "make",
    [
        lambda: Transfer(BOB, Tao(0)),
        lambda: AddStake(BOB, 2, Tao(-1)),
        lambda: AddStake(BOB, 2, Tao(1), tolerance=Fraction(1, 20), limit_price=Price(1, 2)),
        lambda: AddStake(BOB, 2, Tao(1), limit_price=Price(1, 3)),
        lambda: RemoveStake(BOB, 2, Alpha(1, 3)),
        lambda: ServeAxon(2, "not an address", 1),
        lambda: ServeAxon(2, "8.8.8.8", 0),
        lambda: ServeAxon(2, "8.8.8.8", 65536),
        lambda: SetWeights(2, (1,), (1, 2)),
        lambda: SetWeights(2, (1, 1), (1, 2)),
        lambda: SetWeights(2, (1,), (65536,)),
        lambda: weights_from_scores({1: -0.1}),
        lambda: weights_from_scores({1: float("nan")}),
        lambda: weights_from_scores({1: float("inf")}),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_asked(make):
    with pytest.raises((InvalidArgument, UnitError)):
        make()


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("1.0000000001", "nine decimals"),
        ("99999999999", "64 bits"),
        ("1e9", "unit"),
        ("0", "more than zero"),
    ],
)
def test_an_amount_that_cannot_be_used_is_refused_with_the_reason(amount, why):
    with pytest.raises(InvalidArgument, match=why):
        get_operation("wallet.transfer").build({"to": BOB, "amount": amount})


async def test_a_tolerance_becomes_a_limit_from_the_price_of_the_moment():
    async with connected(scripted_chain()) as client:
        buy = await AddStake(BOB, 2, Tao(7), tolerance=Fraction(4, 100)).prepared(client)
        sell = await RemoveStake(BOB, 2, Alpha(7, 2), tolerance=Fraction(4, 100)).prepared(client)
        everything = await RemoveAllStake(BOB, 2, tolerance=Fraction(4, 100)).prepared(client)
    assert buy.limit_price == Price(260_000_000, 2)
    assert sell.limit_price == everything.limit_price == Price(240_000_000, 2)
    assert buy.call().name == "add_stake_limit"


def test_a_tolerance_that_was_not_prepared_makes_no_call():
    with pytest.raises(InvalidArgument, match="prepare"):
        AddStake(BOB, 2, Tao(7), tolerance=Fraction(4, 100)).call()


@pytest.mark.parametrize(
    ("op", "before", "after"),
    [
        (Transfer(BOB, Tao(TAO)), Tao(100 * TAO), Tao(99 * TAO)),
        (TransferAll(BOB), Tao(100 * TAO), Tao(500)),
        (AddStake(BOB, 2, Tao(TAO)), Tao(100 * TAO), Tao(99 * TAO)),
        (CreateSubnet(BOB), Tao(100 * TAO), Tao(90 * TAO)),
        (RegisterNeuron(2, BOB), Tao(100 * TAO), Tao(97 * TAO)),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_plan_shows_call_fee_and_effects_without_a_key(op, before, after):
    chain = scripted_chain()
    async with connected(chain) as client:
        plan = await client.plan(op, ALICE)
    assert plan.fee == Tao(124_000)
    assert plan.problem is None
    assert plan.call == op.call()
    assert plan.summary == op.summary()
    mine = next(effect for effect in plan.effects if ALICE in effect.what)
    assert (mine.before, mine.after) == (before, after)
    assert json.dumps(to_json(plan))
    assert chain.pool == []


async def test_a_plan_warns_and_says_why_it_would_be_refused():
    async with connected(scripted_chain()) as client:
        too_much = await client.plan(Transfer(BOB, Tao(101 * TAO)), ALICE)
        broke = await client.plan(Call("System", "remark", {"remark": "x"}), BOB)
    assert "holds only" in too_much.warnings[0]
    assert isinstance(too_much.problem, InsufficientBalance)
    assert isinstance(broke.problem, PoolRejected)
    assert broke.problem.reason == "payment"


FEE, DEPOSIT = 124_000, 500


@pytest.mark.parametrize(
    ("op", "needs", "tip"),
    [
        (Transfer(BOB, Tao(101 * TAO)), Tao(101 * TAO + FEE + DEPOSIT), 0),
        (Transfer(BOB, Tao(100 * TAO - FEE - DEPOSIT + 1)), Tao(100 * TAO + 1), 0),
        (Transfer(BOB, Tao(100 * TAO - FEE - DEPOSIT - 6)), Tao(100 * TAO + 1), 7),
        (TransferAllowDeath(BOB, Tao(100 * TAO - FEE + 1)), Tao(100 * TAO + 1), 0),
        (AddStake(BOB, 2, Tao(100 * TAO)), Tao(100 * TAO + FEE), 0),
    ],
    ids=repr,
)
async def test_a_plan_refuses_what_the_signer_cannot_pay(op, needs, tip):
    async with connected(scripted_chain()) as client:
        plan = await client.plan(op, ALICE, Terms(tip=tip))
    assert isinstance(plan.problem, InsufficientBalance)
    assert plan.problem.code == "insufficient_balance"
    assert plan.problem.needs == needs


@pytest.mark.parametrize(
    "op",
    [
        Transfer(BOB, Tao(100 * TAO - FEE - DEPOSIT)),
        TransferAllowDeath(BOB, Tao(100 * TAO - FEE)),
        TransferAll(BOB, keep_alive=False),
        AddStake(BOB, 2, Tao(200 * TAO), limit_price=Price(9, 2), allow_partial=True),
    ],
    ids=repr,
)
async def test_a_plan_lets_pass_what_the_chain_may_take(op):
    async with connected(scripted_chain()) as client:
        assert (await client.plan(op, ALICE)).problem is None


@pytest.mark.parametrize(
    "op",
    [StartSubnet(9), ServeAxon(9, "8.8.4.4", 1), SetWeights(9, (0,), (1,)), RemoveAllStake(BOB, 9)],
    ids=repr,
)
async def test_a_plan_refuses_a_subnet_that_does_not_exist(op):
    async with connected(scripted_chain()) as client:
        plan = await client.plan(op, ALICE)
    assert isinstance(plan.problem, NotFound)
    assert plan.problem.kind == "subnet"


async def test_a_plan_says_what_is_missing_and_stands_where_a_preview_cannot_be_read():
    chain = scripted_chain()
    del chain.api["SubnetRegistrationRuntimeApi_get_network_registration_cost"]
    async with connected(chain) as client:
        nowhere = await client.plan(RegisterNeuron(9, BOB), ALICE)
        unread = await client.plan(CreateSubnet(BOB), ALICE)
    assert isinstance(nowhere.problem, NotFound)
    assert (unread.problem, unread.effects) == (None, ())
    assert "could not be found out" in unread.warnings[0]


async def test_a_plan_of_a_call_that_cannot_be_encoded_is_an_error():
    async with connected(scripted_chain()) as client:
        with pytest.raises(EncodeError):
            await client.plan(Call("Balances", "transfer_all", {"dest": BOB}), ALICE)


def test_scores_become_weights_in_proportion():
    assert weights_from_scores({4: 1.0, 1: 0.5, 2: 0.0}) == ((1, 4), (32768, 65535))
    assert weights_from_scores({}) == ((), ())
    assert weights_from_scores({1: 0.0}) == ((), ())


# -- the registry ---------------------------------------------------------------------------------


def test_every_operation_describes_itself_completely():
    operations = all_operations()
    assert list(operations) == sorted(operations)
    for name, entry in operations.items():
        group, _, verb = name.partition(".")
        assert group
        assert verb
        assert entry.help.endswith(".")
        assert entry.signer in ("coldkey", "hotkey")
        assert all(parameter.help.endswith((".", ").")) for parameter in entry.parameters)
        json.dumps(entry.json_schema())
        assert entry.operation.entry is entry


def test_operations_are_built_from_text_by_name():
    entry = get_operation("stake.remove")
    op = entry.build({"hotkey": BOB, "netuid": "2", "amount": "1.5", "tolerance": "5%"})
    assert op == RemoveStake(BOB, 2, Alpha(1_500_000_000, 2), tolerance=Fraction(1, 20))
    assert entry.build({"hotkey": BOB, "netuid": 2, "amount": 7}).amount == Alpha(7, 2)
    weights = get_operation("weights.set").build({"netuid": 1, "uids": "0,1", "weights": [1, 2]})
    assert (weights.uids, weights.weights) == ((0, 1), (1, 2))
    with pytest.raises(MissingArgument, match="amount"):
        entry.build({"hotkey": BOB, "netuid": 2})
    with pytest.raises(InvalidArgument):
        entry.build({"hotkey": BOB, "netuid": 2, "amount": 1.5})
    with pytest.raises(InvalidArgument, match="amount"):
        entry.build({"hotkey": BOB, "netuid": 2, "amount": "lots"})


def test_an_unknown_operation_suggests_the_nearest():
    with pytest.raises(UnknownOperation) as error:
        get_operation("stake.ad")
    assert "stake.add" in error.value.near


async def test_an_operation_is_declared_in_one_place(monkeypatch):
    monkeypatch.setattr(registry, "_declared", dict(registry._declared))

    @operation("subnets.trigger", signer="coldkey", danger="mild")
    @dataclass(frozen=True)
    class Trigger(Operation):
        """Start an epoch early."""

        netuid: Annotated[NetUid, Arg("Which subnet.")]

        def call(self) -> Call:
            return Call("SubtensorModule", "trigger_epoch", {"netuid": self.netuid})

        def summary(self) -> str:
            return f"start an epoch of subnet {self.netuid}"

    built = get_operation("subnets.trigger").build({"netuid": 3})
    assert built == Trigger(3)
    async with connected(scripted_chain()) as client:
        assert client.encode_call(built.call()) == bytes([7, 141, 3, 0])
        assert (await client.plan(built, ALICE)).effects == ()
    assert "subnets.trigger" in all_operations()
