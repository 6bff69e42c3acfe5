"""Staking, moving, recycling, claims, custody, swaps and fees, by the runtime's own tests.

Each script in tests/data/vectors names the test it was taken from.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from market_script import MarketScript
from vector_files import load

FILES = ("staking", "move_stake", "recycle_alpha", "root_claims", "custody", "swap", "fees")


def scripts() -> list[Any]:
    """Every script as a parameter with its source as id, numbered where a source has several."""
    found = []
    for file in FILES:
        times: dict[str, int] = {}
        for scenario in load(file)["scenarios"]:
            source = scenario["source"]
            times[source] = times.get(source, 0) + 1
            suffix = f"-{times[source]}" if times[source] > 1 else ""
            found.append(pytest.param(scenario["steps"], id=source + suffix))
    return found


@pytest.fixture(scope="module")
def open_chain() -> Chain:
    """A chain in its first block, which no script that is undone changes."""
    chain = Chain("fast")
    chain.begin_block()
    return chain


@pytest.mark.parametrize("steps", scripts())
def test_the_runtime_agrees(open_chain: Chain, steps: list[list[Any]]) -> None:
    if any(word == "seal" for word, *_ in steps):
        fresh = Chain("fast")
        fresh.begin_block()
        MarketScript(fresh).run(steps)
        return
    overlay = open_chain.runtime.overlay
    before = overlay.mark()
    open_chain.runtime.events.clear()
    try:
        MarketScript(open_chain).run(steps)
    finally:
        overlay.rollback(before)
