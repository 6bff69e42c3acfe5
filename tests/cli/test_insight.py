"""Explaining, tracing, comparing and simulating, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from taokit.local_chain import LocalChain
from taokit.local_chain.node_config import NodeConfig

from .conftest import Cli, done

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


@dataclass(frozen=True)
class Served:
    """A chain with a subnet that has run an epoch, and its address."""

    chain: LocalChain
    netuid: int
    endpoint: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with LocalChain() as chain:
        subnet = chain.subnet(validators=2, miners=3, commit_reveal=False, stake=[10_000, 5_000])
        subnet.set_weights(subnet.validators[0], {3: 1.0, 4: 0.5})
        subnet.set_weights(subnet.validators[1], {3: 0.2, 4: 0.5, 5: 1.0})
        subnet.run_epoch()
        yield Served(chain, subnet.netuid, chain.serve())


@pytest.fixture(autouse=True)
def _on_it(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAOKIT_NETWORK", served.endpoint)
    monkeypatch.setenv("TAOKIT_WALLET_NAME", "//Alice")


def test_an_epoch_is_a_table_with_sums(served: Served, cli: Cli) -> None:
    told = done(cli, "localnet", "explain", str(served.netuid))
    lines = told.out.splitlines()
    heading = "UID Stake Active Consensus Rank Trust Incentive V-trust Dividends Alpha Hotkey"
    assert " ".join(lines[0].split()) == heading
    assert "Yuma 3" in told.err
    sums = next(line for line in lines if line.startswith("sum")).split()
    assert sums[:3] == ["sum", "1.0000", "1.0000"]
    assert any("waited for the subnet's owner" in line for line in lines)


def test_one_stage_and_one_neuron(served: Served, cli: Cli) -> None:
    netuid = str(served.netuid)
    clipped = done(cli, "localnet", "explain", netuid, "--stage", "clipped").out.splitlines()
    assert [line.split() for line in clipped[1:]] == [
        ["1", "0.6667", "0.3333"],
        ["2", "0.1176", "0.2941"],
    ]
    vector = done(cli, "localnet", "explain", netuid, "--stage", "consensus").out.splitlines()
    assert vector[4].split()[0] == "3"
    neuron = done(cli, "localnet", "explain", netuid, "--neuron", "5").out
    assert "2: 0.5882" in neuron  # wanted by one validator only
    assert "clipped by others" not in neuron
    wrong = cli("localnet", "explain", netuid, "--stage", "cliped")
    assert wrong.status == 2
    assert "clipped" in wrong.err
    assert cli("localnet", "explain", netuid, "--neuron", "77").status == 2


def test_what_is_not_there_is_said(served: Served, cli: Cli) -> None:
    missing = cli("localnet", "explain", "99")
    assert missing.status == 1
    assert "there is no subnet 99" in missing.err
    missing = cli("localnet", "trace", "99999-1")
    assert missing.status == 1
    assert "99999-1" in missing.err


def test_a_transfer_is_simulated_then_sent_then_traced(served: Served, cli: Cli) -> None:
    height = served.chain.height
    transfer = ("wallet", "transfer", "--to", BOB, "--amount", "5")
    told = done(cli, *transfer, "--simulate")
    assert "nothing was sent" in told.err
    assert served.chain.height == height
    assert "Balances.transfer_keep_alive" in told.out
    simulated = done(cli, *transfer, "--simulate", "--json").document
    assert simulated["succeeded"] is True
    sent = done(cli, *transfer, "--json").document
    assert sent["fee"]["rao"] == simulated["fee"]
    traced = done(cli, "localnet", "trace", sent["extrinsic_hash"], "--json").document
    assert _without_counters(traced["changes"]) == _without_counters(simulated["changes"])
    shown = done(cli, "localnet", "trace", sent["extrinsic_hash"]).out
    assert "Balances.Transfer" in shown
    assert BOB in shown
    read = done(cli, "localnet", "trace", sent["extrinsic_hash"], "--reads").out
    assert "System.Account" in read
    compared = done(cli, "localnet", "diff", str(height), "--pallet", "System").out
    assert BOB in compared


def _without_counters(changes: list[dict[str, object]]) -> list[dict[str, object]]:
    return [one for one in changes if one["item"] not in ("BlockWeight", "AllExtrinsicsLen")]


def test_running_again_that_comes_to_something_else_is_said(served: Served, cli: Cli) -> None:
    served.chain.fund(BOB, 5)
    block = served.chain.height
    assert "did not come to" not in done(cli, "localnet", "trace", f"{block}-0").err
    served.chain.node.chain._outside.pop(block)  # as a chain that an earlier version kept
    told = done(cli, "localnet", "trace", f"{block}-0")
    assert "run again, the block did not come to what the chain holds" in told.err
    assert f"unlike: System.Account {BOB}" in told.err
    document = done(cli, "localnet", "trace", f"{block}-0", "--json").document
    assert document["faithful"] is False
    assert BOB in [one["key"][0] for one in document["unlike"] if one["key"]]


def test_a_simulated_failure_has_its_name_and_what_helps(served: Served, cli: Cli) -> None:
    call = ("wallet", "transfer", "--to", BOB, "--amount", "5000000000", "--simulate")
    failed = cli(*call)
    assert failed.status == 1
    assert "FundsUnavailable" in failed.err
    assert "help:" in failed.err
    assert "failed: FundsUnavailable" in failed.out
    assert cli(*call, "--json").error["code"] == "dispatch_failed"


def test_a_failure_of_a_call_inside_is_one(served: Served, cli: Cli) -> None:
    failed = cli(
        "call", "Sudo.sudo_as", f'who={{"Id": "{BOB}"}}',
        'call={"Balances": {"transfer_keep_alive": {"dest": {"Id": "' + BOB + '"}, '
        '"value": 9000000000000000000}}}', "--simulate",
    )  # fmt: skip
    assert failed.status == 1
    assert "FundsUnavailable" in failed.err


def test_a_simulation_needs_no_key(served: Served, cli: Cli) -> None:
    done(cli, "wallet", "transfer", "--to", BOB, "--amount", "1", "--simulate", "-w", BOB)


def test_any_operation_can_be_simulated(served: Served, cli: Cli) -> None:
    stake = ("stake", "add", "--netuid", str(served.netuid), "--amount", "10")
    hotkey = served.chain.explain(served.netuid).neurons[1].hotkey
    told = done(cli, *stake, "--hotkey", hotkey, "--simulate", "--json").document
    assert {"TotalStake", "SubnetTAO"} <= {one["item"] for one in told["changes"]}


def test_a_chain_that_cannot_simulate_is_forked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    config = NodeConfig(ports=(), block_time="manual", dev_methods=False)
    with LocalChain(config) as plain:
        monkeypatch.setenv("TAOKIT_NETWORK", plain.serve())
        transfer = ("wallet", "transfer", "--to", BOB, "--amount", "5")
        told = done(cli, *transfer, "--simulate")
        assert "on a fork" in told.err
        assert BOB in told.out
        failed = cli("wallet", "transfer", "--to", BOB, "--amount", "5000000000", "--simulate")
        assert failed.status == 1
        assert "FundsUnavailable" in failed.err
        assert plain.height == 0
