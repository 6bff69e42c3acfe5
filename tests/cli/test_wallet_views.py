"""What happened to an account, how its neurons do, and messages only its key can open."""

from __future__ import annotations

import pytest

from .conftest import Cli, done, wallet

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


@pytest.mark.usefixtures("_on_chain")
def test_history_tells_both_sides_of_a_transfer_and_a_failure(cli: Cli) -> None:
    wallet(cli, "giver", 20)
    done(cli, "wallet", "transfer", "--to", BOB, "--amount", "1.25", "-w", "giver")
    found = done(cli, "wallet", "history", "giver", "--json").document
    latest = found["happenings"][0]
    assert (latest["what"], latest["other"]) == ("sent", BOB)
    assert latest["amount"] == {"rao": 1_250_000_000, "unit": "TAO"}
    assert latest["call"] == "Balances.transfer_keep_alive"
    assert latest["fee"]["rao"] > 0
    assert not found["forgotten"]
    got = done(cli, "wallet", "history", "--ss58", BOB, "--limit", "1", "--json").document
    assert [h["what"] for h in got["happenings"]] == ["received"]
    assert got["happenings"][0]["block"] == latest["block"]
    none = done(cli, "wallet", "history", "giver", "--until", "0", "--json").document
    assert none["happenings"] == []


@pytest.mark.usefixtures("_on_chain")
def test_overview_shows_every_neuron_of_the_hotkeys_and_trades_are_in_the_history(
    cli: Cli,
) -> None:
    wallet(cli, "owner", 5000)
    new = ["wallet", "new-hotkey", "-w", "owner", "--no-use-password"]
    done(cli, *new, "--hotkey", "m1", "--mnemonic-out", "m1.txt")
    made = done(cli, "subnets", "create", "-w", "owner", "--json").document
    (netuid,) = (e["fields"][0] for e in made["events"] if e["name"] == "NetworkAdded")
    done(cli, "subnets", "start", "--netuid", netuid, "-w", "owner")
    done(cli, "subnets", "register", "--netuid", netuid, "-w", "owner", "--hotkey", "m1")
    add = ["stake", "add", "--netuid", netuid, "--amount", "10", "-w", "owner", "--hotkey", "m1"]
    done(cli, *add, "--unsafe")
    shown = done(cli, "wallet", "overview", "owner", "--json").document
    assert [(n["hotkey_name"], n["uid"]) for n in shown["neurons"]] == [("default", 0), ("m1", 1)]
    assert shown["neurons"][1]["stake"]["rao"] > 9 * 10**9
    assert shown["wallets"][0]["staked"]["rao"] > 9 * 10**9
    sort = ["--sort-by", "stake", "--sort-order", "descending"]
    rows = done(cli, "wallet", "overview", "owner", *sort, "--plain").out.splitlines()
    assert [row.split("\t")[2] for row in rows] == ["m1", "default"]
    only = done(cli, "wallet", "overview", "owner", "--exclude-hotkeys", "m1", "--json").document
    assert [n["hotkey_name"] for n in only["neurons"]] == ["default"]
    elsewhere = done(cli, "wallet", "overview", "owner", "--netuids", "0", "--json").document
    assert elsewhere["neurons"] == []
    told = done(cli, "wallet", "history", "owner", "--limit", "1", "--json").document
    assert [h["what"] for h in told["happenings"]] == ["staked"]
    assert told["happenings"][0]["amount"]["rao"] == 10 * 10**9


def test_a_message_is_opened_only_by_the_key_it_was_encrypted_to(cli: Cli) -> None:
    new = ["wallet", "new-hotkey", "-w", "bob", "--no-use-password"]
    done(cli, *new, "--hotkey", "ed", "--crypto-type", "ed25519", "--uri", "//Bob")
    done(cli, *new, "--hotkey", "other", "--crypto-type", "ed25519", "--uri", "//Eve")
    done(cli, *new, "--hotkey", "sr", "--uri", "//Bob")
    sealed = done(cli, "wallet", "encrypt", "--to", "bob/ed", "-m", "at noon").out.strip()
    opening = ["wallet", "decrypt", "-w", "bob", "--use-hotkey"]
    opened = done(cli, *opening, "--hotkey", "ed", "--ciphertext", "-", stdin=sealed + "\n")
    assert opened.out == "at noon\n"
    wrong = cli(*opening, "--hotkey", "other", "-c", sealed, "--json")
    assert (wrong.status, wrong.error["code"]) == (1, "cannot_decrypt")
    assert "ed25519" in cli(*opening, "--hotkey", "sr", "-c", sealed).err
    assert cli("wallet", "encrypt", "--to", "bob/sr", "-m", "x").status == 2
    assert cli(*opening, "-c", "zz").status == 2


def test_a_message_that_btcli_encrypted_is_opened(cli: Cli) -> None:
    new = ["wallet", "new-hotkey", "-w", "alice", "--no-use-password"]
    done(cli, *new, "--hotkey", "ed", "--crypto-type", "ed25519", "--uri", "//Alice")
    # Keypair.encrypt_for of bittensor-wallet 4.1.0, to //Alice's ed25519 key
    sealed = (
        "673682479e42096d40bba59d8b53c9638378edd47b5f63aaa9b70042efb9873645399d78a7a0bdbea246acc4"
        "7b15f5496a5e8d24062905fb4d715e"
    )
    opening = ["wallet", "decrypt", "-w", "alice", "--hotkey", "ed", "--use-hotkey"]
    assert done(cli, *opening, "-c", sealed).out == "hello world\n"
