"""`taokit localnet coverage`: the table, the document, the exit status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from taokit.local_chain import coverage as comparison

from .conftest import Cli


def asked(cli: Cli, *more: str) -> Any:
    result = cli("localnet", "coverage", "--json", *more)
    assert result.status == 0, result.err
    return json.loads(result.out)


def test_the_whole_scope_is_there_and_the_command_says_so(cli: Cli) -> None:
    result = cli("localnet", "coverage")
    assert result.status == 0
    assert "SubtensorModule" in result.out
    assert "left out" in next(line for line in result.out.splitlines() if "Contracts" in line)
    assert "all of node-subtensor 424 that is in scope is there" in result.err
    assert "System.set_code checks the code" in result.err


def test_the_document_keeps_its_shape(cli: Cli) -> None:
    document = asked(cli)
    assert list(document) == ["runtime", "complete", "totals", "pallets", "apis", "limits"]
    assert document["complete"] is True
    assert set(document["totals"]["calls"]) == {"recorded", "declared", "implemented"}
    system = document["pallets"][0]
    assert system["name"] == "System"
    assert system["calls"] == {"recorded": 11, "declared": 11, "implemented": 11}
    assert (system["in_scope"], system["complete"], system["missing"]) == (True, True, [])
    assert {api["name"] for api in document["apis"] if not api["in_scope"]} >= {"ContractsApi"}
    assert {"name", "why"} == set(document["limits"][0])


def test_one_pallet_is_asked_for_in_any_case(cli: Cli) -> None:
    document = asked(cli, "--pallet", "grandpa")
    assert [item["name"] for item in document["pallets"]] == ["Grandpa"]
    assert document["apis"] == document["limits"] == []
    assert [item["name"] for item in asked(cli, "--pallet", "Core")["apis"]] == ["Core"]
    unknown = cli("localnet", "coverage", "--pallet", "Granpa")
    assert unknown.status == 2
    assert "did you mean Grandpa" in unknown.err


def test_something_missing_is_exit_status_1(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "OUT_OF_SCOPE", ())
    result = cli("localnet", "coverage", "--pallet", "EVMChainId")
    assert result.status == 1
    assert "EVMChainId.storage.ChainId" in result.err
    structured = cli("localnet", "coverage", "--pallet", "EVMChainId", "--json")
    assert structured.status == 1
    assert json.loads(structured.out)["complete"] is False
