"""Watching: a line for each block, until enough of them, or nobody reads any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from taokit.cli.context import Run
from taokit.cli.table import Column
from taokit.cli.watching import Watched, watch

from .conftest import Cli, done
from .test_schemas import held

pytestmark = pytest.mark.usefixtures("_on_chain")

WATCHES = {
    "subnets watch": ["subnets", "watch"],
    "wallet watch": ["wallet", "watch", "//Alice"],
    "stake watch": ["stake", "watch", "--ss58", "//Alice"],
}


@pytest.mark.parametrize("words", WATCHES)
def test_a_line_of_json_is_told_at_once_and_keeps_to_its_schema(words: str, cli: Cli) -> None:
    result = done(cli, *WATCHES[words], "--count", "1", "--json")
    (line,) = result.out.splitlines()
    document = json.loads(line)
    held(words, document)
    assert document["changed"]


def test_each_new_block_is_a_line_as_soon_as_it_is_there(cli: Cli) -> None:
    argv = [sys.executable, "-m", "taokit.cli", "wallet", "watch", "//Bob", "--json"]
    process = subprocess.Popen(
        [*argv, "--count", "3"], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    lines: list[dict[str, Any]] = []
    for text in iter(process.stdout.readline, ""):
        lines.append(json.loads(text))
        if len(lines) < 3:
            done(cli, "localnet", "fund", "//Bob", "1")
    assert process.wait(60) == 0
    blocks = [line["block"] for line in lines]
    assert blocks == sorted(set(blocks))
    assert len(blocks) == 3
    held = [line["wallets"][0]["free"]["rao"] for line in lines]
    assert held == sorted(set(held))


def test_into_a_pipe_goes_what_changed(cli: Cli) -> None:
    shown = done(cli, "subnets", "watch", "--count", "1", "--plain").out
    rows = [line.split("\t") for line in shown.splitlines()]
    assert {row[1] for row in rows} >= {"0", "1"}
    heading, *lines = done(cli, "subnets", "watch", "1", "--count", "1").out.splitlines()
    assert heading.split()[:2] == ["Block", "Subnet"]
    assert len(lines) == 1
    only = done(cli, "subnets", "watch", "1", "--count", "1", "--columns", "netuid,price").out
    assert only.split()[:3] == ["Block", "Subnet", "Price"]


def test_a_subnet_that_does_not_exist_is_not_watched(cli: Cli) -> None:
    result = cli("subnets", "watch", "999", "--json")
    assert result.status == 3
    assert result.error["code"] == "not_found"


def test_a_terminal_has_one_table_cut_to_its_height(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINES", "12")
    monkeypatch.setenv("TERM", "xterm")
    run = Run([])
    monkeypatch.setattr(run.terminal, "is_tty", lambda stream: True)
    rows = [{"n": place} for place in range(40)]

    async def question(chain: Any) -> list[dict[str, int]]:
        return rows

    watched = Watched("rows", (Column("n", "Number"),), ("n",), lambda found: found, list)
    try:
        watch(run, question, watched, count=1)
    finally:
        run.close()
    shown = capsys.readouterr().out
    assert "Number" in shown
    assert "and 33 more" in shown
    assert endpoint in shown
