"""The calls that commit timelocked weights."""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import BoundedBytesVec, u8, u16, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import timelocked_weights
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid

Ciphertext = BoundedBytesVec[Literal[5_000]]
LEGACY_VERSION = 4


class TimelockedWeightCalls(SubtensorBase):
    """Commits that the chain reveals by itself. None of them pays a fee."""

    @call(113, weight=weight(86_951_000, 4_713, reads=14, writes=2), pays=False)
    def commit_timelocked_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        commit: Ciphertext,
        reveal_round: u64,
        commit_reveal_version: u16,
    ) -> None:
        """Commit to weights under a timelock."""
        timelocked_weights.commit(
            self, origin, netuid, 0, commit, reveal_round, commit_reveal_version
        )

    @call(117, weight=weight(77_750_000, reads=7, writes=2), pays=False)
    def commit_crv3_mechanism_weights(
        self, origin: Origin, netuid: NetUid, mecid: u8, commit: Ciphertext, reveal_round: u64
    ) -> None:
        """Commit to weights of one mechanism under a timelock, as version 4."""
        timelocked_weights.commit(self, origin, netuid, mecid, commit, reveal_round, LEGACY_VERSION)

    @call(118, weight=weight(84_020_000, reads=9, writes=2), pays=False)
    def commit_timelocked_mechanism_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        mecid: u8,
        commit: Ciphertext,
        reveal_round: u64,
        commit_reveal_version: u16,
    ) -> None:
        """Commit to weights of one mechanism under a timelock."""
        timelocked_weights.commit(
            self, origin, netuid, mecid, commit, reveal_round, commit_reveal_version
        )
