"""Pulses of a public drand beacon from files, into a chain that expects them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Cli

FACTS = Path(__file__).parents[1] / "data" / "vectors" / "drand.json"
PULSE = json.loads(FACTS.read_text())["pulse"]


@pytest.fixture(autouse=True)
def _nothing_stays(cli: Cli) -> Iterator[None]:
    yield
    cli("localnet", "stop", "--all")


def test_pulses_begin_a_chain_and_are_brought_later(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "rounds.jsonl"
    file.write_text(json.dumps(PULSE) + "\n\n")
    started = cli(
        "localnet", "start", "--port", "0", "--detach", "--block-time", "manual",
        "--beacon", "quicknet", "--drand-pulses", str(file), "--json",
    )  # fmt: skip
    assert started.status == 0, started.err
    network = ("--network", started.document["endpoints"][0])
    assert cli(*network, "localnet", "mine").status == 0
    last = cli(*network, "query", "Drand.LastStoredRound", "--json")
    assert last.status == 0, last.err
    assert "1000" in last.out
    again = cli(*network, "localnet", "pulses", str(file), "--json")
    assert again.document == {"rounds": [], "known": [1000]}
    file.write_text(json.dumps({**PULSE, "round": 1001}))
    foreign = cli(*network, "localnet", "pulses", str(file))
    assert foreign.status != 0
    assert "round 1001 is not signed" in foreign.err


def test_pulses_that_are_not_the_beacons_let_no_chain_start(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "rounds.jsonl"
    file.write_text(json.dumps(PULSE))
    start = ("localnet", "start", "--port", "0", "--detach", "--drand-pulses")
    refused = cli(*start, str(file))
    assert refused.status != 0
    assert "not signed by the beacon that this chain expects (taokit-local)" in refused.err
    assert "--beacon quicknet" in refused.err


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "line 1 is not JSON"), ('\n{"round": 7}', "line 2: the signature of round 7")],
)
def test_a_file_with_something_else_in_it_is_named(
    cli: Cli, tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "rounds.jsonl"
    file.write_text(text)
    refused = cli("localnet", "pulses", str(file))
    assert refused.status != 0
    assert f"{file}, {why}" in refused.err


def test_files_that_cannot_be_read_are_usage_errors(cli: Cli, tmp_path: Path) -> None:
    missing = tmp_path / "none.jsonl"
    for argv in (
        ("localnet", "pulses", str(missing)),
        ("localnet", "start", "--detach", "--drand-pulses", str(missing)),
        ("localnet", "start", "--detach", "--drand-pulses", "-"),
        ("localnet", "start", "--beacon", "moon"),
    ):
        refused = cli(*argv)
        assert refused.status == 2, refused.err
