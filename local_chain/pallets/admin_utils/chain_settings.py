"""What only root may set of the whole chain."""

from __future__ import annotations

from taokit.chain_client.scale import Bool, u8, u16, u32, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.admin_utils.base import AdminBase, PrecompileEnum
from taokit.local_chain.pallets.subtensor import mechanisms, stake_operations
from taokit.local_chain.pallets.subtensor.types import I64F64, I96F32, U64F64

ONE_U64F64 = 1 << 64


class ChainSettings(AdminBase):
    """Settings of the whole chain. They are never frozen."""

    @call(1, weight=weight(5_400_000, 0, writes=1))
    def sudo_set_default_take(self, origin: Origin, default_take: u16) -> None:
        """The highest take of a delegate, in parts of 65535; also what a new one begins with."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.max_delegate_take.put(default_take)
        sub.deposit(sub.Event.MaxDelegateTakeSet(default_take))

    @call(2, weight=weight(5_440_000, 0, writes=1))
    def sudo_set_tx_rate_limit(self, origin: Origin, tx_rate_limit: u64) -> None:
        """Blocks that a coldkey waits between two swaps of hotkeys."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.tx_rate_limit.put(tx_rate_limit)
        sub.deposit(sub.Event.TxRateLimitSet(tx_rate_limit))

    @call(28, weight=weight(14_000_000, writes=1))
    def sudo_set_subnet_owner_cut(self, origin: Origin, subnet_owner_cut: u16) -> None:
        """The owners' part of emission, in parts of 65535."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.subnet_owner_cut.put(subnet_owner_cut)
        sub.deposit(sub.Event.SubnetOwnerCutSet(subnet_owner_cut))

    @call(29, weight=weight(14_000_000, writes=1))
    def sudo_set_network_rate_limit(self, origin: Origin, rate_limit: u64) -> None:
        """Blocks between two registrations of subnets."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.network_rate_limit.put(rate_limit)
        sub.deposit(sub.Event.NetworkRateLimitSet(rate_limit))

    @call(35, weight=weight(14_000_000, writes=1))
    def sudo_set_network_immunity_period(self, origin: Origin, immunity_period: u64) -> None:
        """Blocks in which a new subnet is not pruned."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.network_immunity_period.put(immunity_period)
        sub.deposit(sub.Event.NetworkImmunityPeriodSet(immunity_period))

    @call(36, weight=weight(14_000_000, writes=1))
    def sudo_set_network_min_lock_cost(self, origin: Origin, lock_cost: u64) -> None:
        """The least that a subnet costs (rao)."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.network_min_lock_cost.put(lock_cost)
        sub.deposit(sub.Event.NetworkMinLockCostSet(lock_cost))

    @call(37, weight=weight(14_000_000, writes=1))
    def sudo_set_subnet_limit(self, origin: Origin, max_subnets: u16) -> None:
        """How many subnets there may be, the root network not counted."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.subnet_limit.put(max_subnets)
        sub.deposit(sub.Event.SubnetLimitSet(max_subnets))

    @call(38, weight=weight(14_000_000, writes=1))
    def sudo_set_lock_reduction_interval(self, origin: Origin, interval: u64) -> None:
        """Blocks in which the cost of a subnet falls by its last lock."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.network_lock_reduction_interval.put(interval)
        sub.deposit(sub.Event.NetworkLockCostReductionIntervalSet(interval))

    @call(42, weight=weight(5_500_000, 0, writes=1))
    def sudo_set_stake_threshold(self, origin: Origin, min_stake: u64) -> None:
        """The stake weight that setting weights takes (rao)."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.stake_threshold.put(min_stake)
        sub.deposit(sub.Event.StakeThresholdSet(min_stake))

    @call(45, weight=weight(5_420_000, 0, writes=1))
    def sudo_set_tx_delegate_take_rate_limit(self, origin: Origin, tx_rate_limit: u64) -> None:
        """Blocks between two raises of a delegate's take."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.tx_delegate_take_rate_limit.put(tx_rate_limit)
        sub.deposit(sub.Event.TxDelegateTakeRateLimitSet(tx_rate_limit))

    @call(46, weight=weight(5_490_000, 0, writes=1))
    def sudo_set_min_delegate_take(self, origin: Origin, take: u16) -> None:
        """The lowest take of a delegate, in parts of 65535."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.min_delegate_take.put(take)
        sub.deposit(sub.Event.MinDelegateTakeSet(take))

    @call(55, weight=weight(5_591_000, 0, writes=1))
    def sudo_set_dissolve_network_schedule_duration(self, origin: Origin, duration: u32) -> None:
        """Blocks that dissolving a subnet used to wait; nothing reads it any more."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.dissolve_network_schedule_duration.put(duration)
        sub.deposit(sub.Event.DissolveNetworkScheduleDurationSet(duration))

    @call(63, weight=weight(2_955_000, 0, writes=1))
    def sudo_set_subnet_moving_alpha(self, origin: Origin, alpha: I96F32) -> None:
        """How fast moving prices follow prices."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.subnet_moving_alpha.put(alpha)

    @call(71, weight=weight(6_052_000, 0, writes=1))
    def sudo_set_commit_reveal_version(self, origin: Origin, version: u16) -> None:
        """The version that timelocked commits must name."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.commit_reveal_weights_version.put(version)
        sub.deposit(sub.Event.CommitRevealVersionSet(version))

    @call(73, weight=weight(15_650_000, reads=1, writes=1))
    def sudo_set_ck_burn(self, origin: Origin, burn: u64) -> None:
        """The part of parents' dividends that is burned, of 2**64 - 1."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.ck_burn.put(burn)

    @call(74, weight=weight(5_450_000, 0, writes=1))
    def sudo_set_admin_freeze_window(self, origin: Origin, window: u16) -> None:
        """Blocks before an epoch in which parameters are frozen."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.admin_freeze_window.put(window)
        sub.deposit(sub.Event.AdminFreezeWindowSet(window))

    @call(75, weight=weight(5_471_000, 0, writes=1))
    def sudo_set_owner_hparam_rate_limit(self, origin: Origin, epochs: u16) -> None:
        """Tempos between two changes of one parameter by a subnet's owner."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.owner_hyperparam_rate_limit.put(epochs)
        sub.deposit(sub.Event.OwnerHyperparamRateLimitSet(epochs))

    @call(81, weight=weight(7_343_000, writes=1))
    def sudo_set_tao_flow_cutoff(self, origin: Origin, flow_cutoff: I64F64) -> None:
        """The flow of TAO below which a subnet would be emitted nothing."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.tao_flow_cutoff.put(flow_cutoff)

    @call(83, weight=weight(7_343_000, writes=1))
    def sudo_set_tao_flow_smoothing_factor(self, origin: Origin, smoothing_factor: u64) -> None:
        """How fast the moving flow of TAO follows the flow."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.flow_ema_smoothing_factor.put(smoothing_factor)

    @call(91, weight=weight(7_343_000, writes=1))
    def sudo_set_net_tao_flow_enabled(self, origin: Origin, enabled: Bool) -> None:
        """Whether what the protocol moves counts in the flow of TAO."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.net_tao_flow_enabled.put(enabled)

    @call(85, weight=weight(14_000_000, writes=1))
    def sudo_set_start_call_delay(self, origin: Origin, delay: u64) -> None:
        """Blocks that a subnet waits before it may be started."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.start_call_delay.put(delay)
        sub.deposit(sub.Event.StartCallDelaySet(delay))

    @call(86, weight=weight(5_370_000, 0, writes=1))
    def sudo_set_coldkey_swap_announcement_delay(self, origin: Origin, duration: u32) -> None:
        """Blocks between announcing a swap of coldkeys and making it."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.coldkey_swap_announcement_delay.put(duration)
        sub.deposit(sub.Event.ColdkeySwapAnnouncementDelaySet(duration))

    @call(87, weight=weight(5_360_000, 0, writes=1))
    def sudo_set_coldkey_swap_reannouncement_delay(self, origin: Origin, duration: u32) -> None:
        """Blocks after which a swap of coldkeys may be announced anew."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        sub.coldkey_swap_reannouncement_delay.put(duration)
        sub.deposit(sub.Event.ColdkeySwapReannouncementDelaySet(duration))

    @call(33, weight=weight(5_931_000, 0))
    def sudo_set_total_issuance(self, origin: Origin, total_issuance: u64) -> None:
        """Always refused: issuance is counted, not set."""
        raise self.Error.Deprecated

    @call(62, weight=weight(6_162_000, 3_507, reads=1))
    def sudo_toggle_evm_precompile(
        self, origin: Origin, precompile_id: PrecompileEnum, enabled: Bool
    ) -> None:
        """Whether contracts may call a precompile."""
        ensure_root(origin)
        if self.precompile_enable.get(precompile_id) != enabled:
            self.precompile_enable.insert(precompile_id, enabled)
            self.deposit(self.Event.PrecompileUpdated(precompile_id, enabled))

    @call(82, weight=weight(7_343_000, writes=1))
    def sudo_set_tao_flow_normalization_exponent(self, origin: Origin, exponent: U64F64) -> None:
        """The exponent that flows of TAO would be weighed by: 1 to 2."""
        ensure_root(origin)
        ensure(ONE_U64F64 <= exponent <= 2 * ONE_U64F64, self.Error.InvalidValue)
        self.runtime.subtensor.flow_norm_exponent.put(exponent)

    @call(88, weight=weight(15_000_000, reads=1, writes=1))
    def sudo_set_max_mechanism_count(self, origin: Origin, max_mechanism_count: u8) -> None:
        """How many mechanisms a subnet may have: 1 to 16."""
        ensure_root(origin)
        mechanisms.set_max_count(self.runtime.subtensor, max_mechanism_count)

    @call(96, weight=weight(5_530_000, 0, writes=1))
    def sudo_set_max_epochs_per_block(self, origin: Origin, max_epochs_per_block: u8) -> None:
        """How many epochs may run in one block; the others wait for the next."""
        ensure_root(origin)
        ensure(max_epochs_per_block >= 1, self.Error.ValueNotInBounds)
        sub = self.runtime.subtensor
        sub.max_epochs_per_block.put(max_epochs_per_block)
        sub.deposit(sub.Event.MaxEpochsPerBlockSet(max_epochs_per_block))

    @call(43, weight=weight(30_697_000, 6_890, reads=5, writes=1))
    def sudo_set_nominator_min_required_stake(self, origin: Origin, min_stake: u64) -> None:
        """The least nomination, in millionths of the least stake; smaller ones are unstaked."""
        ensure_root(origin)
        sub = self.runtime.subtensor
        before = stake_operations.least_nomination(sub)
        sub.nominator_min_required_stake.put(min_stake)
        if min_stake > before:
            for hotkey, coldkey, netuid in sorted({*sub.alpha.keys(), *sub.alpha_v2.keys()}):
                stake_operations.clear_small_nomination(sub, hotkey, coldkey, netuid)
