"""A scenario goes on with the chain: forward, back, and however blocks are made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from taokit.chain_client.money import Tao
from taokit.chain_client.reads.balances import balance
from taokit.local_chain import LocalChain
from taokit.local_chain.errors import ScenarioError
from taokit.local_chain.scenarios.cast import account_key
from taokit.local_chain.scenarios.files import load_scenario, parse_scenario
from taokit.local_chain.scenarios.play import played

HEAD = """
title = "small"
epochs = 2
[[accounts]]
name = "ann"
tao = 50
[[accounts]]
name = "ben"
tao = 50
[[subnets]]
name = "main"
tempo = 8
[[subnets.validators]]
name = "judges"
weights = { rule = "%s", noise = 0.5, to = { workers = 3, helpers = 1 } }
[[subnets.miners]]
name = "workers"
count = 2
[[subnets.miners]]
name = "helpers"
"""


def outcome(text: str) -> list[dict[str, Any]]:
    return [one.document() for one in played(parse_scenario(text)).figures]


def test_the_same_scenario_comes_out_the_same_and_another_seed_otherwise() -> None:
    first = outcome(HEAD % "random")
    assert first == outcome(HEAD % "random")
    assert first != outcome("seed = 2\n" + HEAD % "random")


def test_fixed_weights_are_as_written() -> None:
    text = (HEAD % "fixed").replace("noise = 0.5", "noise = 0")
    groups = outcome(text)[-1]["groups"]
    assert groups["helpers"]["incentive"] == pytest.approx(1 / 7, abs=0.001)


def test_events_do_what_they_say_at_their_time() -> None:
    text = (
        HEAD % "honest"
        + """
[[events]]
do = "transfer"
block = 3
from = "ann"
to = "ben"
tao = 20
[[events]]
do = "hyperparameter"
block = 4
name = "immunity_period"
value = 77
[[events]]
do = "quality"
epoch = 1
miners = "helpers"
quality = 0
[[events]]
do = "travel"
block = 5
seconds = 3600
[[events]]
do = "weights"
epoch = 1
validators = "judges"
weights = "none"
"""
    )
    with LocalChain(scenario=parse_scenario(text), block_time="manual") as chain:
        client, netuid = chain.client(), chain.scenario_subnet().netuid
        ben = account_key("ben").ss58_address
        start = chain.height
        chain.mine(3)
        assert client.run(balance, ben).free == Tao.parse("50")
        chain.mine()
        assert client.run(balance, ben).free == Tao.parse("70")
        chain.mine()
        assert client.query("SubtensorModule", "ImmunityPeriod", netuid) == 77
        before = client.query("Timestamp", "Now")
        chain.mine()
        assert client.query("Timestamp", "Now") - before >= 3_600_000
        report = chain.play(2)
        assert report.at(epoch=2).block == start + 15
        assert not report.refusals


def test_going_back_is_followed() -> None:
    with LocalChain.from_scenario("weight-copiers", block_time="manual") as chain:
        chain.play(1)
        chain.snapshot("one")
        first = chain.play(2).document()
        chain.revert("one")
        assert len(chain.scenario.report.figures) == 1
        assert chain.play(2).document() == first


def test_it_goes_on_where_each_transaction_makes_a_block() -> None:
    with LocalChain(scenario="cabal") as chain:
        subnet = chain.scenario_subnet("main")
        assert len(subnet.validators) == 5
        chain.travel(epochs=2, netuid=subnet.netuid)
        assert chain.scenario.epoch == 2
        neurons = subnet.metagraph().neurons
        assert {neurons[one.uid].hotkey for one in subnet.miners} == {
            one.hotkey.ss58_address for one in subnet.miners
        }
        assert sum(neurons[one.uid].incentive for one in subnet.miners) > 0.9


def test_what_is_refused_is_told_and_the_rest_goes_on() -> None:
    text = HEAD % "honest" + "[[events]]\ndo = 'transfer'\nblock = 1\nfrom = 'ann'\nto = 'ben'\n"
    text += "tao = 500\n[[events]]\ndo = 'hyperparameter'\nblock = 3\nname = 'max_allowed_uids'\n"
    report = played(parse_scenario(text + "value = 9999\n"))
    refusal, of_root = report.refusals
    assert of_root.what == "AdminUtils.sudo_set_max_allowed_uids"
    assert of_root.why.startswith("root: MaxAllowedU")
    assert refusal.who == "ann"
    assert refusal.what == "Balances.transfer_keep_alive"
    assert len(report.figures) == 2


@pytest.mark.parametrize(
    ("hyperparameters", "path", "hint"),
    [
        ("immunity_perod = 1", "immunity_perod", "immunity_period"),
        ("immunity_period = 'long'", "immunity_period", ""),
        ("max_allowed_uids = 9999", "max_allowed_uids", ""),
    ],
)
def test_hyperparameters_that_the_chain_refuses_are_told(
    hyperparameters: str, path: str, hint: str
) -> None:
    text = (HEAD % "honest").replace("tempo", f"hyperparameters = {{ {hyperparameters} }}\ntempo")
    with pytest.raises(ScenarioError) as caught:
        played(parse_scenario(text))
    assert caught.value.path == f"subnets.main.hyperparameters.{path}"
    assert hint in (caught.value.hint or "")


def test_blocks_in_which_nobody_does_anything_can_be_passed_over() -> None:
    scenario = load_scenario("weight-copiers")
    slow, quick = played(scenario, 3), played(scenario, 3, leap=True)
    assert slow.document() == quick.document()


def test_an_expectation_that_does_not_hold_is_told() -> None:
    scenario = load_scenario("halving")
    wrong = replace(scenario.expect[0], times=0.25)
    (found,) = played(replace(scenario, expect=(wrong,))).outcomes()
    assert not found.holds
    assert found.found == 0.5
