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

FILES = (
    "registration",
    "networks",
    "children",
    "hotkey_swap",
    "coldkey_swap",
    "serving",
    "admin",
)
SCENARIOS = [
    pytest.param(scenario, id=scenario["source"])
    for file in FILES
    for scenario in load(file)["scenarios"]
]

DECAY = [
    pytest.param(row, id=f"{row['source']}, {row['burn']} over {row['half_life']}")
    for row in load("registration")["decay"]
]

SETTERS = [
    pytest.param(row, id=f"{row['source']}, {row['call']}") for row in load("admin")["setters"]
]
NETUID, ABSENT = 7, 42


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


@pytest.mark.parametrize("row", SETTERS)
def test_a_setting_is_set_by_whom_and_where_the_runtime_lets_it(
    shared: Chain, row: dict[str, Any]
) -> None:
    key = NETUID if row["subnet"] else None
    missing = row["missing"]

    def given(netuid: int) -> dict[str, Any]:
        return {row["field"]: row["value"]} | ({"netuid": netuid} if row["subnet"] else {})

    def set_by(who: str | None, error: str | None = None, netuid: int = NETUID) -> list[Any]:
        named = f"AdminUtils.{row['call']}"
        step = [who, named, given(netuid)]
        return ["fails", *step, error] if error else ["call", *step]

    steps: list[Any] = [
        ["put", "AdminFreezeWindow", None, 0],
        ["subnet", NETUID, {"owner": "#1"}],
        set_by("#9", "BadOrigin"),
    ]
    if row["owner"]:
        steps += [
            set_by("#1"),
            ["is", row["item"], key, row["value"]],
            set_by("#1", "TxRateLimitExceeded"),
            set_by(None),
        ]
    elif row["subnet"]:
        steps.append(set_by("#1", "BadOrigin"))
    if row["subnet"]:
        steps.append(set_by(None, missing, ABSENT) if missing else set_by(None, None, ABSENT))
    steps += [set_by(None), ["is", row["item"], key, row["value"]]]
    if "event" in row:
        values = [NETUID, row["value"]] if row["subnet"] else [row["value"]]
        steps.append(["event", row["event"], values])
    with undone(shared):
        _run(shared, {}, steps)
