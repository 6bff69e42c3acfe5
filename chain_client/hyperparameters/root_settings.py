"""The hyperparameters of a subnet that only root may set.

One record each. Source: ``pallets/admin-utils/src/lib.rs`` of the runtime, and its swap pallet.
"""

from __future__ import annotations

from typing import Any, Final

from taokit.chain_client.hyperparameters.setting import Range, Setting

__all__ = ["ROOT_SETTINGS"]


def _root(name: str, call: str, unit: str, does: str, **more: Any) -> Setting:
    return Setting(name, call, unit, does, who="root", **more)


ROOT_SETTINGS: Final[tuple[Setting, ...]] = (
    _root(
        "kappa",
        "sudo_set_kappa",
        "u16 share",
        "The majority of stake that weights must have to count as consensus.",
        item="Kappa",
        freezes=False,
    ),
    _root(
        "weights_rate_limit",
        "sudo_set_weights_set_rate_limit",
        "blocks",
        "How long a validator waits between two settings of its weights.",
        argument="weights_set_rate_limit",
        item="WeightsSetRateLimit",
        freezes=False,
        also=("weights_set_rate_limit",),
    ),
    _root(
        "max_validators",
        "sudo_set_max_allowed_validators",
        "number",
        "How many neurons may hold a validator's permit.",
        item="MaxAllowedValidators",
        also=("max_allowed_validators",),
    ),
    _root(
        "registration_allowed",
        "sudo_set_network_registration_allowed",
        "boolean",
        "Whether hotkeys may register.",
        argument="registration_allowed",
        item="NetworkRegistrationAllowed",
        freezes=False,
    ),
    _root(
        "network_pow_registration_allowed",
        "sudo_set_network_pow_registration_allowed",
        "boolean",
        "Whether work registers a hotkey: it never does any more.",
        argument="registration_allowed",
        item="NetworkPowRegistrationAllowed",
        freezes=False,
        gone="AdminUtils.POWRegistrationDisabled",
    ),
    _root(
        "max_regs_per_block",
        "sudo_set_max_registrations_per_block",
        "number",
        "How many registrations one block takes, on the root network.",
        item="MaxRegistrationsPerBlock",
        also=("max_registrations_per_block",),
    ),
    _root(
        "target_regs_per_interval",
        "sudo_set_target_registrations_per_interval",
        "number",
        "How many registrations an interval aims at; the root network takes three times as many.",
        item="TargetRegistrationsPerInterval",
        also=("target_registrations_per_interval",),
    ),
    _root(
        "min_allowed_uids",
        "sudo_set_min_allowed_uids",
        "number",
        "The fewest neurons that the owner may trim the subnet to.",
        item="MinAllowedUids",
    ),
    _root(
        "min_non_immune_uids",
        "sudo_set_min_non_immune_uids",
        "number",
        "How many neurons out of immunity are kept before immune ones go.",
        argument="min",
        item="MinNonImmuneUids",
        freezes=False,
    ),
    _root(
        "subtoken_enabled",
        "sudo_set_subtoken_enabled",
        "boolean",
        "Whether the subnet's alpha can be bought and sold.",
        item="SubtokenEnabled",
    ),
    _root(
        "subnet_emission_enabled",
        "sudo_set_subnet_emission_enabled",
        "boolean",
        "Whether TAO is emitted into the subnet's pool.",
        argument="enabled",
        item="SubnetEmissionEnabled",
        freezes=False,
    ),
    _root(
        "ema_price_halving_period",
        "sudo_set_ema_price_halving_period",
        "blocks",
        "In how many blocks the moving price comes half the way to the price.",
        argument="ema_halving",
        item="EMAPriceHalvingBlocks",
        freezes=False,
    ),
    _root(
        "fee_rate",
        "Swap.set_fee_rate",
        "u16 share",
        "What the subnet's pool takes of each trade.",
        argument="rate",
        item="Swap.FeeRate",
        freezes=False,
        range=Range(None, 10_000, "", "Swap.FeeRateTooHigh"),
    ),
    _root(
        "user_liquidity",
        "Swap.toggle_user_liquidity",
        "boolean",
        "Whether liquidity of users is taken: it never is any more.",
        argument="enable",
        freezes=False,
        gone="Swap.Deprecated",
        reported="user_liquidity_enabled",
    ),
    _root(
        "voting_power_ema_alpha",
        "SubtensorModule.sudo_set_voting_power_ema_alpha",
        "10^18 share",
        "How much an epoch's stake counts in voting power.",
        argument="alpha",
        item="VotingPowerEmaAlpha",
        freezes=False,
        range=Range(None, 10**18, "", "SubtensorModule.InvalidVotingPowerEmaAlpha"),
    ),
    _root(
        "rao_recycled",
        "sudo_set_rao_recycled",
        "TAO",
        "How much registrations have recycled so far.",
        item="RAORecycledForRegistration",
        freezes=False,
    ),
    _root(
        "difficulty",
        "sudo_set_difficulty",
        "number",
        "The difficulty of registering by work, for show only.",
        item="Difficulty",
    ),
    _root(
        "min_difficulty",
        "sudo_set_min_difficulty",
        "number",
        "The lowest difficulty of registering by work; nothing reads it any more.",
        item="MinDifficulty",
    ),
    _root(
        "adjustment_interval",
        "sudo_set_adjustment_interval",
        "blocks",
        "How often the price of before was adjusted; nothing reads it any more.",
        item="AdjustmentInterval",
        freezes=False,
    ),
)
