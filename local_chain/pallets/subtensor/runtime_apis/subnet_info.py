"""SubnetInfoRuntimeApi: subnets at a glance, their hyperparameters, markets and neurons' stakes."""

from __future__ import annotations

from typing import Any

from taokit.chain_client.scale import AccountId, Option, Vec, u64
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.pallets.subtensor import custody, epoch_schedule, networks, takes
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.runtime_apis.metagraph import (
    FIELDS,
    MAX_WEIGHTS_LIMIT,
    View,
)
from taokit.local_chain.pallets.subtensor.runtime_apis.subnet_types import (
    DynamicInfo,
    HyperparamEntry,
    HyperparamValue,
    SubnetHyperparams,
    SubnetHyperparamsV2,
    SubnetInfo,
    SubnetInfov2,
    SubnetState,
)
from taokit.local_chain.pallets.subtensor.types import NetUid

I32F32_BITS = 32
GLANCE = {
    "rho": "rho",
    "kappa": "kappa",
    "difficulty": "difficulty",
    "immunity_period": "immunity_period",
    "max_allowed_validators": "max_allowed_validators",
    "min_allowed_weights": "min_allowed_weights",
    "scaling_law_power": "scaling_law_power",
    "subnetwork_n": "subnetwork_n",
    "max_allowed_uids": "max_allowed_uids",
    "blocks_since_last_step": "blocks_since_last_step",
    "tempo": "tempo",
    "burn": "burn",
    "owner": "subnet_owner",
}
"""Fields of `SubnetInfo` and the items that hold them."""

V1 = (
    "rho",
    "kappa",
    "immunity_period",
    "min_allowed_weights",
    "max_weights_limit",
    "tempo",
    "min_difficulty",
    "max_difficulty",
    "weights_version",
    "weights_rate_limit",
    "adjustment_interval",
    "activity_cutoff",
    "registration_allowed",
    "target_regs_per_interval",
    "min_burn",
    "max_burn",
    "bonds_moving_avg",
    "max_regs_per_block",
    "serving_rate_limit",
    "max_validators",
    "adjustment_alpha",
    "difficulty",
    "commit_reveal_period",
    "commit_reveal_weights_enabled",
    "alpha_high",
    "alpha_low",
    "liquid_alpha_enabled",
)
"""Hyperparameters that a metagraph has too, under the same names."""

V3 = (
    ("kappa", HyperparamValue.U16),
    ("immunity_period", HyperparamValue.U16),
    ("min_allowed_weights", HyperparamValue.U16),
    ("max_weights_limit", HyperparamValue.U16),
    ("tempo", HyperparamValue.U16),
    ("weights_version", HyperparamValue.U64),
    ("weights_rate_limit", HyperparamValue.U64),
    ("activity_cutoff", HyperparamValue.U64),
    ("activity_cutoff_factor", HyperparamValue.U32),
    ("registration_allowed", HyperparamValue.Bool),
    ("target_regs_per_interval", HyperparamValue.U16),
    ("min_burn", HyperparamValue.TaoBalance),
    ("max_burn", HyperparamValue.TaoBalance),
    ("burn_half_life", HyperparamValue.U16),
    ("burn_increase_mult", HyperparamValue.U64F64),
    ("bonds_moving_avg", HyperparamValue.U64),
    ("max_regs_per_block", HyperparamValue.U16),
    ("serving_rate_limit", HyperparamValue.U64),
    ("max_validators", HyperparamValue.U16),
    ("commit_reveal_period", HyperparamValue.U64),
    ("commit_reveal_weights_enabled", HyperparamValue.Bool),
    ("alpha_high", HyperparamValue.U16),
    ("alpha_low", HyperparamValue.U16),
    ("liquid_alpha_enabled", HyperparamValue.Bool),
    ("alpha_sigmoid_steepness", HyperparamValue.I32F32),
    ("yuma_version", HyperparamValue.U16),
    ("subnet_is_active", HyperparamValue.Bool),
    ("transfers_enabled", HyperparamValue.Bool),
    ("bonds_reset_enabled", HyperparamValue.Bool),
    ("user_liquidity_enabled", HyperparamValue.Bool),
    ("owner_cut_enabled", HyperparamValue.Bool),
    ("owner_cut_auto_lock_enabled", HyperparamValue.Bool),
    ("min_childkey_take", HyperparamValue.U16),
)
"""Names and types of the self-describing hyperparameters, in order."""

DYNAMIC = (
    "owner_hotkey",
    "owner_coldkey",
    "tempo",
    "last_step",
    "blocks_since_last_step",
    "alpha_in",
    "alpha_out",
    "tao_in",
    "alpha_out_emission",
    "alpha_in_emission",
    "tao_in_emission",
    "pending_alpha_emission",
    "pending_root_emission",
    "subnet_volume",
    "network_registered_at",
    "moving_price",
)
STATE = (
    "netuid",
    "hotkeys",
    "coldkeys",
    "active",
    "validator_permit",
    "pruning_score",
    "last_update",
    "emission",
    "dividends",
    "incentives",
    "consensus",
    "trust",
    "rank",
    "block_at_registration",
    "alpha_stake",
    "tao_stake",
    "total_stake",
)


