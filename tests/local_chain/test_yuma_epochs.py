"""Whole epochs against the runtime's own expectations, by both computations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from vector_files import load

from taokit.local_chain.yuma import (
    EpochInput,
    EpochOutput,
    activity_cutoff_blocks,
    combine_mechanisms,
    epoch_mechanism,
    epoch_plain,
    split_emissions,
)
from taokit.local_chain.yuma.liquid_alpha import LiquidParameters, alpha_sigmoid

ONE = 1 << 32
SCENARIOS = load("yuma_epochs")["epochs"]
Epoch = Callable[[EpochInput], EpochOutput]


class Subnet:
    """The little state that goes from one epoch to the next, as the pallet would store it."""

    def __init__(self, scenario: dict[str, Any], epoch: Epoch) -> None:
        count = len(scenario["stake"])
        self.epoch = epoch
        self.parameters = dict(scenario["base"])
        self.stake = list(scenario["stake"])
        self.registered = [scenario["registered"]] * count
        self.last_update = [scenario["registered"]] * count
        self.permits = [stake > 0 for stake in scenario["stake"]]
        self.weights: list[list] = [[] for _ in range(count)]
        self.bonds: list[list] = [[] for _ in range(count)]

    def run(self, step: dict[str, Any]) -> EpochOutput:
        self.parameters.update(step["set"])
        self.stake = step.get("stake", self.stake)
        for field in ("registered", "last_update", "permits", "weights"):
            for uid, value in step.get(field, {}).items():
                getattr(self, field)[int(uid)] = value
        if "reset_bonds" in step:
            lost = step["reset_bonds"]
            self.bonds = [[(j, v) for j, v in row if j != lost] for row in self.bonds]
        output = self.epoch(
            EpochInput(
                stake=[stake << 64 for stake in self.stake],
                last_update=self.last_update,
                block_at_registration=self.registered,
                validator_permits=self.permits,
                weights=[[(j, v) for j, v in row] for row in self.weights],
                bonds=self.bonds,
                **self.parameters,
            )
        )
        self.permits, self.bonds = list(output.new_validator_permits), output.bonds
        return output


def check(expected: dict[str, Any], output: EpochOutput, first_miner: int) -> None:
    tolerance = expected.get("tolerance", 0)
    for field in ("emission", "server_emission", "validator_emission"):
        if field in expected:
            actual = getattr(output, field)
            for got, wanted in zip(actual, expected[field], strict=True):
                assert abs(got - wanted) <= tolerance, (field, actual)
    for field in ("dividends", "consensus", "incentive"):
        for uid, value in expected.get(field, {}).items():
            assert getattr(output, field)[int(uid)] == value, field
    bonds = [dict(row) for row in output.bonds]
    for validator, miner, value in expected.get("bonds", []):
        assert bonds[validator].get(miner, 0) == value
    if "dividend_fractions" in expected:
        near = expected["fraction_tolerance"]
        fractions = [value / 65_535 for value in output.dividends]
        assert fractions == pytest.approx(expected["dividend_fractions"], abs=near)
        for validator, row in enumerate(expected["bond_fractions"]):
            actual = [
                bonds[validator].get(first_miner + index, 0) / 65_535 for index in range(len(row))
            ]
            assert actual == pytest.approx(row, abs=near)


@pytest.mark.parametrize("epoch", [epoch_mechanism, epoch_plain], ids=["fast", "plain"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["source"])
def test_epochs_one_after_the_other(scenario: dict[str, Any], epoch: Epoch) -> None:
    subnet = Subnet(scenario, epoch)
    for step in scenario["steps"]:
        output = subnet.run(step)
        check(step.get("expect", {}), output, scenario.get("first_miner", 0))


def two_miners(**changes: Any) -> EpochInput:
    """One validator (uid 0) and two miners."""
    values: dict[str, Any] = {
        "block": 100,
        "tempo": 10,
        "activity_cutoff": 50,
        "stake": [10 << 64, 0, 0],
        "last_update": [90, 0, 0],
        "block_at_registration": [1, 2, 3],
        "validator_permits": [True, False, False],
        "weights": [[(1, 65_535), (2, 21_845)], [], []],
        "bonds": [[], [], []],
        "emission": 1_000_000,
        **changes,
    }
    return EpochInput(**values)


def test_half_of_the_emission_goes_to_miners_by_weight_and_half_to_validators() -> None:
    output = epoch_mechanism(two_miners())
    assert output.validator_emission[0] == pytest.approx(500_000, abs=1)
    assert output.server_emission[1] == pytest.approx(375_000, abs=2)
    assert output.server_emission[2] == pytest.approx(125_000, abs=2)


def test_weights_on_a_miner_registered_since_do_not_count() -> None:
    output = epoch_mechanism(two_miners(block_at_registration=[1, 2, 90]))
    assert output.incentive[2] == 0
    assert output.incentive[1] == 65_535


def test_a_commit_older_than_a_registration_hides_weights_on_it() -> None:
    sniped = {"block_at_registration": [1, 2, 60]}
    assert epoch_mechanism(two_miners(commit_blocks=[59, None, None], **sniped)).incentive[2] == 0
    assert epoch_mechanism(two_miners(commit_blocks=[60, None, None], **sniped)).incentive[2] > 0
    assert epoch_mechanism(two_miners(commit_blocks=[None] * 3, **sniped)).incentive[2] > 0
    assert epoch_mechanism(two_miners(commit_blocks=None, **sniped)).incentive[2] > 0


def test_an_inactive_validator_earns_only_when_nobody_else_can() -> None:
    output = epoch_mechanism(two_miners(last_update=[49, 0, 0]))
    assert output.active == [False, False, False]
    assert output.validator_emission == [1_000_000, 0, 0]
    assert sum(output.server_emission) == 0


def test_a_validator_is_active_through_the_last_block_of_its_cutoff() -> None:
    assert epoch_mechanism(two_miners(last_update=[50, 0, 0])).active[0]
    assert not epoch_mechanism(two_miners(last_update=[49, 0, 0])).active[0]


def test_bonds_outlive_only_registrations_before_the_last_epoch() -> None:
    idle = {"weights": [[], [], []], "bonds": [[(1, 40_000), (2, 40_000)], [], []]}
    after = epoch_mechanism(
        two_miners(block_at_registration=[1, 80, 81], last_mechanism_step_block=80, **idle)
    )
    assert [uid for uid, _ in after.bonds[0]] == [1]
    first = epoch_mechanism(two_miners(block_at_registration=[1, 89, 90], **idle))
    assert [uid for uid, _ in first.bonds[0]] == [1]


def test_a_weight_equal_to_its_bond_counts_as_buying() -> None:
    parameters = LiquidParameters(low=ONE // 10, high=ONE // 2, slope=-10 * ONE)
    equal = alpha_sigmoid(0, ONE, ONE, parameters)
    assert equal == alpha_sigmoid(0, ONE, ONE // 2, parameters)
    assert equal > alpha_sigmoid(0, ONE - 1, ONE, parameters)


def test_the_owner_keeps_a_permit_its_stake_and_its_self_weight() -> None:
    output = epoch_mechanism(
        two_miners(
            owner_uid=1,
            stake=[10 << 64, 1 << 64, 0],
            stake_threshold=5,
            last_update=[90, 90, 0],
            kappa=0,
            weights=[[(2, 65_535)], [(1, 65_535)], []],
        )
    )
    assert output.new_validator_permits[1]
    assert output.stake_weight[1] > 0
    assert output.incentive[1] > 0
    without = epoch_mechanism(
        two_miners(
            stake=[10 << 64, 1 << 64, 0],
            stake_threshold=5,
            kappa=0,
            weights=[[(2, 65_535)], [(1, 65_535)], []],
        )
    )
    assert without.stake_weight[1] == 0
    assert not without.new_validator_permits[1]


def test_bonds_are_stored_only_for_next_validators() -> None:
    output = epoch_mechanism(two_miners(bonds=[[(1, 7)], [(2, 9)], []], last_update=[90, 90, 0]))
    assert output.bonds[0]
    assert output.bonds[1] == output.bonds[2] == []


def test_liquid_alpha_keeps_bonds_only_where_there_is_a_weight() -> None:
    data = two_miners(
        liquid_alpha=True,
        weights=[[(1, 65_535)], [], []],
        bonds=[[(1, 30_000), (2, 30_000)], [], []],
    )
    assert [uid for uid, _ in epoch_mechanism(data).bonds[0]] == [1]


def test_no_neurons_give_an_empty_epoch() -> None:
    empty = two_miners(
        stake=[],
        last_update=[],
        block_at_registration=[],
        validator_permits=[],
        weights=[],
        bonds=[],
    )
    assert epoch_mechanism(empty).emission == []


def test_inputs_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="last_update has 1 items"):
        two_miners(last_update=[0])
    with pytest.raises(ValueError, match="commit_blocks"):
        two_miners(commit_blocks=[1])


def test_the_activity_cutoff_is_about_fourteen_tempos() -> None:
    assert activity_cutoff_blocks(360, 13_889) == 5_000
    assert activity_cutoff_blocks(10, 13_889) == 138
    assert activity_cutoff_blocks(0, 13_889) == 1


def test_mechanisms_add_up_to_one_subnet() -> None:
    emission = 1_000_000_000
    parts = split_emissions(emission, 2, [65_535 // 4, 65_535 - 65_535 // 4])
    outputs = [
        epoch_mechanism(two_miners(emission=part, weights=[row, [], []]))
        for part, row in zip(
            parts,
            ([(1, 39_321), (2, 26_214)], [(1, 13_107), (2, 52_428)]),
            strict=True,
        )
    ]
    total = combine_mechanisms(outputs, parts, emission)
    for uid in range(3):
        assert total.server_emission[uid] == sum(o.server_emission[uid] for o in outputs)
        assert total.validator_emission[uid] == sum(o.validator_emission[uid] for o in outputs)
        for field in ("consensus", "dividends", "validator_trust", "emission", "stake_weight"):
            weighted = sum(
                getattr(output, field)[uid] * part
                for output, part in zip(outputs, parts, strict=True)
            )
            assert getattr(total, field)[uid] == pytest.approx(weighted / emission, abs=2)
    assert total.new_validator_permits == [True, False, False]
    assert total.stake[0] == 20


def test_one_mechanism_is_passed_through_unchanged() -> None:
    output = epoch_mechanism(two_miners())
    total = combine_mechanisms([output], [1_000_000], 1_000_000)
    assert total.dividends == output.dividends
    assert total.incentive == output.incentive
    assert total.emission == output.emission
    idle = epoch_mechanism(two_miners(emission=0))
    assert combine_mechanisms([idle], [0], 0).dividends == idle.dividends
