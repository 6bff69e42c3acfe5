"""Staking, moving, recycling, claims, custody and fees, by the runtime's own tests.

Each script in tests/data/vectors names the test it was taken from.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy_script import Script
from vector_files import load

FILES = ("staking", "move_stake", "recycle_alpha", "custody")


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


@pytest.mark.parametrize("steps", scripts())
def test_the_runtime_agrees(
    chain: Chain, steps: list[list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain.runtime, "check_signature", lambda extrinsic: None)
    chain.begin_block()
    Script(chain).run(steps)
