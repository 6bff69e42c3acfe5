"""Random operations on subnets: made, started, registered on, trimmed, set up, dissolved."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from random_operations import (
    KEYS,
    SIGNERS,
    U64_MAX,
    Operations,
    Way,
    booleans,
    hotkeys,
    picks,
    prices,
    signers,
    signers_or_owner,
    ways,
)
from random_world import TAO

from taokit.local_chain.pallets.subtensor.types import RecycleOrBurnEnum

small = st.integers(0, 8)
u16s = st.one_of(st.sampled_from([0, 1, 11_796, 32_767, 65_535]), st.integers(0, 65_535))


class NetworkRules(Operations):
    """What owners of subnets and miners do, and root with them."""

    @rule(way=ways, who=picks, hot=hotkeys)
    def register_network(self, way: Way, who: int, hot: int) -> None:
        hotkey = KEYS[hot]
        signer = self.owner(hotkey) if who % 4 else self.payer(who)
        self.stake_call(way, signer, "register_network", hotkey)

    @rule(way=ways, who=signers_or_owner, net=picks)
    def start_call(self, way: Way, who: int, net: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self.stake_call(way, self.subnet_owner(who, netuid), "start_call", netuid)

    @rule(way=ways, who=signers_or_owner, hot=hotkeys, net=picks, limit=st.none() | prices)
    def register(self, way: Way, who: int, hot: int, net: int, limit: int | None) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        signer = self.signer(who, KEYS[hot])
        if limit is None:
            self.stake_call(way, signer, "burned_register", netuid, KEYS[hot])
        else:
            self.stake_call(way, signer, "register_limit", netuid, KEYS[hot], limit)

    @rule(way=ways, who=signers_or_owner, hot=hotkeys)
    def root_register(self, way: Way, who: int, hot: int) -> None:
        self.stake_call(way, self.signer(who, KEYS[hot]), "root_register", KEYS[hot])

    @rule(way=ways, net=picks, really=st.sampled_from([True, False, False]))
    def dissolve(self, way: Way, net: int, really: bool) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        if really:
            self.root_call(way, "SubtensorModule", "root_dissolve_network", netuid)

    @rule(blocks=st.integers(1, 9))
    def wait(self, blocks: int) -> None:
        self.seal(blocks)

    # -- by the owner or by root ---------------------------------------------------------

    def _set(
        self, way: Way, who: int, netuid: int, name: str, *args: Any, by_root: bool = False
    ) -> None:
        if by_root:
            self.root_call(way, "AdminUtils", name, netuid, *args)
        else:
            self.send(way, self.subnet_owner(who, netuid), "AdminUtils", name, netuid, *args)

    @rule(
        way=ways,
        who=signers_or_owner,
        net=picks,
        by_root=booleans,
        setting=st.one_of(
            st.tuples(st.just("sudo_trim_to_max_allowed_uids"), st.integers(1, 6)),
            st.tuples(st.just("sudo_set_max_allowed_uids"), st.integers(1, 8)),
            st.tuples(st.just("sudo_set_mechanism_count"), st.integers(0, 3)),
            st.tuples(
                st.just("sudo_set_mechanism_emission_split"),
                st.none() | st.sampled_from([[65_535], [30_000, 35_535], [1, 65_534], [65_535, 0]]),
            ),
            st.tuples(st.just("sudo_set_toggle_transfer"), booleans),
            st.tuples(st.just("sudo_set_owner_cut_enabled"), booleans),
            st.tuples(st.just("sudo_set_owner_cut_auto_lock_enabled"), booleans),
            st.tuples(
                st.just("sudo_set_recycle_or_burn"),
                st.sampled_from([RecycleOrBurnEnum.Recycle, RecycleOrBurnEnum.Burn]),
            ),
            st.tuples(st.just("sudo_set_commit_reveal_weights_enabled"), booleans),
            st.tuples(st.just("sudo_set_immunity_period"), small),
            st.tuples(st.just("sudo_set_min_burn"), st.integers(0, 10**9)),
            st.tuples(st.just("sudo_set_burn_half_life"), st.integers(0, 40)),
            st.tuples(st.just("sudo_set_liquid_alpha_enabled"), booleans),
            st.tuples(st.just("sudo_set_yuma3_enabled"), booleans),
            st.tuples(st.just("sudo_set_bonds_reset_enabled"), booleans),
            st.tuples(st.just("sudo_set_bonds_penalty"), u16s),
            st.tuples(st.just("sudo_set_bonds_moving_average"), st.integers(0, 1_000_000)),
            st.tuples(st.just("sudo_set_owner_immune_neuron_limit"), small),
            st.tuples(st.just("sudo_set_min_childkey_take_per_subnet"), u16s),
            st.tuples(st.just("sudo_set_alpha_sigmoid_steepness"), st.integers(-100, 1_000)),
        ),
    )
    def owner_setting(
        self, way: Way, who: int, net: int, by_root: bool, setting: tuple[str, Any]
    ) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self._set(way, who, netuid, *setting, by_root=by_root)

    @rule(
        way=ways,
        net=picks,
        setting=st.one_of(
            st.tuples(st.just("sudo_set_tempo"), st.integers(0, 6)),
            st.tuples(
                st.just("sudo_set_subtoken_enabled"), st.sampled_from([True, True, True, False])
            ),
            st.tuples(
                st.just("sudo_set_network_registration_allowed"),
                st.sampled_from([True, True, False]),
            ),
            st.tuples(st.just("sudo_set_subnet_emission_enabled"), booleans),
            st.tuples(st.just("sudo_set_kappa"), u16s),
            st.tuples(st.just("sudo_set_max_allowed_validators"), st.integers(0, 6)),
            st.tuples(st.just("sudo_set_min_allowed_uids"), small),
            st.tuples(st.just("sudo_set_min_non_immune_uids"), small),
        ),
    )
    def root_subnet_setting(self, way: Way, net: int, setting: tuple[str, Any]) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self._set(way, 0, netuid, *setting, by_root=True)

    @rule(
        way=ways,
        setting=st.one_of(
            st.tuples(st.just("sudo_set_subnet_limit"), st.integers(2, 6)),
            st.tuples(st.just("sudo_set_network_immunity_period"), small),
            st.tuples(st.just("sudo_set_network_min_lock_cost"), st.integers(0, 100 * TAO)),
            st.tuples(st.just("sudo_set_subnet_owner_cut"), u16s),
            st.tuples(st.just("sudo_set_ck_burn"), st.sampled_from([0, 2**62, U64_MAX])),
            st.tuples(st.just("sudo_set_stake_threshold"), st.sampled_from([0, 10 * TAO])),
            st.tuples(
                st.just("sudo_set_nominator_min_required_stake"),
                st.sampled_from([0, 1_000_000, 3_000_000_000]),
            ),
            st.tuples(st.just("sudo_set_max_epochs_per_block"), st.integers(0, 3)),
            st.tuples(st.just("sudo_set_min_delegate_take"), st.sampled_from([0, 5_000, 11_796])),
            st.tuples(st.just("sudo_set_max_mechanism_count"), st.integers(0, 4)),
            st.tuples(st.just("sudo_set_start_call_delay"), small),
            st.tuples(st.just("sudo_set_subnet_moving_alpha"), st.sampled_from([0, 2**31, 2**32])),
        ),
    )
    def root_setting(self, way: Way, setting: tuple[str, Any]) -> None:
        self.root_call(way, "AdminUtils", *setting)

    @rule(way=ways, net=picks, rate=st.sampled_from([0, 33, 10_000, 10_001]))
    def set_fee_rate(self, way: Way, net: int, rate: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self.root_call(way, "Swap", "set_fee_rate", netuid, rate)

    @rule(
        way=ways,
        who=signers_or_owner,
        net=picks,
        setting=st.sampled_from(
            [
                ("set_tempo", 360),
                ("set_tempo", 5),
                ("trigger_epoch",),
                ("set_activity_cutoff_factor", 1_000),
                ("enable_voting_power_tracking",),
                ("disable_voting_power_tracking",),
                ("update_symbol", b"\xce\xb2"),
            ]
        ),
    )
    def owner_call(self, way: Way, who: int, net: int, setting: tuple[Any, ...]) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        name, *args = setting
        self.stake_call(way, self.subnet_owner(who, netuid), name, netuid, *args)

    @rule(way=ways, who=signers_or_owner, net=picks, hot=hotkeys)
    def set_owner_hotkey(self, way: Way, who: int, net: int, hot: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self._set(way, who, netuid, "sudo_set_sn_owner_hotkey", KEYS[hot])

    @rule(
        way=ways,
        net=picks,
        value=st.sampled_from([0, 500_000 << 32, 10_000_000, 1]),
    )
    def set_root_claim_threshold(self, way: Way, net: int, value: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self.root_call(way, "SubtensorModule", "sudo_set_root_claim_threshold", netuid, value)

    @rule(way=ways, value=st.integers(0, 51))
    def set_num_root_claims(self, way: Way, value: int) -> None:
        self.root_call(way, "SubtensorModule", "sudo_set_num_root_claims", value)

    @rule(way=ways, who=signers, net=picks)
    def not_the_owner(self, way: Way, who: int, net: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        self.stake_call(way, SIGNERS[who], "dissolve_network", SIGNERS[who], netuid)
