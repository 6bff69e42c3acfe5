"""How much a price limit lets one stake, unstake and move: the runtime's own tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, U64_MAX, add_subnet
from vector_files import load

from taokit.local_chain.frame.errors import ModuleError
from taokit.local_chain.pallets.subtensor import stake_checks

VECTORS = load("stake_limits")
RUNTIME_TEST_MINIMUM_RESERVE = 100


@pytest.fixture(scope="module")
def one_chain() -> Chain:
    """A chain for all rows: making one takes longer than a row."""
    return Chain("fast")


@pytest.fixture
def chain(one_chain: Chain) -> Iterator[Chain]:
    """The chain as it was before any row."""
    overlay, swap = one_chain.runtime.overlay, one_chain.runtime.swap
    before, least = overlay.mark(), swap.minimum_reserve
    yield one_chain
    overlay.rollback(before)
    swap.minimum_reserve = least


def rows(name: str) -> Any:
    return VECTORS[name]["rows"]


def pool(chain: Chain, netuid: int, tao: int, alpha: int) -> int:
    """A market with these reserves, under the minimum reserve of the runtime's tests."""
    add_subnet(chain, netuid)
    chain.runtime.swap.minimum_reserve = RUNTIME_TEST_MINIMUM_RESERVE
    chain.runtime.subtensor.subnet_tao.insert(netuid, tao)
    chain.runtime.subtensor.subnet_alpha_in.insert(netuid, alpha)
    return netuid


def outcome(call: Any) -> int | str:
    try:
        found: int = call()
        return found
    except ModuleError as refused:
        return refused.name


def close(actual: int | str, expected: int | str, tolerance: int) -> bool:
    if isinstance(actual, str) or isinstance(expected, str):
        return actual == expected
    return abs(actual - expected) <= tolerance


@pytest.mark.parametrize(("tao", "alpha", "limit", "expected"), rows("max_amount_to_add"))
def test_a_limit_bounds_what_may_be_staked(
    chain: Chain, tao: int, alpha: int, limit: int, expected: Any
) -> None:
    netuid = pool(chain, 2, tao, alpha)
    found = outcome(lambda: stake_checks.max_amount_to_add(chain.runtime.subtensor, netuid, limit))
    assert close(found, expected, 0 if isinstance(expected, str) else expected // 10_000)


@pytest.mark.parametrize(("tao", "alpha", "limit", "expected"), rows("max_amount_to_remove"))
def test_a_limit_bounds_what_may_be_unstaked(
    chain: Chain, tao: int, alpha: int, limit: int, expected: Any
) -> None:
    netuid = pool(chain, 2, tao, alpha)
    sub = chain.runtime.subtensor
    found = outcome(lambda: stake_checks.max_amount_to_remove(sub, netuid, limit))
    assert close(found, expected, 0 if isinstance(expected, str) else expected // 100)


@pytest.mark.parametrize(
    ("tao_1", "alpha_1", "tao_2", "alpha_2", "limit", "expected", "precision"),
    rows("max_amount_to_move"),
)
def test_a_limit_bounds_what_may_be_moved(
    chain: Chain,
    tao_1: int,
    alpha_1: int,
    tao_2: int,
    alpha_2: int,
    limit: int,
    expected: int,
    precision: int,
) -> None:
    pool(chain, 2, tao_1, alpha_1)
    pool(chain, 3, tao_2, alpha_2)
    sub = chain.runtime.subtensor
    found = outcome(lambda: stake_checks.max_amount_to_move(sub, 2, 3, limit))
    assert close(0 if isinstance(found, str) else found, expected, precision)


@pytest.mark.parametrize(
    ("source", "kind", "where", "limit", "expected"), rows("fixed_prices"), ids=str
)
def test_a_fixed_price_is_within_a_limit_or_not(
    chain: Chain, source: str, kind: str, where: Any, limit: int, expected: Any
) -> None:
    add_subnet(chain, 4, dynamic=False)
    for netuid, tao, alpha in VECTORS["fixed_prices"]["subnets"]:
        add_subnet(chain, netuid, tao=tao, alpha=alpha)
    sub = chain.runtime.subtensor
    most = {
        "add": stake_checks.max_amount_to_add,
        "remove": stake_checks.max_amount_to_remove,
        "move": lambda sub, pair, limit: stake_checks.max_amount_to_move(sub, *pair, limit),
    }[kind]
    found = outcome(lambda: most(sub, where, limit))
    if isinstance(expected, dict) and "above" in expected:
        assert isinstance(found, int)
        assert found > expected["above"]
    elif isinstance(expected, dict):
        assert close(found, expected["near"], expected["by"])
    else:
        assert found == expected


def test_root_has_the_price_one_and_no_other(chain: Chain) -> None:
    sub = chain.runtime.subtensor
    assert stake_checks.max_amount_to_add(sub, ROOT, TAO) == U64_MAX
    assert stake_checks.max_amount_to_add(sub, ROOT, TAO - 1) == 0
    assert stake_checks.max_amount_to_remove(sub, ROOT, TAO) == U64_MAX
    assert stake_checks.max_amount_to_remove(sub, ROOT, TAO + 1) == 0
