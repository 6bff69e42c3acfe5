"""Which calls each kind of proxy may make.

One table gives both the filter and what clients are told of it. Source: `define_proxy_filters!`
in Subtensor's `runtime/src/lib.rs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.pallets.proxy.types import (
    DEPRECATED,
    CallCondition,
    CallInfo,
    FilterMode,
    ProxyFilterInfo,
    ProxyType,
    ProxyTypeInfo,
)

SMALL_TRANSFER_LIMIT = 500_000_000
SUBTENSOR = "SubtensorModule"


@dataclass(frozen=True)
class Named:
    """A call by pallet and name, or every call of a pallet, and what must hold of it."""

    pallet: str
    call: str | None = None
    below: tuple[str, int] | None = None
    nested: tuple[str, str, str] | None = None

    def matches(self, call: Call) -> bool:
        """True if it names `call`."""
        if call.pallet.name != self.pallet or self.call not in (None, call.spec.name):
            return False
        if self.below is not None and not call[self.below[0]] < self.below[1]:
            return False
        return self.nested is None or call[self.nested[0]].key == self.nested[1:]

    def info(self) -> CallInfo:
        """As the runtime API tells it."""
        pallet = next(p for p in RuntimeCallCodec.shared.pallets.values() if p.name == self.pallet)
        index = None
        if self.call is not None:
            found = {spec.name: spec.index for spec in pallet.calls.values()}
            index = found[self.call]
        condition: CallCondition | None = None
        if self.below is not None:
            condition = CallCondition.ParamLessThan(self.below[0].encode(), self.below[1])
        if self.nested is not None:
            _, target, name = self.nested
            condition = CallCondition.NestedCallMustBe(target.encode(), name.encode())
        return CallInfo(
            pallet_name=self.pallet.encode(),
            pallet_index=pallet.index,
            call_name=None if self.call is None else self.call.encode(),
            call_index=index,
            condition=condition,
        )


@dataclass(frozen=True)
class Filter:
    """A list of calls, and whether those pass or those do not."""

    mode: FilterMode
    calls: list[Named] = field(default_factory=list)
    exceptions: list[Named] = field(default_factory=list)

    def allows(self, call: Call) -> bool:
        """True if `call` passes."""
        if self.mode in (FilterMode.AllowAll, FilterMode.DenyAll):
            return self.mode is FilterMode.AllowAll
        named = any(entry.matches(call) for entry in self.calls)
        if self.mode is FilterMode.Deny:
            return not named
        return named and not any(entry.matches(call) for entry in self.exceptions)


def _of(pallet: str, *names: str) -> list[Named]:
    return [Named(pallet, name) for name in names]


_COLDKEY_SWAP = (
    "announce_coldkey_swap",
    "swap_coldkey_announced",
    "clear_coldkey_swap_announcement",
    "dispute_coldkey_swap",
)
_DENY_ALL = Filter(FilterMode.DenyAll)

FILTERS: Mapping[ProxyType, Filter] = MappingProxyType(
    {
        ProxyType.Any: Filter(FilterMode.AllowAll),
        ProxyType.NonTransfer: Filter(
            FilterMode.Deny,
            [
                Named("Balances"),
                *_of(SUBTENSOR, "transfer_stake", "schedule_swap_coldkey", "swap_coldkey"),
                *_of(SUBTENSOR, *_COLDKEY_SWAP),
            ],
        ),
        ProxyType.NonFungible: Filter(
            FilterMode.Deny,
            [
                Named("Balances"),
                *_of(SUBTENSOR, "add_stake", "add_stake_limit"),
                *_of(SUBTENSOR, "remove_stake", "remove_stake_limit", "remove_stake_full_limit"),
                *_of(SUBTENSOR, "unstake_all", "unstake_all_alpha"),
                *_of(SUBTENSOR, "swap_stake", "swap_stake_limit", "move_stake", "transfer_stake"),
                *_of(SUBTENSOR, "burned_register", "root_register"),
                *_of(SUBTENSOR, "schedule_swap_coldkey", "swap_coldkey", *_COLDKEY_SWAP),
                *_of(SUBTENSOR, "swap_hotkey", "swap_hotkey_v2"),
            ],
        ),
        ProxyType.Transfer: Filter(
            FilterMode.Allow,
            [
                *_of("Balances", "transfer_keep_alive", "transfer_allow_death", "transfer_all"),
                *_of(SUBTENSOR, "transfer_stake"),
            ],
        ),
        ProxyType.SmallTransfer: Filter(
            FilterMode.Allow,
            [
                Named("Balances", "transfer_keep_alive", ("value", SMALL_TRANSFER_LIMIT)),
                Named("Balances", "transfer_allow_death", ("value", SMALL_TRANSFER_LIMIT)),
                Named(SUBTENSOR, "transfer_stake", ("alpha_amount", SMALL_TRANSFER_LIMIT)),
            ],
        ),
        ProxyType.Owner: Filter(
            FilterMode.Allow,
            [Named("AdminUtils"), *_of(SUBTENSOR, "set_subnet_identity", "update_symbol")],
            _of("AdminUtils", "sudo_set_sn_owner_hotkey", "sudo_set_subnet_owner_hotkey"),
        ),
        ProxyType.NonCritical: Filter(
            FilterMode.Deny,
            [
                *_of(SUBTENSOR, "dissolve_network", "root_register", "burned_register"),
                Named("Sudo"),
                *_of(SUBTENSOR, *_COLDKEY_SWAP),
            ],
        ),
        ProxyType.Triumvirate: _DENY_ALL,
        ProxyType.Senate: _DENY_ALL,
        ProxyType.Governance: _DENY_ALL,
        ProxyType.Staking: Filter(
            FilterMode.Allow,
            [
                *_of(SUBTENSOR, "add_stake", "remove_stake", "unstake_all", "unstake_all_alpha"),
                *_of(SUBTENSOR, "swap_stake", "swap_stake_limit", "move_stake"),
                *_of(SUBTENSOR, "add_stake_limit", "remove_stake_limit"),
                *_of(SUBTENSOR, "remove_stake_full_limit", "set_root_claim_type"),
            ],
        ),
        ProxyType.Registration: Filter(
            FilterMode.Allow, _of(SUBTENSOR, "burned_register", "register", "register_limit")
        ),
        ProxyType.RootWeights: _DENY_ALL,
        ProxyType.ChildKeys: Filter(
            FilterMode.Allow, _of(SUBTENSOR, "set_children", "set_childkey_take")
        ),
        ProxyType.SudoUncheckedSetCode: Filter(
            FilterMode.Allow,
            [Named("Sudo", "sudo_unchecked_weight", nested=("call", "System", "set_code"))],
        ),
        ProxyType.SwapHotkey: Filter(
            FilterMode.Allow, _of(SUBTENSOR, "swap_hotkey", "swap_hotkey_v2")
        ),
        ProxyType.SubnetLeaseBeneficiary: Filter(
            FilterMode.Allow,
            [
                *_of(SUBTENSOR, "start_call"),
                *_of(
                    "AdminUtils",
                    "sudo_set_serving_rate_limit",
                    "sudo_set_min_difficulty",
                    "sudo_set_max_difficulty",
                    "sudo_set_weights_version_key",
                    "sudo_set_adjustment_alpha",
                    "sudo_set_immunity_period",
                    "sudo_set_min_allowed_weights",
                    "sudo_set_kappa",
                    "sudo_set_rho",
                    "sudo_set_activity_cutoff",
                    "sudo_set_network_registration_allowed",
                    "sudo_set_network_pow_registration_allowed",
                    "sudo_set_max_burn",
                    "sudo_set_bonds_moving_average",
                    "sudo_set_bonds_penalty",
                    "sudo_set_commit_reveal_weights_enabled",
                    "sudo_set_liquid_alpha_enabled",
                    "sudo_set_alpha_values",
                    "sudo_set_commit_reveal_weights_interval",
                    "sudo_set_toggle_transfer",
                    "sudo_set_subnet_emission_enabled",
                    "sudo_set_min_childkey_take_per_subnet",
                ),
            ],
        ),
        ProxyType.RootClaim: Filter(FilterMode.Allow, _of(SUBTENSOR, "claim_root")),
    }
)


def is_superset(mine: ProxyType, other: ProxyType) -> bool:
    """True if a proxy of kind `mine` may give or take away what `other` may do."""
    if mine == other or mine is ProxyType.Any:
        return True
    if other is ProxyType.Any:
        return False
    if mine is ProxyType.NonTransfer:
        return other not in (ProxyType.Transfer, ProxyType.SmallTransfer)
    return mine is ProxyType.Transfer and other is ProxyType.SmallTransfer


def type_infos() -> list[ProxyTypeInfo]:
    """Every kind of proxy, by index."""
    return [ProxyTypeInfo(t.name.encode(), int(t), t in DEPRECATED) for t in ProxyType]


def filter_infos(proxy_type: int | None) -> list[ProxyFilterInfo]:
    """The filters of every kind of proxy, or of the kind of this index; none for an unknown one."""
    return [
        ProxyFilterInfo(
            proxy_type=int(kind),
            name=kind.name.encode(),
            deprecated=kind in DEPRECATED,
            filter_mode=rule.mode,
            calls=[entry.info() for entry in rule.calls],
            exceptions=[entry.info() for entry in rule.exceptions],
        )
        for kind, rule in FILTERS.items()
        if proxy_type is None or proxy_type == kind
    ]
