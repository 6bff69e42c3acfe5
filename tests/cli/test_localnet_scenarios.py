"""Scenarios from the command line: listed, printed, played, and started with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Cli, done
from .test_schemas import held

SMALL = """
title = "Small"
epochs = 2
[[subnets]]
name = "main"
tempo = 5
[[subnets.validators]]
name = "judges"
[[subnets.miners]]
name = "workers"
[[expect]]
says = "workers get all"
metric = "incentive"
of = "workers"
is = "above"
value = 0.9
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_shipped_ones_are_listed_and_printed(cli: Cli, tmp_path: Path) -> None:
    listed = done(cli, "localnet", "scenarios", "--json").document
    names = [one["name"] for one in listed]
    assert {"cabal", "weight-copiers", "subnets-128"} <= set(names)
    printed = done(cli, "localnet", "scenario", "cabal").out
    assert 'name = "cabal"' in printed
    schema = done(cli, "localnet", "scenario", "--schema").out
    assert json.loads(schema)["properties"]["subnets"]
    assert json.loads(schema)["properties"]["subnets"]
    for words in (("scenario", "cabal"), ("scenario", "--schema")):
        held("localnet scenario", done(cli, "localnet", *words, "--json").document)
    refused = cli("localnet", "scenario", "cabl")
    assert (refused.status, "did you mean cabal?" in refused.err) == (1, True)


def test_one_is_played_and_told(cli: Cli, small: Path) -> None:
    said = done(cli, "localnet", "play", str(small))
    assert "workers" in said.out
    assert "as expected: workers get all" in said.err
    told = done(cli, "localnet", "play", str(small), "--epochs", "3", "--json").document
    assert [one["epoch"] for one in told["figures"]] == [1, 2, 3]
    assert told["expected"][0]["holds"] is True
    held("localnet play", told)
    again = done(cli, "localnet", "play", str(small), "--epochs", "3", "--leap", "--json").document
    assert again == told


def test_what_comes_otherwise_ends_with_status_1(cli: Cli, small: Path) -> None:
    small.write_text(SMALL.replace("above", "below"))
    said = cli("localnet", "play", str(small))
    assert (said.status, "NOT AS EXPECTED" in said.err) == (1, True)


def test_a_chain_is_started_with_one_and_goes_on(
    cli: Cli, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = ["localnet", "start", "--port", "0", "--block-time", "manual", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "taokit.cli", *start, "--scenario", str(small), "--play", "1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    scenario = told["scenario"]
    netuid = scenario["subnets"]["main"]
    assert scenario["report"]["figures"][0]["groups"]["workers"]["incentive"] == 1
    monkeypatch.setenv("TAOKIT_NETWORK", told["endpoints"][0])
    shown = done(cli, "localnet", "mine", "5", "--json").document
    assert shown["number"] == scenario["report"]["figures"][0]["block"] + 5
    found = done(cli, "query", "metagraph", str(netuid), "--json").document
    assert max(float(one["incentive"]) for one in found["neurons"]) == 65_535
    process.terminate()
    assert process.wait(60) == 0
    process.stdout.close()


def test_a_wrong_one_starts_nothing(cli: Cli, small: Path) -> None:
    small.write_text(SMALL.replace("tempo", "tempi"))
    refused = cli("localnet", "start", "--port", "0", "--scenario", str(small))
    assert refused.status == 1
    assert "small.toml:6:1: subnets[0].tempi" in refused.err
    assert "did you mean tempo?" in refused.err
    assert cli("localnet", "start", "--play", "3").status == 2
