"""Bonds between validators and miners, beside what the epoch makes of them."""

from __future__ import annotations

from taokit.local_chain.pallets.subtensor import mechanisms
from taokit.local_chain.pallets.subtensor.base import SubtensorBase


def reset(sub: SubtensorBase, netuid: int, hotkey: bytes) -> None:
    """Let every validator of the subnet, in each mechanism, lose its bond to a hotkey.

    Only where the subnet has switched that on, and the hotkey has a uid. Source: `do_reset_bonds`.
    """
    uid = sub.uids.get((netuid, hotkey))
    if uid is None or not sub.bonds_reset_on.get(netuid):
        return
    for index in mechanisms.storage_indices(sub, netuid):
        for key, row in sub.bonds.items((index,)):
            sub.bonds.insert(key, [(to, bond) for to, bond in row if to != uid])
