"""AdminUtils: who may set what, when, how often, and within which bounds."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import TAO, jump_to, new_subnet, open_admin_window

from taokit.local_chain.pallets.subtensor.types import RecycleOrBurnEnum

BY_OWNER: dict[str, tuple[dict[str, Any], str, Any]] = {
    "sudo_set_serving_rate_limit": ({"serving_rate_limit": 7}, "serving_rate_limit", 7),
    "sudo_set_max_difficulty": ({"max_difficulty": 7}, "max_difficulty", 7),
    "sudo_set_weights_version_key": ({"weights_version_key": 7}, "weights_version_key", 7),
    "sudo_set_adjustment_alpha": ({"adjustment_alpha": 7}, "adjustment_alpha", 7),
    "sudo_set_immunity_period": ({"immunity_period": 7}, "immunity_period", 7),
    "sudo_set_min_allowed_weights": ({"min_allowed_weights": 7}, "min_allowed_weights", 7),
    "sudo_set_max_allowed_uids": ({"max_allowed_uids": 128}, "max_allowed_uids", 128),
    "sudo_set_rho": ({"rho": 7}, "rho", 7),
    "sudo_set_activity_cutoff": ({"activity_cutoff": 360}, "activity_cutoff", 360),
    "sudo_set_min_burn": ({"min_burn": TAO - 1}, "min_burn", TAO - 1),
    "sudo_set_max_burn": ({"max_burn": TAO}, "max_burn", TAO),
    "sudo_set_bonds_moving_average": (
        {"bonds_moving_average": 975_000},
        "bonds_moving_average",
        975_000,
    ),
    "sudo_set_bonds_penalty": ({"bonds_penalty": 7}, "bonds_penalty", 7),
    "sudo_set_commit_reveal_weights_enabled": (
        {"enabled": False},
        "commit_reveal_weights_enabled",
        False,
    ),
    "sudo_set_commit_reveal_weights_interval": ({"interval": 100}, "reveal_period_epochs", 100),
    "sudo_set_liquid_alpha_enabled": ({"enabled": True}, "liquid_alpha_on", True),
    "sudo_set_toggle_transfer": ({"toggle": False}, "transfer_toggle", False),
    "sudo_set_recycle_or_burn": (
        {"recycle_or_burn": RecycleOrBurnEnum.Recycle},
        "recycle_or_burn",
        RecycleOrBurnEnum.Recycle,
    ),
    "sudo_set_alpha_sigmoid_steepness": ({"steepness": 7}, "alpha_sigmoid_steepness", 7),
    "sudo_set_yuma3_enabled": ({"enabled": False}, "yuma3_on", False),
    "sudo_set_bonds_reset_enabled": ({"enabled": True}, "bonds_reset_on", True),
    "sudo_set_owner_immune_neuron_limit": ({"immune_neurons": 10}, "immune_owner_uids_limit", 10),
    "sudo_set_burn_half_life": ({"burn_half_life": 36_100}, "burn_half_life", 36_100),
    "sudo_set_burn_increase_mult": (
        {"burn_increase_mult": 3 << 64},
        "burn_increase_mult",
        3 << 64,
    ),
    "sudo_set_min_childkey_take_per_subnet": (
        {"take": 11_796},
        "min_childkey_take_per_subnet",
        11_796,
    ),
}
BY_ROOT: dict[str, tuple[dict[str, Any], str, Any]] = {
    "sudo_set_min_difficulty": ({"min_difficulty": 7}, "min_difficulty", 7),
    "sudo_set_weights_set_rate_limit": (
        {"weights_set_rate_limit": 7},
        "weights_set_rate_limit",
        7,
    ),
    "sudo_set_adjustment_interval": ({"adjustment_interval": 7}, "adjustment_interval", 7),
    "sudo_set_kappa": ({"kappa": 7}, "kappa", 7),
    "sudo_set_network_registration_allowed": (
        {"registration_allowed": False},
        "network_registration_allowed",
        False,
    ),
    "sudo_set_difficulty": ({"difficulty": 7}, "difficulty", 7),
    "sudo_set_max_allowed_validators": (
        {"max_allowed_validators": 7},
        "max_allowed_validators",
        7,
    ),
    "sudo_set_tempo": ({"tempo": 7}, "tempo", 7),
    "sudo_set_subtoken_enabled": ({"subtoken_enabled": True}, "subtoken_enabled", True),
    "sudo_set_subnet_emission_enabled": ({"enabled": True}, "subnet_emission_enabled", True),
    "sudo_set_ema_price_halving_period": ({"ema_halving": 7}, "ema_price_halving_blocks", 7),
    "sudo_set_min_non_immune_uids": ({"min": 7}, "min_non_immune_uids", 7),
    "sudo_set_rao_recycled": ({"rao_recycled": 7}, "rao_recycled_for_registration", 7),
}
OUT_OF_BOUNDS: list[tuple[str, dict[str, Any], str]] = [
    ("sudo_set_max_allowed_uids", {"max_allowed_uids": 63}, "MaxAllowedUidsLessThanMinAllowedUids"),
    (
        "sudo_set_max_allowed_uids",
        {"max_allowed_uids": 257},
        "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids",
    ),
    ("sudo_set_activity_cutoff", {"activity_cutoff": 359}, "ActivityCutoffTooLow"),
    ("sudo_set_min_burn", {"min_burn": TAO}, "ValueNotInBounds"),
    ("sudo_set_max_burn", {"max_burn": TAO // 10}, "ValueNotInBounds"),
    (
        "sudo_set_bonds_moving_average",
        {"bonds_moving_average": 975_001},
        "BondsMovingAverageMaxReached",
    ),
    ("sudo_set_alpha_sigmoid_steepness", {"steepness": -1}, "NegativeSigmoidSteepness"),
    ("sudo_set_owner_immune_neuron_limit", {"immune_neurons": 0}, "InvalidValue"),
    ("sudo_set_owner_immune_neuron_limit", {"immune_neurons": 11}, "InvalidValue"),
    ("sudo_set_burn_half_life", {"burn_half_life": 0}, "InvalidValue"),
    ("sudo_set_burn_half_life", {"burn_half_life": 36_101}, "InvalidValue"),
    ("sudo_set_burn_increase_mult", {"burn_increase_mult": (1 << 64) - 1}, "InvalidValue"),
    ("sudo_set_burn_increase_mult", {"burn_increase_mult": (3 << 64) + 1}, "InvalidValue"),
    ("sudo_set_commit_reveal_weights_interval", {"interval": 0}, "RevealPeriodTooSmall"),
    ("sudo_set_commit_reveal_weights_interval", {"interval": 101}, "RevealPeriodTooLarge"),
    ("sudo_set_alpha_values", {"alpha_low": 1_638, "alpha_high": 1_638}, "LiquidAlphaDisabled"),
    ("sudo_set_min_childkey_take_per_subnet", {"take": 11_797}, "InvalidValue"),
    ("sudo_set_mechanism_count", {"mechanism_count": 0}, "InvalidValue"),
    ("sudo_set_mechanism_count", {"mechanism_count": 3}, "InvalidValue"),
    ("sudo_set_mechanism_count", {"mechanism_count": 2}, "TooManyUIDsPerMechanism"),
    ("sudo_set_mechanism_emission_split", {"maybe_split": [65_534]}, "InvalidValue"),
    ("sudo_set_mechanism_emission_split", {"maybe_split": [1, 65_534]}, "InvalidValue"),
]


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int]:
    """A subnet of Alice's in an open block, parameters not frozen."""
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain, start=False)
    open_admin_window(chain)
    return chain, netuid


