"""What programs use: operations from JSON, the catalogue of everything, conversions, timelocks."""

from __future__ import annotations

import json

import pytest

from .conftest import NOBODY_LISTENS, Cli, done, free

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


@pytest.mark.usefixtures("_on_chain")
def test_an_operation_takes_its_fields_as_one_json_object(cli: Cli) -> None:
    before = free(cli, BOB)
    fields = {"to": BOB, "amount": "0.5"}
    done(cli, "tx", "wallet.transfer", "--json-args", json.dumps(fields))
    done(cli, "tx", "wallet.transfer", "--json-args", "-", stdin=json.dumps(fields))
    more = ["--amount", "2"]  # an option goes before the object
    done(cli, "tx", "wallet.transfer", "--json-args", json.dumps(fields), *more)
    assert free(cli, BOB) - before == 3_000_000_000


def test_a_field_that_an_operation_does_not_have_is_refused(cli: Cli) -> None:
    result = cli("tx", "wallet.transfer", "--json-args", '{"amuont": "1"}')
    assert result.status == 2
    assert "did you mean amount" in result.err
    assert cli("tx", "wallet.transfer", "--json-args", "[1]").status == 2
    assert cli("tx", "wallet.transfer", "--json-args", "{").status == 2


def test_a_typo_in_an_operations_name_is_answered_with_the_nearest(cli: Cli) -> None:
    assert "taokit tx wallet.transfer" in cli("tx", "wallet.tranfser").err


def test_the_catalogue_has_every_command_read_and_operation_with_a_schema(cli: Cli) -> None:
    found = done(cli, "tools").document
    assert set(found) == {"commands", "reads", "operations", "errors", "exits"}
    for kind, entries in found.items():
        names = [entry["name"] for entry in entries]
        assert len(names) == len(set(names)), kind
        assert all(entry["summary"] for entry in entries), kind
    for kind in ("commands", "reads", "operations"):
        for entry in found[kind]:
            assert entry["input_schema"]["type"] == "object"
            assert set(entry["input_schema"]["required"]) <= set(
                entry["input_schema"]["properties"]
            )
    add = done(cli, "tools", "stake.add").document
    assert {"netuid", "amount"} <= set(add["input_schema"]["required"])
    listed = {entry["name"] for entry in done(cli, "tx", "list", "--json").document}
    assert listed == {entry["name"] for entry in found["operations"]}
    reads = {entry["name"] for entry in done(cli, "query", "list", "--json").document}
    assert reads == {entry["name"] for entry in found["reads"]}
    assert "did you mean" in cli("tools", "wallet balanec").err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--rao", "1500000000"], {"rao": 1_500_000_000, "tao": "1.500000000"}),
        (["--tao", "1.5"], {"rao": 1_500_000_000, "tao": "1.500000000"}),
        (["7rao"], {"rao": 7, "tao": "0.000000007"}),
        (
            [BOB],
            {
                "ss58": BOB,
                "public_key": "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
                "prefix": 42,
            },
        ),
    ],
)
def test_amounts_and_addresses_are_converted(
    words: list[str], expected: dict[str, object], cli: Cli
) -> None:
    assert done(cli, "utils", "convert", *words, "--json").document == expected


def test_the_latency_of_an_endpoint_that_is_not_there_is_said(cli: Cli) -> None:
    result = cli("utils", "latency", "--network", NOBODY_LISTENS, "--json")
    assert result.status == 5
    assert result.document[0]["answer_ms"] is None
    assert "connection refused" in result.document[0]["problem"]


@pytest.mark.usefixtures("_on_chain")
def test_the_latency_of_an_endpoint_is_measured(cli: Cli, endpoint: str) -> None:
    (row,) = done(cli, "utils", "latency", "--network", endpoint, "--json").document
    assert row["answer_ms"] >= 0
    assert row["problem"] is None


@pytest.mark.usefixtures("_on_chain")
def test_what_is_sealed_is_closed_until_its_round_and_open_after(cli: Cli) -> None:
    sealed = done(cli, "timelock", "encrypt", "-m", "a bid: 12", "--in", "7d", "--json").document
    early = cli("timelock", "decrypt", "-c", sealed["ciphertext"], "--json")
    assert (early.status, early.error["code"]) == (1, "not_yet")
    soon = done(cli, "timelock", "encrypt", "-m", "a bid: 12", "--blocks", "1", "--json").document
    for _ in range(12):
        done(cli, "localnet", "mine", "1")
        last = done(cli, "timelock", "status", "--json").document["last_round"]
        if last >= soon["round"]:
            break
    opened = done(cli, "timelock", "decrypt", "-c", "-", stdin=soon["ciphertext"])
    assert opened.out == "a bid: 12\n"
    past = cli("timelock", "encrypt", "-m", "x", "--round", "1")
    assert past.status == 2
    assert "has come already" in past.err
