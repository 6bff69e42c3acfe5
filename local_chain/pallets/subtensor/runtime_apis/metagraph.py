"""SubnetInfoRuntimeApi, the metagraphs: a subnet and its neurons, whole or by chosen fields.

`FIELDS` says once where every field comes from. A selective metagraph's
indices are the positions of its fields.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from taokit.chain_client.scale import Option, Some, Vec, u8, u16
from taokit.local_chain import dividends
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.pallets.subtensor import mechanisms, serving, stake_weight, symbols, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.runtime_apis.metagraph_types import (
    Metagraph,
    SelectiveMetagraph,
)
from taokit.local_chain.pallets.subtensor.types import NetUid
from taokit.local_chain.yuma.terms import activity_cutoff_blocks

MAX_WEIGHTS_LIMIT = 65_535
I64F64_BITS = 64
U64_MAX = 2**64 - 1


class View:
    """One subnet (and mechanism), each part of it read when it is first needed."""

    def __init__(self, sub: SubtensorBase, netuid: int, mechanism: int = 0) -> None:
        self.sub = sub
        self.netuid = netuid
        self.index = mechanisms.storage_index(netuid, mechanism)

    @cached_property
    def hotkeys(self) -> list[bytes]:
        """The hotkeys by uid."""
        return uids.hotkeys(self.sub, self.netuid)

    @cached_property
    def coldkeys(self) -> list[bytes]:
        """The owners of the hotkeys."""
        owner = self.sub.owner.get
        return [owner(hotkey) for hotkey in self.hotkeys]

    @cached_property
    def stakes(self) -> tuple[list[int], list[int], list[int]]:
        """Inherited alpha, inherited root stake, and stake weight by uid, floored to rao."""
        sub, netuid = self.sub, self.netuid
        weight = stake_weight.tao_weight(sub)
        alphas, taos, totals = [], [], []
        for uid, hotkey in enumerate(self.hotkeys):
            held = sub.keys.contains((netuid, uid))
            alpha = stake_weight.inherited_alpha(sub, hotkey, netuid) if held else 0
            tao = stake_weight.inherited_tao(sub, hotkey, netuid) if held else 0
            alphas.append(alpha)
            taos.append(tao)
            totals.append(dividends.epoch_stake(alpha, tao, weight) >> I64F64_BITS)
        return alphas, taos, totals

    @property
    def block(self) -> int:
        """The present block."""
        return self.sub.runtime.system.block_number()

    @property
    def last_step(self) -> int:
        """The block of the last epoch's emission."""
        return self.sub.last_mechansim_step_block.get(self.netuid)

    @property
    def validators(self) -> list[int]:
        """Uids with a permit whose stake weight is over the threshold, lowest stake first."""
        sub, netuid = self.sub, self.netuid
        permits = sub.validator_permit.get(netuid)
        threshold = sub.stake_threshold.get() << I64F64_BITS
        found = [
            (stake_weight.total_stake_weight(sub, hotkey, netuid), uid)
            for (_, uid), hotkey in sub.keys.items((netuid,))
            if uids.at(permits, uid, False)
        ]
        found.sort(key=lambda entry: entry[0])
        return [uid for stake, uid in found if stake > threshold]


Field = Callable[[View], Any]


def _stored(item: str) -> Field:
    """The value that an item stores for the subnet."""
    return lambda view: getattr(view.sub, item).get(view.netuid)


def _constant(value: Any) -> Field:
    return lambda view: value


def _each_uid(item: str) -> Field:
    def read(view: View) -> list[Any]:
        get = getattr(view.sub, item).get
        return [get((view.netuid, uid)) for uid in range(view.sub.subnetwork_n.get(view.netuid))]

    return read


def _activity_cutoff(view: View) -> int:
    sub, netuid = view.sub, view.netuid
    return activity_cutoff_blocks(
        sub.tempo.get(netuid), sub.activity_cutoff_factor_milli.get(netuid)
    )


