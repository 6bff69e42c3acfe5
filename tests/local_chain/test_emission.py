"""Emission, chain-set prices and dividend splits against the runtime's own expectations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import load

from taokit.local_chain.arithmetic import I64F64, I96F32, U64F64, U96F32
from taokit.local_chain.dividends import (
    Parent,
    dividend_distribution,
    epoch_stake,
    inherited_stake,
    self_contribution,
    split_among_parents,
)
from taokit.local_chain.emission import (
    block_emission,
    emission_shares,
    root_proportion,
    root_sells,
    split_alpha_out,
    subnet_emissions,
    subnet_terms,
    u16_fraction,
    u64_fraction,
)
from taokit.local_chain.prices import (
    burn_after_block,
    burn_after_registration,
    lock_cost,
    lock_reduction_interval,
    median_price,
    moving_price_after_block,
)

VECTORS = load("emission")
U64_MAX = 2**64 - 1
WHOLE = U64_MAX


def u64(value: float) -> int:
    return U64F64.from_float(value)


@pytest.mark.parametrize("case", VECTORS["block_emission"]["cases"])
def test_emission_halves_by_issuance(case: dict) -> None:
    assert block_emission(case["issuance"]) == case["emission"]


@pytest.mark.parametrize("case", VECTORS["shares"]["cases"])
def test_shares_follow_moving_prices(case: dict) -> None:
    shares = emission_shares(
        [u64(price) for price in case["prices"]],
        [U96F32.from_float(burned) for burned in case["burned"]],
    )
    assert [U64F64.to_float(share) for share in shares] == pytest.approx(
        case["shares"], abs=case["tolerance"]
    )


def test_burning_miners_emission_costs_a_subnet_its_share() -> None:
    half = U96F32.one >> 1
    shares = emission_shares([u64(1.0), u64(1.0)], [half, 0])
    assert [U64F64.to_float(share) for share in shares] == pytest.approx([1 / 3, 2 / 3], abs=1e-9)
    both = emission_shares([u64(1.0), u64(3.0)], [U96F32.one, 2 * U96F32.one])
    assert [U64F64.to_float(share) for share in both] == pytest.approx([0.25, 0.75], abs=1e-9)


def test_disabled_subnets_leave_their_share_to_the_enabled() -> None:
    half = U64F64.one >> 1
    assert subnet_emissions(10**9, [half, half], [True, False]) == [U96F32.from_int(10**9), 0]
    assert subnet_emissions(10**9, [half, half], [False, False]) == [0, 0]
    assert subnet_emissions(10**9, [half, half], [True, True]) == [U96F32.from_int(5 * 10**8)] * 2
    assert subnet_emissions(10**9, [], []) == []


def test_root_sells_only_above_a_total_price_of_one() -> None:
    assert not root_sells([u64(0.5), u64(0.5)])
    assert root_sells([u64(0.5), u64(0.5) + 1])


def test_root_proportion() -> None:
    case = VECTORS["root_proportion"]
    weight = u64_fraction(case["tao_weight"])
    weighted = U96F32.saturating_mul(weight, U96F32.from_int(case["root_tao"]))
    expected = (weighted << 32) // (weighted + U96F32.from_int(case["alpha_in"]))
    assert root_proportion(case["root_tao"], case["alpha_in"], weight) == expected
    assert root_proportion(0, 0, weight) == 0


@pytest.mark.parametrize("case", VECTORS["terms"]["cases"])
def test_alpha_enters_the_pool_up_to_the_root_proportion(case: dict) -> None:
    tao_emission = U96F32.from_int(case["tao_emission"])
    proportion = U96F32.from_float(0.999)
    cap = U96F32.saturating_mul(proportion, U96F32.from_int(10**9))
    terms = subnet_terms(tao_emission, 10**9, u64(VECTORS["terms"]["price"]), proportion)
    assert terms.alpha_in == (cap if case["capped"] else tao_emission)
    assert terms.tao_in + terms.excess_tao == tao_emission
    assert (terms.excess_tao > 0) is case["capped"]
    assert terms.alpha_out == U96F32.from_int(10**9)


def test_without_root_stake_or_price_all_tao_buys_alpha() -> None:
    tao = U96F32.from_int(10**9)
    assert subnet_terms(tao, 10**9, u64(0.5), 0) == (0, 0, tao, tao)
    # Without a price nothing exceeds the cap: the TAO enters the pool alone.
    assert subnet_terms(tao, 10**9, 0, 0) == (tao, 0, tao, 0)


def test_alpha_is_split_owner_first_then_in_halves() -> None:
    alpha = U96F32.from_int(10**9)
    split = split_alpha_out(alpha, u16_fraction(11_796), True, U96F32.one >> 2)
    cut = 10**9 * 11_796 // 65_535
    assert split.owner_cut == pytest.approx(cut, abs=1)
    rest = 10**9 - cut
    assert split.server == pytest.approx(rest / 2, abs=1)
    assert split.root == pytest.approx(rest / 8, abs=1)
    assert split.validator == pytest.approx(rest * 3 / 8, abs=1)
    assert sum(split) <= 10**9
    assert split_alpha_out(alpha, u16_fraction(11_796), False, 0) == (0, 5 * 10**8, 5 * 10**8, 0)


@pytest.mark.parametrize("case", VECTORS["moving_price"]["cases"])
def test_moving_price(case: dict) -> None:
    moving = I96F32.from_float(case["start"])
    for _ in range(case["times"]):
        moving = moving_price_after_block(
            U64F64.convert(moving, I96F32),
            U64F64.one,
            I96F32.from_float(case["moving_alpha"]),
            case["blocks"],
            VECTORS["moving_price"]["halving_blocks"],
        )
    assert I96F32.to_float(moving) == pytest.approx(case["price"], abs=case["tolerance"])


def test_the_moving_price_counts_at_most_one() -> None:
    moved = moving_price_after_block(0, u64(50.0), I96F32.one, 10**9, 1)
    assert I96F32.to_float(moved) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("case", VECTORS["median_price"]["cases"])
def test_median_price(case: dict) -> None:
    assert median_price(map(u64, case["prices"])) == u64(case["median"])


def test_median_of_an_odd_count_is_the_middle_price() -> None:
    assert median_price([u64(7.0), u64(1.0), u64(3.0)]) == u64(3.0)


@pytest.mark.parametrize("case", VECTORS["burn"]["cases"])
def test_burn_decays_every_block(case: dict) -> None:
    burn = case["burns"][0]
    for block, expected in enumerate(case["burns"][1:], start=2):
        burn = burn_after_block(burn, case["half_life"], case["minimum"], case["maximum"], block)
        assert burn == expected


def test_burn_stays_between_its_bounds() -> None:
    assert burn_after_block(1_000, 1, 800, 10_000, 5) == 800
    assert burn_after_block(50_000, 0, 800, 10_000, 5) == 10_000
    assert burn_after_block(1_000, 1, 0, 10_000, 1) == 1_000


def test_burn_rises_with_each_registration() -> None:
    case = VECTORS["burn"]["bump"]
    multiplier = U64F64.from_int(case["multiplier"])
    assert burn_after_registration(case["burn"], multiplier, 0, U64_MAX) == case["result"]
    assert burn_after_registration(1_000, 0, 0, U64_MAX) == 1_000
    assert burn_after_registration(1_000, multiplier, 0, 1_500) == 1_500


def test_lock_cost_doubles_then_falls_to_the_minimum() -> None:
    last, minimum = 2_000 * 10**9, 1_000 * 10**9
    reduction = lock_reduction_interval(14 * 7_200, 10**9)
    assert reduction == 100_800
    assert lock_cost(last, 0, minimum, reduction, 0) == last
    assert lock_cost(last, 50, minimum, reduction, 50) == 2 * last
    per_block = last // reduction
    assert lock_cost(last, 50, minimum, reduction, 150) == 2 * last - 100 * per_block
    assert lock_cost(last, 50, minimum, reduction, 10**7) == minimum
    assert lock_reduction_interval(14 * 7_200, 5 * 10**8) == 50_400


@pytest.mark.parametrize("case", VECTORS["dividend_distribution"]["cases"])
def test_pending_dividends_are_paid_out_whole(case: dict) -> None:
    vectors = VECTORS["dividend_distribution"]
    alpha, root = dividend_distribution(
        case["alpha"],
        case["root"],
        U96F32.from_float(case["tao_weight"]),
        dict(enumerate(map(tuple, vectors["stakes"]))),
        {key: U96F32.from_int(value) for key, value in enumerate(vectors["dividends"])},
    )
    assert abs(U96F32.to_u64(sum(alpha.values())) - case["alpha"]) <= vectors["tolerance"]
    assert abs(U96F32.to_u64(sum(root.values())) - case["root"]) <= vectors["tolerance"]


def test_dividends_of_a_hotkey_without_stake_go_to_nobody() -> None:
    alpha, root = dividend_distribution(100, 100, U96F32.one, {}, {"a": U96F32.one})
    assert alpha == root == {}


def test_stake_moves_from_parents_to_children() -> None:
    assert inherited_stake(1_000, [], []) == 1_000
    assert inherited_stake(1_000, [WHOLE // 4], []) == pytest.approx(750, abs=1)
    assert inherited_stake(1_000, [WHOLE], [(WHOLE // 2, 4_000)]) == pytest.approx(2_000, abs=1)


def test_epoch_stake_weighs_tao() -> None:
    stake = epoch_stake(1_000, 2_000, U96F32.from_float(0.25))
    assert stake == I64F64.from_int(1_500)


def test_validator_emission_is_split_by_contribution_after_takes() -> None:
    weight = 0
    own = self_contribution(1_000, 0, [], weight)
    parents = [
        Parent(WHOLE, 1_000, 0, same_owner=True),
        Parent(WHOLE, 2_000, 0, same_owner=False),
    ]
    split = split_among_parents(
        4_000, own, parents, weight, u16_fraction(65_535 // 10), u64_fraction(0)
    )
    assert split.parents[0] == pytest.approx(1_000, abs=2)
    assert split.parents[1] == pytest.approx(1_800, abs=2)
    assert split.own == pytest.approx(1_200, abs=2)
    assert split.recycled == [0]


def test_burned_childkey_dividends_are_reported_for_recycling() -> None:
    parents = [Parent(WHOLE, 1_000, 0, same_owner=False)]
    split = split_among_parents(1_000, 0, parents, 0, 0, u64_fraction(WHOLE // 2))
    assert split.recycled == [pytest.approx(500, abs=1)]
    assert split.parents == [pytest.approx(500, abs=1)]


def test_without_any_contribution_the_hotkey_keeps_its_emission() -> None:
    parents = [Parent(WHOLE, 0, 0, same_owner=False)]
    split = split_among_parents(1_000, 0, parents, 0, u16_fraction(65_535), 0)
    assert split.own == 1_000
    assert split.parents == [0]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**58), st.integers(0, 2**32)), min_size=1, max_size=8),
    st.integers(0, 10**9),
)
def test_subnets_never_get_more_than_the_block_emits(
    subnets: list[tuple[int, int]], emission: int
) -> None:
    prices, burned = (list(side) for side in zip(*subnets, strict=True))
    shares = emission_shares([price << 6 for price in prices], burned)
    emissions = subnet_emissions(emission, shares, [True] * len(shares))
    assert sum(emissions) <= U96F32.from_int(emission)
