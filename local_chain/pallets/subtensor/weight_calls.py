"""The calls that set, commit and reveal weights. None of them pays a fee."""

from __future__ import annotations

from taokit.chain_client.scale import H256, Compact, Vec, u8, u16, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import weight_commits
from taokit.local_chain.pallets.subtensor import weights as _weights
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid
from taokit.local_chain.pallets.subtensor.weight_commits import Reveal


class WeightCalls(SubtensorBase):
    """Weights in the open, and by commit and reveal."""

    @call(0, weight=weight(15_513_610_000, 10_327_410, reads=4_112, writes=2), pays=False)
    def set_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        dests: Vec[u16],
        weights: Vec[u16],
        version_key: u64,
    ) -> None:
        """Set the signing hotkey's weights on a subnet."""
        _weights.set_plain_weights(self, origin, netuid, 0, dests, weights, version_key)

    @call(119, weight=weight(15_540_000_000, reads=4_111, writes=2), pays=False)
    def set_mechanism_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        mecid: u8,
        dests: Vec[u16],
        weights: Vec[u16],
        version_key: u64,
    ) -> None:
        """Set the signing hotkey's weights on one mechanism of a subnet."""
        _weights.set_plain_weights(self, origin, netuid, mecid, dests, weights, version_key)

    @call(80, weight=weight(103_092_000, 7_395, reads=16, writes=2), pays=False)
    def batch_set_weights(
        self,
        origin: Origin,
        netuids: Vec[Compact[NetUid]],
        weights: Vec[Vec[tuple[Compact[u16], Compact[u16]]]],
        version_keys: Vec[Compact[u64]],
    ) -> None:
        """Set weights on several subnets; items fail one by one, told in events."""
        _weights.batch_set_weights(self, origin, netuids, weights, version_keys)

    @call(96, weight=weight(69_049_000, 4_714, reads=13, writes=2), pays=False)
    def commit_weights(self, origin: Origin, netuid: NetUid, commit_hash: H256) -> None:
        """Commit to weights by their salted hash."""
        weight_commits.commit_weights(self, origin, netuid, 0, commit_hash)

    @call(115, weight=weight(55_130_000, reads=7, writes=2), pays=False)
    def commit_mechanism_weights(
        self, origin: Origin, netuid: NetUid, mecid: u8, commit_hash: H256
    ) -> None:
        """Commit to weights of one mechanism by their salted hash."""
        weight_commits.commit_weights(self, origin, netuid, mecid, commit_hash)

    @call(100, weight=weight(147_224_000, 4_765, reads=15, writes=2), pays=False)
    def batch_commit_weights(
        self, origin: Origin, netuids: Vec[Compact[NetUid]], commit_hashes: Vec[H256]
    ) -> None:
        """Commit on several subnets; items fail one by one, told in events."""
        weight_commits.batch_commit_weights(self, origin, netuids, commit_hashes)

    @call(97, weight=weight(111_227_000, 7_590, reads=19, writes=2), pays=False)
    def reveal_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        uids: Vec[u16],
        values: Vec[u16],
        salt: Vec[u16],
        version_key: u64,
    ) -> None:
        """Reveal committed weights, in the one epoch where that counts."""
        reveal = Reveal(uids, values, salt, version_key)
        weight_commits.reveal_weights(self, origin, netuid, 0, reveal)

    @call(116, weight=weight(122_000_000, reads=16, writes=2), pays=False)
    def reveal_mechanism_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        mecid: u8,
        uids: Vec[u16],
        values: Vec[u16],
        salt: Vec[u16],
        version_key: u64,
    ) -> None:
        """Reveal committed weights of one mechanism."""
        reveal = Reveal(uids, values, salt, version_key)
        weight_commits.reveal_weights(self, origin, netuid, mecid, reveal)

    @call(98, weight=weight(421_363_000, 8_095, reads=19, writes=2), pays=False)
    def batch_reveal_weights(
        self,
        origin: Origin,
        netuid: NetUid,
        uids_list: Vec[Vec[u16]],
        values_list: Vec[Vec[u16]],
        salts_list: Vec[Vec[u16]],
        version_keys: Vec[u64],
    ) -> None:
        """Reveal several commits of one subnet, all or none."""
        weight_commits.batch_reveal_weights(
            self, origin, netuid, uids_list, values_list, salts_list, version_keys
        )
