"""A fork is the other chain until its block, and goes on as that would have gone on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faulty_gateway import Gateway, gateway

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain import LocalChain, LocalNode, ManualClock, NodeChain, NodeConfig
from taokit.local_chain.chain_spec import account
from taokit.local_chain.errors import ChainStoreError, UnknownBlock
from taokit.local_chain.fork.errors import ForkError
from taokit.local_chain.fork.forking import ForkPoint
from taokit.local_chain.fork.remote_node import RemoteNode

ACCOUNTS = storage_prefix("System", "Account")
POINT = 30


def crowd(number: int) -> bytes:
    """A raw key of an account that nobody has."""
    return ACCOUNTS + number.to_bytes(4, "big") * 12


@pytest.fixture(scope="module")
def other() -> Iterator[LocalChain]:
    """A chain with a subnet, and more accounts than a page of keys."""
    with LocalChain() as chain:
        chain.subnet(validators=1, miners=2, commit_reveal=False)
        held = bytes(16) + (5).to_bytes(16, "little") + bytes(48)
        chain.do(lambda: chain.node.chain.dev.set_storage({crowd(n): held for n in range(1500)}))
        chain.mine(POINT - chain.height)
        yield chain


@pytest.fixture(scope="module")
def url(other: LocalChain) -> str:
    return other.serve()


@contextmanager
def forked(url: str, **config: Any) -> Iterator[LocalNode]:
    node = LocalNode(
        NodeConfig(ports=(), block_time="manual", fork=ForkPoint(url, POINT), **config),
        clock=ManualClock(),
    )
    try:
        yield node
    finally:
        asyncio.run(node.stop())


def everything(chain: NodeChain, at: bytes | None = None) -> dict[bytes, bytes | None]:
    return {key: chain.storage(key, at) for key in chain.storage_keys(b"", at)}


def test_a_fork_goes_on_as_the_chain_itself_would_have(other: LocalChain, url: str) -> None:
    with forked(url) as node, other.anchor():
        other.mine(25)
        node.chain.seal(25)
        theirs = other.node.chain
        assert node.chain.head.number == POINT + 25
        assert node.chain.head.hash == theirs.head.hash
        assert everything(node.chain) == other.do(lambda: everything(theirs))


def test_earlier_blocks_and_states_are_the_other_chains(other: LocalChain, url: str) -> None:
    with forked(url) as node:
        chain, theirs = node.chain, other.node.chain
        for number in (0, 7, POINT):
            hash = theirs.block_hash(number)
            assert hash is not None
            assert chain.block_hash(number) == hash
            assert chain.block(hash) == theirs.block(hash)
        assert chain.genesis_hash == theirs.genesis_hash
        assert chain.block_hash(POINT + 1) is None
        assert chain.block(bytes(32)) is None
        early = theirs.block_hash(3)
        prefix = storage_prefix("System", "Number")
        assert chain.storage(prefix, early) == other.do(lambda: theirs.storage(prefix, early))
        assert chain.storage_keys(ACCOUNTS, early) == other.do(
            lambda: theirs.storage_keys(ACCOUNTS, early)
        )


def test_a_large_item_is_read_in_pages_and_written_over(other: LocalChain, url: str) -> None:
    with forked(url) as node:
        chain = node.chain
        theirs = other.do(lambda: other.node.chain.storage_keys(ACCOUNTS))
        assert len(theirs) > 1500
        assert chain.storage(crowd(777)) is not None
        assert chain.storage(crowd(5000)) is None
        chain.dev.set_storage({crowd(3): None, crowd(1400): None, crowd(9000): b"\x01" * 80})
        expected = sorted({*theirs, crowd(9000)} - {crowd(3), crowd(1400)})
        assert chain.storage_keys(ACCOUNTS) == expected
        assert chain.storage_keys_paged(ACCOUNTS, 700, expected[699]) == expected[700:1400]
        at_fork = chain.block_hash(POINT)
        assert chain.storage_keys(ACCOUNTS, at_fork) == theirs


def test_what_was_read_is_kept_on_disk(url: str, tmp_path: Path) -> None:
    asked = []
    for _ in range(2):
        with forked(url, fork_cache=tmp_path) as node:
            node.chain.seal(3)
            fork = node._kept.fork
            assert fork is not None
            asked.append(fork.node.asked)
    assert asked[0] > 50
    assert asked[1] <= 6
    assert len(list(tmp_path.glob("*.sqlite"))) == 1


def test_snapshots_and_setting_the_head_work_on_a_fork_but_not_below_it(url: str) -> None:
    with forked(url) as node:
        chain = node.chain
        chain.seal(2)
        chain.snapshots.take()
        state = everything(chain)
        chain.dev.fund(account("//Bob"), 5)
        chain.snapshots.revert()
        assert everything(chain) == state
        chain.seal(3)
        chain.set_head(POINT)
        assert chain.head.number == POINT
        chain.seal(2)
        with pytest.raises(UnknownBlock):
            chain.set_head(POINT - 1)


def test_a_fork_is_kept_on_disk_and_in_dumps(url: str, tmp_path: Path) -> None:
    data, dump = tmp_path / "data", tmp_path / "fork.dump"
    with forked(url, data_dir=data) as node:
        node.chain.dev.fund(account("//Bob"), 5)
        node.chain.seal(70)
        node.dump(dump)
        head, state = node.chain.head, everything(node.chain)
    for where in ({"data_dir": data}, {"state": dump}):
        again = LocalNode(NodeConfig(ports=(), block_time="manual", **where), clock=ManualClock())
        assert again.chain.head == head
        assert everything(again.chain) == state
        assert again.chain.block(again.chain.block_hash(POINT + 1)) is not None
        again.chain.set_head(POINT + 20)
        again.chain.seal(2)
        asyncio.run(again.stop())
    with pytest.raises(ChainStoreError, match="fork"):
        LocalNode(NodeConfig(ports=(), data_dir=_new_chain(tmp_path), fork=ForkPoint(url, POINT)))


def _new_chain(tmp_path: Path) -> Path:
    node = LocalNode(NodeConfig(ports=(), data_dir=tmp_path / "new"))
    asyncio.run(node.stop())
    return tmp_path / "new"


def patient(url: str) -> tuple[RemoteNode, list[float]]:
    """A client of the gateway that notes how long it would have waited."""
    waited: list[float] = []
    return RemoteNode(url, sleep=waited.append), waited


def test_a_busy_gateway_is_asked_again_after_as_long_as_it_says(url: str) -> None:
    with gateway(url) as busy:
        node, waited = patient(busy.url)
        busy.refuse = 2
        assert node.ask("system_chain") == "Bittensor"
        assert waited == [7, 7]
        busy.limit = 2
        assert node.ask("system_chain") == "Bittensor"
        busy.drop = 1
        answers = node.ask_all([("chain_getBlockHash", [n]) for n in range(150)])
        assert answers[3] == node.ask("chain_getBlockHash", 3)
        assert len(waited) == 5
        busy.refuse = 100
        node.close()
        with pytest.raises(ForkError, match="429"):
            node.ask("system_chain")


def test_a_fork_is_right_over_a_gateway_that_drops_connections(
    other: LocalChain, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taokit.local_chain.fork.remote_node.FIRST_WAIT_S", 0.001)
    with gateway(url) as shaky:
        handled = 0

        def now_and_then(self: Gateway, request: Any, response: Any) -> Any | None:
            nonlocal handled
            handled += 1
            return None if handled % 23 == 0 else response

        monkeypatch.setattr(Gateway, "answer", now_and_then)
        with forked(shaky.url) as node, other.anchor():
            node.chain.seal(2)
            other.mine(2)
            assert node.chain.head.hash == other.node.chain.head.hash
        assert handled > 50


def test_another_runtime_is_refused_unless_forced(url: str) -> None:
    with gateway(url) as newer:

        def change(method: str, result: Any) -> Any:
            return {**result, "specVersion": 999} if "RuntimeVersion" in method else result

        newer.change = change
        with pytest.raises(ForkError, match="runs node-subtensor 999"), forked(newer.url):
            pass
        with forked(newer.url, force_fork=True) as node:
            node.chain.seal()


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("ws://h:9", ForkPoint("ws://h:9")),
        ("wss://h/path@12", ForkPoint("wss://h/path", 12)),
        ("ws://h:9@0x" + "ab" * 32, ForkPoint("ws://h:9", "0x" + "ab" * 32)),
        ("ws://user@h:9/@7", ForkPoint("ws://user@h:9/", 7)),
        ("ws://user@h:9", ForkPoint("ws://user@h:9")),
    ],
)
def test_places_to_fork_are_read(text: str, point: ForkPoint) -> None:
    assert ForkPoint.parse(text) == point


@pytest.mark.parametrize("text", ["http://h", "ws://h:9@latest", "ws://h@0x12", "h:9"])
def test_what_is_no_place_to_fork_is_refused(text: str) -> None:
    with pytest.raises(ForkError):
        ForkPoint.parse(text)


def test_a_block_or_a_node_that_is_not_there_is_said(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ForkError, match="no block 1000000"):
        LocalNode(NodeConfig(ports=(), fork=ForkPoint(url, 1_000_000)))
    monkeypatch.setattr("taokit.local_chain.fork.remote_node.FIRST_WAIT_S", 0.001)
    with pytest.raises(ForkError, match="does not answer"):
        LocalNode(NodeConfig(ports=(), fork=ForkPoint("ws://127.0.0.1:1")))
