"""bittensor-cli 9.23.2 against the chain: the commands of a subnet owner, a miner and a staker."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from localnet_process import environment_at
from peers import python_peer

from taokit.wallet import Keypair, Wallet

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

NOBODY = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"
WALLETS = {
    "owner": "Bob",
    "payer": "Ferdie",
    "miner": "Charlie",
    "staker": "Dave",
    "late": "Eve",
    "rich": "Alice",
    "poor": "Fred",  # not in the genesis
}
IDENTITY = {
    "--subnet-name": "conformance",
    "--github-repo": "https://github.com/example/subnet",
    "--subnet-contact": "owner@example.org",
    "--subnet-url": "https://example.org",
    "--discord": "owner",
    "--description": "made by a test",
    "--logo-url": "https://example.org/logo.png",
    "--additional-info": "nothing",
}
CREATE = [word for option in IDENTITY.items() for word in option]
UNSHIELDED = "--no-mev-protection"
# btcli's transactions live for 16 blocks: 4 s here, which a busy machine can miss.
CALM = ["--period", "256", "--no-prompt"]
TAO = 10**9


@dataclass(frozen=True)
class Said:
    """What a command printed."""

    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"no JSON: {self.text!r}") from None


@pytest.fixture(scope="module")
def wallets(tmp_path_factory) -> Path:
    """Wallets that taokit wrote, of development keys that have money."""
    path = tmp_path_factory.mktemp("wallets")
    for name, key in WALLETS.items():
        wallet = Wallet(name, "default", path)
        wallet.save_coldkey(Keypair.from_uri(f"//{key}"), encrypt=False)
        wallet.save_hotkey(Keypair.from_uri(f"//{key}//hot"))
    return path


@pytest.fixture(scope="module")
def btcli(chain_url, wallets, tmp_path_factory):
    """Run a btcli command as a wallet, asking for JSON; nothing is ever prompted for."""
    program = python_peer("bittensor-cli==9.23.2").with_name("btcli")
    # Rich folds lines at the terminal's width, also inside of JSON strings.
    environment = {**environment_at(tmp_path_factory.mktemp("home")), "COLUMNS": "100000"}

    def btcli(command: str, *options: str, wallet: str = "", output: str = "--json-output") -> Said:
        words = [str(program), *command.split(), *options, "--network", chain_url]
        if wallet:
            words += ["--wallet-path", str(wallets), "--wallet-name", wallet]
            words += ["--wallet-hotkey", "default"]
        if output:
            words.append(output)
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
            env=environment,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return Said(done.stdout, done.stderr)

    return btcli


@pytest.fixture(scope="module")
def subnet(btcli) -> int:
    """A subnet that the owner created and started."""
    created = btcli("subnets create", *CREATE, UNSHIELDED, "--no-prompt", wallet="owner").json
    assert created["success"] is True
    assert re.fullmatch(r"\d+-\d+", created["extrinsic_identifier"])
    netuid = created["netuid"]
    started = btcli(
        "subnets start", "--netuid", str(netuid), "--no-prompt", wallet="owner", output=""
    )
    assert f"Successfully started subnet {netuid}'s emission schedule" in started.text
    return netuid


def coldkey(wallet: str) -> str:
    return Keypair.from_uri(f"//{WALLETS[wallet]}").ss58_address


def hotkey(wallet: str) -> str:
    return Keypair.from_uri(f"//{WALLETS[wallet]}//hot").ss58_address


def free(chain, address: str) -> int:
    """Rao of an account at the head."""
    return chain.query("System", "Account", address)["data"]["free"]


def events(chain, identifier: str) -> dict[str, Any]:
    """What the transaction that btcli names `block-index` caused, by name of the event."""
    number, index = map(int, identifier.split("-"))
    caused = [event for event in chain.events(number) if event.extrinsic == index]
    assert caused[-1].is_("System", "ExtrinsicSuccess")
    return {event.name: event.fields for event in caused}


def networks(chain) -> list[int]:
    return sorted(netuid for netuid, _ in chain.query_map("SubtensorModule", "NetworksAdded"))


def test_wallet_balance_finds_the_account_of_a_wallet(btcli):
    row = btcli("wallet balance", wallet="late").json["balances"]["late"]
    assert row == {"coldkey": coldkey("late"), "free": 2000.0, "staked": 0.0, "total": 2000.0}


def test_wallet_transfer_moves_the_amount_and_takes_a_fee(btcli, chain):
    sender, before = coldkey("payer"), free(chain, coldkey("payer"))
    sent = btcli(
        "wallet transfer", "--dest", NOBODY, "--amount", "12.5", *CALM, wallet="payer"
    ).json
    assert sent["success"] is True
    caused = events(chain, sent["extrinsic_identifier"])
    transfer = caused["Transfer"]
    assert (str(transfer["from"]), str(transfer["to"])) == (sender, NOBODY)
    assert transfer["amount"] == 12_500_000_000
    fee = caused["TransactionFeePaid"]["actual_fee"]
    assert before - free(chain, sender) == 12_500_000_000 + fee
    assert 0 < fee < 200_000


def test_wallet_transfer_of_too_much_is_refused(btcli, chain):
    before = free(chain, coldkey("rich"))
    refused = btcli(
        "wallet transfer", "--dest", NOBODY, "--amount", "1e9", *CALM, wallet="rich"
    ).json
    assert refused["success"] is False
    assert free(chain, coldkey("rich")) == before


def test_subnets_list_has_the_created_one(btcli, subnet):
    found = btcli("subnets list").json["subnets"]
    assert (found["0"]["subnet_name"], found["1"]["subnet_name"]) == ("root", "apex")
    created = found[str(subnet)]
    assert created["subnet_name"] == "conformance"
    assert created["tempo"]["sn_tempo"] == 10
    assert created["liquidity"]["tao_in"] > 0
    assert created["price"] > 0


def carried(chain, identifier: str) -> bool:
    """Whether the transaction that btcli names `block-index` came in the shielded one before it."""
    number, index = map(int, identifier.split("-"))
    return any(
        event.extrinsic == index - 1 and event.is_("MevShield", "EncryptedSubmitted")
        for event in chain.events(number)
    )


def test_subnets_create_goes_through_the_shield(btcli, chain):
    before = networks(chain)
    created = btcli("subnets create", *CREATE, "--no-prompt", wallet="rich").json
    assert created["success"] is True, created
    (netuid,) = set(networks(chain)) - set(before)
    assert created["netuid"] == netuid
    assert events(chain, created["extrinsic_identifier"])["NetworkAdded"][0] == netuid
    assert carried(chain, created["extrinsic_identifier"])


def test_subnets_create_without_enough_money_is_refused(btcli, chain):
    before = networks(chain)
    refused = btcli("subnets create", *CREATE, UNSHIELDED, "--no-prompt", wallet="poor").json
    assert refused == {"success": False, "netuid": None, "extrinsic_identifier": None}
    assert networks(chain) == before


def test_subnets_start_is_done_once(btcli, subnet):
    again = btcli(
        "subnets start", "--netuid", str(subnet), "--no-prompt", wallet="owner", output=""
    )
    assert f"Subnet {subnet} already has an emission schedule" in again.text


def test_subnets_show_lists_the_neurons(btcli, subnet):
    shown = btcli("subnets show", "--netuid", str(subnet), "--no-prompt").json
    assert (shown["netuid"], shown["owner"]) == (subnet, coldkey("owner"))
    assert shown["tempo"]["tempo"] == 10
    owner = shown["uids"][0]
    assert (owner["uid"], owner["hotkey"]) == (0, hotkey("owner"))
    assert owner["coldkey"] == coldkey("owner")


def test_subnets_register_burns_for_a_uid_once(btcli, chain, subnet):
    register = ["subnets register", "--netuid", str(subnet), *CALM]
    before = free(chain, coldkey("miner"))
    done = btcli(*register, "--safe-register", "--tolerance", "0.1", wallet="miner").json
    assert done["success"] is True
    uid = int(re.fullmatch(rf"Registered on {subnet} with UID (\d+)", done["msg"])[1])
    caused = events(chain, done["extrinsic_identifier"])
    assert caused["NeuronRegistered"][:2] == (subnet, uid)
    assert str(chain.query("SubtensorModule", "Keys", subnet, uid)) == hotkey("miner")
    assert free(chain, coldkey("miner")) < before - caused["TransactionFeePaid"]["actual_fee"]
    again = btcli(*register, "--unsafe", wallet="miner").json
    assert (again["success"], again["msg"]) == (True, "Already registered")


def test_subnets_register_on_a_subnet_that_is_not_there(btcli):
    refused = btcli("subnets register", "--netuid", "99", *CALM, "--unsafe", wallet="rich").json
    assert (refused["success"], refused["msg"]) == (False, "Subnet 99 does not exist")


def test_stake_is_added_listed_and_removed(btcli, chain, subnet):
    netuid, target = str(subnet), hotkey("staker")

    def run(command: str, *options: str) -> Any:
        options = ("--netuid", netuid, *options, UNSHIELDED, *CALM)
        return btcli(f"stake {command}", *options, wallet="staker").json

    joined = btcli("subnets register", "--netuid", netuid, *CALM, "--unsafe", wallet="staker")
    assert joined.json["success"] is True

    rao = 100 * TAO
    added = run("add", "--amount", "100", "--unsafe")
    assert added["staking_success"] == {netuid: {target: True}}
    caused = events(chain, added["extrinsic_ids"][netuid][target])
    owner, hot, paid, alpha, where, _ = caused["StakeAdded"]
    assert (str(owner), str(hot), where) == (coldkey("staker"), target, subnet)
    assert rao * 0.99 < paid <= rao
    assert alpha > 0

    limited = run("add", "--amount", "100", "--safe", "--tolerance", "0.5", "--partial")
    assert "StakeAdded" in events(chain, limited["extrinsic_ids"][netuid][target])

    dear = run("add", "--amount", "500", "--safe", "--tolerance", "0.0001", "--no-partial")
    assert dear["staking_success"] == {netuid: {target: False}}
    assert "SlippageTooHigh" in dear["error_messages"][netuid][target]

    (row,) = btcli("stake list", wallet="staker").json["stake_info"][target]
    assert (row["netuid"], row["registered"]) == (subnet, True)
    assert row["stake_value"] * TAO > alpha

    for limits in (["--unsafe"], ["--safe", "--tolerance", "0.5", "--partial"]):
        before = free(chain, coldkey("staker"))
        (removed,) = run("remove", "--amount", "20", *limits)
        assert removed["success"] is True
        caused = events(chain, removed["extrinsic_identifier"])
        _, _, got, sold, _, swap_fee = caused["StakeRemoved"]
        assert sold + swap_fee == 20 * TAO
        fee = caused["TransactionFeePaid"]["actual_fee"]
        assert free(chain, coldkey("staker")) == before + got - fee

    emptied = btcli("stake remove", "--all", "--unsafe", UNSHIELDED, *CALM, wallet="staker").json
    assert emptied["success"][target]["success"] is True
    assert "StakeRemoved" in events(chain, emptied["success"][target]["extrinsic_identifier"])


def test_stake_add_goes_through_the_shield(btcli, chain, subnet):
    netuid, target = str(subnet), hotkey("owner")
    add = ["stake add", "--netuid", netuid, "--amount", "10", "--unsafe", "--no-prompt"]
    added = btcli(*add, wallet="owner").json
    assert added["staking_success"] == {netuid: {target: True}}, added
    identifier = added["extrinsic_ids"][netuid][target]
    owner, hot, paid, alpha, where, _ = events(chain, identifier)["StakeAdded"]
    assert carried(chain, identifier)
    assert (str(owner), str(hot), where) == (coldkey("owner"), target, subnet)
    assert 9.9 * TAO < paid <= 10 * TAO
    assert alpha > 0


def test_subnets_hyperparameters_are_all_there(btcli, subnet):
    rows = btcli("subnets hyperparameters", "--netuid", str(subnet)).json
    values = {row["hyperparameter"]: row["value"] for row in rows}
    assert (values["tempo"], values["immunity_period"], values["kappa"]) == (10, 5000, 32767)
    assert len(values) >= 30
