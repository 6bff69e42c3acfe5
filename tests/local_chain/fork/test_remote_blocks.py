"""What blocks of the forked chain did is told on the fork as the chain itself tells it, or not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faulty_gateway import Gateway, gateway

from taokit.chain_client.calls import Call
from taokit.local_chain import LocalChain, LocalNode, ManualClock, NodeConfig
from taokit.local_chain.errors import NoEpoch, UnknownExtrinsic
from taokit.local_chain.fork.forking import ForkPoint
from taokit.local_chain.insight import remote_changes

TAO = 10**9


def pay(chain: LocalChain, tao: int) -> str:
    """Sends money; the hash of the extrinsic."""
    dest = {"Id": chain.accounts.bob.ss58_address}
    call = Call("Balances", "transfer_keep_alive", {"dest": dest, "value": tao * TAO})
    receipt = chain.client().submit(call, chain.accounts.alice)
    receipt.raise_for_failure()
    return receipt.extrinsic_hash


class World:
    """A chain with an epoch, transfers, and a block into which a development method wrote."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        subnet = chain.subnet(validators=2, miners=2, commit_reveal=False)
        self.netuid = subnet.netuid
        for validator in subnet.validators:
            subnet.set_weights(validator, {3: 1.0, 4: 0.5})
        self.epoch = subnet.run_epoch() or chain.height
        self.before = chain.height
        self.hash = pay(chain, 3)
        pay(chain, 4)
        chain.mine(2)
        self.paid = chain.height
        chain.fund(chain.accounts.charlie.ss58_address, 7)
        self.bent = chain.height
        pay(chain, 5)
        self.point = chain.height


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with LocalChain() as chain:
        yield World(chain)


@pytest.fixture(scope="module")
def url(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same chain, served by a thread of its own: a fork waits for it in the client's."""
    dump = tmp_path_factory.mktemp("world") / "chain.dump"
    world.chain.do(lambda: world.chain.node.dump(dump))
    with served(dump) as address:
        yield address


@contextmanager
def served(dump: Path) -> Iterator[str]:
    loop, ready, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    ports: list[int] = []

    async def serving() -> None:
        config = NodeConfig(ports=(0,), block_time="manual", state=dump)
        async with LocalNode(config, clock=ManualClock()) as node:
            ports.extend(node.ports)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serving(),))
    thread.start()
    assert ready.wait(60)
    try:
        yield f"ws://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@contextmanager
def forked(url: str, point: int, **config: Any) -> Iterator[LocalChain]:
    told = NodeConfig(ports=(), block_time="instant", fork=ForkPoint(url, point), **config)
    with LocalChain(told) as chain:
        yield chain


@pytest.fixture(scope="module")
def fork(world: World, url: str) -> Iterator[LocalChain]:
    with forked(url, world.point) as chain:
        yield chain


def asked(chain: LocalChain) -> int:
    fork = chain.node._kept.fork
    assert fork is not None
    return fork.node.asked


def test_a_difference_over_remote_blocks_is_the_chains_own(world: World, fork: LocalChain) -> None:
    for low, high in ((world.before, world.before + 1), (world.epoch - 1, world.paid)):
        told = fork.diff(low, high)
        assert told == world.chain.diff(low, high)
        assert told.changes
        assert told.faithful is True
        assert fork.diff(high, low) == world.chain.diff(high, low)
    told = fork.diff(world.before, world.paid, pallet="system")
    assert told == world.chain.diff(world.before, world.paid, pallet="System")
    assert fork.diff(world.before, world.before).changes == []


def test_a_difference_goes_on_into_the_forks_own_blocks(world: World, url: str) -> None:
    with forked(url, world.paid) as fork:
        bob = fork.accounts.bob.ss58_address
        pay(fork, 11)
        told = fork.diff(world.before)
        (changed,) = [one for one in told.changes if one.key == [bob]]
        assert changed.after["data"]["free"] - changed.before["data"]["free"] == 18 * TAO
        assert fork.diff(world.paid).faithful is True


def test_writes_from_outside_are_found_by_comparing(world: World, fork: LocalChain) -> None:
    for low, high in ((world.bent - 1, world.bent), (world.before, world.point)):
        told = fork.diff(low, high)
        assert told.faithful is False
        assert f"block {world.bent} " in " ".join(told.notes)
        assert told.changes == world.chain.diff(low, high).changes
        assert told.missing == []


def test_an_epoch_of_remote_blocks_is_explained(world: World, fork: LocalChain) -> None:
    told = fork.explain(world.netuid)
    assert told == world.chain.explain(world.netuid)
    assert told.faithful is True
    assert (told.block, told.notes) == (world.epoch, [])
    with pytest.raises(NoEpoch, match="no subnet 99"):
        fork.explain(99)


def test_a_remote_extrinsic_is_traced(world: World, fork: LocalChain) -> None:
    told = fork.trace(world.hash)
    assert told == world.chain.trace(world.hash)
    assert told.faithful is True
    assert fork.trace(f"{told.block}-{told.index}") == told
    last = fork.trace(f"{world.bent}-0")
    assert last.faithful is False
    assert "from outside" in " ".join(last.notes)
    with pytest.raises(UnknownExtrinsic) as unknown:
        fork.trace("0x" + "11" * 32)
    assert "BLOCK-INDEX" in str(unknown.value.hint)


