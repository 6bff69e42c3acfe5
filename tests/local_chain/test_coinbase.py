"""What a block mints, where it goes, and what waits for epochs."""

from __future__ import annotations

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, U16_MAX, U64_MAX, add_neuron, add_subnet, fund, key

from taokit.local_chain.arithmetic.fixed import I96F32, U96F32
from taokit.local_chain.pallets.subtensor import coinbase, custody
from taokit.local_chain.pallets.subtensor.block_emission import emission_for_issuance


@pytest.fixture
def bare(chain: Chain) -> Chain:
    """A chain whose only subnets are those that a test adds, inside block 1."""
    sub = chain.runtime.subtensor
    chain.begin_block()
    sub.networks_added.remove(1)
    for item in (sub.subnet_alpha_out, sub.subnetwork_n, sub.incentive, sub.last_update):
        item.remove(1)
    sub.keys.clear((1,))
    sub.total_issuance.put(0)
    sub.subnet_owner_cut.put(0)
    return chain


def full_root(chain: Chain) -> None:
    """Root so large that injection is not bounded (the runtime tests' set_full_injection...)."""
    chain.runtime.subtensor.subnet_tao.insert(ROOT, 10**18)
    chain.runtime.subtensor.tao_weight.put(U64_MAX)


def run_coinbase(chain: Chain, amount: int) -> None:
    sub = chain.runtime.subtensor
    netuids = [netuid for netuid in sub.networks_added.keys() if netuid != ROOT]
    coinbase.run_coinbase(sub, custody.mint_tao(sub, amount), netuids)


def moving_price(chain: Chain, netuid: int, price: float) -> None:
    chain.runtime.subtensor.subnet_moving_price.insert(netuid, I96F32.from_float(price))


# -- numbers of the runtime's tests ----------------------------------------------------------------


def test_all_tao_is_injected_into_the_only_subnet(bare: Chain) -> None:
    """coinbase.rs test_coinbase_tao_issuance_base."""
    sub = bare.runtime.subtensor
    add_subnet(bare, 1, tao=10**12, alpha=10**12)
    moving_price(bare, 1, 1)
    full_root(bare)
    issuance, staked = sub.total_issuance.get(), sub.total_stake.get()
    run_coinbase(bare, 1_234_567)
    assert sub.subnet_tao.get(1) == 10**12 + 1_234_567
    assert sub.total_issuance.get() == issuance + 1_234_567
    assert sub.total_stake.get() == staked + 1_234_567


