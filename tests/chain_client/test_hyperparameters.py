"""Hyperparameters: the table against the metadata, and each set and read on a running chain."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from operation_stage import ALICE, Stage, a_stage, key, ss58

from taokit.chain_client import Tao
from taokit.chain_client.errors import InvalidArgument, MissingArgument, PoolRejected
from taokit.chain_client.hyperparameters import SETTINGS, Setting, find_setting
from taokit.chain_client.operations.hyperparameters import SetHyperparameter as Set
from taokit.chain_client.operations.subnet_upkeep import (
    SetMechanismCount,
    SplitMechanismEmission,
    TriggerEpoch,
    TrimSubnet,
    split_parts,
)
from taokit.chain_client.reads.settings import settings

NET, OTHER = 2, 3
OWNER = key("owner")

BY_OTHER_COMMANDS = {
    "swap_authorities": "a list of block authors: taokit call AdminUtils.swap_authorities --sudo",
    "schedule_grandpa_change": "a list of voters: taokit call AdminUtils.schedule_grandpa_change",
    "sudo_set_mechanism_emission_split": "taokit subnets mechanisms split-emissions",
    "sudo_trim_to_max_allowed_uids": "taokit sudo trim",
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        stage.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
        assert stage.subnet("owner") == NET
        assert stage.subnet("someone else") == OTHER
        stage.register(NET, "miner")
        stage.register(OTHER, "worker")
        yield stage


# -- the table -------------------------------------------------------------------------------------


def test_each_call_of_admin_utils_is_in_the_table_or_has_another_command(stage: Stage) -> None:
    calls = {
        call.name for call in stage.client.runtime.metadata.pallets["AdminUtils"].calls.values()
    }
    named = {
        name
        for setting in SETTINGS.values()
        for name in (setting.call, setting.root_call, setting.off_call)
        if name and "." not in name
    }
    assert len(calls) == 82
    assert named | set(BY_OTHER_COMMANDS) == calls
    assert not named & set(BY_OTHER_COMMANDS)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_has_the_arguments_of_its_calls(stage: Stage, setting: Setting) -> None:
    pallets = stage.client.runtime.metadata.pallets
    for name in filter(None, (setting.call, setting.root_call, setting.off_call)):
        pallet, _, call = name.rpartition(".")
        wanted = [field.name for field in pallets[pallet or "AdminUtils"].calls[call].fields]
        value = setting.parse(sample(setting))
        made = setting.compose(
            1 if setting.on_subnet else None,
            False if name == setting.off_call else value,
            as_root=name == setting.root_call,
        )
        assert list(made.args) == wanted
        stage.client.encode_call(made)
        assert setting.on_subnet == (wanted[0] == "netuid")
    assert setting.does.endswith(".")


def sample(setting: Setting) -> Any:
    """A value that the chain takes of root, and that is not the one it begins with."""
    special = {
        "max_allowed_uids": "200",
        "max_validators": "60",
        "min_allowed_uids": "1",
        "mechanism_count": "1",
        "recycle_or_burn": "recycle",
        "evm_precompile": "Staking=off",
        "alpha_values": "0.5,0.75",
        "min_burn": "0.25",
        "max_burn": "50",
        "tempo": "400",
        "activity_cutoff_factor": "2.5",
        "activity_cutoff": "400",
        "burn_increase_mult": "1.5",
        "tao_flow_normalization_exponent": "1.25",
        "commit_reveal_period": "2 epochs",
        "owner_immune_neuron_limit": "3",
        "max_epochs_per_block": "4",
        "max_mechanism_count": "3",
        "min_childkey_take": "5%",
        "min_childkey_take_everywhere": "1%",
        "max_childkey_take": "15%",
        "root_claim_threshold": "0.001",
        "num_root_claims": "7",
        "total_issuance": "1",
        "limit_orders_enabled": "false",
        "commit_reveal_version": "4",
    }
    by_unit = {
        "boolean": "true",
        "TAO": "2",
        "account": ss58("owner/second"),
        "blocks": "77 blocks",
        "tempos": "2",
        "u16 share": "12.5%",
        "u64 share": "25%",
        "millionths": "0.9",
        "10^18 share": "0.5",
        "factor": "0.125",
    }
    return special.get(setting.name) or by_unit.get(setting.unit_name, "7")


def test_every_setting_is_set_by_root_and_read_back(stage: Stage) -> None:
    last = {"network_rate_limit": "0", "admin_freeze_window": "0", "tx_rate_limit": "0"}
    for setting in SETTINGS.values():
        if setting.gone or setting.name in ("sn_owner_hotkey", "evm_chain_id"):
            continue
        if setting.name == "alpha_values":
            stage.done(Set("liquid_alpha_enabled", True, netuid=OTHER, sudo=True), ALICE)
        given = last.get(setting.name) or sample(setting)
        netuid = OTHER if setting.on_subnet else None
        stage.done(Set(setting.name, given, netuid, sudo=True), ALICE)
        if not setting.item:
            continue
        (now,) = stage.run(settings(stage.client, netuid, setting.name))
        assert now.value == setting.parse(given), setting.name
        assert now.shown == setting.shown(setting.parse(given))


def test_every_setting_of_an_owner_is_set_by_the_owner(stage: Stage) -> None:
    for setting in SETTINGS.values():
        if setting.who != "owner" or setting.name in ("mechanism_count", "subnet_owner_hotkey"):
            continue
        if setting.name == "alpha_values":
            stage.mine(1)
        stage.done(Set(setting.name, sample(setting), NET), OWNER)
    names = {one.name: one for one in stage.run(settings(stage.client, NET))}
    assert names["sn_owner_hotkey"].value == ss58("owner/second")
    assert names["tempo"].shown == "400 blocks"
    assert {one.set_by for one in names.values()} == {"owner", "root", "nobody"}


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("kappa", "50%", 32767),
        ("kappa", "0.5", 32767),
        ("kappa", "1", 1),
        ("kappa", 32767, 32767),
        ("kappa", "100%", 65535),
        ("bonds_moving_avg", "97.5%", 975_000),
        ("activity_cutoff_factor", "13.889", 13_889),
        ("immunity_period", "7200 blocks", 7200),
        ("min_burn", "0.5", Tao(500_000_000)),
        ("min_burn", "500000rao", Tao(500_000)),
        ("burn_increase_mult", "1.26", Fraction(126, 100)),
        ("recycle_or_burn", "Recycle", "Recycle"),
        ("recycle_or_burn", "0", "Burn"),
        ("alpha_values", "0.7,0.9", (45874, 58981)),
        ("alpha_values", "45875,58982", (45875, 58982)),
        ("yuma3_enabled", "on", True),
        ("ck_burn", "100%", 2**64 - 1),
        ("weights_set_rate_limit", "100", 100),
        ("max_uids", "100", 100),
        ("sudo_set_rho", "10", 10),
    ],
)
def test_values_are_typed_in_their_unit(name: str, given: Any, value: Any) -> None:
    assert find_setting(name).parse(given) == value


def test_normalized_whole_numbers_are_shares() -> None:
    assert Set("kappa", "1", NET, normalize=True).chain_value == 65535


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("kappa", "half"),
        ("immunity_period", "1.5"),
        ("min_burn", "lots"),
        ("recycle_or_burn", "keep"),
        ("alpha_values", "0.5"),
        ("yuma3_enabled", "maybe"),
        ("sn_owner_hotkey", "5F"),
        ("immunity_perio", "1"),
        ("kappa", "1e999999999"),
    ],
)
def test_what_is_no_value_is_refused_before_the_chain_is_asked(name: str, given: str) -> None:
    with pytest.raises(InvalidArgument):
        Set(name, given, NET)


def test_a_setting_of_a_subnet_needs_one_and_one_of_the_chain_has_none() -> None:
    with pytest.raises(MissingArgument, match="netuid"):
        Set("kappa", "1")
    with pytest.raises(InvalidArgument, match="whole chain"):
        Set("subnet_limit", "1", NET)
    with pytest.raises(InvalidArgument, match="immunity_period"):
        Set("immunity_perid", "1", NET)


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("param", "value", "netuid", "sudo", "signer", "name"),
    [
        ("rho", "1", OTHER, False, "owner", "BadOrigin"),
        ("tempo", "359", NET, False, "owner", "TempoOutOfBounds"),
        ("tempo", "60000", NET, False, "owner", "TempoOutOfBounds"),
        ("activity_cutoff_factor", "0.5", NET, True, "Alice",
         "ActivityCutoffFactorMilliOutOfBounds"),
        ("commit_reveal_period", "0", OTHER, True, "Alice", "RevealPeriodTooSmall"),
        ("commit_reveal_period", "101", OTHER, True, "Alice", "RevealPeriodTooLarge"),
        ("bonds_moving_avg", "0.99", OTHER, False, "someone else", "BondsMovingAverageMaxReached"),
        ("alpha_sigmoid_steepness", "-1", OTHER, False, "someone else", "NegativeSigmoidSteepness"),
        ("max_allowed_uids", "257", OTHER, True, "Alice",
         "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids"),
        ("max_allowed_uids", "1", NET, True, "Alice", "MaxAllowedUidsLessThanMinAllowedUids"),
        ("max_burn", "0.1", OTHER, True, "Alice", "ValueNotInBounds"),
        ("min_burn", "1", OTHER, True, "Alice", "ValueNotInBounds"),
        ("burn_half_life", "0", OTHER, True, "Alice", "InvalidValue"),
        ("burn_half_life", "36101", OTHER, True, "Alice", "InvalidValue"),
        ("burn_half_life", "5", 0, True, "Alice", "NotPermittedOnRootSubnet"),
        ("burn_increase_mult", "0.9", OTHER, True, "Alice", "InvalidValue"),
        ("burn_increase_mult", "3.1", OTHER, True, "Alice", "InvalidValue"),
        ("owner_immune_neuron_limit", "11", OTHER, True, "Alice", "InvalidValue"),
        ("min_childkey_take", "100%", OTHER, True, "Alice", "InvalidValue"),
        ("alpha_values", "0,0.9", OTHER, True, "Alice", "AlphaLowOutOfRange"),
        ("alpha_values", "0,0.01", OTHER, True, "Alice", "AlphaHighTooLow"),
        ("max_validators", "300", OTHER, True, "Alice", "MaxValidatorsLargerThanMaxUIds"),
        ("min_allowed_uids", "100", NET, True, "Alice", "MinAllowedUidsGreaterThanCurrentUids"),
        ("min_allowed_uids", "256", NET, True, "Alice", "MinAllowedUidsGreaterThanMaxAllowedUids"),
        ("max_mechanism_count", "17", None, True, "Alice", "InvalidValue"),
        ("max_epochs_per_block", "0", None, True, "Alice", "ValueNotInBounds"),
        ("num_root_claims", "51", None, True, "Alice", "InvalidNumRootClaim"),
        ("root_claim_threshold", "1", OTHER, True, "Alice", "InvalidRootClaimThreshold"),
        ("voting_power_ema_alpha", "2.0", OTHER, True, "Alice", "InvalidVotingPowerEmaAlpha"),
        ("fee_rate", "50%", OTHER, True, "Alice", "FeeRateTooHigh"),
        ("shield_call_weight", str(10**13), None, True, "Alice", "WeightExceedsAbsoluteMax"),
        ("mechanism_count", "9", OTHER, True, "Alice", "InvalidValue"),
        ("mechanism_count", "2", NET, True, "Alice", "TooManyUIDsPerMechanism"),
        ("network_pow_registration_allowed", "true", OTHER, True, "Alice",
         "POWRegistrationDisabled"),
        ("total_issuance", "1", None, True, "Alice", "Deprecated"),
        ("user_liquidity", "on", OTHER, True, "Alice", "Deprecated"),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_refusals_are_foreseen(
    stage: Stage, param: str, value: str, netuid: int | None, sudo: bool, signer: str, name: str
) -> None:
    stage.assert_foreseen(Set(param, value, netuid, sudo=sudo), key(signer), name)


@pytest.mark.parametrize(
    ("param", "netuid", "sudo"),
    [("kappa", NET, False), ("rho", NET, True), ("subnet_limit", None, False)],
)
def test_root_is_the_sudo_key_alone(
    stage: Stage, param: str, netuid: int | None, sudo: bool
) -> None:
    op = Set(param, "1", netuid, sudo=sudo)
    assert stage.plan(op, OWNER).problem.name == "RequireSudo"
    with pytest.raises(PoolRejected) as refused:
        stage.send(op, OWNER)
    assert refused.value.reason == "bad_signer"


def test_liquid_alpha_is_needed_for_its_values(stage: Stage) -> None:
    stage.done(Set("liquid_alpha_enabled", False, OTHER, sudo=True), ALICE)
    op = Set("alpha_values", "0.5,0.6", OTHER, sudo=True)
    stage.assert_foreseen(op, ALICE, "LiquidAlphaDisabled")


def test_voting_power_is_tracked_until_two_weeks_after_the_owner_ends_it(stage: Stage) -> None:
    stage.store("SubtensorModule", "VotingPowerTrackingEnabled", OTHER, value=None)
    off = Set("voting_power_tracking", "off", OTHER)
    stage.assert_foreseen(off, key("someone else"), "VotingPowerTrackingNotEnabled")
    stage.done(Set("voting_power_tracking", "on", OTHER), key("someone else"))
    assert stage.get("VotingPowerTrackingEnabled", OTHER) is True
    receipt = stage.done(off, key("someone else"))
    assert receipt.find("SubtensorModule", "VotingPowerTrackingDisableScheduled")


def test_owners_wait_between_two_changes_and_are_told_how_long(stage: Stage) -> None:
    owner = key("someone else")
    stage.store("SubtensorModule", "Tempo", OTHER, value=10)
    limit = ("LastRateLimitedBlock", {"OwnerHyperparamUpdate": (OTHER, "Rho")})
    stage.store("SubtensorModule", *limit, value=None)
    stage.done(Set("rho", "8", OTHER), owner)
    problem = stage.plan(Set("rho", "9", OTHER), owner).problem
    assert problem.name == "TxRateLimitExceeded"
    wait = problem.retry_after_blocks
    assert wait == 2 * 10 - 1
    stage.mine(wait - 1)
    stage.assert_foreseen(Set("rho", "9", OTHER), owner, "TxRateLimitExceeded")
    stage.done(Set("rho", "9", OTHER), owner)


def test_nothing_is_set_before_an_epoch_and_the_wait_is_told(stage: Stage) -> None:
    stage.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=5)
    try:
        op = Set("immunity_period", "60", OTHER, sudo=True)
        for _ in range(500):
            problem = stage.plan(op, ALICE).problem
            if problem is not None:
                break
            stage.mine()
        assert (problem.name, problem.retry_after_blocks) == (
            "AdminActionProhibitedDuringWeightsWindow",
            4,
        )
        assert "4 blocks away" in problem.message
        stage.assert_foreseen(op, ALICE, "AdminActionProhibitedDuringWeightsWindow")
        stage.mine(problem.retry_after_blocks - 1)  # one went with the attempt
        stage.done(op, ALICE)
    finally:
        stage.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)


def test_the_owner_changes_the_owners_hotkey_once_in_a_week(stage: Stage) -> None:
    op = Set("sn_owner_hotkey", ss58("owner/third"), NET)
    problem = stage.plan(op, OWNER).problem
    assert problem.name == "TxRateLimitExceeded"
    assert 40_000 < problem.retry_after_blocks < 50_400
    stage.assert_foreseen(op, OWNER, "TxRateLimitExceeded")


def test_a_setting_is_found_by_the_names_that_others_use() -> None:
    assert find_setting("weights-version-key") is find_setting("weights_version")
    assert find_setting("sudo_set_toggle_transfer").name == "transfers_enabled"


def test_a_plan_says_before_and_after(stage: Stage) -> None:
    (effect,) = stage.plan(Set("kappa", "51%", OTHER), ALICE).effects
    assert (effect.what, effect.after) == ("kappa", "50.9987%")
    assert effect.before


# -- trimming, epochs, mechanisms ------------------------------------------------------------------


def test_a_subnet_is_trimmed(stage: Stage) -> None:
    stage.assert_foreseen(TrimSubnet(NET, 300), OWNER, "InvalidValue")
    stage.assert_foreseen(TrimSubnet(NET, 100), key("miner"), "BadOrigin")
    stage.done(TrimSubnet(NET, 100), OWNER)
    assert stage.get("MaxAllowedUids", NET) == 100
    stage.done(TrimSubnet(NET, 99, sudo=True), ALICE)


def test_an_epoch_is_triggered_once(stage: Stage) -> None:
    stage.assert_foreseen(TriggerEpoch(NET), key("miner"), "BadOrigin")
    stage.store("SubtensorModule", "CommitRevealWeightsEnabled", NET, value=True)
    stage.assert_foreseen(TriggerEpoch(NET), OWNER, "DynamicTempoBlockedByCommitReveal")
    stage.store("SubtensorModule", "CommitRevealWeightsEnabled", NET, value=False)
    stage.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=20)
    stage.store(
        "SubtensorModule", "LastEpochBlock", NET, value=stage.get("Number", pallet="System")
    )
    stage.done(TriggerEpoch(NET), OWNER)
    stage.assert_foreseen(TriggerEpoch(NET), OWNER, "EpochTriggerAlreadyPending")
    stage.assert_foreseen(
        Set("rho", "3", NET, sudo=True), ALICE, "AdminActionProhibitedDuringWeightsWindow"
    )
    stage.mine(25)
    stage.assert_foreseen(TriggerEpoch(NET), OWNER, "TxRateLimitExceeded")
    stage.store("SubtensorModule", "Tempo", NET, value=18)
    stage.assert_foreseen(TriggerEpoch(NET), OWNER, "AutoEpochAlreadyImminent")
    stage.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)


def test_mechanisms_are_made_and_their_emission_is_split(stage: Stage) -> None:
    stage.done(Set("max_allowed_uids", "64", OTHER, sudo=True), ALICE)
    owner = key("someone else")
    stage.mine(2)
    stage.assert_foreseen(SplitMechanismEmission(OTHER, "50,50"), owner, "InvalidValue")
    stage.assert_foreseen(SetMechanismCount(OTHER, 0), owner, "InvalidValue")
    stage.done(SetMechanismCount(OTHER, 2), owner)
    stage.mine(2)
    stage.done(SplitMechanismEmission(OTHER, "70,30"), owner)
    assert stage.get("MechanismEmissionSplit", OTHER) == [45875, 19660]
    stage.mine(2)
    stage.done(SplitMechanismEmission(OTHER, "even"), owner)
    assert stage.get("MechanismEmissionSplit", OTHER) is None
    stage.mine(2)
    plan = stage.plan(SetMechanismCount(OTHER, 1), owner)
    assert "lost" in plan.warnings[0]
    stage.done(SetMechanismCount(OTHER, 1, sudo=True), ALICE)


@pytest.mark.parametrize(
    ("given", "parts"),
    [("1,1,1", [21845, 21845, 21845]), ("70,30", [45875, 19660]), ("1,0", [65535, 0]),
     ([3, 1], [49152, 16383]), ("even", None)],
)  # fmt: skip
def test_a_split_is_of_65535_whole(given: Any, parts: list[int] | None) -> None:
    assert split_parts(given) == parts
    assert parts is None or sum(parts) == 65535


@pytest.mark.parametrize("given", ["a,b", "0,0", "-1,2", [], 7])
def test_what_is_no_split_is_refused(given: Any) -> None:
    with pytest.raises(InvalidArgument):
        split_parts(given)
