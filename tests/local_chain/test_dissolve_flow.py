"""Many subnets dissolved at once, every pot paid out to the last rao, and a new one staked to.

Source: `massive_dissolve_refund_and_reregistration_flow_is_lossless_and_cleans_state` of the
runtime's tests/networks.rs; the names are its numbers.
"""

from __future__ import annotations

from collections import Counter

import pytest
from chain_under_test import Chain
from economy import TAO, add_subnet, fund, key, stake

from taokit.local_chain.pallets.subtensor import custody

MODULE = "SubtensorModule"
COLDKEYS = [3001, 3002, 3003, 3004, 3005, 3006]
POTS = {2: 12_345, 3: 23_456, 4: 34_567, 5: 45_678}
HOLDERS = {2: COLDKEYS[0:4], 3: COLDKEYS[2:6], 4: COLDKEYS, 5: COLDKEYS[1:5]}


Dissolved = tuple[Chain, dict[int, int], dict[int, int], dict[int, dict[int, list[int]]]]


def hotkeys(coldkey: int) -> list[int]:
    return [coldkey + 100_000, coldkey + 200_000]


def free(chain: Chain, coldkey: int) -> int:
    return chain.runtime.balances.free(key(coldkey))


@pytest.fixture(scope="module")
def dissolved() -> Dissolved:
    """A chain with all subnets gone; balances before and after, and who held which alpha."""
    chain = Chain("mainnet")
    chain.begin_block()
    sub = chain.runtime.subtensor
    for coldkey in COLDKEYS:
        fund(chain, key(coldkey), 1_000 * TAO)
    for netuid, holders in HOLDERS.items():
        add_subnet(chain, netuid, tao=TAO, alpha=TAO)
        sub.max_registrations_per_block.insert(netuid, 1_000)
        sub.max_allowed_uids.insert(netuid, 256)
        for coldkey in holders:
            base = 5_000_000 + (netuid - 2) * 1_000_000 + coldkey % 10 * 250_000
            for hotkey, amount in zip(hotkeys(coldkey), (base * 3 // 5, base - base * 3 // 5)):
                named = {"netuid": netuid, "hotkey": key(hotkey)}
                chain.call(key(coldkey), MODULE, "burned_register", **named)
                chain.call(key(coldkey), MODULE, "add_stake", amount_staked=amount, **named)
    alphas = {
        netuid: {
            coldkey: [
                stake(chain, key(hotkey), key(coldkey), netuid) for hotkey in hotkeys(coldkey)
            ]
            for coldkey in holders
        }
        for netuid, holders in HOLDERS.items()
    }
    before = {coldkey: free(chain, coldkey) for coldkey in COLDKEYS}
    for netuid, pot in POTS.items():
        sub.subnet_alpha_in.insert(netuid, 0)
        sub.subnet_tao.insert(netuid, pot)
    for netuid in POTS:
        chain.call(None, MODULE, "root_dissolve_network", netuid=netuid)
    after = {coldkey: free(chain, coldkey) for coldkey in COLDKEYS}
    return chain, before, after, alphas


def test_every_pot_is_paid_out_to_the_last_rao(dissolved: Dissolved) -> None:
    _, before, after, alphas = dissolved
    paid = {coldkey: after[coldkey] - before[coldkey] for coldkey in COLDKEYS}
    assert sum(paid.values()) == sum(POTS.values()) == 116_046
    base: Counter[int] = Counter()
    pairs: Counter[int] = Counter()
    for netuid, held in alphas.items():
        total = sum(sum(amounts) for amounts in held.values())
        for coldkey, amounts in held.items():
            base[coldkey] += sum(alpha * POTS[netuid] // total for alpha in amounts)
            pairs[coldkey] += len(amounts)
    for coldkey in COLDKEYS:
        assert base[coldkey] <= paid[coldkey] <= base[coldkey] + pairs[coldkey]
    assert base.total() < sum(POTS.values()) <= base.total() + pairs.total()


def test_nothing_of_the_subnets_is_left(dissolved: Dissolved) -> None:
    chain = dissolved[0]
    sub = chain.runtime.subtensor
    for netuid in POTS:
        assert all(holding[2] != netuid for holding in [*sub.alpha_v2.keys(), *sub.alpha.keys()])
        assert all(pool[1] != netuid for pool in sub.total_hotkey_alpha.keys())
        assert not sub.networks_added.contains(netuid)
        assert not chain.runtime.swap.pal_swap_initialized.contains(netuid)
        assert chain.runtime.balances.free(custody.account_of_netuid(netuid)) == 500


def test_a_new_subnet_takes_a_freed_netuid_and_can_be_staked_to(dissolved: Dissolved) -> None:
    chain = dissolved[0]
    sub, market = chain.runtime.subtensor, chain.runtime.swap
    fund(chain, owner := key(99_001), 3_000 * TAO)
    chain.call(owner, MODULE, "register_network", hotkey=key(99_000))
    netuid = chain.events("SubtensorModule.NetworkAdded")[-1][0]
    assert netuid == 2
    sub.subtoken_enabled.insert(netuid, True)
    for coldkey in COLDKEYS[:3]:
        named = {"netuid": netuid, "hotkey": key(hotkeys(coldkey)[0])}
        chain.call(key(coldkey), MODULE, "burned_register", **named)
        before = free(chain, coldkey)
        told = market.sim_swap_tao_for_alpha(netuid, 2_002_000)
        chain.call(key(coldkey), MODULE, "add_stake", amount_staked=2_002_000, **named)
        assert free(chain, coldkey) == before - 2_002_000
        assert stake(chain, named["hotkey"], key(coldkey), netuid) == told.alpha_amount > 0