@pytest.mark.parametrize("name", BY_OWNER)
def test_an_owner_sets_a_parameter_and_then_waits(subnet: Any, name: str) -> None:
    chain, netuid = subnet
    given, item, expected = BY_OWNER[name]
    refused = chain.refusal(chain.bob, "AdminUtils", name, netuid=netuid, **given)
    assert refused == "BadOrigin"
    chain.call(chain.alice, "AdminUtils", name, netuid=netuid, **given)
    assert getattr(chain.runtime.subtensor, item).get(netuid) == expected
    now = chain.runtime.system.block_number()
    limit = (5 if name == "sudo_set_weights_version_key" else 2) * 10
    jump_to(chain, now + limit - 1)
    refused = chain.refusal(chain.alice, "AdminUtils", name, netuid=netuid, **given)
    assert refused == "TxRateLimitExceeded"
    chain.call(None, "AdminUtils", name, netuid=netuid, **given)
    jump_to(chain, now + limit)
    chain.call(chain.alice, "AdminUtils", name, netuid=netuid, **given)


@pytest.mark.parametrize("name", [*BY_OWNER, "sudo_set_tempo", "sudo_set_difficulty"])
def test_parameters_are_frozen_before_an_epoch_for_root_too(subnet: Any, name: str) -> None:
    """admin-utils::test_freeze_window_blocks_root_and_owner."""
    chain, netuid = subnet
    sub = chain.runtime.subtensor
    given = (BY_OWNER | BY_ROOT)[name][0]
    sub.admin_freeze_window.put(3)
    jump_to(chain, sub.last_epoch_block.get(netuid) + 10 - 2)
    frozen = "AdminActionProhibitedDuringWeightsWindow"
    assert chain.refusal(None, "AdminUtils", name, netuid=netuid, **given) == frozen
    if name in BY_OWNER:
        assert chain.refusal(chain.alice, "AdminUtils", name, netuid=netuid, **given) == frozen
    jump_to(chain, sub.last_epoch_block.get(netuid) + 10 - 3)
    chain.call(None, "AdminUtils", name, netuid=netuid, **given)


