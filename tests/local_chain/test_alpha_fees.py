"""Fees paid in stake by who has no TAO, by the expectations of the runtime's own tests."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, add_hotkey, add_subnet, fund, give_stake, key, open_root, stake

from taokit.chain_client.scale import Era
from taokit.local_chain.extensions import MetadataHash, MetadataHashMode
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.extrinsic import Extrinsic
from taokit.local_chain.frame.runtime import ApplyResult
from taokit.local_chain.pallets.subtensor import custody

COLD, OTHER_COLD, HOT, OTHER_HOT = key(101), key(102), key(201), key(202)
DEPOSIT = 500
LENGTH = 200
STAKED = 10 * TAO
PART = TAO // 50


@pytest.fixture
def market(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """Two markets at price 1/2, and a coldkey that has stake on the first and nothing to pay with.

    Signatures are not checked: the fee is what is tested.
    """
    monkeypatch.setattr(chain.runtime, "check_signature", lambda extrinsic: None)
    for netuid in (2, 3):
        add_subnet(chain, netuid, tao=1_000 * TAO, alpha=2_000 * TAO)
    open_root(chain)
    for hotkey in (HOT, OTHER_HOT):
        add_hotkey(chain, hotkey, COLD)
    fund(chain, COLD, DEPOSIT)
    chain.begin_block()
    sub = chain.runtime.subtensor
    for netuid in (2, 3):
        sub.subnet_alpha_out.insert(netuid, 100 * TAO)
        sub.transfer_toggle.insert(netuid, True)
    give_stake(chain, HOT, COLD, 2, STAKED)
    chain.runtime.events.clear()
    return chain


def extrinsic(chain: Chain, name: str, tip: int = 0, /, **args: Any) -> Extrinsic:
    sub = chain.runtime.subtensor
    spec = next(spec for spec in sub.calls.values() if spec.name == name)
    call = Call(type(sub), spec, tuple(args[field] for field, _ in spec.fields))
    return Extrinsic(
        bytes(LENGTH),
        call,
        RuntimeCallCodec.shared.encode(call),
        COLD,
        extras={
            "CheckMortality": Era(),
            "CheckNonce": chain.runtime.system.account.get(COLD).nonce,
            "ChargeTransactionPayment": tip,
            "CheckMetadataHash": MetadataHash(MetadataHashMode.Disabled),
        },
    )


def send(chain: Chain, name: str, tip: int = 0, /, **args: Any) -> ApplyResult:
    return chain.runtime.apply(extrinsic(chain, name, tip, **args))


def remove(chain: Chain, alpha: int = PART, netuid: int = 2, tip: int = 0) -> ApplyResult:
    return send(chain, "remove_stake", tip, hotkey=HOT, netuid=netuid, amount_unstaked=alpha)


def balance(chain: Chain, who: bytes) -> int:
    return int(chain.runtime.balances.free(who))


def author(chain: Chain) -> bytes:
    found = chain.runtime.aura.author()
    assert found is not None
    return found


def names(chain: Chain) -> list[str]:
    return [event.spec.name for event in chain.runtime.events]


def fee_of(chain: Chain, name: str = "remove_stake", /, **args: Any) -> int:
    payment = chain.runtime.transaction_payment
    call = extrinsic(chain, name, **args).call
    return int(payment.fee(LENGTH, call.weight, 0, pays=True))


def test_who_has_tao_pays_in_tao(market: Chain) -> None:
    fund(market, COLD, TAO)
    assert remove(market).error is None
    assert stake(market, HOT, COLD, 2) == STAKED - PART
    assert not market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    ((who, fee, _),) = market.events("TransactionPayment.TransactionFeePaid")
    ((_, _, got, *_),) = market.events("SubtensorModule.StakeRemoved")
    assert who == COLD
    assert balance(market, COLD) == DEPOSIT + TAO + got - fee


def test_who_has_none_pays_in_the_stake_that_the_call_takes_from(market: Chain) -> None:
    earned = balance(market, author(market))
    fee = fee_of(market, hotkey=HOT, netuid=2, amount_unstaked=PART)
    assert remove(market).error is None
    ((who, netuid, alpha, tao),) = market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    assert (who, netuid) == (COLD, 2)
    assert abs(alpha - 2 * fee) <= 1  # at a price of one half
    assert stake(market, HOT, COLD, 2) == STAKED - PART - alpha
    fee_sale, removal = market.events("SubtensorModule.StakeRemoved")
    assert fee_sale[2] == tao
    assert 0 <= fee - tao <= 2
    assert balance(market, COLD) == DEPOSIT + removal[2]
    assert balance(market, author(market)) >= earned + tao
    told = names(market)
    assert told.index("TransactionFeePaidWithAlpha") < told.index("TransactionFeePaid")
    assert market.events("TransactionPayment.TransactionFeePaid")[0][0] == COLD


def test_the_tip_is_paid_in_alpha_as_well_and_nothing_is_given_back(market: Chain) -> None:
    fee = fee_of(market, hotkey=HOT, netuid=2, amount_unstaked=PART)
    assert remove(market, tip=10_000).error is None
    ((_, _, alpha, _),) = market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    assert abs(alpha - 2 * (fee + 10_000)) <= 1
    assert market.events("TransactionPayment.TransactionFeePaid")[0][2] == 10_000


def test_a_call_that_fails_has_paid(market: Chain) -> None:
    outcome = remove(market, alpha=1_000)
    assert outcome.error is not None
    assert outcome.error.name == "AmountTooLow"
    ((_, _, alpha, _),) = market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    assert stake(market, HOT, COLD, 2) == STAKED - alpha
    assert balance(market, COLD) == DEPOSIT


def test_unstaking_everything_pays_out_of_it(market: Chain) -> None:
    assert remove(market, alpha=STAKED).error is None
    assert stake(market, HOT, COLD, 2) == 0
    ((_, _, alpha, _),) = market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    assert market.events("SubtensorModule.StakeRemoved")[1][3] <= STAKED - alpha


def test_stake_worth_less_than_the_fee_does_not_pay(market: Chain) -> None:
    sub = market.runtime.subtensor
    fee = fee_of(market, hotkey=HOT, netuid=2, amount_unstaked=PART)
    from taokit.local_chain.pallets.subtensor import shares

    shares.decrease_stake(sub, HOT, COLD, 2, STAKED - fee)
    outcome = remove(market, alpha=fee // 2)
    assert outcome.invalid is not None
    assert outcome.invalid.kind == "Payment"
    assert stake(market, HOT, COLD, 2) == fee


def test_root_stake_pays_one_to_one(market: Chain) -> None:
    sub = market.runtime.subtensor
    give_stake(market, HOT, COLD, ROOT, STAKED)
    sub.subnet_tao.insert(ROOT, STAKED)
    sub.subnet_alpha_out.insert(ROOT, STAKED)
    fund(market, custody.account_of_netuid(ROOT), STAKED)
    fee = fee_of(market, hotkey=HOT, netuid=ROOT, amount_unstaked=TAO)
    assert remove(market, alpha=TAO, netuid=ROOT).error is None
    told = market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    assert told == [(COLD, ROOT, fee, fee)]
    assert stake(market, HOT, COLD, ROOT) == STAKED - TAO - fee
    assert balance(market, COLD) == DEPOSIT + TAO


def test_a_fee_that_cannot_be_sold_leaves_no_trace(market: Chain) -> None:
    account = custody.account_of_netuid(2)
    market.runtime.balances.withdraw(account, balance(market, account) - DEPOSIT, keep_alive=True)
    market.runtime.events.clear()
    sub = market.runtime.subtensor
    pools = (sub.subnet_tao, sub.subnet_alpha_in, sub.subnet_alpha_out, sub.subnet_volume)
    before = [pool.get(2) for pool in pools], sub.total_stake.get()
    outcome = remove(market)
    assert outcome.invalid is not None
    assert outcome.invalid.kind == "Payment"
    assert ([pool.get(2) for pool in pools], sub.total_stake.get()) == before
    assert stake(market, HOT, COLD, 2) == STAKED
    assert not market.runtime.events


@pytest.mark.parametrize("name", ["unstake_all", "unstake_all_alpha"])
def test_taking_out_of_one_subnet_pays_and_of_several_does_not(market: Chain, name: str) -> None:
    give_stake(market, HOT, COLD, 3, STAKED)
    outcome = send(market, name, hotkey=HOT)
    assert outcome.invalid is not None
    assert outcome.invalid.kind == "Payment"
    assert stake(market, HOT, COLD, 2) == stake(market, HOT, COLD, 3) == STAKED
    market.runtime.subtensor.subtoken_enabled.insert(3, False)
    assert send(market, name, hotkey=HOT).error is None
    assert market.events("SubtensorModule.TransactionFeePaidWithAlpha")[0][1] == 2
    assert stake(market, HOT, COLD, 2) == 0


@pytest.mark.parametrize(
    ("name", "args"),
    [
        (
            "remove_stake_limit",
            {
                "hotkey": HOT,
                "netuid": 2,
                "amount_unstaked": PART,
                "limit_price": 1,
                "allow_partial": False,
            },
        ),
        ("remove_stake_full_limit", {"hotkey": HOT, "netuid": 2, "limit_price": None}),
        (
            "move_stake",
            {
                "origin_hotkey": HOT,
                "destination_hotkey": OTHER_HOT,
                "origin_netuid": 2,
                "destination_netuid": 3,
                "alpha_amount": TAO,
            },
        ),
        (
            "transfer_stake",
            {
                "destination_coldkey": OTHER_COLD,
                "hotkey": HOT,
                "origin_netuid": 2,
                "destination_netuid": 2,
                "alpha_amount": TAO,
            },
        ),
        (
            "swap_stake",
            {"hotkey": HOT, "origin_netuid": 2, "destination_netuid": 3, "alpha_amount": TAO},
        ),
        (
            "swap_stake_limit",
            {
                "hotkey": HOT,
                "origin_netuid": 2,
                "destination_netuid": 3,
                "alpha_amount": TAO,
                "limit_price": 1,
                "allow_partial": True,
            },
        ),
        ("recycle_alpha", {"hotkey": HOT, "amount": TAO, "netuid": 2}),
        ("burn_alpha", {"hotkey": HOT, "amount": TAO, "netuid": 2}),
    ],
)
def test_every_call_that_takes_stake_out_pays_in_it(
    market: Chain, name: str, args: dict[str, Any]
) -> None:
    fee = fee_of(market, name, **args)
    outcome = send(market, name, **args)
    assert outcome.included
    ((_, netuid, alpha, _),) = market.events("SubtensorModule.TransactionFeePaidWithAlpha")
    assert netuid == 2
    assert abs(alpha - 2 * fee) <= 1
    assert outcome.error is None


def test_a_call_that_takes_no_stake_out_is_refused(market: Chain) -> None:
    outcome = send(market, "add_stake", hotkey=HOT, netuid=2, amount_staked=100)
    assert outcome.invalid is not None
    assert outcome.invalid.kind == "Payment"
