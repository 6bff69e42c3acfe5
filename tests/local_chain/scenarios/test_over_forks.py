"""A scenario lies over another chain: beside its subnets, or on one of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from taokit.local_chain import LocalChain, LocalNode, ManualClock, NodeConfig
from taokit.local_chain.errors import ScenarioError
from taokit.local_chain.fork.forking import ForkPoint
from taokit.local_chain.runtime import Runtime
from taokit.local_chain.scenarios.files import load_scenario, parse_scenario, shipped_names
from taokit.local_chain.scenarios.model import Scenario
from taokit.local_chain.scenarios.play import Play

LONG = "subnets-128"
ON_THEIRS = """
title = "on a subnet of theirs"
[[accounts]]
name = "ann"
tao = 100
[[subnets]]
name = "theirs"
netuid = 2
hyperparameters = { immunity_period = 9 }
[[subnets.validators]]
name = "late"
stake = 20_000
weights = "copy"
[[subnets.miners]]
name = "more"
count = 2
[[events]]
do = "buy"
block = 2
from = "ann"
tao = 5
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A chain on which a scenario is: what is played over it may be the same one."""
    with LocalChain(scenario="weight-copiers", block_time="manual") as chain:
        chain.play(2)
        yield chain.serve()


@contextmanager
def forked(url: str, scenario: Scenario | str, **config: Any) -> Iterator[LocalNode]:
    given = load_scenario(scenario) if isinstance(scenario, str) else scenario
    node = LocalNode(
        NodeConfig(
            ports=(), block_time="manual", fork=ForkPoint(url, None), scenario=given, **config
        ),
        clock=ManualClock(),
    )
    try:
        yield node
    finally:
        asyncio.run(node.stop())


def play_on(node: LocalNode) -> tuple[Play, Runtime]:
    runtime = node.chain.runtime_at()
    assert isinstance(runtime, Runtime)
    assert node.scenario is not None
    return node.scenario, runtime


def names() -> list[Any]:
    long = pytest.mark.skipif(not os.environ.get("TAOKIT_LONG_TESTS"), reason="makes 127 subnets")
    return [pytest.param(n, marks=long) if n == LONG else n for n in shipped_names()]


@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_starts_on_a_fork(name: str, url: str) -> None:
    with forked(url, name) as node:
        play, runtime = play_on(node)
        netuids = [stage.netuid for stage in play.cast.stages.values()]
        assert netuids == list(range(3, 3 + len(netuids)))
        for stage in play.cast.stages.values():
            seated = [seat for seat in stage.seats if seat.role != "newcomer"]
            assert runtime.subtensor.subnetwork_n.get(stage.netuid) == len(seated)
        assert runtime.subtensor.networks_added.get(2)  # theirs is not pruned for it
        node.chain.seal(2)
        assert not play.report.refusals


def test_names_stay_and_netuids_are_the_chains(url: str) -> None:
    with forked(url, "weight-copiers") as node:
        play, _ = play_on(node)
        assert play.cast.stage("main").netuid == 3
        report = play.play(3)
        assert report.at("main", 3).groups["copiers"].return_ > 0.9
        assert not report.refusals


def test_a_scenario_on_a_subnet_of_the_other_chain(url: str) -> None:
    with forked(url, parse_scenario(ON_THEIRS)) as node:
        play, runtime = play_on(node)
        sub, stage = runtime.subtensor, play.cast.stage("theirs")
        before = sub.subnetwork_n.get(2)
        assert (stage.netuid, stage.plan.tempo) == (2, sub.tempo.get(2))
        assert sub.immunity_period.get(2) == 9
        assert [seat.role for seat in stage.seats] == ["validator", "miner", "miner"]
        report = play.play(3)
        assert not report.refusals
        assert sub.subnetwork_n.get(2) == before
        late = report.at("theirs", 3).groups["late"]
        assert 0 < late.stake < 1
        assert late.dividends > 0


def test_a_fork_with_a_scenario_is_taken_up_again(url: str, tmp_path: Path) -> None:
    with forked(url, "cabal", data_dir=tmp_path) as node:
        play_on(node)[0].play(2)
        height = node.chain.head.number
    with forked(url, "cabal", data_dir=tmp_path, play=2) as again:
        play, _ = play_on(again)
        assert again.chain.head.number == height
        assert [one.epoch for one in play.report.figures] == [1, 2]
        play.play(1)
        assert play.report.at(epoch=3).groups["friends"].incentive < 0.01


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("netuid = 2", "netuid = 77"), "subnets.theirs.netuid"),
        (("netuid = 2", "netuid = 2\ntempo = 5"), "subnets[0].tempo"),
        (('from = "ann"', ""), "events[0]"),
    ],
)
def test_what_cannot_be_of_an_existing_subnet(change: tuple[str, str], path: str, url: str) -> None:
    with (
        pytest.raises(ScenarioError) as refused,
        forked(url, parse_scenario(ON_THEIRS.replace(*change))),
    ):
        pass
    assert refused.value.path == path
