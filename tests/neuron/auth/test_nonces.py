"""Nonce stores: once each, forgotten when they expire, bounded without letting a replay in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from taokit.neuron.auth.nonces import MemoryNonces, SqliteNonces
from taokit.neuron.errors import StoreDamaged, StoreError


class Clock:
    now = 1000

    def __call__(self) -> int:
        return self.now


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Clock]:
    clock = Clock()
    if request.param == "memory":
        return MemoryNonces(clock=clock), clock
    return SqliteNonces(tmp_path / "nonces.db", clock=clock), clock


def test_a_nonce_is_new_once_for_each_hotkey(store: tuple[Any, Clock]) -> None:
    nonces, _ = store
    assert nonces.add("a", "1", 2000)
    assert not nonces.add("a", "1", 2000)
    assert nonces.add("b", "1", 2000)
    assert nonces.add("a", "2", 2000)
    assert len(nonces) == 3


def test_what_expired_is_forgotten(store: tuple[Any, Clock]) -> None:
    nonces, clock = store
    for i in range(300):
        nonces.add("a", str(i), 2000)
    clock.now = 2001
    for i in range(300, 600):
        nonces.add("a", str(i), 3000)
    assert len(nonces) == 300


def test_a_full_store_shortens_the_window_and_lets_no_replay_in() -> None:
    nonces = MemoryNonces(limit=10, clock=Clock())
    for i in range(100):
        assert nonces.add("a", str(i), 2000 + i)
    assert len(nonces) == 10
    assert not any(nonces.add("a", str(i), 2000 + i) for i in range(100))
    assert not nonces.add("b", "unseen", 2050)  # older than what had to leave
    assert nonces.add("b", "newer", 2101)


def test_a_file_is_shared_and_outlives_its_process(tmp_path: Path) -> None:
    path, clock = tmp_path / "nonces.db", Clock()
    one, other = (SqliteNonces(path, clock=clock) for _ in range(2))
    assert one.add("a", "1", 2000)
    assert not other.add("a", "1", 2000)
    one.close()
    other.close()
    assert not SqliteNonces(path, clock=clock).add("a", "1", 2000)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nonces.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreDamaged, match=r"nonces\.db"):
        SqliteNonces(path)
    assert path.read_bytes().startswith(b"no database")


def test_what_cannot_be_remembered_is_an_error_not_an_acceptance(tmp_path: Path) -> None:
    nonces = SqliteNonces(tmp_path / "nonces.db", clock=Clock())
    nonces.close()
    with pytest.raises(StoreError):
        nonces.add("a", "1", 2000)