def test_a_triggered_epoch_freezes_parameters_until_it_has_run(subnet: Any) -> None:
    chain, netuid = subnet
    sub = chain.runtime.subtensor
    sub.pending_epoch_at.insert(netuid, chain.runtime.system.block_number() + 1)
    refused = chain.refusal(None, "AdminUtils", "sudo_set_tempo", netuid=netuid, tempo=7)
    assert refused == "AdminActionProhibitedDuringWeightsWindow"


@pytest.mark.parametrize("name", BY_ROOT)
def test_only_root_sets_what_is_roots(subnet: Any, name: str) -> None:
    chain, netuid = subnet
    given, item, expected = BY_ROOT[name]
    refused = chain.refusal(chain.alice, "AdminUtils", name, netuid=netuid, **given)
    assert refused == "BadOrigin"
    chain.call(None, "AdminUtils", name, netuid=netuid, **given)
    assert getattr(chain.runtime.subtensor, item).get(netuid) == expected


@pytest.mark.parametrize(
    ("name", "given", "error"), OUT_OF_BOUNDS, ids=lambda value: str(value)[:40]
)
def test_values_out_of_bounds_are_refused_and_start_no_limit(
    subnet: Any, name: str, given: dict[str, Any], error: str
) -> None:
    chain, netuid = subnet
    for _ in range(2):
        refused = chain.refusal(chain.alice, "AdminUtils", name, netuid=netuid, **given)
        assert refused == error


def test_alpha_values_keep_their_order_and_minimum(subnet: Any) -> None:
    chain, netuid = subnet
    chain.runtime.subtensor.liquid_alpha_on.insert(netuid, True)

    def refused(low: int, high: int) -> str:
        given = {"netuid": netuid, "alpha_low": low, "alpha_high": high}
        return str(chain.refusal(None, "AdminUtils", "sudo_set_alpha_values", **given))

    assert refused(1_638, 1_637) == "AlphaHighTooLow"
    assert refused(1_637, 1_638) == "AlphaLowOutOfRange"
    assert refused(1_639, 1_638) == "AlphaLowOutOfRange"
    given = {"netuid": netuid, "alpha_low": 1_638, "alpha_high": 1_638}
    chain.call(None, "AdminUtils", "sudo_set_alpha_values", **given)
    assert chain.runtime.subtensor.alpha_values.get(netuid) == (1_638, 1_638)


