"""`taokit apply` as people and systemd run it, killed and ended from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taokit.cli.data_folder import data_folder

from .conftest import Cli, done

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
PAY = """name: {name}
vars: {{to: //Bob, amount: 0.5}}
steps:
  - id: pay
    do: wallet.transfer
    with:
      to: ${{to}}
      amount: ${{amount}}
"""


@pytest.fixture
def script(tmp_path: Path) -> Any:
    def write(name: str, more: str = "") -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(PAY.format(name=name) + more)
        return str(path)

    return write


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_examples_and_schemas_are_printed_without_a_network(cli: Cli) -> None:
    names = {row["name"] for row in done(cli, "apply", "--examples", "--json").document}
    assert names == {"dca", "rebalance", "harvest", "claim-root"}
    assert "do: stake.add" in done(cli, "apply", "--example", "dca").out
    assert done(cli, "apply", "--schema").document["title"] == "A script for `taokit apply`"
    assert done(cli, "apply", "--events-schema").document["oneOf"]
    assert cli("apply", "--example", "dcb").status == 3
    assert cli("apply").status == 2


@pytest.mark.usefixtures("_on_chain")
def test_a_script_is_shown_then_done_once(cli: Cli, script: Any) -> None:
    path = script("shown")
    before = done(cli, "query", "balance", "//Bob", "--json").document["free"]["rao"]
    shown = done(cli, "apply", path, "--dry-run", "--json").document
    (step,) = shown["steps"]
    assert (step["id"], step["state"]) == ("pay", "due")
    assert step["planned"][0]["spend"] == {"rao": 500_000_000, "unit": "TAO"}
    assert not data_folder(os.environ).exists()
    assert "is due" in done(cli, "apply", path, "--dry-run").out
    for _ in range(3):
        events = lines(done(cli, "apply", path, "--json").out)
        assert events[-1]["complete"] is True
    after = done(cli, "query", "balance", "//Bob", "--json").document["free"]["rao"]
    assert after - before == 500_000_000
    assert "is over" in done(cli, "apply", path, "--dry-run").out
    again = lines(
        done(cli, "apply", path, "--name", "another", "--var", "amount=0.25", "--json").out
    )
    assert [e["event"] for e in again] == [
        "started", "planned", "signed", "sent", "included", "done", "finished",
    ]  # fmt: skip
    assert (data_folder(os.environ) / "journal.sqlite3").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("_on_chain")
def test_mistakes_are_told_with_lines_and_nothing_is_sent(cli: Cli, script: Any) -> None:
    path = script("wrong", "    when: {blok: {after: 1}}\n")
    result = cli("apply", path, "--json")
    assert (result.status, result.error["code"]) == (2, "invalid_script")
    assert "wrong.yaml:9" in result.error["message"]
    assert "did you mean block?" in result.error["message"]
    assert cli("apply", script("x"), "--var", "amuont=1").status == 2
    assert cli("apply", script("x"), "--var", "amount").status == 2
    assert cli("apply", "nowhere.yaml").status == 2


@pytest.mark.usefixtures("_on_chain")
def test_the_policy_of_the_user_is_obeyed_by_commands_and_scripts(cli: Cli, script: Any) -> None:
    pay = ("wallet", "transfer", "--to", "//Bob", "--amount", "1")
    config = Path(os.environ["HOME"]) / ".config" / "taokit"
    config.mkdir(parents=True)
    (config / "policy.toml").write_text('operations = ["stake.*"]\n[max_spend]\nper_day = "9"\n')
    for command in (
        [*pay],
        [*pay, "--dry-run"],
        [*pay, "--sign-only", "tx.json"],
        ["apply", script("policed")],
        ["call", "Balances.transfer_keep_alive", BOB, "5"],
        ["tx", "wallet.transfer", "--to", "//Bob", "--amount", "1"],
    ):
        result = cli(*command, "--json")
        assert (result.status, result.error["code"]) == (1, "policy_violation"), command
        assert result.error["rule"] == "operations"
        assert result.error["path"].endswith("policy.toml")
    assert not Path("tx.json").exists()
    shown = done(cli, "config", "policy", "--json").document
    assert shown["operations"] == ["stake.*"]
    assert shown["max_spend_per_day"] == {"rao": 9 * 10**9, "unit": "TAO"}
    signing = cli("wallet", "sign", "-m", "x", "--bare", "-w", "anybody", "--json")
    assert signing.error["code"] == "policy_violation"
    (config / "policy.toml").write_text("operatoins = []")
    assert cli(*pay, "--json").error["code"] == "policy_unreadable"
    assert cli("config", "policy").status == 2
    assert done(cli, "query", "balance", "//Bob").status == 0  # reading needs no permission
    (config / "policy.toml").unlink()
    assert cli(*pay).status == 0
    assert done(cli, "config", "policy", "--json").document == {"policy": None}


@pytest.mark.usefixtures("_on_chain")
def test_a_policy_that_is_named_must_be_there_and_not_by_a_project(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pay = ("wallet", "transfer", "--to", "//Bob", "--amount", "1", "--json")
    monkeypatch.setenv("TAOKIT_POLICY", str(tmp_path / "gone.toml"))
    assert cli(*pay).error["code"] == "policy_unreadable"
    monkeypatch.delenv("TAOKIT_POLICY")
    Path("taokit.toml").write_text('policy = "/tmp/lax.toml"\n')
    result = cli(*pay)
    assert (result.error["code"], result.status) == ("policy_unreadable", 2)
    assert "only the user may" in result.error["message"]


@pytest.mark.usefixtures("_on_chain")
def test_a_transaction_is_made_signed_and_sent_by_three_machines(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    pay = ("wallet", "transfer", "--to", "//Bob", "--amount", "1.25")
    made = done(cli, *pay, "-w", ALICE, "--sign-only", "tx.json", "--period", "128", "--json")
    assert (made.document["signed"], made.document["signer"]) == (False, ALICE)
    text = done(cli, *pay, "-w", ALICE, "--sign-only", "-", "--qr")
    assert text.out.startswith("TAOKIT-TX:")
    assert "█" in text.err
    done(cli, "tx", "metadata", "chain.metadata")
    monkeypatch.setenv("TAOKIT_NETWORK", "ws://127.0.0.1:1")
    shown = done(cli, "tx", "show", "tx.json").out
    assert "1.250000000" in shown
    assert BOB in shown
    assert cli("tx", "show", text.out.strip()).status == 2
    assert BOB in done(cli, "tx", "show", "-", "--metadata", "chain.metadata", stdin=text.out).out
    assert cli("tx", "sign", "tx.json").status == 2  # nobody to confirm it
    assert cli("tx", "sign", "tx.json", "-w", "//Bob", "--yes").status == 2
    assert not json.loads(Path("tx.json").read_text())["extrinsic"]
    done(cli, "tx", "sign", "tx.json", "-w", "//Alice", "--yes", "--out", "signed.json")
    assert cli("tx", "submit", "signed.json").status == 5
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    assert cli("tx", "submit", "tx.json", "--json").error["code"] == "invalid_transaction_file"
    receipt = done(cli, "tx", "submit", "signed.json", "--json").document
    assert (
        receipt["extrinsic_hash"]
        == done(cli, "tx", "show", "signed.json", "--json").document["extrinsic_hash"]
    )
    assert cli("tx", "submit", "signed.json").status == 1
    assert cli(*pay, "--qr").status == 2
    assert cli(*pay, "-w", ALICE).status == 4


@pytest.fixture
def running(endpoint: str, tmp_path: Path) -> Iterator[Any]:
    """Start `taokit apply` as a process of its own; all are gone afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(*argv: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "taokit.cli", "apply", *argv, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TAOKIT_NETWORK": endpoint, "TAOKIT_WALLET_NAME": "//Alice"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _until(process: subprocess.Popen[str], event: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == event:
            return
    raise AssertionError(f"it ended before {event}: {process.communicate()[1]}")


@pytest.mark.usefixtures("_on_chain")
@pytest.mark.parametrize("event", ["started", "planned", "signed", "sent", "included", "done"])
def test_killed_by_the_system_it_pays_once(event: str, running: Any, cli: Cli, script: Any) -> None:
    path = script(f"killed-{event}")
    before = done(cli, "query", "balance", "//Bob", "--json").document["free"]["rao"]
    first = running(path)
    _until(first, event)
    first.send_signal(signal.SIGKILL)
    first.wait(60)
    for _ in range(2):
        done(cli, "apply", path, "--json")
    after = done(cli, "query", "balance", "//Bob", "--json").document["free"]["rao"]
    assert after - before == 500_000_000


@pytest.mark.usefixtures("_on_chain")
def test_sigterm_ends_it_in_good_order_and_two_cannot_run(
    running: Any, cli: Cli, script: Any
) -> None:
    path = script("serving", "    when: {block: {after: 4000000000}}\n")
    first = running(path)
    _until(first, "waiting")
    assert cli("apply", path, "--once", "--json").error["code"] == "already_running"
    first.send_signal(signal.SIGTERM)
    out, err = first.communicate(timeout=60)
    assert first.returncode == 143, err
    assert [event["event"] for event in lines(out)] == ["stopping", "finished"]
    assert done(cli, "apply", path, "--once").status == 0
