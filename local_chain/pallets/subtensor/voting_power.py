"""Voting power: a slow average of each validator's stake, kept where a subnet's owner wants it.

Source: the runtime's utils/voting_power.rs.
"""

from __future__ import annotations

from collections.abc import Iterable

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.custody import U64_MAX

DISABLE_GRACE_BLOCKS = 100_800
ONE = 10**18
"""The smoothing factor 1, in the parts that `VotingPowerEmaAlpha` counts."""


def enable(sub: SubtensorBase, netuid: int) -> None:
    """Start tracking, or call off its end."""
    sub.voting_power_tracking_enabled.insert(netuid, True)
    sub.voting_power_disable_at_block.remove(netuid)
    sub.deposit(sub.Event.VotingPowerTrackingEnabled(netuid))


def schedule_disable(sub: SubtensorBase, netuid: int) -> None:
    """End tracking after two weeks of blocks. Raises VotingPowerTrackingNotEnabled."""
    ensure(sub.voting_power_tracking_enabled.get(netuid), sub.Error.VotingPowerTrackingNotEnabled)
    end = sub.runtime.system.block_number() + DISABLE_GRACE_BLOCKS
    sub.voting_power_disable_at_block.insert(netuid, end)
    sub.deposit(sub.Event.VotingPowerTrackingDisableScheduled(netuid, end))


def set_smoothing(sub: SubtensorBase, netuid: int, alpha: int) -> None:
    """Set the weight of new stake, in parts of 10**18. Raises InvalidVotingPowerEmaAlpha."""
    ensure(alpha <= ONE, sub.Error.InvalidVotingPowerEmaAlpha)
    sub.voting_power_ema_alpha.insert(netuid, alpha)
    sub.deposit(sub.Event.VotingPowerEmaAlphaSet(netuid, alpha))


def update(sub: SubtensorBase, netuid: int, neurons: Iterable[tuple[bytes, bool, int]]) -> None:
    """Average in the stakes of an epoch: (hotkey, validator permit, stake weight in rao)."""
    if not sub.voting_power_tracking_enabled.get(netuid):
        return
    end = sub.voting_power_disable_at_block.get(netuid)
    if 0 < end <= sub.runtime.system.block_number():
        sub.voting_power.clear((netuid,))
        sub.voting_power_tracking_enabled.insert(netuid, False)
        sub.voting_power_disable_at_block.remove(netuid)
        sub.deposit(sub.Event.VotingPowerTrackingDisabled(netuid))
        return
    alpha = sub.voting_power_ema_alpha.get(netuid)
    threshold = sub.stake_threshold.get()
    power = sub.voting_power
    for hotkey, permit, stake in neurons:
        key = (netuid, hotkey)
        if not permit:
            power.remove(key)
            continue
        before = power.get(key)
        after = min((alpha * stake + max(ONE - alpha, 0) * before) // ONE, U64_MAX)
        if after < threshold <= before:
            power.remove(key)
        elif after:
            power.insert(key, after)
    for key in power.keys((netuid,)):
        if not sub.is_network_member.get((key[1], netuid)):
            power.remove(key)
