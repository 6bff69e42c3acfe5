"""What blocks of the forked chain did is told on the fork as the chain itself tells it, or not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_gateway import Gateway, gateway
from forked_world import TAO, World, forked, pay, served

from taokit.local_chain import LocalChain
from taokit.local_chain.errors import NoEpoch, UnknownExtrinsic
from taokit.local_chain.insight import remote_changes

long = pytest.mark.skipif(not os.environ.get("TAOKIT_LONG_TESTS"), reason="asks very often")


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
    with pytest.raises(UnknownExtrinsic, match="BLOCK-INDEX"):
        fork.trace("0x" + "11" * 32)


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
            fork.diff(world.bent - 1, world.bent)
            counts.append(asked(fork) - begun)
    assert counts[0] > 50
    assert counts[1] == 0


def test_what_one_block_wanted_is_asked_at_once_for_the_next(world: World, url: str) -> None:
    with forked(url, world.point) as fork:
        node = fork.node._kept.fork.node  # type: ignore[union-attr]
        fork.diff(world.before, world.before + 1)
        trips = node.trips
        fork.diff(world.before + 1, world.before + 2)
        assert node.trips - trips < 30


def like_a_true_node(change: Any = None) -> Any:
    """A change of answers: the state roots commit to nothing that we could know."""

    def changed(method: str, result: Any) -> Any:
        if method == "state_getStorageSize":
            return 2_000_000
        return change(method, result) if change else result

    return changed


def test_a_true_node_is_held_to_each_entry_that_running_again_wrote(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First our runtime does what the other node's has done, and then it finds other fees."""
    from taokit.local_chain.pallets.transaction_payment import TransactionPayment

    fee = TransactionPayment.fee
    low, high = world.before, world.before + 1
    right = world.chain.diff(low, high)
    with gateway(url) as true, monkeypatch.context() as patched:
        true.change = like_a_true_node()
        with forked(true.url, world.point) as fork:
            assert fork.diff(low, high) == right
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


@long
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


@long
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


def test_blocks_after_leaps_are_run_again_with_what_was_passed_over(tmp_path: Path) -> None:
    with LocalChain() as chain:
        chain.subnet(validators=1, miners=1, commit_reveal=False)
        node, first = chain.node.chain, chain.height
        for _ in range(2):
            chain.do(lambda: node.leap(node.head.number + 40))
        pay(chain, 1)
        point = chain.height
        assert point > first + 10
        assert not node.outside(point - 1).writes  # they are found by passing over again
        chain.do(lambda: chain.node.dump(tmp_path / "dump"))
        right = chain.diff(first, point)
        assert chain.trace(f"{point - 1}-0").faithful is True
        with served(tmp_path / "dump") as url, forked(url, point) as fork:
            assert fork.diff(first, point) == right
            assert fork.trace(f"{point - 1}-0").faithful is True
