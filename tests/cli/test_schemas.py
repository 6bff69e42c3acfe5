"""Each command's JSON answer has a published schema, and what commands answer keeps to it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from taokit.chain_client.json_schema import closed, schema_of
from taokit.cli.answers import answer_of, error_schema, schema_of_answer
from taokit.cli.tool_catalogue import each_command
from taokit.cli.tree import facts_of

from .conftest import Cli, Result, done

DOCS = Path(__file__).parent.parent.parent / "docs"
COMMANDS = dict(each_command())


def held(words: str, document: Any) -> None:
    """Hold an answer to the command's schema, in which every field has to be named."""
    schema = closed(schema_of_answer(words, facts_of(COMMANDS[words])))
    jsonschema.Draft202012Validator(schema).validate(document)


def answered(cli: Cli, *argv: str, stdin: str = "") -> Any:
    """The answer of a command that has to succeed, held to its schema."""
    result = done(cli, *argv, "--json", stdin=stdin)
    words = max((w for w in COMMANDS if f"{' '.join(argv)} ".startswith(f"{w} ")), key=len)
    held(words, result.document)
    return result.document


def test_each_command_has_a_schema_of_its_answer() -> None:
    checked: set[str] = set()
    for words, command in COMMANDS.items():
        answer = answer_of(words, facts_of(command))
        assert answer.kind is not Any, f"declare what `taokit {words}` answers in cli/answers"
        schema = schema_of_answer(words, facts_of(command))
        assert schema["title"].endswith(f"`taokit {words} --json`")
        body = json.dumps({key: value for key, value in schema.items() if key != "title"})
        if body not in checked:  # most operations have the same
            jsonschema.Draft202012Validator.check_schema(schema)
            checked.add(body)


def test_no_answer_is_declared_for_a_command_that_does_not_exist() -> None:
    from taokit.cli import answers

    assert set(answers._declared()) <= set(COMMANDS)


