"""What only root may set of one subnet."""

from __future__ import annotations

from taokit.chain_client.scale import Bool, u16, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.admin_utils.base import AdminBase
from taokit.local_chain.pallets.subtensor import access, epoch_schedule
from taokit.local_chain.pallets.subtensor.types import NetUid


class RootSubnetSettings(AdminBase):
    """Settings of a subnet that are root's; some are frozen before an epoch too."""

    @call(4, weight=weight(34_554_000, 4_383, reads=5, writes=1))
    def sudo_set_min_difficulty(self, origin: Origin, netuid: NetUid, min_difficulty: u64) -> None:
        """The lowest difficulty; nothing reads it any more."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        sub.min_difficulty.insert(netuid, min_difficulty)
        sub.deposit(sub.Event.MinDifficultySet(netuid, min_difficulty))

    @call(7, weight=weight(16_420_000, 4_084, reads=1, writes=1))
    def sudo_set_weights_set_rate_limit(
        self, origin: Origin, netuid: NetUid, weights_set_rate_limit: u64
    ) -> None:
        """Blocks that a validator waits between two sets of weights."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        self.ensure_subnet(netuid)
        sub.weights_set_rate_limit.insert(netuid, weights_set_rate_limit)
        sub.deposit(sub.Event.WeightsSetRateLimitSet(netuid, weights_set_rate_limit))

    @call(8, weight=weight(16_320_000, 4_084, reads=1, writes=1))
    def sudo_set_adjustment_interval(
        self, origin: Origin, netuid: NetUid, adjustment_interval: u16
    ) -> None:
        """Blocks between price adjustments; nothing reads it any more."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        self.ensure_subnet(netuid)
        sub.adjustment_interval.insert(netuid, adjustment_interval)
        sub.deposit(sub.Event.AdjustmentIntervalSet(netuid, adjustment_interval))

    @call(16, weight=weight(16_301_000, 4_084, reads=1, writes=1))
    def sudo_set_kappa(self, origin: Origin, netuid: NetUid, kappa: u16) -> None:
        """The majority of stake that makes consensus, in parts of 65535."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        self.ensure_subnet(netuid)
        sub.kappa.insert(netuid, kappa)
        sub.deposit(sub.Event.KappaSet(netuid, kappa))

    @call(19, weight=weight(7_113_000, 0, writes=1))
    def sudo_set_network_registration_allowed(
        self, origin: Origin, netuid: NetUid, registration_allowed: Bool
    ) -> None:
        """Whether hotkeys may register."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.network_registration_allowed.insert(netuid, registration_allowed)
        sub.deposit(sub.Event.RegistrationAllowed(netuid, registration_allowed))

    @call(21, weight=weight(34_103_000, 4_383, reads=5, writes=1))
    def sudo_set_target_registrations_per_interval(
        self, origin: Origin, netuid: NetUid, target_registrations_per_interval: u16
    ) -> None:
        """Registrations per interval to aim at; the root network takes three times as many."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        sub.target_registrations_per_interval.insert(netuid, target_registrations_per_interval)
        sub.deposit(sub.Event.RegistrationPerIntervalSet(netuid, target_registrations_per_interval))

    @call(24, weight=weight(34_434_000, 4_383, reads=5, writes=1))
    def sudo_set_difficulty(self, origin: Origin, netuid: NetUid, difficulty: u64) -> None:
        """The difficulty that clients are shown; no registration needs work."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        sub.difficulty.insert(netuid, difficulty)
        sub.deposit(sub.Event.DifficultySet(netuid, difficulty))

    @call(25, weight=weight(35_896_000, 4_383, reads=6, writes=1))
    def sudo_set_max_allowed_validators(
        self, origin: Origin, netuid: NetUid, max_allowed_validators: u16
    ) -> None:
        """How many uids may hold a validator permit."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        most = sub.max_allowed_uids.get(netuid)
        ensure(max_allowed_validators <= most, self.Error.MaxValidatorsLargerThanMaxUIds)
        sub.max_allowed_validators.insert(netuid, max_allowed_validators)
        sub.deposit(sub.Event.MaxAllowedValidatorsSet(netuid, max_allowed_validators))

    @call(27, weight=weight(34_604_000, 4_383, reads=5, writes=1))
    def sudo_set_max_registrations_per_block(
        self, origin: Origin, netuid: NetUid, max_registrations_per_block: u16
    ) -> None:
        """Registrations that one block takes, on the root network."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        sub.max_registrations_per_block.insert(netuid, max_registrations_per_block)
        sub.deposit(sub.Event.MaxRegistrationsPerBlockSet(netuid, max_registrations_per_block))

    @call(39, weight=weight(16_541_000, 4_084, reads=1, writes=1))
    def sudo_set_rao_recycled(self, origin: Origin, netuid: NetUid, rao_recycled: u64) -> None:
        """What registrations have recycled so far (rao)."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        self.ensure_subnet(netuid)
        sub.rao_recycled_for_registration.insert(netuid, rao_recycled)
        sub.deposit(sub.Event.RAORecycledForRegistrationSet(netuid, rao_recycled))

    @call(65, weight=weight(4_198_000, 0, writes=1))
    def sudo_set_ema_price_halving_period(
        self, origin: Origin, netuid: NetUid, ema_halving: u64
    ) -> None:
        """Blocks in which the moving price's distance to the price halves."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.ema_price_halving_blocks.insert(netuid, ema_halving)

    @call(66, weight=weight(25_467_000, 4_280, reads=4, writes=1))
    def sudo_set_subtoken_enabled(
        self, origin: Origin, netuid: NetUid, subtoken_enabled: Bool
    ) -> None:
        """Whether the subnet's alpha may be traded."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        sub.subtoken_enabled.insert(netuid, subtoken_enabled)

    @call(79, weight=weight(37_890_000, 4_383, reads=7, writes=1))
    def sudo_set_min_allowed_uids(
        self, origin: Origin, netuid: NetUid, min_allowed_uids: u16
    ) -> None:
        """The fewest uids that the subnet may be trimmed to."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        most, in_use = sub.max_allowed_uids.get(netuid), sub.subnetwork_n.get(netuid)
        ensure(min_allowed_uids < most, self.Error.MinAllowedUidsGreaterThanMaxAllowedUids)
        ensure(min_allowed_uids < in_use, self.Error.MinAllowedUidsGreaterThanCurrentUids)
        sub.min_allowed_uids.insert(netuid, min_allowed_uids)
        sub.deposit(sub.Event.MinAllowedUidsSet(netuid, min_allowed_uids))

    @call(84, weight=weight(6_783_000, 0, writes=1))
    def sudo_set_min_non_immune_uids(self, origin: Origin, netuid: NetUid, min: u16) -> None:
        """How many neurons beyond immunity are kept before immune ones are pruned."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.min_non_immune_uids.insert(netuid, min)
        sub.deposit(sub.Event.MinNonImmuneUidsSet(netuid, min))

    @call(94, weight=weight(16_351_000, 4_084, reads=1, writes=1))
    def sudo_set_subnet_emission_enabled(
        self, origin: Origin, netuid: NetUid, enabled: Bool
    ) -> None:
        """Whether the subnet is emitted TAO. A new subnet is not."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        self.ensure_subnet(netuid)
        self.ensure_not_root(netuid)
        sub.subnet_emission_enabled.insert(netuid, enabled)
        self.deposit(self.Event.SubnetEmissionEnabledSet(netuid, enabled))

    @call(30, weight=weight(36_298_000, 4_383, reads=5, writes=2))
    def sudo_set_tempo(self, origin: Origin, netuid: NetUid, tempo: u16) -> None:
        """Blocks between epochs, any number; a cycle begins anew with this block."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        epoch_schedule.set_tempo(sub, netuid, tempo)

    @call(20, weight=weight(14_000_000, writes=1))
    def sudo_set_network_pow_registration_allowed(
        self, origin: Origin, netuid: NetUid, registration_allowed: Bool
    ) -> None:
        """Always refused: no registration needs work any more."""
        raise self.Error.POWRegistrationDisabled
