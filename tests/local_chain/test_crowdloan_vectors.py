"""Crowdloans as the runtime's own tests have them (`pallets/crowdloan/src/tests.rs`).

A unit of their amounts is 0.2 TAO here, so that their least deposit of 50 is the real 10 TAO; their
limits of contributors, refunds and durations are the real ones too.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import key
from scripted_steps import Scenario, resolved
from vector_files import load

from taokit.local_chain.pallets.crowdloan import funds_account

VECTORS = load("crowdloan")
CROWD = 1_000


class Crowd(Scenario):
    """The steps, and those that need many accounts or a spoiled crowdloan."""

    def _has(self, who: str, rao: int) -> None:
        account = funds_account(0) if who == "funds" else resolved(who)
        found = self.chain.runtime.balances.free(account)
        assert found == rao, f"has {found}"

    def _crowd(self, count: int, amount: int) -> None:
        for number in range(CROWD, CROWD + count):
            self.chain.runtime.balances.mint(key(number), amount)
            args = {"crowdloan_id": 0, "amount": amount}
            self.chain.call(key(number), "Crowdloan", "contribute", **args)

    def _crowd_has(self, count: int, amount: int) -> None:
        for number in range(CROWD, CROWD + count):
            assert self.chain.runtime.balances.free(key(number)) == amount

    def _many_contributors(self, count: int) -> None:
        self._amend(0, {"contributors_count": count})

    def _amend(self, number: int, changes: dict[str, Any]) -> None:
        loans = self.chain.runtime.crowdloan.crowdloans
        loans.insert(number, loans.get(number).replace(**resolved(changes)))


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_crowdloans_do_what_the_runtimes_tests_expect(chain: Chain, vector: Any) -> None:
    chain.begin_block()
    Crowd(chain, "Crowdloan").run(vector["steps"])