def test_an_own_extrinsic_of_a_fork_is_faithful_too(world: World, url: str) -> None:
    with forked(url, world.point) as fork:
        assert fork.trace(pay(fork, 2)).faithful is True
        fork.fund(fork.accounts.bob.ss58_address, 1)
        assert fork.trace(f"{fork.height}-0").faithful is True


def test_what_was_asked_is_kept_on_disk(world: World, url: str, tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        with forked(url, world.point, fork_cache=tmp_path) as fork:
            begun = asked(fork)
            fork.diff(world.before, world.paid)
            fork.explain(world.netuid)
            fork.diff(world.before, world.bent)
            counts.append(asked(fork) - begun)
    assert counts[0] > 50
    assert counts[1] == 0


def like_a_true_node(change: Any = None) -> Any:
    """A change of answers: the state roots commit to nothing that we could know."""

    def changed(method: str, result: Any) -> Any:
        if method == "state_getStorageSize":
            return 2_000_000
        return change(method, result) if change else result

    return changed


def test_a_true_node_is_held_to_each_entry_that_was_written(world: World, url: str) -> None:
    with gateway(url) as true:
        true.change = like_a_true_node()
        with forked(true.url, world.point) as fork:
            told = fork.diff(world.before, world.paid)
            assert told == world.chain.diff(world.before, world.paid)
            assert fork.explain(world.netuid).faithful is True
            assert fork.trace(world.hash).faithful is True


def test_where_running_again_comes_to_something_else_the_answer_says_so(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here our runtime differs from what the other node's has done: it finds other fees."""
    from taokit.local_chain.pallets.transaction_payment import TransactionPayment

    fee = TransactionPayment.fee
    low, high = world.before, world.before + 1
    right = world.chain.diff(low, high)
    with gateway(url) as true, monkeypatch.context() as patched:
        true.change = like_a_true_node()
        with forked(true.url, world.point) as fork:
            patched.setattr(TransactionPayment, "fee", lambda self, *a, **k: fee(self, *a, **k) + 1)
            told = fork.diff(low, high)
            assert told.faithful is False
            assert {(one.pallet, one.item) for one in told.unlike} >= {
                ("System", "Account"),
                ("System", "Events"),
            }
            assert told.changes == right.changes  # by comparing, and with the other node's values
            alice = fork.accounts.alice.ss58_address
            (account,) = [one for one in told.unlike if one.key == [alice]]
            assert account.held["data"]["free"] == account.rerun["data"]["free"] + 1
            traced = fork.trace(world.hash)
            assert traced.faithful is False
            assert alice in [one.key[0] for one in traced.unlike if one.key]


def test_blocks_of_another_runtime_are_said_to_be(world: World, url: str) -> None:
    with gateway(url) as older:

        def change(method: str, result: Any) -> Any:
            if method == "state_getRuntimeVersion":
                return {**result, "specVersion": 423}
            return result

        older.change = like_a_true_node(change)
        with forked(older.url, world.point, force_fork=True) as fork:
            told = fork.diff(world.before, world.before + 1)
            assert told.notes == [
                f"block {world.before + 1} was made by node-subtensor 423, "
                "and run again by node-subtensor 424"
            ]
            assert told.changes == world.chain.diff(world.before, world.before + 1).changes
            assert fork.explain(world.netuid).notes[0].endswith("run again by node-subtensor 424")


def test_a_block_that_our_runtime_cannot_run_is_compared(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from taokit.local_chain.runtime import Runtime

    def fails(self: Runtime) -> list[bytes]:
        raise ValueError("no such thing")

    with gateway(url) as true, forked(true.url, world.point) as fork:
        true.change = like_a_true_node()
        monkeypatch.setattr(Runtime, "finalize_block", fails)
        told = fork.diff(world.before, world.paid)
    assert told.faithful is False
    assert "failed: ValueError: no such thing" in told.notes[0]
    assert told.changes == world.chain.diff(world.before, world.paid).changes


def test_many_blocks_are_compared_and_what_is_too_large_is_named(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_changes, "MOST_BLOCKS", 1)
    with forked(url, world.point) as fork:
        told = fork.diff(world.before, world.point)
        right = world.chain.diff(world.before, world.point)
        assert told.faithful is None
        assert told.changes == right.changes
    monkeypatch.setattr(remote_changes, "PAGE", 1)
    monkeypatch.setattr(remote_changes, "MOST_KEYS", 2)
    with gateway(url) as small:

        def change(method: str, result: Any) -> Any:
            return result[:2] if method == "state_getKeysPaged" else result

        small.change = change
        with forked(small.url, world.point) as fork:
            told = fork.diff(world.before, world.point, pallet="System")
        assert "System.Account" in told.missing
        left = [one for one in right.changes if one.pallet == "System"]
        assert told.changes == [one for one in left if f"System.{one.item}" not in told.missing]


def test_a_gateway_that_fails_now_and_then_does_not_change_the_answer(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taokit.local_chain.fork.remote_node.FIRST_WAIT_S", 0.001)
    with gateway(url) as shaky:
        handled = 0

        def now_and_then(self: Gateway, request: Any, response: Any) -> Any | None:
            nonlocal handled
            handled += 1
            return None if handled % 41 == 0 else response

        monkeypatch.setattr(Gateway, "answer", now_and_then)
        with forked(shaky.url, world.point) as fork:
            told = fork.diff(world.before, world.before + 1)
    assert told == world.chain.diff(world.before, world.before + 1)
