"""Setting and showing weights, on a subnet of the test's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Cli, done, wallet

pytestmark = pytest.mark.usefixtures("_on_chain")


@pytest.fixture
def netuid(cli: Cli) -> str:
    """A subnet whose owner "vali" is uid 0, with a miner beside it, where weights can be set."""
    wallet(cli, "vali", 100_000)  # each subnet costs twice the last
    wallet(cli, "miner", 50)
    done(cli, "subnets", "create", "-w", "vali")
    made = str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))
    done(cli, "subnets", "start", "--netuid", made, "-w", "vali")
    done(cli, "subnets", "register", "-n", made, "-w", "miner")
    for call, argument in (
        ("sudo_set_admin_freeze_window", ["0"]),
        ("sudo_set_commit_reveal_weights_enabled", [made, "false"]),
        ("sudo_set_weights_set_rate_limit", [made, "0"]),
    ):
        done(cli, "call", f"AdminUtils.{call}", *argument, "--sudo")
    return made


def test_weights_that_were_set_are_a_table_of_validator_neuron_weight_and_share(
    cli: Cli, netuid: str
) -> None:
    done(cli, "weights", "set", "-n", netuid, "--uids", "0,1", "--weights", "1,3", "-w", "vali")
    for command in (("weights", "show", netuid), ("query", "weights", netuid)):
        table = [line.split() for line in done(cli, *command).out.splitlines()]
        assert table[0] == ["Validator", "Neuron", "Weight", "Share"]
        weights = {(int(v), int(n)): (int(w), float(s)) for v, n, w, s in table[1:]}
        assert set(weights) == {(0, 0), (0, 1)}
        assert weights[0, 1][0] == pytest.approx(3 * weights[0, 0][0], rel=1e-3)
        assert weights[0, 1][1] == pytest.approx(0.75, abs=1e-3)
        plain = done(cli, *command, "--plain").out.splitlines()
        assert [line.split("\t")[:2] for line in plain] == [["0", "0"], ["0", "1"]]
        document = done(cli, *command, "--json").document
        assert document == {"0": {"0": weights[0, 0][0], "1": weights[0, 1][0]}}


def test_a_batch_of_what_hotkeys_do_is_signed_by_the_hotkey(cli: Cli, netuid: str) -> None:
    where = {"netuid": int(netuid)}
    weights = {"operation": "weights.set", **where, "uids": [0, 1], "weights": [1, 3]}
    serve = {"operation": "axon.set", **where, "ip": "203.0.113.7", "port": 8091}
    batch = ("tx", "batch", "--mode", "each", "-w", "vali", "--json")
    receipt = done(cli, *batch, "-", stdin=json.dumps([weights, serve])).document
    events = {event["name"] for event in receipt["events"]}
    assert {"WeightsSet", "AxonServed", "BatchCompleted"} <= events
    assert receipt["fee"]["rao"] == 0
    lock = {"operation": "lock.mode", **where, "mode": "perpetual"}
    mixed = cli(*batch, "-", stdin=json.dumps([weights, lock]))
    assert (mixed.status, "two batches" in mixed.error["hint"]) == (2, True)


def test_without_weights_the_table_is_empty_and_so_is_the_document(cli: Cli, netuid: str) -> None:
    assert done(cli, "weights", "show", netuid).out == ""
    assert done(cli, "weights", "show", netuid, "--json").document == {}


def test_set_too_soon_the_refusal_says_how_many_blocks_to_wait(cli: Cli, netuid: str) -> None:
    done(cli, "call", "AdminUtils.sudo_set_weights_set_rate_limit", netuid, "500", "--sudo")
    argv = ("weights", "set", "-n", netuid, "--uids", "0,1", "--weights", "1,3", "-w", "vali")
    refused = cli(*argv)
    assert refused.status == 1
    assert refused.err.splitlines()[-1].startswith("help: wait ")
    assert "or the neuron registered" in refused.err.splitlines()[0]
    assert cli(*argv, "--json").error["hint"].startswith("wait ")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (["--uids", "0,1", "--weights", "60,40"], {0: 60, 1: 40}),
        (["--uids", "0,1", "--weights", "0.6,0.4"], {0: 65535, 1: 43690}),
        (["--uids", "0,1", "--weights", "2,0.5"], {0: 65535, 1: 16384}),
        (["--uids", "0,1", "--weights", "0.0,0"], {0: 0, 1: 0}),
        (["--uids", "1,0", "--weights", "1e-5,0.00002"], {1: 32768, 0: 65535}),
        (["--uids", "@uids.json", "--weights", "@list.json"], {1: 65535, 0: 21845}),
        (["--weights", "@object.json"], {7: 65535, 3: 6554}),
        (["--weights", "-"], {1: 5, 2: 65535}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_weights_are_given_in_many_ways_and_scaled_by_one_rule(
    given: list[str], sent: dict[int, int], cli: Cli
) -> None:
    Path("uids.json").write_text("[1, 0]")
    Path("list.json").write_text("[0.75, 0.25]")
    Path("object.json").write_text('{"7": 1, "3": 0.1}')
    # No neuron of the subnet signs, which a dry run tells beside the call.
    argv = ("weights", "set", "-n", "1", *given, "--how", "plain", "--dry-run", "--json")
    args = cli(*argv, stdin='{"1": 5, "2": 65535}').document["call"]["args"]
    assert dict(zip(args["dests"], args["weights"], strict=True)) == sent


@pytest.mark.parametrize(
    "given",
    [
        ["--uids", "0,1", "--weights", "0.6,-0.4"],
        ["--uids", "0,1", "--weights", "60,70000"],
        ["--uids", "0,1", "--weights", "0.6,nan"],
        ["--uids", "0,1", "--weights", "1e999999999,1"],
        ["--uids", "0,1", "--weights", "0.6"],
        ["--uids", "0,0", "--weights", "1,1"],
        ["--uids", "0", "--weights", "@missing.json"],
        ["--uids", "0", "--weights", "-"],
        ["--uids", "0", "--weights", "@object.json"],
        ["--uids", "@object.json", "--weights", "1"],
        ["--weights", "1,2"],
    ],
    ids=" ".join,
)
def test_weights_that_make_no_sense_are_usage_errors(given: list[str], cli: Cli) -> None:
    Path("object.json").write_text('{"7": 1}')
    result = cli("weights", "set", "-n", "1", *given, "--dry-run", "--json", stdin="[")
    assert result.status == 2, result.out
