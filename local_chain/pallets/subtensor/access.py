"""Who may change a subnet, and when: owner or root, outside the window before an epoch.

The owner's changes are rate limited one by one; root's are not.
"""

from __future__ import annotations

from collections.abc import Iterable

from taokit.local_chain.frame.errors import BadOrigin
from taokit.local_chain.frame.origin import Origin, ensure_signed, ensure_signed_or_root
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import epoch_schedule, rate_limits
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.rate_limits import Limited


def ensure_subnet_owner_or_root(sub: SubtensorBase, origin: Origin, netuid: int) -> bytes | None:
    """The subnet's owner, or None for root. BadOrigin for anyone else."""
    who = ensure_signed_or_root(origin)
    if who is not None and sub.subnet_owner.get(netuid) != who:
        raise BadOrigin
    return who


def ensure_subnet_owner(sub: SubtensorBase, origin: Origin, netuid: int) -> bytes:
    """The subnet's owner. BadOrigin for anyone else, root included."""
    who = ensure_signed(origin)
    if sub.subnet_owner.get(netuid) != who:
        raise BadOrigin
    return who


def ensure_owner_or_root_within_limits(
    sub: SubtensorBase, origin: Origin, netuid: int, limits: Iterable[Limited]
) -> bytes | None:
    """As `ensure_subnet_owner_or_root`; TxRateLimitExceeded if an owner's limit has not passed."""
    who = ensure_subnet_owner_or_root(sub, origin, netuid)
    if who is not None:
        for kind in limits:
            ensure(
                rate_limits.passes_on_subnet(sub, kind, who, netuid), sub.Error.TxRateLimitExceeded
            )
    return who


def record_owner_limits(
    sub: SubtensorBase, owner: bytes | None, netuid: int, limits: Iterable[Limited]
) -> None:
    """Start the owner's limits; nothing for root."""
    if owner is not None:
        now = sub.runtime.system.block_number()
        for kind in limits:
            rate_limits.record_on_subnet(sub, kind, owner, netuid, now)


def is_frozen(sub: SubtensorBase, netuid: int, block: int) -> bool:
    """True in the blocks before an epoch, automatic or triggered: parameters are frozen."""
    tempo = sub.tempo.get(netuid)
    if tempo == 0:
        return False
    if sub.pending_epoch_at.get(netuid) > block:
        return True
    remaining = epoch_schedule.blocks_until_next_auto_epoch(sub, netuid, tempo, block)
    return remaining < sub.admin_freeze_window.get()


def ensure_admin_window_open(sub: SubtensorBase, netuid: int) -> None:
    """AdminActionProhibitedDuringWeightsWindow in the blocks before an epoch."""
    now = sub.runtime.system.block_number()
    ensure(not is_frozen(sub, netuid, now), sub.Error.AdminActionProhibitedDuringWeightsWindow)
