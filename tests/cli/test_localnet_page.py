"""The page's address, and the log, from the command line."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from taokit.chain_client.json_schema import closed
from taokit.cli.answers.looking import ANSWERS
from taokit.cli.localnet_logs import LogFile, read, shown

from .conftest import Cli

LINE = ANSWERS["localnet logs"]
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


@pytest.fixture(autouse=True)
def _nothing_stays(cli: Cli) -> Iterator[None]:
    yield
    cli("localnet", "stop", "--all")


def start(cli: Cli) -> str:
    started = cli(
        "localnet", "start", "--port", "0", "--detach", "--block-time", "instant", "--json"
    )
    assert started.status == 0, started.err
    return str(started.document["endpoints"][0])


def test_the_page_and_the_log_of_a_detached_chain(cli: Cli) -> None:
    endpoint = start(cli)
    url = cli("localnet", "page").out.strip()
    assert url == endpoint.replace("ws://", "http://") + "/"
    assert cli("localnet", "page", "--json").document == {"url": url}
    asked = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert b"<title>taokit local chain</title>" in answer.read()
    sent = cli(
        "--network", endpoint, "wallet", "transfer", "--to", BOB, "--amount", "1", "-w", "//Alice"
    )
    assert sent.status == 0, sent.err
    assert cli("--network", endpoint, "localnet", "snapshot").status == 0
    assert cli("--network", endpoint, "localnet", "revert").status == 0
    told = [json.loads(line) for line in cli("localnet", "logs", "--json").out.splitlines()]
    assert [line["event"] for line in told] == ["started", "extrinsic", "reverted"]
    assert told[1]["call"] == "Balances.transfer_keep_alive"
    assert told[1]["error"] is None
    assert all(line["level"] == "info" for line in told)
    schema = closed(LINE.schema("a line"))
    for line in told:
        jsonschema.Draft202012Validator(schema).validate(line)
    text = cli("localnet", "logs", "--lines", "2").out.splitlines()
    assert len(text) == 2
    assert "Balances.transfer_keep_alive" in text[0]
    port = endpoint.rpartition(":")[2]
    path = Path(os.environ["HOME"]) / f".local/state/taokit/localnet/{port}.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cli("localnet", "stop").status == 0
    assert "listening on port" in cli("localnet", "logs").out
    assert "listening on port" in cli("localnet", "logs", "--port", port).out
    other = cli("localnet", "logs", "--port", "1", "--json")
    assert (other.status, other.error["hint"]) == (3, f"there are {port}")


def test_a_log_can_be_followed(cli: Cli) -> None:
    endpoint = start(cli)
    argv = [sys.executable, "-m", "taokit.cli", "localnet", "logs", "--follow", "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "started"
        snapshot = cli("--network", endpoint, "localnet", "snapshot")
        assert snapshot.status == 0, snapshot.err
        assert cli("--network", endpoint, "localnet", "revert").status == 0
        assert json.loads(process.stdout.readline())["event"] == "reverted"
        process.terminate()


def test_without_a_chain_there_is_neither(cli: Cli) -> None:
    for verb in ("page", "logs"):
        result = cli("localnet", verb, "--json")
        assert result.status == 3
        assert result.error["code"] == "localnet_not_running"


def test_a_log_that_grows_too_long_is_started_anew_and_read_on(tmp_path: Path) -> None:
    path = tmp_path / "1.log"
    log = LogFile(path, longest=100)
    log.write("line 0")
    follower = read(path, lines=1, follow=True)
    assert next(follower) == "line 0"
    lines = [f"line {number:030}" for number in range(1, 8)]
    for line in lines:
        log.write(line)
        assert next(follower) == line
    assert path.stat().st_size <= 100
    assert path.with_suffix(".log.1").stat().st_size <= 100
    assert list(read(path, lines=3, follow=False)) == lines[-3:]
    log.close()


def test_what_is_not_of_ours_in_a_log_is_shown_as_an_error() -> None:
    assert shown("Fatal Python error: Segmentation fault") == (
        "",
        "error",
        "Fatal Python error: Segmentation fault",
    )
    line = json.dumps(
        {"time": "2026-01-02T03:04:05.678Z", "level": "error", "message": "a", "traceback": "b"}
    )
    assert shown(line) == ("2026-01-02 03:04:05.678", "error", "a\nb")
