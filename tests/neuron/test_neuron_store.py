"""The state on disk: whole after every crash, refused when it is damaged, forgotten by nobody."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest
import store_writer

from taokit.neuron.chain import WeightsReceipt
from taokit.neuron.errors import StoreDamaged, StoreError, StoreTooNew
from taokit.neuron.messages import Reason, Receipt, Verdict
from taokit.neuron.scoring.averages import ema_sampled
from taokit.neuron.store import CommitLog, Journal, KeyValues, Receipts, Rounds, ScoreBook, Store
from taokit.neuron.store.schema import MIGRATIONS

TASK = "0f" * 32


def verdict(hotkey: str, quality: float, reason: Reason = Reason.OK, **more: object) -> Verdict:
    ok = reason is Reason.OK
    return Verdict(hotkey=hotkey, task=TASK, quality=quality, ok=ok, reason=reason, **more)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def test_scores_and_reasons_are_there_after_a_restart(path: Path) -> None:
    with Store(path) as store:
        book = ScoreBook(store, alpha=0.5)
        book.add(verdict("a", 1.0), 10)
        book.add(verdict("a", 0.5, Reason.TIMEOUT), 11)
        book.add(verdict("b", 0.8, evidence={"why": [1, 2]}, units=2.0), 11)
    with Store(path) as store:
        book = ScoreBook(store, alpha=0.5)
        assert book.items() == [("a", 0.25), ("b", 0.4)]
        assert book.reasons("a") == {Reason.OK: 1, Reason.TIMEOUT: 1}
        assert book.reasons("a", since_block=11) == {Reason.TIMEOUT: 1}
        entry = book.entry("a")
        assert entry is not None
        assert (entry.samples, entry.passed, entry.first_block, entry.updated_block) == (
            2,
            1,
            10,
            11,
        )
        assert 0.0 < entry.credibility() < 0.5
        (seen,) = book.verdicts("b")
        assert (seen.block, seen.verdict.evidence) == (11, {"why": [1, 2]})
        assert [each.block for each in book.verdicts("a")] == [11, 10]


def test_one_never_seen_has_no_score_and_the_forgotten_begin_anew(path: Path) -> None:
    with Store(path) as store:
        book = ScoreBook(store)
        assert (book.score("a"), book.entry("a"), book.items()) == (0.0, None, [])
        book.add(verdict("a", 1.0), 1)
        book.add(verdict("b", 1.0), 1)
        book.cool("a", 20)
        assert (book.cooling(19), book.cooling(20)) == ({"a"}, set())
        book.forget(["a", "never there"])
        assert [hotkey for hotkey, _ in book.items()] == ["b"]
        assert book.reasons("a") == {}


def test_a_round_that_fails_leaves_nothing(path: Path) -> None:
    with Store(path) as store:
        book, rounds = ScoreBook(store), Rounds(store, "tick")
        with pytest.raises(ZeroDivisionError), book.checkpoint():
            book.add(verdict("a", 1.0), 1)
            with store.transaction():
                rounds.put(1, "scored", 1)
            raise ZeroDivisionError
        assert book.items() == []
        assert rounds.last() is None
        book.add(verdict("a", 1.0), 1)
        assert len(book.items()) == 1


def test_a_killed_writer_leaves_whole_rounds_and_goes_on_from_the_last(path: Path) -> None:
    """Six times: let it write for a while, kill it somewhere, look at what is there."""
    chance = random.Random(5)
    written = 0
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, store_writer.__file__, str(path)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        # One dot for each write, so this ends it at any of them, or on the way to the next.
        for _ in range(chance.randrange(1, 60)):
            assert writer.stdout.read(1) == b"."
        writer.kill()
        writer.wait()
        writer.stdout.close()
        with Store(path) as store:
            found = [row["number"] for row in store.rows("SELECT number FROM rounds ORDER BY 1")]
            assert found == list(range(len(found)))
            assert len(found) >= written
            written = len(found)
            assert_whole(ScoreBook(store), written)
    assert written > 0


def assert_whole(book: ScoreBook, rounds: int) -> None:
    """Every round has all its verdicts, and scores are what those verdicts make."""
    for number in range(store_writer.VERDICTS):
        hotkey, score = store_writer.hotkey(number), 0.0
        for each in range(rounds):
            score = ema_sampled(score, store_writer.quality(each, number), book.alpha)
        blocks = [seen.block for seen in book.verdicts(hotkey, limit=10_000)]
        assert blocks == list(reversed(range(rounds)))
        assert book.score(hotkey) == score


def test_the_file_is_for_its_owner_only(path: Path) -> None:
    path.touch(0o644)
    with Store(path) as store:
        ScoreBook(store).add(verdict("a", 1.0), 1)
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
        store.backup(path.with_name("copy"))
    assert modes[path.name] == 0o600
    assert set(modes.values()) == {0o600}
    assert path.with_name("copy").stat().st_mode & 0o777 == 0o600
    with Store(path.with_name("copy")) as copy:
        assert ScoreBook(copy).items() == [("a", 0.2)]
        with pytest.raises(StoreError, match="exists"):
            copy.backup(path)


@pytest.mark.parametrize("damage", ["text", "cut", "scrambled"])
def test_a_damaged_file_is_refused_and_not_changed(path: Path, damage: str) -> None:
    with Store(path) as store:
        book = ScoreBook(store)
        for number in range(200):
            book.add(verdict(f"m{number}", 1.0), number)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    if damage == "text":
        path.write_text("this is not a database, and long enough to look at" * 10)
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 3])
    else:
        middle = len(content) // 2
        path.write_bytes(content[:middle] + os.urandom(8_192) + content[middle + 8_192 :])
    before = path.read_bytes()
    with pytest.raises(StoreDamaged) as caught:
        Store(path)
    assert "move it away" in (caught.value.hint or "")
    assert path.read_bytes() == before


def test_a_later_schema_and_another_program_are_refused(path: Path, tmp_path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    with pytest.raises(StoreTooNew, match="later release"):
        Store(path)
    other = tmp_path / "other"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    with pytest.raises(StoreError, match="another program"):
        Store(other)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "no such folder" / "x")


def test_an_older_schema_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(path) as store:
        ScoreBook(store).add(verdict("a", 1.0), 1)
        assert store.version == len(MIGRATIONS)
    from taokit.neuron.store import database

    later = (*MIGRATIONS, ("ALTER TABLE scores ADD COLUMN note TEXT NOT NULL DEFAULT ''",))
    monkeypatch.setattr(database, "MIGRATIONS", later)
    with Store(path) as store:
        assert store.version == len(MIGRATIONS) + 1
        assert store.row("SELECT note FROM scores")["note"] == ""  # type: ignore[index]
    # A step that fails changes nothing, the steps before it included.
    monkeypatch.setattr(
        database, "MIGRATIONS", (*later, ("CREATE TABLE half (x)",), ("NO SUCH SQL",))
    )
    with pytest.raises(StoreError):
        Store(path)
    monkeypatch.setattr(database, "MIGRATIONS", later)
    with Store(path) as store:
        assert store.rows("SELECT * FROM sqlite_master WHERE name = 'half'") == []


async def test_a_transaction_held_across_an_await_is_told_apart(path: Path) -> None:
    with Store(path) as store:
        book = ScoreBook(store)
        opened, close = asyncio.Event(), asyncio.Event()

        async def holds() -> None:
            with book.checkpoint():
                book.add(verdict("a", 1.0), 1)
                opened.set()
                await close.wait()

        holder = asyncio.ensure_future(holds())
        await opened.wait()
        with pytest.raises(StoreError, match="across an await"):
            book.add(verdict("b", 1.0), 1)
        close.set()
        await holder
        assert [hotkey for hotkey, _ in book.items()] == ["a"]


def test_threads_take_turns(path: Path) -> None:
    with Store(path, durable=False) as store:
        book = ScoreBook(store)

        def write(name: str) -> None:
            for number in range(20):
                with book.checkpoint():
                    book.add(verdict(name, 1.0), number)
                    book.add(verdict("all", 1.0), number)

        threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entry = book.entry("all")
        assert entry is not None
        assert entry.samples == 80


def test_rounds_values_journal_and_receipts(path: Path) -> None:
    with Store(path) as store:
        rounds = Rounds(store, "window")
        rounds.put(1, "open", 5, {"base": "x"})
        rounds.put(2, "open", 9)
        rounds.put(1, "closed", 8, {"base": "y"})
        Rounds(store, "other").put(7, "open", 1)
        assert [each.number for each in rounds.in_state("open")] == [2]
        assert (rounds.last().number, rounds.last(state="closed").data) == (2, {"base": "y"})  # type: ignore[union-attr]
        rounds.forget(below=2)
        assert rounds.get(1) is None
        values = KeyValues(store, "mechanism")
        values.set("a/1", [1, {"x": None}])
        values.set("a/2", "two")
        values.set("b", 0)
        values.set("b", 1)
        assert values.get("a/1") == [1, {"x": None}]
        assert list(values.items("a/")) == [("a/1", [1, {"x": None}]), ("a/2", "two")]
        values.delete("a/1")
        assert (values.get("a/1", "gone"), values.get("b")) == ("gone", 1)
        assert KeyValues(store, "elsewhere").get("b") is None
        journal = Journal(store)
        journal.add("left", 4, {"hotkey": "a"})
        journal.add("joined", 5)
        assert [entry.kind for entry in journal.read()] == ["left", "joined"]
        assert [entry.data for entry in journal.read("left")] == [{"hotkey": "a"}]
        assert journal.read(after=journal.read()[-1].id) == []
        receipts = Receipts(store)
        receipt = Receipt(
            id=uuid4(),
            miner="m",
            caller="v",
            req=TASK,
            resp=TASK,
            request_sig="0" * 128,
            sig="1" * 128,
        )
        assert receipts.add(receipt, 3)
        assert not receipts.add(receipt, 3)
        assert receipts.get(str(receipt.id)) == receipt
        assert receipts.of("m") == [receipt]
        assert receipts.of("m", since_block=4) == []
        assert store.prune(before_block=5) == 2
        assert [entry.kind for entry in journal.read()] == ["joined"]


def test_commits_to_weights_keep_their_salt(path: Path) -> None:
    receipt = WeightsReceipt(
        "hash", 10, (1, 2), (65_535, 7), salt=(1, 2, 3), commit_hash="ab", epoch=4
    )
    with Store(path) as store:
        log = CommitLog(store, "v", 2)
        prepared = log.prepare(receipt)
        assert CommitLog(store, "v", 3).open() == []
        log.mark(prepared, "sent")
    with Store(path) as store:
        log = CommitLog(store, "v", 2)
        (found,) = log.open()
        assert (found.state, found.receipt) == ("sent", receipt)
        assert log.last() == found
        log.mark(found, "landed")
        assert log.open() == []
        log.forget(before_block=11)
        assert log.last() is None
