"""Travelling in time and bending the rules of a local chain, from the command line."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator

import pytest

from .conftest import Cli, done
from .test_localnet_state import end, serve


@pytest.fixture
def _local(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    process, endpoint = serve()
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    yield
    end(process)


@pytest.mark.usefixtures("_local")
def test_time_goes_as_it_is_told(cli: Cli) -> None:
    first = done(cli, "localnet", "travel", "--seconds", "60", "--json").document
    head = done(cli, "localnet", "travel", "--blocks", "7", "--json").document
    assert head["number"] == first["number"] + 7
    assert head["timestamp"] == first["timestamp"] + 7 * 250
    told = done(cli, "localnet", "travel", "--to", "2040-01-01", "--json").document
    assert (told["number"], told["timestamp"]) == (head["number"] + 1, 2_208_988_800_250)
    epoch = done(cli, "localnet", "epoch", "1", "--json").document["number"]
    again = done(cli, "localnet", "travel", "--epochs", "1", "--netuid", "1", "--json").document
    assert again["number"] == epoch + 100
    halved = done(cli, "localnet", "travel", "--to-halving")
    assert "0.5000" in halved.out
    assert "TotalIssuance was set to" in halved.err
    assert done(cli, "localnet", "block-time", "instant+12s").out == "blocks instant+12s\n"
    assert "paused at block" in done(cli, "localnet", "pause").out
    assert "going on" in done(cli, "localnet", "resume").out
    assert done(cli, "localnet", "rate", "60", "--json").document == {"rate": 60}
    done(cli, "localnet", "block-time", "manual")
    done(cli, "localnet", "drop-block", "2")
    done(cli, "localnet", "delay-block", "3")
    for wrong in ([], ["--blocks", "1", "--seconds", "1"], ["--epochs", "1"]):
        assert cli("localnet", "travel", *wrong).status == 2


@pytest.mark.usefixtures("_local")
def test_rules_are_bent_and_what_was_set_is_there(cli: Cli) -> None:
    def stored(item: str, *keys: str) -> object:
        return done(cli, "query", item, *keys, "--json").document

    done(cli, "localnet", "set", "balance", "//Bob", "12.5")
    assert "12500000000" in json.dumps(stored("System.Account", "//Bob"))
    made = done(cli, "localnet", "register", "--netuid", "1", "--count", "2", "--json").document
    assert [one["hotkey_uri"] for one in made] == [
        "//neuron//1//1//hotkey",
        "//neuron//1//2//hotkey",
    ]
    stake = ["//neuron//1//1//hotkey", "40", "--coldkey", "//neuron//1//1", "--netuid", "1"]
    assert "40.0" in done(cli, "localnet", "set", "stake", *stake).out
    done(cli, "localnet", "set", "storage", "SubtensorModule.Tempo", "1", "20")
    assert "20" in json.dumps(stored("SubtensorModule.Tempo", "1"))
    done(cli, "localnet", "set", "storage", "SubtensorModule.Tempo", "1", "--delete")
    done(cli, "localnet", "set", "storage", "SubtensorModule.TxRateLimit", "7")
    assert "7" in json.dumps(stored("SubtensorModule.TxRateLimit"))
    wrong = cli("localnet", "set", "storage", "SubtensorModule.Tempo", "20")
    assert (wrong.status, "and a value" in wrong.err) == (2, True)
    remark = ["System.remark", "remark=hello"]
    assert "extrinsic" in done(cli, "localnet", "impersonate", "//Charlie", "--", *remark).out
    failed = cli("localnet", "impersonate", "//Charlie", "--", "SubtensorModule.start_call", "1")
    assert (failed.status, "start_call failed" in failed.err) == (1, True)
    assert "5FLSig" in done(cli, "localnet", "impersonate", "//Charlie").out
    assert "nobody" in done(cli, "localnet", "impersonate", "--stop").out
    done(cli, "localnet", "finality", "stall")
    done(cli, "localnet", "rate-limits", "off")
    told = done(cli, "localnet", "switches", "--json").document
    assert (told["finality_stalled"], told["rate_limits_ignored"]) == (True, True)
    done(cli, "localnet", "finality", "resume")
    done(cli, "localnet", "rate-limits", "on")
    done(cli, "localnet", "drop-pulses", "3")


@pytest.mark.usefixtures("_local")
def test_faults_are_set_and_ended_even_if_no_websocket_opens(cli: Cli) -> None:
    assert "429: every request" in done(cli, "localnet", "fault", "429").out
    more = done(
        cli, "localnet", "fault", "slow", "--method", "system_chain", "--count", "2", "--json"
    )
    assert [one["kind"] for one in more.document] == ["429", "slow"]
    said = done(cli, "localnet", "fault", "429").out
    assert "slow (1 s): system_chain, 2 more times" in said
    assert "answered well" in done(cli, "localnet", "fault", "off").out
    done(cli, "localnet", "mine")
    assert cli("localnet", "fault", "rude").status == 2
    unknown = cli("localnet", "fault", "hang", "--method", "system_chian", "--json")
    assert unknown.error["message"] == "there is no method 'system_chian': system_chain?"


WORDS = {
    ("set-head", "4000"): "block 4000 is not there yet: the head is 0",
    ("block-time", "soon"): "'soon' is not a block time",
    ("rate", "0"): "a rate is above 0",
    ("diff", "5000"): "no block 5000 on this chain",
}
"""What the chain cannot do, and how it says so."""


@pytest.mark.usefixtures("_local")
def test_refusals_and_switches_are_told_in_words(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for argv, said in WORDS.items():
        assert cli("localnet", *argv, "--json").error["message"].startswith(said)
    assert "localnet epoch" in cli("localnet", "explain", "1", "--json").error["hint"]
    assert cli("localnet", "explain", "77", "--json").error["hint"] is None
    done(cli, "localnet", "impersonate", "//Bob")
    said = done(cli, "localnet", "switches").out
    assert "impersonated         5FHneW46" in said
    assert said.splitlines()[-1].split() == ["faults", "none"]
    told = done(cli, "localnet", "impersonate", "--stop", "--json").document
    assert told == {"impersonated": [], "mock_signatures": False}
    assert "impersonated         nobody" in done(cli, "localnet", "switches").out
    endpoint = os.environ["TAOKIT_NETWORK"]
    with socket.socket() as unheard:  # bound, so that nobody else may listen there
        unheard.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TAOKIT_NETWORK", f"ws://127.0.0.1:{unheard.getsockname()[1]}")
        for verb in (("mine",), ("fault", "off")):
            hint = cli("localnet", *verb, "--json").error["hint"]
            assert hint == f"a local chain is running elsewhere: --network {endpoint}"


def test_help_says_of_every_verb_what_it_is_for(cli: Cli) -> None:
    said = done(cli, "localnet", "--help").out
    for line in ("Running a chain:", "Cheats:", "  travel         Go forward in time."):
        assert line in said
    assert "Commands:" not in said, "every verb is under a heading"


def test_what_a_chain_was_started_without_is_refused_and_says_how_to_have_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, endpoint = serve("--without-cheat", "faucet")
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    refused = cli("localnet", "fund", "//Bob", "1")
    assert (refused.status, "--without-cheat faucet" in refused.err) == (1, True)
    done(cli, "localnet", "mine")
    end(process)
    assert cli("localnet", "start", "--without-cheat", "luck").status == 2
