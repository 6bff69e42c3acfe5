"""Random operations on stake: adding, removing, moving, burning, locking, claiming."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule
from random_operations import (
    KEYS,
    SIGNERS,
    Operations,
    Way,
    amounts,
    booleans,
    picks,
    prices,
    signers,
    ways,
)

from taokit.local_chain.pallets.subtensor.types import RootClaimTypeEnum

Amount = int | str
Limit = tuple[int, bool] | None
claim_types = st.one_of(
    st.just(RootClaimTypeEnum.Swap()),
    st.just(RootClaimTypeEnum.Keep()),
    st.sets(st.integers(0, 4), max_size=3).map(lambda some: RootClaimTypeEnum.KeepSubnets(some)),
)


class StakeRules(Operations):
    """What stakers do."""

    @rule(
        way=ways,
        who=picks,
        hot=picks,
        net=picks,
        amount=amounts,
        limit=st.none() | st.tuples(prices, booleans),
    )
    def add_stake(
        self, way: Way, who: int, hot: int, net: int, amount: Amount, limit: Limit
    ) -> None:
        signer, netuid = self.payer(who), self.netuid(net, root=True)
        args = (self.hotkey(hot), netuid, self.tao(signer, amount))
        if limit is None:
            self.stake_call(way, signer, "add_stake", *args)
        else:
            self.stake_call(way, signer, "add_stake_limit", *args, *limit)

    @rule(way=ways, who=picks, hot=picks, net=picks, amount=amounts, price=st.none() | prices)
    def add_stake_burn(
        self, way: Way, who: int, hot: int, net: int, amount: Amount, price: int | None
    ) -> None:
        signer = self.payer(who)
        args = (self.hotkey(hot), self.netuid(net), self.tao(signer, amount), price)
        self.stake_call(way, signer, "add_stake_burn", *args)

    @rule(way=ways, at=picks, amount=amounts, limit=st.none() | st.tuples(prices, booleans))
    def remove_stake(self, way: Way, at: int, amount: Amount, limit: Limit) -> None:
        hotkey, signer, netuid = self.position(at)
        args = (hotkey, netuid, self.alpha(hotkey, signer, netuid, amount))
        if limit is None:
            self.stake_call(way, signer, "remove_stake", *args)
        else:
            self.stake_call(way, signer, "remove_stake_limit", *args, *limit)

    @rule(way=ways, at=picks, price=st.none() | prices)
    def remove_stake_full_limit(self, way: Way, at: int, price: int | None) -> None:
        hotkey, signer, netuid = self.position(at)
        self.stake_call(way, signer, "remove_stake_full_limit", hotkey, netuid, price)

    @rule(way=ways, at=picks, name=st.sampled_from(["unstake_all", "unstake_all_alpha"]))
    def unstake_all(self, way: Way, at: int, name: str) -> None:
        hotkey, signer, _ = self.position(at)
        self.stake_call(way, signer, name, hotkey)

    @rule(way=ways, at=picks, hot=picks, net=picks, amount=amounts)
    def move_stake(self, way: Way, at: int, hot: int, net: int, amount: Amount) -> None:
        hotkey, signer, origin = self.position(at)
        alpha = self.alpha(hotkey, signer, origin, amount)
        destination = origin if net % 3 == 0 else self.netuid(net, root=True)
        args = (hotkey, self.hotkey(hot), origin, destination, alpha)
        self.stake_call(way, signer, "move_stake", *args)

    @rule(way=ways, at=picks, to=picks, net=picks, amount=amounts)
    def transfer_stake(self, way: Way, at: int, to: int, net: int, amount: Amount) -> None:
        hotkey, signer, origin = self.position(at)
        alpha = self.alpha(hotkey, signer, origin, amount)
        destination = origin if net % 3 == 0 else self.netuid(net, root=True)
        args = (self.payer(to), hotkey, origin, destination, alpha)
        self.stake_call(way, signer, "transfer_stake", *args)

    @rule(
        way=ways,
        at=picks,
        net=picks,
        amount=amounts,
        limit=st.none() | st.tuples(prices, booleans),
    )
    def swap_stake(self, way: Way, at: int, net: int, amount: Amount, limit: Limit) -> None:
        hotkey, signer, origin = self.position(at)
        alpha = self.alpha(hotkey, signer, origin, amount)
        args = (hotkey, origin, self.netuid(net, root=True), alpha)
        if limit is None:
            self.stake_call(way, signer, "swap_stake", *args)
        else:
            self.stake_call(way, signer, "swap_stake_limit", *args, *limit)

    @rule(way=ways, at=picks, amount=amounts, name=st.sampled_from(["recycle_alpha", "burn_alpha"]))
    def give_up_alpha(self, way: Way, at: int, amount: Amount, name: str) -> None:
        hotkey, signer, netuid = self.position(at)
        alpha = self.alpha(hotkey, signer, netuid, amount)
        self.stake_call(way, signer, name, hotkey, alpha, netuid)

    # -- locks ---------------------------------------------------------------------------

    @rule(way=ways, at=picks, amount=amounts)
    def lock_stake(self, way: Way, at: int, amount: Amount) -> None:
        hotkey, signer, netuid = self.position(at)
        alpha = self.alpha(hotkey, signer, netuid, amount)
        self.stake_call(way, signer, "lock_stake", hotkey, netuid, alpha)

    @rule(way=ways, lock=picks, hot=picks)
    def move_lock(self, way: Way, lock: int, hot: int) -> None:
        locks = self.world.sub.lock.keys() or [(SIGNERS[0], 1, KEYS[0])]
        signer, netuid, _ = locks[lock % len(locks)]
        self.stake_call(way, signer, "move_lock", self.hotkey(hot), netuid)

    @rule(way=ways, at=picks, enabled=booleans)
    def set_perpetual_lock(self, way: Way, at: int, enabled: bool) -> None:
        _, signer, netuid = self.position(at)
        self.stake_call(way, signer, "set_perpetual_lock", netuid, enabled)

    @rule(way=ways, who=signers, accepts=booleans)
    def set_reject_locked_alpha(self, way: Way, who: int, accepts: bool) -> None:
        self.stake_call(way, SIGNERS[who], "set_reject_locked_alpha", not accepts)

    # -- root dividends ------------------------------------------------------------------

    @rule(way=ways, at=picks, subnets=st.sets(st.integers(0, 4), max_size=5))
    def claim_root(self, way: Way, at: int, subnets: set[int]) -> None:
        _, signer, _ = self.position(at)
        self.stake_call(way, signer, "claim_root", sorted(subnets))

    @rule(way=ways, who=signers, kind=claim_types)
    def set_root_claim_type(self, way: Way, who: int, kind: RootClaimTypeEnum) -> None:
        self.stake_call(way, SIGNERS[who], "set_root_claim_type", kind)

    @rule(way=ways, who=picks, hot=picks, net=picks)
    def set_coldkey_auto_stake_hotkey(self, way: Way, who: int, hot: int, net: int) -> None:
        args = (self.netuid(net), self.hotkey(hot))
        self.stake_call(way, self.payer(who), "set_coldkey_auto_stake_hotkey", *args)
