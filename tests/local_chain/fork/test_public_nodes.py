"""Whatever a fork can do, it does over a public node, or says what that lacks and what to do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forked_world import World, forked
from public_node import Manners, PublicNode, public_node

from taokit.chain_client.blocking import run_on_client_loop
from taokit.chain_client.errors import RpcError
from taokit.local_chain import LocalChain, LocalNode, ManualClock, NodeConfig
from taokit.local_chain.errors import BlockFailed
from taokit.local_chain.fork.errors import AnswerTooBig, ForkError, MethodMissing
from taokit.local_chain.fork.forking import ForkPoint


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taokit.local_chain.fork.remote_node.FIRST_WAIT_S", 0.001)


def ask(chain: LocalChain, method: str, *params: Any) -> Any:
    return run_on_client_loop(chain.client().chain.transport.send(method, list(params)))


def everything(world: World, url: str, folder: Path) -> dict[str, Any]:
    """What each verb of a fork comes to."""
    told: dict[str, Any] = {}
    dump = folder / "fork.dump"
    with forked(url, world.point, state=dump) as chain:
        early = "0x" + chain.node.chain.block_hash(world.before).hex()  # type: ignore[union-attr]
        told["block"] = ask(chain, "chain_getBlock", early)
        told["keys"] = ask(chain, "state_getKeysPaged", "0x", 1000)
        told["values"] = ask(chain, "state_queryStorageAt", told["keys"][:300])
        told["then"] = ask(chain, "state_queryStorageAt", told["keys"][:20], early)
        told["explain"] = ask(chain, "dev_explain", world.netuid)
        told["trace"] = ask(chain, "dev_trace", world.hash)
        told["diff"] = ask(chain, "dev_diff", world.before, world.paid)
        told["bent"] = ask(chain, "dev_diff", world.paid, world.bent)
        told["blocks"] = ask(chain, "taokit_blocks")
        told["subnet"] = ask(chain, "taokit_subnet", world.netuid)
        told["overview"] = ask(chain, "taokit_overview")
        told["client"] = str(run_on_client_loop(chain.client().chain.query("System", "Number")))
        chain.snapshot("before")
        told["mined"] = chain.mine(2), ask(chain, "chain_getBlockHash")
        address = chain.accounts.bob.ss58_address
        told["fund"] = ask(chain, "dev_fund", address, 5 * 10**9)
        call = {"call": "0x0000" + "00", "address": address}  # System.remark
        told["tried"] = ask(chain, "dev_dryRun", {"extrinsic": call})["succeeded"]
        told["epoch"] = chain.run_epoch(world.netuid)
        told["ours"] = ask(chain, "dev_explain", world.netuid)
        told["diffs"] = ask(chain, "dev_diff", world.point)
        chain.revert("before")
        told["back"] = chain.height, ask(chain, "chain_getBlockHash")
        chain.travel(seconds=60)
        told["set head"] = ask(chain, "dev_setHead", world.point)
        told["last"] = chain.mine(), ask(chain, "chain_getBlockHash")
    again = LocalNode(
        NodeConfig(ports=(), block_time="manual", state=dump, fork=ForkPoint(url, world.point)),
        clock=ManualClock(),
    )
    told["loaded"] = again.chain.head.hash
    told["goes on"] = again.chain.seal()[0].hash
    asyncio.run(again.stop())
    return told


STRICT = Manners(response=20_000, without=("archive_v1_storageDiff", "chainHead_v1_follow"))
OTHERS = {
    "without sizes": Manners(without=("state_getStorageSize",)),
    "in demand": Manners(limit=70, drop_every=97, quiet_page=150),
    "old": Manners(page=128, without=("state_queryStorageAt", "rpc_methods")),
}
ASKED = {
    "chain_getBlock",
    "chain_getBlockHash",
    "chain_getHeader",
    "state_call",
    "state_getKeysPaged",
    "state_getRuntimeVersion",
    "state_getStorage",
    "state_getStorageSize",
    "state_queryStorageAt",
}
"""What a fork asks for: every public node answers that."""


def test_every_verb_of_a_fork_works_over_a_strict_node(
    world: World, url: str, tmp_path: Path
) -> None:
    with public_node(url, STRICT) as node:
        told = everything(world, node.url, tmp_path)
        assert set(node.asked) <= ASKED
    theirs = world.chain
    assert told["explain"] == ask(theirs, "dev_explain", world.netuid)
    assert told["trace"] == ask(theirs, "dev_trace", world.hash)
    assert told["diff"] == ask(theirs, "dev_diff", world.before, world.paid)
    bent = ask(theirs, "dev_diff", world.paid, world.bent)
    assert told["bent"]["changes"] == bent["changes"]
    assert told["bent"]["faithful"] is False
    assert told["ours"]["faithful"] is True
    assert told["tried"] is True
    hash = ask(theirs, "chain_getBlockHash", world.before)
    assert told["block"] == ask(theirs, "chain_getBlock", hash)
    assert told["then"] == ask(theirs, "state_queryStorageAt", told["keys"][:20], hash)
    with theirs.anchor():
        assert told["mined"] == (theirs.mine(2), ask(theirs, "chain_getBlockHash"))


@pytest.mark.skipif(not os.environ.get("TAOKIT_LONG_TESTS"), reason="asks very often")
def test_every_verb_of_a_fork_comes_to_the_same_over_any_node(
    world: World, url: str, tmp_path: Path
) -> None:
    right = everything(world, url, tmp_path)
    for name, manners in OTHERS.items():
        folder = tmp_path / name
        folder.mkdir()
        with public_node(url, manners) as node:
            told = everything(world, node.url, folder)
        if "state_getStorageSize" in manners.without:  # it is not known to be one of ours
            told["bent"] = right["bent"]
        for verb, value in told.items():
            assert value == right[verb], (name, verb)


def test_a_node_that_has_only_new_states_can_be_forked_but_not_asked_of_the_past(
    world: World, url: str
) -> None:
    chain = world.chain.node.chain
    early = {"0x" + chain.block_hash(n).hex() for n in range(world.point)}  # type: ignore[union-attr]
    with public_node(url, Manners(discarded=frozenset(early))) as node:
        with forked(node.url, world.point) as fork:
            for work in (
                ("dev_diff", world.before),
                ("dev_explain", world.netuid),
                ("dev_trace", f"{world.paid}-0"),
            ):
                with pytest.raises(RpcError, match=r"State already discarded.*archive node"):
                    ask(fork, *work)
            fork.mine()  # and goes on
        with (
            pytest.raises(ForkError, match=r"State already discarded.*archive node"),
            forked(node.url, world.before),
        ):
            pass


@pytest.mark.parametrize("method", ["state_getKeysPaged", "state_call", "chain_getBlock"])
def test_a_method_that_is_missing_is_named(world: World, url: str, method: str) -> None:
    with (
        public_node(url, Manners(without=(method,))) as node,
        pytest.raises(MethodMissing, match=f"has no {method}, which a fork needs.*Subtensor node"),
        forked(node.url, world.point) as fork,
    ):
        fork.mine()


def test_answers_that_can_never_be_short_enough_are_an_error(world: World, url: str) -> None:
    with (
        public_node(url, Manners(response=400)) as node,
        pytest.raises(AnswerTooBig, match=r"no answer so long.*--rpc-max-response-size"),
        forked(node.url, world.point) as fork,
    ):
        fork.mine()


@pytest.fixture
def node(url: str) -> Iterator[PublicNode]:
    with public_node(url) as made:
        yield made


def test_a_block_that_could_not_be_read_for_can_be_made_later(
    world: World, node: PublicNode
) -> None:
    with forked(node.url, world.point) as fork:
        node.manners.limit, node.manners.limited = 1, (429, "Too many requests")
        with pytest.raises(BlockFailed, match=r"does not answer: Too many.*what was read is kept"):
            fork.mine()
        assert fork.height == world.point
        node.manners.limit = None
        assert fork.mine() == world.point + 1
