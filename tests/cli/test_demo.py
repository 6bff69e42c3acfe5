"""The demo plays to the end, shows earnings where they belong, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from taokit.cli.demo_script import CHAPTERS

from .conftest import Cli

DEMO = [sys.executable, "-m", "taokit.cli", "demo"]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def test_the_demo_tells_its_story(stage: Path, files: Callable[[], set[str]]) -> None:
    before = files()
    done = subprocess.run(DEMO, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    for chapter in CHAPTERS:
        assert chapter.title in done.stdout
        for line in chapter.commands:
            assert f"$ taokit {line}" in done.stdout
    assert "error" not in done.stderr
    table = done.stdout.split("$ taokit subnets metagraph 2\n")[1].split("\n\n")[0].splitlines()
    column = table[0].split().index
    neurons = {int(line.split()[0]): line.split() for line in table[1:]}
    incentive = {uid: float(cells[column("Incentive")]) for uid, cells in neurons.items()}
    dividends = {uid: float(cells[column("Dividends")]) for uid, cells in neurons.items()}
    assert incentive[3] > incentive[4] > 0 == incentive[5]
    assert dividends[1] > dividends[2] > 0 == dividends[0]
    assert list(stage.iterdir()) == []
    assert {path for path in files() - before if "/.cache/" not in path} == set()


def test_in_json_the_demo_is_one_document_in_good_time(cli: Cli, stage: Path) -> None:
    result = cli("demo", "--json")
    assert result.status == 0, result.err
    assert result.err == ""
    assert result.document["seconds"] < 20
    assert [step["status"] for step in result.document["commands"]] == [0] * sum(
        len(chapter.commands) for chapter in CHAPTERS
    )
    assert list(stage.iterdir()) == []


def test_kept_the_chain_answers_and_can_be_cleared_away_as_told(cli: Cli, stage: Path) -> None:
    result = cli("demo", "--keep", "--json")
    assert result.status == 0, result.err
    endpoint = result.document["endpoint"]
    (folder,) = stage.iterdir()
    argv = ("--network", endpoint, "--wallet-path", str(folder / "wallets"))
    assert len(cli(*argv, "wallet", "balance", "--all", "--json").document) == 6
    assert cli("localnet", "stop", "--port", endpoint.rpartition(":")[2]).status == 0


def test_interrupted_the_demo_clears_away_at_once(stage: Path) -> None:
    process = subprocess.Popen(
        DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "subnets create" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in out + err
    assert list(stage.iterdir()) == []
    running = subprocess.run(
        [sys.executable, "-m", "taokit.cli", "localnet", "status", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert running.stdout.strip() == "[]"
