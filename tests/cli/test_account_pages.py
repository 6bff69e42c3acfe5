"""The commands of the pages on owning subnets, on proxies and on crowdloans, run as written.

Each page has a chain of its own. One of the long tests: the commands are tested elsewhere too.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Cli, done

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("subnet-owners.md", "proxies-and-multisig.md", "crowdloans.md")

pytestmark = pytest.mark.skipif(
    not os.environ.get("TAOKIT_LONG_TESTS"), reason="long: TAOKIT_LONG_TESTS=1"
)


@pytest.fixture
def _own_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    argv = [sys.executable, "-m", "taokit.cli", "localnet", "start", "--port", "0"]
    process = subprocess.Popen(
        [*argv, "--block-time", "instant", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
    )
    assert process.stdout is not None
    monkeypatch.setenv("TAOKIT_NETWORK", json.loads(process.stdout.readline())["endpoints"][0])
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(tmp_path / "wallets"))
    yield
    process.terminate()
    process.wait(60)
    process.stdout.close()


@pytest.mark.usefixtures("_own_chain")
@pytest.mark.parametrize("page", PAGES)
def test_each_command_runs_as_written(page: str, cli: Cli) -> None:
    text = (DOCS / page).read_text("utf-8")
    said = ""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S):
        for line in block.splitlines():
            words = line.removeprefix("$ ")
            if words.startswith("echo "):
                shown, _, target = words.removeprefix("echo ").rpartition(" > ")
                Path(target).write_text(shlex.split(shown)[0], "utf-8")
                continue
            hashes = re.findall(r"0x[0-9a-f]{64}", said)
            argv = [hashes[-1] if word == "0x..." else word for word in shlex.split(words)]
            assert argv[0] == "taokit"
            result = done(cli, *argv[1:])
            said += result.out + result.err
