"""A scenario goes on where it was: after a restart, after a crash at any block, from a dump."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain import LocalNode, ManualClock, NodeChain, NodeConfig
from taokit.local_chain.errors import ScenarioError
from taokit.local_chain.scenarios.files import parse_scenario
from taokit.local_chain.scenarios.model import Scenario

SCENARIO = parse_scenario(
    """
title = "much happens"
epochs = 3
[[accounts]]
name = "ann"
tao = 500
[[accounts]]
name = "ben"
[[subnets]]
name = "main"
tempo = 6
[[subnets.validators]]
name = "judges"
count = 2
[[subnets.validators]]
name = "copiers"
weights = "copy"
[[subnets.miners]]
name = "workers"
count = 2
drift = 0.5
[[events]]
do = "transfer"
block = 2
from = "ann"
to = "ben"
tao = 20
[[events]]
do = "register"
epoch = 1
count = 2
quality = 0.7
[[events]]
do = "stake"
epoch = 1
from = "ann"
validators = "judges"
tao = 30
[[events]]
do = "travel"
block = 9
seconds = 600
[[events]]
do = "buy"
block = 9
tao = 3
[[events]]
do = "halving"
epoch = 2
[[events]]
do = "hyperparameter"
block = 14
name = "immunity_period"
value = 77
[[expect]]
says = "nothing in particular"
metric = "neurons"
is = "above"
value = 3
"""
)
LENGTH = 16
BY_HASH = {
    storage_prefix("System", "BlockHash"),
    storage_prefix("System", "ParentHash"),
    storage_prefix("RandomnessCollectiveFlip", "RandomMaterial"),
}
"""Signatures are made with chance, and hashes of blocks with them."""


def opened(scenario: Scenario | None = SCENARIO, **kept: Path) -> LocalNode:
    config = NodeConfig(ports=(), block_time="manual", scenario=scenario, **kept)
    return LocalNode(config, clock=ManualClock())


def state(chain: NodeChain) -> dict[bytes, bytes | None]:
    keys = chain.storage_keys(b"")
    return {key: chain.storage(key) for key in keys if key[:32] not in BY_HASH}


@pytest.fixture(scope="module")
def undisturbed() -> LocalNode:
    node = opened()
    node.chain.seal(LENGTH)
    return node


def test_a_crash_after_every_block_leaves_no_step_out_and_does_none_twice(
    undisturbed: LocalNode, tmp_path: Path
) -> None:
    for _ in range(LENGTH):
        node = opened(data_dir=tmp_path)
        node.chain.seal()
        # What waits in the pool is lost, as when the process is killed.
        node._kept.abandon()
    whole = opened(data_dir=tmp_path)
    assert state(whole.chain) == state(undisturbed.chain)
    assert whole.scenario is not None
    assert undisturbed.scenario is not None
    seen = [one.document() for one in whole.scenario.report.figures]
    assert seen == [one.document() for one in undisturbed.scenario.report.figures]
    assert len(seen) == 2
    whole._kept.abandon()


def test_it_goes_on_from_a_dump(undisturbed: LocalNode, tmp_path: Path) -> None:
    first = opened(state=tmp_path / "chain.state")
    first.chain.seal(9)
    asyncio.run(first.stop())
    second = opened(state=tmp_path / "chain.state")
    second.chain.seal(LENGTH - 9)
    assert state(second.chain) == state(undisturbed.chain)
    asyncio.run(second.stop())


def test_epochs_that_were_played_are_not_played_again(tmp_path: Path) -> None:
    heights = []
    for play in (2, 2, 3):
        config = NodeConfig(
            ports=(), block_time="manual", scenario=SCENARIO, play=play, data_dir=tmp_path
        )
        node = LocalNode(config, clock=ManualClock())
        heights.append(node.chain.head.number)
        node._kept.abandon()
    assert heights[0] == heights[1] == heights[2] - 6


def test_a_changed_scenario_is_refused_with_what_to_do(tmp_path: Path) -> None:
    opened(data_dir=tmp_path)._kept.abandon()
    changed = replace(SCENARIO, seed=5, events=SCENARIO.events[1:])
    with pytest.raises(ScenarioError, match="other seed and events") as refused:
        opened(changed, data_dir=tmp_path)
    assert refused.value.hint is not None
    assert "--data-dir" in refused.value.hint
    harmless = replace(SCENARIO, title="another title", epochs=7, expect=())
    opened(harmless, data_dir=tmp_path)._kept.abandon()
    opened(None, data_dir=tmp_path)._kept.abandon()


def test_a_scenario_lies_on_a_chain_that_is_there_already(tmp_path: Path) -> None:
    plain = opened(None, data_dir=tmp_path)
    plain.chain.seal(5)
    plain._kept.abandon()
    node = opened(data_dir=tmp_path)
    assert node.scenario is not None
    report = node.scenario.play(2)
    assert report.at(epoch=2).block == 17
    assert not report.refusals
    node._kept.abandon()