def test_tao_follows_moving_prices(bare: Chain) -> None:
    """coinbase.rs test_coinbase_tao_issuance_different_prices."""
    sub = bare.runtime.subtensor
    for netuid, alpha, price in ((1, 1_000_000, 0.1), (2, 500_000, 0.2)):
        add_subnet(bare, netuid, tao=100_000, alpha=alpha)
        moving_price(bare, netuid, price)
        bare.runtime.swap.initialize(netuid)
    full_root(bare)
    emission = 100_000_000
    run_coinbase(bare, emission)
    assert abs(sub.subnet_tao.get(1) - (100_000 + emission // 3)) <= 10
    assert abs(sub.subnet_tao.get(2) - (100_000 + 2 * emission // 3)) <= 10


def test_alpha_enters_at_the_price(bare: Chain) -> None:
    """coinbase.rs test_coinbase_alpha_issuance_different."""
    sub = bare.runtime.subtensor
    for netuid, tao, price in ((1, 1_000_000, 1), (2, 2_000_000, 2)):
        add_subnet(bare, netuid, tao=tao, alpha=1_000_000)
        moving_price(bare, netuid, price)
    full_root(bare)
    run_coinbase(bare, 1_000_000)
    assert sub.subnet_alpha_in.get(1) == 1_000_000 + 333_333
    assert sub.subnet_alpha_in.get(2) == 1_000_000 + 333_333


def test_without_markets_everything_is_one_to_one(bare: Chain) -> None:
    """coinbase.rs test_coinbase_alpha_issuance_base."""
    sub = bare.runtime.subtensor
    for netuid in (1, 2):
        add_subnet(bare, netuid, tao=1_000_000, alpha=1_000_000, dynamic=False)
    full_root(bare)
    run_coinbase(bare, 1_000_000)
    assert [sub.subnet_alpha_in.get(netuid) for netuid in (1, 2)] == [1_500_000] * 2


def test_injection_is_capped_and_the_rest_buys_alpha(bare: Chain) -> None:
    """coinbase.rs test_coinbase_alpha_issuance_with_cap_trigger_and_block_emission."""
    sub, swap = bare.runtime.subtensor, bare.runtime.swap
    supply = 21_000_000_000_000_000
    for netuid in (1, 2):
        add_subnet(bare, netuid, tao=1_000_000, alpha=100_000_000_000)
        moving_price(bare, netuid, netuid)
        swap.initialize(netuid)
        sub.subnet_alpha_out.insert(netuid, supply)
    before = [swap.price(netuid) for netuid in (1, 2)]
    run_coinbase(bare, 1_000_000)
    for netuid, price in zip((1, 2), before, strict=True):
        bought = sub.subnet_protocol_alpha.get(netuid)
        assert bought > 0
        assert sub.subnet_alpha_in.get(netuid) == 100_000_000_000 - bought
        assert sub.subnet_alpha_out.get(netuid) == supply + bought
        assert swap.price(netuid) > price
        assert sub.subnet_excess_tao.get(netuid) in (333_333, 666_666)
        assert sub.subnet_tao_in_emission.get(netuid) == 0


def test_root_proportion_is_weighted_root_stake_over_all(bare: Chain) -> None:
    """coinbase.rs test_root_proportion."""
    from taokit.local_chain.pallets.subtensor import stake_weight

    sub = bare.runtime.subtensor
    add_subnet(bare, 1, alpha=100_000_000_000)
    sub.subnet_tao.insert(ROOT, 1_000_000_000_000)
    sub.tao_weight.put(3_320_413_933_267_719_290)
    weight = stake_weight.tao_weight(sub)
    weighted = weight * 1_000_000_000_000
    expected = (weighted << 32) // (weighted + (100_000_000_000 << 32))
    assert coinbase.root_proportion(sub, 1, weight) == expected


# -- rules -----------------------------------------------------------------------------------------


def test_emission_switched_off_everywhere_is_recycled(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    add_subnet(bare, 1, tao=TAO, alpha=TAO)
    moving_price(bare, 1, 1)
    sub.subnet_emission_enabled.insert(1, False)
    issued = bare.runtime.balances.total_issuance.get()
    counted = sub.total_issuance.get()
    run_coinbase(bare, TAO)
    assert bare.runtime.balances.total_issuance.get() == issued
    assert sub.total_issuance.get() == counted
    assert sub.subnet_tao.get(1) == TAO
    assert sub.subnet_alpha_out.get(1) == TAO, "alpha is minted all the same"


def test_a_disabled_subnets_share_goes_to_the_others(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    for netuid in (1, 2):
        add_subnet(bare, netuid, tao=10**12, alpha=10**12)
        moving_price(bare, netuid, 1)
    sub.subnet_emission_enabled.insert(1, False)
    full_root(bare)
    run_coinbase(bare, 1_000_000)
    assert sub.subnet_tao.get(1) == 10**12
    assert sub.subnet_tao.get(2) == 10**12 + 1_000_000


def test_subnets_that_burn_their_miners_pay_get_less(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    for netuid in (1, 2):
        add_subnet(bare, netuid, tao=10**12, alpha=10**12)
        moving_price(bare, netuid, 1)
    sub.miner_burned.insert(1, U96F32.one // 2)
    full_root(bare)
    run_coinbase(bare, 3_000_000)
    gained = [sub.subnet_tao.get(netuid) - 10**12 for netuid in (1, 2)]
    assert gained[1] - 2 * gained[0] in (0, 1, 2)


def test_a_blocks_alpha_is_set_aside_by_halves(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    add_subnet(bare, 1, tao=10**12, alpha=10**12)
    sub.subnet_owner_cut.put(U16_MAX // 10)
    run_coinbase(bare, TAO)
    cut = int(TAO * (U16_MAX // 10) / U16_MAX)
    assert abs(sub.pending_owner_cut.get(1) - cut) <= 1
    assert abs(sub.pending_server_emission.get(1) - (TAO - cut) // 2) <= 1
    assert abs(sub.pending_validator_emission.get(1) - (TAO - cut) // 2) <= 1
    assert sub.subnet_alpha_out_emission.get(1) == TAO
    assert sub.pending_root_alpha_divs.get(1) == 0


@pytest.mark.parametrize(("price", "kept"), [(0.4, False), (0.5, False), (0.6, True)])
def test_root_dividends_wait_only_while_prices_sum_to_more_than_one(
    bare: Chain, price: float, kept: bool
) -> None:
    sub = bare.runtime.subtensor
    for netuid in (1, 2):
        add_subnet(bare, netuid, tao=10**12, alpha=10**12)
        moving_price(bare, netuid, price)
    sub.subnet_tao.insert(ROOT, 10**12)
    run_coinbase(bare, TAO)
    assert (sub.pending_root_alpha_divs.get(1) > 0) is kept
    assert (bare.runtime.alpha_assets.alpha_recycled.get(1) > 0) is not kept


def test_a_subnet_that_has_not_started_gets_nothing(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    add_subnet(bare, 1, tao=TAO, alpha=TAO)
    sub.first_emission_block_number.remove(1)
    run_coinbase(bare, TAO)
    assert sub.subnet_tao.get(1) == TAO
    assert sub.subnet_alpha_out.get(1) == 0


def test_what_subnets_take_is_in_their_accounts(bare: Chain) -> None:
    sub, balances = bare.runtime.subtensor, bare.runtime.balances
    add_subnet(bare, 1, tao=10**12, alpha=10**12)
    moving_price(bare, 1, 1)
    sub.subnet_tao.insert(ROOT, 10**12)
    fund(bare, custody.account_of_netuid(ROOT), 10**12)
    for _ in range(20):
        run_coinbase(bare, TAO)
    assert balances.free(custody.account_of_netuid(1)) == sub.subnet_tao.get(1)
    free = sum(info.data.free for info in bare.runtime.system.account.values())
    assert free == balances.total_issuance.get()


@pytest.mark.parametrize(
    ("issuance", "emission"),
    [
        (0, TAO),
        (10_500_000 * TAO - 1, TAO),
        (10_500_000 * TAO, TAO // 2),
        (15_750_000 * TAO, TAO // 4),
        (18_375_000 * TAO, TAO // 8),
        (21_000_000 * TAO, 0),
    ],
)
def test_emission_halves_with_the_issuance(issuance: int, emission: int) -> None:
    assert emission_for_issuance(issuance) == emission


def test_the_looked_up_schedule_is_the_computed_one() -> None:
    from taokit.local_chain.emission import block_emission

    for step in range(0, 21_000_000, 137_777):
        assert emission_for_issuance(step * TAO) == block_emission(step * TAO)


def test_minting_never_passes_21_million(bare: Chain) -> None:
    balances = bare.runtime.balances
    left = 21_000_000 * TAO - balances.total_issuance.get()
    fund(bare, key(1), left - 7)
    assert custody.mint_tao(bare.runtime.subtensor, TAO).amount == 7


# -- epochs ----------------------------------------------------------------------------------------


def test_an_epoch_runs_once_a_tempo_and_drains_what_waited(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    add_subnet(bare, 1, tempo=5)
    sub.last_epoch_block.insert(1, 1)
    add_neuron(bare, 1, key(1), key(2))
    bare.end_block()
    ran = []
    for _ in range(12):
        bare.begin_block()
        if sub.last_epoch_block.get(1) == bare.number:
            ran.append(bare.number)
            assert sub.pending_server_emission.get(1) == 0
            assert sub.blocks_since_last_step.get(1) == 0
            assert sub.last_mechansim_step_block.get(1) == bare.number
        bare.end_block()
    assert ran == [6, 11]
    assert sub.subnet_epoch_index.get(1) == 2


def test_epochs_beyond_the_limit_of_a_block_wait_for_the_next(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    sub.max_epochs_per_block.put(2)
    for netuid in (1, 2, 3):
        add_subnet(bare, netuid, tempo=5)
        sub.last_epoch_block.insert(netuid, 1)
    bare.end_block()
    bare.run_block(4)
    bare.begin_block()
    assert bare.events("SubtensorModule.EpochDeferred") == [(3, 6, 7)]
    assert [sub.last_epoch_block.get(n) for n in (1, 2, 3)] == [6, 6, 1]
    bare.end_block()
    bare.begin_block()
    assert [sub.last_epoch_block.get(n) for n in (1, 2, 3)] == [6, 6, 7]
    assert sub.pending_epoch_at.get(3) == 0


def test_a_subnet_with_a_hotkey_twice_skips_its_epoch(bare: Chain) -> None:
    sub = bare.runtime.subtensor
    add_subnet(bare, 1, tempo=5)
    sub.last_epoch_block.insert(1, 1)
    add_neuron(bare, 1, key(1), key(2))
    sub.keys.insert((1, 1), key(1))
    sub.pending_server_emission.insert(1, 77)
    bare.end_block()
    bare.run_block(4)
    bare.begin_block()
    assert bare.events("SubtensorModule.EpochSkipped") == [(1, 6)]
    assert sub.pending_server_emission.get(1) > 77
    assert sub.last_epoch_block.get(1) == 6
    assert sub.last_mechansim_step_block.get(1) == 0
