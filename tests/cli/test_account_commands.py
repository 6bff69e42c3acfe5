"""Proxies, multisigs, crowdloans, leases, settings and subnets on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taokit.chain_client.hyperparameters import SETTINGS
from taokit.wallet import Keypair

from .conftest import Cli, done, free, wallet

TAO = 10**9
NAMES = ("Alice", "Bob", "Charlie")
ALICE, BOB, CHARLIE = (Keypair.from_uri(f"//{name}").ss58_address for name in NAMES)

pytestmark = pytest.mark.usefixtures("_on_chain")


# -- proxies ---------------------------------------------------------------------------------------


def test_a_proxy_acts_for_a_wallet_with_one_more_option(cli: Cli) -> None:
    wallet(cli, "real", 10)
    wallet(cli, "proxy", 10)
    done(cli, "proxy", "add", "--delegate", "proxy", "--proxy-type", "transfer", "-w", "real")
    (one,) = done(cli, "proxy", "list", "-w", "real", "--json").document["proxies"]
    assert (one["proxy_type"], one["delay"]) == ("Transfer", 0)
    transfer = ("wallet", "transfer", "--to", BOB, "--amount", "2", "-w", "proxy")
    plan = done(cli, *transfer, "--proxy-for", "real", "--dry-run", "--json").document
    assert plan["call"]["pallet"] == "Proxy"
    assert plan["effects"][0]["before"]["rao"] == free(cli, "real")
    before = free(cli, BOB)
    receipt = done(cli, *transfer, "--proxy-for", "real", "--json").document
    assert receipt["summary"].startswith("for ")
    assert free(cli, BOB) - before == 2 * TAO
    refused = cli("stake", "add", "-n", "1", "-a", "1", "--hotkey", BOB, "-w", "proxy", "--proxy",
                  "real", "--json")  # fmt: skip
    assert refused.status == 1
    assert refused.error["name"] == "CallFiltered"
    done(cli, "proxy", "remove", "--all", "-w", "real")
    assert cli(*transfer, "--proxy-for", "real", "--json").error["name"] == "NotProxy"


def test_a_call_is_announced_and_made_by_the_command_that_would_send_it(cli: Cli) -> None:
    wallet(cli, "real", 10)
    wallet(cli, "late", 10)
    argv = ("--delegate", "late", "--proxy-type", "Transfer", "--delay", "2", "-w", "real")
    done(cli, "proxy", "add", *argv)
    inner = ("--", "wallet", "transfer", "--to", BOB, "--amount", "1")
    done(cli, "proxy", "announce", "--real", "real", "-w", "late", *inner)
    listed = done(cli, "proxy", "list", "-w", "late", "--json").document
    assert len(listed["announcements"]) == 1
    early = cli("proxy", "execute", "--real", "real", "-w", "late", "--json", *inner)
    assert early.error["name"] == "Unannounced"
    done(cli, "localnet", "mine", "2")
    before = free(cli, BOB)
    done(cli, "proxy", "execute", "--real", "real", "-w", "late", *inner)
    assert free(cli, BOB) - before == TAO
    again = (
        "wallet",
        "transfer",
        "--to",
        BOB,
        "--amount",
        "1",
        "-w",
        "late",
        "--proxy-for",
        "real",
    )
    done(cli, *again, "--announce-only")
    hash_ = done(cli, "proxy", "list", "-w", "late", "--json").document["announcements"][0]
    argv = ("--delegate", "late", "--call-hash", hash_["call_hash"], "-w", "real")
    done(cli, "proxy", "reject", *argv)
    assert "announcements" in done(cli, "proxy", "list", "-w", "late", "--json").out
    assert cli("wallet", "transfer", "--to", BOB, "-a", "1", "--announce-only").status == 2


def test_an_account_without_a_key_is_made_and_given_up(cli: Cli) -> None:
    made = done(cli, "proxy", "create", "--json").document
    height, index = made["block"]["number"], made["index"]
    argv = ("proxy", "kill", "--height", str(height), "--ext-index", str(index))
    done(cli, *argv)
    assert cli(*argv, "--json").error["name"] == "NotProxy"


# -- multisigs -------------------------------------------------------------------------------------


def test_a_saved_multisig_proposes_approves_and_executes(cli: Cli) -> None:
    made = done(cli, "multisig", "create", "treasury", "--signatories", "//Alice,//Bob,//Charlie",
                "--threshold", "2", "--json").document  # fmt: skip
    assert made["signatories"] == sorted(made["signatories"], key=lambda a: _bytes(a))
    done(cli, "localnet", "fund", made["address"], "10")
    (listed,) = done(cli, "multisig", "list", "--json").document
    assert listed["address"] == made["address"]
    inner = ("--", "wallet", "transfer", "--to", "//Dave", "--amount", "1.5")
    proposed = done(cli, "multisig", "propose", "--multisig", "treasury", *inner)
    assert "call hash 0x" in proposed.err
    (open_,) = done(cli, "multisig", "show", "treasury", "--json").document["proposals"]
    assert open_["call"]["name"] == "transfer_keep_alive"
    assert "1 of 2" in done(cli, "multisig", "show", "treasury").out
    hash_ = open_["call_hash"]
    twice = cli("multisig", "approve", "--multisig", "treasury", "--call-hash", hash_, "--json")
    assert twice.error["name"] == "AlreadyApproved"
    before = free(cli, "//Dave")
    argv = ("--multisig", "treasury", "--call-hash", hash_, "-w", "//Bob")
    done(cli, "multisig", "execute", *argv)
    assert free(cli, "//Dave") - before == 15 * TAO // 10
    cancelled = cli("multisig", "cancel", *argv, "--json")
    assert cancelled.error["name"] == "NotFound"
    done(cli, "multisig", "remove", "treasury")
    assert done(cli, "multisig", "list", "--json").document == []


def _bytes(address: str) -> bytes:
    from taokit.wallet import ss58

    return ss58.decode(address)


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (("multisig", "create", "--signatories", ALICE), 2),
        (("multisig", "create", "--signatories", ALICE, "--threshold", "1"), 2),
        (("multisig", "show", "nobody's"), 2),
        (("multisig", "propose", "--multisig", "nobody's", "--", "tx", "remark", "x"), 2),
        (("multisig", "propose", "--signatories", f"{ALICE},{BOB}", "--threshold", "2", "--",
          "wallet", "balance"), 2),
        (("multisig", "propose", "--signatories", f"{ALICE},{BOB}", "--threshold", "2", "--call",
          "nonsense"), 2),
        (("multisig", "propose", "--signatories", f"{ALICE},{BOB}", "--threshold", "2", "--call",
          "0x00", "--", "tx", "remark", "x"), 2),
        (("multisig", "approve", "--signatories", f"{ALICE},{BOB}", "--threshold", "2"), 2),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_cannot_be_meant_is_said(cli: Cli, argv: tuple[str, ...], status: int) -> None:
    result = (
        cli(*argv[: argv.index("--")], "--json", *argv[argv.index("--") :])
        if ("--" in argv)
        else cli(*argv, "--json")
    )
    assert result.status == status, result.err
    assert result.error["message"]


# -- together --------------------------------------------------------------------------------------


def test_a_file_of_operations_is_sent_together(cli: Cli) -> None:
    wallet(cli, "w", 10)
    calls = [
        {"operation": "wallet.transfer", "to": "//Dave", "amount": 0.5},
        {"operation": "wallet.transfer", "to": "w", "amount": "1.5"},
        {"pallet": "System", "name": "remark", "args": {"remark": "hi"}},
    ]
    Path("batch.json").write_text(json.dumps(calls), "utf-8")
    before = free(cli, "//Dave")
    receipt = done(cli, "tx", "batch", "batch.json", "-w", "w", "--json").document
    assert free(cli, "//Dave") - before == TAO // 2
    assert "3" in receipt["summary"]
    nested = json.dumps([{"operation": "sudo.call", "inner": calls[2]}])
    done(cli, "tx", "batch", "-", "-w", "//Alice", "--dry-run", stdin=nested)
    assert cli("tx", "batch", "missing.json", "--json").status == 2
    assert cli("tx", "batch", "-", "--json", stdin="{}").status == 2


def test_root_makes_what_another_command_would_send(cli: Cli) -> None:
    inner = ("--", "call", "Balances.force_set_balance", f"who={CHARLIE}", "new_free=5000000000")
    before = free(cli, CHARLIE)
    done(cli, "sudo", "call", *inner)
    assert free(cli, CHARLIE) == 5 * TAO
    done(cli, "localnet", "fund", CHARLIE, str((before - 5 * TAO) // TAO))


# -- settings --------------------------------------------------------------------------------------


def test_a_setting_is_read_and_set_in_its_unit(cli: Cli) -> None:
    argv = ("sudo", "set", "--param", "subnet_owner_cut", "--value")
    result = done(cli, *argv, "17%")
    assert "Next: taokit sudo get --param subnet_owner_cut" in result.err
    (found,) = done(cli, "sudo", "get", "--param", "subnet-owner-cut", "--json").document
    assert (found["value"], found["unit"], found["set_by"]) == (11140, "u16 share", "root")
    assert "16.99" in done(cli, "sudo", "get", "--param", "subnet_owner_cut").out
    done(cli, *argv, "11796")
    done(cli, "sudo", "set", "--param", "admin_freeze_window", "--value", "0")
    plan = done(cli, "sudo", "set", "--netuid", "1", "--param", "kappa", "--value", "1",
                "--normalize", "--dry-run", "--json").document  # fmt: skip
    assert plan["call"]["args"]["call"]["args"]["kappa"] == 65535
    done(cli, "sudo", "set", "--param", "admin_freeze_window", "--value", "10")
    names = {one["name"] for one in done(cli, "sudo", "get", "--netuid", "1", "--json").document}
    assert {"tempo", "kappa", "max_allowed_uids", "mechanism_count"} <= names


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["--param", "kapa", "--value", "1", "-n", "1"], "invalid_argument", "kappa"),
        (["--param", "kappa", "--value", "1"], "missing_argument", "netuid"),
        (["--param", "kappa", "--value", "much", "-n", "1"], "invalid_argument", "18%"),
        (["--param", "rho", "--value", "1", "-n", "1"], "would_fail", "--sudo"),
        (["--param", "subnet_limit", "--value", "1", "-w", "//Bob"], "would_fail", "sudo key"),
        (["--param", "total_issuance", "--value", "1"], "would_fail", "cannot be set"),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else "",
)
def test_a_setting_that_cannot_be_set_says_why(
    cli: Cli, argv: list[str], code: str, words: str
) -> None:
    error = cli("sudo", "set", *argv, "--json").error
    assert error["code"] == code
    assert words in f"{error['message']} {error['hint']}"


# -- crowdloans and subnets ------------------------------------------------------------------------


def test_a_crowdloan_from_beginning_to_end(cli: Cli) -> None:
    wallet(cli, "maker", 100)
    wallet(cli, "giver", 100)
    create = ("crowd", "create", "--deposit", "10", "--min-contribution", "1", "--cap", "20",
              "--duration", "100", "--target", "//Eve", "-w", "maker", "--json")  # fmt: skip
    done(cli, *create)
    newest = max(done(cli, "crowd", "list", "--json").document, key=lambda o: o["crowdloan_id"])
    number = str(newest["crowdloan_id"])
    done(cli, "crowd", "contribute", "--id", number, "--amount", "4", "-w", "giver")
    done(cli, "crowd", "update", "--id", number, "--cap", "14", "-w", "maker")
    shown = done(cli, "crowd", "info", number, "--show-contributors", "--json").document
    assert (shown["status"], shown["contributors"][1]["share"][:4]) == ("funded", "0.28")
    assert "28.57%" in done(cli, "crowd", "contributors", number).out
    listed = done(cli, "crowd", "list", "--status", "funded", "--sort-by", "raised", "--json")
    assert number in {str(one["crowdloan_id"]) for one in listed.document}
    assert done(cli, "crowd", "list", "--type", "lease", "--json").document == []
    before = free(cli, "//Eve")
    done(cli, "crowd", "finalize", "--id", number, "-w", "maker")
    assert free(cli, "//Eve") - before == 14 * TAO
    for argv in (("--status", "odd"), ("--sort-by", "odd"), ("--type", "odd")):
        assert cli("crowd", "list", *argv, "--json").status == 2
    assert cli("crowd", "info", "999", "--json").status == 3
    assert cli("crowd", "info", "--json").status == 2
    done(cli, *create)
    number = str(int(number) + 1)
    done(cli, "crowd", "contribute", "--id", number, "--amount", "4", "-w", "giver")
    done(cli, "crowd", "withdraw", "--id", number, "-w", "giver")
    done(cli, "crowd", "refund", "--id", number, "-w", "maker")
    done(cli, "crowd", "dissolve", "--id", number, "-w", "maker")
    assert done(cli, "lease", "list", "--json").document == []


def test_what_an_owner_asks_of_a_subnet(cli: Cli) -> None:
    wallet(cli, "owner", 100_000)
    done(cli, "sudo", "set", "--param", "admin_freeze_window", "--value", "0")
    done(cli, "sudo", "set", "--param", "network_rate_limit", "--value", "0")
    done(cli, "subnets", "create", "-w", "owner")
    netuid = str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))
    started = done(cli, "subnets", "check-start", netuid, "--json").document
    assert (started["started"], started["blocks_left"]) == (False, 0)
    own = ("--netuid", netuid, "-w", "owner")
    done(cli, "subnets", "set-identity", *own, "--subnet-name", "trees")
    assert done(cli, "subnets", "get-identity", netuid, "--json").document["name"] == "trees"
    assert done(cli, "subnets", "mechanisms", "count", netuid).out.strip() == "1"
    done(cli, "sudo", "set", *own, "--param", "max_allowed_uids", "--value", "128")
    done(cli, "s", "mech", "--help")
    done(cli, "subnets", "mechanisms", "set", *own, "--count", "2")
    done(cli, "subnets", "mech", "split-emissions", *own, "--split", "75,25")
    shares = done(cli, "subnets", "mechanisms", "emissions", netuid, "--json").document
    assert [one["parts"] for one in shares] == [49152, 16383]
    neurons = done(cli, "subnets", "show", netuid, "--neurons", "--mechid", "1", "--json").document
    assert neurons["neurons"][0]["uid"] == 0
    done(cli, "subnets", "show", netuid, "--sort")
    assert done(cli, "subnets", "conviction", netuid, "--json").document["hotkeys"] == []
    done(cli, "subnets", "set-symbol", "ᚱ", *own)
    (history,) = done(cli, "subnets", "price", netuid, "--current", "--json").document
    assert history["price"]["netuid"] == int(netuid)
    assert len(done(cli, "subnets", "price", "--all", "--interval", "1", "--json").document) > 1
    assert "Lowest" in done(cli, "subnets", "price", netuid).out
    assert cli("subnets", "price", "--json").status == 2
    assert cli("subnets", "price", "777", "--json").status == 3
    done(cli, "sudo", "trim", *own, "--max", "64")
    done(cli, "subnets", "dissolve", "--netuid", netuid)
    assert cli("subnets", "show", netuid, "--json").status == 3
    done(cli, "sudo", "set", "--param", "admin_freeze_window", "--value", "10")


@pytest.mark.parametrize(
    "argv",
    [("proxy",), ("multisig",), ("crowd",), ("cr",), ("lease",), ("su",), ("sudo",)],
    ids=lambda argv: argv[0],
)
def test_groups_list_their_commands(cli: Cli, argv: tuple[str, ...]) -> None:
    assert "Examples:" not in done(cli, *argv, "--help").err


def test_the_page_for_owners_has_the_table_of_now() -> None:
    text = (Path(__file__).parents[2] / "docs" / "subnet-owners.md").read_text("utf-8")
    for setting in SETTINGS.values():
        assert f"| `{setting.name}`" in text
        row = f"| {setting.unit_name} | {setting.bounds} | {setting.does} |"
        assert row in text, "run docs/make_hyperparameters.py"