def _pending_alpha(view: View) -> int:
    sub, netuid = view.sub, view.netuid
    pending = sub.pending_validator_emission.get(netuid) + sub.pending_server_emission.get(netuid)
    return min(pending, U64_MAX)


def _identities(view: View) -> list[Any]:
    identity = view.sub.identities_v2.get
    return [identity(coldkey) for coldkey in view.coldkeys]


def _axons(view: View) -> list[Any]:
    return [serving.axon_of(view.sub, view.netuid, hotkey) for hotkey in view.hotkeys]


def _alpha_dividends(view: View) -> list[tuple[bytes, int]]:
    paid = view.sub.alpha_dividends_per_subnet.get
    return [(hotkey, paid((view.netuid, hotkey))) for hotkey in view.hotkeys]


FIELDS: dict[str, Field] = {
    "netuid": lambda view: view.index,
    "name": lambda view: list(symbols.subnet_name(view.sub, view.netuid)),
    "symbol": lambda view: list(view.sub.token_symbol.get(view.netuid)),
    "identity": _stored("subnet_identities_v3"),
    "network_registered_at": _stored("network_registered_at"),
    "owner_hotkey": _stored("subnet_owner_hotkey"),
    "owner_coldkey": _stored("subnet_owner"),
    "block": lambda view: view.block,
    "tempo": _stored("tempo"),
    "last_step": lambda view: view.last_step,
    "blocks_since_last_step": lambda view: max(view.block - view.last_step, 0),
    "subnet_emission": _constant(0),
    "alpha_in": _stored("subnet_alpha_in"),
    "alpha_out": _stored("subnet_alpha_out"),
    "tao_in": _stored("subnet_tao"),
    "alpha_out_emission": _stored("subnet_alpha_out_emission"),
    "alpha_in_emission": _stored("subnet_alpha_in_emission"),
    "tao_in_emission": _stored("subnet_tao_in_emission"),
    "pending_alpha_emission": _pending_alpha,
    "pending_root_emission": _constant(0),
    "subnet_volume": _stored("subnet_volume"),
    "moving_price": _stored("subnet_moving_price"),
    "rho": _stored("rho"),
    "kappa": _stored("kappa"),
    "min_allowed_weights": _stored("min_allowed_weights"),
    "max_weights_limit": _constant(MAX_WEIGHTS_LIMIT),
    "weights_version": _stored("weights_version_key"),
    "weights_rate_limit": _stored("weights_set_rate_limit"),
    "activity_cutoff": _activity_cutoff,
    "max_validators": _stored("max_allowed_validators"),
    "num_uids": _stored("subnetwork_n"),
    "max_uids": _stored("max_allowed_uids"),
    "burn": _stored("burn"),
    "difficulty": _stored("difficulty"),
    "registration_allowed": _stored("network_registration_allowed"),
    "pow_registration_allowed": _stored("network_pow_registration_allowed"),
    "immunity_period": _stored("immunity_period"),
    "min_difficulty": _stored("min_difficulty"),
    "max_difficulty": _stored("max_difficulty"),
    "min_burn": _stored("min_burn"),
    "max_burn": _stored("max_burn"),
    "adjustment_alpha": _stored("adjustment_alpha"),
    "adjustment_interval": _stored("adjustment_interval"),
    "target_regs_per_interval": _stored("target_registrations_per_interval"),
    "max_regs_per_block": _stored("max_registrations_per_block"),
    "serving_rate_limit": _stored("serving_rate_limit"),
    "commit_reveal_weights_enabled": _stored("commit_reveal_weights_enabled"),
    "commit_reveal_period": _stored("reveal_period_epochs"),
    "liquid_alpha_enabled": _stored("liquid_alpha_on"),
    "alpha_high": lambda view: view.sub.alpha_values.get(view.netuid)[1],
    "alpha_low": lambda view: view.sub.alpha_values.get(view.netuid)[0],
    "bonds_moving_avg": _stored("bonds_moving_average"),
    "hotkeys": lambda view: view.hotkeys,
    "coldkeys": lambda view: view.coldkeys,
    "identities": _identities,
    "axons": _axons,
    "active": _stored("active"),
    "validator_permit": _stored("validator_permit"),
    "pruning_score": _constant([]),
    "last_update": lambda view: view.sub.last_update.get(view.index),
    "emission": _stored("emission"),
    "dividends": _stored("dividends"),
    "incentives": lambda view: view.sub.incentive.get(view.index),
    "consensus": _stored("consensus"),
    "trust": _constant([]),
    "rank": _constant([]),
    "block_at_registration": _each_uid("block_at_registration"),
    "alpha_stake": lambda view: view.stakes[0],
    "tao_stake": lambda view: view.stakes[1],
    "total_stake": lambda view: view.stakes[2],
    "tao_dividends_per_hotkey": lambda view: [(hotkey, 0) for hotkey in view.hotkeys],
    "alpha_dividends_per_hotkey": _alpha_dividends,
    "validators": lambda view: view.validators,
    "commitments": lambda view: view.sub.runtime.commitments.encoded(view.netuid),
}
"""Where each field comes from, in the order of a selective metagraph's indices."""

