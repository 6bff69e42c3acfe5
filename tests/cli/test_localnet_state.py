"""Going back, dumping and keeping a local chain, from the command line."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cli, done

START = [sys.executable, "-m", "taokit.cli", "localnet", "start", "--port", "0", "-q"]


def serve(*options: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [*START, "--block-time", "manual", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[1]


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    assert process.wait(60) == 0
    assert process.stdout is not None
    process.stdout.close()


def height(cli: Cli) -> int:
    return int(done(cli, "query", "status", "--json").document["best_block"])


def test_a_kept_chain_goes_back_and_goes_on_after_it_was_stopped(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, dump = tmp_path / "data", tmp_path / "chain.dump"
    process, endpoint = serve("--data-dir", str(data))
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    done(cli, "localnet", "mine", "5")
    taken = done(cli, "localnet", "snapshot", "five", "--json").document
    assert (taken["name"], taken["number"]) == ("five", 5)
    done(cli, "localnet", "mine", "4")
    assert "five" in done(cli, "localnet", "snapshots").out
    assert done(cli, "localnet", "revert", "--json").document["hash"] == taken["hash"]
    done(cli, "localnet", "mine", "2")
    assert "block 6" in done(cli, "localnet", "set-head", "6").out
    assert done(cli, "localnet", "dump", str(dump), "--json").document["bytes"] > 1000
    assert done(cli, "localnet", "revert", "--drop", "--json").document["number"] == 5
    refused = cli("localnet", "revert")
    assert (refused.status, "there is no snapshot" in refused.err) == (1, True)
    in_use = cli("localnet", "start", "--data-dir", str(data), "--port", "0")
    assert (in_use.status, "is in use" in in_use.err) == (1, True)
    end(process)

    process, endpoint = serve("--data-dir", str(data))
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    assert height(cli) == 5
    end(process)
    process, endpoint = serve("--state", str(dump), "--dump-every", "1")
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    assert height(cli) == 6
    done(cli, "localnet", "mine")
    end(process)
    for place, blocks in ((data, 6), (dump, 8)):
        found = done(cli, "localnet", "check", str(place), "--json").document
        assert found == {"blocks": blocks, "sound_until": blocks - 1, "wrong": []}


def test_check_says_what_is_wrong_and_what_is_not(cli: Cli, tmp_path: Path) -> None:
    process, _ = serve("--data-dir", str(tmp_path / "data"))
    end(process)
    connection = sqlite3.connect(tmp_path / "data" / "chain.sqlite")
    with connection:
        connection.execute("UPDATE blocks SET hash = zeroblob(32)")
    connection.close()
    found = cli("localnet", "check", str(tmp_path / "data"))
    assert found.status == 1
    assert "block 0: its hash" in found.out
    assert "no block" in found.err
    missing = cli("localnet", "check", str(tmp_path / "nothing"))
    assert (missing.status, "nothing at" in missing.err) == (1, True)


def test_a_fork_goes_on_after_the_block_it_is_told(
    cli: Cli, endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(tmp_path / "cache"))
    done(cli, "localnet", "mine", "3")
    process, fork = serve("--fork", f"{endpoint}@2", "--data-dir", str(tmp_path / "fork"))
    monkeypatch.setenv("TAOKIT_NETWORK", fork)
    assert height(cli) == 2
    done(cli, "localnet", "mine", "2")
    end(process)
    assert list((tmp_path / "cache" / "forks").glob("*.sqlite"))
    for wrong, status, said in (
        (("--fork", "ws://127.0.0.1:1@x"), 1, "no block"),
        (("--fork", "nowhere"), 2, "nowhere"),
        (("--force",), 2, "--fork"),
    ):
        refused = cli("localnet", "start", "--port", "0", *wrong)
        assert (refused.status, said in refused.err) == (status, True)
