"""Every scenario that comes with taokit comes out as it says."""

from __future__ import annotations

import os

import pytest

from taokit.local_chain.scenarios.files import load_scenario, shipped_names
from taokit.local_chain.scenarios.play import played

LONG = "subnets-128"


@pytest.mark.parametrize("name", [name for name in shipped_names() if name != LONG])
def test_it_comes_out_as_expected(name: str) -> None:
    report = played(load_scenario(name))
    assert not report.refusals
    assert len(report.outcomes()) == len(report.scenario.expect)
    assert [one for one in report.outcomes() if not one.holds] == []


@pytest.mark.skipif(not os.environ.get("TAOKIT_LONG_TESTS"), reason="makes 127 subnets")
def test_128_subnets_come_out_as_expected() -> None:
    report = played(load_scenario(LONG))
    assert not report.refusals
    assert {one.subnet for one in report.figures} == set(report.scenario.subnet_names())
    assert [one for one in report.outcomes() if not one.holds] == []