SELECTABLE = tuple(FIELDS)
WHOLE = tuple(name for name in FIELDS if name not in ("validators", "commitments"))


class MetagraphApi(SubtensorBase):
    """Metagraphs of subnets and of their mechanisms."""

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_metagraph(self, netuid: NetUid) -> Option[Metagraph]:
        """A subnet's metagraph, or nothing."""
        return _whole(View(self, netuid)) if self.networks_added.get(netuid) else None

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_all_metagraphs(self) -> Vec[Option[Metagraph]]:
        """The metagraph of every network, by netuid."""
        return [self.get_metagraph(netuid) for netuid in self._netuids()]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_mechagraph(self, netuid: NetUid, mecid: u8) -> Option[Metagraph]:
        """The metagraph of one mechanism; its netuid is the mechanism's storage index."""
        return _whole(View(self, netuid, mecid)) if mechanisms.exists(self, netuid, mecid) else None

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_all_mechagraphs(self) -> Vec[Option[Metagraph]]:
        """The metagraph of every mechanism of every network."""
        return [
            self.get_mechagraph(netuid, mechanism)
            for netuid in self._netuids()
            for mechanism in range(self.mechanism_count_current.get(netuid))
        ]

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_selective_metagraph(
        self, netuid: NetUid, metagraph_indexes: Vec[u16]
    ) -> Option[SelectiveMetagraph]:
        """Chosen fields of a metagraph. The netuid is 0 unless index 0 is chosen."""
        if not self.networks_added.get(netuid):
            return None
        return _selected(View(self, netuid), metagraph_indexes)

    @runtime_api("SubnetInfoRuntimeApi", version=2)
    def get_selective_mechagraph(
        self, netuid: NetUid, subid: u8, metagraph_indexes: Vec[u16]
    ) -> Option[SelectiveMetagraph]:
        """Chosen fields of a mechanism's metagraph, always under the subnet's netuid."""
        if not self.networks_added.get(netuid):
            return None
        return _selected(View(self, netuid, subid), metagraph_indexes).replace(netuid=netuid)

    def _netuids(self) -> list[int]:
        return list(self.networks_added.keys())


def _whole(view: View) -> Metagraph:
    return Metagraph(**{name: FIELDS[name](view) for name in WHOLE})


def _selected(view: View, indexes: list[int]) -> SelectiveMetagraph:
    values: dict[str, Any] = dict.fromkeys(SELECTABLE)
    values["netuid"] = 0
    for index in indexes:
        if index < len(SELECTABLE):
            name = SELECTABLE[index]
            values[name] = FIELDS[name](view)
            if name == "identity":
                # An identity that is asked for and not there differs from one not asked for.
                values[name] = Some(values[name])
    return SelectiveMetagraph(**values)
