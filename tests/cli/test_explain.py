"""The catalogue of error codes is for people who met an error."""

from __future__ import annotations

import re
from pathlib import Path

import taokit.cli.explain
from taokit.cli.explain import catalogue
from taokit.wallet.errors import TaokitError

from .conftest import Cli

ROOMS = [
    Path(taokit.cli.explain.__file__).parent.parent / room
    for room in ("wallet", "chain_client", "local_chain", "neuron", "subnet_templates", "cli")
]


def test_every_explanation_is_whole_sentences_without_the_attributes_of_a_class() -> None:
    for code, entry in catalogue().items():
        assert re.fullmatch(r"[A-Z].*[.!?]", entry.meaning), (code, entry.meaning)
        assert not re.search(r"(^|[.;] )`", entry.meaning), (code, entry.meaning)


def test_a_family_that_nothing_is_reported_as_is_not_listed_and_nothing_else_is_left_out() -> None:
    source = "\n".join(path.read_text() for room in ROOMS for path in room.rglob("*.py"))
    called = set(re.findall(r"(?<!class )\b(\w+)\(", source))
    listed = set(catalogue())

    def below(kind: type[TaokitError]) -> None:
        for sub in kind.__subclasses__():
            if sub.__module__.startswith("taokit.") and "code" in vars(sub):
                assert (sub.__name__ in called) == (sub.code in listed), sub
            below(sub)

    below(TaokitError)


def test_one_code_is_explained_with_its_exit_status(cli: Cli) -> None:
    shown = cli("explain", "connection_failed", "--json").document
    assert shown["meaning"] == "Nothing usable answers at the endpoint."
    assert (shown["exit"], shown["retryable"]) == (5, True)
    assert cli("explain", "SettingWeightsTooFast").status == 0
    assert "wrong_password" in cli("explain", "wrong_pasword").err


def test_every_error_of_the_chain_is_explained_by_its_name(cli: Cli) -> None:
    listed = cli("explain", "--chain", "--json").document
    assert len(listed) > 250
    assert all(error["meaning"] or error["remedy"] for error in listed)
    one = cli("explain", "SubtensorModule.NotEnoughBalanceToStake", "--json").document
    assert one["name"] == "SubtensorModule.NotEnoughBalanceToStake"
    assert one["remedy"]
    assert cli("explain", "notenoughbalancetostake", "--json").document == one


def test_a_pools_number_is_explained_by_the_name_it_stands_for(cli: Cli) -> None:
    shown = cli("explain", "Custom error: 6", "--json").document
    assert (shown["name"], shown["retryable"]) == ("RateLimitExceeded", True)
    unknown = cli("explain", "SetingWeightsTooFast")
    assert unknown.status == 2
    assert "SettingWeightsTooFast" in unknown.err
