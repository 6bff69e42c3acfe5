"""What the web page asks a fork for: its own blocks quickly, and little of the other chain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain import LocalChain, ManualClock
from taokit.local_chain.fork.forking import ForkPoint, open_fork
from taokit.local_chain.fork.remote_node import RemoteNode
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.page.blocks import block_told, blocks_told, events_told
from taokit.local_chain.page.overview import overview_told
from taokit.local_chain.page.series import sample, sampled_blocks
from taokit.local_chain.page.subnets import matrix_told, subnet_told, subnets_told

OWNERS = storage_prefix("SubtensorModule", "Owner")
NETUID, NEURONS = 2, 33


@pytest.fixture(scope="module")
def other() -> Iterator[LocalChain]:
    """A chain with a subnet, and more owners than a page of keys."""
    with LocalChain() as chain:
        chain.subnet(validators=1, miners=1, commit_reveal=False)
        chain.register(NETUID, NEURONS - 3)
        crowd = {OWNERS + n.to_bytes(4, "big") * 12: bytes(32) for n in range(1200)}
        chain.do(lambda: chain.node.chain.dev.set_storage(crowd))
        yield chain


@pytest.fixture(params=["in memory", "on disk"])
def chain(other: LocalChain, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NodeChain]:
    folder = tmp_path / "chain" if request.param == "on disk" else None
    config = NodeConfig(
        ports=(), block_time="manual", fork=ForkPoint(other.serve()), data_dir=folder
    )
    node = LocalNode(config, clock=ManualClock())
    try:
        yield node.chain
    finally:
        asyncio.run(node.stop())


@pytest.fixture
def asked(chain: NodeChain, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the other node is asked from here on."""
    found: list[str] = []
    ask_all = RemoteNode.ask_all

    def noting(self: RemoteNode, questions: list[tuple[str, list[object]]]) -> list[object]:
        found.extend(name for name, _ in questions)
        return ask_all(self, questions)

    monkeypatch.setattr(RemoteNode, "ask_all", noting)
    return found


def test_lists_hold_the_forks_own_blocks(chain: NodeChain, asked: list[str]) -> None:
    point = chain.head.number
    assert overview_told(chain)["fork"] == point
    chain.seal(3)
    told = blocks_told(chain, chain.head.number, 25)
    assert [one["number"] for one in told] == [point + 3, point + 2, point + 1, point]
    assert events_told(chain, 1000)["oldest"] == point
    asked.clear()
    chain.seal(2)
    asked.clear()
    assert len(blocks_told(chain, chain.head.number, 25)) == 6
    events_told(chain, 1000)
    overview_told(chain)
    assert asked == [], "a new block costs the other node nothing"


def test_an_earlier_block_is_fetched_when_it_is_looked_at(
    chain: NodeChain, other: LocalChain
) -> None:
    chain.seal()
    theirs = other.do(lambda: block_told(other.node.chain, 5))
    assert block_told(chain, 5) == theirs


def test_a_subnet_is_fetched_in_a_few_questions(
    chain: NodeChain, other: LocalChain, asked: list[str]
) -> None:
    chain.seal()
    subnets_told(chain)
    asked.clear()
    told = subnet_told(chain, NETUID, 0)
    assert told is not None
    assert len(told["neurons_table"]) == NEURONS
    assert len(asked) < 60
    asked.clear()
    for kind in ("weights", "bonds"):
        matrix_told(chain, NETUID, kind, 0)
    assert len(asked) <= 4
    asked.clear()
    assert subnet_told(chain, NETUID, 0) == told
    list(sample(chain, NETUID, sampled_blocks(chain, 50)))
    assert asked == []
    theirs = other.do(lambda: subnet_told(other.node.chain, NETUID, 0))
    assert theirs is not None
    same = ("uid", "hotkey", "coldkey", "stake", "permit", "last_update")
    assert [[one[name] for name in same] for one in told["neurons_table"]] == [
        [one[name] for name in same] for one in theirs["neurons_table"]
    ]
    assert (told["epoch_here"], theirs["epoch_here"]) == (False, True)


def test_keys_that_are_at_hand_are_not_fetched_again(other: LocalChain) -> None:
    fork = open_fork(ForkPoint(other.serve()), None)
    try:
        keys = [OWNERS + n.to_bytes(4, "big") * 12 for n in range(1500)]
        before = fork.node.asked
        fork.state.fetch(keys)
        assert fork.node.asked - before == 3, "500 values a question"
        fork.state.fetch(keys)
        assert [fork.state.get(key) for key in (keys[0], keys[1499])] == [bytes(32), None]
        assert fork.node.asked - before == 3
    finally:
        fork.close()
