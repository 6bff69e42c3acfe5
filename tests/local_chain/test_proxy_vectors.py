"""Proxies as the runtime's own tests have them.

Which kind allows which call is from `runtime/tests/pallet_proxy.rs` and `ghsa_repro.rs`, deposits
and announcements from `pallets/proxy/src/tests.rs`, with the real deposits in place of the mock's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from calls import made, to
from chain_under_test import Chain
from economy import key
from scripted_steps import Scenario, resolved
from vector_files import load

from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.pallets.proxy.filters import FILTERS
from taokit.local_chain.pallets.proxy.pallet import call_hash_of
from taokit.local_chain.pallets.proxy.types import Announcement, DepositKind, ProxyType

VECTORS = load("proxy")


class Proxies(Scenario):
    """The steps, with addresses, kinds, hashes of calls, and accounts without a key."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain, "Proxy")
        self.pures: dict[str, bytes] = {}

    def run(self, steps: Sequence[Sequence[Any]]) -> None:
        for step in steps:
            super().run([[step[0], *map(self.meant, step[1:])]])

    def meant(self, value: Any) -> Any:
        """A value of the file; what is no plain data becomes the runtime's."""
        if isinstance(value, str) and value.startswith("pure "):
            return self.pures[value.removeprefix("pure ")]
        if isinstance(value, list):
            return [self.meant(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "to" in value:
            return to(resolved(self.meant(value["to"])))
        if "kind" in value:
            return getattr(ProxyType, value["kind"])
        if "deposit" in value and isinstance(value["deposit"], str):
            return getattr(DepositKind, value["deposit"])
        if "hash of" in value:
            return call_hash_of(self.meant(value["hash of"]))
        if "make" in value:
            pallet, name, *args = value["make"]
            return made(pallet, name, *resolved(self.meant(args)))
        return {name: self.meant(one) for name, one in value.items()}

    @property
    def proxy(self) -> Any:
        return self.chain.runtime.proxy

    def _gets_all(self, numbers: list[int], rao: int) -> None:
        for number in numbers:
            self.chain.runtime.balances.mint(key(number), rao)

    def _reserved(self, who: str, expected: int) -> None:
        found = self.chain.runtime.balances.data(resolved(who)).reserved
        assert found == expected, f"found {found}"

    def _announcements(self, who: str, expected: list[Any]) -> None:
        found, deposit = self.proxy.announcements.get(resolved(who))
        assert found == [Announcement(*resolved(one)) for one in expected]
        assert self.chain.runtime.balances.data(resolved(who)).reserved == deposit

    def _executed(self, error: str | None) -> None:
        ((outcome,),) = self.chain.events("Proxy.ProxyExecuted")[-1:]
        if error is None:
            assert outcome == self._result(None), outcome
            return
        assert error in repr(outcome) or error in str(getattr(outcome, "name", "")), outcome

    @staticmethod
    def _result(error: Any) -> Any:
        from taokit.local_chain.frame.dispatch_error import result

        return result(error)

    def _interrupted(self, index: int, error: str) -> None:
        found, reason = self.chain.events("Utility.BatchInterrupted")[-1]
        assert (found, reason.name) == (index, error)

    def _pays(self, who: str, name: str, expected: bool) -> None:
        self.chain.runtime.events.clear()
        done = self.chain.runtime.dispatch(made("Proxy", name), Origin.signed(resolved(who)))
        assert done.pays is expected

    def _pure(self, who: str, kind: str, delay: int, index: int, name: str) -> None:
        args = {"proxy_type": getattr(ProxyType, kind), "delay": delay, "index": index}
        self.chain.call(resolved(who), "Proxy", "create_pure", **args)
        self.pures[name] = self.chain.events("Proxy.PureCreated")[-1][0]

    def _kill_pure(self, name: str, spawner: str, index: int) -> None:
        system = self.chain.runtime.system
        args = {
            "spawner": to(resolved(spawner)),
            "proxy_type": ProxyType.Any,
            "index": index,
            "height": system.block_number(),
            "ext_index": system.extrinsic_index(),
        }
        self.chain.call(self.pures[name], "Proxy", "kill_pure", **args)

    def _stale_deposit(self, which: str, who: str, deposit: int) -> None:
        item = getattr(self.proxy, which)
        kept, held = item.get(resolved(who))
        self.chain.runtime.balances.reserve(resolved(who), deposit - held)
        item.insert(resolved(who), (kept, deposit))

    def _lowered_deposit(self, who: str, deposit: int) -> None:
        """As if deposits had been cheaper, and what was freed had been spent."""
        kept, held = self.proxy.proxies.get(resolved(who))
        balances = self.chain.runtime.balances
        balances.unreserve(resolved(who), held - deposit)
        balances.withdraw(resolved(who), held - deposit, keep_alive=True)
        self.proxy.proxies.insert(resolved(who), (kept, deposit))


FILTERED = VECTORS["filters"]


@pytest.fixture(scope="module")
def calls() -> dict[str, Call]:
    chain = Proxies(Chain("fast"))
    return {name: chain.meant({"make": make}) for name, make in VECTORS["calls"].items()}


@pytest.mark.parametrize(
    "vector", FILTERED, ids=[f"{v['source']}[{v['kind']} {v['call']}]" for v in FILTERED]
)
def test_kinds_allow_what_the_runtimes_tests_expect(
    calls: dict[str, Call], vector: dict[str, Any]
) -> None:
    kind = getattr(ProxyType, vector["kind"])
    assert FILTERS[kind].allows(calls[vector["call"]]) is vector["allowed"]


SCENARIOS = VECTORS["scenarios"]


@pytest.mark.parametrize("vector", SCENARIOS, ids=[v["source"] for v in SCENARIOS])
def test_proxies_do_what_the_runtimes_tests_expect(chain: Chain, vector: Any) -> None:
    chain.begin_block()
    chain.runtime.events.clear()
    Proxies(chain).run(vector["steps"])
