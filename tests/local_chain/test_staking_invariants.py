"""Whatever is staked, moved and taken out: no TAO appears or disappears, and stakes add up."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, add_hotkey, add_subnet, fund, key, open_root, stake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.pallets.subtensor import custody

COLDKEYS = [key(101), key(102)]
HOTKEYS = [key(201), key(202)]
NETUIDS = [ROOT, 2, 3]
MODULE = "SubtensorModule"

amounts = st.one_of(st.integers(0, 3_000_000), st.integers(1, 20 * TAO), st.just(10**15))
netuids = st.sampled_from(NETUIDS)
hotkeys = st.sampled_from(HOTKEYS)
operations = st.one_of(
    st.tuples(
        st.just("add_stake"),
        st.fixed_dictionaries({"hotkey": hotkeys, "netuid": netuids, "amount_staked": amounts}),
    ),
    st.tuples(
        st.just("remove_stake"),
        st.fixed_dictionaries({"hotkey": hotkeys, "netuid": netuids, "amount_unstaked": amounts}),
    ),
    st.tuples(
        st.just("swap_stake"),
        st.fixed_dictionaries(
            {
                "hotkey": hotkeys,
                "origin_netuid": netuids,
                "destination_netuid": netuids,
                "alpha_amount": amounts,
            }
        ),
    ),
    st.tuples(
        st.just("transfer_stake"),
        st.fixed_dictionaries(
            {
                "destination_coldkey": st.sampled_from(COLDKEYS),
                "hotkey": hotkeys,
                "origin_netuid": netuids,
                "destination_netuid": netuids,
                "alpha_amount": amounts,
            }
        ),
    ),
    st.tuples(
        st.sampled_from(["recycle_alpha", "burn_alpha"]),
        st.fixed_dictionaries({"hotkey": hotkeys, "netuid": netuids, "amount": amounts}),
    ),
    st.tuples(
        st.sampled_from(["unstake_all", "unstake_all_alpha"]),
        st.fixed_dictionaries({"hotkey": hotkeys}),
    ),
)
steps = st.lists(st.tuples(st.sampled_from(COLDKEYS), operations), max_size=12)


@pytest.fixture(scope="module")
def market() -> Chain:
    chain = Chain()
    for netuid in (2, 3):
        add_subnet(chain, netuid, tao=500 * TAO, alpha=700 * TAO)
    open_root(chain)
    for coldkey, hotkey in zip(COLDKEYS, HOTKEYS, strict=True):
        fund(chain, coldkey, 40 * TAO)
        add_hotkey(chain, hotkey, coldkey)
    chain.begin_block()
    return chain


def balances_total(chain: Chain) -> int:
    return sum(info.data.free for info in chain.runtime.system.account.values())


def alpha_total(chain: Chain, netuid: int) -> int:
    sub, assets = chain.runtime.subtensor, chain.runtime.alpha_assets
    issued = sub.subnet_alpha_in.get(netuid) + sub.subnet_alpha_out.get(netuid)
    recycled: int = assets.alpha_recycled.get(netuid)
    return issued + recycled


def run(chain: Chain, coldkey: bytes, operation: tuple[str, dict[str, Any]]) -> None:
    name, args = operation
    try:
        chain.call(coldkey, MODULE, name, **args)
    except DispatchError:
        return


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_stake_operations_conserve_tao_and_alpha(market: Chain, steps: list[Any]) -> None:
    sub, overlay = market.runtime.subtensor, market.runtime.overlay
    mark = overlay.mark()
    issued = market.runtime.balances.total_issuance.get()
    counted = sub.total_issuance.get()
    alpha = {netuid: alpha_total(market, netuid) for netuid in (2, 3)}
    for coldkey, operation in steps:
        run(market, coldkey, operation)
        # No rao of TAO is made or lost.
        assert balances_total(market) == market.runtime.balances.total_issuance.get() == issued
        assert sub.total_issuance.get() == counted
        for netuid in NETUIDS:
            account = custody.account_of_netuid(netuid)
            # What a subnet owes from its reserve is really in its account.
            assert market.runtime.balances.free(account) >= sub.subnet_tao.get(netuid)
            stakes = 0
            for hotkey in HOTKEYS:
                held = sum(stake(market, hotkey, coldkey, netuid) for coldkey in COLDKEYS)
                pool = sub.total_hotkey_alpha.get((hotkey, netuid))
                # Holders' parts add up to the pool, but for what floors leave.
                assert pool - 2 <= held <= pool
                stakes += pool
            assert stakes <= sub.subnet_alpha_out.get(netuid) + sub.subnet_alpha_in.get(netuid)
        for netuid, before in alpha.items():
            assert alpha_total(market, netuid) == before
    overlay.rollback(mark)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(amount=st.integers(2_100_000, 39 * TAO), netuid=st.sampled_from([2, 3]))
def test_a_round_trip_never_earns(market: Chain, amount: int, netuid: int) -> None:
    mark = market.runtime.overlay.mark()
    coldkey, hotkey = COLDKEYS[0], HOTKEYS[0]
    held = market.runtime.balances.free(coldkey)
    market.call(coldkey, MODULE, "add_stake", hotkey=hotkey, netuid=netuid, amount_staked=amount)
    market.call(
        coldkey, MODULE, "remove_stake", hotkey=hotkey, netuid=netuid, amount_unstaked=10**18
    )
    assert held - amount // 100 - 10 < market.runtime.balances.free(coldkey) < held
    market.runtime.overlay.rollback(mark)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(st.integers(1, 10**15), min_size=1, max_size=6),
    reward=st.integers(0, 10**15),
)
def test_a_reward_is_shared_in_proportion(market: Chain, parts: list[int], reward: int) -> None:
    from taokit.local_chain.pallets.subtensor import shares

    sub, mark = market.runtime.subtensor, market.runtime.overlay.mark()
    hotkey = key(777)
    for number, part in enumerate(parts):
        shares.increase_stake(sub, hotkey, key(1_000 + number), 2, part)
    shares.increase_stake_for_all(sub, hotkey, 2, reward)
    whole = sum(parts)
    for number, part in enumerate(parts):
        expected = part + reward * part // whole
        got = shares.stake_of_pair(sub, hotkey, key(1_000 + number), 2)
        assert abs(got - expected) <= 2
    assert shares.stake_of_hotkey(sub, hotkey, 2) == whole + reward
    market.runtime.overlay.rollback(mark)
