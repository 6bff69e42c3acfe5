"""A chain on disk is the chain that was sealed, whatever ended the process, or is refused."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from taokit.local_chain import LocalNode, ManualClock, NodeChain, NodeConfig
from taokit.local_chain.chain_spec import account
from taokit.local_chain.errors import BlockFailed, ChainStoreError, DamagedChain
from taokit.local_chain.node.header import Block
from taokit.local_chain.persistence.checking import check
from taokit.local_chain.persistence.keeping import FILE_NAME
from taokit.local_chain.persistence.store import ChainStore

BOB = account("//Bob")
KILLS = 200


@contextmanager
def node(**config: Any) -> Iterator[LocalNode]:
    """A node that makes blocks on demand, to its orderly end."""
    running = LocalNode(NodeConfig(ports=(), block_time="manual", **config), clock=ManualClock())
    try:
        yield running
    finally:
        asyncio.run(running.stop())


def everything(chain: NodeChain, at: bytes | None = None) -> dict[bytes, bytes | None]:
    return {key: chain.storage(key, at) for key in chain.storage_keys(b"", at)}


def hashes(chain: NodeChain) -> list[bytes | None]:
    return [chain.block_hash(number) for number in range(chain.head.number + 1)]


def test_a_chain_is_taken_up_where_it_was_with_all_its_past(tmp_path: Path) -> None:
    with node(data_dir=tmp_path) as first:
        first.chain.seal(90)
        first.chain.dev.fund(BOB, 5)
        first.chain.seal(5)
        known, state = hashes(first.chain), everything(first.chain)
        early = everything(first.chain, known[40])
        body = first.chain.block(known[91])
    with node(data_dir=tmp_path) as again:
        assert hashes(again.chain) == known
        assert everything(again.chain) == state
        assert everything(again.chain, known[40]) == early
        assert again.chain.block(known[91]) == body
        assert again.chain.finalized.hash == known[-1]
        again.chain.seal(80)
        known = hashes(again.chain)
    with node() as never_stopped:
        never_stopped.chain.seal(90)
        never_stopped.chain.dev.fund(BOB, 5)
        never_stopped.chain.seal(85)
        assert hashes(never_stopped.chain) == known


def test_going_back_is_going_back_on_disk_too(tmp_path: Path) -> None:
    with node(data_dir=tmp_path) as first:
        first.chain.seal(3)
        first.chain.snapshots.take("three")
        first.chain.dev.fund(BOB, 5)
        first.chain.seal(70)
        first.chain.snapshots.revert("three")
        first.chain.seal(2)
        known, state = hashes(first.chain), everything(first.chain)
    with node(data_dir=tmp_path) as again:
        assert hashes(again.chain) == known
        assert everything(again.chain) == state
    assert check(tmp_path / FILE_NAME).wrong == ()


def test_a_dump_holds_the_whole_chain_and_begins_another(tmp_path: Path) -> None:
    state_file = tmp_path / "chain.dump"
    with node(state=state_file, dump_every=10) as first:
        first.chain.seal(12)
        assert state_file.stat().st_mode & 0o777 == 0o600
        known = hashes(first.chain)
        early = everything(first.chain, known[4])
    for _ in range(2):  # a dump of what was loaded holds all of it, too
        with node(state=state_file) as again:
            assert hashes(again.chain) == known
            assert everything(again.chain, known[4]) == early
            again.chain.snapshots.take()
            again.chain.seal(70)
            known = hashes(again.chain)
    with node(data_dir=tmp_path / "data") as stored:
        stored.chain.seal(5)
        assert stored.dump(tmp_path / "other.dump") > 0
        known = hashes(stored.chain)
    with node(state=tmp_path / "other.dump") as loaded:
        assert hashes(loaded.chain) == known


@pytest.mark.parametrize("damage", ["cut", "flip", "other"])
def test_a_damaged_dump_is_refused_and_left_alone(tmp_path: Path, damage: str) -> None:
    state_file = tmp_path / "chain.dump"
    with node() as chain:
        chain.chain.seal(2)
        chain.dump(state_file)
    content = bytearray(state_file.read_bytes())
    if damage == "cut":
        del content[-10:]
    elif damage == "flip":
        content[len(content) // 2] ^= 1
    else:
        content[:6] = b"tarball"[:6]
    state_file.write_bytes(content)
    with pytest.raises(DamagedChain):
        LocalNode(NodeConfig(ports=(), state=state_file))
    assert state_file.read_bytes() == content


def test_a_chain_of_another_kind_or_in_use_is_refused(tmp_path: Path) -> None:
    with node(data_dir=tmp_path), pytest.raises(ChainStoreError, match="in use"):
        LocalNode(NodeConfig(ports=(), data_dir=tmp_path))
    with pytest.raises(ChainStoreError, match="made with preset fast, not mainnet"):
        LocalNode(NodeConfig(ports=(), preset="mainnet", data_dir=tmp_path))
    (tmp_path / FILE_NAME).write_bytes(b"something else" * 1000)
    with pytest.raises(DamagedChain, match="not a database"):
        LocalNode(NodeConfig(ports=(), data_dir=tmp_path))


def alter(store: Path, statement: str) -> None:
    connection = sqlite3.connect(store)
    with connection:
        assert connection.execute(statement).rowcount
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE blocks SET hash = zeroblob(32) WHERE number = 5", "block 5: its hash"),
        (
            "UPDATE versions SET value = x'07' WHERE block = 6 AND length(value) = 4",
            "block 6: what",
        ),
        ("DELETE FROM versions WHERE block = 7", "block 7"),
        ("DELETE FROM blocks WHERE number = 5", "block 5"),
        ("DELETE FROM parts", "extrinsic"),
    ],
)
def test_checking_finds_what_was_altered_and_how_far_all_is_well(
    tmp_path: Path, statement: str, said: str
) -> None:
    with node(data_dir=tmp_path) as first:
        first.chain.seal(10)
    store = tmp_path / FILE_NAME
    assert check(store).wrong == ()
    alter(store, statement)
    findings = check(store)
    assert said in " ".join(findings.wrong)
    assert findings.sound_until < 10


def test_a_block_that_cannot_be_kept_is_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with node(data_dir=tmp_path) as first:
        first.chain.seal(3)
        state = everything(first.chain)

        def full(*_: object) -> None:
            raise ChainStoreError("database or disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(ChainStore, "append", full)
            with pytest.raises(BlockFailed, match="disk is full"):
                first.chain.seal()
        assert first.chain.head.number == 3
        assert everything(first.chain) == state
        first.chain.seal(2)
        known = hashes(first.chain)
    with node(data_dir=tmp_path) as again:
        assert hashes(again.chain) == known


@pytest.fixture(scope="module")
def recorded() -> list[tuple[Block, Any]]:
    """A chain of blocks and what each changed."""
    blocks: list[tuple[Block, Any]] = []
    with node() as made:
        chain = made.chain
        genesis = chain.block(chain.genesis_hash)
        assert genesis is not None
        blocks.append((genesis, {key: chain.storage(key) for key in chain.storage_keys(b"")}))
        chain.on_new_block.add(lambda block, changes: blocks.append((block, dict(changes))))
        for _ in range(60):
            chain.dev.fund(BOB, 1)
            chain.seal(4)
    return blocks


def in_a_process(work: Callable[[], None], kill_after: float) -> None:
    """Run `work` in a process of its own, which is killed if it takes longer."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    ends = time.monotonic() + kill_after
    while time.monotonic() < ends and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.0005)
    try:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes as POSIX has them")
