"""The runtime's own tests of coinbase, epochs, weights and schedules, played on this chain.

Each scenario of the data files is one `#[test]` of the runtime, with its numbers.
"""

from __future__ import annotations

from typing import Any

import pytest
from runtime_world import World
from vector_files import load

FILES = (
    "coinbase",
    "epoch",
    "guards",
    "mechanisms",
    "schedule",
    "voting_power",
    "weights",
    "commit_reveal",
)
SCENARIOS = [
    pytest.param(scenario, id=f"{name}-{scenario['source']}")
    for name in FILES
    for scenario in load(name)["scenarios"]
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_runtimes_expectations_hold(scenario: dict[str, Any]) -> None:
    World().play(scenario["steps"])
