"""The scripts that `taokit apply --example` prints, used as people do, on a chain that earns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Cli, done, wallet

SUBNETS = (2, 3)


@pytest.fixture
def _earning(_on_chain: None, cli: Cli) -> None:
    """The wallet alice has two subnets, stake in both and in subnet 0, and root dividends owed."""
    wallet(cli, "alice", 10_000)
    for netuid in SUBNETS:
        done(cli, "subnets", "create", "-w", "alice")
        done(cli, "subnets", "start", "--netuid", str(netuid), "-w", "alice")
    admin = {
        "sudo_set_admin_freeze_window": [{"window": 0}],
        "sudo_set_subtoken_enabled": [{"netuid": 0, "subtoken_enabled": True}],
        "sudo_set_subnet_moving_alpha": [{"alpha": {"bits": 1 << 32}}],
        "sudo_set_ema_price_halving_period": [{"netuid": n, "ema_halving": 1} for n in SUBNETS],
    }
    calls: list[Any] = [
        {"AdminUtils": {name: args}} for name, several in admin.items() for args in several
    ]
    calls.append({"SubtensorModule": {"sudo_set_num_root_claims": {"new_value": 0}}})
    argv = ("Utility.batch_all", f"calls={json.dumps(calls)}")
    done(cli, "call", *argv, "--sudo", "-w", "//Alice")
    done(cli, "stake", "add", "--netuid", "2,3", "--amount", "10", "-w", "alice")
    done(cli, "stake", "add", "--netuid", "0", "--amount", "500", "-w", "alice")
    done(cli, "localnet", "mine", "30")


def _example(cli: Cli, name: str) -> str:
    """As `taokit apply --example NAME > NAME.yaml` would."""
    Path(f"{name}.yaml").write_text(done(cli, "apply", "--example", name).out, encoding="utf-8")
    return f"{name}.yaml"


def _events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _staked(cli: Cli, netuid: int) -> int:
    rows = done(cli, "stake", "list", "-w", "alice", "--json").document
    return sum(row["stake"]["rao"] for row in rows if row["netuid"] == netuid)


def _nonce(cli: Cli) -> int:
    return int(done(cli, "query", "System.Account", "alice", "--json").document["nonce"])


def _killed_once_it_has_signed(endpoint: str, *argv: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "taokit.cli", "apply", *argv, "--once", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TAOKIT_NETWORK": endpoint},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "signed":
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("_earning")
def test_each_example_does_what_it_says(cli: Cli, endpoint: str) -> None:
    here = ("-w", "alice")

    claim = (_example(cli, "claim-root"), *here)
    assert done(cli, "apply", *claim, "--dry-run").out.startswith("claim is due\n")
    nonce, before = _nonce(cli), _staked(cli, 0)
    _killed_once_it_has_signed(endpoint, *claim)
    told = [event["event"] for event in _events(done(cli, "apply", *claim, "--once", "--json").out)]
    assert (told.count("recovered"), told.count("done")) == (1, 1)
    assert done(cli, "apply", *claim, "--once").out.count("claim: waits: again at ") == 1
    assert _nonce(cli) == nonce + 1
    assert _staked(cli, 0) > before

    buy = (_example(cli, "dca"), *here, "--var", "netuid=2", "--var", "price=0.9")
    assert "not below 0.900000000 TAO/alpha" in done(cli, "apply", *buy, "--dry-run").out
    buy = (*buy[:-1], "price=5")
    before = _staked(cli, 2)
    done(cli, "apply", *buy, "--once")
    done(cli, "apply", *buy, "--once")
    assert _staked(cli, 2) > before
    too_much = cli("apply", *buy, "--var", "amount=3", "--name", "more", "--once", "--json")
    assert too_much.error["code"] == "limit_reached"
    done(cli, "apply", *buy, "--var", "amount=3", "--var", "per_day=3", "--name", "more", "--once")

    sell = (_example(cli, "harvest"), *here, "--var", "netuid=2")
    assert "nothing to do" in done(cli, "apply", *sell, "--dry-run").out
    before = _staked(cli, 2)
    done(cli, "apply", *sell, "--var", "keep=5", "--var", "least=1", "--var", "most=3", "--once")
    assert before - _staked(cli, 2) == 3 * 10**9

    shares = (_example(cli, "rebalance"), *here, "--var", "first=2", "--var", "second=3")
    assert done(cli, "apply", *shares, "--dry-run").out.startswith("shares is due\n")
    before = _staked(cli, 2)
    done(cli, "apply", *shares, "--var", "most=2", "--once")
    assert 1.8 * 10**9 < before - _staked(cli, 2) < 2 * 10**9  # alpha, at a little more than 1 TAO


@pytest.mark.usefixtures("_on_chain")
def test_what_is_wrong_with_a_variable_is_told_whole(cli: Cli) -> None:
    wallet(cli, "bob", 1)
    path = _example(cli, "dca")
    error = cli("apply", path, "-w", "bob", "--var", "hotkey=carol/default", "--json").error
    assert "carol" in error["message"]
    assert "there is no " in error["message"]


@pytest.mark.usefixtures("_on_chain")
def test_plain_events_are_records_of_single_values(cli: Cli) -> None:
    wallet(cli, "bob", 5)
    text = "name: plain\nsteps:\n  - {id: pay, do: wallet.transfer, with: {to: //Bob, amount: 1}}\n"
    Path("pay.yaml").write_text(text, encoding="utf-8")
    out = done(cli, "apply", "pay.yaml", "-w", "bob", "--plain").out
    rows = {line.split("\t")[0]: line.split("\t") for line in out.splitlines()}
    assert rows["started"][-1] == '["pay"]'
    assert rows["planned"][-1] == "1.000000000"  # what is spent, in TAO
    assert rows["finished"][-1] == "yes"
