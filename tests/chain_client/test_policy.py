"""A policy is obeyed by whatever signs, also inside wrappers; what it cannot see it refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from script_world import ALICE, BOB, world

from taokit.chain_client import Call, Tao
from taokit.chain_client.errors import (
    DispatchFailed,
    PolicyUnreadable,
    PolicyViolation,
    PoolRejected,
)
from taokit.chain_client.limit_orders import LimitOrder, sign_order
from taokit.chain_client.operations import all_operations
from taokit.chain_client.operations.transfers import Transfer
from taokit.chain_client.policy import Ledger, Policy, PolicyGuard, Refusing
from taokit.chain_client.policy.inside import Seen
from taokit.chain_client.policy.operation_calls import calls_by_operation
from taokit.chain_client.policy.roles import accounts_not_understood
from taokit.chain_client.policy.spending import money_not_understood
from taokit.wallet import Keypair, dev_key

CHARLIE = dev_key("Charlie")
TRANSFER = Call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 10**9})
STAKE = Call(
    "SubtensorModule",
    "add_stake",
    {"hotkey": BOB.ss58_address, "netuid": 1, "amount_staked": 10**9},
)


def policy(text: str) -> Policy:
    return Policy.parse(text, path="policy.toml")


def proxied(call: Call) -> Call:
    real = {"Id": CHARLIE.ss58_address}
    return Call("Proxy", "proxy", {"real": real, "force_proxy_type": None, "call": call})


def batched(*calls: Call) -> Call:
    return Call("Utility", "batch_all", {"calls": list(calls)})


def multisigned(call: Call) -> Call:
    return Call(
        "Multisig",
        "as_multi_threshold_1",
        {"other_signatories": [CHARLIE.ss58_address], "call": call},
    )


WRAPPERS = [
    lambda call: call,
    proxied,
    batched,
    multisigned,
    lambda c: batched(proxied(batched(c))),
]

RULES = [
    ('operations = ["stake.*"]', TRANSFER, STAKE, "operations"),
    ('operations = ["Balances.*"]', STAKE, TRANSFER, "operations"),
    ('forbidden_operations = ["wallet.transfer"]', TRANSFER, STAKE, "forbidden_operations"),
    ("netuids = [3]", STAKE, TRANSFER, "netuids"),
    (f'hotkeys = ["{ALICE.ss58_address}"]', STAKE, TRANSFER, "hotkeys"),
    (f'destinations = ["{ALICE.ss58_address}"]', TRANSFER, STAKE, "destinations"),
    (f'signers = ["{BOB.ss58_address}"]', TRANSFER, None, "signers"),
    ('networks = ["finney"]', TRANSFER, None, "networks"),
    ('[max_spend]\nper_operation = "0.5"', TRANSFER, None, "max_spend.per_operation"),
    ('[max_spend]\nper_day = "0.5"', STAKE, None, "max_spend.per_day"),
    (
        '[max_spend.operations]\n"stake.add" = "0.5"',
        STAKE,
        TRANSFER,
        "max_spend.operations.stake.add",
    ),
]


@pytest.mark.parametrize(("text", "forbidden", "allowed", "rule"), RULES)
async def test_a_rule_holds_for_plans_and_signatures_however_wrapped(
    text, forbidden, allowed, rule, tmp_path
):
    async with world(tmp_path) as here:
        chain = here.chain
        chain.guard = PolicyGuard(policy(text), Ledger(tmp_path / "spends"))
        for wrap in WRAPPERS:
            plan = await chain.plan(wrap(forbidden), ALICE)
            assert isinstance(plan.problem, PolicyViolation)
            assert (plan.problem.rule, plan.problem.path) == (rule, "policy.toml")
            for signing in (chain.sign, chain.send, chain.submit):
                with pytest.raises(PolicyViolation) as caught:
                    await signing(wrap(forbidden), ALICE)
                assert caught.value.rule == rule
            if allowed is not None:
                await chain.sign(wrap(allowed), ALICE)


@pytest.mark.parametrize(
    "call",
    [
        Call("Multisig", "approve_as_multi", {
            "threshold": 2,
            "other_signatories": [BOB.ss58_address],
            "maybe_timepoint": None,
            "call_hash": bytes(32),
            "max_weight": {"ref_time": 0, "proof_size": 0},
        }),
        Call("Proxy", "announce", {"real": {"Id": BOB.ss58_address}, "call_hash": bytes(32)}),
        Call("MevShield", "submit_encrypted", {"ciphertext": bytes(40)}),
    ],
    ids=lambda call: call.name,
)  # fmt: skip
async def test_what_cannot_be_seen_is_refused_by_any_policy(call, tmp_path):
    async with world(tmp_path) as here:
        here.chain.guard = PolicyGuard(policy(""), Ledger(tmp_path / "spends"))
        for wrapped in (call, batched(call)):
            with pytest.raises(PolicyViolation, match="cannot be seen"):
                await here.chain.sign(wrapped, ALICE)
        if call.pallet == "MevShield":
            here.chain.guard = PolicyGuard(policy("allow_shielded = true"), Ledger(tmp_path / "s"))
            await here.chain.sign(call, ALICE)


async def test_an_order_counts_as_the_trade_that_it_stands_for(tmp_path):
    order = LimitOrder(
        ALICE.ss58_address, BOB.ss58_address, 1, "buy", 10**9, 10**9, expiry=10**13, chain_id=1
    )
    async with world(tmp_path) as here:
        for text, rule in [
            ("netuids = [3]", "netuids"),
            ('[max_spend]\nper_operation = "0.5"', "max_spend.per_operation"),
            ('operations = ["wallet.*"]', "operations"),
        ]:
            here.chain.guard = PolicyGuard(policy(text), Ledger(tmp_path / "spends"))
            with pytest.raises(PolicyViolation) as caught:
                await sign_order(here.chain, order, ALICE)
            assert caught.value.rule == rule
        allowed = policy('operations = ["stake.*"]\n[max_spend]\nper_day = "1"')
        here.chain.guard = PolicyGuard(allowed, Ledger(tmp_path / "spends"))
        await sign_order(here.chain, order, ALICE)
        with pytest.raises(PolicyViolation, match="24 hours"):
            await here.chain.sign(STAKE, ALICE)


async def test_what_acts_on_everything_breaks_a_rule_on_subnets(tmp_path):
    unstake = Call("SubtensorModule", "unstake_all", {"hotkey": BOB.ss58_address})
    give = Call("Balances", "transfer_all", {"dest": BOB.ss58_address, "keep_alive": True})
    async with world(tmp_path) as here:
        here.chain.guard = PolicyGuard(policy("netuids = [1]"), Ledger(tmp_path / "spends"))
        with pytest.raises(PolicyViolation, match="every subnet"):
            await here.chain.sign(unstake, ALICE)
        text = '[max_spend]\nper_operation = "1000"'
        here.chain.guard = PolicyGuard(policy(text), Ledger(tmp_path / "spends"))
        with pytest.raises(PolicyViolation, match="more than"):
            await here.chain.sign(give, ALICE)
        with pytest.raises(PolicyViolation, match="whose balance"):
            await here.chain.sign(proxied(give), ALICE)


async def test_spends_are_counted_across_programs_and_only_what_was_not_sent_is_taken_back(
    tmp_path,
):
    text = '[max_spend]\nper_day = "2.5"'
    now = [1_000_000.0]
    async with world(tmp_path) as here:

        def another_program() -> None:
            ledger = Ledger(tmp_path / "spends", clock=lambda: now[0])
            here.chain.guard = PolicyGuard(policy(text), ledger)

        op = Transfer(BOB.ss58_address, Tao(10**9))
        for _ in range(2):
            another_program()
            (await here.chain.submit(op, ALICE)).raise_for_failure()
        another_program()
        with pytest.raises(PolicyViolation, match="in 24 hours"):
            await here.chain.submit(op, ALICE)
        assert (tmp_path / "spends").stat().st_mode & 0o777 == 0o600
        now[0] += 86_401
        poor = Keypair.from_uri("//Nobody with money")
        another_program()
        for _ in range(4):  # refused by the pool: not one of them counts
            with pytest.raises(PoolRejected):
                await here.chain.submit(op, poor)
        (await here.chain.submit(op, ALICE)).raise_for_failure()
        assert (
            Ledger(tmp_path / "spends", clock=lambda: now[0]).spent(here.chain.runtime.genesis_hash)
            == 10**9
        )


async def test_many_at_once_cannot_spend_more_than_a_day_allows(tmp_path):
    async with world(tmp_path) as here:
        here.chain.guard = PolicyGuard(
            policy('[max_spend]\nper_day = "3"'), Ledger(tmp_path / "spends")
        )
        op = Transfer(BOB.ss58_address, Tao(10**9))
        found = await asyncio.gather(
            *(here.chain.submit(op, ALICE) for _ in range(8)), return_exceptions=True
        )
        assert sum(isinstance(one, PolicyViolation) for one in found) == 5
        assert sum(not isinstance(one, BaseException) and one.success for one in found) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("operation = []", "operations"),
        ("[max_spend]\nper_hour = 1", "per_day"),
        ("netuids = 1", "list of whole numbers"),
        ('hotkeys = ["5F"]', "hotkeys"),
        ("this is no toml", "not TOML"),
        ('[max_spend]\nper_day = "1.5x"', "per_day"),
        ("[max_spend]\nper_day = 1.5", "text such as"),
        ('operations = ["steak.*"]', "neither an operation nor a call"),
    ],
)
def test_a_policy_with_a_mistake_is_unreadable(text, said):
    with pytest.raises(PolicyUnreadable) as caught:
        policy(text)
    assert said in f"{caught.value.message} {caught.value.hint}"


async def test_an_unreadable_policy_lets_nothing_be_signed(tmp_path):
    async with world(tmp_path) as here:
        here.chain.guard = Refusing(PolicyUnreadable("no", path="policy.toml"))
        for signing in (here.chain.sign, here.chain.send, here.chain.submit):
            with pytest.raises(PolicyUnreadable):
                await signing(TRANSFER, ALICE)
        assert isinstance((await here.chain.plan(TRANSFER, ALICE)).problem, PolicyUnreadable)


async def test_a_script_obeys_and_its_failed_calls_still_count_as_signed(tmp_path):
    async with world(tmp_path) as here:
        guard = PolicyGuard(policy('[max_spend]\nper_day = "1"'), Ledger(tmp_path / "spends"))
        here.chain.guard = guard
        lost = Call(
            "Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 5 * 10**8}
        )
        failing = batched(
            lost, Call("Sudo", "sudo", {"call": Call("System", "remark", {"remark": b""})})
        )
        receipt = await here.chain.submit(failing, BOB)
        assert isinstance(receipt.error, DispatchFailed)
        with pytest.raises(PolicyViolation):
            await here.chain.submit(TRANSFER, BOB)


async def test_every_argument_of_every_call_of_the_runtime_is_understood(tmp_path):
    """An account or an amount of a newer runtime that no table knows would be refused."""
    known_strange = {"LimitOrders.cancel_order", "LimitOrders.execute_orders"}
    known_strange |= {"LimitOrders.execute_batched_orders", "AdminUtils.swap_authorities"}
    known_strange |= {"Swap.add_liquidity"}
    accounts, money = set(), set()
    async with world(tmp_path) as here:
        for pallet in here.chain.runtime.metadata.pallets.values():
            for call in pallet.calls.values():
                types = {str(field.name): str(field.type_name) for field in call.fields}
                seen = Seen(pallet.name, call.name, {}, types)
                if accounts_not_understood(seen):
                    accounts.add(f"{pallet.name}.{call.name}")
                if money_not_understood(seen):
                    money.add(f"{pallet.name}.{call.name}")
    assert accounts <= known_strange
    assert money <= {
        "Balances.force_unreserve",
        "Balances.force_adjust_total_issuance",
    }


def test_operations_are_known_by_their_calls():
    calls = calls_by_operation()
    module = "SubtensorModule"
    assert calls["stake.add"] == {(module, "add_stake"), (module, "add_stake_limit")}
    assert calls["wallet.transfer"] == {("Balances", "transfer_keep_alive")}
    assert set(calls) == set(all_operations())
    assert sum(bool(found) for found in calls.values()) > len(calls) // 2


def test_no_rule_stands_for_every_file_that_is_empty():
    assert policy("") == Policy("policy.toml")
    assert not policy("").limits_spending
    assert Path(policy("").path).name == "policy.toml"
