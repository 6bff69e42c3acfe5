"""Commands against a real local chain in a process of its own, over its websocket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from taokit.chain_client.blocking import Client
from taokit.chain_client.transport.requests import ExchangeTransport
from taokit.chain_client.view import ChainView
from taokit.cli import connection, output
from taokit.cli.commands import localnet
from taokit.wallet import Keypair

from .conftest import Cli, done, free, wallet

ALICE = Keypair.from_uri("//Alice").ss58_address
BOB = Keypair.from_uri("//Bob").ss58_address
TAO = 10**9


pytestmark = pytest.mark.usefixtures("_on_chain")


def test_funding_adds_to_what_is_there(cli: Cli) -> None:
    wallet(cli, "w", 5)
    result = cli("localnet", "fund", "w", "2.5", "--json")
    assert result.document["added"] == {"rao": 5 * TAO // 2, "unit": "TAO"}
    assert free(cli, "w") == 15 * TAO // 2


def test_mining_makes_that_many_blocks(cli: Cli) -> None:
    before = cli("query", "status", "--json").document["best_block"]
    assert cli("localnet", "mine", "7", "--json").document["number"] == before + 7
    assert cli("query", "status", "--json").document["best_block"] == before + 7


def test_many_blocks_are_asked_for_in_parts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    send = ExchangeTransport.send

    async def noted(self: ExchangeTransport, method: str, params: Sequence[Any]) -> Any:
        if method == "dev_newBlock":
            asked.append(*params)
        return await send(self, method, params)

    monkeypatch.setattr(ExchangeTransport, "send", noted)
    monkeypatch.setattr(localnet, "MINED_AT_ONCE", 3)
    monkeypatch.setattr(output, "_PATIENCE_S", 0)
    before = cli("query", "status", "--json").document["best_block"]
    result = cli("localnet", "mine", "7")
    assert (result.status, asked) == (0, [{"count": 3}, {"count": 3}, {"count": 1}])
    assert cli("query", "status", "--json").document["best_block"] == before + 7
    assert "(6 of 7 made)" in result.err
    assert "made" not in result.out


def test_a_transfer_arrives_and_its_receipt_says_what_it_cost(cli: Cli) -> None:
    wallet(cli, "w", 10)
    before = free(cli, BOB)
    result = cli("wallet", "transfer", "--to", BOB, "--amount", "1.5", "-w", "w", "--json")
    assert result.status == 0, result.err
    assert result.err == ""
    receipt = result.document
    assert free(cli, BOB) == before + 15 * TAO // 10
    assert free(cli, "w") == 10 * TAO - 15 * TAO // 10 - receipt["fee"]["rao"]
    assert receipt["block"]["number"] > 0
    assert receipt["extrinsic_hash"].startswith("0x")


def test_a_dry_run_shows_everything_and_sends_nothing(cli: Cli) -> None:
    wallet(cli, "w", 10)
    argv = ("wallet", "transfer", "--to", BOB, "--amount", "1.5", "-w", "w", "--dry-run")
    plan = cli(*argv, "--json").document
    assert plan["dry_run"] is True
    assert plan["call"]["pallet"] == "Balances"
    assert plan["problem"] is None
    assert plan["fee"]["rao"] > 0
    shown = cli(*argv)
    assert shown.status == 0
    assert "Balances.transfer_keep_alive" in shown.out
    assert free(cli, "w") == 10 * TAO


@pytest.mark.parametrize("all_", [["--amount", "all"], ["--all"]])
def test_all_is_everything_that_may_leave(all_: list[str], cli: Cli) -> None:
    wallet(cli, "w", 10)
    result = cli("wallet", "transfer", "--to", BOB, *all_, "-w", "w")
    assert result.status == 0, result.err
    assert free(cli, "w") < TAO // 100


@pytest.mark.parametrize(
    "amount", ["1.0000000001", "-1", "1e3", "much", "1.5alpha", "99999999999999"]
)
def test_an_amount_that_is_none_is_a_usage_error(amount: str, cli: Cli) -> None:
    result = cli("wallet", "transfer", "--to", BOB, f"--amount={amount}", "--json")
    assert result.status == 2
    assert result.out == ""
    assert result.error["exit"] == 2


@pytest.mark.parametrize(
    ("text", "rao"), [("1.5", 15 * TAO // 10), ("0.5tao", TAO // 2), ("1500rao", 1500)]
)
def test_amounts_are_read_exactly(text: str, rao: int, cli: Cli) -> None:
    argv = ("wallet", "transfer", "--to", BOB, "--amount", text, "--dry-run", "--json")
    assert cli(*argv).document["call"]["args"]["value"] == {"rao": rao, "unit": "TAO"}


def test_a_refusal_by_the_chain_exits_1_with_its_own_name(cli: Cli) -> None:
    wallet(cli, "w", 1)
    call = ("call", "Preimage.unnote_preimage", f"hash=0x{'00' * 32}")
    result = cli(*call, "-w", "w", "--json")
    assert result.status == 1
    assert result.out == ""
    assert (result.error["code"], result.error["name"]) == ("dispatch_failed", "NotNoted")
    assert "`taokit tx note-preimage --call JSON -w w`" in result.error["hint"]


def test_a_raw_call_that_the_chain_would_refuse_is_not_sent(cli: Cli) -> None:
    wallet(cli, "w", 1)
    more = ("call", "Balances.transfer_keep_alive", f"dest={BOB}", f"value={2 * TAO}")
    assert cli(*more, "-w", "w", "--json").error["code"] == "insufficient_balance"
    unknown = ("call", "SubtensorModule.start_call", "netuid=1", "-w", "w", "--json")
    assert cli(*unknown).error["code"] == "would_fail"


@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["sent", "dry"])
@pytest.mark.parametrize(
    "argv",
    [
        ["wallet", "transfer", "--to", BOB, "--amount", "2"],
        ["wallet", "transfer", "--to", BOB, "--amount", "1"],
        ["subnets", "create"],
    ],
    ids=lambda argv: f"{argv[1]} {argv[-1]}",
)
def test_more_than_there_is_is_refused_before_anything_is_signed(
    argv: list[str], dry: list[str], cli: Cli
) -> None:
    wallet(cli, "w", 1)
    result = cli(*argv, "-w", "w", *dry, "--json")
    assert (result.status, result.error["code"]) == (1, "insufficient_balance")
    assert bool(result.out) == bool(dry)
    account = done(cli, "query", "System.Account", "w", "--json").document
    assert (account["nonce"], account["data"]["free"]) == (0, TAO)
    if dry:
        shown = cli(*argv, "-w", "w", *dry)
        assert shown.status == 1
        assert "-τ" not in shown.out
        assert "-α" not in shown.out
        assert ("not enough" in shown.out) == (argv[-1] != "1" or argv[0] == "stake")


def test_a_subnet_that_does_not_exist_is_refused_before_anything_is_signed(cli: Cli) -> None:
    wallet(cli, "w", 1)
    for dry in ([], ["--dry-run"]):
        result = cli("subnets", "start", "--netuid", "999", "-w", "w", *dry, "--json")
        assert result.status == 3
    assert free(cli, "w") == TAO


def test_missing_options_are_named_all_the_way(cli: Cli) -> None:
    result = cli("stake", "add", "-w", "//Alice", "--hotkey", ALICE, "--json")
    assert result.status == 2
    assert result.error["code"] == "missing_input"
    assert result.error["flag"].startswith("--netuid")


def test_not_waiting_gives_the_hash_and_the_transaction_still_happens(cli: Cli) -> None:
    wallet(cli, "w", 10)
    before = free(cli, BOB)
    argv = ("wallet", "transfer", "--to", BOB, "--amount", "1", "-w", "w", "--wait", "none")
    sent = cli(*argv, "--json")
    assert sent.document["extrinsic_hash"].startswith("0x")
    assert sent.document["block"] is None
    cli("localnet", "mine")
    assert free(cli, BOB) == before + TAO


def test_waiting_for_finalization_says_so(cli: Cli) -> None:
    wallet(cli, "w", 10)
    argv = ("wallet", "transfer", "--to", BOB, "--amount", "1", "-w", "w")
    assert cli(*argv, "--wait", "finalization", "--json").document["finalized"] is True
    assert cli(*argv, "--wait", "forever").status == 2


def test_an_outcome_that_does_not_come_exits_8(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import OutcomePending

    async def endless(*args: object, **kwargs: object) -> None:
        raise OutcomePending(extrinsic_hash="0x12", seconds=1, waited_for="inclusion")

    monkeypatch.setattr(ChainClient, "submit", endless)
    result = cli("wallet", "transfer", "--to", BOB, "--amount", "1", "--json")
    assert result.status == 8
    assert result.error["extrinsic_hash"] == "0x12"


def test_elsewhere_than_here_a_transfer_wants_a_yes(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet(cli, "w", 10)
    monkeypatch.setattr(connection, "is_local", lambda network: False)
    argv = ("wallet", "transfer", "--to", BOB, "--amount", "1", "-w", "w")
    before = free(cli, BOB)
    refused = cli(*argv)
    assert refused.status == 2
    assert "--yes" in refused.err
    assert "Balances.transfer_keep_alive" in refused.err
    assert free(cli, BOB) == before
    for flag in ("--yes", "-y", "--no-prompt"):
        assert cli(*argv, flag).status == 0
    assert cli(*argv[:4], "--all", "-w", "w", "--yes").status == 2
    assert cli(*argv[:4], "--all", "-w", "w", "--confirm", "w").status == 0


def test_a_development_key_signs_on_a_local_chain_only(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("wallet", "transfer", "--to", BOB, "--amount", "1", "-w", "//Alice")
    assert cli(*argv).status == 0
    monkeypatch.setattr(connection, "is_local", lambda network: False)
    assert cli(*argv).status == 2


def test_raw_storage_maps_constants_and_blocks_can_be_asked(cli: Cli) -> None:
    account = cli("query", "System.Account", ALICE, "--json").document
    assert account["data"]["free"] > 0
    assert cli("query", "Balances.ExistentialDeposit", "--json").document == 500
    networks = cli("query", "SubtensorModule.NetworksAdded", "--json").document
    assert {"key": 0, "value": True} in networks
    genesis = cli("query", "System.Account", BOB, "--at", "0", "--json").document
    assert genesis["nonce"] == 0
    assert len(cli("query", "System.Account", "--limit", "2", "--json").document) == 2


@pytest.mark.parametrize(
    ("argv", "status", "near"),
    [
        (["query", "Sistem.Account"], 3, "System"),
        (["query", "System.Acount"], 3, "Account"),
        (["query", "balnce", "alice"], 2, "balance"),
        (["query", "subnet", "999"], 3, ""),
        (["query", "System.Account", "nonsense"], 2, "SS58"),
        (["query", "System.Account", "--at", "nowhere"], 2, "--at"),
        (["query", "status", "--at", "99999999"], 3, ""),
        (["call", "Balances.transfer"], 3, "transfer"),
        (["call", "Balances.transfer_all"], 2, "keep_alive"),
        (["call", "Balances.transfer_all", "dest=5F", "keep_alive=true"], 2, "SS58"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_does_not_exist_or_fit_is_said_before_anything_is_sent(
    argv: list[str], status: int, near: str, cli: Cli
) -> None:
    result = cli(*argv)
    assert result.status == status, result.err
    assert near in result.err


@pytest.mark.parametrize("key", ["//Bob", "0x" + Keypair.from_uri("//Bob").public_key.hex(), "b"])
def test_a_raw_key_of_an_account_is_given_like_any_other_account(key: str, cli: Cli) -> None:
    done(cli, "wallet", "create", "b", "--uri", "//Bob", "--no-use-password")
    assert cli("query", "System.Account", key).out == cli("query", "System.Account", BOB).out
    plan = done(cli, "call", "Balances.transfer_all", key, "true", "--dry-run", "--json").document
    assert plan["call"]["args"]["dest"] == BOB


@pytest.mark.parametrize(
    "argv",
    [["wallet", "transfer", "--to", BOB, "--amount", "1"], ["call", "System.remark", "0x00"]],
    ids=lambda argv: argv[0],
)
def test_a_tip_and_a_period_go_into_what_is_signed(
    argv: list[str], cli: Cli, endpoint: str
) -> None:
    wallet(cli, "w", 10)
    terms = ("-w", "w", "--tip", "0.5", "--period", "8")
    plan = done(cli, *argv, *terms, "--dry-run", "--json").document
    assert (plan["tip"], plan["period"]) == ({"rao": TAO // 2, "unit": "TAO"}, 8)
    assert "0.500000000" in done(cli, *argv, *terms, "--dry-run").out
    before = free(cli, "w")
    receipt = done(cli, *argv, *terms, "--json").document
    spent = before - free(cli, "w")
    assert spent - TAO * (argv[0] == "wallet") >= TAO // 2
    with Client.connect(endpoint) as client:
        sent = client.run(lambda chain: chain.extrinsics(receipt["block"]["number"]))
    assert [(e.tip, e.era.period) for e in sent if e.signer] == [(TAO // 2, 8)]
    for_ever = done(cli, *argv, "-w", "w", "--period", "0", "--dry-run", "--json").document
    assert for_ever["period"] is None
    assert cli(*argv, "-w", "w", "--period=-1").status == 2
    assert cli(*argv, "-w", "w", "--tip=-1").status == 2


def test_a_call_is_shown_as_it_can_be_typed(cli: Cli) -> None:
    shown = done(cli, "call", "Balances.transfer_all", "//Bob", "true", "--dry-run").out
    assert f"Balances.transfer_all(dest={BOB}, keep_alive=true)" in shown
    inner = ("System.remark", "0x00ff", "--sudo", "--dry-run")
    assert "Sudo.sudo(call=System.remark(remark=0x00ff))" in done(cli, "call", *inner).out


def test_a_runtime_api_is_asked_by_its_name(cli: Cli) -> None:
    price = done(cli, "query", "SwapRuntimeApi.current_alpha_price", "1", "--json").document
    assert price > 0
    nonce = done(cli, "query", "AccountNonceApi.account_nonce", "//Bob", "--json").document
    assert nonce == done(cli, "query", "System.Account", BOB, "--json").document["nonce"]
    unknown = cli("query", "SwapRuntimeApi.current_price", "1")
    assert unknown.status == 3
    assert "current_alpha_price" in unknown.err
    many = cli("query", "SwapRuntimeApi.current_alpha_price", "1", "2")
    assert many.status == 2
    assert "netuid" in many.err


def test_the_time_of_the_chain_is_a_date_for_people_and_milliseconds_for_programs(
    cli: Cli,
) -> None:
    from datetime import datetime

    done(cli, "localnet", "mine")
    stamp = done(cli, "query", "status", "--json").document["timestamp"]
    fields = dict(line.split(None, 1) for line in done(cli, "query", "status").out.splitlines())
    assert datetime.fromisoformat(fields["time"].strip()).timestamp() * 1000 == stamp


def test_any_call_can_be_sent_and_wrapped_in_sudo(cli: Cli) -> None:
    args = (f'{{"Id": "{BOB}"}}', "12345")
    before = free(cli, BOB)
    sent = cli("call", "Balances.transfer_keep_alive", *args, "--json")
    assert sent.status == 0, sent.err
    assert free(cli, BOB) == before + 12345
    named = cli("call", "Balances.transfer_keep_alive", f"dest={args[0]}", "value=1", "--json")
    assert named.status == 0, named.err
    root = cli("call", "AdminUtils.sudo_set_admin_freeze_window", "0", "--sudo", "--json")
    assert root.status == 0, root.err
    refused = cli("call", "AdminUtils.sudo_set_admin_freeze_window", "0", "--json")
    assert refused.status == 1
    assert refused.error["name"] == "BadOrigin"


def test_a_subnet_from_creation_to_stake_and_back(cli: Cli) -> None:
    wallet(cli, "owner", 5000)
    wallet(cli, "miner", 50)
    done(cli, "subnets", "create", "-w", "owner")
    netuid = str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))
    done(cli, "subnets", "start", "--netuid", netuid, "-w", "owner")
    done(cli, "subnets", "register", "-n", netuid, "-w", "miner")
    graph = done(cli, "subnets", "metagraph", netuid, "--json").document
    assert [neuron["uid"] for neuron in graph["neurons"]] == [0, 1]
    done(
        cli,
        "axon",
        "set",
        "--netuid",
        netuid,
        "--ip",
        "203.0.113.9",
        "--port",
        "8091",
        "-w",
        "miner",
    )
    graph = done(cli, "subnets", "metagraph", netuid, "--json").document
    assert graph["neurons"][1]["axon"]["address"] == "203.0.113.9"
    done(cli, "stake", "add", "-n", netuid, "--amount", "10", "-w", "miner", "--tolerance", "5%")
    staked = done(cli, "stake", "list", "-w", "miner", "--json").document
    assert [row["netuid"] for row in staked] == [int(netuid)]
    assert staked[0]["stake"]["rao"] > 0
    done(cli, "stake", "remove", "-n", netuid, "--all", "-w", "miner")
    assert done(cli, "stake", "list", "-w", "miner", "--json").document == []
    assert "tempo" in done(cli, "subnets", "hyperparameters", netuid, "--plain").out
    for verb in ("show", "price", "registration-cost"):
        json.loads(done(cli, "subnets", verb, netuid, "--json").out)
        assert done(cli, "subnets", verb, netuid).out


def test_a_subnet_is_created_with_what_there_is_to_say_about_it(cli: Cli) -> None:
    wallet(cli, "owner", 100_000)
    said = {
        "--subnet-name": "trees",
        "--repo": "https://example.org/trees",
        "--contact": "a@example.org",
        "--url": "https://example.org",
        "--discord-handle": "trees#1",
        "--description": "Count the trees, all of them",
        "--logo-url": "https://example.org/logo.png",
        "--additional-info": "0x and äöü",
    }
    words = [word for pair in said.items() for word in pair]
    done(cli, "subnets", "create", "-w", "owner", *words)
    made = max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document)
    identity = done(cli, "subnets", "show", str(made), "--json").document["subnet"]["identity"]
    assert list(identity.values()) == list(said.values())
    too_long = cli("subnets", "create", "-w", "owner", "--subnet-name", "ä" * 129, "--json")
    assert (too_long.status, too_long.error["name"]) == (2, "subnet_name")


def test_nothing_listening_is_exit_5_and_offers_to_start_one(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAOKIT_NETWORK", "ws://127.0.0.1:1")
    result = cli("wallet", "balance", "--ss58", ALICE)
    assert result.status == 5
    assert "taokit localnet start" in result.err.splitlines()[-1]
    wrong = cli("--network", "finey", "subnets", "list")
    assert wrong.status == 2
    assert "finney" in wrong.err


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("ws://127.0.0.1:9944", True),
        ("ws://127.3.2.1:9944", True),
        ("ws://[::1]:9944", True),
        ("ws://localhost:9944", True),
        ("ws://127.0.0.1.example.org:9944", False),
        ("ws://127.example.org:9944", False),
        ("ws://localhost@example.org:9944", False),
        ("finney", False),
    ],
)
def test_a_chain_is_local_by_its_address_and_not_by_how_its_name_begins(
    url: str, local: bool
) -> None:
    from taokit.chain_client.networks import find_network
    from taokit.cli.connection import is_local

    assert is_local(find_network(url)) is local


@pytest.mark.parametrize("depth", [101, 900, 5_000])
def test_a_value_nested_too_deep_is_wrong_usage(cli: Cli, depth: int) -> None:
    nested = "calls=" + "[" * depth + "]" * depth
    assert cli("call", "Utility.batch", nested, "-w", "//Alice", "--json").error["exit"] == 2


def test_an_address_with_secrets_connects_and_is_shown_without_them(
    cli: Cli, endpoint: str
) -> None:
    network = ("--network", endpoint.replace("ws://", "ws://me:s3cr3t@") + "/?key=s3cr3t")
    transfer = ("wallet", "transfer", "--to", BOB, "--amount", "1", "--dry-run")
    for argv in (("query", "status"), transfer):
        for form in ("--json", "--plain", "--quiet"):
            result = done(cli, *argv, form, *network)
            assert "s3cr3t" not in result.out + result.err
            assert "***@127.0.0.1" in result.out


def test_a_time_beyond_any_date_is_shown_in_milliseconds(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = ChainView.query

    async def far(self: ChainView, pallet: str, item: str, *args: Any) -> Any:
        return 10**15 if pallet == "Timestamp" else await query(self, pallet, item, *args)

    monkeypatch.setattr(ChainView, "query", far)
    assert "1000000000000000 ms after 1970" in done(cli, "query", "status").out
    assert done(cli, "query", "status", "--json").document["timestamp"] == 10**15