def test_a_tempo_set_by_root_starts_a_cycle(subnet: Any) -> None:
    chain, netuid = subnet
    chain.call(None, "AdminUtils", "sudo_set_tempo", netuid=netuid, tempo=7)
    sub = chain.runtime.subtensor
    assert sub.last_epoch_block.get(netuid) == chain.runtime.system.block_number()
    assert chain.events("SubtensorModule.TempoSet") == [(netuid, 7)]


def test_root_network_settings_that_do_not_exist_are_refused(subnet: Any) -> None:
    chain, _ = subnet
    for name, given in (
        ("sudo_set_subnet_emission_enabled", {"enabled": True}),
        ("sudo_set_burn_half_life", {"burn_half_life": 5}),
        ("sudo_set_owner_cut_enabled", {"enabled": False}),
    ):
        refused = chain.refusal(None, "AdminUtils", name, netuid=0, **given)
        assert refused == "NotPermittedOnRootSubnet"
    refused = chain.refusal(None, "AdminUtils", "sudo_set_kappa", netuid=99, kappa=1)
    assert refused == "SubnetDoesNotExist"


def test_calls_of_the_past_are_refused(subnet: Any) -> None:
    chain, netuid = subnet
    refused = chain.refusal(None, "AdminUtils", "sudo_set_total_issuance", total_issuance=1)
    assert refused == "Deprecated"
    given = {"netuid": netuid, "registration_allowed": True}
    refused = chain.refusal(
        None, "AdminUtils", "sudo_set_network_pow_registration_allowed", **given
    )
    assert refused == "POWRegistrationDisabled"


def test_mechanisms_take_uids_and_lose_their_weights_when_they_go(subnet: Any) -> None:
    chain, netuid = subnet
    sub = chain.runtime.subtensor
    sub.max_allowed_uids.insert(netuid, 128)
    set_count = "sudo_set_mechanism_count"
    chain.call(chain.alice, "AdminUtils", set_count, netuid=netuid, mechanism_count=2)
    sub.weights.insert((4096 + netuid, 0), [(0, 1)])
    split = {"netuid": netuid, "maybe_split": [1, 65_534]}
    chain.call(chain.alice, "AdminUtils", "sudo_set_mechanism_emission_split", **split)
    refused = chain.refusal(
        None, "AdminUtils", "sudo_set_max_allowed_uids", netuid=netuid, max_allowed_uids=129
    )
    assert refused == "TooManyUIDsPerMechanism"
    chain.call(None, "AdminUtils", set_count, netuid=netuid, mechanism_count=1)
    assert not sub.weights.contains((4096 + netuid, 0))
    assert sub.mechanism_emission_split.get(netuid) is None


def test_small_nominations_go_when_the_minimum_rises(subnet: Any) -> None:
    chain, netuid = subnet
    sub = chain.runtime.subtensor
    chain.call(chain.alice, "SubtensorModule", "start_call", netuid=netuid)
    hotkey = sub.subnet_owner_hotkey.get(netuid)
    given = {"hotkey": hotkey, "netuid": netuid, "amount_staked": 3_000_000}
    chain.call(chain.bob, "SubtensorModule", "add_stake", **given)
    raised = {"min_stake": 1_000_000}
    chain.call(None, "AdminUtils", "sudo_set_nominator_min_required_stake", **raised)
    assert sub.alpha_v2.contains((hotkey, chain.bob, netuid))
    # The setting is in millionths of 0.002 TAO, but is held against the old minimum in rao.
    raised = {"min_stake": 2_000_001}
    chain.call(None, "AdminUtils", "sudo_set_nominator_min_required_stake", **raised)
    assert not sub.alpha_v2.contains((hotkey, chain.bob, netuid))
