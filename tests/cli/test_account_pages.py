"""The commands of the pages that tell a story from line to line, run as written.

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

from .conftest import Cli, done, wallet

DOCS = Path(__file__).parents[2] / "docs"
FUNDED = {"owner": 5000, "alice": 3000, "bob": 1000}
SUBNET = (
    "taokit subnets create -w owner",
    "taokit subnets start --netuid 2 -w owner",
    "taokit subnets register -n 2 -w bob",
    "taokit stake add --netuid 2 --amount 100 -w owner",
)
PAGES: dict[str, tuple[dict[str, int], tuple[str, ...]]] = {
    "subnet-owners.md": ({}, ()),
    "proxies-and-multisig.md": ({}, ()),
    "crowdloans.md": ({}, ()),
    "staking.md": (FUNDED, ()),
    "weights.md": (FUNDED, SUBNET),
}
"""By page: the wallets that it takes for granted, with TAO, and what was done before it."""
SOONER = {
    "taokit weights set --netuid 2": "taokit localnet mine 110",
    "taokit weights commit --netuid 2": "taokit localnet mine 110",
}
"""Lines before which a reader of the page has waited: how they begin, and the waiting."""

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
@pytest.mark.parametrize("page", list(PAGES))
def test_each_command_runs_as_written(page: str, cli: Cli) -> None:
    funded, before = PAGES[page]
    for name, tao in funded.items():
        wallet(cli, name, tao)
    said = ""
    for line in (*before, *_lines(page)):
        if line.startswith("echo "):
            shown, _, target = line.removeprefix("echo ").rpartition(" > ")
            Path(target).write_text(shlex.split(shown)[0], "utf-8")
            continue
        for beginning, waiting in SOONER.items():
            if line.startswith(beginning):
                done(cli, *shlex.split(waiting)[1:])
        hashes = re.findall(r"0x[0-9a-f]{64}", said)
        argv = [hashes[-1] if word == "0x..." else word for word in shlex.split(line)]
        assert argv[0] == "taokit"
        result = done(cli, *argv[1:])
        said += result.out + result.err


def _lines(page: str) -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
