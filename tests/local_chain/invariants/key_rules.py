"""Random operations on keys: children, takes, swaps of hotkeys and coldkeys."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from random_operations import (
    KEYS,
    SIGNERS,
    U64_MAX,
    Operations,
    Way,
    booleans,
    hotkeys,
    picks,
    signers,
    signers_or_owner,
    ways,
)
from random_world import EVERYBODY, named

from taokit.chain_client.storage_keys import blake2_256

parts = st.one_of(
    st.sampled_from([0, 1, U64_MAX, U64_MAX // 2, U64_MAX // 3]), st.integers(0, U64_MAX)
)
takes = st.sampled_from([0, 1, 5_898, 11_796, 11_797, 65_535])
coldkeys = st.integers(0, len(SIGNERS) + 9)


def any_coldkey(number: int) -> bytes:
    """A signer, or a coldkey that nobody used yet."""
    return SIGNERS[number] if number < len(SIGNERS) else named(f"new coldkey {number}")


class KeyRules(Operations):
    """What owners of keys do."""

    @rule(way=ways, who=signers, hot=hotkeys)
    def try_associate_hotkey(self, way: Way, who: int, hot: int) -> None:
        self.stake_call(way, SIGNERS[who], "try_associate_hotkey", KEYS[hot])

    @rule(
        way=ways,
        who=signers_or_owner,
        hot=picks,
        net=picks,
        children=st.lists(st.tuples(parts, hotkeys), max_size=3),
    )
    def set_children(
        self, way: Way, who: int, hot: int, net: int, children: list[tuple[int, int]]
    ) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        links = [(part, KEYS[child]) for part, child in children]
        signer = self.signer(who, self.hotkey(hot))
        self.stake_call(way, signer, "set_children", self.hotkey(hot), netuid, links)

    @rule(way=ways, who=signers_or_owner, hot=picks, net=picks, take=takes)
    def set_childkey_take(self, way: Way, who: int, hot: int, net: int, take: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        signer = self.signer(who, self.hotkey(hot))
        self.stake_call(way, signer, "set_childkey_take", self.hotkey(hot), netuid, take)

    @rule(
        way=ways,
        who=signers_or_owner,
        hot=picks,
        take=takes,
        name=st.sampled_from(["increase_take", "decrease_take"]),
    )
    def change_take(self, way: Way, who: int, hot: int, take: int, name: str) -> None:
        self.stake_call(way, self.signer(who, self.hotkey(hot)), name, self.hotkey(hot), take)

    @rule(way=ways, who=signers_or_owner, hot=picks, enabled=booleans)
    def auto_parent_delegation(self, way: Way, who: int, hot: int, enabled: bool) -> None:
        signer = self.signer(who, self.hotkey(hot))
        self.stake_call(
            way, signer, "set_auto_parent_delegation_enabled", self.hotkey(hot), enabled
        )

    @rule(
        way=ways,
        who=signers_or_owner,
        hot=picks,
        new=hotkeys,
        net=st.none() | picks,
        keep=st.none() | booleans,
    )
    def swap_hotkey(
        self, way: Way, who: int, hot: int, new: int, net: int | None, keep: bool | None
    ) -> None:
        netuid = None if net is None else self.netuid(net, root=net % 5 == 0)
        signer = self.signer(who, self.hotkey(hot))
        args = (self.hotkey(hot), KEYS[new], netuid)
        if keep is None:
            self.stake_call(way, signer, "swap_hotkey", *args)
        else:
            self.stake_call(way, signer, "swap_hotkey_v2", *args, keep)

    @rule(way=ways, old=signers, new=coldkeys, cost=st.sampled_from([0, 1, 10**8]))
    def swap_coldkey(self, way: Way, old: int, new: int, cost: int) -> None:
        args = (SIGNERS[old], any_coldkey(new), cost)
        self.root_call(way, "SubtensorModule", "swap_coldkey", *args)

    @rule(way=ways, who=signers, new=coldkeys)
    def announce_coldkey_swap(self, way: Way, who: int, new: int) -> None:
        digest = blake2_256(any_coldkey(new))
        self.stake_call(way, SIGNERS[who], "announce_coldkey_swap", digest)

    @rule(way=ways, who=signers, new=coldkeys)
    def swap_coldkey_announced(self, way: Way, who: int, new: int) -> None:
        """By somebody who announced it, if there is one."""
        for announced, (_, digest) in self.world.sub.coldkey_swap_announcements.items():
            for number in range(len(SIGNERS) + 10):
                if digest == blake2_256(any_coldkey(number)):
                    args = (announced, "swap_coldkey_announced", any_coldkey(number))
                    self.stake_call(Way("plain", way.blocks), *args)
                    return
        self.stake_call(way, SIGNERS[who], "swap_coldkey_announced", any_coldkey(new))

    @rule(
        way=ways,
        who=signers,
        name=st.sampled_from(["clear_coldkey_swap_announcement", "dispute_coldkey_swap"]),
    )
    def end_coldkey_swap(self, way: Way, who: int, name: str) -> None:
        self.stake_call(way, SIGNERS[who], name)

    @rule(way=ways, who=signers)
    def reset_coldkey_swap(self, way: Way, who: int) -> None:
        self.root_call(way, "SubtensorModule", "reset_coldkey_swap", SIGNERS[who])

    @rule(way=ways, hot=hotkeys, to=st.integers(0, len(EVERYBODY) - 1), net=picks)
    def serve(self, way: Way, hot: int, to: int, net: int) -> None:
        netuid = self.netuid(net, root=net % 5 == 0)
        args = (netuid, 1, 0x0A000001 + to, 8_000 + to, 4, 0, 0, 0)
        plain = Way("plain", way.blocks)
        self.stake_call(plain, KEYS[hot], "serve_axon", *args)
