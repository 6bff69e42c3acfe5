"""Which blocks of a subnet's life are to be whole, and which may be passed over.

Owns the question: whole are the blocks in which an epoch of neurons runs, is put off or left out,
and those that reveal weights. What happens in the others, `block_step` does in each of them, whole
or not.
"""

from __future__ import annotations

from taokit.local_chain.pallets.subtensor import epoch_schedule, mechanisms
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT

__all__ = ["next_due"]


def next_due(sub: SubtensorBase, block: int) -> int | None:
    """The first block from `block` on that has to be whole; None without any epoch to come."""
    netuids = [netuid for netuid in sub.networks_added.keys() if netuid != ROOT]
    if _something_opens(sub, netuids):
        return block
    due = [at for netuid in netuids if (at := _epoch(sub, netuid, block)) is not None]
    return max(min(due), block) if due else None


def _epoch(sub: SubtensorBase, netuid: int, block: int) -> int | None:
    """The block of the subnet's next epoch, as `should_run_epoch` will say; None without neurons.

    Without any nobody looks into it.
    """
    if not sub.subnetwork_n.get(netuid):
        return None
    due = epoch_schedule.next_epoch_start_block(sub, netuid)
    if due is None:
        return None
    since = sub.blocks_since_last_step.get(netuid)
    return min(due, block + max(sub.max_tempo - since, 0))


def _something_opens(sub: SubtensorBase, netuids: list[int]) -> bool:
    """Whether the next block reveals weights whose round came late."""
    commits = sub.timelocked_weight_commits
    if commits.is_empty:
        return False
    signature_of = sub.runtime.drand.signature_of
    for netuid in netuids:
        due = sub.subnet_epoch_index.get(netuid) - sub.reveal_period_epochs.get(netuid)
        for index in mechanisms.storage_indices(sub, netuid):
            if due >= 0 and any(signature_of(entry[3]) for entry in commits.get((index, due))):
                return True
    return False
