"""Stake, locks, takes, orders and commitments from the command line, on a subnet of the test's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Cli, done, wallet
from .test_schemas import held

pytestmark = pytest.mark.usefixtures("_on_chain")


@pytest.fixture
def netuid(cli: Cli) -> str:
    """A started subnet of "vali" with a miner beside it, both with TAO enough."""
    wallet(cli, "vali", 10_000_000)  # each subnet costs twice the last
    wallet(cli, "miner", 1000)
    done(cli, "subnets", "create", "-w", "vali")
    made = str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))
    done(cli, "subnets", "start", "--netuid", made, "-w", "vali")
    done(cli, "subnets", "register", "-n", made, "-w", "miner")
    return made


def address(cli: Cli, name: str, key: str = "hotkeypub") -> str:
    shown = json.loads(
        Path(
            f"../wallets/{name}/{'hotkeys/default' if key == 'hotkeypub' else 'coldkeypub.txt'}"
        ).read_text()
    )
    return str(shown["ss58Address"])


def stakes(cli: Cli, name: str) -> dict[tuple[int, str], int]:
    rows = done(cli, "stake", "list", "-w", name, "--json").document
    return {(row["netuid"], row["hotkey"]): row["stake"]["rao"] for row in rows}


def test_stake_goes_on_moves_is_swapped_given_and_comes_back(cli: Cli, netuid: str) -> None:
    vali, own = address(cli, "vali"), address(cli, "miner")
    preview = done(
        cli, "stake", "add", "-n", netuid, "--amount", "10", "-w", "miner", "--dry-run", "--json",
    ).document  # fmt: skip
    told = {effect["what"] for effect in preview["effects"]}
    assert {f"price in subnet {netuid}", "price impact", "received, as the pool is now"} <= told
    done(cli, "stake", "add", "-n", netuid, "--amount", "10", "-w", "miner")
    places = ["--origin-netuid", netuid, "--dest-netuid", netuid]
    done(cli, "stake", "move", *places, "--dest", vali, "--amount", "1", "-w", "miner")
    assert stakes(cli, "miner")[int(netuid), vali] > 9 * 10**8
    done(cli, "stake", "move", *places, "--from", vali, "--to", own, "--stake-all", "-w", "miner")
    assert (int(netuid), vali) not in stakes(cli, "miner")
    friend = address(cli, "vali", "coldkeypub")
    done(
        cli, "stake", "transfer", *places, "--dest-coldkey", friend, "--amount", "1", "-w", "miner",
        "--confirm", "miner",
    )  # fmt: skip
    assert (int(netuid), own) in stakes(cli, "vali")
    done(cli, "stake", "unstake-all", "-w", "miner")
    assert stakes(cli, "miner") == {}
    protected = ("stake", "add", "-n", netuid, "--amount", "3", "-w", "miner", "--mev-protection")
    assert "done in block" in done(cli, *protected).out


def test_many_hotkeys_are_one_transaction_of_all_or_nothing(cli: Cli, netuid: str) -> None:
    other = address(cli, "vali")
    argv = ("--include-hotkeys", f"default,{other}", "--amount", "2", "-n", netuid, "-w", "miner")
    receipt = done(cli, "stake", "add", *argv, "--json").document
    assert "all or none of 2" in receipt["summary"]
    assert len(stakes(cli, "miner")) == 2
    done(cli, "stake", "remove", "--all", "--all-hotkeys", "-w", "miner")
    assert stakes(cli, "miner") == {}
    done(cli, "stake", "add", "--all-hotkeys", "--amount", "1", "-n", netuid, "-w", "miner")
    done(cli, "stake", "remove", "--all", "-n", netuid, "-w", "miner")
    nothing = cli("stake", "remove", "--all-netuids", "--amount", "1", "-w", "miner")
    assert (nothing.status, "nothing is staked" in nothing.err) == (2, True)


def test_a_subnet_that_has_not_been_started_is_told_without_sending(cli: Cli) -> None:
    wallet(cli, "vali", 10_000_000)
    done(cli, "subnets", "create", "-w", "vali")
    made = str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))
    argv = ("stake", "add", "-n", made, "--amount", "1", "-w", "vali")
    for dry in (["--dry-run"], []):
        refused = cli(*argv, *dry, "--json")
        assert (refused.status, refused.error["name"]) == (1, "SubtokenDisabled")
        assert refused.error["pallet"] == "SubtensorModule"


def test_stake_is_locked_shown_and_moved(cli: Cli, netuid: str) -> None:
    done(cli, "stake", "add", "-n", netuid, "--amount", "10", "-w", "miner")
    done(cli, "lock", "add", "--netuid", netuid, "--amount", "5", "-w", "miner")
    done(cli, "lock", "mode", "--netuid", netuid, "--mode", "perpetual", "-w", "miner")
    vali = address(cli, "vali")
    done(cli, "lock", "move", "--netuid", netuid, "--dest", vali, "-w", "miner")
    (lock,) = done(cli, "lock", "list", "-w", "miner", "--json").document
    assert (lock["hotkey"], lock["mode"]) == (vali, "perpetual")
    assert lock["locked"]["rao"] == pytest.approx(5 * 10**9, rel=1e-4)
    assert "perpetual" in done(cli, "stake", "locks", "-w", "miner").out
    (free,) = done(cli, "lock", "free", "-w", "miner", "--json").document
    assert free["locked"]["rao"] + free["available"]["rao"] == free["total"]["rao"]
    refused = cli("stake", "remove", "-n", netuid, "--all", "-w", "miner", "--json")
    assert refused.error["name"] == "StakeUnavailable"


def test_a_lock_is_perpetual_from_the_start_and_its_year_is_shown(
    cli: Cli, netuid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(cli, "stake", "add", "-n", netuid, "--amount", "10", "-w", "miner")
    add = ("lock", "add", "--netuid", netuid, "--amount", "2", "-w", "miner")
    receipt = done(cli, *add, "--mode", "perpetual", "--json").document
    assert {event["name"] for event in receipt["events"]} >= {"PerpetualLockUpdated", "StakeLocked"}
    refused = cli(*add, "--mode", "decaying", "--json")
    assert (refused.status, "taokit lock mode" in refused.error["message"]) == (2, True)
    (lock,) = done(cli, "lock", "show", "--netuid", netuid, "-w", "miner", "--json").document
    held("lock show", [lock])
    assert lock["points"][-1]["locked"] == lock["locked"]
    assert "day 0" not in done(cli, "lock", "show", "-w", "miner").out
    monkeypatch.setattr("taokit.cli.terminal.Terminal.is_tty", lambda self, stream: True)
    assert "day 0" in done(cli, "lock", "show", "-w", "miner").out
    assert "day 0" not in done(cli, "lock", "show", "-w", "miner", "--no-graph").out


def test_children_and_takes_are_set_in_all_subnets_in_one_transaction(
    cli: Cli, netuid: str
) -> None:
    vali = address(cli, "vali")
    child = ("stake", "child")
    everywhere = len(done(cli, "subnets", "list", "--json").document) - 1
    takes = done(cli, *child, "take", "-w", "miner", "--json").document
    held("stake child take", takes)
    assert [one["take"] for one in takes] == ["0"] * everywhere
    receipt = done(cli, *child, "take", "--all", "--take", "5%", "-w", "miner", "--json").document
    assert f"all or none of {everywhere}" in receipt["summary"]
    takes = done(cli, *child, "take", "-n", f"1,{netuid}", "-w", "miner", "--json").document
    assert [one["netuid"] for one in takes] == [1, int(netuid)]
    assert {round(float(one["take"]), 3) for one in takes} == {0.05}
    setting = ("--children", vali, "--proportions", "0.25", "-w", "miner")
    done(cli, *child, "set", "--all-netuids", *setting)
    children = done(cli, *child, "get", "-w", "miner", "--json").document
    assert [one["netuid"] for one in children] == list(range(1, everywhere + 1))
    both = cli(*child, "set", "--all-netuids", "-n", netuid, *setting)
    assert (both.status, "exclude" in both.err) == (2, True)
    early = cli(*child, "revoke", "--all-netuids", "-w", "miner", "--dry-run", "--json")
    assert f"all or none of {everywhere}" in early.document["summary"]
    assert early.error["name"] == "TxRateLimitExceeded"
    nobody = cli(*child, "revoke", "--all-netuids", "-w", "vali", "--hotkey", "//Nobody")
    assert (nobody.status, "in no subnet" in nobody.err) == (2, True)


def test_takes_children_claims_and_incentives_are_set_and_shown(cli: Cli, netuid: str) -> None:
    vali = address(cli, "vali")
    done(cli, "sudo", "set-take", "--take", "9%", "-w", "vali")
    assert done(cli, "sudo", "get-take", "-w", "vali").out == "9.00%\n"
    child = ("stake", "child")
    done(cli, *child, "take", "-n", netuid, "--take", "5%", "-w", "miner")
    done(
        cli, *child, "set", "-n", netuid, "--children", vali, "--proportions", "0.25", "-w", "miner"
    )
    shown = done(cli, "stake", "children", "get", "-w", "miner", "--plain").out
    assert "25.00%" in shown
    assert vali in shown
    done(cli, "stake", "set-auto", "--netuid", netuid, "--hotkey", vali, "-w", "miner")
    rows = done(cli, "stake", "auto", "-w", "miner", "--json").document
    assert {row["netuid"]: row["hotkey"] for row in rows}[int(netuid)] == vali
    done(cli, "stake", "set-claim", "keep", "--netuids", f"1,{netuid}", "-w", "miner")
    assert netuid in done(cli, "root", "claim-type", "-w", "miner").out
    done(cli, "root", "register", "-w", "miner")
    assert done(cli, "root", "claims", "-w", "miner", "--json").document == []


def test_an_order_is_placed_listed_executed_and_another_cancelled(cli: Cli, netuid: str) -> None:
    argv = ("order", "place", "-n", netuid, "--amount", "1", "-w", "miner")
    placed = done(cli, *argv, "--price", "1000000", "--json").document
    assert Path(placed["file"]).stat().st_mode & 0o077 == 0
    done(cli, "order", "execute", "--order", placed["order_id"][:20], "-w", "vali")
    other = done(cli, *argv, "--price", "0.001").out.strip()
    early = cli("order", "execute", "--order", other, "-w", "vali", "--json")
    assert early.error["name"] == "PriceConditionNotMet"
    done(cli, "order", "cancel", "--order", other, "-w", "miner")
    listed = done(cli, "order", "list", "--json").document
    assert {row["order_id"]: row["status"] for row in listed} == {
        placed["order_id"]: "fulfilled",
        other: "cancelled",
    }


def test_a_neuron_publishes_and_serves_and_gets_another_hotkey(cli: Cli, netuid: str) -> None:
    done(cli, "commitment", "set", "-n", netuid, "--data", "https://example.com", "-w", "miner")
    assert "https://example.com" in done(cli, "commitment", "get", netuid).out
    done(cli, "axon", "serve", "-n", netuid, "--ip", "203.0.113.7", "--port", "80", "-w", "miner")
    done(cli, "localnet", "mine", "50")
    done(cli, "axon", "reset", "-n", netuid, "-w", "miner")
    done(cli, "wallet", "new-hotkey", "-w", "miner", "--hotkey", "spare", "--no-use-password",
         "--mnemonic-out", "spare.txt")  # fmt: skip
    done(cli, "wallet", "associate-hotkey", "-w", "miner", "--hotkey", "spare")
    done(cli, "wallet", "swap-hotkey", "spare", "-w", "miner", "--confirm", "miner")
    neurons = done(cli, "subnets", "metagraph", netuid, "--json").document["neurons"]
    spare = json.loads(Path("../wallets/miner/hotkeys/spare").read_text())["ss58Address"]
    assert neurons[1]["hotkey"] == spare


def test_hidden_weights_are_committed_kept_and_revealed(cli: Cli, netuid: str) -> None:
    for call, argument in (
        ("sudo_set_admin_freeze_window", ["0"]),
        ("sudo_set_commit_reveal_weights_enabled", [netuid, "true"]),
        ("sudo_set_weights_set_rate_limit", [netuid, "0"]),
        ("sudo_set_tempo", [netuid, "20"]),
    ):
        done(cli, "call", f"AdminUtils.{call}", *argument, "--sudo")
    given = ("-n", netuid, "--uids", "0,1", "--weights", "1,3", "-w", "vali")
    plan = done(cli, "weights", "set", *given, "--dry-run", "--json").document
    assert "which the chain opens in block" in plan["summary"]
    done(cli, "weights", "commit", *given)
    (kept,) = Path("../home/.local/state/taokit/weights").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    early = cli("weights", "reveal", "-n", netuid, "-w", "vali", "--dry-run", "--json")
    if early.status:  # else the next epoch has just come
        assert early.error["name"] == "RevealTooEarly"
        done(cli, "localnet", "mine", str(early.error["retry_after_blocks"]))
    done(cli, "weights", "reveal", "-n", netuid, "-w", "vali")
    shown = done(cli, "weights", "show", netuid, "--json").document
    assert shown == {"0": {"0": 21845, "1": 65535}}
    gone = cli("weights", "reveal", "-n", netuid, "-w", "vali")
    assert (gone.status, "waits to be revealed" in gone.err) == (2, True)
