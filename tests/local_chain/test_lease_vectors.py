"""Leased subnets as the runtime's own tests have them (`pallets/subtensor/src/tests/leasing.rs`).

Their mock finds a crowdloan ready; here it is made, given to and finalized by the real calls, on a
chain where a subnet costs 100 TAO.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import TAO, add_hotkey, give_stake, key, stake
from scripted_steps import Scenario, resolved
from vector_files import load

from taokit.local_chain.pallets.proxy.types import ProxyType
from taokit.local_chain.pallets.subtensor import leases

VECTORS = load("leases")
HOLDERS = (key(2), key(3), key(1))
NETUID = 2
COLDKEY, HOTKEY = leases.lease_account(b"coldkey", 0), leases.lease_account(b"hotkey", 0)


class Leases(Scenario):
    """The steps, and what is asked of the first lease."""

    @property
    def sub(self) -> Any:
        return self.chain.runtime.subtensor

    def _own(self, hotkey: str, coldkey: str) -> None:
        add_hotkey(self.chain, resolved(hotkey), resolved(coldkey))

    def _stake_lease(self, amount: int) -> None:
        give_stake(self.chain, HOTKEY, COLDKEY, NETUID, amount)

    def _distribute(self, owner_cut: int) -> None:
        self.chain.runtime.events.clear()
        leases.distribute_dividends(self.sub, 0, owner_cut)

    def _alpha(self, expected: list[int]) -> None:
        assert [stake(self.chain, HOTKEY, who, NETUID) for who in HOLDERS] == expected

    def _leased(self, expected: int) -> None:
        assert stake(self.chain, HOTKEY, COLDKEY, NETUID) == expected

    def _paid(self, expected: list[Any]) -> None:
        found = self.chain.events("SubtensorModule.SubnetLeaseDividendsDistributed")
        assert sorted(found) == sorted(tuple(one) for one in resolved(expected))

    def _take_of_lease(self, expected: int) -> None:
        assert self.sub.delegates.get(HOTKEY) == expected
        assert self.sub.delegates.contains(HOTKEY)

    def _proxy_of_lease(self, delegate: str | None, kind: str | None) -> None:
        proxies = self.chain.runtime.proxy.proxies
        if delegate is None:
            assert not proxies.contains(COLDKEY)
            return
        ((granted,), _) = proxies.get(COLDKEY)
        assert (granted.delegate, granted.proxy_type) == (
            resolved(delegate),
            getattr(ProxyType, str(kind)),
        )


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_leases_do_what_the_runtimes_tests_expect(chain: Chain, vector: Any) -> None:
    chain.begin_block()
    chain.runtime.system.number.put(10)
    chain.runtime.subtensor.network_min_lock_cost.put(100 * TAO)
    chain.runtime.subtensor.network_last_lock_cost.put(0)
    Leases(chain, "SubtensorModule").run(vector["steps"])