def test_killing_it_at_any_moment_loses_no_sealed_block_and_keeps_no_half(
    tmp_path: Path, recorded: list[tuple[Block, Any]]
) -> None:
    """A process that appends is killed again and again, and goes on where the file says."""
    chance = random.Random(424)
    store, told = tmp_path / FILE_NAME, tmp_path / "told"
    kills = 0
    while kills < KILLS:
        store.unlink(missing_ok=True)
        for left in tmp_path.glob(f"{FILE_NAME}-*"):
            left.unlink()
        with ChainStore.create(store, {}):
            pass
        height = -1
        while height < len(recorded) - 1 and kills < KILLS:

            def append() -> None:
                with ChainStore.open(store) as kept, told.open("wb", buffering=0) as out:
                    for block, changes in recorded[kept.height + 1 :]:
                        kept.append(block, changes)
                        out.write(b"%d\n" % block.header.number)

            told.write_bytes(b"")
            in_a_process(append, chance.uniform(0.001, 0.04))
            kills += 1
            sealed = [int(line) for line in told.read_bytes().split()]
            with ChainStore.open(store) as kept:
                assert kept.height >= max(sealed, default=height)
                height = kept.height
                if height >= 0:
                    block, changes = recorded[height]
                    assert kept.at(height) == block
                    assert kept.changes(height) == changes
        findings = check(store)
        assert (findings.wrong, findings.sound_until) == ((), height)
