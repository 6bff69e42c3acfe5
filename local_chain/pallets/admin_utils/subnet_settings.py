"""What a subnet's owner may set: registration, uids, prices, and what stakers may do."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, u16, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import DispatchClass, weight
from taokit.local_chain.pallets.admin_utils.base import AdminBase
from taokit.local_chain.pallets.subtensor import access, mechanisms, networks
from taokit.local_chain.pallets.subtensor.constants import (
    DEFAULT_MAX_ALLOWED_UIDS,
    MAX_BURN_HALF_LIFE,
    MAX_IMMUNE_OWNER_UIDS,
    MIN_IMMUNE_OWNER_UIDS,
)
from taokit.local_chain.pallets.subtensor.rate_limits import TransactionType
from taokit.local_chain.pallets.subtensor.types import (
    U64F64,
    Hyperparameter,
    NetUid,
    RecycleOrBurnEnum,
)
from taokit.local_chain.pallets.subtensor.uid_trimming import trim_to_max_allowed_uids

ONE_U64F64 = 1 << 64
OPERATIONAL_WEIGHT = weight(25_000_000, reads=4, writes=1)


class SubnetSettings(AdminBase):
    """Settings of a subnet that its owner may change, within rate limits, or root without them."""

    @call(3, weight=weight(28_633_000, 4_212, reads=4, writes=1))
    def sudo_set_serving_rate_limit(
        self, origin: Origin, netuid: NetUid, serving_rate_limit: u64
    ) -> None:
        """Blocks that a hotkey waits between two announcements of where it serves."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.ServingRateLimit, must_exist=False):
            sub.serving_rate_limit.insert(netuid, serving_rate_limit)
            sub.deposit(sub.Event.ServingRateLimitSet(netuid, serving_rate_limit))

    @call(5, weight=weight(34_704_000, 4_383, reads=5, writes=1))
    def sudo_set_max_difficulty(self, origin: Origin, netuid: NetUid, max_difficulty: u64) -> None:
        """The highest difficulty; nothing reads it any more."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.MaxDifficulty):
            sub.max_difficulty.insert(netuid, max_difficulty)
            sub.deposit(sub.Event.MaxDifficultySet(netuid, max_difficulty))

    @call(9, weight=weight(14_000_000, reads=1, writes=1))
    def sudo_set_adjustment_alpha(
        self, origin: Origin, netuid: NetUid, adjustment_alpha: u64
    ) -> None:
        """The smoothing of price adjustments; nothing reads it any more."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.AdjustmentAlpha):
            sub.adjustment_alpha.insert(netuid, adjustment_alpha)
            sub.deposit(sub.Event.AdjustmentAlphaSet(netuid, adjustment_alpha))

    @call(13, weight=weight(34_414_000, 4_383, reads=5, writes=1))
    def sudo_set_immunity_period(
        self, origin: Origin, netuid: NetUid, immunity_period: u16
    ) -> None:
        """Blocks after registration in which a neuron is spared from pruning."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.ImmunityPeriod):
            sub.immunity_period.insert(netuid, immunity_period)
            sub.deposit(sub.Event.ImmunityPeriodSet(netuid, immunity_period))

    @call(14, weight=weight(34_664_000, 4_383, reads=5, writes=1))
    def sudo_set_min_allowed_weights(
        self, origin: Origin, netuid: NetUid, min_allowed_weights: u16
    ) -> None:
        """The fewest weights that a validator may set."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.MinAllowedWeights):
            sub.min_allowed_weights.insert(netuid, min_allowed_weights)
            sub.deposit(sub.Event.MinAllowedWeightSet(netuid, min_allowed_weights))

    @call(17, weight=weight(31_268_000, 4_383, reads=5, writes=1))
    def sudo_set_rho(self, origin: Origin, netuid: NetUid, rho: u16) -> None:
        """The steepness of trust; nothing reads it any more."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.Rho):
            sub.rho.insert(netuid, rho)

    @call(18, weight=weight(35_165_000, 4_383, reads=6, writes=1))
    def sudo_set_activity_cutoff(
        self, origin: Origin, netuid: NetUid, activity_cutoff: u16
    ) -> None:
        """Blocks without weights that made a validator inactive; now the factor tells."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.ActivityCutoff):
            ensure(activity_cutoff >= sub.min_activity_cutoff.get(), sub.Error.ActivityCutoffTooLow)
            sub.activity_cutoff.insert(netuid, activity_cutoff)
            sub.deposit(sub.Event.ActivityCutoffSet(netuid, activity_cutoff))

    @call(22, weight=weight(37_780_000, 4_385, reads=6, writes=1))
    def sudo_set_min_burn(self, origin: Origin, netuid: NetUid, min_burn: u64) -> None:
        """The least that a registration costs (rao): under 1 TAO and under the maximum."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.MinBurn):
            bound = min(sub.min_burn_upper_bound, sub.max_burn.get(netuid))
            ensure(min_burn < bound, self.Error.ValueNotInBounds)
            sub.min_burn.insert(netuid, min_burn)
            sub.deposit(sub.Event.MinBurnSet(netuid, min_burn))

    @call(23, weight=weight(36_949_000, 4_410, reads=6, writes=1))
    def sudo_set_max_burn(self, origin: Origin, netuid: NetUid, max_burn: u64) -> None:
        """The most that a registration costs (rao): over 0.1 TAO and over the minimum."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.MaxBurn):
            bound = max(sub.max_burn_lower_bound, sub.min_burn.get(netuid))
            ensure(max_burn > bound, self.Error.ValueNotInBounds)
            sub.max_burn.insert(netuid, max_burn)
            sub.deposit(sub.Event.MaxBurnSet(netuid, max_burn))

    @call(61, weight=weight(28_343_000, 4_280, reads=4, writes=1))
    def sudo_set_toggle_transfer(self, origin: Origin, netuid: NetUid, toggle: Bool) -> None:
        """Whether stake on the subnet may be transferred between coldkeys."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.TransferEnabled, must_exist=False):
            sub.transfer_toggle.insert(netuid, toggle)
            sub.deposit(sub.Event.TransferToggle(netuid, toggle))

    @call(80, weight=weight(20_000_000, reads=2, writes=2))
    def sudo_set_recycle_or_burn(
        self, origin: Origin, netuid: NetUid, recycle_or_burn: RecycleOrBurnEnum
    ) -> None:
        """What becomes of the emission withheld from the owner's own miners."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.RecycleOrBurn, must_exist=False):
            sub.recycle_or_burn.insert(netuid, recycle_or_burn)

    @call(72, weight=weight(25_107_000, 4_280, reads=4, writes=1))
    def sudo_set_owner_immune_neuron_limit(
        self, origin: Origin, netuid: NetUid, immune_neurons: u16
    ) -> None:
        """How many of the owner's neurons are never pruned: 1 to 10."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.ImmuneNeuronLimit, must_exist=False):
            bounds = range(MIN_IMMUNE_OWNER_UIDS, MAX_IMMUNE_OWNER_UIDS + 1)
            ensure(immune_neurons in bounds, sub.Error.InvalidValue)
            sub.immune_owner_uids_limit.insert(netuid, immune_neurons)

    @call(93, weight=weight(38_100_000, 4_419, reads=7, writes=1))
    def sudo_set_min_childkey_take_per_subnet(
        self, origin: Origin, netuid: NetUid, take: u16
    ) -> None:
        """The least that child hotkeys keep on this subnet, in parts of 65535."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.MinChildkeyTake):
            least, most = sub.min_childkey_take.get(), sub.max_childkey_take.get()
            ensure(least <= take <= most, self.Error.InvalidValue)
            sub.min_childkey_take_per_subnet.insert(netuid, take)
            sub.deposit(sub.Event.MinChildKeyTakePerSubnetSet(netuid, take))

    @call(15, weight=weight(43_381_000, 4_433, reads=8, writes=1))
    def sudo_set_max_allowed_uids(
        self, origin: Origin, netuid: NetUid, max_allowed_uids: u16
    ) -> None:
        """How many uids the subnet has: what is in use or more, 256 over all mechanisms."""
        sub, error = self.runtime.subtensor, self.Error
        with self.owner_change(origin, netuid, Hyperparameter.MaxAllowedUids):
            least = sub.min_allowed_uids.get(netuid)
            ensure(max_allowed_uids >= least, error.MaxAllowedUidsLessThanMinAllowedUids)
            in_use = sub.subnetwork_n.get(netuid)
            ensure(in_use <= max_allowed_uids, error.MaxAllowedUIdsLessThanCurrentUIds)
            ensure(
                max_allowed_uids <= DEFAULT_MAX_ALLOWED_UIDS,
                error.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids,
            )
            count = sub.mechanism_count_current.get(netuid)
            mechanisms.ensure_uids_fit(sub, max_allowed_uids, count)
            sub.max_allowed_uids.insert(netuid, max_allowed_uids)
            sub.deposit(sub.Event.MaxAllowedUidsSet(netuid, max_allowed_uids))

    @call(78, weight=weight(38_302_000, 4_398, reads=8, writes=1))
    def sudo_trim_to_max_allowed_uids(self, origin: Origin, netuid: NetUid, max_n: u16) -> None:
        """Give up uids: the lowest emission goes first, the rest is numbered anew."""
        limit = TransactionType.MaxUidsTrimming
        with self.owner_change(origin, netuid, limit, must_exist=False):
            trim_to_max_allowed_uids(self.runtime.subtensor, netuid, max_n)

    @call(89, weight=OPERATIONAL_WEIGHT, dispatch_class=DispatchClass.Operational)
    def sudo_set_burn_half_life(self, origin: Origin, netuid: NetUid, burn_half_life: u16) -> None:
        """Blocks in which the registration price halves: 1 to 36100."""
        with self.owner_change(origin, netuid, Hyperparameter.BurnHalfLife):
            self.ensure_not_root(netuid)
            ensure(0 < burn_half_life <= MAX_BURN_HALF_LIFE, self.Error.InvalidValue)
            self.runtime.subtensor.burn_half_life.insert(netuid, burn_half_life)
            self.deposit(self.Event.BurnHalfLifeSet(netuid, burn_half_life))

    @call(90, weight=OPERATIONAL_WEIGHT, dispatch_class=DispatchClass.Operational)
    def sudo_set_burn_increase_mult(
        self, origin: Origin, netuid: NetUid, burn_increase_mult: U64F64
    ) -> None:
        """What a registration multiplies the price by: 1 to 3."""
        with self.owner_change(origin, netuid, Hyperparameter.BurnIncreaseMult):
            self.ensure_not_root(netuid)
            bounded = ONE_U64F64 <= burn_increase_mult <= 3 * ONE_U64F64
            ensure(bounded, self.Error.InvalidValue)
            self.runtime.subtensor.burn_increase_mult.insert(netuid, burn_increase_mult)
            self.deposit(self.Event.BurnIncreaseMultSet(netuid, burn_increase_mult))

    @call(64, weight=weight(3_918_000, writes=1))
    def sudo_set_subnet_owner_hotkey(
        self, origin: Origin, netuid: NetUid, hotkey: AccountId
    ) -> None:
        """Name the owner's hotkey, once a week; not frozen before an epoch."""
        networks.change_owner_hotkey(self.runtime.subtensor, origin, netuid, hotkey)

    @call(67, weight=weight(25_687_000, 4_177, reads=2, writes=2))
    def sudo_set_sn_owner_hotkey(self, origin: Origin, netuid: NetUid, hotkey: AccountId) -> None:
        """The same as `sudo_set_subnet_owner_hotkey`."""
        networks.change_owner_hotkey(self.runtime.subtensor, origin, netuid, hotkey)

    @call(92, weight=OPERATIONAL_WEIGHT, dispatch_class=DispatchClass.Operational)
    def sudo_set_owner_cut_enabled(self, origin: Origin, netuid: NetUid, enabled: Bool) -> None:
        """Whether the owner is paid a part of the subnet's emission; without a rate limit."""
        self._ensure_may_set_owner_cut(origin, netuid)
        self.runtime.subtensor.owner_cut_enabled.insert(netuid, enabled)

    @call(95, weight=OPERATIONAL_WEIGHT, dispatch_class=DispatchClass.Operational)
    def sudo_set_owner_cut_auto_lock_enabled(
        self, origin: Origin, netuid: NetUid, enabled: Bool
    ) -> None:
        """Whether the owner's part of emission is locked at once; without a rate limit."""
        self._ensure_may_set_owner_cut(origin, netuid)
        self.runtime.subtensor.owner_cut_auto_lock_enabled.insert(netuid, enabled)

    def _ensure_may_set_owner_cut(self, origin: Origin, netuid: int) -> None:
        sub = self.runtime.subtensor
        access.ensure_subnet_owner_or_root(sub, origin, netuid)
        access.ensure_admin_window_open(sub, netuid)
        self.ensure_subnet(netuid)
        self.ensure_not_root(netuid)
