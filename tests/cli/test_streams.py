"""Real processes with streams as shells, cron jobs and other systems hand them over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TAOKIT = [sys.executable, "-m", "taokit.cli"]


def sh(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which ``$T`` is taokit."""
    environment = {**os.environ, "T": " ".join(TAOKIT), **variables}
    return subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment, timeout=60
    )


@pytest.mark.skipif(os.name != "posix", reason="POSIX shells close streams so")
def test_closed_streams_change_nothing_but_that_nobody_reads_them() -> None:
    assert sh("$T config list >&-").returncode == 0
    assert sh("$T config list <&- >&- 2>&-").returncode == 0
    assert sh("$T nonsense 2>&-").returncode == 2
    assert sh("$T --version >&-").stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_a_full_disk_is_an_error_that_names_it() -> None:
    result = sh("$T config list --json >/dev/full")
    assert result.returncode == 1
    error = json.loads(result.stderr)["error"]
    assert (error["code"], error["exit"]) == ("output", 1)
    assert "no space left" in error["message"]


def test_a_reader_that_leaves_early_ends_the_command_quietly() -> None:
    result = sh("{ $T help globals; echo $? >&2; } | head -n 1")
    assert result.stdout.startswith("Global options")
    assert result.stderr == "0\n"


def test_what_an_encoding_lacks_is_escaped_and_json_stays_json() -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "TAOKIT_NETWORK": "τ 😀"}
    human = sh("$T config get network", **ascii_only)
    assert human.returncode == 0, human.stderr
    assert "\\u03c4 \\ud83d\\ude00" in human.stdout
    document = json.loads(sh("$T config get network --json", **ascii_only).stdout)
    assert document["value"] == "τ 😀"
    failed = sh("$T query status --json", **ascii_only)
    assert "τ 😀" in json.loads(failed.stderr)["error"]["message"]


@pytest.mark.skipif(os.name != "posix", reason="a home that is no folder is made with /dev/null")
def test_a_home_that_cannot_be_written_keeps_no_chain_from_starting() -> None:
    start = [*TAOKIT, "localnet", "start", "--port", "0", "-q"]
    environment = {**os.environ, "HOME": "/dev/null"}
    with subprocess.Popen(
        start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("ready ws://")
        process.terminate()
        assert process.wait(60) == 0
        assert "will not find it" in process.stderr.read()