def test_the_page_of_answers_is_what_the_types_say() -> None:
    spec = importlib.util.spec_from_file_location("make_json_page", DOCS / "make_json_page.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    written = (DOCS / "json.md").read_text(encoding="utf-8")
    assert written == maker.page(), "run docs/make_json_page.py"


def test_a_schema_is_printed(cli: Cli) -> None:
    for words in ("stake list", "wallet transfer", "query metagraph", "localnet start"):
        printed = done(cli, "schema", *words.split()).document
        assert printed == schema_of_answer(words, facts_of(COMMANDS[words]))
    assert (
        done(cli, "schema", "st", "list").document == done(cli, "schema", "stake", "list").document
    )
    assert done(cli, "schema", "error").document == error_schema()
    assert "did you mean stake list" in cli("schema", "stake", "lst").err
    assert answer_of("subnets watch", facts_of(COMMANDS["subnets watch"])).lines


def test_two_types_of_one_name_have_two_definitions() -> None:
    from dataclasses import make_dataclass

    twins = [make_dataclass("Twin", [(name, int)]) for name in ("a", "b")]
    schema = schema_of(tuple[twins[0], twins[1]])
    wanted = [schema["$defs"][part["$ref"].rpartition("/")[2]] for part in schema["prefixItems"]]
    assert [list(record["properties"]) for record in wanted] == [["a"], ["b"]]


def test_an_error_keeps_to_its_schema(cli: Cli) -> None:
    for argv in (["wallet", "show", "nobody"], ["stake", "list", "--no-such"], ["subnets", "list"]):
        result: Result = cli(*argv, "--json")
        assert result.status
        jsonschema.validate({"error": result.error}, error_schema())


@pytest.mark.usefixtures("_quick_argon2")
def test_what_needs_no_chain_answers_by_its_schema(cli: Cli, tmp_path: Path) -> None:
    made = ["--no-use-password", "--mnemonic-out", "phrase.txt"]
    answered(cli, "wallet", "create", "ann", *made)
    second = ["--hotkey", "second", "--mnemonic-out", "second.txt"]
    answered(cli, "wallet", "new-hotkey", "--wallet-name", "ann", *second)
    answered(cli, "wallet", "list")
    answered(cli, "wallet", "show", "ann")
    signed = answered(cli, "wallet", "sign", "--message", "x", "-w", "ann")
    words = ["--message", "x", "--signature", signed["signature"], "--address", "ann"]
    answered(cli, "wallet", "verify", *words)
    answered(cli, "wallet", "rename", "ann/second", "third")
    answered(cli, "wallet", "delete", "ann", "--hotkey", "third", "--confirm", "ann")
    address = signed["address"]
    answered(cli, "wallet", "regen-coldkeypub", "watched", "--ss58-address", address)
    answered(cli, "config", "set", "network", "local")
    answered(cli, "config", "set", "--tolerance", "5%")
    answered(cli, "config", "list")
    answered(cli, "config", "get", "network")
    answered(cli, "config", "path")
    answered(cli, "config", "unset", "network")
    answered(cli, "config", "clear", "stake.tolerance")
    answered(cli, "config", "add-address", "bob", address)
    answered(cli, "config", "add-proxy", "--name", "p", "--address", address, "--proxy-type", "Any")
    answered(cli, "config", "update-proxy", "--name", "p", "--delay", "3")
    answered(cli, "config", "addresses")
    answered(cli, "config", "remove-address", "bob")
    answered(cli, "config", "clear-proxies", "--yes")
    answered(cli, "config", "policy")
    answered(cli, "utils", "convert", "1.5tao")
    answered(cli, "utils", "convert", address)
    answered(cli, "doctor")
    answered(cli, "explain")
    answered(cli, "explain", "wrong_password")
    answered(cli, "explain", "SettingWeightsTooFast")
    answered(cli, "help", "exit-codes")
    answered(cli, "help", "stake", "add")
    answered(cli, "tx", "list")
    answered(cli, "query", "list")
    answered(
        cli, "multisig", "create", "ours", "--signatories", f"{address},//Bob", "--threshold", "2"
    )
    answered(cli, "multisig", "list")
    answered(cli, "multisig", "remove", "ours")
    answered(cli, "subnet", "templates")
    answered(cli, "subnet", "new", "blank", "trees", "--dry-run", "--defaults")
    answered(cli, "localnet", "status")
    answered(cli, "localnet", "coverage", "--pallet", "System")
    answered(cli, "completion", "bash")


@pytest.mark.usefixtures("_on_chain")
def test_what_asks_the_chain_answers_by_its_schema(cli: Cli) -> None:
    answered(cli, "subnets", "list")
    answered(cli, "subnets", "show", "1")
    answered(cli, "subnets", "show", "1", "--neurons")
    answered(cli, "subnets", "metagraph", "1")
    answered(cli, "subnets", "hyperparameters", "1")
    answered(cli, "subnets", "price", "--all", "--current")
    answered(cli, "subnets", "mechanisms", "count", "1")
    answered(cli, "subnets", "get-identity", "1")
    answered(cli, "wallet", "balance", "//Alice")
    answered(cli, "wallet", "overview", "//Alice")
    answered(cli, "wallet", "history", "--blocks", "3")
    answered(cli, "wallet", "get-identity", "//Alice")
    answered(cli, "wallet", "swap-check", "--all")
    answered(cli, "stake", "list")
    answered(cli, "stake", "quote", "--netuid", "1", "--amount", "1")
    answered(cli, "view", "dashboard")
    answered(cli, "proxy", "list")
    answered(cli, "multisig", "show", "--address", "//Bob")
    answered(cli, "crowd", "list")
    answered(cli, "order", "list")
    answered(cli, "call", "list", "System")
    answered(cli, "timelock", "status")
    sealed = answered(cli, "timelock", "encrypt", "-m", "x", "--in", "7d")
    assert sealed["round"]
    answered(cli, "query", "status")
    answered(cli, "query", "settings")
    answered(cli, "query", "weights", "1")
    answered(cli, "query", "claim-type", "//Alice")


@pytest.mark.usefixtures("_on_chain")
def test_what_is_sent_answers_by_its_schema(cli: Cli) -> None:
    move = ["wallet", "transfer", "--to", "//Bob", "--amount", "1"]
    answered(cli, *move)
    answered(cli, *move, "--dry-run")
    answered(cli, *move, "--wait", "none")
    answered(cli, "localnet", "mine", "1")
    answered(cli, *move, "--sign-only", "tx.json")
    answered(cli, "tx", "show", "tx.json")
    answered(cli, "tx", "submit", "tx.json")
    answered(cli, "tx", "metadata", "chain.metadata")
    answered(cli, "proxy", "add", "--delegate", "//Bob", "--proxy-type", "Staking")
    answered(cli, "proxy", "list")
    answered(cli, "localnet", "fund", "//Charlie", "5")
    answered(cli, "localnet", "snapshot", "here")
    answered(cli, "localnet", "snapshots")
    answered(cli, "localnet", "revert", "here")
    answered(cli, "localnet", "drop-snapshot", "here")
    order = ["--netuid", "1", "--kind", "buy", "--amount", "10", "--price", "0.05"]
    order += ["--hotkey", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]
    answered(cli, "order", "place", *order)
    answered(cli, "order", "list")
    failing = cli("wallet", "transfer", "--to", "//Bob", "--amount", "900000000", "--json")
    assert failing.status == 1
    jsonschema.validate({"error": failing.error}, error_schema())
