"""Random operations on weights: set, committed and revealed, on one mechanism or another."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from random_operations import KEYS, Operations, Way, picks, ways

from taokit.local_chain.pallets.subtensor.weight_commits import Reveal, commit_hash

rows = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from([0, 1, 300, 65_535])), min_size=1, max_size=5
)
SALT = [1, 2, 3, 4]


class WeightRules(Operations):
    """What validators do; the hotkey itself signs."""

    commits: list[tuple[bytes, int, int, Reveal]]

    def neuron(self, pick: int, netuid: int) -> bytes:
        """A hotkey of a subnet."""
        there = self.world.sub.keys.values((netuid,))
        return there[pick % len(there)] if there and pick % 12 != 11 else KEYS[pick % len(KEYS)]

    @rule(
        way=ways,
        hot=picks,
        net=picks,
        row=rows,
        mechanism=st.sampled_from([None, None, 0, 1]),
    )
    def set_weights(
        self, way: Way, hot: int, net: int, row: list[tuple[int, int]], mechanism: int | None
    ) -> None:
        netuid = self.netuid(net)
        hotkey = self.neuron(hot, netuid)
        uids, values = [uid for uid, _ in row], [value for _, value in row]
        plain = Way("plain", way.blocks)
        if mechanism is None:
            self.stake_call(plain, hotkey, "set_weights", netuid, uids, values, 0)
        else:
            args = (netuid, mechanism, uids, values, 0)
            self.stake_call(plain, hotkey, "set_mechanism_weights", *args)

    @rule(way=ways, hot=picks, net=picks, row=rows, mechanism=st.sampled_from([0, 0, 1]))
    def commit_weights(
        self, way: Way, hot: int, net: int, row: list[tuple[int, int]], mechanism: int
    ) -> None:
        netuid = self.netuid(net)
        hotkey = self.neuron(hot, netuid)
        reveal = Reveal([uid for uid, _ in row], [value for _, value in row], SALT, 0)
        digest = commit_hash(hotkey, mechanism * 4096 + netuid, reveal)
        plain = Way("plain", way.blocks)
        if mechanism:
            args = (netuid, mechanism, digest)
            self.stake_call(plain, hotkey, "commit_mechanism_weights", *args)
        else:
            self.stake_call(plain, hotkey, "commit_weights", netuid, digest)
        self.commits.append((hotkey, netuid, mechanism, reveal))

    @rule(way=ways, which=st.integers(0, 5))
    def reveal_weights(self, way: Way, which: int) -> None:
        if not self.commits:
            return
        hotkey, netuid, mechanism, reveal = self.commits[which % len(self.commits)]
        args = (reveal.targets, reveal.values, reveal.salt, reveal.version_key)
        plain = Way("plain", way.blocks)
        if mechanism:
            args_ = (netuid, mechanism, *args)
            self.stake_call(plain, hotkey, "reveal_mechanism_weights", *args_)
        else:
            self.stake_call(plain, hotkey, "reveal_weights", netuid, *args)

    @rule(way=ways, hot=picks, net=picks, round_=st.integers(0, 1_000))
    def commit_timelocked_weights(self, way: Way, hot: int, net: int, round_: int) -> None:
        netuid = self.netuid(net)
        hotkey = self.neuron(hot, netuid)
        args = (netuid, b"not a ciphertext", round_, 4)
        plain = Way("plain", way.blocks)
        self.stake_call(plain, hotkey, "commit_timelocked_weights", *args)
