"""Names for addresses: made, listed, changed, and taken wherever an address is."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Cli, done

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def test_a_name_stands_for_its_address(cli: Cli) -> None:
    done(cli, "config", "add-address", "bob", BOB, "--note", "a friend")
    asked = ["wallet", "verify", "--message", "x", "--signature", "0x" + "00" * 64]
    assert cli(*asked, "--address", "bob", "--json").document["address"] == BOB
    done(cli, "config", "remove-address", "bob")
    unknown = cli(*asked, "--address", "bob")
    assert unknown.status == 3
    assert "bob" in unknown.err


def test_a_wallet_goes_before_a_name_of_the_book(cli: Cli) -> None:
    done(cli, "wallet", "create", "bob", "--no-use-password", "--uri", "//Alice")
    done(cli, "config", "add-address", "bob", BOB)
    asked = ["wallet", "verify", "--message", "x", "--signature", "0x" + "00" * 64]
    assert cli(*asked, "--address", "bob", "--json").document["address"] == ALICE


def test_proxies_are_kept_as_btcli_keeps_them(cli: Cli) -> None:
    add = ["config", "add-proxy", "--address", BOB, "--proxy-type", "Staking"]
    done(cli, *add, "--name", "desk", "--spawner", ALICE, "--delay", "5")
    done(cli, "config", "add-address", "other", ALICE)
    assert cli("config", "proxies", "--json").document == [
        {
            "name": "desk",
            "address": BOB,
            "proxy_type": "Staking",
            "spawner": ALICE,
            "delay": 5,
            "note": "",
        }
    ]
    assert cli(*add, "--name", "desk").status == 2
    done(cli, "config", "update-proxy", "--name", "desk", "--note", "trading", "--delay", "0")
    found = {row["name"]: row for row in cli("config", "addresses", "--json").document}
    assert (found["desk"]["note"], found["desk"]["delay"]) == ("trading", 0)
    assert cli("config", "clear-proxies").status == 2
    done(cli, "config", "clear-proxies", "--yes")
    assert [row["name"] for row in cli("config", "addresses", "--json").document] == ["other"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["config", "add-address", "a/b", BOB], "cannot be a name"),
        (["config", "add-address", "bob", BOB[:-1] + "x"], "checksum"),
        (["config", "remove-address", "nobody"], "no address called"),
        (["config", "update-proxy", "--name", "nobody"], "nothing to change"),
        (
            ["config", "add-proxy", "--name", "x", "--address", BOB, "--proxy-type", "Stakng"],
            "did you mean Staking",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-",
)
def test_what_cannot_be_in_the_book_is_refused(words: list[str], said: str, cli: Cli) -> None:
    result = cli(*words)
    assert result.status in (1, 2)
    assert said in result.err
    assert cli("config", "addresses", "--json").document == []


def test_a_book_that_cannot_be_read_is_said_and_kept(cli: Cli, tmp_path: Path) -> None:
    done(cli, "config", "add-address", "bob", BOB)
    (book,) = tmp_path.rglob("addresses.toml")
    book.write_text('[bob]\naddres = "x"\n')
    result = cli("config", "addresses")
    assert result.status == 2
    assert str(book) in result.err
    assert book.read_text() == '[bob]\naddres = "x"\n'
