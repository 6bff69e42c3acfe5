"""Starting, finding and ending a local chain from the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Cli

START = [sys.executable, "-m", "taokit.cli", "localnet", "start", "--port", "0"]


@pytest.fixture(autouse=True)
def _nothing_stays(cli: Cli) -> Iterator[None]:
    yield
    cli("localnet", "stop", "--all")


def test_start_prints_accounts_then_exactly_one_ready_line_and_is_quiet_until_told_to_end() -> None:
    with subprocess.Popen(
        [*START, "--block-time", "250ms"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready"):
                break
        assert re.fullmatch(r"ready ws://127\.0\.0\.1:\d+\n", lines[-1])
        assert any("//Alice" in line and "5GrwvaEF" in line for line in lines)
        assert any("never send real TAO" in line for line in lines)
        port = int(lines[-1].strip().rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


def test_quiet_leaves_the_ready_line_alone(tmp_path: Path) -> None:
    with subprocess.Popen([*START, "-q"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready ws://")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_a_detached_chain_is_listed_answers_and_is_stopped(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "chain.json"
    started = cli(
        "localnet", "start", "--port", "0", "--port", "0", "--detach",
        "--block-time", "manual", "--config-out", str(config), "--json",
        "--without-feature", "collateral", "--without-feature", "root-unlock",
    )  # fmt: skip
    assert started.status == 0, started.err
    endpoints = started.document["endpoints"]
    assert len(endpoints) == 2
    assert json.loads(config.read_text())["endpoints"] == endpoints
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    (listed,) = cli("localnet", "status", "--json").document
    assert listed["endpoint"] == endpoints[0]
    for endpoint in endpoints:
        answer = cli("--network", endpoint, "localnet", "mine", "--json")
        assert answer.status == 0, answer.err
    assert answer.document["number"] == 2
    totals = cli("--network", endpoint, "query", "SubtensorModule.TotalAlphaStaked", "1", "--json")
    assert totals.status == 0, totals.err
    left_out = cli("--network", endpoint, "query", "SubtensorModule.CollateralLockShare", "1")
    assert left_out.status != 0
    assert cli("localnet", "stop", "--port", endpoints[1].rpartition(":")[2]).status == 0
    assert cli("localnet", "status", "--json").document == []
    assert cli("localnet", "stop", "--json").status == 3
    gone = cli("--network", endpoints[0], "localnet", "mine")
    assert gone.status == 5


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["here", "detached"])
def test_a_port_that_is_taken_is_an_error_that_names_it(detach: list[str], cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = cli("localnet", "start", "--port", port, "--json", *detach)
    assert result.status == 1
    assert result.error["code"] == "port_in_use"
    assert port in result.error["message"]


@pytest.mark.parametrize(
    "argv",
    [
        ["--block-time", "sometimes"],
        ["--preset", "slow"],
        ["--limits", "none"],
        ["--guards", "off"],
        ["--without-feature", "nope"],
        ["--port", "70000"],
    ],
)
def test_settings_that_make_no_sense_are_usage_errors(argv: list[str], cli: Cli) -> None:
    assert cli("localnet", "start", "--port", "0", *argv).status == 2
    assert cli("localnet", "start", "--port", "0", *argv, "--detach").status == 2


def test_a_record_of_a_process_that_is_gone_or_another_is_not_believed(cli: Cli) -> None:
    folder = Path(os.environ["HOME"]) / ".local/state/taokit/localnet"
    folder.mkdir(parents=True)
    record = {"host": "h", "ports": [1], "block_time": "manual", "preset": "fast"}
    other = {**record, "pid": os.getpid(), "birth": "not when this process was born"}
    (folder / "1.json").write_text(json.dumps(other))
    (folder / "2.json").write_text("{")
    assert cli("localnet", "status", "--json").document == []
    assert cli("localnet", "stop", "--all").status == 3


def test_another_chain_has_no_dev_methods_and_the_error_says_what_to_do(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from taokit.chain_client.errors import MethodUnavailable
    from taokit.cli.context import Run

    def refuse(self: Run, *question: object) -> None:
        raise MethodUnavailable(rpc_code=-32601, text="Method not found", method="dev_fund")

    monkeypatch.setattr(Run, "ask", refuse)
    result = cli("localnet", "fund", "//Bob", "1")
    assert result.status == 1
    assert "taokit localnet start" in result.err