class SubnetInfoApi(SubtensorBase):
    """Subnets, one or all. A subnet that does not exist is answered with nothing."""

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_info(self, netuid: NetUid) -> Option[SubnetInfo]:
        """A subnet at a glance."""
        if not self.networks_added.get(netuid):
            return None
        return SubnetInfo(emission_values=0, **_glance(self, netuid))

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnets_info(self) -> Vec[Option[SubnetInfo]]:
        """Every network at a glance, by netuid."""
        return [self.get_subnet_info(netuid) for netuid in sorted(networks.netuids(self))]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_info_v2(self, netuid: NetUid) -> Option[SubnetInfov2]:
        """A subnet at a glance, with its identity."""
        if not self.networks_added.get(netuid):
            return None
        identity = self.subnet_identities_v3.get(netuid)
        return SubnetInfov2(emission_value=0, identity=identity, **_glance(self, netuid))

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnets_info_v2(self) -> Vec[Option[SubnetInfov2]]:
        """Every network at a glance with its identity, by netuid."""
        return [self.get_subnet_info_v2(netuid) for netuid in sorted(networks.netuids(self))]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_hyperparams(self, netuid: NetUid) -> Option[SubnetHyperparams]:
        """A subnet's hyperparameters."""
        if not self.networks_added.get(netuid):
            return None
        return SubnetHyperparams(**_read(View(self, netuid), V1))

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_hyperparams_v2(self, netuid: NetUid) -> Option[SubnetHyperparamsV2]:
        """A subnet's hyperparameters, the newer ones too."""
        if not self.networks_added.get(netuid):
            return None
        return SubnetHyperparamsV2(**_read(View(self, netuid), V1), **_newer(self, netuid))

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_hyperparams_v3(self, netuid: NetUid) -> Option[Vec[HyperparamEntry]]:
        """A subnet's hyperparameters by name, each with its type."""
        if not self.networks_added.get(netuid):
            return None
        view = View(self, netuid)
        newest = _newer(self, netuid) | _newest(self, netuid)
        return [
            HyperparamEntry(
                name=name.encode(),
                value=kind(newest[name] if name in newest else FIELDS[name](view)),
            )
            for name, kind in V3
        ]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_dynamic_info(self, netuid: NetUid) -> Option[DynamicInfo]:
        """A subnet's market."""
        if not self.networks_added.get(netuid):
            return None
        view = View(self, netuid)
        return DynamicInfo(
            netuid=netuid,
            subnet_name=FIELDS["name"](view),
            token_symbol=FIELDS["symbol"](view),
            emission=0,
            subnet_identity=FIELDS["identity"](view),
            **_read(view, DYNAMIC),
        )

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_all_dynamic_info(self) -> Vec[Option[DynamicInfo]]:
        """The market of every network, by netuid."""
        return [self.get_dynamic_info(netuid) for netuid in networks.netuids(self)]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_state(self, netuid: NetUid) -> Option[SubnetState]:
        """What a subnet's neurons stand for; the history of emission is no longer written."""
        if not self.networks_added.get(netuid):
            return None
        view = View(self, netuid)
        emitted = self.last_hotkey_emission_on_netuid.get
        history = [
            [emitted((hotkey, other)) for hotkey in view.hotkeys]
            for other in networks.netuids(self)
        ]
        return SubnetState(emission_history=history, **_read(view, STATE))

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_coldkey_auto_stake_hotkey(
        self, coldkey: AccountId, netuid: NetUid
    ) -> Option[AccountId]:
        """The hotkey that a coldkey's earnings on a subnet are staked to, if it chose one."""
        hotkey: bytes | None = self.auto_stake_destination.get((coldkey, netuid))
        return hotkey

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_to_prune(self) -> Option[NetUid]:
        """The subnet that would make room for a new one, if any may."""
        return networks.network_to_prune(self)

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_subnet_account_id(self, netuid: NetUid) -> Option[AccountId]:
        """The account that holds a subnet's TAO."""
        account: Any = custody.subnet_account(self, netuid)
        return account  # type: ignore[no-any-return]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_next_epoch_start_block(self, netuid: NetUid) -> Option[u64]:
        """The block of a subnet's next epoch; nothing if its tempo is 0."""
        return epoch_schedule.next_epoch_start_block(self, netuid)


class SubnetRegistrationApi(SubtensorBase):
    """The price of a subnet."""

    @runtime_api("SubnetRegistrationRuntimeApi")
    def get_network_registration_cost(self) -> u64:
        """Rao that registering a subnet costs now."""
        return networks.lock_cost(self)


def _read(view: View, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: FIELDS[name](view) for name in names}


def _glance(sub: SubtensorBase, netuid: int) -> dict[str, Any]:
    stored = {field: getattr(sub, item).get(netuid) for field, item in GLANCE.items()}
    return stored | {
        "netuid": netuid,
        "max_weights_limit": MAX_WEIGHTS_LIMIT,
        "network_modality": 0,
        "network_connect": [],
    }


def _newer(sub: SubtensorBase, netuid: int) -> dict[str, Any]:
    return {
        "alpha_sigmoid_steepness": sub.alpha_sigmoid_steepness.get(netuid) << I32F32_BITS,
        "yuma_version": 3 if sub.yuma3_on.get(netuid) else 2,
        "subnet_is_active": sub.subtoken_enabled.get(netuid),
        "transfers_enabled": sub.transfer_toggle.get(netuid),
        "bonds_reset_enabled": sub.bonds_reset_on.get(netuid),
        "user_liquidity_enabled": False,
    }


def _newest(sub: SubtensorBase, netuid: int) -> dict[str, Any]:
    return {
        "activity_cutoff_factor": sub.activity_cutoff_factor_milli.get(netuid),
        "burn_half_life": sub.burn_half_life.get(netuid),
        "burn_increase_mult": sub.burn_increase_mult.get(netuid),
        "owner_cut_enabled": sub.owner_cut_enabled.get(netuid),
        "owner_cut_auto_lock_enabled": sub.owner_cut_auto_lock_enabled.get(netuid),
        "min_childkey_take": takes.minimum_childkey_take(sub, netuid),
    }
