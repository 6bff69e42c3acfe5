"""The runtime's own tests of registration, subnets, children, swaps, serving and administration.

Every scenario of the vector files is made through calls on a chain with the main network's
constants; see `scenarios` and `subnet_world` for its words.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from scripted_steps import Scenario
from subnet_world import SubnetWorld, undone
from vector_files import load

from taokit.local_chain import prices

FILES = ("registration", "networks", "children")
SCENARIOS = [
    pytest.param(scenario, id=scenario["source"])
    for file in FILES
    for scenario in load(file)["scenarios"]
]

DECAY = [
    pytest.param(row, id=f"{row['source']}, {row['burn']} over {row['half_life']}")
    for row in load("registration")["decay"]
]


@pytest.fixture(scope="module")
def shared() -> Chain:
    """A chain in block 1; whoever uses it leaves it as it was."""
    chain = Chain("mainnet")
    chain.begin_block()
    return chain


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_chain_does_what_the_runtimes_test_expects(
    shared: Chain, scenario: dict[str, Any]
) -> None:
    steps = scenario["steps"]
    if any(word == "seal" for word, *_ in steps):
        chain = Chain("mainnet")
        chain.begin_block()
        _run(chain, scenario, steps)
    else:
        with undone(shared):
            _run(shared, scenario, steps)


def _run(chain: Chain, scenario: dict[str, Any], steps: list[Any]) -> None:
    actions = SubnetWorld(chain).actions()
    Scenario(chain, scenario.get("pallet", "SubtensorModule"), actions).run(steps)


@pytest.mark.parametrize("row", DECAY)
def test_a_price_falls_as_the_runtimes_does_over_many_half_lives(row: dict[str, Any]) -> None:
    burn, found = row["burn"], {}
    for blocks in range(1, max(map(int, row["after"])) + 1):
        burn = prices.burn_after_block(burn, row["half_life"], 0, 2**64 - 1, blocks + 1)
        if str(blocks) in row["after"]:
            found[str(blocks)] = burn
    assert found == row["after"]
