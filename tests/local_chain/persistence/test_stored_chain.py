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
from taokit.local_chain.insight.replay import replay
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


def bend(chain: NodeChain) -> None:
    """A block with writes from outside, one without limits, one with a deletion, and one more."""
    dev = chain.dev
    dev.fund(BOB, 5)
    dev.set_storage({b"own key": b"\x01" * 400})
    dev.ignore_rate_limits(True)
    chain.seal()
    dev.ignore_rate_limits(False)
    dev.set_storage({b"own key": None, b"other": b""})
    chain.seal()


def faithful(chain: NodeChain) -> list[bool | None]:
    return [replay(chain, number).faithful for number in range(1, chain.head.number + 1)]


def test_what_was_written_from_outside_is_known_after_a_restart(tmp_path: Path) -> None:
    data, dump = tmp_path / "data", tmp_path / "chain.dump"
    with node(data_dir=data) as first:
        chain = first.chain
        bend(chain)
        chain.snapshots.take()
        bend(chain)
        chain.snapshots.revert()
        bend(chain)
        known = [chain.outside(number) for number in range(1, chain.head.number + 1)]
        assert [sorted(one.writes) for one in known][1] == [b"own key"]
        assert [one.limits_ignored for one in known] == [False, False, True, False, False] * 2
        first.dump(dump)
    for where in ({"data_dir": data}, {"state": dump}):
        with node(**where) as again:
            chain = again.chain
            assert [chain.outside(n) for n in range(1, chain.head.number + 1)] == known
            assert set(faithful(chain)) == {True}
            bend(chain)  # on top of what was read
            again.dump(tmp_path / "second.dump")
        with node(state=tmp_path / "second.dump") as third:
            assert third.chain.outside(len(known) + 2).writes == {b"own key": b"\x01" * 400}
            assert set(faithful(third.chain)) == {True}
    assert check(data / FILE_NAME).wrong == ()


def test_states_of_blocks_made_after_a_restart_stay_what_they_were(tmp_path: Path) -> None:
    with node(data_dir=tmp_path) as first:
        first.chain.seal(3)
    with node(data_dir=tmp_path) as again:
        chain = again.chain
        then = []
        for _ in range(4):
            chain.dev.fund(BOB, 5)
            chain.dev.set_storage({b"own key %d" % len(then): b"\x01"})
            then.append((chain.head.hash, everything(chain)))
        for hash, state in then:
            assert everything(chain, hash) == state


def test_a_store_of_the_first_format_is_opened_and_goes_on_as_one_of_ours(tmp_path: Path) -> None:
    store = tmp_path / FILE_NAME
    with node(data_dir=tmp_path) as first:
        first.chain.seal(3)
        known = hashes(first.chain)
    alter_format(store, 1)
    with node(data_dir=tmp_path) as again:
        assert hashes(again.chain) == known
        again.chain.seal()
    assert format_of(store) == 1
    with node(data_dir=tmp_path) as again:
        bend(again.chain)
        assert set(faithful(again.chain)) == {True}
    assert format_of(store) == 2
    assert check(store).wrong == ()
    alter_format(store, 3)
    with pytest.raises(ChainStoreError, match="has format 3"):
        LocalNode(NodeConfig(ports=(), data_dir=tmp_path))


def format_of(store: Path) -> int:
    connection = sqlite3.connect(store)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


def alter_format(store: Path, number: int) -> None:
    connection = sqlite3.connect(store)
    connection.execute(f"PRAGMA user_version = {number}")
    connection.close()


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


@pytest.mark.parametrize("long", [False, True], ids=["in the block", "beside it"])
def test_checking_finds_altered_writes_from_outside(tmp_path: Path, long: bool) -> None:
    with node(data_dir=tmp_path) as first:
        first.chain.seal(3)
        first.chain.dev.set_storage({b"own key": b"\x01" * (400 if long else 4)})
        first.chain.seal(3)
    store = tmp_path / FILE_NAME
    connection = sqlite3.connect(store)
    with connection:
        if long:
            last = "(SELECT max(id) FROM parts WHERE instr(bytes, CAST('own key' AS BLOB)))"
            (told,) = connection.execute(f"SELECT bytes FROM parts WHERE id = {last}").fetchone()
            changed = told[:-1] + b"\x02"
            connection.execute(f"UPDATE parts SET bytes = ? WHERE id = {last}", (changed,))
        else:
            (told,) = connection.execute("SELECT content FROM blocks WHERE number = 4").fetchone()
            changed = told[:-1] + b"\x02"
            connection.execute("UPDATE blocks SET content = ? WHERE number = 4", (changed,))
    connection.close()
    findings = check(store)
    assert "written into block 4 from outside" in " ".join(findings.wrong)
    assert findings.sound_until == 3
    with node(data_dir=tmp_path) as again, pytest.raises(DamagedChain, match="from outside"):
        replay(again.chain, 4)


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
