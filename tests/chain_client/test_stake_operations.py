"""Staking operations do what they say on the bundled chain, and foresee its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Alpha, Price, Tao
from taokit.chain_client.operations.stake_everything import AddAllStake
from taokit.chain_client.operations.staking import AddStake, RemoveAllStake, RemoveStake
from taokit.chain_client.reads.stake import stake_at

NET, UNSTARTED = 2, 3
ALPHA, LITTLE, MUCH = Alpha(10**9, NET), Price(1, NET), Price(10**14, NET)
SLIGHTLY_MORE = Price(1_030_000_000, NET)
STAKER, HOT, OWNER_HOT = ss58("staker"), ss58("staker/hot"), ss58("owner/hot")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == NET
        assert stage.subnet("owner2", start=False) == UNSTARTED
        stage.register(NET, "staker")
        stage.fund("poor", 10**9)
        stage.fund("staker", 4 * 10**15)
        yield stage


def staked(stage: Stage, hotkey: str = HOT, netuid: int = NET) -> Alpha:
    return stage.run(stake_at(stage.client, STAKER, hotkey, netuid))


def test_what_a_plan_shows_of_a_trade_is_what_happens(stage: Stage) -> None:
    op = AddStake(HOT, NET, tao("10"), tolerance=Fraction(1, 10))
    effects = {effect.what: effect for effect in stage.plan(op, key("staker")).effects}
    before = staked(stage)
    stage.done(op, key("staker"))
    got = staked(stage) - before
    assert effects["received, as the pool is now"].after.rao == pytest.approx(got.rao, rel=1e-3)
    least = effects["received at least, or nothing is done"].after
    assert Alpha(0, NET) < least < got
    price = stage.run(stage.client.runtime_call("SwapRuntimeApi", "current_alpha_price", NET))
    assert effects[f"price in subnet {NET}"].after.rao == pytest.approx(price, rel=1e-3)


@pytest.mark.parametrize(
    ("op", "signer", "name"),
    [
        (AddStake(HOT, UNSTARTED, tao("1")), "staker", "SubtokenDisabled"),
        (AddStake(HOT, NET, tao("0.002")), "staker", "AmountTooLow"),
        (AddStake(HOT, NET, Tao(2_000_500)), "staker", "AmountTooLow"),
        (AddStake(ss58("nobody's"), NET, tao("1")), "staker", "HotKeyAccountNotExists"),
        (AddStake(HOT, NET, Tao(3 * 10**15)), "staker", "InsufficientLiquidity"),
        (AddStake(HOT, NET, tao("100"), limit_price=SLIGHTLY_MORE), "staker", "SlippageTooHigh"),
        (AddStake(HOT, NET, tao("1"), limit_price=LITTLE), "staker", "PriceLimitExceeded"),
        (
            AddStake(HOT, NET, tao("500"), limit_price=MUCH, allow_partial=True),
            "poor",
            "NotEnoughBalanceToStake",
        ),
        (RemoveStake(HOT, UNSTARTED, Alpha(10**9, UNSTARTED)), "staker", "SubtokenDisabled"),
        (RemoveStake(HOT, NET, ALPHA), "poor", "AmountTooLow"),
        (RemoveStake(HOT, NET, Alpha(10**3, NET)), "staker", "AmountTooLow"),
        (RemoveStake(HOT, NET, ALPHA, limit_price=LITTLE), "poor", "NotEnoughStakeToWithdraw"),
        (RemoveStake(HOT, NET, ALPHA, limit_price=MUCH), "staker", "PriceLimitExceeded"),
        (RemoveAllStake(HOT, NET), "poor", "AmountTooLow"),
        (RemoveAllStake(HOT, NET, limit_price=LITTLE), "poor", "AmountTooLow"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, signer: str, name: str) -> None:
    stage.assert_foreseen(op, key(signer), name)


@pytest.mark.parametrize("limit", [None, LITTLE], ids=["market", "limited"])
def test_a_coldkey_without_tao_unstakes_and_pays_in_alpha(
    stage: Stage, limit: Price | None
) -> None:
    pauper = key("pauper")
    stage.fund("pauper", 10**10)
    stage.done(AddStake(HOT, NET, tao("5")), pauper)
    account = stage.get("Account", pauper.ss58_address, pallet="System")
    stage.store(
        "System", "Account", pauper.ss58_address,
        value={**account, "data": {**account["data"], "free": 0}},
    )  # fmt: skip
    op = RemoveStake(HOT, NET, ALPHA, limit_price=limit)
    plan = stage.plan(op, pauper)
    assert plan.problem is None
    assert any("of the stake goes for it" in warning for warning in plan.warnings)
    receipt = stage.send(plan.operation, pauper).raise_for_failure()
    assert receipt.fee_in_alpha is not None


def test_who_has_neither_tao_nor_stake_cannot_pay(stage: Stage) -> None:
    problem = stage.plan(RemoveAllStake(HOT, NET), key("nobody with stake")).problem
    assert getattr(problem, "name", None) == "AmountTooLow"


def test_all_that_can_be_spared_is_staked_and_the_account_lives(stage: Stage) -> None:
    saver = stage.fund("saver", 10**10)
    plan = stage.plan(AddAllStake(HOT, NET, tolerance=Fraction(1, 2)), saver)
    assert plan.problem is None
    stage.send(plan.operation, saver).raise_for_failure()
    left = stage.get("Account", saver.ss58_address, pallet="System")["data"]["free"]
    assert 500 <= left < 10**7
