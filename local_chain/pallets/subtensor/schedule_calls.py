"""The calls that change when a subnet's epochs run, and what each of them tracks."""

from __future__ import annotations

from taokit.chain_client.scale import u16, u32, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import (
    access,
    epoch_schedule,
    rate_limits,
    voting_power,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.rate_limits import TransactionType
from taokit.local_chain.pallets.subtensor.types import Hyperparameter, NetUid


class ScheduleCalls(SubtensorBase):
    """Tempo, triggered epochs, activity, and voting power."""

    @call(139, weight=weight(46_407_000, 4_440, reads=6, writes=3))
    def set_tempo(self, origin: Origin, netuid: NetUid, tempo: u16) -> None:
        """Set the blocks between two epochs, and start a new cycle now. The subnet's owner."""
        owner = access.ensure_subnet_owner(self, origin, netuid)
        ensure(self.min_tempo <= tempo <= self.max_tempo, self.Error.TempoOutOfBounds)
        access.ensure_admin_window_open(self, netuid)
        kind = TransactionType.TempoUpdate
        ensure(
            rate_limits.passes_on_subnet(self, kind, owner, netuid), self.Error.TxRateLimitExceeded
        )
        epoch_schedule.set_tempo(self, netuid, tempo)
        now = self.runtime.system.block_number()
        rate_limits.record_on_subnet(self, kind, owner, netuid, now)

    @call(140, weight=weight(39_193_000, 4_364, reads=7, writes=2))
    def set_activity_cutoff_factor(self, origin: Origin, netuid: NetUid, factor_milli: u32) -> None:
        """Set after how many thousandths of a tempo a silent neuron is inactive. Owner or root."""
        who = access.ensure_subnet_owner_or_root(self, origin, netuid)
        least, most = self.min_activity_cutoff_factor_milli, self.max_activity_cutoff_factor_milli
        ensure(least <= factor_milli <= most, self.Error.ActivityCutoffFactorMilliOutOfBounds)
        kind = Hyperparameter.ActivityCutoffFactorMilli
        if who is not None:
            access.ensure_admin_window_open(self, netuid)
            ensure(
                rate_limits.passes_on_subnet(self, kind, who, netuid),
                self.Error.TxRateLimitExceeded,
            )
        self.activity_cutoff_factor_milli.insert(netuid, factor_milli)
        self.deposit(self.Event.ActivityCutoffFactorMilliSet(netuid, factor_milli))
        access.record_owner_limits(self, who, netuid, [kind])

    @call(141, weight=weight(42_539_000, 4_447, reads=8, writes=2))
    def trigger_epoch(self, origin: Origin, netuid: NetUid) -> None:
        """Have an epoch run once the admin freeze window has passed. The subnet's owner."""
        owner = access.ensure_subnet_owner(self, origin, netuid)
        error = self.Error
        ensure(
            not self.commit_reveal_weights_enabled.get(netuid),
            error.DynamicTempoBlockedByCommitReveal,
        )
        ensure(self.pending_epoch_at.get(netuid) == 0, error.EpochTriggerAlreadyPending)
        now, window = self.runtime.system.block_number(), self.admin_freeze_window.get()
        tempo = self.tempo.get(netuid)
        remaining = epoch_schedule.blocks_until_next_auto_epoch(self, netuid, tempo, now)
        ensure(remaining >= window, error.AutoEpochAlreadyImminent)
        kind = Hyperparameter.TriggerEpoch
        ensure(rate_limits.passes_on_subnet(self, kind, owner, netuid), error.TxRateLimitExceeded)
        self.pending_epoch_at.insert(netuid, now + window)
        rate_limits.record_on_subnet(self, kind, owner, netuid, now)
        self.deposit(self.Event.EpochTriggered(netuid, owner, now + window))

    @call(129, weight=weight(10_000, reads=2, writes=2))
    def enable_voting_power_tracking(self, origin: Origin, netuid: NetUid) -> None:
        """Track the voting power of a subnet's validators. The subnet's owner or root."""
        access.ensure_subnet_owner_or_root(self, origin, netuid)
        voting_power.enable(self, netuid)

    @call(130, weight=weight(10_000, reads=2, writes=1))
    def disable_voting_power_tracking(self, origin: Origin, netuid: NetUid) -> None:
        """End tracking in two weeks. The subnet's owner or root."""
        access.ensure_subnet_owner_or_root(self, origin, netuid)
        voting_power.schedule_disable(self, netuid)

    @call(131, weight=weight(6_000, reads=1, writes=1))
    def sudo_set_voting_power_ema_alpha(self, origin: Origin, netuid: NetUid, alpha: u64) -> None:
        """Set how fast voting power follows stake, in parts of 10**18. Root only."""
        ensure_root(origin)
        voting_power.set_smoothing(self, netuid, alpha)
