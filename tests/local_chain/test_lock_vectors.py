"""Locks as the runtime's own tests have them (`pallets/subtensor/src/tests/locks.rs`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chain_under_test import Chain
from economy import add_hotkey, add_neuron, add_subnet, fund, give_stake, key, stake
from scripted_steps import Scenario, matches, resolved
from vector_files import load

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.pallets.subtensor import (
    coinbase,
    conviction,
    conviction_owner,
    dissolve,
    lock_swaps,
    locks,
    shares,
    stake_operations,
    uids,
)
from taokit.local_chain.pallets.subtensor.conviction import Kind, Rates
from taokit.local_chain.pallets.subtensor.types import LockState

VECTORS = load("locks")
ALL = 10**12
OWNER, OWNER_HOTKEY = key(1001), key(1002)


def expect(found: Any, expected: Any) -> None:
    assert matches(found, expected), f"found {found}"


class Locks:
    """What the steps of the file do beside calls."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.sub = chain.runtime.subtensor

    def actions(self) -> dict[str, Callable[..., None]]:
        names = [name for name in vars(type(self)) if not name.startswith("_")]
        return {name.replace("_", " "): self._resolving(name) for name in names}

    def _resolving(self, name: str) -> Callable[..., None]:
        made: Callable[..., None] = getattr(self, name)
        last = {"current", "roll", "roll_twice", "decay", "conviction", "total_conviction"}

        def act(*args: Any) -> None:
            kept = list(args[-1:]) if name in last else []
            made(*[resolved(arg) for arg in args[: len(args) - len(kept)]], *kept)

        return act

    # -- setting up ------------------------------------------------------------------------

    def subnet(self, netuid: int) -> None:
        add_subnet(self.chain, netuid, tao=10**17, alpha=10**18)
        self.sub.subnet_alpha_out.insert(netuid, ALL)
        self.sub.subnet_owner.insert(netuid, OWNER)
        self.sub.subnet_owner_hotkey.insert(netuid, OWNER_HOTKEY)

    def own(self, hotkey: bytes, coldkey: bytes) -> None:
        add_hotkey(self.chain, hotkey, coldkey)

    def seat(self, hotkey: bytes, coldkey: bytes) -> None:
        add_neuron(self.chain, 1, hotkey, coldkey)

    def fund(self, coldkey: bytes, rao: int) -> None:
        fund(self.chain, coldkey, rao)

    def stake(self, hotkey: bytes, coldkey: bytes, amount: int, netuid: int = 1) -> None:
        add_hotkey(self.chain, hotkey, coldkey)
        give_stake(self.chain, hotkey, coldkey, netuid, amount)

    def insert_lock(self, coldkey: bytes, netuid: int, hotkey: bytes, lock: Any) -> None:
        locks.put_lock(self.sub, coldkey, netuid, hotkey, LockState(**lock))

    # -- what happens ----------------------------------------------------------------------

    def force_reduce(self, coldkey: bytes, netuid: int, amount: int) -> None:
        locks.force_reduce(self.sub, coldkey, netuid, amount)

    def change_owner(self, netuid: int) -> None:
        conviction_owner.change_owner_if_due(self.sub, netuid)

    def coinbase(self) -> None:
        now = self.chain.runtime.system.block_number()
        assert coinbase.drain_pending(self.sub, [1], now)

    def distribute(self, netuid: int, owner_cut: int) -> None:
        coinbase.distribution.distribute_emission(self.sub, netuid, 0, 0, 0, owner_cut)

    def swap_locks(self, old: bytes, new: bytes) -> None:
        lock_swaps.swap_hotkey(self.sub, old, new, [1], lock_swaps.DatabaseUse())

    def swap_coldkey_locks(self, old: bytes, new: bytes) -> None:
        lock_swaps.swap_coldkey(self.sub, old, new)

    def swap_coldkey_locks_fails(self, old: bytes, new: bytes, error: str) -> None:
        with pytest.raises(DispatchError) as caught:
            lock_swaps.swap_coldkey(self.sub, old, new)
        expect(caught.value.name, error)

    def dissolve(self, netuid: int) -> None:
        dissolve.dissolve_network(self.sub, netuid)

    def clear_nomination(self, hotkey: bytes, coldkey: bytes, netuid: int) -> None:
        stake_operations.clear_small_nomination(self.sub, hotkey, coldkey, netuid)

    def emission_to(self, hotkey: bytes, netuid: int, amount: int) -> None:
        shares.increase_stake_for_all(self.sub, hotkey, netuid, amount)

    def auto_lock(self, netuid: int, amount: int) -> None:
        locks.auto_lock_owner_cut(self.sub, netuid, amount)

    def replace(self, hotkey: bytes, new: bytes) -> None:
        uids.replace_neuron(self.sub, 1, self.sub.uids.get((1, hotkey)), new, 1)

    # -- what is asked ---------------------------------------------------------------------

    def rejects(self, coldkey: bytes, expected: bool) -> None:
        expect(locks.rejects_locked_alpha(self.sub, coldkey), expected)

    def pays_fee(self, name: str, _args: Any) -> None:
        spec = next(s for s in self.sub.calls.values() if s.name == name)
        expect(spec.pays, True)

    def no_lock(self, coldkey: bytes, netuid: int) -> None:
        expect(self.sub.get_coldkey_lock(coldkey, netuid), None)

    def current(self, coldkey: bytes, netuid: int, expected: Any) -> None:
        expect(self.sub.get_coldkey_lock(coldkey, netuid), expected)

    def conviction(self, hotkey: bytes, netuid: int, expected: Any) -> None:
        expect(self.sub.get_hotkey_conviction(hotkey, netuid), expected)

    def total_conviction(self, netuid: int, expected: Any) -> None:
        expect(conviction_owner.total_conviction(self.sub, netuid), expected)

    def king(self, netuid: int, expected: Any) -> None:
        expect(self.sub.get_most_convicted_hotkey_on_subnet(netuid), expected)

    def availability(self, coldkey: bytes, netuid: int, expected: list[int]) -> None:
        expect(list(locks.stake_availability(self.sub, coldkey, netuid)), expected)

    def availabilities(self, coldkeys: Any, netuids: Any, expected: dict[str, Any]) -> None:
        answer = self.sub.get_stake_availability_for_coldkeys(coldkeys, netuids)
        found = {
            coldkey: {
                str(netuid): [one.total, one.locked, one.available] for netuid, one in row.items()
            }
            for coldkey, row in answer.items()
        }
        assert found == {resolved(name): row for name, row in expected.items()}

    def stake_is(self, hotkey: bytes, coldkey: bytes, netuid: int, expected: int) -> None:
        expect(stake(self.chain, hotkey, coldkey, netuid), expected)

    def dust(self, lock: Any, expected: bool) -> None:
        expect(conviction.is_dust(LockState(**lock)), expected)

    def decay(self, blocks: int, tau: int, expected: Any) -> None:
        expect(conviction.decay(blocks, tau), expected)

    def decay_positive(self, blocks: int, tau: int) -> None:
        assert conviction.decay(blocks, tau) > 0

    def roll(
        self, lock: Any, now: int, owner: bool, perpetual: bool, rates: Any, expected: Any
    ) -> None:
        given = locks.rates_of(self.sub) if rates is None else Rates(*rates)
        found = conviction.rolled(LockState(**lock), now, given, Kind(owner, perpetual))
        expect(found, expected)

    def roll_twice(
        self, lock: Any, middle: int, now: int, owner: bool, perpetual: bool, expected: Any
    ) -> None:
        rates, kind = locks.rates_of(self.sub), Kind(owner, perpetual)
        first = conviction.rolled(LockState(**lock), middle, rates, kind)
        expect(conviction.rolled(first, now, rates, kind), expected)


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_locks_do_what_the_runtimes_tests_expect(chain: Chain, vector: Any) -> None:
    chain.begin_block()
    what = Locks(chain)
    what.subnet(1)
    add_neuron(chain, 1, OWNER_HOTKEY, OWNER)
    what.stake(key(2), key(1), ALL)
    chain.call(key(1), "SubtensorModule", "set_perpetual_lock", netuid=1, enabled=True)
    chain.runtime.events.clear()
    Scenario(chain, "SubtensorModule", what.actions()).run(vector["steps"])
